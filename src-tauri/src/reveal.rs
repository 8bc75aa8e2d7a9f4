//! Showing a file among the others of its folder.

use std::path::Path;

/// Shows it; where no file manager knows how, its folder. Blocks.
///
/// # Errors
/// Nothing here shows folders.
pub fn reveal(path: &Path) -> std::io::Result<()> {
    if shown(path) {
        return Ok(());
    }
    open::that_detached(path.parent().unwrap_or(path))
}

/// By the interface that file managers share (freedesktop.org FileManager1).
#[cfg(target_os = "linux")]
fn shown(path: &Path) -> bool {
    let Ok(uri) = tauri::Url::from_file_path(path) else { return false };
    let asked = async {
        let bus = zbus::Connection::session().await?;
        let (name, place) = ("org.freedesktop.FileManager1", "/org/freedesktop/FileManager1");
        bus.call_method(Some(name), place, Some(name), "ShowItems", &(vec![uri.as_str()], "")).await
    };
    let asked =
        tauri::async_runtime::block_on(async { tokio::time::timeout(std::time::Duration::from_secs(5), asked).await });
    matches!(asked, Ok(Ok(_)))
}

#[cfg(target_os = "macos")]
fn shown(path: &Path) -> bool {
    std::process::Command::new("open").arg("-R").arg(path).status().is_ok_and(|status| status.success())
}

#[cfg(windows)]
fn shown(path: &Path) -> bool {
    // It says that it failed even where it did not.
    let mut select = std::ffi::OsString::from("/select,");
    select.push(path);
    std::process::Command::new("explorer").arg(select).spawn().is_ok()
}
