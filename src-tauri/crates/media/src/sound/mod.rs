//! Sound of a call: frames of 20 ms, one channel, 48,000 samples a second, as floats between -1 and 1.

pub mod coder;
pub mod device;
pub mod dial;
pub mod jitter;
mod keep;
pub mod path;
pub mod process;
pub mod record;
pub mod ring;
#[cfg(test)]
pub(crate) mod tone;
pub mod trial;
pub mod voice;

pub use keep::Trouble;
pub use path::{Choice, Levels, Troubles, Voice};

/// Samples a second.
pub const RATE: u32 = 48_000;
/// Milliseconds of a frame.
pub const FRAME_MS: u32 = 20;
/// Samples of a frame.
pub const FRAME: usize = (RATE / 1000 * FRAME_MS) as usize;
