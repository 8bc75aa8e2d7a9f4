//! Between what a device has and one channel at [`RATE`].

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Async, FixedAsync, Resampler as _, SincInterpolationParameters, SincInterpolationType, WindowFunction};

use super::super::RATE;
use super::DeviceError;

/// Samples that are converted at a time: 5 ms and a bit, which is also what it delays.
const CHUNK: usize = 256;

/// Changes the rate of one channel.
pub(super) struct Rate {
    inner: Option<Async<f32>>,
    waiting: Vec<f32>,
    made: Vec<f32>,
}

impl Rate {
    /// # Errors
    /// [`DeviceError::Failed`] for a rate of nothing.
    pub(super) fn new(from: u32, to: u32) -> Result<Self, DeviceError> {
        if from == to {
            return Ok(Self { inner: None, waiting: Vec::new(), made: Vec::new() });
        }
        let parameters = SincInterpolationParameters {
            sinc_len: 64,
            f_cutoff: None,
            oversampling_factor: 128,
            interpolation: SincInterpolationType::Linear,
            window: WindowFunction::Blackman2,
        };
        let ratio = f64::from(to) / f64::from(from);
        let inner = Async::new_sinc(ratio, 1.0, &parameters, CHUNK, 1, FixedAsync::Input);
        let inner = inner.map_err(|error| DeviceError::Failed(error.to_string()))?;
        let made = vec![0.0; inner.output_frames_max()];
        Ok(Self { inner: Some(inner), waiting: Vec::with_capacity(CHUNK * 2), made })
    }

    /// Converts, and gives on what is ready.
    pub(super) fn push(&mut self, samples: &[f32], mut ready: impl FnMut(&[f32])) {
        let Some(inner) = &mut self.inner else { return ready(samples) };
        self.waiting.extend_from_slice(samples);
        while self.waiting.len() >= inner.input_frames_next() {
            let (wanted, room) = (inner.input_frames_next(), self.made.len());
            let Ok(input) = InterleavedSlice::new(&self.waiting[..wanted], 1, wanted) else { return };
            let Ok(mut output) = InterleavedSlice::new_mut(&mut self.made, 1, room) else { return };
            // It cannot fail: both are as long as it says.
            let (taken, made) = inner.process_into_buffer(&input, &mut output, None).unwrap_or((wanted, 0));
            ready(&self.made[..made]);
            self.waiting.drain(..taken);
        }
    }
}

/// From a device's interleaved channels to one channel of ours.
pub(super) struct FromDevice {
    channels: usize,
    rate: Rate,
    mono: Vec<f32>,
}

impl FromDevice {
    pub(super) fn new(channels: u16, rate: u32) -> Result<Self, DeviceError> {
        Ok(Self { channels: usize::from(channels.max(1)), rate: Rate::new(rate, RATE)?, mono: Vec::new() })
    }

    pub(super) fn push(&mut self, samples: &[f32], ready: impl FnMut(&[f32])) {
        self.mono.clear();
        let share = 1.0 / f32::from(u16::try_from(self.channels).unwrap_or(1));
        let frames = samples.chunks_exact(self.channels);
        self.mono.extend(frames.map(|frame| frame.iter().sum::<f32>() * share));
        self.rate.push(&self.mono, ready);
    }
}

/// From one channel of ours to a device's interleaved channels.
pub(super) struct ToDevice {
    channels: usize,
    rate: Rate,
    ours: [f32; CHUNK],
    left: Vec<f32>,
}

impl ToDevice {
    pub(super) fn new(channels: u16, rate: u32) -> Result<Self, DeviceError> {
        let channels = usize::from(channels.max(1));
        Ok(Self { channels, rate: Rate::new(RATE, rate)?, ours: [0.0; CHUNK], left: Vec::new() })
    }

    /// Fills all of it: each channel has the same.
    pub(super) fn fill(&mut self, out: &mut [f32], say: &mut dyn FnMut(&mut [f32])) {
        let frames = out.len() / self.channels;
        while self.left.len() < frames {
            say(&mut self.ours);
            let left = &mut self.left;
            self.rate.push(&self.ours, |made| left.extend_from_slice(made));
        }
        for (frame, sample) in out.chunks_exact_mut(self.channels).zip(self.left.drain(..frames)) {
            frame.fill(sample);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tone::share;
    use super::*;

    fn sine(hertz: f32, rate: u32, count: usize) -> Vec<f32> {
        (0..count).map(|at| (at as f32 * hertz / rate as f32 * std::f32::consts::TAU).sin() * 0.5).collect()
    }

    #[test]
    fn a_device_of_another_rate_and_more_channels_is_heard() {
        for rate in [8_000, 16_000, 44_100, 48_000, 96_000] {
            let mut convert = FromDevice::new(2, rate).unwrap();
            let both: Vec<_> = sine(440.0, rate, rate as usize).into_iter().flat_map(|one| [one, one]).collect();
            let mut heard = Vec::new();
            both.chunks(882).for_each(|part| convert.push(part, |made| heard.extend_from_slice(made)));
            assert!((47_000..=48_100).contains(&heard.len()), "{rate}: {}", heard.len());
            assert!(share(&heard[2_000..], 440.0) > 0.98, "{rate}: {}", share(&heard[2_000..], 440.0));
        }
    }

    #[test]
    fn a_device_of_another_rate_and_more_channels_is_played_at() {
        let mut at = 0;
        let mut say = |out: &mut [f32]| {
            out.copy_from_slice(&sine(440.0, RATE, at + out.len())[at..]);
            at += out.len();
        };
        let mut convert = ToDevice::new(2, 44_100).unwrap();
        let mut played = vec![0.0; 44_100 * 2 / 4];
        played.chunks_mut(441 * 2).for_each(|part| convert.fill(part, &mut say));
        let left: Vec<_> = played.chunks_exact(2).map(|frame| frame[0]).skip(2_000).collect();
        // Seen as if it were of our rate, it is higher.
        assert!(share(&left, 440.0 * 48_000.0 / 44_100.0) > 0.98, "{}", share(&left, 478.9));
    }
}
