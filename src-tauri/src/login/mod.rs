//! Starting at login: an autostart entry, a login item, or a registry value, by the system.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub use linux::{set, state};
#[cfg(not(target_os = "linux"))]
pub use other::{set, state};

/// The word that starts without a window.
const HIDDEN: &str = "--hidden";
