//! The client and its harness against real servers and peers, a module for each capability.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod archive;
mod attention;
mod broken;
mod clock;
mod console;
mod crash;
mod data;
mod desktop;
mod disk;
mod displayed;
mod faults;
mod federation;
mod file_peers;
mod flights;
mod forged;
mod harness;
mod hostile;
mod impostor;
mod kills;
mod lacking;
mod matrix;
mod monsters;
mod people;
mod proxy;
mod refusals;
mod relayed;
mod resume;
mod sasl2;
mod selftest;
mod servers;
mod services;
mod session;
mod storage;
mod strangers;
mod words;
