//! The measurement, at a sound server of its own.

#[path = "../../tests/support/mod.rs"]
mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use support::Server;
use support::pair::Pair;
use waxwing_media::codec::Codec;
use waxwing_media::sound::device::pulse::Pulse;
use waxwing_media::sound::device::{Devices, Hear, Say};
use waxwing_media::sound::process::Wishes;
use waxwing_media::sound::voice::Listening;
use waxwing_media::sound::{Choice, RATE, Voice};

/// Bursts that are counted, after those in which everything settles.
const BURSTS: usize = 50;
const SETTLING: usize = 10;
/// Samples from one burst to the next, and of one.
const EVERY: u32 = RATE * 2 / 5;
const LONG: u32 = RATE / 20;

fn bursts() -> Say {
    let mut at = 0_u32;
    Box::new(move |out| {
        for sample in out {
            let turn = (at % EVERY) as f32 / RATE as f32 * 1000.0 * std::f32::consts::TAU;
            *sample = if at % EVERY < LONG { turn.sin() * 0.5 } else { 0.0 };
            at = at.wrapping_add(1);
        }
    })
}

/// Keeps when bursts begin.
fn onsets() -> (Hear, Arc<Mutex<Vec<Instant>>>) {
    let found = Arc::new(Mutex::new(Vec::new()));
    let (to, mut quiet) = (Arc::clone(&found), 0_u32);
    let hear = move |samples: &[f32]| {
        let now = Instant::now();
        for (at, sample) in samples.iter().enumerate() {
            if sample.abs() > 0.1 {
                // After a while without sound it is another burst.
                if quiet > LONG * 2 {
                    let ago = Duration::from_secs_f64((samples.len() - at) as f64 / f64::from(RATE));
                    to.lock().unwrap().push(now.checked_sub(ago).unwrap());
                }
                quiet = 0;
            } else {
                quiet = quiet.saturating_add(1);
            }
        }
    };
    (Box::new(hear), found)
}

fn median(mut all: Vec<f64>) -> (f64, f64, f64) {
    all.sort_by(f64::total_cmp);
    (all[all.len() / 2], all[0], all[all.len() - 1])
}

async fn measure(devices: &Pulse, name: &str, wishes: Wishes) {
    let pair = Pair::connect().await;
    let choice = |microphone: &str, loudspeaker: &str| Choice {
        microphone: Some(microphone.to_owned()),
        loudspeaker: Some(loudspeaker.to_owned()),
        wishes,
    };
    let ann = Voice::open(Arc::new(devices.clone()), choice("mic.monitor", "hers"));
    let bob = Voice::open(Arc::new(devices.clone()), choice("silent.monitor", "spk"));
    let _speaking = (ann.speak_into(pair.hers.clone()).unwrap(), bob.speak_into(pair.his.clone()).unwrap());
    let (_at_ann, her_ear) = Listening::begin(Arc::clone(&pair.heard_by_ann), Codec::Opus).unwrap();
    let (_at_bob, his_ear) = Listening::begin(Arc::clone(&pair.heard_by_bob), Codec::Opus).unwrap();
    ann.listen_to(her_ear);
    bob.listen_to(his_ear.clone());
    let ((at_mouth, said), (at_ear, heard)) = (onsets(), onsets());
    let _mouth = devices.record(Some("mic.monitor"), at_mouth).unwrap();
    let _ear = devices.record(Some("spk.monitor"), at_ear).unwrap();
    let _bursts = devices.play(Some("mic"), bursts()).unwrap();
    let length = Duration::from_secs_f64(f64::from(EVERY) / f64::from(RATE) * (BURSTS + SETTLING + 2) as f64);
    tokio::time::sleep(length).await;
    let (said, heard) = (said.lock().unwrap().clone(), heard.lock().unwrap().clone());
    // Each is heard before the next is said.
    let of =
        |said: &Instant| heard.iter().find(|heard| *heard >= said).map(|heard| (*heard - *said).as_secs_f64() * 1e3);
    let ways: Vec<f64> = said.iter().skip(SETTLING).take(BURSTS).filter_map(of).collect();
    let counted = ways.len();
    let (middle, least, most) = median(ways);
    println!(
        "{name}: median {middle:.0} ms above PulseAudio alone ({least:.0} to {most:.0}, {counted} bursts), \
         jitter buffer {} ms, {:?}, troubles {:?}",
        his_ear.delay(),
        his_ear.counts(),
        bob.troubles().borrow()
    );
    pair.ann.close().await;
    pair.bob.close().await;
}

/// From where a burst is made to where PulseAudio alone lets it be heard.
async fn alone(devices: &Pulse) {
    let made = Arc::new(Mutex::new(Vec::new()));
    let (to, mut at, mut say) = (Arc::clone(&made), 0_u32, bursts());
    let marked: Say = Box::new(move |out| {
        let now = Instant::now();
        let begins = (0..u32::try_from(out.len()).unwrap()).filter(|sample| at.wrapping_add(*sample) % EVERY == 0);
        begins.for_each(|_| to.lock().unwrap().push(now));
        at = at.wrapping_add(u32::try_from(out.len()).unwrap());
        say(out);
    });
    let (hear, heard) = onsets();
    let _ear = devices.record(Some("mic.monitor"), hear).unwrap();
    let _bursts = devices.play(Some("mic"), marked).unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let (made, heard) = (made.lock().unwrap().clone(), heard.lock().unwrap().clone());
    let of =
        |made: &Instant| heard.iter().find(|heard| *heard >= made).map(|heard| (*heard - *made).as_secs_f64() * 1e3);
    let (middle, least, most) = median(made.iter().skip(3).filter_map(of).collect());
    println!("PulseAudio alone, in and out: median {middle:.0} ms ({least:.0} to {most:.0})");
}

#[tokio::main]
pub async fn run() {
    let server = Server::start(&["mic", "silent", "spk", "hers"]);
    let devices = server.devices();
    alone(&devices).await;
    measure(&devices, "without processing", Wishes::NONE).await;
    measure(&devices, "with all processing", Wishes::default()).await;
}
