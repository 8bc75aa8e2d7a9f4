//! Over sockets (XEP-0260), beside socat, with a sum at both ends as our client makes one.

use std::process::Stdio;
use std::time::{Duration, Instant};

use harness::prosody::Prosody;
use harness::{Context as _, Result, ensure, paths, ports};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use waxwing_contract::FileWay;

use super::{GB, How, Pair, ROUNDS, Random, named, rate, size, taken, tell_rate, tell_share};

const LEAST: f64 = 0.6;

pub async fn run() -> Result<()> {
    let file = Random::new(size(GB))?;
    let case = format!("s5b, {}", named(file.size));
    let (mut there, mut kept, mut moving) = (Vec::new(), Vec::new(), Vec::new());
    let (mut socat_there, mut socat_kept) = (Vec::new(), Vec::new());
    let mut all = Vec::new();
    for _ in 0..ROUNDS {
        let (there_by_socat, kept_by_socat) = socat(&file).await?;
        socat_there.push(there_by_socat);
        socat_kept.push(kept_by_socat);
        let mut pair = Pair::meet(Prosody::builder().hides_data_channels(), Duration::ZERO).await?;
        let carried = pair.carry(&file, How::Direct, FileWay::Direct).await?;
        there.push(carried.there());
        kept.push(carried.kept());
        moving.push(carried.moving());
        all.push(carried);
    }
    let of = |seconds: &[f64]| rate(file.size, seconds);
    tell_rate(&format!("{case}, socat with sums"), of(&socat_there));
    tell_rate(&format!("{case}, socat with sums, until it is on the disk"), of(&socat_kept));
    tell_rate(&format!("{case}, while bytes come"), of(&moving));
    let (ours, whole) = (format!("{case}, from choosing it to its sum"), format!("{case}, until it is on the disk"));
    tell_rate(&ours, of(&there));
    tell_share(&ours, "socat", of(&there), of(&socat_there), LEAST);
    tell_rate(&whole, of(&kept));
    tell_share(&whole, "socat", of(&kept), of(&socat_kept), LEAST);
    taken::tell(&case, file.size, &all);
    Ok(())
}

/// Seconds until all is there and summed up at both ends, and until it is on the disk.
async fn socat(file: &Random) -> Result<(f64, f64)> {
    let (socat, port, place) = (paths::program("socat", "socat")?, ports::free(), file.place("by-socat.bin"));
    let shell = |script: String| {
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail", "-c", &script]).stdin(Stdio::null()).stdout(Stdio::piped());
        command.env("FROM", &file.path).env("TO", &place).env("SOCAT", &socat).kill_on_drop(true);
        command
    };
    let take =
        format!("\"$SOCAT\" -u -b 65536 TCP-LISTEN:{port},bind=127.0.0.1 - | tee \"$TO\" | sha256sum; sync \"$TO\"");
    // It may listen a little later.
    let give = format!(
        "tee >(sha256sum >&2) <\"$FROM\" | \"$SOCAT\" -u -b 65536 - TCP:127.0.0.1:{port},retry=1000,interval=0.01"
    );
    let began = Instant::now();
    let mut taking = shell(take).spawn()?;
    let mut giving = shell(give).stderr(Stdio::piped()).spawn()?;
    let output = taking.stdout.take().context("no output")?;
    let sum = BufReader::new(output).lines().next_line().await?.context("socat brought nothing")?;
    let there = began.elapsed().as_secs_f64();
    ensure!(taking.wait().await?.success(), "it did not get to the disk");
    let kept = began.elapsed().as_secs_f64();
    let mut told = String::new();
    let errors = giving.stderr.take().context("no errors")?;
    tokio::io::AsyncReadExt::read_to_string(&mut BufReader::new(errors), &mut told).await?;
    ensure!(giving.wait().await?.success(), "socat failed: {told}");
    ensure!(sum.starts_with(&file.sha256) && told.starts_with(&file.sha256), "other bytes came: {sum}, {told}");
    std::fs::remove_file(&place)?;
    Ok((there, kept))
}
