//! `kill -9` in the middle of a transfer and at random moments, on either side: what arrives is whole, once, and nothing else is left.

use std::time::Duration;

use harness::calling::people;
use harness::filing::{How, noise};
use harness::kills::{Run, random};
use harness::prosody::Builder;
use harness::{At, Headless, Prosody, Result, ensure, headless, paths, patiently};
use waxwing_contract::{FileState, Transfer};

const KILLS: usize = 4;
const SIZE: usize = 3_000_000;

/// Mira, as a program that can be killed, and the folder that it lives on.
async fn mira(server: &Prosody) -> Result<(Run, paths::Folder)> {
    let (at, folder) = (At::prosody(server, "mira")?, paths::Folder::new("file-kills")?);
    let run = Run::new(
        env!("CARGO_BIN_EXE_waxwing-headless").as_ref(),
        folder.path(),
        &server.certificate.ca,
        &at,
        &server.jid("juliet"),
    )?;
    run.first_sign_in(&at).await?;
    Ok((run, folder))
}

/// The file of this name that an application has of somebody, once it is whole.
async fn whole(app: &waxwing_client::App, peer: &str) -> Result<Vec<u8>> {
    let account = app.account_ids().pop().unwrap_or_default();
    let here = async || {
        let all = headless::newest(app, &account, peer, 20).await.ok()?;
        let files: Vec<_> = all.iter().flat_map(|message| &message.files).collect();
        let [file] = &files[..] else { return None };
        (file.state == FileState::Here).then(|| file.id.clone())
    };
    let id = match patiently(Duration::from_secs(60), "the file to be whole, and there once", here).await {
        Ok(id) => id,
        Err(why) => {
            let all = headless::newest(app, &account, peer, 20).await?;
            let files: Vec<_> = all.iter().flat_map(|message| &message.files).collect();
            let moving = app.subscribe(&waxwing_contract::View::Transfers)?.try_next();
            harness::bail!("{why}: {files:?}, {moving:?}")
        }
    };
    let file = app.file_here(&waxwing_contract::FileId { account, id }).await?;
    Ok(std::fs::read(file.path)?)
}

/// Some of it went, and not all: what goes over HTTP is over too soon here to be seen so.
async fn midway(who: &Headless) -> Result<()> {
    let midway = |transfer: &Transfer| transfer.done > 0 && transfer.total.is_some_and(|total| transfer.done < total);
    who.transfer("the middle of it", midway).await.map(drop)
}

async fn receiver_dies(server: Builder, direct: bool) -> Result<()> {
    let server = people(server).await?;
    let (run, folder) = mira(&server).await?;
    let juliet = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
    let mut child = run.stay().await?;
    juliet.may_send(&server.jid("mira")).await?;
    let bytes = noise(SIZE);
    juliet.send_file(&server.jid("mira"), "large.bin", &bytes, How { direct, ..How::default() }).await?;
    if direct {
        midway(&juliet).await?;
        child.kill().await?;
        child = run.stay().await?;
    }
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(random() % 600)).await;
        child.kill().await?;
        child = run.stay().await?;
    }
    child.kill().await?;
    let app = headless::open(folder.path(), &At::prosody(&server, "mira")?.ca)?;
    ensure!(whole(&app, &juliet.jid).await? == bytes, "other bytes came");
    app.close().await;
    Ok(())
}

async fn sender_dies(server: Builder, direct: bool) -> Result<()> {
    let server = people(server).await?;
    let (run, _folder) = mira(&server).await?;
    let juliet = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
    let place = paths::Folder::new("to-send")?;
    let (file, bytes) = (place.path().join("large.bin"), noise(SIZE));
    std::fs::write(&file, &bytes)?;
    let mut child = run.send(&file, direct).await?;
    if direct {
        midway(&juliet).await?;
        child.kill().await?;
        child = run.send(&file, direct).await?;
    }
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(random() % 600)).await;
        child.kill().await?;
        child = run.send(&file, direct).await?;
    }
    ensure!(whole(&juliet.app, &server.jid("mira")).await? == bytes, "other bytes came");
    child.kill().await?;
    Ok(())
}

#[tokio::test]
async fn whoever_fetches_is_killed() -> Result<()> {
    receiver_dies(Prosody::builder(), false).await
}

#[tokio::test]
async fn whoever_receives_is_killed() -> Result<()> {
    receiver_dies(Prosody::builder().hides_all_but_in_band(), true).await
}

#[tokio::test]
async fn whoever_uploads_is_killed() -> Result<()> {
    sender_dies(Prosody::builder(), false).await
}

#[tokio::test]
async fn whoever_sends_is_killed() -> Result<()> {
    sender_dies(Prosody::builder().hides_all_but_in_band(), true).await
}
