//! A login item (macOS) or a registry value (Windows), over auto-launch. Never compiled there yet.

use auto_launch::{AutoLaunch, AutoLaunchBuilder};
use waxwing_contract::{Code, Failure, StartAtLogin};

use super::HIDDEN;

fn entry(hidden: bool, words: &[String]) -> Option<AutoLaunch> {
    let path = std::env::current_exe().ok()?;
    let mut builder = AutoLaunchBuilder::new();
    builder.set_app_name("Waxwing").set_app_path(path.to_str()?);
    let hidden = hidden.then(|| HIDDEN.to_owned());
    builder.set_args(&words.iter().cloned().chain(hidden).collect::<Vec<_>>());
    builder.build().ok()
}

/// What is arranged; `None` where nothing can be. Whether one of ours is hidden cannot be read back: it usually is.
pub fn state() -> Option<StartAtLogin> {
    let enabled = entry(true, &[])?.is_enabled().ok()?;
    Some(if enabled { StartAtLogin::Hidden } else { StartAtLogin::No })
}

/// Arranges it, with these words for the program beside `--hidden`.
///
/// # Errors
/// [`Code::NoDesktop`] where the system refuses.
pub fn set(start: StartAtLogin, words: &[String]) -> Result<(), Failure> {
    let refused = |why: String| Failure::new(Code::NoDesktop, why);
    let entry =
        entry(start == StartAtLogin::Hidden, words).ok_or_else(|| refused("no way to start at login".into()))?;
    let done = match start {
        StartAtLogin::No if !entry.is_enabled().unwrap_or(false) => Ok(()),
        StartAtLogin::No => entry.disable(),
        StartAtLogin::Shown | StartAtLogin::Hidden => entry.enable(),
    };
    done.map_err(|error| refused(error.to_string()))
}
