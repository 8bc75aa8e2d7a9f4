//! The desktop's own way: an entry in the person's autostart folder. (The auto-launch crate neither asks
//! `XDG_CONFIG_HOME` nor quotes a path with spaces.)

use std::path::PathBuf;

use waxwing_contract::{Code, Failure, StartAtLogin};

use super::HIDDEN;

fn entry() -> Option<PathBuf> {
    Some(dirs::config_dir()?.join("autostart/im.waxwing.Waxwing.desktop"))
}

/// What is arranged; `None` where nothing can be. The entry is the truth: a person may have edited it.
pub fn state() -> Option<StartAtLogin> {
    let text = std::fs::read_to_string(entry()?).unwrap_or_default();
    let has = |what: &str| text.lines().any(|line| line.trim().eq_ignore_ascii_case(what));
    let starts = text.lines().find_map(|line| line.strip_prefix("Exec="));
    Some(match starts {
        None => StartAtLogin::No,
        Some(_) if has("Hidden=true") || has("X-GNOME-Autostart-enabled=false") => StartAtLogin::No,
        Some(words) if words.split_whitespace().any(|word| word.trim_matches('"') == HIDDEN) => StartAtLogin::Hidden,
        Some(_) => StartAtLogin::Shown,
    })
}

/// Arranges it, with these words for the program beside `--hidden`.
///
/// # Errors
/// [`Code::NoDesktop`] where the entry cannot be written.
pub fn set(start: StartAtLogin, words: &[String]) -> Result<(), Failure> {
    let refused = |error: std::io::Error| Failure::new(Code::NoDesktop, format!("the autostart entry: {error}"));
    let entry = entry().ok_or_else(|| refused(std::io::Error::other("there is no folder for it")))?;
    if start == StartAtLogin::No {
        return match std::fs::remove_file(&entry) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(refused(error)),
            _ => Ok(()),
        };
    }
    let program = program().map_err(refused)?;
    let hidden = (start == StartAtLogin::Hidden).then_some(HIDDEN);
    let words = words.iter().map(String::as_str).chain(hidden);
    let exec: Vec<String> = std::iter::once(program.as_str()).chain(words).map(quoted).collect();
    let text = format!(
        "[Desktop Entry]\nType=Application\nName=Waxwing\nIcon=im.waxwing.Waxwing\nExec={}\nTerminal=false\n",
        exec.join(" ")
    );
    if let Some(folder) = entry.parent() {
        std::fs::create_dir_all(folder).map_err(refused)?;
    }
    std::fs::write(&entry, text).map_err(refused)
}

/// An AppImage is mounted somewhere else at each start: its own path is what lasts.
fn program() -> std::io::Result<String> {
    let path = match std::env::var_os("APPIMAGE") {
        Some(image) => PathBuf::from(image),
        None => std::env::current_exe()?,
    };
    path.into_os_string().into_string().map_err(|_| std::io::Error::other("the program's path is not text"))
}

/// An argument of `Exec` (Desktop Entry Specification, “The Exec key”), and then a string of the entry itself, which
/// has backslashes of its own.
fn quoted(program: &str) -> String {
    let mut argument = String::from("\"");
    for c in program.chars() {
        match c {
            '"' | '`' | '$' | '\\' => argument.extend(['\\', c]),
            '%' => argument.push_str("%%"),
            c => argument.push(c),
        }
    }
    argument.push('"');
    argument.replace('\\', "\\\\")
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_are_quoted() {
        assert_eq!(super::quoted("/opt/my programs/waxwing"), "\"/opt/my programs/waxwing\"");
        assert_eq!(super::quoted("/a\"b$c%d"), "\"/a\\\\\"b\\\\$c%%d\"");
    }
}
