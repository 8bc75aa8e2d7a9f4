//! Servers, peers, a network that breaks and a window, as values: each starts child processes on loopback with ports
//! and folders of its own, and takes them down when it is dropped.
//!
//! Every call fails with a sentence; an absent program is a failure too, never a skipped test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod attended;
pub mod child;
mod desktop;
pub mod doors;
pub mod ejabberd;
pub mod headless;
pub mod kills;
pub mod paths;
pub mod ports;
pub mod prosody;
pub mod relay;
mod scram;
pub mod scripted;
pub mod seed;
pub mod slix;
pub mod stanzas;
mod stream;
pub mod tls;
pub mod wait;
pub mod window;

pub use anyhow::{Context, Result, anyhow, bail, ensure};

pub use attended::Attended;
pub use child::Child;
pub use doors::Door;
pub use ejabberd::Ejabberd;
pub use headless::{At, Headless};
pub use prosody::{Prosody, Version};
pub use relay::Relay;
pub use scripted::{Scripted, scram_challenge};
pub use slix::Slix;
pub use tls::{Certificate, Leaf};
pub use wait::{patiently, until};
pub use window::Window;

/// The domain every server here serves.
pub const DOMAIN: &str = "example.test";
