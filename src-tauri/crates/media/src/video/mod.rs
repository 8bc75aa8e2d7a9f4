//! Video: pictures in, frames out, and back again.

pub mod congestion;
pub mod picture;

pub use picture::{Format, Picture};
