//! Files between two of our clients, each a process of its own: how fast they come, beside what else carries the same bytes
//! over the same loopback, and what that takes of the machine.
//!
//! `PART` names one of the parts; without it, all are measured one after the other. `SIZE` is how many bytes a file has at
//! most, for a trial.

mod alone;
mod channel;
mod dino;
mod http;
mod inband;
mod pair;
mod random;
mod s5b;
mod taken;

use harness::{Result, bail};

use self::pair::{Carried, How, Pair};
use self::random::Random;
use crate::{figure, median};

const BENCH: &str = "transfer";
/// Bytes of a large file.
const GB: u64 = 1_000_000_000;
/// Of each of the two that are compared, one after the other.
const ROUNDS: usize = 3;

pub async fn run() -> Result<()> {
    match std::env::var("PART").unwrap_or_default().as_str() {
        "" => {
            s5b::run().await?;
            http::run().await?;
            channel::run().await?;
            inband::run().await?;
            dino::run().await
        }
        "s5b" => s5b::run().await,
        "http" => http::run().await,
        "channel" => channel::run().await,
        "inband" => inband::run().await,
        "dino" => dino::run().await,
        other => bail!("there is no part “{other}”; there are: s5b, http, channel, inband, dino"),
    }
}

/// Bytes of a file that has so many where nobody says less.
fn size(usual: u64) -> u64 {
    let said = std::env::var("SIZE").ok().and_then(|size| size.parse().ok());
    said.map_or(usual, |size: u64| size.min(usual))
}

/// As a case is called.
fn named(size: u64) -> String {
    if size >= 1_000_000 { format!("{} MB", size / 1_000_000) } else { format!("{} kB", size / 1000) }
}

/// Megabytes a second of a file of so many bytes, for each of these seconds; then what is in the middle.
fn rate(size: u64, seconds: &[f64]) -> f64 {
    let mut rates: Vec<_> = seconds.iter().map(|seconds| size as f64 / 1e6 / seconds).collect();
    median(&mut rates)
}

fn tell_rate(case: &str, rate: f64) {
    figure(BENCH, case, "throughput, median", rate, "MB/s", None);
}

/// Ours against something else.
fn tell_share(case: &str, of: &str, ours: f64, other: f64, least: f64) {
    let share = ours / other;
    figure(BENCH, case, &format!("against {of}"), share, "", Some((&format!(">= {least}"), share >= least)));
}
