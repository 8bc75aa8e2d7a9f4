//! What a network or a server can do to a stream: nothing lost, nothing twice, in order.

use std::time::Duration;

use harness::{Result, ensure, patiently};
use waxwing_contract::Delivery;

use crate::relayed::{JULIET, Stage, arrive_once, each};

/// Larger than a TLS record, so that the part that arrives can be read.
const LONG: usize = 40_000;

/// Prosody 13 reads on where the old stream broke, and never answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_cut_within_a_stanza_is_got_past() -> Result<()> {
    each(async |version| {
        let stage = Stage::set(version).await?;
        let before = stage.relay.connections();
        stage.relay.cut_after_up(LONG as u64 / 2);
        let body = "x".repeat(LONG);
        let id = stage.says(&body).await?;
        let wire = stage.wire_id(&id).await?;
        patiently(Duration::from_secs(10), "a new connection", async || {
            (stage.relay.connections() > before).then_some(())
        })
        .await?;
        let arrived = patiently(Duration::from_secs(25), "the message to be on the server", async || {
            stage.me.delivered(JULIET, &id, Delivery::OnServer).await.ok()
        });
        ensure!(arrived.await.is_ok(), "stuck");
        arrive_once(&stage, &[(&body, &wire)]).await?;
        stage.me.app.close().await;
        Ok(())
    })
    .await
}
