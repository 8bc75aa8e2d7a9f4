//! Real streams at a real sound server.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test's helpers are a part of the test"
)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use support::pair::Pair;
use support::{Recording, SOON, Server, breaks, longest_gap, share, speech, tone, wait_for};
use waxwing_media::codec::Codec;
use waxwing_media::sound::device::pulse::Pulse;
use waxwing_media::sound::device::{Device, DeviceError, Devices, Found, Hear, Say};
use waxwing_media::sound::process::Wishes;
use waxwing_media::sound::ring::{Ring, ring};
use waxwing_media::sound::trial::{self, Step, Trial};
use waxwing_media::sound::voice::{Listening, Speaking};
use waxwing_media::sound::{Choice, FRAME, RATE, Trouble, Troubles, Voice};

fn saying(hertz: f32) -> Say {
    let mut next = tone(hertz);
    Box::new(move |out| out.iter_mut().for_each(|sample| *sample = next()))
}

/// Keeps what it hears.
fn hearing() -> (Hear, Arc<Mutex<Vec<f32>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let to = Arc::clone(&heard);
    (Box::new(move |samples| to.lock().unwrap().extend_from_slice(samples)), heard)
}

#[test]
fn what_is_played_is_heard_without_gaps() {
    let server = Server::start(&["spk"]);
    let _stream = server.devices().play(Some("spk"), saying(440.0)).unwrap();
    // The first quarter of a second is where both begin.
    let heard = server.hear("spk.monitor", Duration::from_secs(4)).split_off(RATE as usize / 4);
    let (share, gap, breaks) = (share(&heard, 440.0), longest_gap(&heard), breaks(&heard, 440.0));
    println!("share {share}, longest gap {gap} ms, {breaks} breaks");
    assert!(share > 0.9 && gap < 60.0 && breaks < 10, "share {share}, gap {gap} ms, {breaks} breaks");
}

/// A program that was asleep is late by seconds, and goes on from now.
#[test]
fn after_a_sleep_it_goes_on() {
    let server = Server::start(&["spk"]);
    let (mut next, mut calls) = (tone(440.0), 0);
    let say: Say = Box::new(move |out| {
        calls += 1;
        if calls == 30 {
            std::thread::sleep(Duration::from_millis(1500));
        }
        out.iter_mut().for_each(|sample| *sample = next());
    });
    let _stream = server.devices().play(Some("spk"), say).unwrap();
    let mut at_spk = server.listen("spk.monitor");
    wait_for("the sleep", || loudest(&at_spk.take(RATE as usize / 5)) < 0.01);
    wait_for_tone(&mut at_spk, 440.0);
    let heard = at_spk.take(RATE as usize);
    let (gap, breaks) = (longest_gap(&heard), breaks(&heard, 440.0));
    assert!(gap < 60.0 && breaks < 10, "gap {gap} ms, {breaks} breaks");
}

#[test]
fn what_is_said_is_recorded() {
    let server = Server::start(&["mic"]);
    let _playing = server.devices().play(Some("mic"), saying(700.0)).unwrap();
    let (hear, heard) = hearing();
    let _stream = server.devices().record(Some("mic.monitor"), hear).unwrap();
    wait_for("two seconds of sound", || heard.lock().unwrap().len() > RATE as usize * 2);
    let heard = heard.lock().unwrap().split_off(RATE as usize / 4);
    let (share, gap, breaks) = (share(&heard, 700.0), longest_gap(&heard), breaks(&heard, 700.0));
    println!("share {share}, longest gap {gap} ms, {breaks} breaks");
    assert!(share > 0.9 && gap < 60.0 && breaks < 10, "share {share}, gap {gap} ms, {breaks} breaks");
}

/// The last half second of what was heard.
fn lately(heard: &Mutex<Vec<f32>>) -> Vec<f32> {
    let heard = heard.lock().unwrap();
    heard[heard.len().saturating_sub(RATE as usize / 2)..].to_vec()
}

fn loudest(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |most, sample| sample.abs().max(most))
}

/// Waits until a recording has mostly this tone in it.
fn wait_for_tone(recording: &mut Recording, hertz: f32) {
    wait_for(&format!("a tone of {hertz} Hz"), || share(&recording.take(RATE as usize / 5), hertz) > 0.8);
}

/// Whether the key 5 sounds in it; each time it begins anew.
fn is_five(samples: &[f32]) -> bool {
    let mut pieces = samples.chunks_exact(RATE as usize / 25);
    pieces.any(|piece| loudest(piece) > 0.05 && share(piece, 770.0) > 0.3 && share(piece, 1336.0) > 0.3)
}

fn id(device: &str) -> Option<String> {
    Some(device.to_owned())
}

#[test]
fn what_there_is_is_told_and_when_it_changes() {
    let server = Server::start(&["spk", "mic"]);
    server.ctl(&["set-default-sink", "spk"]);
    server.ctl(&["set-default-source", "mic.monitor"]);
    let devices = server.devices();
    let found = devices.list().unwrap();
    let ids = |all: &[Device]| all.iter().map(|device| (device.id.clone(), device.is_default)).collect::<Vec<_>>();
    assert_eq!(ids(&found.loudspeakers), [("spk".into(), true), ("mic".into(), false)]);
    assert_eq!(ids(&found.microphones), [("mic.monitor".into(), true)], "what is played is no microphone");
    assert!(found.loudspeakers.iter().all(|device| !device.name.is_empty()));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut changes = devices.changes();
        // It takes a moment until it watches: what changes before that need not be told.
        let plugged = async {
            loop {
                server.plug_in("late");
                tokio::time::sleep(Duration::from_millis(200)).await;
                server.unplug("late");
            }
        };
        tokio::select! {
            () = plugged => {}
            told = tokio::time::timeout(SOON, changes.next()) => told.expect("a change is told"),
        }
    });
    assert_eq!(devices.record(Some("nobody"), hearing().0).err(), Some(DeviceError::Gone));
    assert_eq!(devices.play(Some("no\0body"), saying(1.0)).err(), Some(DeviceError::Gone));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_device_it_is_told_and_goes_on_once_there_is_one() {
    let server = Server::start(&[]);
    let devices = server.devices();
    assert_eq!(devices.list().unwrap(), Found::default());
    assert_eq!(devices.record(None, hearing().0).err(), Some(DeviceError::Missing));
    assert_eq!(devices.play(None, saying(1.0)).err(), Some(DeviceError::Missing));
    let nowhere = Pulse::at("/nonexistent/native");
    assert_eq!(nowhere.play(None, saying(1.0)).err(), Some(DeviceError::Missing));

    let voice = Voice::open(Arc::new(devices), Choice::default());
    let mut troubles = voice.troubles();
    let without = Some(Trouble::Without(DeviceError::Missing));
    let both = Troubles { microphone: without.clone(), loudspeaker: without.clone() };
    told(&mut troubles, |troubles| *troubles == both).await;
    server.plug_in("spk");
    // It is a loudspeaker; the server would record what it plays, but that is no microphone.
    told(&mut troubles, |troubles| *troubles == Troubles { microphone: without.clone(), loudspeaker: None }).await;
    assert!(voice.dial('5') && !voice.dial('x'));
    let mut at_spk = server.listen("spk.monitor");
    assert!((0..30).all(|_| voice.dial('5')));
    wait_for("a key", || is_five(&at_spk.take(RATE as usize / 5)));
}

async fn told(troubles: &mut tokio::sync::watch::Receiver<Troubles>, wanted: impl Fn(&Troubles) -> bool) {
    let met = tokio::time::timeout(SOON, troubles.wait_for(|troubles| wanted(troubles))).await;
    assert!(met.is_ok_and(|met| met.is_ok()), "troubles stay {:?}", troubles.borrow());
}

/// Bob of a call: says something, and keeps what he hears.
fn talk(
    pair: &Pair,
    mut next: impl FnMut() -> f32 + Send + 'static,
) -> (tokio::task::JoinHandle<()>, Arc<Mutex<Vec<f32>>>) {
    let (speech, mut microphone) = Speaking::begin(pair.his.clone()).unwrap();
    let (listening, ear) = Listening::begin(Arc::clone(&pair.heard_by_bob), Codec::Opus).unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let to = Arc::clone(&heard);
    let task = tokio::spawn(async move {
        let _alive = (speech, listening);
        let mut clock = tokio::time::interval(Duration::from_millis(20));
        let mut frame = [0.0; FRAME];
        loop {
            clock.tick().await;
            frame.iter_mut().for_each(|sample| *sample = next());
            microphone.push(&frame);
            ear.fill(&mut frame);
            to.lock().unwrap().extend_from_slice(&frame);
        }
    });
    (task, heard)
}

/// Ann speaks and listens through real devices; they are switched, taken away and brought back.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_call_goes_on_whatever_becomes_of_its_devices() {
    let server = Server::start(&["spk", "mic", "headset", "handset"]);
    server.ctl(&["set-default-sink", "spk"]);
    server.ctl(&["set-default-source", "mic.monitor"]);
    let devices = server.devices();
    let _said = devices.play(Some("mic"), saying(700.0)).unwrap();
    let said = devices.play(Some("handset"), saying(1100.0)).unwrap();
    let pair = Pair::connect().await;
    let (bob, at_bob) = talk(&pair, tone(440.0));
    let hears = |hertz: f32| wait_for(&format!("{hertz} Hz at Bob"), || share(&lately(&at_bob), hertz) > 0.8);

    let choice = Choice { microphone: None, loudspeaker: None, wishes: Wishes::NONE };
    let voice = Voice::open(Arc::new(devices.clone()), choice.clone());
    let mut troubles = voice.troubles();
    let _speaking = voice.speak_into(pair.hers.clone()).unwrap();
    let (_listening, ear) = Listening::begin(Arc::clone(&pair.heard_by_ann), Codec::Opus).unwrap();
    voice.listen_to(ear);
    hears(700.0);
    wait_for_tone(&mut server.listen("spk.monitor"), 440.0);
    wait_for("both levels", || voice.levels().ours > 0.3 && voice.levels().theirs > 0.3);

    let chosen = Choice { microphone: id("handset.monitor"), loudspeaker: id("headset"), ..choice };
    voice.choose(chosen);
    hears(1100.0);
    wait_for_tone(&mut server.listen("headset.monitor"), 440.0);
    assert_eq!(*troubles.borrow(), Troubles::default());

    server.unplug("headset");
    let instead = Some(Trouble::Instead(DeviceError::Gone));
    told(&mut troubles, |troubles| troubles.loudspeaker == instead && troubles.microphone.is_none()).await;
    wait_for_tone(&mut server.listen("spk.monitor"), 440.0);
    server.unplug("handset");
    told(&mut troubles, |troubles| troubles.microphone == instead).await;
    assert!(said.is_lost(), "whoever played there knows as well");
    hears(700.0);

    server.plug_in("headset");
    told(&mut troubles, |troubles| troubles.loudspeaker.is_none()).await;
    wait_for_tone(&mut server.listen("headset.monitor"), 440.0);

    voice.mute(true);
    wait_for("silence at Bob", || loudest(&lately(&at_bob)) < 0.01);
    assert!(voice.is_muted() && voice.levels().ours > 0.3, "the meter still shows who would be heard");
    assert!("5555".chars().all(|key| voice.dial(key)));
    wait_for("a key at Bob", || is_five(&lately(&at_bob)));
    bob.abort();
    pair.ann.close().await;
    pair.bob.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_hears_oneself_in_a_trial() {
    let server = Server::start(&["spk", "mic"]);
    let devices: Arc<dyn Devices> = Arc::new(server.devices());
    let _said = devices.play(Some("mic"), saying(700.0)).unwrap();
    let length = Duration::from_millis(600);
    let mut at_spk = server.listen("spk.monitor");
    let trial = Trial::begin(Arc::clone(&devices), id("mic.monitor"), id("spk"), length);
    let mut steps = trial.steps();
    let recording = |step: &Step| matches!(step, Step::Recording { level, .. } if *level > 0.3);
    let step = tokio::time::timeout(SOON, steps.wait_for(recording)).await.expect("it is recorded").is_ok();
    assert!(step, "{:?}", steps.borrow());
    let playing = |step: &Step| matches!(step, Step::Playing { level, .. } if *level > 0.3);
    tokio::time::timeout(SOON, steps.wait_for(playing)).await.expect("it is played").unwrap();
    wait_for_tone(&mut at_spk, 700.0);
    let last = tokio::time::timeout(SOON, steps.wait_for(Step::is_last)).await.expect("it ends").unwrap().clone();
    assert_eq!(last, Step::Done);

    let trial = Trial::begin(Arc::clone(&devices), id("nobody"), None, length);
    let last = trial.steps().wait_for(Step::is_last).await.unwrap().clone();
    assert_eq!(last, Step::NoMicrophone(DeviceError::Gone));
    let _tone = trial::tone(&*devices, Some("spk")).unwrap();
    wait_for_tone(&mut at_spk, 440.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_rings_until_it_is_let_go() {
    let server = Server::start(&["spk"]);
    let devices: Arc<dyn Devices> = Arc::new(server.devices());
    let mut at_spk = server.listen("spk.monitor");
    let ringing = ring(Arc::clone(&devices), id("nobody"), Ring::Calling);
    wait_for_tone(&mut at_spk, 425.0);
    drop(ringing);
    wait_for("silence", || loudest(&at_spk.take(RATE as usize / 5)) < 0.001);
    let _ringing = ring(devices, None, Ring::Called);
    wait_for("a bell", || loudest(&at_spk.take(RATE as usize / 5)) > 0.1);
}

/// What Bob says comes out of Ann's loudspeaker and into her microphone: he does not hear himself.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn they_do_not_hear_themselves() {
    let server = Server::start(&["spk", "mic"]);
    server.ctl(&["load-module", "module-loopback", "source=spk.monitor", "sink=mic", "latency_msec=60"]);
    let pair = Pair::connect().await;
    let (bob, at_bob) = talk(&pair, speech());
    let choice = Choice { microphone: id("mic.monitor"), loudspeaker: id("spk"), wishes: Wishes::NONE };
    let voice = Voice::open(Arc::new(server.devices()), choice.clone());
    let _speaking = voice.speak_into(pair.hers.clone()).unwrap();
    let (_listening, ear) = Listening::begin(Arc::clone(&pair.heard_by_ann), Codec::Opus).unwrap();
    voice.listen_to(ear);
    // The last two seconds.
    let power = || {
        let heard = at_bob.lock().unwrap();
        let last = &heard[heard.len().saturating_sub(RATE as usize * 2)..];
        10.0 * (last.iter().map(|sample| sample * sample).sum::<f32>() / last.len().max(1) as f32).max(1e-12).log10()
    };
    wait_for("his echo", || at_bob.lock().unwrap().len() > RATE as usize * 4 && power() > -30.0);
    let before = power();
    voice.choose(Choice { wishes: Wishes { echo: true, ..Wishes::NONE }, ..choice });
    let mut lowest = 0.0_f32;
    wait_for("silence", || {
        lowest = lowest.max(before - power());
        lowest > 25.0
    });
    println!("the echo is {lowest} dB lower");
    bob.abort();
    pair.ann.close().await;
    pair.bob.close().await;
}
