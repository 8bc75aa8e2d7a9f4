//! The keys of a telephone as sound (ITU-T Q.23), for machines that ask for a number.

use std::collections::VecDeque;
use std::f32::consts::TAU;

use super::RATE;

/// Samples that a key sounds, and that it is silent after it: 100 and 50 ms.
const SOUNDS: usize = RATE as usize / 10;
const PAUSE: usize = RATE as usize / 20;
/// Samples in which it begins and ends, so that it does not click: 5 ms.
const RAMP: usize = RATE as usize / 200;
/// How loud each of the two tones is there, and here.
const THERE: f32 = 0.3;
const HERE: f32 = 0.08;
/// Keys that may wait: more than any number has digits.
const WAITING: usize = 64;

/// The two tones of a key, in Hz.
pub fn tones(key: char) -> Option<(f32, f32)> {
    const ROWS: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
    const COLUMNS: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
    let at = "123A456B789C*0#D".find(key.to_ascii_uppercase())?;
    Some((ROWS[at / 4], COLUMNS[at % 4]))
}

/// Where keys are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At the other side: instead of what is said, so that they are understood.
    There,
    /// At our side: low, beside all else.
    Here,
}

/// Keys that sound one after the other.
#[derive(Debug, Default)]
pub struct Keys {
    waiting: VecDeque<(f32, f32)>,
    /// Samples of the first that have sounded.
    at: usize,
}

impl Keys {
    /// Adds a key. False for what is none.
    pub fn press(&mut self, key: char) -> bool {
        let Some(tones) = tones(key) else { return false };
        if self.waiting.len() < WAITING {
            self.waiting.push_back(tones);
        }
        true
    }

    /// Adds what sounds now.
    pub fn mix(&mut self, out: &mut [f32], place: Place) {
        for sample in out {
            let Some((low, high)) = self.waiting.front() else { return };
            if place == Place::There {
                *sample = 0.0;
            }
            if self.at < SOUNDS {
                let ramp = self.at.min(SOUNDS - self.at).min(RAMP) as f32 / RAMP as f32;
                let time = self.at as f32 / RATE as f32;
                let loud = if place == Place::There { THERE } else { HERE };
                *sample += ((time * low * TAU).sin() + (time * high * TAU).sin()) * loud * ramp;
            }
            self.at += 1;
            if self.at == SOUNDS + PAUSE {
                self.waiting.pop_front();
                self.at = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::coder::{Decoder, Encoder};
    use super::super::tone::share;
    use super::super::{FRAME, RATE};
    use super::*;
    use crate::codec::Codec;

    /// Each of the sixteen, after Opus and after G.711.
    #[test]
    fn each_key_is_understood_at_the_other_side() {
        for codec in [Codec::Opus, Codec::Pcmu] {
            let (mut encoder, mut decoder) = (Encoder::new(codec).unwrap(), Decoder::new(codec).unwrap());
            let mut keys = Keys::default();
            assert!("0123456789*#ABCd".chars().all(|key| keys.press(key)) && !keys.press('x'));
            let mut heard = Vec::new();
            for _ in 0..130 {
                // Somebody speaks meanwhile.
                let mut frame = [0.5; FRAME];
                keys.mix(&mut frame, Place::There);
                decoder.decode(&encoder.encode(&frame).unwrap(), FRAME, &mut heard);
            }
            for (at, key) in "0123456789*#ABCD".chars().enumerate() {
                // The codec delays it by a little.
                let from = at * (SOUNDS + PAUSE) + RATE as usize / 50;
                let part = &heard[from..from + SOUNDS * 3 / 4];
                let (low, high) = tones(key).unwrap();
                let (low, high) = (share(part, low), share(part, high));
                assert!(low > 0.3 && high > 0.3 && low + high > 0.85, "{codec:?} {key}: {low} and {high}");
            }
            assert!(heard.last().unwrap().abs() > 0.2 || codec == Codec::Opus, "and speech goes on");
        }
    }

    #[test]
    fn they_wait_for_each_other_but_not_without_end() {
        let mut keys = Keys::default();
        (0..1000).for_each(|_| assert!(keys.press('1')));
        let mut out = vec![0.25; (SOUNDS + PAUSE) * (WAITING + 1)];
        keys.mix(&mut out, Place::Here);
        assert!(out[..SOUNDS].iter().any(|sample| *sample > 0.35));
        assert!(out[SOUNDS..SOUNDS + PAUSE].iter().all(|sample| *sample == 0.25), "beside what is said");
        assert!(out[(SOUNDS + PAUSE) * WAITING..].iter().all(|sample| *sample == 0.25));
    }
}
