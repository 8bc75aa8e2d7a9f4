//! What is offered once more: as it was left, and no other way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use harness::filing::noise;
use harness::{Result, ensure};
use waxwing_contract::{Code, File, FileState};

use crate::foe::{data, file, hash, in_band, offer, open};
use crate::hostile_sessions::scene;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cancelled_is_asked_for_again() -> Result<()> {
    let (_server, mira, foe) = scene().await?;
    let large = file("large.bin", 100_000_000);
    let offered = |file: &File| file.name == "large.bin" && file.state == FileState::Offered;
    foe.agreed(&foe.jingle("session-initiate", "first", &offer(&large, &in_band("first")))).await?;
    let (_, asks) = mira.file_that(foe.bare(), "an offer", offered).await?;
    mira.start_file(&asks.id).await?;
    foe.hears("session-accept", "first").await?;
    mira.cancel_file(&asks.id).await?;
    foe.ended("first", "cancel").await?;
    mira.file_cancelled(foe.bare(), "large.bin", Code::Cancelled).await?;
    foe.agreed(&foe.jingle("session-initiate", "second", &offer(&large, &in_band("second")))).await?;
    mira.file_that(foe.bare(), "an offer once more", offered).await?;
    mira.settled().await?;
    let accepts = |event: &serde_json::Value| event["action"] == "session-accept" && event["sid"] == "second";
    ensure!(!foe.slix.pending().iter().any(accepts), "it was taken unasked");
    Ok(())
}
