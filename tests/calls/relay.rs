//! Calls through coturn alone: neither side tells the other where it is.

use std::sync::Arc;

use harness::{Result, Turn, ensure, turn};
use waxwing_jingle::ice::Kind;
use waxwing_media::bridge::{Bridge, Over};
use waxwing_media::{Relay, Ways};

use crate::pair;

/// By this relay and no other way.
fn through(url: String) -> Ways {
    let relay = Relay { url, username: turn::USER.into(), password: turn::PASSWORD.into() };
    Ways { relays: vec![relay], relay_only: true, ..Ways::default() }
}

/// The relay is reached in the same way by both.
async fn speak(ways: &Ways) -> Result<()> {
    let kinds = pair::speak(ways, ways).await?;
    ensure!(!kinds.is_empty() && kinds.iter().all(|kind| *kind == Kind::Relay), "{kinds:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn over_udp() -> Result<()> {
    let relay = Turn::start().await?;
    speak(&through(format!("turn:127.0.0.1:{}?transport=udp", relay.port))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tcp() -> Result<()> {
    let relay = Turn::start().await?;
    let bridge = Bridge::open("127.0.0.1".into(), relay.port, Over::Tcp).await?;
    speak(&through(bridge.url())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls() -> Result<()> {
    let relay = Turn::start().await?;
    let over = Over::Tls(Arc::new(relay.certificate.client_config()?));
    let bridge = Bridge::open("localhost".into(), relay.tls_port, over).await?;
    speak(&through(bridge.url())).await
}
