//! Files: over upload services, from one to the other, and between the stanzas; with our own client and with others.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod browser;
mod dino;
mod direct;
mod hostile;
mod kills;
mod receive;
mod upload;
