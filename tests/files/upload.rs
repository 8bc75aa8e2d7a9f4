//! Over the upload service (XEP-0363), and what is told of it (XEP-0066, XEP-0447).

use harness::calling::people;
use harness::filing::{How, noise, sha256};
use harness::{At, Ejabberd, Headless, Prosody, Result, Version, ensure, slix::Login};
use waxwing_contract::{Delivery, FileKind, FileState, FileWay};

#[tokio::test]
async fn a_file_goes_up_and_comes_down_by_itself() -> Result<()> {
    for version in Version::ALL {
        let server = people(Prosody::builder().version(version)).await?;
        let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
        let juliet = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
        let bytes = noise(3_000_000);
        mira.send_file(&juliet.jid, "notes.bin", &bytes, How { caption: "As promised", ..How::default() }).await?;
        let there = juliet.file_here(&mira.jid, "notes.bin").await?;
        ensure!(there.way == Some(FileWay::Upload) && there.why.is_none(), "{there:?}");
        ensure!(juliet.read_file(&there).await? == bytes, "other bytes came");
        juliet.message(&mira.jid, "the words", |message| message.body == "As promised").await?;
        let (message, here) = mira.file_that(&juliet.jid, "a sent file", |file| file.state == FileState::Here).await?;
        mira.delivered(&juliet.jid, &message.id, Delivery::Delivered).await?;
        ensure!(message.body.is_empty() && here.size == Some(3_000_000), "{message:?}");
        mira.settled().await?;
        juliet.no_parts().await?;
        // Once more: it is here already, and lies here once.
        mira.send_file(&juliet.jid, "again.bin", &bytes, How::default()).await?;
        let again = juliet.file_here(&mira.jid, "again.bin").await?;
        ensure!(juliet.path_of(&again).await? == juliet.path_of(&there).await?, "it lies here twice");
    }
    Ok(())
}

#[tokio::test]
async fn ejabberd_takes_and_gives_them_too() -> Result<()> {
    let server = Ejabberd::shared().await?;
    for user in ["filer", "filee"] {
        server.register(user, &format!("pw-{user}")).await?;
    }
    let mira = Headless::sign_in(&At::ejabberd(server, "filer")?).await?;
    let juliet = Headless::sign_in(&At::ejabberd(server, "filee")?).await?;
    let bytes = noise(700_000);
    mira.send_file(&juliet.jid, "notes.bin", &bytes, How::default()).await?;
    let (_, offered) =
        juliet.file_that(&mira.jid, "an offer of a stranger", |file| file.state == FileState::Offered).await?;
    juliet.start_file(&offered.id).await?;
    let there = juliet.file_here(&mira.jid, "notes.bin").await?;
    ensure!(juliet.read_file(&there).await? == bytes, "other bytes came");
    Ok(())
}

#[tokio::test]
async fn slixmpp_gets_what_we_send_and_we_what_it_sends() -> Result<()> {
    let server = people(Prosody::builder()).await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let peer = Login::prosody(&server, "juliet", "pw-juliet").start().await?;
    let bytes = noise(200_000);
    mira.send_file(&server.jid("juliet"), "for you.bin", &bytes, How::default()).await?;
    let told = peer.file(&mira.jid).await?;
    let url = told["oob"].as_str().unwrap_or_default().to_owned();
    ensure!(told["body"] == url.as_str(), "{told}");
    let sfs = &told["sfs"][0];
    ensure!(sfs["name"] == "for you.bin" && sfs["size"] == "200000", "{told}");
    let fetched = peer.fetch(&url).await?;
    ensure!(fetched.sha256 == sha256(&bytes), "{fetched:?}");

    let folder = harness::paths::Folder::new("slix-file")?;
    let file = folder.path().join("from slix.bin");
    std::fs::write(&file, &bytes)?;
    peer.share(&mira.jid, &file, "application/octet-stream").await?;
    // Only a link is told: its size is asked of the service first.
    let bare =
        mira.file_that(&server.jid("juliet"), "a file by its link", |file| file.state == FileState::Here).await?.1;
    ensure!(mira.read_file(&bare).await? == bytes && bare.size == Some(200_000), "{bare:?}");
    std::fs::write(&file, noise(150_000))?;
    peer.share_stateless(&mira.jid, &file, "application/octet-stream").await?;
    let told = |file: &waxwing_contract::File| file.state == FileState::Here && file.size == Some(150_000);
    let (message, _) = mira.file_that(&server.jid("juliet"), "a file that is told of", told).await?;
    ensure!(message.body.is_empty() && message.files.len() == 1, "{message:?}");
    Ok(())
}

#[tokio::test]
async fn a_photo_is_measured_seen_small_and_freed_of_what_it_tells() -> Result<()> {
    let server = people(Prosody::builder()).await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let juliet = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
    let photo = photo_with_a_place();
    ensure!(photo.windows(6).any(|window| window == b"SECRET"), "the photo tells nothing");
    mira.send_file(&juliet.jid, "photo.jpg", &photo, How::default()).await?;
    let there = juliet.file_here(&mira.jid, "photo.jpg").await?;
    ensure!(there.kind == FileKind::Image && (there.width, there.height) == (Some(16), Some(8)), "{there:?}");
    ensure!(there.thumbnail.is_some_and(|small| small.starts_with("data:image/")), "no thumbnail");
    let seen = juliet.file_here(&mira.jid, "photo.jpg").await?;
    ensure!(
        !juliet.read_file(&seen).await?.windows(6).any(|window| window == b"SECRET"),
        "it tells where it was taken"
    );
    let how = How { original: true, ..How::default() };
    mira.send_file(&juliet.jid, "original.jpg", &photo, how).await?;
    let original = juliet.file_here(&mira.jid, "original.jpg").await?;
    ensure!(juliet.read_file(&original).await? == photo, "it is not as it was");
    Ok(())
}

#[tokio::test]
async fn what_is_under_way_goes_on_after_a_restart() -> Result<()> {
    let server = people(Prosody::builder()).await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let juliet = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
    let bytes = noise(1_500_000);
    mira.send_file(&juliet.jid, "long.bin", &bytes, How { caption: "and words", ..How::default() }).await?;
    // It has hardly begun.
    let mira = mira.restart().await?;
    let there = juliet.file_here(&mira.jid, "long.bin").await?;
    ensure!(juliet.read_file(&there).await? == bytes, "other bytes came");
    juliet.message(&mira.jid, "the words", |message| message.body == "and words").await?;
    Ok(())
}

/// A JPEG of 16 × 8 whose Exif says something.
fn photo_with_a_place() -> Vec<u8> {
    let plain = include_bytes!("../fixtures/files/plain.jpg");
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\0\0\0\0\0SECRET PLACE".to_vec();
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let mut photo = plain[..2].to_vec();
    photo.extend([0xff, 0xe1]);
    photo.extend(length);
    photo.append(&mut exif);
    photo.extend(&plain[2..]);
    photo
}
