//! What is offered once more: as it was left, and no other way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use harness::filing::noise;
use harness::{Result, ensure};
use waxwing_contract::{Code, File, FileState};

use crate::foe::{close, data, file, hash, in_band, offer, open};
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

#[tokio::test(flavor = "multi_thread")]
async fn two_that_look_alike_are_not_joined() -> Result<()> {
    let (_server, mira, foe) = scene().await?;
    let bytes = noise(8192);
    for (name, told) in [("plain.bin", String::new()), ("named.bin", hash(&bytes))] {
        let described = format!("<file><name>{name}</name><size>8192</size><range/>{told}</file>");
        let (first, second) = (format!("{name}-first"), format!("{name}-second"));
        foe.offers_in_band(&first, &described).await?;
        foe.agreed(&open(&first, 4096)).await?;
        foe.agreed(&data(&first, 0, &STANDARD.encode(&bytes[..4096]))).await?;
        foe.agreed(&close(&first)).await?;
        foe.ended(&first, "media-error").await?;
        mira.file_failed(foe.bare(), name, Code::Interrupted).await?;
        foe.agreed(&foe.jingle("session-initiate", &second, &offer(&described, &in_band(&second)))).await?;
        let accept = foe.hears("session-accept", &second).await?;
        let goes_on = accept["xml"].as_str().is_some_and(|xml| xml.contains("offset=\"4096\""));
        ensure!(goes_on != told.is_empty(), "{name}: {accept}");
        let rest = if goes_on { &bytes[4096..] } else { &bytes[..] };
        foe.agreed(&open(&second, 4096)).await?;
        for (seq, block) in rest.chunks(4096).enumerate() {
            foe.agreed(&data(&second, seq, &STANDARD.encode(block))).await?;
        }
        foe.ended(&second, "success").await?;
        let came = mira.file_here(foe.bare(), name).await?;
        ensure!(mira.read_file(&came).await? == bytes, "{name}: other bytes came");
    }
    mira.no_parts().await
}
