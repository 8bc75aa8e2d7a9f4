//! With Dino 0.4: over the upload service, over sockets, and between the stanzas where it is the one who sends.

use harness::calling::people;
use harness::filing::{How, noise, sha256};
use harness::prosody::Builder;
use harness::{At, Dino, Headless, Prosody, Result, ensure};
use waxwing_contract::{FileState, FileWay};

async fn together(server: Builder) -> Result<(Prosody, Headless, Dino)> {
    let server = people(server).await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let dino = Dino::sign_in(&server, "juliet", 900, 0xdc_00_00).await?;
    mira.may_send(&server.jid("juliet")).await?;
    Ok((server, mira, dino))
}

/// A file of Dino's, to us.
async fn from_dino(server: &Prosody, mira: &Headless, dino: &Dino, wanted: FileWay) -> Result<()> {
    let folder = harness::paths::Folder::new("dino-file")?;
    let file = folder.path().join("from dino.bin");
    let bytes = noise(300_000);
    std::fs::write(&file, &bytes)?;
    dino.send_file(&mira.jid, &file).await?;
    let here = |file: &waxwing_contract::File| file.state == FileState::Here && file.size == Some(300_000);
    let (_, came) = mira.file_that(&server.jid("juliet"), "a file of Dino's", here).await?;
    ensure!(mira.read_file(&came).await? == bytes, "other bytes came");
    ensure!(came.way == Some(wanted), "it came by {:?}", came.way);
    Ok(())
}

/// A file of ours, to Dino.
async fn to_dino(server: &Prosody, mira: &Headless, dino: &Dino, how: How<'_>, wanted: FileWay) -> Result<()> {
    let bytes = noise(400_000);
    let juliet = server.jid("juliet");
    mira.send_file(&juliet, "for-dino.bin", &bytes, how).await?;
    let got = dino.gets("for-dino.bin").await?;
    let (size, hash) = got.content()?;
    ensure!(size == 400_000 && hash == sha256(&bytes), "{got:?}");
    let sent = mira.file_here(&juliet, "for-dino.bin").await?;
    ensure!(sent.way == Some(wanted), "{sent:?}");
    mira.settled().await
}

#[tokio::test]
async fn over_the_upload_service() -> Result<()> {
    let (server, mira, dino) = together(Prosody::builder()).await?;
    to_dino(&server, &mira, &dino, How::default(), FileWay::Upload).await?;
    from_dino(&server, &mira, &dino, FileWay::Upload).await
}

#[tokio::test]
async fn over_sockets() -> Result<()> {
    let (server, mira, dino) = together(Prosody::builder().without(&["upload"])).await?;
    // Dino takes no offer where it knows of no conversation: it begins.
    from_dino(&server, &mira, &dino, FileWay::Direct).await?;
    to_dino(&server, &mira, &dino, How::default(), FileWay::Direct).await
}

#[tokio::test]
async fn between_the_stanzas_from_dino() -> Result<()> {
    let (server, mira, dino) = together(Prosody::builder().without(&["upload"]).hides_bytestreams()).await?;
    from_dino(&server, &mira, &dino, FileWay::InBand).await
}
