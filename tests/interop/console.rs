//! The console: what goes over the stream while somebody looks, and nothing before or after.

use harness::{Headless, Result, ensure, until};
use serde_json::Value;
use waxwing_client::Subscription;
use waxwing_contract::{Code, Command, SendXml, View};

use crate::hostile::{Stage, message};

const JULIET: &str = "juliet@example.test";

fn console(me: &Headless) -> View {
    View::Console { account: me.account.clone() }
}

/// Waits for an element of the stream.
async fn shows(seen: &mut Subscription, what: &str, needle: &str) -> Result<Value> {
    let looking = async {
        while let Some(update) = seen.next().await {
            let found =
                harness::headless::items(&update).find(|e| e["xml"].as_str().is_some_and(|x| x.contains(needle)));
            if let Some(found) = found {
                return Ok(found.clone());
            }
        }
        Err(harness::anyhow!("the view ended"))
    };
    let found = tokio::time::timeout(harness::wait::SOON, looking).await;
    found.unwrap_or_else(|_| Err(harness::anyhow!("{what} was not shown")))
}

#[tokio::test(flavor = "multi_thread")]
async fn shows_both_ways_without_secrets() -> Result<()> {
    let stage = Stage::set().await?;
    stage.goes_on("before anybody looked").await?;
    let mut seen = stage.me.watch(&console(&stage.me))?;
    ensure!(seen.next().await.is_some_and(|u| u["items"] == Value::Array(Vec::new())), "something was kept before");
    // The account is told in its own time.
    until("the console to be on", async || {
        stage.said.say("<what xmlns='urn:test'/>").ok()?;
        seen.try_next().map(drop)
    })
    .await?;
    let secret = "<x xmlns='http://jabber.org/protocol/muc'><password>s3cret</password></x>";
    stage.said.say(message(JULIET, "hello", secret))?;
    let incoming = shows(&mut seen, "her message", "hello").await?;
    ensure!(incoming["outgoing"] == false && incoming["kind"] == "message", "{incoming}");
    ensure!(incoming["peer"] == format!("{JULIET}/x"), "{incoming}");
    ensure!(!incoming["xml"].as_str().unwrap_or_default().contains("s3cret"), "a secret is shown: {incoming}");
    stage.me.say(JULIET, "hello yourself").await?;
    let outgoing = shows(&mut seen, "our message", "hello yourself").await?;
    ensure!(outgoing["outgoing"] == true && outgoing["peer"] == JULIET, "{outgoing}");
    stage.me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_what_was_written_and_shows_its_answer() -> Result<()> {
    let stage = Stage::with(|_| (), &[]).await?;
    let mut seen = stage.me.watch(&console(&stage.me))?;
    let send = |xml: &str| SendXml { account: stage.me.account.clone(), xml: xml.into() };
    stage.me.call(send("<iq type='get' to='example.test' id='mine'><what xmlns='urn:test'/></iq>")).await?;
    let heard = stage.said.hears(&["<iq", "urn:test", "mine"]).await?;
    ensure!(heard.contains("example.test"), "{heard}");
    let answer = shows(&mut seen, "the answer", "service-unavailable").await?;
    ensure!(answer["kind"] == "iq" && answer["outgoing"] == false, "{answer}");
    for (xml, code) in [
        ("<stream:stream>", Code::InvalidStanza),
        ("<message/><message/>", Code::InvalidStanza),
        ("hello", Code::InvalidStanza),
        ("<message from='juliet@example.test'/>", Code::InvalidStanza),
    ] {
        let refused = stage.me.call(send(xml)).await;
        ensure!(refused.as_ref().is_err_and(|f| f.code == code), "{} {xml}: {refused:?}", SendXml::NAME);
    }
    ensure!(!stage.said.is_over(), "the stream ended");
    stage.me.app.close().await;
    Ok(())
}

/// Whoever looks goes on looking after the stream came back.
#[tokio::test(flavor = "multi_thread")]
async fn goes_on_with_the_next_session() -> Result<()> {
    let stage = Stage::set().await?;
    let mut seen = stage.me.watch(&console(&stage.me))?;
    stage.said.say("<a xmlns='urn:xmpp:sm:3' h='9999'/>")?;
    let again = stage.server.session().await?.attend(&[]);
    stage.me.online().await?;
    again.say(message(JULIET, "on the next session", ""))?;
    shows(&mut seen, "her message", "on the next session").await?;
    stage.me.app.close().await;
    Ok(())
}
