//! Files: those that are chosen to be sent, the tasks that move them, and what is done with those that are here.

pub(crate) mod canal;
pub(crate) mod carry;
pub(crate) mod courier;
mod gallery;
mod here;
pub(crate) mod inband;
pub(crate) mod look;
mod staging;
mod trouble;
pub(crate) mod twin;
mod voice;

pub use here::FileHere;
pub(crate) use staging::{Held, Staging};
pub(crate) use trouble::of_transfer;
pub(crate) use voice::Voice;
