//! The mark that tells the system a file came from elsewhere, so that it asks before it runs it. Where it came from is
//! not written: links can be secrets.

use std::path::Path;

/// Marks a file, where the system knows such a mark (macOS: quarantine, Windows: mark of the web); whether it does.
/// That it could not be done on some file system keeps nobody from having the file.
pub fn mark(path: &Path) -> bool {
    let marked = set(path);
    if let Err(error) = &marked
        && error.kind() != std::io::ErrorKind::Unsupported
    {
        tracing::debug!(%error, "a file could not be marked as coming from elsewhere");
    }
    marked.is_ok()
}

/// An alternate data stream; zone 3 is the internet.
#[cfg(windows)]
fn set(path: &Path) -> std::io::Result<()> {
    let mut stream = path.as_os_str().to_owned();
    stream.push(":Zone.Identifier");
    std::fs::write(stream, "[ZoneTransfer]\r\nZoneId=3\r\n")
}

/// Flags, time in hexadecimal seconds since 1970, who did it, and no identifier.
#[cfg(target_os = "macos")]
fn set(path: &Path) -> std::io::Result<()> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let value = format!("0083;{now:08x};Waxwing;");
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(path, "com.apple.quarantine", value.as_bytes(), flags).map_err(Into::into)
}

/// Linux desktops have no such mark; files get no right to be run (mode 0600) instead.
#[cfg(not(any(windows, target_os = "macos")))]
fn set(_: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
