//! Signing in, roster, chat, carbons and catch-up: on every server, with an independent peer.

use harness::{Headless, Result, ensure};
use serde_json::json;
use waxwing_contract::{AccountId, AddContact, Contact, Conversation, Delivery, GetAccountDetails, Subscription, View};

use crate::servers::Server;

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_with_the_best_the_server_offers() -> Result<()> {
    for server in Server::all().await? {
        let at = server.account("signer").await?;
        let me = Headless::sign_in(&at).await?;
        let details = me.call(GetAccountDetails(AccountId { account: me.account.clone() })).await?;
        let connection = details.connection.expect("online");
        println!("{}: {} {:?} {}", server.name(), connection.mechanism, connection.channel_binding, connection.tls);
        let classic = server.name() == "V0_12";
        ensure!(connection.sasl2 != classic, "{connection:?}");
        ensure!(connection.mechanism.starts_with("SCRAM-SHA-"), "{connection:?}");
        if !classic {
            ensure!(connection.mechanism.ends_with("-PLUS") && connection.channel_binding.is_some(), "{connection:?}");
        }
        me.app.close().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_from_request_to_read() -> Result<()> {
    for server in Server::all().await? {
        println!("{}", server.name());
        let (mine, theirs) = (server.account("romeo").await?, server.account("juliet").await?);
        let me = Headless::sign_in(&mine).await?;
        let juliet = server.slix(&theirs, "balcony").await?;

        let add = AddContact {
            account: me.account.clone(),
            jid: theirs.jid.clone(),
            name: "Juliet".into(),
            groups: vec!["Capulets".into()],
            message: "It is I".into(),
        };
        me.call(add).await?;
        juliet.presence(&mine.jid, "subscribe").await?;
        juliet.call("approve", json!({ "to": mine.jid })).await?;
        juliet.call("subscribe", json!({ "to": mine.jid })).await?;
        me.item::<Contact>(&View::Roster, "both subscribed and present", |c| {
            c.jid == theirs.jid
                && c.name == "Juliet"
                && c.groups == ["Capulets"]
                && c.subscription == Subscription::Both
                && c.presence.show == waxwing_contract::Show::Online
        })
        .await?;

        let id = me.say(&theirs.jid, "But soft, what light?").await?;
        let heard = juliet.message(&mine.jid, "But soft, what light?").await?;
        ensure!(heard["markable"] == true && heard["origin_id"].is_string(), "{heard}");
        me.delivered(&theirs.jid, &id, Delivery::Delivered).await?;
        let marker = json!({ "to": me.jid, "marker": { "kind": "displayed", "id": heard["id"] } });
        juliet.call("send", marker).await?;
        me.delivered(&theirs.jid, &id, Delivery::Read).await?;

        let sent = json!({ "to": mine.jid, "body": "O Romeo", "receipt": true, "markable": true, "id": "j1" });
        juliet.call("send", sent).await?;
        juliet.receipt("j1").await?;
        let row: Conversation = me
            .item(&View::Conversations, "one unread", |c: &Conversation| c.peer == theirs.jid && c.unread == 1)
            .await?;
        ensure!(row.last.as_ref().is_some_and(|l| l.body == "O Romeo"), "{row:?}");
        let newest = me.newest(&theirs.jid, 10).await?;
        let order = newest.last().expect("a message").order;
        let read = waxwing_contract::MarkRead { account: me.account.clone(), peer: theirs.jid.clone(), order };
        me.call(read).await?;
        juliet.marker("displayed", "j1").await?;
        me.item(&View::Conversations, "none unread", |c: &Conversation| c.peer == theirs.jid && c.unread == 0).await?;
        me.app.close().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn carbons_show_what_other_devices_do() -> Result<()> {
    for server in Server::all().await? {
        println!("{}", server.name());
        let (mine, theirs) = (server.account("carbon").await?, server.account("paris").await?);
        let me = Headless::sign_in(&mine).await?;
        let phone = server.slix(&mine, "phone").await?;
        let paris = server.slix(&theirs, "paris").await?;
        phone.send(&paris.jid, "from my phone").await?;
        let copy = me.message(&theirs.jid, "the phone's message", |m| m.body == "from my phone").await?;
        ensure!(copy.outgoing && copy.other_device && copy.delivery == Some(Delivery::OnServer), "{copy:?}");
        // To the other device alone: only its carbon comes here.
        paris.send(&phone.jid, "to your phone").await?;
        let copy = me.message(&theirs.jid, "their answer", |m| m.body == "to your phone").await?;
        ensure!(!copy.outgoing, "{copy:?}");
        me.app.close().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn catches_up_after_being_away_in_order_and_once() -> Result<()> {
    for server in Server::all().await? {
        println!("{}", server.name());
        let (mine, theirs) = (server.account("sleeper").await?, server.account("talker").await?);
        let me = Headless::sign_in(&mine).await?;
        let talker = server.slix(&theirs, "t").await?;
        talker.send(&mine.jid, "before").await?;
        me.message(&theirs.jid, "the first message", |m| m.body == "before").await?;
        me.app.close().await;

        talker.bulk(&mine.jid, 300, "missed {n}").await?;
        let me = me.reopen()?;
        me.online().await?;
        me.message(&theirs.jid, "the last message", |m| m.body == "missed 299").await?;
        let bodies: Vec<String> = me.newest(&theirs.jid, 400).await?.into_iter().map(|m| m.body).collect();
        let expected: Vec<String> =
            std::iter::once("before".into()).chain((0..300).map(|n| format!("missed {n}"))).collect();
        let at = bodies.iter().zip(&expected).position(|(a, b)| a != b);
        ensure!(
            bodies == expected,
            "{} of {}, first difference at {at:?}: {:?}",
            bodies.len(),
            expected.len(),
            at.map(|at| &bodies[at..(at + 5).min(bodies.len())])
        );
        let row: Conversation =
            me.item(&View::Conversations, "unread", |c: &Conversation| c.peer == theirs.jid && c.unread > 0).await?;
        ensure!(row.unread == 301, "{row:?}");
        me.app.close().await;
    }
    Ok(())
}
