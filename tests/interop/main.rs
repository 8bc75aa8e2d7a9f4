//! The client and its harness against real servers and peers, a module for each capability.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;
mod kills;
mod servers;
mod session;
