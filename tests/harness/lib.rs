//! Servers, peers, a network that breaks, a window and the desktop around it, as values: each starts child processes on
//! loopback with ports, buses and folders of its own, and takes them down when it is dropped.
//!
//! Every call fails with a sentence; an absent program is a failure too, never a skipped test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod accessibility;
pub mod attended;
pub mod axe;
pub mod browser;
pub mod bus;
pub mod calling;
pub mod carrier;
pub mod child;
pub mod chromium;
pub mod clips;
pub mod cuts;
pub mod desktop;
pub mod devices;
mod dialogue;
pub mod dino;
pub mod doors;
pub mod dunst;
pub mod ejabberd;
pub mod federation;
pub mod filing;
pub mod headless;
pub mod http;
pub mod keyring;
pub mod kills;
pub mod logind;
pub mod lossy;
pub mod mounts;
pub mod names;
pub mod namespace;
pub mod nat;
pub mod notices;
pub mod paths;
pub mod picker;
pub mod pipewire;
pub mod portal;
pub mod ports;
pub mod prosody;
pub mod relay;
pub mod root;
pub mod sasl2;
pub mod scram;
pub mod scripted;
pub mod sealed;
pub mod seed;
pub mod slix;
pub mod socks;
pub mod sound;
pub mod stanzas;
mod stream;
pub mod telephone;
pub mod tls;
pub mod tray;
pub mod tray_menu;
pub mod turn;
pub mod wait;
pub mod window;
pub mod x11;
pub mod xembed;

pub use anyhow::{Context, Error, Result, anyhow, bail, ensure};

pub use accessibility::Accessibility;
pub use attended::Attended;
pub use browser::Browser;
pub use bus::Bus;
pub use carrier::Carrier;
pub use child::Child;
pub use chromium::Chromium;
pub use desktop::Desktop;
pub use devices::Bench;
pub use dino::Dino;
pub use doors::Door;
pub use dunst::Dunst;
pub use ejabberd::Ejabberd;
pub use federation::{FAR, Federation};
pub use headless::{At, Headless};
pub use http::HttpServer;
pub use keyring::Keyring;
pub use logind::Logind;
pub use names::Names;
pub use namespace::Namespace;
pub use notices::{Notice, Notices};
pub use picker::Picker;
pub use pipewire::PipeWire;
pub use portal::Portal;
pub use prosody::{Prosody, Version};
pub use relay::{Relay, Way};
pub use root::Root;
pub use scripted::{Scripted, scram_challenge};
pub use sealed::Sealed;
pub use slix::Slix;
pub use sound::Sound;
pub use tls::{Certificate, Leaf, Tls};
pub use tray::Tray;
pub use turn::Turn;
pub use wait::{patiently, until};
pub use window::Window;
pub use x11::{Place, Shown};
pub use xembed::OldTray;

/// The domain every server here serves.
pub const DOMAIN: &str = "example.test";
