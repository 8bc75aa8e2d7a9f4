//! How long it takes from mouth to ear on this machine: bursts of a tone at a microphone, through a whole call of two
//! of ours, until they come out of a loudspeaker. The same bursts are heard where they went in, by PulseAudio alone.
//!
//! `cargo run --release -p waxwing-media --example mouth_to_ear`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "it is a measurement, not a part of the program"
)]

#[cfg(target_os = "linux")]
mod measure;

fn main() {
    #[cfg(target_os = "linux")]
    measure::run();
}
