//! Calls with others than ourselves, a module for each peer; and by what ways they go.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod browser;
mod camera;
mod chromium;
mod dino;
mod hostile;
mod nat;
mod pair;
mod portal;
mod relay;
mod signalling;
mod video;
