//! What others claim about us, about third ones, and about time: on a scripted server, by a stranger or a contact.

use harness::{Result, ensure, headless, stanzas::attribute};
use serde_json::Value;
use waxwing_contract::{ContactId, Conversation, Delivery, GetBlockList, GetContactDetails, MarkRead, SetTyping, View};

use crate::hostile::{MALLORY, Stage, message};

const ME: &str = "romeo@example.test";
const JULIET: &str = "juliet@example.test";
const NURSE: &str = "nurse@example.test";

/// With Juliet and the nurse as contacts.
async fn among_friends(held: &'static [&'static str]) -> Result<Stage> {
    let stage = Stage::with(
        |c| {
            c.roster = [JULIET, NURSE].map(|jid| format!("<item jid='{jid}' subscription='both'/>")).concat();
            c.account_features = vec!["urn:xmpp:sid:0"];
        },
        held,
    )
    .await?;
    stage.me.online().await?;
    Ok(stage)
}

async fn unread(stage: &Stage, peer: &str, count: u32) -> Result<()> {
    let what = format!("{count} unread of {peer}");
    let it = |c: &Conversation| c.peer == peer && c.unread == count;
    stage.me.item::<Conversation>(&View::Conversations, &what, it).await.map(drop)
}

async fn conversations(stage: &Stage) -> Result<Vec<String>> {
    let view = stage.me.watch(&View::Conversations)?.next().await.unwrap_or(Value::Null);
    Ok(headless::items(&view).filter_map(|c| c["peer"].as_str().map(str::to_owned)).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_cannot_be_is_not_believed() -> Result<()> {
    let stage = Stage::set().await?;
    let now = i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis())?;
    let delay = |from: &str, stamp: &str| format!("<delay xmlns='urn:xmpp:delay'{from} stamp='{stamp}'/>");
    stage.goes_on("first").await?;
    for (n, (from, stamp)) in [
        ("", "2020-01-01T00:00:00Z"),
        (" from='juliet@example.test'", "2020-01-01T00:00:00Z"),
        (" from='mallory@example.test'", "2020-01-01T00:00:00Z"),
        (" from='example.test'", "9999-12-31T23:59:59Z"),
        (" from='romeo@example.test'", "2099-01-01T00:00:00Z"),
        (" from='example.test'", "yesterday"),
    ]
    .into_iter()
    .enumerate()
    {
        let body = format!("forged {n}");
        stage.said.say(message(JULIET, &body, &delay(from, stamp)))?;
        let told = stage.me.message(JULIET, &body, |m| m.body == body).await?;
        ensure!((told.at - now).abs() < 60_000, "{from} {stamp}: {}", told.at);
    }
    stage.goes_on("last").await?;
    let bodies = stage.bodies(JULIET).await?;
    ensure!(bodies.first().is_some_and(|b| b == "first") && bodies.last().is_some_and(|b| b == "last"), "{bodies:?}");
    // In a carbon, too.
    let inner = format!(
        "<message xmlns='jabber:client' type='chat' from='{JULIET}/x' to='{ME}'><body>copied</body>{}</message>",
        delay(" from='example.test'", "9999-12-31T23:59:59Z")
    );
    stage.said.say(format!(
        "<message from='{ME}' to='{ME}'><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>\
         {inner}</forwarded></received></message>"
    ))?;
    let told = stage.me.message(JULIET, "copied", |m| m.body == "copied").await?;
    ensure!((told.at - now).abs() < 60_000, "a carbon: {}", told.at);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_recipient_confirms_and_only_they_bounce() -> Result<()> {
    let stage = among_friends(&[]).await?;
    stage.me.say(JULIET, "hello").await?;
    let sent = stage.said.hears(&["<message", "hello"]).await?;
    let id = attribute(&sent, "id").unwrap_or_default();
    stage.said.say("<r xmlns='urn:xmpp:sm:3'/>")?;
    let mine = stage.me.message(JULIET, "on the server", |m| m.delivery == Some(Delivery::OnServer)).await?;
    let error = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    for from in [MALLORY, NURSE, "evil.test"] {
        stage.said.say(format!(
            "<message from='{from}/x' to='{ME}'><received xmlns='urn:xmpp:receipts' id='{id}'/></message>\
             <message from='{from}/x' to='{ME}'><displayed xmlns='urn:xmpp:chat-markers:0' id='{id}'/></message>\
             <message from='{from}/x' to='{ME}' type='error' id='{id}'>{error}</message>"
        ))?;
    }
    stage.goes_on("afterwards").await?;
    let still = stage.me.message(JULIET, "ours", |m| m.id == mine.id).await?;
    ensure!(still.delivery == Some(Delivery::OnServer), "{still:?}");
    stage.said.say(format!(
        "<message from='{JULIET}/x' to='{ME}'><received xmlns='urn:xmpp:receipts' id='{id}'/></message>"
    ))?;
    stage.me.delivered(JULIET, &mine.id, Delivery::Delivered).await?;
    // What was received does not come back.
    stage.said.say(format!("<message from='{JULIET}' to='{ME}' type='error' id='{id}'>{error}</message>"))?;
    stage.goes_on("at last").await?;
    stage.me.message(JULIET, "delivered", |m| m.id == mine.id && m.delivery == Some(Delivery::Delivered)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_id_of_others_makes_nothing_a_duplicate() -> Result<()> {
    let stage = among_friends(&[]).await?;
    for id in ["one", "two"] {
        stage.said.say(format!(
            "<message type='chat' from='{JULIET}/x' to='{ME}' id='{id}'><body>the same</body>\
             <origin-id xmlns='urn:xmpp:sid:0' id='same'/></message>"
        ))?;
    }
    stage.goes_on("afterwards").await?;
    let bodies = stage.bodies(JULIET).await?;
    ensure!(bodies == ["the same", "the same", "afterwards"], "{bodies:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_displayed_is_told_by_our_account_alone() -> Result<()> {
    let stage = among_friends(&[]).await?;
    stage.said.say(message(JULIET, "unseen", &format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{ME}' id='s1'/>")))?;
    unread(&stage, JULIET, 1).await?;
    let event = |from: &str, by: &str| {
        format!(
            "<message type='headline' from='{from}' to='{ME}'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
             <items node='urn:xmpp:mds:displayed:0'><item id='{JULIET}'><displayed xmlns='urn:xmpp:mds:displayed:0'>\
             <stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='s1'/></displayed></item></items></event></message>"
        )
    };
    for (from, by) in
        [(MALLORY, ME), (JULIET, ME), ("romeo@example.test/other", ME), ("example.test", ME), (ME, JULIET)]
    {
        stage.said.say(event(from, by))?;
    }
    stage.said.say(message(NURSE, "afterwards", ""))?;
    unread(&stage, NURSE, 1).await?;
    unread(&stage, JULIET, 1).await?;
    stage.said.say(event(ME, ME))?;
    unread(&stage, JULIET, 0).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_its_owners_and_a_picture() -> Result<()> {
    let stage = among_friends(&["urn:xmpp:avatar:data"]).await?;
    let id = "0123456789abcdef0123456789abcdef01234567";
    let event = |from: &str| {
        format!(
            "<message type='headline' from='{from}' to='{ME}'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
             <items node='urn:xmpp:avatar:metadata'><item id='{id}'><metadata xmlns='urn:xmpp:avatar:metadata'>\
             <info id='{id}' type='image/png' bytes='4'/></metadata></item></items></event></message>"
        )
    };
    for from in [MALLORY.to_owned(), format!("{JULIET}/x"), format!("{MALLORY}/x")] {
        stage.said.say(event(&from))?;
    }
    stage.goes_on("afterwards").await?;
    let asked: Vec<_> =
        stage.said.pending().into_iter().filter(|piece| piece.contains("urn:xmpp:avatar:data")).collect();
    ensure!(asked.is_empty(), "{asked:?}");
    stage.said.say(event(JULIET))?;
    let asked = stage.said.hears(&["<iq", "urn:xmpp:avatar:data", JULIET]).await?;
    // Another picture than the one that was promised, and no picture at all.
    let answer = attribute(&asked, "id").unwrap_or_default();
    stage.said.say(format!(
        "<iq type='result' id='{answer}' from='{JULIET}'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
         <items node='urn:xmpp:avatar:data'><item id='{id}'><data xmlns='urn:xmpp:avatar:data'>bm8gcGljdHVyZQ==</data>\
         </item></items></pubsub></iq>"
    ))?;
    stage.goes_on("at last").await?;
    let contacts = stage.me.watch(&View::Roster)?.next().await.unwrap_or(Value::Null);
    let pictures: Vec<_> = headless::items(&contacts).filter(|c| !c["avatar"].is_null()).collect();
    ensure!(pictures.is_empty(), "{pictures:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_that_is_not_kept_is_no_client_for_anybody() -> Result<()> {
    let stage = among_friends(&["node='https://client.example#"]).await?;
    let present = |from: &str| {
        format!(
            "<presence from='{from}/x' to='{ME}'><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' \
             node='https://client.example' ver='NXQ0yF1IMHgkAVDndfc3q4DNVu0='/></presence>"
        )
    };
    // The hash is that of one identity and one feature; she says another name.
    let info = |asked: &str, from: &str, name: &str| {
        let id = attribute(asked, "id").unwrap_or_default();
        let node = attribute(&asked[asked.find("<query").unwrap_or_default()..], "node").unwrap_or_default();
        format!(
            "<iq type='result' id='{id}' from='{from}/x'><query xmlns='http://jabber.org/protocol/disco#info' \
             node='{node}'><identity category='client' type='pc' name='{name}'/>\
             <feature var='http://jabber.org/protocol/chatstates'/></query></iq>"
        )
    };
    let client = async |jid: &str| {
        let details = GetContactDetails(ContactId { account: stage.me.account.clone(), jid: jid.into() });
        let details = stage.me.call(details).await?;
        Result::<_>::Ok(details.devices.first().and_then(|device| device.client.clone()))
    };
    stage.said.say(present(JULIET))?;
    let asked = stage.said.hears(&["<iq", JULIET, "client.example#"]).await?;
    stage.said.say(info(&asked, JULIET, "Poisoned"))?;
    stage.goes_on("afterwards").await?;
    ensure!(client(JULIET).await?.is_none(), "{:?}", client(JULIET).await?);
    // The next one who shows it is asked herself.
    stage.said.say(present(NURSE))?;
    let asked = stage.said.hears(&["<iq", NURSE, "client.example#"]).await?;
    stage.said.say(info(&asked, NURSE, "True"))?;
    stage.goes_on("at last").await?;
    ensure!(client(NURSE).await?.as_deref() == Some("True"), "{:?}", client(NURSE).await?);
    ensure!(client(JULIET).await?.as_deref() == Some("True"), "{:?}", client(JULIET).await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_open_no_chats_and_strangers_learn_nothing() -> Result<()> {
    let stage = among_friends(&[]).await?;
    stage.said.say(format!(
        "<message type='groupchat' from='room@rooms.test/nick' to='{ME}'><body>to all</body></message>\
         <message type='chat' from='room@rooms.test/nick' to='{ME}' id='p1'><body>to one</body>\
         <x xmlns='http://jabber.org/protocol/muc#user'/><request xmlns='urn:xmpp:receipts'/></message>\
         <message from='{ME}' to='{ME}'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>\
         <message xmlns='jabber:client' type='groupchat' from='{ME}/other' to='room@rooms.test'><body>ours</body>\
         </message></forwarded></sent></message>"
    ))?;
    let mark = "<active xmlns='http://jabber.org/protocol/chatstates'/><markable xmlns='urn:xmpp:chat-markers:0'/>";
    stage.said.say(format!(
        "<message type='chat' from='{MALLORY}/x' to='{ME}' id='m1'><body>read this</body>{mark}</message>"
    ))?;
    let theirs = stage.me.message(MALLORY, "read this", |m| m.body == "read this").await?;
    let account = stage.me.account.clone();
    stage.me.call(SetTyping { account: account.clone(), peer: MALLORY.into(), typing: true }).await?;
    stage.me.call(MarkRead { account, peer: MALLORY.into(), order: theirs.order }).await?;
    // The same for a friend, who is told.
    stage.said.say(format!(
        "<message type='chat' from='{JULIET}/x' to='{ME}' id='j1'><body>and this</body>{mark}</message>"
    ))?;
    let hers = stage.me.message(JULIET, "and this", |m| m.body == "and this").await?;
    let account = stage.me.account.clone();
    stage.me.call(SetTyping { account: account.clone(), peer: JULIET.into(), typing: true }).await?;
    stage.said.hears(&["<message", JULIET, "<composing"]).await?;
    stage.me.call(MarkRead { account, peer: JULIET.into(), order: hers.order }).await?;
    stage.said.hears(&["<message", JULIET, "<displayed"]).await?;
    let told: Vec<_> =
        stage.said.pending().into_iter().filter(|p| p.contains(MALLORY) || p.contains("rooms.test")).collect();
    ensure!(told.is_empty(), "{told:?}");
    let mut peers = conversations(&stage).await?;
    peers.sort();
    ensure!(peers == [JULIET, MALLORY], "{peers:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_are_bounded() -> Result<()> {
    let stage = among_friends(&[]).await?;
    let nick = "n".repeat(100_000);
    let asks: String =
        (0..1000).map(|n| format!("<presence type='subscribe' from='stranger{n}@evil.test' to='{ME}'/>")).collect();
    stage.said.say(format!(
        "<presence type='subscribe' from='{MALLORY}' to='{ME}'><nick xmlns='http://jabber.org/protocol/nick'>{nick}</nick>\
         </presence>{asks}"
    ))?;
    let devices: String = (0..100).map(|n| format!("<presence from='{JULIET}/device{n}' to='{ME}'/>")).collect();
    let strangers: String = (0..100).map(|n| format!("<presence from='stranger{n}@evil.test/x' to='{ME}'/>")).collect();
    stage.said.say(devices + &strangers)?;
    stage.goes_on("afterwards").await?;
    let requests = stage.me.watch(&View::Requests)?.next().await.unwrap_or(Value::Null);
    let requests: Vec<_> = headless::items(&requests).collect();
    ensure!(requests.len() == 200, "{} ask", requests.len());
    let longest = requests.iter().filter_map(|r| r["name"].as_str()).map(str::len).max();
    ensure!(longest == Some(100), "{longest:?}");
    let details = GetContactDetails(ContactId { account: stage.me.account.clone(), jid: JULIET.into() });
    let details = stage.me.call(details).await?;
    ensure!(details.devices.len() == 64, "{} devices", details.devices.len());
    let roster = stage.me.watch(&View::Roster)?.next().await.unwrap_or(Value::Null);
    ensure!(headless::items(&roster).count() == 2, "{roster}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_blocks_or_unblocks() -> Result<()> {
    let stage = Stage::with(|c| c.server_features = vec!["urn:xmpp:blocking"], &[]).await?;
    let account = stage.me.account.clone();
    stage.said.say(format!(
        "<iq type='set' id='true1' from='{ME}'><block xmlns='urn:xmpp:blocking'><item jid='{MALLORY}'/></block></iq>"
    ))?;
    stage.said.hears(&["true1", "type='result'"]).await?;
    for (n, from) in [MALLORY, "mallory@example.test/x", "evil.test", "romeo@example.test/other"].iter().enumerate() {
        stage.said.say(format!(
            "<iq type='set' id='b{n}' from='{from}'><block xmlns='urn:xmpp:blocking'><item jid='{JULIET}'/></block></iq>\
             <iq type='set' id='u{n}' from='{from}'><unblock xmlns='urn:xmpp:blocking'/></iq>"
        ))?;
        for id in [format!("'b{n}'"), format!("'u{n}'")] {
            stage.said.hears(&[&id, "type='error'", "service-unavailable"]).await?;
        }
    }
    let blocked = stage.me.call(GetBlockList(waxwing_contract::AccountId { account })).await?;
    ensure!(blocked.jids == [MALLORY], "{blocked:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_comes_no_further_is_not_asked_for_ever() -> Result<()> {
    let stage = Stage::with(|c| c.account_features = vec!["urn:xmpp:mam:2"], &["urn:xmpp:mam:2"]).await?;
    let fin = async |complete: &str, last: &str| {
        let query = stage.said.hears(&["<iq", "urn:xmpp:mam:2"]).await?;
        let id = attribute(&query, "id").unwrap_or_default();
        let queryid = attribute(&query[query.find("<query").unwrap_or_default()..], "queryid").unwrap_or_default();
        let inner = format!(
            "<message xmlns='jabber:client' type='chat' from='{JULIET}/x' to='{ME}'><body>{last}</body></message>"
        );
        stage.said.say(format!(
            "<message to='{ME}'><result xmlns='urn:xmpp:mam:2' queryid='{queryid}' id='{last}'>\
             <forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>{inner}\
             </forwarded></result></message>\
             <iq type='result' id='{id}'><fin xmlns='urn:xmpp:mam:2'{complete}><set \
             xmlns='http://jabber.org/protocol/rsm'><first>{last}</first><last>{last}</last></set></fin></iq>"
        ))
    };
    fin(" complete='true'", "a1").await?;
    stage.me.online().await?;
    // The next session begins behind the first page, and is told the same place again and again.
    let Stage { server, me, said } = stage;
    drop(said);
    let mut conversation = server.session().await?;
    conversation.account_features = vec!["urn:xmpp:mam:2"];
    let stage = Stage { server, me, said: conversation.attend(&["urn:xmpp:mam:2"]) };
    let stuck = async |last: &str| {
        let query = stage.said.hears(&["<iq", "urn:xmpp:mam:2"]).await?;
        let id = attribute(&query, "id").unwrap_or_default();
        stage.said.say(format!(
            "<iq type='result' id='{id}' from='@@@'><query xmlns='urn:xmpp:mam:2'/></iq>\
             <iq type='result' id='{id}'><fin xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'>\
             <first>{last}</first><last>{last}</last></set></fin></iq>"
        ))
    };
    // The newest page, for it has been long; then from what is held.
    stuck("a3").await?;
    stuck("a2").await?;
    stuck("a2").await?;
    stage.me.online().await?;
    stage.goes_on("afterwards").await?;
    let more: Vec<_> =
        stage.said.pending().into_iter().filter(|p| p.contains("urn:xmpp:mam:2'") && p.starts_with("<iq")).collect();
    ensure!(more.is_empty(), "{more:?}");
    Ok(())
}
