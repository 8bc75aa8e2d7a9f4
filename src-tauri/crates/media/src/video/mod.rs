//! Video: pictures in, frames out, and back again.

pub mod assemble;
pub mod congestion;
pub mod link;
pub mod payload;
pub mod picture;

pub use assemble::Encoded;
pub use link::{Link, Quality};
pub use picture::{Format, Picture};
