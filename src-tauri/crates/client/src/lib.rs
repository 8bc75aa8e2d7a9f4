//! The joint: the application, one task for each account, and the live views they feed.
//!
//! [`App`] answers the commands of the contract and serves its views; it knows no window. The shell puts one in front
//! of it, the tests drive it without.

mod account;
mod app;
mod colour;
mod commands;
mod failure;
pub mod log;
mod people;
pub mod secrets;
mod view;

pub use app::{App, Options};
pub use view::Subscription;

/// Milliseconds since 1970, UTC, by our clock.
pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
