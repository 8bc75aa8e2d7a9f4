//! The border between the interface and the client.
//!
//! Every command is declared once, in [`command`]'s table; every live view in [`view`]. The shell, the headless
//! host of the tests and the in-memory fake of the browser tests are all driven by these declarations, and
//! `ui/src/ipc/contract.ts` is written from them (see [`typescript`]).

#[macro_use]
mod macros;
pub mod account;
pub mod call;
pub mod command;
pub mod console;
pub mod conversation;
pub mod data;
pub mod desktop;
pub mod devices;
pub mod failure;
pub mod file;
pub mod form;
pub mod people;
pub mod selftest;
pub mod service;
pub mod settings;
pub mod typescript;
pub mod view;

pub use account::*;
pub use call::*;
pub use command::*;
pub use console::*;
pub use conversation::*;
pub use data::*;
pub use desktop::*;
pub use devices::*;
pub use failure::*;
pub use file::*;
pub use form::*;
pub use people::*;
pub use selftest::*;
pub use service::*;
pub use settings::*;
pub use view::*;
