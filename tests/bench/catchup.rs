//! Catching up with 100,000 archived messages, beside the same pages merely read, and beside slixmpp receiving them.

use std::time::{Duration, Instant};

use harness::slix::Login;
use harness::{At, Context as _, Headless, Prosody, Result, ensure, patiently, seed, until};
use waxwing_contract::SearchMessages;

use crate::{drain, figure, processes};

const COUNT: usize = 100_000;
/// A rate that is enough whatever the server could give, in messages a second.
const ENOUGH: f64 = 5000.0;
/// What memory may grow by while it goes on, in MB.
const FLAT: f64 = 20.0;
const BENCH: &str = "catchup";

pub async fn run() -> Result<()> {
    let server = Prosody::builder().account("mira", "pw-mira").start().await?;
    let message = |n: usize| seed::Message {
        with: server.jid(["juliet", "nurse", "benvolio"][n % 3]),
        incoming: !n.is_multiple_of(4),
        body: format!("message number{n} about orchards, arrival times and the weather of the day"),
        at: 1_790_000_000 + i64::try_from(n).unwrap_or_default(),
    };
    seed::archive(&server, "mira", 1, message)?;
    let at = At::prosody(&server, "mira")?;
    let me = Headless::sign_in(&at).await?;
    me.app.close().await;
    // Its database is not shared well with what Prosody does a second after it started.
    until("Prosody's first periodic tasks", async || server.log().contains("Uploaded files total").then_some(()))
        .await?;
    seed::archive(&server, "mira", COUNT, |n| message(n + 1))?;

    let ceiling = ceiling(&server).await?;
    let slix = slix(&server).await?;
    let ours = ours(me).await?;
    let goal = ours >= f64::min(ENOUGH, 0.8 * ceiling);
    let stated = format!(">= {:.0}", f64::min(ENOUGH, 0.8 * ceiling));
    figure(BENCH, "waxwing, durable and searchable", "rate", ours, "messages/s", Some((&stated, goal)));
    figure(BENCH, "waxwing beside slixmpp", "ratio", ours / slix, "times", Some(("> 1", ours > slix)));
    Ok(())
}

/// The pages themselves, read and thrown away.
async fn ceiling(server: &Prosody) -> Result<f64> {
    let began = Instant::now();
    let drained = drain::archive(server, "mira", "pw-mira").await?;
    let elapsed = began.elapsed().as_secs_f64();
    let rate = drained.messages as f64 / elapsed;
    figure(BENCH, "ceiling: pages counted as bytes", "rate", rate, "messages/s", None);
    figure(BENCH, "ceiling: pages counted as bytes", "bytes", drained.bytes as f64, "bytes", None);
    Ok(rate)
}

async fn slix(server: &Prosody) -> Result<f64> {
    let peer = Login::prosody(server, "mira", "pw-mira").without_presence().start().await?;
    let began = Instant::now();
    let count = peer.drain().await?;
    let rate = count as f64 / began.elapsed().as_secs_f64();
    figure(BENCH, "slixmpp, received and dropped", "rate", rate, "messages/s", None);
    Ok(rate)
}

async fn ours(me: Headless) -> Result<f64> {
    let (began, cpu) = (Instant::now(), cpu_seconds()?);
    let me = me.reopen()?;
    let reading = patiently(Duration::from_secs(300), "the archive to be read", async || me.online().await.ok());
    let (samples, ()) = memory_until(reading).await?;
    let elapsed = began.elapsed().as_secs_f64();
    // The first tenth is the beginning: pages, caches and the database's own memory.
    let begun = samples.get(samples.len() / 10).copied().unwrap_or_default();
    let highest = samples.iter().copied().fold(begun, f64::max);
    let growth = highest - begun;
    figure(BENCH, "memory, highest after the first tenth", "growth", growth, "MB", Some(("<= 20", growth <= FLAT)));
    figure(BENCH, "waxwing, durable and searchable", "CPU", cpu_seconds()? - cpu, "s", None);
    let done = Instant::now();
    let query = SearchMessages { query: format!("number{COUNT}"), within: None, cursor: None, limit: 5 };
    let hits = me.call(query).await?.hits;
    let found = done.elapsed().as_secs_f64();
    ensure!(hits.len() == 1, "the last message is not found by its word: {} hits", hits.len());
    figure(
        BENCH,
        "waxwing, last message found by word",
        "after the last page",
        found,
        "s",
        Some(("<= 2", found <= 2.0)),
    );
    me.app.close().await;
    Ok(COUNT as f64 / elapsed)
}

/// What this process takes of memory, five times a second, until something is done.
async fn memory_until<T>(done: impl Future<Output = Result<T>>) -> Result<(Vec<f64>, T)> {
    let own = [std::process::id()];
    let mut samples = Vec::new();
    let mut done = std::pin::pin!(done);
    loop {
        tokio::select! {
            result = &mut done => return Ok((samples, result?)),
            () = tokio::time::sleep(Duration::from_millis(200)) => samples.push(processes::proportional(&own)? as f64 / 1e6),
        }
    }
}

/// What this process used so far.
fn cpu_seconds() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("/proc is missing")?;
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    // Linux has told 100 ticks a second to every program since 2.6.
    Ok(ticks / 100.0)
}
