//! Half an hour of a call with video in the real window: what it takes of memory, and whether that grows.

use std::time::{Duration, Instant};

use harness::calling::{is_on, server};
use harness::devices::RED;
use harness::{At, Bench, Headless, Result, Sound, Window, ensure, headless, paths};

use super::BENCH;
use crate::{figure, processes};

/// Minutes; what comes before the first is the beginning.
const FROM: usize = 5;
const TO: usize = 30;
const CASE: &str = "a call with video, in the window";

pub async fn run() -> Result<()> {
    let sound = Sound::start().await?;
    let _speaking = sound.speak(500)?;
    let server = server().await?;
    let juliet = Headless::sign_in_with(&At::prosody(&server, "juliet")?, Bench::filming(900, RED)).await?;
    let data = headless::signed_in(&At::prosody(&server, "mira")?, &server.certificate).await?;
    let text = |path: &std::path::Path| path.display().to_string();
    let (folder, secrets) = (text(data.path()), text(&data.path().join("secrets.json")));
    let window = Window::of(paths::beside("waxwing")?).args(&["--data", &folder, "--secrets", &secrets]);
    let window = window.screen(1280, 820).env("PULSE_SERVER", &sound.address()).open().await?;
    window.find_css("[data-testid=presence-button][data-show=online]").await?;
    juliet.ring(&server.jid("mira"), true).await?;
    window.click("call-accept-video").await?;
    juliet.call_that("a call that is on", is_on).await?;
    window.find_css("[data-testid=call-picture][data-of=theirCamera]").await?;
    let began = Instant::now();
    let mut samples = Vec::new();
    for minute in 1..=TO {
        let due = began + Duration::from_secs(60) * u32::try_from(minute)?;
        tokio::time::sleep_until(due.into()).await;
        samples.push(processes::proportional(&window.processes())? as f64 / 1e6);
    }
    juliet.call_that("a call that is still on", is_on).await?;
    let painted =
        window.script("return +document.querySelector('[data-of=theirCamera]').dataset.painted", vec![]).await?;
    ensure!(painted.as_u64().is_some_and(|frames| frames > 10_000), "only {painted} pictures were painted");
    let (first, last) = (samples[FROM - 1], samples[TO - 1]);
    let most = samples[FROM - 1..].iter().copied().fold(0.0, f64::max);
    figure(BENCH, CASE, &format!("memory (PSS) in minute {FROM}"), first, "MB", None);
    figure(BENCH, CASE, "the most after that", most, "MB", None);
    let grown = last - first;
    figure(
        BENCH,
        CASE,
        &format!("in minute {TO} more than in minute {FROM}"),
        grown,
        "MB",
        Some(("± 10", grown.abs() <= 10.0)),
    );
    window.close().await
}
