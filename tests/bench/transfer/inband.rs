//! Between the stanzas (XEP-0047, XEP-0261), beside what goes where each block waits for the answer to the one before.
//!
//! The server is as it is installed: it lets small answers wait for what was sent before to be acknowledged (Nagle), which is
//! most of the time where nothing else is in between.

use std::time::Duration;

use harness::{Prosody, Result};
use waxwing_contract::FileWay;

use super::{BENCH, How, Pair, ROUNDS, Random, named, rate, size, taken, tell_rate, tell_share};
use crate::figure;

/// There and back between the two.
const APART: Duration = Duration::from_millis(80);
/// Bytes of a block, as our clients agree on.
const BLOCK: f64 = 8192.0;
const LEAST: f64 = 0.9;
/// Bytes, as far apart as that.
const SMALL: u64 = 400_000;
/// Bytes, with nothing in between: enough to tell what they take.
const LARGE: u64 = 20_000_000;

pub async fn run() -> Result<()> {
    let file = Random::new(size(SMALL))?;
    let case = format!("in-band, {}, {} ms there and back", named(file.size), APART.as_millis());
    let (mut moving, mut kept) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut pair = Pair::meet(Prosody::builder().hides_all_but_in_band(), APART).await?;
        let carried = pair.carry(&file, How::Direct, FileWay::InBand).await?;
        moving.push(carried.moving());
        kept.push(carried.kept());
    }
    let one_by_one = BLOCK / APART.as_secs_f64() / 1e6;
    figure(BENCH, &format!("{case}, one block at a time"), "throughput, reckoned", one_by_one, "MB/s", None);
    tell_rate(&format!("{case}, while bytes come"), rate(file.size, &moving));
    let case = format!("{case}, from choosing it until it is on the disk");
    tell_rate(&case, rate(file.size, &kept));
    tell_share(&case, "one block at a time", rate(file.size, &kept), one_by_one, LEAST);

    let file = Random::new(size(LARGE))?;
    let case = format!("in-band, {}, nothing in between", named(file.size));
    let (mut moving, mut all) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut pair = Pair::meet(Prosody::builder().hides_all_but_in_band(), Duration::ZERO).await?;
        let carried = pair.carry(&file, How::Direct, FileWay::InBand).await?;
        moving.push(carried.moving());
        all.push(carried);
    }
    tell_rate(&format!("{case}, while bytes come"), rate(file.size, &moving));
    taken::tell(&case, file.size, &all);
    Ok(())
}
