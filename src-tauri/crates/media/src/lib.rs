//! The call engine: finds the ways, secures them, sends and receives media. It speaks in Jingle's contents and knows
//! neither stanzas nor people.

pub mod bridge;
pub mod camera;
pub mod channel;
pub mod codec;
pub mod connection;
pub mod engine;
pub mod error;
#[cfg(target_os = "linux")]
pub mod pipewire;
pub mod screen;
pub mod sender;
pub mod sound;
pub mod video;

pub use connection::{Connection, Event, Relay, Route, Stats, Ways};
pub use engine::{Engine, Restart, Told, Words};
pub use error::Error;
pub use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
