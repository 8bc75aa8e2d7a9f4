//! From a mouth to an ear: bursts that one microphone hears, until the other side's loudspeaker plays them. Beside it the
//! same without us, by the sound servers' own tools: what every program has to wait for.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use harness::calling::server;
use harness::sound::{Device, Recording};
use harness::telephone::{Role, Telephone};
use harness::{At, Context as _, Prosody, Result, Sound, child, ensure, paths};

use super::{BENCH, median};
use crate::figure;

const BURSTS: usize = 50;
const HERTZ: u32 = 440;
/// Samples that are looked at together: 1 ms.
const PIECE: usize = 48;
/// A burst each second.
const PARTS: u32 = 5;
/// What is louder is a burst; they sound at 0.4, for 200 ms.
const LOUD: f32 = 0.08;
/// So much silence is before one.
const QUIET: Duration = Duration::from_millis(100);
/// The first are left out: echo and noise are learnt in them.
const LEARNING: Duration = Duration::from_secs(3);

pub async fn run() -> Result<()> {
    let (here, there) = (Sound::start().await?, Sound::start().await?);
    let speaking = here.speak_every(HERTZ, PARTS)?;
    let carried = here.carry(&there)?;
    let mut alone = delays(&here, &there)?;
    drop(carried);
    let server = server().await?;
    let (mut caller, mut called) =
        (telephone(&server, &here, "mira", "juliet", false)?, telephone(&server, &there, "juliet", "mira", true)?);
    caller.online().await?;
    called.online().await?;
    caller.order("ring").await?;
    called.active().await?;
    caller.active().await?;
    let mut ours = delays(&here, &there)?;
    drop(speaking);
    let (alone, ours) = (median(&mut alone), median(&mut ours));
    let case = format!("{BURSTS} bursts");
    figure(BENCH, &case, "mouth to ear by the sound server alone, median", alone, "ms", None);
    figure(BENCH, &case, "mouth to ear by a call, median", ours, "ms", None);
    let more = ours - alone;
    figure(BENCH, &case, "what the call adds", more, "ms", Some(("<= 150", more <= 150.0)));
    Ok(())
}

fn telephone(server: &Prosody, sound: &Sound, user: &str, peer: &str, answers: bool) -> Result<Telephone> {
    let mut command = child::command(paths::beside("waxwing-headless")?);
    command.env("PULSE_SERVER", sound.address());
    let role = Role { answers, relay_only: false, aloud: true };
    Telephone::start(command, &server.certificate.ca, &At::prosody(server, user)?, role, &server.jid(peer))
}

/// Milliseconds of each burst.
fn delays(here: &Sound, there: &Sound) -> Result<Vec<f64>> {
    let (said, heard) = (bursts(here.record(Device::Microphone)?), bursts(there.record(Device::Loudspeaker)?));
    let patience = Instant::now() + LEARNING + Duration::from_secs(100);
    let next = |bursts: &mpsc::Receiver<Instant>| {
        bursts.recv_timeout(patience.saturating_duration_since(Instant::now())).context("no more bursts are heard")
    };
    let begins = Instant::now() + LEARNING;
    let mut all = Vec::new();
    let mut at = next(&heard)?;
    while all.len() < BURSTS {
        let burst = next(&said)?;
        while at < burst {
            at = next(&heard)?;
        }
        let took = at - burst;
        ensure!(took < Duration::from_secs(1), "a burst is heard after {took:?}: the next has begun");
        if burst > begins {
            all.push(took.as_secs_f64() * 1000.0);
        }
    }
    Ok(all)
}

/// When each burst began.
fn bursts(mut recording: Recording) -> mpsc::Receiver<Instant> {
    let (sender, bursts) = mpsc::channel();
    std::thread::spawn(move || {
        let mut piece = [0.0_f32; PIECE];
        let mut last_loud = Instant::now();
        while recording.next(&mut piece).is_ok() {
            if piece.iter().all(|sample| sample.abs() < LOUD) {
                continue;
            }
            let now = Instant::now();
            if now - last_loud > QUIET && sender.send(now).is_err() {
                return;
            }
            last_loud = now;
        }
    });
    bursts
}
