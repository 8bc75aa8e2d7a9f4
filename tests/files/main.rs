//! Files: over upload services, from one to the other, and between the stanzas; with our own client and with others.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod again;
mod browser;
mod dino;
mod direct;
mod foe;
mod gone;
mod hostile;
mod hostile_disk;
mod hostile_links;
mod hostile_sessions;
mod hostile_sockets;
mod kills;
mod many;
mod receive;
mod relayed;
mod upload;
