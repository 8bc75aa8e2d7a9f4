//! Video: pictures in, frames out, and back again.

pub mod congestion;
pub mod link;
pub mod picture;

pub use link::{Link, Quality};
pub use picture::{Format, Picture};
