//! The joint: the application, one task for each account, and the live views they feed.
//!
//! [`App`] answers the commands of the contract and serves its views; it knows no window. The shell puts one in front
//! of it, the tests drive it without.

mod account;
mod accounts;
mod app;
pub mod attention;
mod call;
mod caps;
mod clock;
mod colour;
mod commands;
mod demo;
mod desktop;
mod errands;
mod export;
mod failure;
mod file;
mod glance;
mod lock;
pub mod log;
mod people;
mod running;
pub mod secrets;
mod service;
mod settings;
mod storage;
mod uri;
mod vault;
mod view;

pub use app::{App, Options, SILENCE};
pub use call::gear::Equipment;
pub use call::pictures::{Looking, Pictures, Shown};
pub use commands::CRASH_REPORT;
pub use desktop::{Desktop, NoDesktop};
pub use file::FileHere;
pub use glance::Glance;
pub use lock::FolderLock;
pub use view::Subscription;
pub use waxwing_session::connect::Limits;

/// Milliseconds since 1970, UTC, by our clock.
pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Reads the certificates of a PEM file, as DER.
///
/// # Errors
/// The file cannot be read or holds no certificate.
pub fn read_certificates(path: &std::path::Path) -> std::io::Result<Vec<Vec<u8>>> {
    use waxwing_session::tls::pem_certificates;
    let certificates = pem_certificates(&std::fs::read(path)?);
    if certificates.is_empty() { Err(std::io::Error::other("no certificate in PEM")) } else { Ok(certificates) }
}
