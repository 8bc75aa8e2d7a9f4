//! One bench for each figure: `make bench NAME=…`, in a release build. Prints one JSON object a line.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod accounts;
mod call;
mod catchup;
mod dino;
mod drain;
mod faults;
mod people;
mod processes;
mod raw;
mod signin;
mod soak;
mod start;
mod timeline;
mod transfer;

use harness::{Result, bail, kills};
use serde_json::json;

/// A figure; `goal` is its comparison as stated, `met` its outcome, both null where none is stated.
fn figure(bench: &str, case: &str, metric: &str, value: f64, unit: &str, goal: Option<(&str, bool)>) {
    let value = (value * 1000.0).round() / 1000.0;
    let (goal, met) = goal.map_or((None, None), |(goal, met)| (Some(goal), Some(met)));
    let line = json!({ "bench": bench, "case": case, "metric": metric, "value": value, "unit": unit, "goal": goal, "met": met });
    println!("{line}");
}

/// What is in the middle.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[tokio::main]
async fn main() -> Result<()> {
    // Silent unless asked: what went wrong in a thousand rounds is in the log or nowhere.
    if std::env::var_os("WAXWING_LOG").is_some() {
        let folder = harness::paths::root().join("target/bench-log");
        std::fs::create_dir_all(&folder)?;
        waxwing_client::log::start(&folder)?;
    }
    match std::env::args().nth(1).as_deref().unwrap_or_default() {
        "call" => call::run().await,
        "catchup" => catchup::run().await,
        "timeline" => timeline::run().await,
        "kill" => kill().await,
        "start" => start::run().await,
        "accounts" => accounts::run().await,
        "signin" => signin::run().await,
        "faults" => faults::run().await,
        "soak" => soak::run().await,
        "transfer" => transfer::run().await,
        other => {
            bail!(
                "there is no bench “{other}”; there are: call, catchup, timeline, kill, start, accounts, signin, faults, soak, transfer"
            )
        }
    }
}

async fn kill() -> Result<()> {
    let headless = std::env::current_exe()?.with_file_name("waxwing-headless");
    let verdict = kills::ordeal(&headless, 100).await?;
    let case = "100 kills";
    figure("kill", case, "messages sent", verdict.sent as f64, "messages", None);
    figure("kill", case, "messages received", verdict.received as f64, "messages", None);
    for (metric, value) in [("lost", verdict.lost), ("twice", verdict.twice), ("out of order", verdict.disordered)] {
        figure("kill", case, metric, value as f64, "messages", Some(("== 0", value == 0)));
    }
    Ok(())
}
