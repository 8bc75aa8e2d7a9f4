//! 100,000 messages in the real window: frames while scrolling, and switching conversations.

use harness::{At, Prosody, seed};
use harness::{Context as _, Result, Window, ensure, headless, paths::Folder, patiently};
use serde_json::Value;

use crate::figure;

const COUNT: usize = 100_000;
const BENCH: &str = "timeline";

/// Scrolls up for five seconds as a held wheel does and answers the times between frames, in milliseconds.
const SCROLL: &str = "
    const done = arguments[arguments.length - 1];
    const log = document.querySelector('[data-testid=timeline]');
    const scroller = [log, ...log.querySelectorAll('*'), log.parentElement].find(e => e.scrollHeight > e.clientHeight + 50
        && /auto|scroll/.test(getComputedStyle(e).overflowY));
    const frames = []; let last = performance.now(); const began = last;
    (function frame(now) {
        frames.push(now - last); last = now;
        scroller.scrollTop -= 60;
        if (now - began < 5000) requestAnimationFrame(frame); else done(frames.slice(2));
    })(last);";

/// Clicks a conversation and answers the milliseconds until its messages are drawn.
const SWITCH: &str = "
    const done = arguments[arguments.length - 1], peer = arguments[0];
    const row = document.querySelector(`[data-testid=conversation-row][data-peer='${peer}']`);
    const began = performance.now();
    (row.querySelector('button, a') ?? row).click();
    (function look() {
        const page = document.querySelector(`[data-testid=conversation][data-peer='${peer}']`);
        if (page && page.querySelector('[data-testid=message]')) requestAnimationFrame(() => done(performance.now() - began));
        else requestAnimationFrame(look);
    })();";

pub async fn run() -> Result<()> {
    let binary = std::env::current_exe()?.with_file_name("waxwing");
    ensure!(binary.is_file(), "{} is not built", binary.display());
    let server = Prosody::builder().account("mira", "pw-mira").start().await?;
    let peers = ["juliet", "nurse"].map(|user| server.jid(user));
    let message = |n: usize| seed::Message {
        with: peers[usize::from(n.is_multiple_of(50))].clone(),
        incoming: !n.is_multiple_of(3),
        body: format!("number {n}: {}", "the orchard is in bloom ".repeat(1 + n % 7)),
        at: 1_780_000_000 + 60 * i64::try_from(n).unwrap_or_default(),
    };
    seed::archive(&server, "mira", 1, message)?;
    let data = Folder::new("timeline")?;
    let ca = waxwing_client::read_certificates(&server.certificate.ca)?.remove(0);
    let at = At::prosody(&server, "mira")?;
    let pin = Some(server.certificate.fingerprint.clone());
    let app = headless::open(data.path(), &ca)?;
    let added = app.call(waxwing_contract::SignIn { pin, ..at.request() }).await?;
    headless::online(&app, &added.account).await?;
    app.close().await;
    seed::archive(&server, "mira", COUNT, |n| message(n + 1))?;
    let app = headless::open(data.path(), &ca)?;
    let limit = std::time::Duration::from_secs(300);
    patiently(limit, "the archive to be read", async || headless::online(&app, &added.account).await.ok()).await?;
    app.close().await;

    let text = |path: &std::path::Path| path.display().to_string();
    let arguments =
        ["--data", &text(data.path()), "--secrets", &text(&data.path().join("secrets.json"))].map(str::to_owned);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let window = Window::of(&binary).args(&arguments).screen(1280, 820).open().await?;
    for peer in &peers {
        window.find_css(&format!("[data-testid=conversation-row][data-peer='{peer}']")).await?;
    }
    switching(&window, &peers).await?;
    scrolling(&window).await?;
    window.close().await
}

async fn switching(window: &Window, peers: &[String; 2]) -> Result<()> {
    let mut times = Vec::new();
    for turn in 0..21 {
        let answer = window.script_async(SWITCH, vec![Value::from(peers[(turn + 1) % 2].clone())]).await?;
        times.push(answer.as_f64().context("no time")?);
    }
    times.remove(0);
    times.sort_by(f64::total_cmp);
    let median = times[times.len() / 2];
    figure(BENCH, "switching conversation", "first paint, median", median, "ms", Some(("<= 50", median <= 50.0)));
    figure(BENCH, "switching conversation", "first paint, worst", times[times.len() - 1], "ms", None);
    Ok(())
}

async fn scrolling(window: &Window) -> Result<()> {
    let answer = window.script_async(SCROLL, vec![]).await?;
    let mut frames: Vec<f64> = answer.as_array().context("no frames")?.iter().filter_map(Value::as_f64).collect();
    ensure!(frames.len() > 50, "only {} frames in five seconds", frames.len());
    frames.sort_by(f64::total_cmp);
    let (median, p99) = (frames[frames.len() / 2], frames[frames.len() * 99 / 100]);
    let case = format!("scrolling {COUNT} messages");
    figure(BENCH, &case, "frame, median", median, "ms", None);
    figure(BENCH, &case, "frame, p99", p99, "ms", Some(("<= 33", p99 <= 33.0)));
    figure(BENCH, &case, "frame, worst", frames[frames.len() - 1], "ms", None);
    figure(BENCH, &case, "frames", frames.len() as f64, "frames", None);
    Ok(())
}
