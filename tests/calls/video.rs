//! Calls with pictures, between two of ours: what is sent is what is seen, and what is muted is not.

use std::time::Duration;

use harness::devices::{BLUE, RED};
use harness::{At, Bench, Headless, Result, bail, ensure, until};
use waxwing_client::Shown;
use waxwing_contract::{AcceptCall, Call, PictureOf, SetCamera};
use waxwing_vp8::Decoder;

use crate::signalling::{Calling as _, is_on, rings, server};

/// Waits until a colour is seen, in the middle of the upper edge.
async fn sees(who: &Headless, call: &str, of: PictureOf, colour: [u8; 3]) -> Result<()> {
    let seeing = async {
        let mut looking = who.app.pictures().look(call, of).await;
        let mut decoder = Decoder::new();
        while let Some(shown) = looking.next().await {
            let Shown::Encoded(frame) = shown else { bail!("a picture of our own") };
            let Ok(Some(decoded)) = decoder.decode(&frame.data) else {
                looking.request_key();
                continue;
            };
            let picture = waxwing_media::video::Picture::from(decoded);
            let middle = picture.at(picture.width() / 2, 4);
            if middle.iter().zip(colour).skip(1).all(|(seen, wanted)| seen.abs_diff(wanted) < 16) {
                return Ok(());
            }
        }
        bail!("no more pictures")
    };
    tokio::time::timeout(Duration::from_secs(20), seeing).await.unwrap_or_else(|_| bail!("{colour:?} is not seen"))
}

async fn camera(who: &Headless, call: &str, on: bool) -> Result<()> {
    Ok(who.call(SetCamera { account: who.account.clone(), id: call.to_owned(), on }).await?)
}

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
