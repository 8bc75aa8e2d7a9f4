//! Whoever goes while a file is only offered: nobody waits for ever.

use harness::filing::{How, noise};
use harness::slix::Login;
use harness::{At, Headless, Prosody, Result, calling::people};
use serde_json::{Value, json};
use waxwing_contract::{Code, File, FileState, TransferStage};

use crate::foe::{file, in_band, offer};
use crate::hostile_sessions::scene;

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_goes_with_whoever_made_it() -> Result<()> {
    let (_server, mira, foe) = scene().await?;
    let content = offer(&file("large.bin", 1_000_000_000), &in_band("s"));
    foe.agreed(&foe.jingle("session-initiate", "left", &content)).await?;
    let offered = |file: &File| file.state == FileState::Offered;
    mira.file_that(foe.bare(), "an offer", offered).await?;
    foe.slix.call("logout", json!({})).await?;
    mira.file_failed(foe.bare(), "large.bin", Code::FileGone).await?;
    mira.settled().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_goes_with_whoever_was_to_answer_it() -> Result<()> {
    let server: Prosody = people(Prosody::builder()).await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let slix = Login::prosody(&server, "juliet", "pw-juliet").start().await?;
    slix.presence(&mira.jid, "available").await?;
    let features = ["urn:xmpp:jingle:apps:file-transfer:5", "urn:xmpp:jingle:transports:ibb:1"];
    slix.call("features", json!({ "features": features })).await?;
    mira.send_file(slix.bare(), "a.bin", &noise(1000), How { direct: true, ..How::default() }).await?;
    slix.wait("an offer", |event: &Value| event["action"] == "session-initiate").await?;
    mira.transfer("an answer to be waited for", |transfer| transfer.stage == TransferStage::Asking).await?;
    slix.call("logout", json!({})).await?;
    mira.file_failed(slix.bare(), "a.bin", Code::NoWayForFiles).await?;
    mira.settled().await
}
