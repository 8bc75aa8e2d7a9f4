//! Tones in, frequencies out.

use super::{FRAME, RATE};

/// A steady tone of `hertz`, a frame at a time.
pub fn tone(hertz: f32, frame: usize) -> [f32; FRAME] {
    std::array::from_fn(|at| {
        let time = (frame * FRAME + at) as f32 / RATE as f32;
        (time * hertz * std::f32::consts::TAU).sin() * 0.5
    })
}

/// How much of the sound's power is at a frequency, of 1 (Goertzel).
pub fn share(samples: &[f32], hertz: f32) -> f32 {
    let turn = hertz / RATE as f32 * std::f32::consts::TAU;
    let (mut real, mut imaginary, mut power) = (0.0_f32, 0.0_f32, 0.0_f32);
    for (at, sample) in samples.iter().enumerate() {
        real += sample * (turn * at as f32).cos();
        imaginary += sample * (turn * at as f32).sin();
        power += sample * sample;
    }
    2.0 * real.hypot(imaginary).powi(2) / (power * samples.len() as f32).max(f32::MIN_POSITIVE)
}
