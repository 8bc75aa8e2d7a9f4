//! Streams that break: what was said on either side arrives, once, with the id it had.

use std::time::Duration;

use harness::sasl2::{ENABLED, RESUMABLE};
use harness::scripted::PASSWORD;
use harness::{At, Context, Headless, Result, Scripted, Version, ensure, patiently, until, wait::SOON};
use waxwing_contract::{AccountId, Connect, Delivery, Message, SessionState};

use crate::relayed::{JULIET, ROMEO, Stage, arrive_once, arrived_once, each, juliet};

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_stream_is_resumed() -> Result<()> {
    each(async |version| {
        let stage = Stage::set(version).await?;
        ensure!(stage.connection().await?.is_some_and(|c| !c.resumed), "resumed before anything broke");
        stage.cut().await?;
        let ids = [stage.says("one, into the cut").await?, stage.says("two, into the cut").await?];
        let wire = [stage.wire_id(&ids[0]).await?, stage.wire_id(&ids[1]).await?];
        for id in &ids {
            let message = stage.me.message(JULIET, "our message", |m| m.id == *id).await?;
            ensure!(message.delivery == Some(Delivery::Queued), "without a stream: {message:?}");
        }
        stage.juliet.send(ROMEO, "three, out of the cut").await?;
        stage.juliet.send(ROMEO, "four, out of the cut").await?;
        // so that the server has them before the client is back
        stage.juliet.call("ping", serde_json::json!({})).await?;
        let began = std::time::Instant::now();
        stage.mend().await?;
        println!("  back after {:?}", began.elapsed());
        let connection = stage.connection().await?;
        ensure!(connection.as_ref().is_some_and(|c| c.resumed), "bound anew: {connection:?}");
        for id in &ids {
            stage.me.delivered(JULIET, id, Delivery::OnServer).await?;
        }
        arrive_once(&stage, &[("one, into the cut", &wire[0]), ("two, into the cut", &wire[1])]).await?;
        // in the view, because `timeline.page` would heal a loss from the archive
        for body in ["three, out of the cut", "four, out of the cut"] {
            stage.me.message(JULIET, body, |m| m.body == body).await.with_context(|| format!("{version:?}"))?;
        }
        stage
            .timeline_is(&[
                "one, into the cut",
                "two, into the cut",
                "three, out of the cut",
                "four, out of the cut",
                "and that was all",
            ])
            .await?;
        stage.me.app.close().await;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_offers_is_known_after_resuming() -> Result<()> {
    let mut wrong = Vec::new();
    for version in Version::ALL {
        let stage = Stage::set(version).await?;
        let before = stage.capabilities().await?;
        stage.cut().await?;
        stage.juliet.send(ROMEO, "out of the cut").await?;
        stage.juliet.call("ping", serde_json::json!({})).await?;
        stage.mend().await?;
        ensure!(stage.connection().await?.is_some_and(|c| c.resumed), "{version:?}: bound anew");
        let after = stage.capabilities().await?;
        let lost: Vec<_> = before.iter().filter(|c| !after.contains(c)).map(|c| c.feature).collect();
        if !lost.is_empty() {
            wrong.push(format!("{version:?}: {lost:?}"));
        }
        stage.me.app.close().await;
    }
    ensure!(wrong.is_empty(), "what the server offers was forgotten: {wrong:?}");
    Ok(())
}

/// Whatever byte the cut falls on.
#[tokio::test(flavor = "multi_thread")]
async fn cuts_in_the_middle_of_messages_lose_and_double_nothing() -> Result<()> {
    each(async |version| {
        let stage = Stage::set(version).await?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..8_u64 {
            if round % 2 == 0 {
                stage.relay.cut_after_up(1 + round * 97);
            } else {
                stage.relay.cut_after_down(1 + round * 97);
            }
            let before = stage.relay.connections();
            for number in 0..5 {
                let body = format!("ours {round}.{number}");
                stage.says(&body).await?;
                ours.push(body);
                let body = format!("theirs {round}.{number}");
                stage.juliet.send(ROMEO, &body).await?;
                theirs.push(body);
            }
            let what = format!("a new connection in round {round}");
            patiently(Duration::from_secs(60), &what, async || {
                let _ = stage.me.call(Connect(AccountId { account: stage.me.account.clone() })).await;
                (stage.relay.connections() > before).then_some(())
            })
            .await?;
            stage.me.online().await?;
            // each in the view, because `timeline.page` would heal a loss from the archive
            for body in theirs.iter().skip(theirs.len() - 5) {
                stage.me.message(JULIET, body, |m| m.body == *body).await.with_context(|| format!("round {round}"))?;
            }
        }
        for body in ["ours 7.4", "theirs 7.4"] {
            let under_way = |m: &Message| matches!(m.delivery, Some(Delivery::Queued | Delivery::Sending));
            let there = |m: &Message| m.body == body && !under_way(m);
            stage.me.message(JULIET, body, there).await?;
        }
        let all: Vec<&str> = ours.iter().chain(&theirs).map(String::as_str).collect();
        stage.timeline_is(&all).await?;
        let in_order: Vec<_> = stage.me.newest(JULIET, 200).await?.into_iter().filter(|m| !m.outgoing).collect();
        ensure!(in_order.iter().map(|m| &m.body).eq(&theirs), "out of order: {in_order:?}");
        let last = stage.says("the end").await?;
        stage.me.delivered(JULIET, &last, Delivery::OnServer).await?;
        stage.juliet.message(ROMEO, "the end").await?;
        let pending = stage.juliet.pending();
        for body in &ours {
            let count = pending.iter().filter(|event| event["body"] == *body.as_str()).count();
            ensure!(count == 1, "{version:?}: {body} came {count} times");
        }
        stage.me.app.close().await;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_stream_is_noticed_and_recovered() -> Result<()> {
    let runs = Version::ALL.map(|version| async move {
        let stage = Stage::set(version).await?;
        let began = std::time::Instant::now();
        stage.relay.stall(true);
        let id = stage.says("into the void").await?;
        let wire = stage.wire_id(&id).await?;
        let noticed = patiently(Duration::from_secs(45), "the client to notice that nothing comes back", async || {
            stage.connection().await.ok()?.is_none().then_some(())
        });
        noticed.await?;
        println!("  {version:?}: noticed after {:?}", began.elapsed());
        stage.relay.cut();
        stage.relay.stall(false);
        stage.mend().await?;
        println!("  {version:?}: back after {:?}", began.elapsed());
        stage.me.delivered(JULIET, &id, Delivery::OnServer).await?;
        arrive_once(&stage, &[("into the void", &wire)]).await?;
        stage.timeline_is(&["into the void", "and that was all"]).await?;
        stage.me.app.close().await;
        Result::<()>::Ok(())
    });
    let [one, other] = runs;
    let (one, other) = tokio::join!(one, other);
    one.and(other)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_killed_comes_back() -> Result<()> {
    for version in Version::ALL {
        let mut stage = Stage::set(version).await?;
        let first = stage.says("before").await?;
        stage.me.delivered(JULIET, &first, Delivery::Delivered).await?;
        stage.juliet.message(ROMEO, "before").await?;
        stage.server.kill();
        stage.me.session("off", |s| !matches!(s, SessionState::Online { .. })).await?;
        let id = stage.says("while it was dead").await?;
        let wire = stage.wire_id(&id).await?;
        stage.server.restart().await?;
        stage.juliet = juliet(&stage.server).await?;
        stage.mend().await?;
        ensure!(stage.connection().await?.is_some_and(|c| !c.resumed), "a dead server's session was resumed");
        stage.me.delivered(JULIET, &id, Delivery::OnServer).await?;
        stage.juliet.send(ROMEO, "after").await?;
        stage.me.message(JULIET, "after", |m| m.body == "after").await?;
        arrive_once(&stage, &[("while it was dead", &wire)]).await?;
        stage.timeline_is(&["before", "while it was dead", "after", "and that was all"]).await?;
        stage.me.app.close().await;
    }
    Ok(())
}

/// The server has the message, and dies before it says so: the archive tells.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_had_and_did_not_say_is_not_sent_twice() -> Result<()> {
    for version in Version::ALL {
        let mut stage = Stage::set(version).await?;
        // what goes up gets through, and the answer does not come down
        let before = stage.relay.bytes_down();
        stage.relay.cut_after_down(1);
        let id = stage.says("said and not heard").await?;
        stage.juliet.message(ROMEO, "said and not heard").await?;
        until("the cut", async || (stage.relay.bytes_down() > before).then_some(())).await?;
        stage.relay.refuse(true);
        // the session to resume dies with the server, which has the message in its archive
        stage.server.stop().await;
        stage.server.restart().await?;
        stage.juliet = juliet(&stage.server).await?;
        stage.mend().await?;
        stage.me.delivered(JULIET, &id, Delivery::OnServer).await?;
        let last = stage.says("and that was all").await?;
        stage.me.delivered(JULIET, &last, Delivery::OnServer).await?;
        stage.juliet.message(ROMEO, "and that was all").await?;
        // her archive, because a server that ends may deliver from its own store what she had not acknowledged
        let rows = stage.juliet.call("mam", serde_json::json!({ "last": 50 })).await?;
        let bodies: Vec<_> = rows.as_array().into_iter().flatten().filter_map(|row| row["body"].as_str()).collect();
        ensure!(bodies == ["said and not heard", "and that was all"], "{version:?}: her archive holds {bodies:?}");
        stage.timeline_is(&["said and not heard", "and that was all"]).await?;
        stage.me.app.close().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_offline_goes_out_after_a_restart() -> Result<()> {
    for version in Version::ALL {
        let Stage { server, relay, me, juliet } = Stage::set(version).await?;
        let stage = Stage { server, relay, me, juliet };
        stage.cut().await?;
        let ids = [stage.says("typed offline").await?, stage.says("typed offline too").await?];
        let wire = [stage.wire_id(&ids[0]).await?, stage.wire_id(&ids[1]).await?];
        ensure!(!wire[0].is_empty() && wire[0] != wire[1], "no ids of their own: {wire:?}");
        let Stage { server, relay, me, juliet } = stage;
        let me = me.restart().await?;
        let waiting = me.newest(JULIET, 10).await?;
        ensure!(
            waiting.len() == 2 && waiting.iter().all(|m| m.delivery == Some(Delivery::Queued)),
            "after the restart, still offline: {waiting:?}"
        );
        relay.refuse(false);
        me.call(Connect(AccountId { account: me.account.clone() })).await?;
        let began = std::time::Instant::now();
        for id in &ids {
            me.delivered(JULIET, id, Delivery::OnServer).await?;
        }
        ensure!(began.elapsed() < SOON, "took {:?}", began.elapsed());
        arrived_once(&me, &juliet, &[("typed offline", &wire[0]), ("typed offline too", &wire[1])]).await?;
        let held: Vec<_> = me.newest(JULIET, 10).await?.into_iter().map(|m| m.body).collect();
        ensure!(held == ["typed offline", "typed offline too", "and that was all"], "{held:?}");
        me.app.close().await;
        drop(server);
    }
    Ok(())
}

/// Signed out by the person, then in again: nothing is lost either.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_after_signing_out_goes_out_after_signing_in() -> Result<()> {
    for version in Version::ALL {
        let stage = Stage::set(version).await?;
        let account = AccountId { account: stage.me.account.clone() };
        stage.me.call(waxwing_contract::SignOut(account.clone())).await?;
        stage.me.session("signed out", |s| matches!(s, SessionState::Offline)).await?;
        let id = stage.says("written signed out").await?;
        let wire = stage.wire_id(&id).await?;
        stage.me.call(Connect(account)).await?;
        stage.me.delivered(JULIET, &id, Delivery::OnServer).await?;
        arrive_once(&stage, &[("written signed out", &wire)]).await?;
        stage.me.app.close().await;
    }
    Ok(())
}

/// A server that resumes and has lost count: nothing is lost, and nothing said twice to it in one session.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_resumes_with_a_wrong_count_costs_nothing() -> Result<()> {
    // Not one more: a question of its own may be on its way, and make that the right count.
    for off in [-1, 0, 50, 1000] {
        let server = Scripted::start().await?;
        let at = At::to(server.port, true, &server.certificate, ROMEO, PASSWORD)?;
        let (me, talk) = tokio::join!(Headless::sign_in_only(&at), async {
            let mut talk = server.accept().await?;
            talk.begin().await?;
            Result::<_>::Ok(talk)
        });
        let (me, mut talk) = (me?, talk?);
        let id = me.say(JULIET, "counted").await?;
        talk.serve_until("counted").await?;
        let handled = talk.handled();
        drop(talk);
        let mut talk = server.accept().await?;
        talk.resume(handled.saturating_add_signed(off)).await?;
        if off > 0 {
            talk.closes().await?;
            talk = server.accept().await?;
            let proven = talk.proven(RESUMABLE).await?;
            ensure!(!proven.request.contains("<resume"), "{off}: the same session again: {}", proven.request);
            talk.success(&proven.proof, &proven.user, ENABLED).await?;
        }
        if off != 0 {
            talk.serve_until("counted").await?;
        }
        let talk = talk.attend(&[]);
        me.delivered(JULIET, &id, Delivery::OnServer).await?;
        let again = talk.pending().into_iter().filter(|piece| piece.contains("counted")).count();
        ensure!(again == 0, "{off}: sent {again} times more");
        me.app.close().await;
    }
    Ok(())
}

/// XEP-0386 §5.1: either the session is the old one, or another.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_not_resumed_and_bound_at_once() -> Result<()> {
    let server = Scripted::start().await?;
    let at = At::to(server.port, true, &server.certificate, ROMEO, PASSWORD)?;
    let (me, talk) = tokio::join!(Headless::sign_in_only(&at), async {
        let mut talk = server.accept().await?;
        talk.begin().await?;
        Result::<_>::Ok(talk)
    });
    let me = me?;
    drop(talk?);
    for wrong in [
        format!("<resumed xmlns='urn:xmpp:sm:3' previd='s1' h='0'/>{ENABLED}"),
        "<resumed xmlns='urn:xmpp:sm:3' previd='of another' h='0'/>".into(),
        "<resumed xmlns='urn:xmpp:sm:3' previd='s1'/>".into(),
    ] {
        let mut talk = server.accept().await?;
        let proven = talk.proven(RESUMABLE).await?;
        talk.success(&proven.proof, &proven.user, &wrong).await?;
        talk.closes().await?;
    }
    let mut talk = server.accept().await?;
    talk.begin().await?;
    let _attended = talk.attend(&[]);
    me.online().await?;
    me.app.close().await;
    Ok(())
}
