//! Calls between people who have several devices, over a real server: who rings, who takes it, and what is kept of it.

use harness::calling::{ended, is_on, rings, server};
use harness::{At, Bench, Headless, Result, ensure, seed, until};
use waxwing_contract::{Call, CallId, CallOutcome, CallPhase, CallTrouble, Conversation, DismissCall, MuteCall, View};

#[tokio::test]
async fn a_call_is_made_taken_and_ended_from_either_side() -> Result<()> {
    let server = server().await?;
    let mira = Headless::sign_in_with(&At::prosody(&server, "mira")?, Bench::speaking(500)).await?;
    let juliet = Headless::sign_in_with(&At::prosody(&server, "juliet")?, Bench::speaking(900)).await?;
    for (caller, called, hangs_up_first) in [(&mira, &juliet, true), (&juliet, &mira, false)] {
        let id = caller.ring(&called.jid, false).await?;
        caller.call_that("ringing there", |call| call.phase == CallPhase::Calling { reached: true }).await?;
        let incoming = called.call_that("a call that rings", rings).await?;
        ensure!(!incoming.outgoing && !incoming.stranger && !incoming.video, "{incoming:?}");
        called.take(&incoming.id).await?;
        caller.call_that("a call that is on", is_on).await?;
        called.call_that("a call that is on", is_on).await?;
        mira.devices.forget();
        juliet.devices.forget();
        tokio::try_join!(mira.hears(900), juliet.hears(500))?;
        caller.call_that("how it goes", |call| call.quality.is_some_and(|quality| quality.received > 5)).await?;
        called.call(MuteCall { account: called.account.clone(), id: incoming.id.clone(), muted: true }).await?;
        caller.call_that("a muted other side", |call| call.theirs.muted).await?;
        let silent = async || {
            caller.devices.forget();
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            (caller.devices.loudest() < 0.01).then_some(())
        };
        until("a muted microphone to be silent", silent).await?;
        if hangs_up_first {
            caller.hang_up(&id).await?
        } else {
            called.hang_up(&incoming.id).await?
        }
        for (one, other, outgoing) in [(caller, called, true), (called, caller, false)] {
            one.kept(&other.jid, outgoing, CallOutcome::Completed).await?;
            one.free().await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn one_device_takes_it_and_the_other_stops_ringing() -> Result<()> {
    let server = server().await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let desk = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
    let lap = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
    let id = mira.ring(&desk.jid, false).await?;
    let (at_desk, at_lap) = tokio::try_join!(desk.call_that("it rings", rings), lap.call_that("it rings", rings))?;
    desk.take(&at_desk.id).await?;
    lap.kept(&mira.jid, false, CallOutcome::AnsweredElsewhere).await?;
    mira.call_that("a call that is on", is_on).await?;
    ensure!(lap.take(&at_lap.id).await.is_err(), "taken twice");
    mira.hang_up(&id).await?;
    desk.kept(&mira.jid, false, CallOutcome::Completed).await?;

    mira.ring(&desk.jid, false).await?;
    let (_, at_lap) = tokio::try_join!(desk.call_that("it rings", rings), lap.call_that("it rings", rings))?;
    lap.decline(&at_lap.id).await?;
    desk.kept(&mira.jid, false, CallOutcome::DeclinedElsewhere).await?;
    let told = mira.call_that("the end of it", ended).await?;
    ensure!(told.phase == CallPhase::Ended { outcome: CallOutcome::DeclinedThere, trouble: None }, "{told:?}");
    mira.call(DismissCall(CallId { account: mira.account.clone(), id: told.id })).await?;

    let id = mira.ring(&desk.jid, false).await?;
    tokio::try_join!(desk.call_that("it rings", rings), lap.call_that("it rings", rings))?;
    mira.hang_up(&id).await?;
    mira.kept(&desk.jid, true, CallOutcome::Cancelled).await?;
    for device in [&desk, &lap] {
        device.kept(&mira.jid, false, CallOutcome::Missed).await?;
        device.item::<Conversation>(&View::Conversations, "a missed call", |row| row.unread == 1).await?;
    }
    Ok(())
}

#[tokio::test]
async fn whoever_speaks_is_busy_for_others() -> Result<()> {
    let server = server().await?;
    let friend = |user: &str| (server.jid(user), user.to_owned(), "Friends".to_owned());
    seed::roster(&server, "nurse", &[friend("juliet")])?;
    seed::roster(&server, "juliet", &[friend("mira"), friend("nurse")])?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let juliet = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
    let nurse = Headless::sign_in(&At::prosody(&server, "nurse")?).await?;
    mira.ring(&juliet.jid, false).await?;
    let incoming = juliet.call_that("it rings", rings).await?;
    juliet.take(&incoming.id).await?;
    mira.call_that("a call that is on", is_on).await?;
    nurse.ring(&juliet.jid, false).await?;
    let told = nurse.call_that("the end of it", ended).await?;
    ensure!(told.phase == CallPhase::Ended { outcome: CallOutcome::Busy, trouble: None }, "{told:?}");
    juliet.kept(&nurse.jid, false, CallOutcome::MissedBusy).await?;
    juliet.call_that("the call goes on", is_on).await?;
    Ok(())
}

#[tokio::test]
async fn two_who_call_each_other_at_once_speak() -> Result<()> {
    let server = server().await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let juliet = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
    for _ in 0..3 {
        let (hers, his) = tokio::join!(mira.ring(&juliet.jid, false), juliet.ring(&mira.jid, false));
        let (hers, his) = (hers?, his?);
        let (one, other) =
            tokio::try_join!(mira.call_that("a call that is on", is_on), juliet.call_that("a call that is on", is_on))?;
        ensure!((&one.id, &other.id) == (&hers, &his), "another call than either began");
        juliet.hang_up(&his).await?;
        tokio::try_join!(mira.free(), juliet.free())?;
        let calls = |rows: Vec<waxwing_contract::Message>| rows.iter().filter(|row| row.call.is_some()).count();
        ensure!(
            calls(mira.newest(&juliet.jid, 50).await?) == calls(juliet.newest(&mira.jid, 50).await?),
            "rows differ"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_call_while_away_is_kept_as_missed_and_a_young_one_still_rings() -> Result<()> {
    let server = server().await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let juliet = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
    juliet.app.close().await;
    let id = mira.ring(&juliet.jid, true).await?;
    mira.hang_up(&id).await?;
    let juliet = juliet.reopen()?;
    let record = juliet.kept(&mira.jid, false, CallOutcome::Missed).await?;
    ensure!(record.video && !record.outgoing, "{record:?}");
    juliet.app.close().await;
    let id = mira.ring(&juliet.jid, false).await?;
    let juliet = juliet.reopen()?;
    juliet.online().await?;
    let incoming = juliet.call_that("it still rings", rings).await?;
    juliet.take(&incoming.id).await?;
    mira.call_that("a call that is on", is_on).await?;
    mira.hang_up(&id).await?;
    Ok(())
}

#[tokio::test]
async fn a_stranger_learns_nothing_and_goes_through_a_relay_alone() -> Result<()> {
    let server = server().await?;
    let juliet = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
    let nurse = Headless::sign_in(&At::prosody(&server, "nurse")?).await?;
    nurse.ring(&juliet.jid, false).await?;
    let incoming = juliet.call_that("it rings", rings).await?;
    ensure!(incoming.stranger, "{incoming:?}");
    let outgoing = nurse.call_that("the call", |call| matches!(call.phase, CallPhase::Calling { .. })).await?;
    ensure!(outgoing.phase == CallPhase::Calling { reached: false }, "the stranger knows that it rings");
    // The server has no relay.
    juliet.take(&incoming.id).await?;
    // Whoever notices first says so, and the other learns that there is no way.
    let (hers, nurses) =
        tokio::try_join!(juliet.call_that("the end of it", ended), nurse.call_that("the end of it", ended))?;
    let why = |call: &Call| match &call.phase {
        CallPhase::Ended { outcome: CallOutcome::Failed, trouble } => trouble.clone(),
        _ => None,
    };
    let (hers, nurses) = (why(&hers), why(&nurses));
    ensure!([&hers, &nurses].contains(&&Some(CallTrouble::NoRelay)), "{hers:?}, {nurses:?}");
    ensure!(hers.is_some() && nurses.is_some(), "{hers:?}, {nurses:?}");
    Ok(())
}
