//! The console: what goes over the stream while somebody looks, and nothing before or after.

use harness::{Headless, Result, Version, bail, ensure, until};
use serde_json::Value;
use waxwing_client::Subscription;
use waxwing_contract::{AccountId, Code, Command, Connect, SendXml, SessionState, SetPresence, Show, View};

use crate::hostile::{Stage, message};
use crate::relayed;

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
    for (xml, fault) in [
        ("<stream:stream>", "not-xml"),
        ("<message/><message/>", "several"),
        ("hello", "several"),
        ("<message/> hello", "text"),
        ("<message from='juliet@example.test'/>", "from"),
    ] {
        let refused = stage.me.call(send(xml)).await;
        let told =
            |f: &waxwing_contract::Failure| f.code == Code::InvalidStanza && f.condition.as_deref() == Some(fault);
        ensure!(refused.as_ref().is_err_and(told), "{} {xml}: {refused:?}", SendXml::NAME);
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

/// Signing in is seen as well, but for what somebody could try passwords against; on servers of both ways to do it.
#[tokio::test(flavor = "multi_thread")]
async fn shows_signing_in_without_secrets() -> Result<()> {
    relayed::each(async |version| {
        let stage = relayed::Stage::set(version).await?;
        let account = || AccountId { account: stage.me.account.clone() };
        stage
            .me
            .call(SetPresence { account: account().account, show: Show::Offline, status: String::new(), priority: 0 })
            .await?;
        stage.me.session("signed out", |s| matches!(s, SessionState::Offline)).await?;
        let mut seen = stage.me.watch(&console(&stage.me))?;
        stage.me.call(Connect(account())).await?;
        let request = if version == Version::V0_12 { "<auth" } else { "<authenticate" };
        let mut all = String::new();
        let mut told = async |all: &mut String| {
            while !["<mechanism", request, "<success", "jabber:iq:roster"].iter().all(|needle| all.contains(needle)) {
                let update = seen.next().await.ok_or_else(|| harness::anyhow!("the view ended"))?;
                all.extend(harness::headless::items(&update).filter_map(|element| element["xml"].as_str()));
            }
            Ok(())
        };
        tokio::time::timeout(harness::wait::SOON, told(&mut all))
            .await
            .unwrap_or_else(|_| bail!("only seen: {all}"))?;
        ensure!(all.contains("•••"), "nothing was taken out of {all}");
        // What SCRAM says begins with these, in Base64: “n,,”, “y,,”, “p=”, “r=”, “c=”, “v=”.
        for said in [">biws", ">eSws", ">cD", ">cj", ">Yz", ">dj"] {
            ensure!(!all.contains(said), "{said} is shown: {all}");
        }
        stage.me.app.close().await;
        Ok(())
    })
    .await
}
