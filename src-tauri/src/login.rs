//! Starting at login: an autostart entry, a login item, or a registry value, by the system.

use auto_launch::{AutoLaunch, AutoLaunchBuilder};
use waxwing_contract::{Code, Failure, StartAtLogin};

/// The word that starts without a window.
const HIDDEN: &str = "--hidden";

fn entry(hidden: bool) -> Option<AutoLaunch> {
    // An AppImage is mounted somewhere else at each start: its own path is what lasts.
    let path = match std::env::var_os("APPIMAGE") {
        Some(image) => image.into(),
        None => std::env::current_exe().ok()?,
    };
    let mut builder = AutoLaunchBuilder::new();
    builder.set_app_name("im.waxwing.Waxwing").set_app_path(path.to_str()?);
    if hidden {
        builder.set_args(&[HIDDEN]);
    }
    builder.build().ok()
}

/// What is arranged; `None` where nothing can be.
pub fn state() -> Option<StartAtLogin> {
    if !entry(false)?.is_enabled().ok()? {
        return Some(StartAtLogin::No);
    }
    Some(if starts_hidden() { StartAtLogin::Hidden } else { StartAtLogin::Shown })
}

/// The entry is the truth: a person may have edited it.
#[cfg(target_os = "linux")]
fn starts_hidden() -> bool {
    let entry = dirs::config_dir().map(|folder| folder.join("autostart/im.waxwing.Waxwing.desktop"));
    let text = entry.and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    text.lines().any(|line| line.starts_with("Exec=") && line.contains(HIDDEN))
}

/// Elsewhere the entry cannot be read back; one of ours is made hidden unless asked otherwise.
#[cfg(not(target_os = "linux"))]
fn starts_hidden() -> bool {
    true
}

/// Arranges it.
///
/// # Errors
/// [`Code::NoDesktop`] where the system refuses.
pub fn set(start: StartAtLogin) -> Result<(), Failure> {
    let refused = |why: String| Failure::new(Code::NoDesktop, why);
    let entry = entry(start == StartAtLogin::Hidden).ok_or_else(|| refused("no way to start at login".into()))?;
    let done = match start {
        StartAtLogin::No if !entry.is_enabled().unwrap_or(false) => Ok(()),
        StartAtLogin::No => entry.disable(),
        StartAtLogin::Shown | StartAtLogin::Hidden => entry.enable(),
    };
    done.map_err(|error| refused(error.to_string()))
}
