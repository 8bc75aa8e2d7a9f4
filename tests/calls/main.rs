//! Calls with others than ourselves, a module for each peer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod browser;
mod chromium;
mod hostile;
mod pair;
mod relay;
mod signalling;
mod video;
