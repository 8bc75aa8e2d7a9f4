//! Stanzas that are well-formed and monstrous: a server passes them on, from anybody, and would again at each resumption.

use harness::{Ejabberd, Headless, Prosody, Relay, Result, Version, ensure};
use serde_json::json;
use waxwing_contract::{SessionState, SetPresence, Show};

use crate::servers::Server;

fn monsters() -> Vec<(&'static str, String)> {
    let deep = |depth: usize| "<a xmlns='urn:test'>".repeat(depth) + &"</a>".repeat(depth);
    let long = |count: usize| "n".repeat(count);
    vec![
        ("300 deep", deep(300)),
        ("2,000 deep", deep(2000)),
        ("an attribute of 9,000 bytes", format!("<a xmlns='urn:test' b='{}'/>", long(9000))),
        ("an attribute of 45,000 bytes", format!("<a xmlns='urn:test' b='{}'/>", "&amp;".repeat(9000))),
        ("a name of 9,000 bytes", format!("<{0} xmlns='urn:test' {0}='1' {0}2='2'/>", long(9000))),
        ("a namespace of 9,000 bytes", format!("<a xmlns='{}'><b/></a>", long(9000))),
        ("a prefix of 9,000 bytes", format!("<{0}:a xmlns:{0}='urn:test' {0}:b='1'/>", long(9000))),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn monsters_cost_no_connection_and_hold_nothing_up() -> Result<()> {
    let mut servers = vec![Server::Ejabberd(Ejabberd::shared().await?)];
    for version in Version::ALL {
        // Not held up for their size.
        let builder = Prosody::builder().version(version).without(&["limits"]);
        servers.push(Server::Prosody(Box::new(builder.start().await?)));
    }
    for server in servers {
        let name = server.name();
        println!("{name}");
        let at = server.account("hunted").await?;
        let mallory = server.account("huntress").await?;
        let port = at.endpoint.port;
        let relay = Relay::start(port).await?;
        let me = Headless::sign_in(&at.through(relay.port)).await?;
        let mallory = server.slix(&mallory, "x").await?;
        let send = async |what: &str, monster: &str, after: &str| {
            // Behind a long tag the servers' expat waits for as much again before it reads on.
            let filler = " ".repeat(2 * monster.len());
            let xml = format!("<message type='chat' to='{}'><body>{what}</body>{monster}</message>{filler}", me.jid);
            mallory.call("raw", json!({ "xml": xml })).await?;
            mallory.send(&me.jid, after).await
        };
        let before = relay.connections();
        for (what, monster) in monsters() {
            let after = format!("after {what}");
            send(what, &monster, &after).await?;
            me.message(mallory.bare(), &after, |m| m.body == after).await?;
            ensure!(relay.connections() == before, "{name}: {what} cost a connection");
        }
        // The same from the archive.
        let account = me.account.clone();
        let shows = |show| SetPresence { account: account.clone(), show, status: String::new(), priority: 0 };
        me.call(shows(Show::Offline)).await?;
        me.session("signed out", |s| *s == SessionState::Offline).await?;
        for (what, monster) in monsters() {
            send(what, &monster, &format!("missed after {what}")).await?;
        }
        me.call(shows(Show::Online)).await?;
        me.online().await?;
        for (what, _) in monsters() {
            let after = format!("missed after {what}");
            me.message(mallory.bare(), &after, |m| m.body == after).await?;
        }
        ensure!(relay.connections() == before + 1, "{name}: {} connections", relay.connections() - before);
        me.app.close().await;
    }
    Ok(())
}
