//! Names from others, made safe for every system this runs on: a name is no path, hides nothing, and means no device.

use std::path::{Path, PathBuf};

/// Bytes of a name at most; ext4, APFS and NTFS take 255, and a number or `.part` may be added.
pub const MAX_NAME: usize = 200;
/// Bytes of what counts as an extension, the dot included.
const MAX_EXTENSION: usize = 20;
const NAMELESS: &str = "file";

/// Windows takes these for devices, whatever follows the first dot.
const DEVICES: [&str; 7] = ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];

/// A name for a file that somebody else named (XEP-0234 §5, CVE-2021-33896): the last part of a path; no control
/// characters, no bidirectional overrides or invisible characters, nothing that Windows refuses; no leading dots; no
/// dots or spaces at the end; no device; [`MAX_NAME`] bytes at most with the extension kept; never empty. Safe names
/// stay as they are.
pub fn safe(name: &str) -> String {
    // A name of megabytes is not looked at to its end.
    let name = tail(name, 16 * 1024);
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim_matches(['.', ' ']).is_empty()).unwrap_or_default();
    let clean: String = last.chars().filter(|c| !is_hidden(*c)).map(|c| if is_refused(c) { '_' } else { c }).collect();
    let clean = clean.trim_start_matches(|c: char| c == '.' || c.is_whitespace());
    let mut clean = trimmed(clean).to_owned();
    if is_device(&clean) {
        clean.insert(0, '_');
    }
    let clean = shortened(&clean, MAX_NAME);
    if clean.is_empty() { NAMELESS.to_owned() } else { clean }
}

/// The name with a number before its extension: `a (2).jpg`.
pub fn numbered(name: &str, number: u32) -> String {
    if number < 2 {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    let mark = format!(" ({number})");
    let stem = head(stem, MAX_NAME.saturating_sub(extension.len() + mark.len()));
    format!("{}{mark}{extension}", trimmed(stem))
}

/// Where a file of this (safe) name would go without replacing another.
pub(crate) fn choices<'a>(folder: &'a Path, name: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
    (1..10_000).map(move |number| folder.join(numbered(name, number)))
}

fn trimmed(name: &str) -> &str {
    name.trim_end_matches(|c: char| c == '.' || c.is_whitespace())
}

/// Not to be seen, or changing how the rest is seen.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// What Windows has no files with, and what looks like a separator.
fn is_refused(c: char) -> bool {
    matches!(
        c,
        '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{2044}' | '\u{2215}' | '\u{29f8}' | '\u{ff0f}' | '\u{ff3c}'
    )
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let port = |rest: &str| matches!(rest, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³");
    DEVICES.contains(&stem.as_str())
        || stem.strip_prefix("com").is_some_and(port)
        || stem.strip_prefix("lpt").is_some_and(port)
}

/// Stem and extension with its dot; both of `.tar.gz`.
fn split(name: &str) -> (&str, &str) {
    let fits = |at: &usize| *at > 0 && name.len() - at <= MAX_EXTENSION && !name[*at..].contains(' ');
    let Some(at) = name.rfind('.').filter(fits) else { return (name, "") };
    let at = name[..at].rfind('.').filter(|before| fits(before) && name[*before..at] == *".tar").unwrap_or(at);
    name.split_at(at)
}

fn shortened(name: &str, most: usize) -> String {
    if name.len() <= most {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    let stem = trimmed(head(stem, most - extension.len()));
    trimmed(&format!("{stem}{extension}")).to_owned()
}

fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

fn tail(text: &str, bytes: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(bytes))..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_others() {
        let corpus = [
            ("a.jpg", "a.jpg"),
            ("Größe mit Leerzeichen.PDF", "Größe mit Leerzeichen.PDF"),
            ("写真.png", "写真.png"),
            ("../../.ssh/authorized_keys", "authorized_keys"),
            ("/etc/passwd", "passwd"),
            ("C:\\Windows\\System32\\cmd.exe", "cmd.exe"),
            ("a/", "a"),
            ("a/..", "a"),
            ("..", "file"),
            ("", "file"),
            (" . . ", "file"),
            ("\u{202e}", "file"),
            (".bashrc", "bashrc"),
            ("...x", "x"),
            ("x. . .", "x"),
            ("x.txt ", "x.txt"),
            ("a\0b\nc\r\t\u{7f}.txt", "abc.txt"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a\u{2066}b\u{200f}c\u{feff}.txt", "abc.txt"),
            ("a:b*c?.txt", "a_b_c_.txt"),
            ("file.txt:stream", "file.txt_stream"),
            ("a\u{2215}b", "a_b"),
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("Com1.tar.gz", "_Com1.tar.gz"),
            ("LPT³", "_LPT³"),
            ("con .txt", "_con .txt"),
            ("COM10", "COM10"),
            ("console", "console"),
            ("👨\u{200d}👩\u{200d}👧.png", "👨\u{200d}👩\u{200d}👧.png"),
        ];
        for (given, wanted) in corpus {
            assert_eq!(safe(given), wanted, "{given:?}");
            assert_eq!(safe(wanted), wanted, "what is safe stays");
        }
    }

    #[test]
    fn long_names_keep_their_extension() {
        let long = safe(&format!("{}.tar.gz", "ä".repeat(5000)));
        assert!(long.ends_with("ä.tar.gz") && long.len() <= MAX_NAME && long.len() > MAX_NAME - 3);
        assert_eq!(safe(&format!("a.{}", "b".repeat(10_000))).len(), MAX_NAME);
        assert_eq!(safe(&".".repeat(100_000)), "file");
        assert!(safe(&"/".repeat(10_000_000)).len() < 10);
        let long = numbered(&long, 9999);
        assert!(long.ends_with(" (9999).tar.gz") && long.len() <= MAX_NAME);
    }

    #[test]
    fn numbers() {
        assert_eq!(numbered("a.jpg", 1), "a.jpg");
        assert_eq!(numbered("a.jpg", 2), "a (2).jpg");
        assert_eq!(numbered("a", 3), "a (3)");
        assert_eq!(numbered("a.tar.gz", 2), "a (2).tar.gz");
        assert_eq!(numbered("Mr. Smith", 2), "Mr. Smith (2)");
    }
}
