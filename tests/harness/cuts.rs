//! A connection cut at random moments while messages go both ways, and the count afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use waxwing_contract::{AccountId, Connect, Delivery};

use crate::kills::{Verdict, number, random};
use crate::{At, Headless, Relay, Slix, headless, patiently};

/// Between two messages of one side.
const PACE: Duration = Duration::from_millis(8);

/// Cuts the way between the client (whose account is `at`) and its server `cuts` times, each after a random number of
/// bytes one way or the other; `peer` is somebody who stays.
pub async fn ordeal(at: &At, peer: &Slix, cuts: usize) -> Result<Verdict> {
    let relay = Relay::start(at.endpoint.port).await?;
    let me = Headless::sign_in(&at.clone().through(relay.port)).await?;
    let talk = Talk::default();
    let theirs = peer.bare().to_owned();
    let (ours, hers) = tokio::join!(
        async {
            let cutting = async {
                for _ in 0..cuts {
                    cut_once(&relay, &me).await?;
                }
                anyhow::Ok(())
            };
            let done = cutting.await;
            talk.over.store(true, Ordering::SeqCst);
            done
        },
        async { tokio::try_join!(talk.ours(&me, &theirs), talk.theirs(peer, &at.jid)) }
    );
    ours.and(hers.map(drop))?;
    settle(&me, peer, &talk).await?;

    let mut verdict = Verdict { cuts, sent: talk.said.load(Ordering::SeqCst), ..Verdict::default() };
    verdict.received = talk.heard.load(Ordering::SeqCst);
    let events = peer.pending();
    let from_us = events.iter().filter(|e| e["from"].as_str().is_some_and(|from| from.starts_with(&at.jid)));
    let heard: Vec<_> = from_us.filter_map(|e| number(e["body"].as_str()?, "mine ")).collect();
    verdict.count("the peer, live", &heard, verdict.sent);
    let kept = headless::everything(&me.app, &me.account, &theirs).await?;
    let kept_theirs: Vec<_> = kept.iter().filter(|m| !m.outgoing).filter_map(|m| number(&m.body, "theirs ")).collect();
    verdict.count("kept of theirs", &kept_theirs, verdict.received);
    let mine: Vec<_> = kept.iter().filter(|m| m.outgoing).filter_map(|m| number(&m.body, "mine ")).collect();
    verdict.count("kept of mine", &mine, verdict.sent);
    verdict.connections = relay.connections();
    me.app.close().await;
    Ok(verdict)
}

/// Arms a cut and waits until it fell; the client is told to come back at once rather than when it thinks fit.
async fn cut_once(relay: &Relay, me: &Headless) -> Result<()> {
    let cuts = relay.cuts();
    let bytes = 1 + random() % 3000;
    if random().is_multiple_of(2) {
        relay.cut_after_up(bytes);
    } else {
        relay.cut_after_down(bytes);
    }
    patiently(Duration::from_secs(60), "the connection to be cut", async || {
        let _ = me.call(Connect(AccountId { account: me.account.clone() })).await;
        (relay.cuts() > cuts).then_some(())
    })
    .await
}

/// Everything said has arrived, or will not.
async fn settle(me: &Headless, peer: &Slix, talk: &Talk) -> Result<()> {
    let _ = me.call(Connect(AccountId { account: me.account.clone() })).await;
    let (said, heard) = (talk.said.load(Ordering::SeqCst), talk.heard.load(Ordering::SeqCst));
    let limit = Duration::from_secs(60);
    let mut missing = String::new();
    let settled = patiently(limit, "everything to be on the server", async || {
        let newest = me.newest(peer.bare(), 500).await.ok()?;
        let under_way = |d: &Delivery| matches!(d, Delivery::Queued | Delivery::Sending);
        let there = newest.iter().any(|m| number(&m.body, "theirs ") == heard.checked_sub(1));
        let waiting: Vec<_> = newest.iter().filter(|m| m.delivery.as_ref().is_some_and(under_way)).collect();
        let states = me.app.accounts().into_iter().map(|a| a.session).collect::<Vec<_>>();
        missing = format!("their last is there: {there}; under way: {waiting:?}; the session: {states:?}");
        (there && waiting.is_empty()).then_some(())
    });
    settled.await.with_context(|| missing)?;
    let last = format!("mine {}", said - 1);
    patiently(limit, "the last message at the peer", async || {
        peer.pending().iter().any(|e| e["body"] == *last.as_str()).then_some(())
    })
    .await
}

#[derive(Default, Clone)]
struct Talk {
    over: Arc<AtomicBool>,
    said: Arc<AtomicUsize>,
    heard: Arc<AtomicUsize>,
}

impl Talk {
    async fn ours(&self, me: &Headless, peer: &str) -> Result<()> {
        while !self.over.load(Ordering::SeqCst) {
            me.say(peer, &format!("mine {}", self.said.load(Ordering::SeqCst))).await?;
            self.said.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(PACE).await;
        }
        Ok(())
    }

    async fn theirs(&self, peer: &Slix, me: &str) -> Result<()> {
        while !self.over.load(Ordering::SeqCst) {
            peer.send(me, &format!("theirs {}", self.heard.load(Ordering::SeqCst))).await?;
            self.heard.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(PACE).await;
        }
        Ok(())
    }
}
