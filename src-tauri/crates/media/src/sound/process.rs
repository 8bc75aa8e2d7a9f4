//! What a microphone hears, without what the loudspeaker plays, without the fan, and as loud as others are.

use std::sync::{Arc, Mutex, PoisonError};

use sonora::config::{AdaptiveDigital, EchoCanceller, GainController2, HighPassFilter, NoiseSuppression};
use sonora::config::{MaxProcessingRate, NoiseSuppressionLevel, Pipeline};
use sonora::{AudioProcessing, Config, StreamConfig};

use super::{FRAME, RATE};

/// Samples that are worked on at a time: 10 ms.
const HALF: usize = FRAME / 2;

/// Which of it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes {
    /// What they say is taken out of what we say.
    pub echo: bool,
    /// What sounds all the time is turned down.
    pub noise: bool,
    /// Who speaks low is turned up, and who is too loud down.
    pub gain: bool,
}

impl Wishes {
    pub const NONE: Self = Self { echo: false, noise: false, gain: false };
}

impl Default for Wishes {
    fn default() -> Self {
        Self { echo: true, noise: true, gain: true }
    }
}

/// Works on what the microphone hears. A call has one, that is told all that its loudspeaker plays.
pub trait Processor: Send {
    /// What the loudspeaker is about to play. As many of them as of [`Processor::near`], and before the frame in which
    /// the microphone hears it.
    fn far(&mut self, frame: &[f32; FRAME]);

    /// What the microphone heard, which becomes what is sent.
    fn near(&mut self, frame: &mut [f32; FRAME]);

    /// Does something else from now on.
    fn wish(&mut self, wishes: Wishes);
}

/// Leaves everything as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plain;

impl Processor for Plain {
    fn far(&mut self, _: &[f32; FRAME]) {}
    fn near(&mut self, _: &mut [f32; FRAME]) {}
    fn wish(&mut self, _: Wishes) {}
}

/// By sonora, a port of what browsers have.
pub struct Sonora {
    inner: AudioProcessing,
    wishes: Wishes,
    scratch: [f32; HALF],
}

impl Sonora {
    pub fn new(wishes: Wishes) -> Self {
        let one = StreamConfig::new(RATE, 1);
        let inner = AudioProcessing::builder().config(config(wishes)).capture_config(one).render_config(one).build();
        Self { inner, wishes, scratch: [0.0; HALF] }
    }
}

fn config(wishes: Wishes) -> Config {
    Config {
        pipeline: Pipeline { maximum_internal_processing_rate: MaxProcessingRate::Rate48kHz, ..Pipeline::default() },
        high_pass_filter: Some(HighPassFilter::default()).filter(|_| wishes != Wishes::NONE),
        echo_canceller: Some(EchoCanceller::default()).filter(|_| wishes.echo),
        noise_suppression: wishes
            .noise
            .then(|| NoiseSuppression { level: NoiseSuppressionLevel::Moderate, ..NoiseSuppression::default() }),
        gain_controller2: wishes.gain.then(|| GainController2 {
            adaptive_digital: Some(AdaptiveDigital {
                initial_gain_db: 3.0,
                max_gain_db: 24.0,
                ..AdaptiveDigital::default()
            }),
            ..GainController2::default()
        }),
        ..Config::default()
    }
}

/// What is no number, or louder than a device can be, is made silent: it would stay in the filters for ever.
fn sane(from: &[f32], to: &mut [f32; HALF]) {
    for (from, to) in from.iter().zip(to.iter_mut()) {
        *to = if from.is_finite() { from.clamp(-1.0, 1.0) } else { 0.0 };
    }
}

impl Processor for Sonora {
    fn far(&mut self, frame: &[f32; FRAME]) {
        if !self.wishes.echo {
            return;
        }
        for half in frame.chunks_exact(HALF) {
            let mut clean = [0.0; HALF];
            sane(half, &mut clean);
            if let Err(error) = self.inner.process_render_f32(&[&clean], &mut [&mut self.scratch]) {
                tracing::debug!(?error, "the far end was not taken");
            }
        }
    }

    fn near(&mut self, frame: &mut [f32; FRAME]) {
        for half in frame.chunks_exact_mut(HALF) {
            let mut clean = [0.0; HALF];
            sane(half, &mut clean);
            if self.wishes == Wishes::NONE {
                half.copy_from_slice(&clean);
            } else if let Err(error) = self.inner.process_capture_f32(&[&clean], &mut [&mut *half]) {
                tracing::debug!(?error, "the near end was not processed");
                half.copy_from_slice(&clean);
            }
            for sample in half.iter_mut().filter(|sample| !sample.is_finite()) {
                *sample = 0.0;
            }
        }
    }

    fn wish(&mut self, wishes: Wishes) {
        if wishes != self.wishes {
            self.wishes = wishes;
            self.inner.apply_config(config(wishes));
        }
    }
}

/// Frames of what is played that may wait: 400 ms. A microphone that stands still for longer hears nothing of it.
const WAITING: usize = 20;

/// Takes what the loudspeaker plays to where the microphone is worked on, whole frames at a time. The loudspeaker's
/// thread never waits for the work.
#[derive(Clone, Default)]
pub struct FarEnd(Arc<Mutex<Vec<f32>>>);

impl FarEnd {
    /// What is about to be played.
    pub fn push(&self, samples: &[f32]) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend_from_slice(samples);
        let over = waiting.len().saturating_sub(WAITING * FRAME);
        waiting.drain(..over);
    }

    /// The next frame of it.
    pub fn pop(&self) -> Option<[f32; FRAME]> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let frame = waiting.get(..FRAME)?.try_into().ok()?;
        waiting.drain(..FRAME);
        Some(frame)
    }

    /// Another loudspeaker plays: what waits is of no use.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests;
