//! Sound of a call: frames of 20 ms, one channel, 48,000 samples a second, as floats between -1 and 1.

pub mod coder;
pub mod device;
pub mod jitter;
#[cfg(test)]
pub(crate) mod tone;
pub mod process;
pub mod voice;

/// Samples a second.
pub const RATE: u32 = 48_000;
/// Milliseconds of a frame.
pub const FRAME_MS: u32 = 20;
/// Samples of a frame.
pub const FRAME: usize = (RATE / 1000 * FRAME_MS) as usize;
