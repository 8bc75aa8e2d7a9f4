//! Calls with pictures, between two of ours: what is sent is what is seen, and what is muted is not.

use harness::calling::{camera, is_on, rings, sees, server};
use harness::devices::{BLUE, GREEN, RED};
use harness::{At, Bench, Headless, Result, ensure, until};
use waxwing_contract::{AcceptCall, Call, CallId, ListShowables, Nothing, PictureOf, ShareScreen, StopSharing};

#[tokio::test]
async fn both_see_what_the_other_films() -> Result<()> {
    let server = server().await?;
    let mira = Headless::sign_in_with(&At::prosody(&server, "mira")?, Bench::filming(500, BLUE)).await?;
    let juliet = Headless::sign_in_with(&At::prosody(&server, "juliet")?, Bench::filming(900, RED)).await?;
    let id = mira.ring(&juliet.jid, true).await?;
    let incoming = juliet.call_that("it rings", rings).await?;
    ensure!(incoming.video, "{incoming:?}");
    juliet.take(&incoming.id).await?;
    let filmed = |call: &Call| is_on(call) && call.ours.camera && call.theirs.camera;
    tokio::try_join!(mira.call_that("both film", filmed), juliet.call_that("both film", filmed))?;
    tokio::try_join!(
        sees(&mira, &id, PictureOf::TheirCamera, RED),
        sees(&juliet, &incoming.id, PictureOf::TheirCamera, BLUE)
    )?;
    camera(&mira, &id, false).await?;
    juliet.call_that("no camera of theirs", |call| !call.theirs.camera).await?;
    camera(&mira, &id, true).await?;
    juliet.call_that("their camera again", |call| call.theirs.camera).await?;
    sees(&juliet, &incoming.id, PictureOf::TheirCamera, BLUE).await?;
    mira.hang_up(&id).await?;
    juliet.free().await
}

#[tokio::test]
async fn a_call_with_video_is_taken_without() -> Result<()> {
    let server = server().await?;
    let mira = Headless::sign_in_with(&At::prosody(&server, "mira")?, Bench::filming(500, BLUE)).await?;
    let juliet = Headless::sign_in_with(&At::prosody(&server, "juliet")?, Bench::filming(900, RED)).await?;
    let id = mira.ring(&juliet.jid, true).await?;
    let incoming = juliet.call_that("it rings", rings).await?;
    juliet.call(AcceptCall { account: juliet.account.clone(), id: incoming.id.clone(), video: false }).await?;
    sees(&juliet, &incoming.id, PictureOf::TheirCamera, BLUE).await?;
    let call = mira.call_that("a call that is on", is_on).await?;
    ensure!(!call.theirs.camera, "{call:?}");
    juliet.hang_up(&incoming.id).await?;
    until("it ends", async || mira.free().await.ok()).await?;
    let _ = id;
    Ok(())
}

#[tokio::test]
async fn a_camera_is_added_to_a_call_that_is_on() -> Result<()> {
    let server = server().await?;
    let mira = Headless::sign_in_with(&At::prosody(&server, "mira")?, Bench::filming(500, BLUE)).await?;
    let juliet = Headless::sign_in_with(&At::prosody(&server, "juliet")?, Bench::filming(900, RED)).await?;
    let id = mira.ring(&juliet.jid, false).await?;
    let incoming = juliet.call_that("it rings", rings).await?;
    juliet.take(&incoming.id).await?;
    mira.call_that("a call that is on", is_on).await?;
    camera(&mira, &id, true).await?;
    sees(&juliet, &incoming.id, PictureOf::TheirCamera, BLUE).await?;
    camera(&juliet, &incoming.id, true).await?;
    sees(&mira, &id, PictureOf::TheirCamera, RED).await?;
    mira.hang_up(&id).await
}

/// Shows the first screen there is.
pub async fn share(who: &Headless, call: &str) -> Result<()> {
    let list = who.call(ListShowables(Nothing {})).await?.list;
    let showable = list.first().map(|one| one.id.clone()).unwrap_or_default();
    Ok(who.call(ShareScreen { account: who.account.clone(), id: call.to_owned(), showable }).await?)
}

pub async fn stop_sharing(who: &Headless, call: &str) -> Result<()> {
    Ok(who.call(StopSharing(CallId { account: who.account.clone(), id: call.to_owned() })).await?)
}

#[tokio::test]
async fn a_screen_is_shown_beside_the_camera() -> Result<()> {
    let server = server().await?;
    let mira = Headless::sign_in_with(&At::prosody(&server, "mira")?, Bench::filming(500, BLUE)).await?;
    let juliet = Headless::sign_in_with(&At::prosody(&server, "juliet")?, Bench::speaking(900)).await?;
    let id = mira.ring(&juliet.jid, true).await?;
    let incoming = juliet.call_that("it rings", rings).await?;
    juliet.take(&incoming.id).await?;
    mira.call_that("a call that is on", is_on).await?;
    sees(&juliet, &incoming.id, PictureOf::TheirCamera, BLUE).await?;
    share(&mira, &id).await?;
    sees(&juliet, &incoming.id, PictureOf::TheirScreen, GREEN).await?;
    sees(&juliet, &incoming.id, PictureOf::TheirCamera, BLUE).await?;
    mira.call_that("a screen that is shown", |call| call.ours.screen && call.ours.camera).await?;
    stop_sharing(&mira, &id).await?;
    mira.call_that("none", |call| !call.ours.screen).await?;
    mira.hang_up(&id).await
}
