//! Video: pictures in, frames out, and back again.

pub mod assemble;
pub mod congestion;
pub mod freezes;
pub mod incoming;
pub mod ladder;
pub mod link;
#[cfg(test)]
mod lossy;
pub mod missing;
pub mod outgoing;
pub mod payload;
pub mod picture;
pub mod playout;

pub use assemble::Encoded;
pub use incoming::{Incoming, Seen};
pub use link::{Link, Quality};
pub use outgoing::{Content, Feed, Outgoing, Sent};
pub use picture::{Format, Picture};
pub use waxwing_vp8::Decoder;
