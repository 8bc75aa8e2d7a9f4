//! Over the upload service (XEP-0363), beside curl, which puts and gets the same file at the same server.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use harness::{Context as _, Prosody, Result, anyhow, bail, paths};
use tokio::process::Command;
use waxwing_contract::{FileWay, TransferStage};
use waxwing_session::xep::upload::Slot;
use waxwing_session::xml::Element;

use super::pair::seconds;
use super::{GB, How, Pair, ROUNDS, Random, named, rate, size, taken, tell_rate, tell_share};
use crate::raw;

const LEAST: f64 = 0.6;
/// The server reads 4 KiB a millisecond at most where nothing else is said, which would be all there is to measure.
const READS: &str = "network_default_read_size = 256 * 1024";
const KIND: &str = "application/octet-stream";

/// Seconds that something took.
#[derive(Default)]
struct Times {
    put: Vec<f64>,
    get: Vec<f64>,
    /// From the other side's getting to know of it until it is on the disk.
    kept: Vec<f64>,
}

pub async fn run() -> Result<()> {
    let file = Random::new(size(GB))?;
    let case = format!("http, {}", named(file.size));
    let (mut ours, mut curls, mut whole) = (Times::default(), Times::default(), Vec::new());
    let mut all = Vec::new();
    for _ in 0..ROUNDS {
        let mut pair = Pair::meet(Prosody::builder().option(READS), Duration::ZERO).await?;
        curl(&pair.server, &file, &mut curls).await?;
        let carried = pair.carry(&file, How::Usual, FileWay::Upload).await?;
        let asked = carried.sent.at(TransferStage::Connecting).unwrap_or(carried.sent.begun);
        ours.put.push(seconds(asked, carried.sent.here));
        ours.kept.push(seconds(carried.came.begun, carried.came.here));
        whole.push(carried.kept());
        all.push(carried);
    }
    let of = |seconds: &[f64]| rate(file.size, seconds);
    tell_rate(&format!("{case}, PUT by curl"), of(&curls.put));
    tell_rate(&format!("{case}, GET by curl"), of(&curls.get));
    tell_rate(&format!("{case}, GET by curl, until it is on the disk"), of(&curls.kept));
    let (put, get) = (format!("{case}, PUT, from asking for a slot"), format!("{case}, GET, until it is on the disk"));
    tell_rate(&put, of(&ours.put));
    tell_share(&put, "curl", of(&ours.put), of(&curls.put), LEAST);
    tell_rate(&get, of(&ours.kept));
    tell_share(&get, "curl", of(&ours.kept), of(&curls.get), LEAST);
    tell_share(&get, "curl that waits for the disk, too", of(&ours.kept), of(&curls.kept), LEAST);
    tell_rate(&format!("{case}, from choosing it until the other side has it"), of(&whole));
    taken::tell(&case, file.size, &all);
    Ok(())
}

/// Puts and gets it, as somebody else.
async fn curl(server: &Prosody, file: &Random, times: &mut Times) -> Result<()> {
    let slot = slot(server, file).await?;
    let mut put = command(server)?;
    put.arg("--upload-file").arg(&file.path).arg("--output").arg("/dev/null");
    // Our client waits for no leave to begin either.
    put.args(["--header", &format!("Content-Type: {KIND}"), "--header", "Expect:"]);
    for (name, value) in &slot.headers {
        put.args(["--header", &format!("{name}: {value}")]);
    }
    times.put.push(timed(put.arg(&slot.put)).await?);
    let place = file.place("by-curl.bin");
    let mut get = command(server)?;
    get.arg("--output").arg(&place).arg(&slot.get);
    let took = timed(&mut get).await?;
    times.get.push(took);
    times.kept.push(took + timed(Command::new("sync").arg(&place)).await?);
    file.check(&place)?;
    Ok(std::fs::remove_file(&place)?)
}

fn command(server: &Prosody) -> Result<Command> {
    let mut command = Command::new(paths::program("curl", "curl")?);
    // Neither a proxy of this machine's nor another version of HTTP than ours.
    command.args(["--silent", "--show-error", "--fail", "--http1.1", "--noproxy", "*", "--cacert"]);
    command.arg::<&Path>(&server.certificate.ca);
    Ok(command)
}

async fn timed(command: &mut Command) -> Result<f64> {
    let began = Instant::now();
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(began.elapsed().as_secs_f64())
}

async fn slot(server: &Prosody, file: &Random) -> Result<Slot> {
    let mut stream = raw::sign_in(server, "nurse", "pw-nurse").await?;
    let request = format!(
        "<iq type='get' id='slot' to='{}'><request xmlns='urn:xmpp:http:upload:0' filename='{}' size='{}' \
         content-type='{KIND}'/></iq>",
        server.upload_service(),
        file.name(),
        file.size
    );
    stream.send(&request).await?;
    let answer = String::from_utf8(stream.until("</iq>").await?)?;
    // What else was told before is of no interest.
    let iq = answer.rfind("<iq ").map_or("", |at| &answer[at..]);
    let iq = iq.replacen("<iq ", "<iq xmlns='jabber:client' ", usize::from(!iq.contains("xmlns='jabber:client'")));
    let element: Element = iq.parse().map_err(|error| anyhow!("{error:?}: {answer}"))?;
    Slot::read(&element).with_context(|| format!("no slot: {answer}"))
}
