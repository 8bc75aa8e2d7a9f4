//! What is heard before a call: that somebody calls, and that it rings there. Made here, from no file.

use std::f32::consts::TAU;
use std::sync::Arc;

use tokio::sync::watch;

use super::RATE;
use super::device::{Devices, Say};
use super::keep::{Kept, Kind, keep};

/// What is rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// Somebody calls us: two notes that answer each other, twice, and a pause.
    Called,
    /// It rings at theirs: a low tone each five seconds, as the telephone has it in most of Europe.
    Calling,
}

/// A note: when it begins and how long it lasts, in milliseconds, and what it sounds like.
struct Note {
    from: u32,
    length: u32,
    hertz: f32,
    loud: f32,
    /// Struck like a bell, or held.
    struck: bool,
}

const fn struck(from: u32, hertz: f32) -> Note {
    Note { from, length: 900, hertz, loud: 0.22, struck: true }
}

/// A fifth and back, an octave of overtones in it.
const CALLED: [Note; 4] = [struck(0, 659.26), struck(220, 987.77), struck(800, 659.26), struck(1020, 987.77)];
const CALLING: [Note; 1] = [Note { from: 0, length: 1000, hertz: 425.0, loud: 0.12, struck: false }];

impl Ring {
    fn notes(self) -> &'static [Note] {
        match self {
            Self::Called => &CALLED,
            Self::Calling => &CALLING,
        }
    }

    /// Milliseconds until it begins again.
    fn length(self) -> u32 {
        match self {
            Self::Called => 3000,
            Self::Calling => 5000,
        }
    }

    /// The sample at a place of the loop.
    fn sample(self, at: u32) -> f32 {
        self.notes().iter().map(|note| note.sample(at)).sum()
    }

    fn say(self) -> Say {
        let (mut at, whole) = (0, self.length() * (RATE / 1000));
        Box::new(move |out| {
            for sample in out {
                *sample = self.sample(at);
                at = (at + 1) % whole;
            }
        })
    }
}

impl Note {
    fn sample(&self, at: u32) -> f32 {
        let (from, length) = (self.from * (RATE / 1000), self.length * (RATE / 1000));
        let Some(at) = at.checked_sub(from).filter(|at| *at < length) else { return 0.0 };
        // 5 ms to begin, and 30 ms to end, without a click.
        let ramp = (at as f32 / (RATE / 200) as f32).min((length - at) as f32 / (RATE * 3 / 100) as f32).min(1.0);
        let time = at as f32 / RATE as f32;
        let turn = time * self.hertz * TAU;
        let sound = if self.struck {
            (turn.sin() + 0.35 * (turn * 2.0).sin() * (-time * 6.0).exp()) * (-time * 4.0).exp()
        } else {
            turn.sin()
        };
        sound * ramp * self.loud
    }
}

/// It rings until this is dropped.
pub struct Ringing {
    _kept: Kept,
    _wanted: watch::Sender<Option<String>>,
}

/// Rings at a loudspeaker, `None` being the default one, which also is taken where the other cannot be had. Within a
/// runtime of tokio; without any loudspeaker it is silent.
pub fn ring(devices: Arc<dyn Devices>, loudspeaker: Option<String>, ring: Ring) -> Ringing {
    let (wanted, output) = watch::channel(loudspeaker);
    let say = Kind::Loudspeaker(Box::new(move || ring.say()));
    let kept = keep(devices, say, output, |trouble| {
        if let Some(trouble) = trouble {
            tracing::debug!(?trouble, "it rings elsewhere, or not at all");
        }
    });
    Ringing { _kept: kept, _wanted: wanted }
}

#[cfg(test)]
mod tests {
    use super::super::tone::share;
    use super::*;

    fn looped(ring: Ring, ms: u32) -> Vec<f32> {
        let say = ring.say();
        let mut all = vec![0.0; (ms * (RATE / 1000)) as usize];
        all.chunks_mut(480).for_each(say);
        all
    }

    #[test]
    fn it_is_neither_too_loud_nor_does_it_click() {
        for ring in [Ring::Called, Ring::Calling] {
            let all = looped(ring, ring.length() * 2);
            let loudest = all.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
            assert!((0.1..0.6).contains(&loudest), "{ring:?}: {loudest}");
            let jump = all.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f32::max);
            assert!(jump < 0.1, "{ring:?}: {jump}");
            let (first, second) = all.split_at(all.len() / 2);
            assert_eq!(first, second, "{ring:?} begins again");
        }
    }

    #[test]
    fn it_has_its_notes_and_its_pause() {
        let called = looped(Ring::Called, 3000);
        assert!(share(&called[..RATE as usize / 5], 659.26) > 0.6);
        assert!(called[RATE as usize * 2..].iter().all(|sample| sample.abs() < 0.02));
        let calling = looped(Ring::Calling, 5000);
        assert!(share(&calling[..RATE as usize], 425.0) > 0.95);
        assert!(calling[RATE as usize..].iter().all(|sample| *sample == 0.0));
    }
}
