//! What a network or a server can do to a stream: nothing lost, nothing twice, in order.

use std::time::Duration;

use harness::{Headless, Relay, Result, Slix, cuts, ensure, patiently};
use waxwing_contract::{AccountId, Connect, Delivery, Message, SessionState};

use crate::hostile;
use crate::relayed::{JULIET, ROMEO, Stage, arrive_once, each};
use crate::servers::Server;

/// Larger than a TLS record, so that the part that arrives can be read.
const LONG: usize = 40_000;

/// Prosody 13 reads on where the old stream broke, and never answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_cut_within_a_stanza_is_got_past() -> Result<()> {
    each(async |version| {
        let stage = Stage::set(version).await?;
        let before = stage.relay.connections();
        stage.relay.cut_after_up(LONG as u64 / 2);
        let body = "x".repeat(LONG);
        let id = stage.says(&body).await?;
        let wire = stage.wire_id(&id).await?;
        patiently(Duration::from_secs(10), "a new connection", async || {
            (stage.relay.connections() > before).then_some(())
        })
        .await?;
        let arrived = patiently(Duration::from_secs(25), "the message to be on the server", async || {
            stage.me.delivered(JULIET, &id, Delivery::OnServer).await.ok()
        });
        ensure!(arrived.await.is_ok(), "stuck");
        arrive_once(&stage, &[(&body, &wire)]).await?;
        stage.me.app.close().await;
        Ok(())
    })
    .await
}

/// Cuts between two bytes of a sign-in that are tried.
const STEP: u64 = 32;

/// A client that is cut off again and again while it signs in.
struct Cut {
    relay: Relay,
    me: Headless,
    juliet: Slix,
    said: Vec<String>,
}

impl Cut {
    async fn off(&self) -> Result<()> {
        self.relay.refuse(true);
        self.relay.cut();
        self.me.session("cut off", |s| !matches!(s, SessionState::Online { .. })).await.map(drop)
    }

    /// Comes back, through whatever is in the way; something is said on both sides.
    async fn on(&mut self, what: &str) -> Result<()> {
        self.relay.refuse(false);
        let account = AccountId { account: self.me.account.clone() };
        patiently(Duration::from_secs(30), what, async || {
            let _ = self.me.call(Connect(account.clone())).await;
            let on = |s: &SessionState| matches!(s, SessionState::Online { .. });
            self.me.app.accounts().iter().any(|a| on(&a.session)).then_some(())
        })
        .await?;
        self.me.say(self.juliet.bare(), &format!("ours {what}")).await?;
        let theirs = format!("theirs {what}");
        self.juliet.send(&self.me.jid, &theirs).await?;
        self.said.push(theirs);
        Ok(())
    }

    /// How many bytes a sign-in takes each way.
    async fn measure(&mut self) -> Result<(u64, u64)> {
        self.off().await?;
        let before = (self.relay.bytes_up(), self.relay.bytes_down());
        self.on("while it is measured").await?;
        Ok((self.relay.bytes_up() - before.0, self.relay.bytes_down() - before.1))
    }

    async fn everywhere(&mut self, step: u64) -> Result<()> {
        let (up, down) = self.measure().await?;
        println!("a sign-in is {up} bytes up and {down} down");
        for (way, whole) in [("up", up), ("down", down)] {
            for byte in (1..whole).step_by(usize::try_from(step)?) {
                self.off().await?;
                if way == "up" {
                    self.relay.cut_after_up(byte)
                } else {
                    self.relay.cut_after_down(byte)
                }
                self.on(&format!("cut after byte {byte} {way}")).await?;
            }
        }
        Ok(())
    }

    /// Everything is there, once, in order.
    async fn whole(&self) -> Result<()> {
        let last = self.me.say(self.juliet.bare(), "the end").await?;
        self.me.delivered(self.juliet.bare(), &last, Delivery::OnServer).await?;
        self.juliet.message(&self.me.jid, "the end").await?;
        let mut heard: Vec<String> = Vec::new();
        for event in self.juliet.pending() {
            let ours = event["from"].as_str().is_some_and(|from| from.starts_with(&self.me.jid));
            heard.extend(
                event["body"].as_str().filter(|_| ours).and_then(|b| b.strip_prefix("ours ")).map(str::to_owned),
            );
        }
        let wanted: Vec<_> = self.said.iter().filter_map(|s| s.strip_prefix("theirs ")).collect();
        ensure!(heard == wanted, "the peer heard {heard:#?}");
        let mut held = Vec::new();
        let there = patiently(Duration::from_secs(20), "what was said to us", async || {
            let all = harness::headless::everything(&self.me.app, &self.me.account, self.juliet.bare()).await.ok()?;
            held = all.into_iter().filter(|m| !m.outgoing).map(|m| m.body).collect();
            (held == self.said).then_some(())
        });
        let there = there.await;
        ensure!(there.is_ok(), "held are {held:#?}");
        Ok(())
    }
}

/// With and without a token, with and without an answer: whatever arrived of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_may_be_cut_anywhere() -> Result<()> {
    for server in Server::all().await? {
        let (at, theirs) = (server.account("anywhere").await?, server.account("anywhere-too").await?);
        let juliet = server.slix(&theirs, "x").await?;
        let relay = Relay::start(server.direct_tls_port()).await?;
        let mut through = at.through(relay.port);
        through.endpoint.direct_tls = true;
        let me = Headless::sign_in(&through).await?;
        let mut cut = Cut { relay, me, juliet, said: Vec::new() };
        let began = std::time::Instant::now();
        cut.everywhere(STEP).await?;
        cut.whole().await?;
        println!("{}: {} cuts in {:?}", server.name(), cut.relay.cuts(), began.elapsed());
        cut.me.app.close().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn cuts_at_random_under_load_cost_nothing() -> Result<()> {
    for server in Server::all().await? {
        let (at, theirs) = (server.account("load").await?, server.account("load-too").await?);
        let juliet = server.slix(&theirs, "x").await?;
        let verdict = cuts::ordeal(&at, &juliet, 25).await?;
        println!("{}: {verdict:?}", server.name());
        ensure!(verdict.lost + verdict.twice == 0, "{}: {verdict:?}", server.name());
        // Around a resumption ejabberd itself now and then sends two messages the wrong way round, without a time on either:
        // only its archive knows better.
        let keeps_order = !matches!(server, Server::Ejabberd(_));
        ensure!(!keeps_order || verdict.is_clean(), "{}: {verdict:?}", server.name());
    }
    Ok(())
}

/// The server has given the session up, or says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_the_server_gave_up_is_begun_anew() -> Result<()> {
    each(async |version| {
        let stage = Stage::with(version, |b| b.debug().option("smacks_hibernation_time = 1")).await?;
        stage.relay.refuse(true);
        stage.relay.cut();
        let ids = [stage.says("one, into the cut").await?, stage.says("two, into the cut").await?];
        let wire = [stage.wire_id(&ids[0]).await?, stage.wire_id(&ids[1]).await?];
        stage.juliet.send(ROMEO, "three, out of the cut").await?;
        stage.is_given_up().await?;
        stage.mend().await?;
        ensure!(stage.connection().await?.is_some_and(|c| !c.resumed), "{version:?}: resumed what was gone");
        for id in &ids {
            stage.me.delivered(JULIET, id, Delivery::OnServer).await?;
        }
        arrive_once(&stage, &[("one, into the cut", &wire[0]), ("two, into the cut", &wire[1])]).await?;
        let three = "three, out of the cut";
        stage.me.message(JULIET, three, |m| m.body == three).await?;
        stage.timeline_is(&["one, into the cut", "two, into the cut", three, "and that was all"]).await?;
        stage.me.app.close().await;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_counts_too_many_gets_a_new_session() -> Result<()> {
    let stage = hostile::Stage::set().await?;
    stage.said.say("<a xmlns='urn:xmpp:sm:3' h='9999'/>")?;
    let again = stage.server.session().await?.attend(&[]);
    stage.me.online().await?;
    stage.me.say(JULIET, "after the miscount").await?;
    again.hears(&["after the miscount"]).await?;
    stage.me.app.close().await;
    Ok(())
}

/// A train: every third piece is lost and comes when TCP has noticed, a second each way.
#[tokio::test(flavor = "multi_thread")]
async fn loss_and_delay_are_lived_with() -> Result<()> {
    let stage = Stage::set(harness::Version::V13).await?;
    stage.relay.delay(Duration::from_secs(1));
    stage.relay.lose(30);
    for number in 0..10 {
        stage.says(&format!("ours {number}")).await?;
        stage.juliet.send(ROMEO, &format!("theirs {number}")).await?;
    }
    // And a new connection, signed in under the same sky.
    stage.relay.cut();
    let all = patiently(Duration::from_secs(60), "everything", async || {
        let newest = stage.me.newest(JULIET, 50).await.ok()?;
        let over = |m: &Message| !matches!(m.delivery, Some(Delivery::Queued | Delivery::Sending));
        (newest.len() == 20 && newest.iter().all(over)).then_some(newest)
    })
    .await?;
    ensure!(stage.connection().await?.is_some_and(|c| c.resumed), "bound anew");
    for (outgoing, whose) in [(true, "ours"), (false, "theirs")] {
        let bodies: Vec<_> = all.iter().filter(|m| m.outgoing == outgoing).map(|m| m.body.clone()).collect();
        let wanted: Vec<_> = (0..10).map(|number| format!("{whose} {number}")).collect();
        ensure!(bodies == wanted, "{bodies:?}");
    }
    let heard: Vec<_> =
        stage.juliet.pending().into_iter().filter_map(|e| Some(e["body"].as_str()?.to_owned())).collect();
    let ours: Vec<_> = heard.iter().filter(|b| b.starts_with("ours ")).collect();
    ensure!(ours.len() == 10 && ours.is_sorted(), "{ours:?}");
    stage.me.app.close().await;
    Ok(())
}

/// The computer wakes on another network: nothing says that the old connection is dead.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_connection_is_noticed_soon_after_waking() -> Result<()> {
    each(async |version| {
        let stage = Stage::set(version).await?;
        stage.relay.stall(true);
        let began = std::time::Instant::now();
        stage.me.app.network_changed();
        stage.me.session("noticed", |s| !matches!(s, SessionState::Online { .. })).await?;
        let noticed = began.elapsed();
        ensure!(noticed < Duration::from_secs(8), "noticed after {noticed:?}");
        stage.relay.cut();
        stage.relay.stall(false);
        stage.me.online().await?;
        println!("  noticed after {noticed:?}, back after {:?}", began.elapsed());
        ensure!(stage.connection().await?.is_some_and(|c| c.resumed), "bound anew");
        stage.me.app.close().await;
        Ok(())
    })
    .await
}
