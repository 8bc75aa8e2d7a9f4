//! Real streams at a real sound server.

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use support::{SOON, Server, breaks, longest_gap, share, tone, wait_for};
use waxwing_media::sound::RATE;
use waxwing_media::sound::device::{DeviceError, Devices, Hear, Say};

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
