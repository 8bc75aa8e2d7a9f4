//! What a file is by its first bytes, whatever its name and its sender say.

use std::path::Path;

use crate::error::Error;

/// Bytes that are looked at.
const LOOK: u64 = 8 * 1024;
const UNKNOWN: &str = "application/octet-stream";

/// What is inside, against what was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// As found; `application/octet-stream` where nothing is recognised.
    pub media_type: String,
    /// Something else than the claim would have it. Formats in a container of the same kind are no contradiction.
    pub contradicts: bool,
    /// May be shown where messages are: pictures, sound and video of kinds that carry no programs.
    pub inline: bool,
    /// Would do something when opened: programs, scripts, installers, shortcuts.
    pub executable: bool,
}

/// Kinds that are decoded here or by the webview and can neither run nor fetch anything. SVG and HTML are not among
/// them.
const INLINE: [&str; 25] = [
    "image/jpeg",
    "image/png",
    "image/apng",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/bmp",
    "audio/mpeg",
    "audio/mp4",
    "audio/m4a",
    "audio/x-m4a",
    "audio/aac",
    "audio/ogg",
    "audio/opus",
    "audio/flac",
    "audio/x-flac",
    "audio/wav",
    "audio/x-wav",
    "audio/webm",
    "video/mp4",
    "video/x-m4v",
    "video/webm",
    "video/ogg",
    "video/quicktime",
    "video/x-matroska",
];

/// Endings that systems run, hand to an interpreter, mount or install from.
const RUNS: [&str; 97] = [
    "apk", "app", "appimage", "appx", "bash", "bat", "chm", "cmd", "com", "command", "cpl", "csh", "deb", "desktop",
    "diagcab", "dll", "dmg", "elf", "exe", "fileloc", "fish", "flatpak", "gadget", "hlp", "hta", "htm", "html", "img",
    "inetloc", "inf", "iso", "jar", "jnlp", "job", "js", "jse", "ksh", "lnk", "mht", "mhtml", "mpkg", "msc", "msi",
    "msix", "msp", "mst", "msu", "out", "pif", "pkg", "pl", "prefpane", "ps1", "ps1xml", "psc1", "psd1", "psm1", "py",
    "pyc", "pyw", "pyz", "pyzw", "rb", "rdp", "reg", "rpm", "run", "scf", "scpt", "scr", "sct", "sh", "shb", "shs",
    "snap", "svg", "svgz", "terminal", "tool", "url", "vb", "vbe", "vbs", "vhd", "vhdx", "webloc", "website",
    "workflow", "ws", "wsc", "wsf", "wsh", "xbap", "xht", "xhtml", "xll", "zsh",
];
/// Longer ones.
const RUNS_TOO: [&str; 13] = [
    "appinstaller",
    "applescript",
    "application",
    "appref-ms",
    "appxbundle",
    "flatpakref",
    "flatpakrepo",
    "library-ms",
    "mobileconfig",
    "msixbundle",
    "search-ms",
    "searchconnector-ms",
    "settingcontent-ms",
];

/// Looks into a file. `name` and `claimed` are what the sender says. Blocks for a moment.
///
/// # Errors
/// As of the disk.
pub fn kind(path: &Path, name: &str, claimed: Option<&str>) -> Result<Kind, Error> {
    let mut start = Vec::new();
    let file = super::open(path)?;
    crate::disk::feed(&file, LOOK, &mut |bytes| start.extend_from_slice(bytes))?;
    // The desktop goes by the name on the disk, which may be another one.
    let lies = path.file_name().unwrap_or_default().to_string_lossy();
    let mut kind = judged(&start, name, claimed);
    kind.executable |= ends_as_program(&lies);
    Ok(kind)
}

fn ends_as_program(name: &str) -> bool {
    // Windows drops dots and spaces at the end.
    let name = name.trim_end_matches(['.', ' ']);
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    RUNS.contains(&ending.as_str()) || RUNS_TOO.contains(&ending.as_str())
}

fn judged(start: &[u8], name: &str, claimed: Option<&str>) -> Kind {
    let found = media_type(start);
    let claimed = claimed.map(essence).filter(|claimed| !claimed.is_empty() && claimed != UNKNOWN);
    let contradicts = claimed.as_ref().is_some_and(|claimed| !agree(found, claimed));
    Kind {
        media_type: found.to_owned(),
        contradicts,
        // A file that lies about what it is, is a file to be saved and not one to be shown.
        inline: INLINE.contains(&found) && !contradicts,
        executable: ends_as_program(name) || runs(start, found),
    }
}

/// The type of a file by its first bytes (some kilobytes are best).
pub fn media_type(start: &[u8]) -> &'static str {
    if let Some(kind) = infer::get(start) {
        return match kind.mime_type() {
            "audio/x-wav" | "audio/vnd.wave" => "audio/wav",
            "audio/x-flac" => "audio/flac",
            "audio/m4a" | "audio/x-m4a" => "audio/mp4",
            "text/xml" | "application/xml" if markup(start).is_some() => markup(start).unwrap_or(UNKNOWN),
            other => other,
        };
    }
    if let Some(found) = markup(start).or_else(|| matroska(start)) {
        return found;
    }
    match std::str::from_utf8(start).map_err(|error| error.valid_up_to()) {
        Ok(text) if !text.is_empty() && is_text(text) => "text/plain",
        // Cut in the middle of a character.
        Err(valid)
            if start.len() - valid < 4 && valid > 0 && std::str::from_utf8(&start[..valid]).is_ok_and(is_text) =>
        {
            "text/plain"
        }
        _ => UNKNOWN,
    }
}

/// Matroska and WebM, however long their writer makes the lengths before the name of the type (RFC 8794 §11.2.6).
fn matroska(start: &[u8]) -> Option<&'static str> {
    let head = start.strip_prefix(b"\x1a\x45\xdf\xa3")?;
    let head = &head[..head.len().min(64)];
    let at = head.windows(2).position(|id| id == b"\x42\x82")?;
    let name = head.get(at + 2..)?;
    let says = |wanted: &[u8]| name.windows(wanted.len()).take(8).any(|found| found == wanted);
    match (says(b"webm"), says(b"matroska")) {
        (true, _) => Some("video/webm"),
        (_, true) => Some("video/x-matroska"),
        _ => None,
    }
}

fn is_text(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}'))
}

/// SVG and HTML, also behind comments, declarations and byte order marks.
fn markup(start: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase().replace('\0', "");
    if !text.starts_with('<') {
        return None;
    }
    if ["<svg", ":svg"].iter().any(|tag| text.contains(tag)) {
        return Some("image/svg+xml");
    }
    let html =
        ["<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<img", "<a ", "<div", "<style", "<meta"];
    html.iter().any(|tag| text.contains(tag)).then_some("text/html")
}

fn runs(start: &[u8], found: &str) -> bool {
    // By less of the head than the crate wants to see of it.
    start.starts_with(b"#!")
        || start.starts_with(b"MZ")
        || start.starts_with(b"\x7fELF")
        || start.starts_with(b"[Desktop Entry]")
        || start.starts_with(b"L\0\0\0\x01\x14\x02\0")
        || matches!(
            found,
            "text/html" | "image/svg+xml" | "application/x-executable" | "application/vnd.android.package-archive"
        )
        || infer::app::is_mach(start)
        || infer::app::is_java(start)
        || infer::app::is_wasm(start)
}

fn essence(claimed: &str) -> String {
    claimed.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn agree(found: &str, claimed: &str) -> bool {
    if found == claimed || found == UNKNOWN && !is_known(claimed) {
        return true;
    }
    let family = |kind: &str| kind.split('/').next().unwrap_or_default().to_owned();
    let (ours, theirs) = (family(found), family(claimed));
    match (ours.as_str(), theirs.as_str()) {
        // Containers that hold either; audio and video of one family go by many names.
        ("audio" | "video", "audio" | "video") | ("text", "text") => found != "text/html",
        // Text is the form of most other things that have no magic number.
        ("text", "application") => found == "text/plain",
        // Office files and many others are archives.
        ("application", "application") => true,
        _ => false,
    }
}

/// A type that would have been recognised.
fn is_known(claimed: &str) -> bool {
    INLINE.contains(&claimed)
        || matches!(claimed, "image/svg+xml" | "text/html" | "application/pdf" | "application/zip")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0";

    #[test]
    fn what_it_is() {
        assert_eq!(media_type(PNG), "image/png");
        assert_eq!(media_type(JPEG), "image/jpeg");
        assert_eq!(media_type(b"%PDF-1.7"), "application/pdf");
        assert_eq!(media_type(b"OggS\0\x02aaaaaaaaaaaaaaaaaaaaaaOpusHead"), "audio/opus");
        let ebml = |name: &[u8]| [b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x14\x42\x82\x88", name].concat();
        assert_eq!(media_type(&ebml(b"webm\0\0\0\0\x42\x87\x81\x02")), "video/webm");
        assert_eq!(media_type(&ebml(b"matroska\x42\x87\x81\x02")), "video/x-matroska");
        assert_eq!(media_type(&ebml(b"whatever")), UNKNOWN);
        assert_eq!(media_type("Grüße".as_bytes()), "text/plain");
        assert_eq!(media_type(&"Grüße ü".as_bytes()[..9]), "text/plain");
        assert_eq!(media_type(b"\0\x01\x02"), UNKNOWN);
        assert_eq!(media_type(b""), UNKNOWN);
        for svg in ["<svg xmlns='x'>", "<?xml version='1.0'?><!-- x --><svg>", "\u{feff} \n<!DOCTYPE svg><x:svg>"] {
            assert_eq!(media_type(svg.as_bytes()), "image/svg+xml", "{svg}");
        }
        for html in ["<!DOCTYPE html>", "  <script>alert(1)</script>", "<!-- --><body>", "<?xml version='1.0'?><html>"]
        {
            assert_eq!(media_type(html.as_bytes()), "text/html", "{html}");
        }
    }

    #[test]
    fn what_may_be_shown() {
        let inline = |start: &[u8], claimed| judged(start, "x", claimed).inline;
        assert!(inline(PNG, Some("image/png; x=y")) && inline(JPEG, None));
        assert!(inline(PNG, Some("application/octet-stream")));
        assert!(!inline(PNG, Some("image/jpeg")), "it lies");
        assert!(!inline(b"<svg/>", Some("image/png")) && !inline(b"<svg/>", Some("image/svg+xml")));
        assert!(!inline(b"<html>", Some("text/html")) && !inline(b"%PDF-1.7", Some("application/pdf")));
        assert!(!inline(b"words", Some("text/plain")));
    }

    #[test]
    fn claims() {
        let contradicts = |start: &[u8], claimed| judged(start, "x", Some(claimed)).contradicts;
        assert!(contradicts(b"MZ\x90\0", "image/png"));
        assert!(contradicts(b"words", "image/png"));
        assert!(contradicts(b"\0\x01\x02", "video/mp4"));
        assert!(!contradicts(b"\0\x01\x02", "application/x-whatever"));
        assert!(!contradicts(b"{}", "application/json"));
        assert!(!contradicts(b"PK\x03\x04", "application/vnd.oasis.opendocument.text"));
        assert!(contradicts(b"<html>", "text/plain"));
    }

    #[test]
    fn what_would_run() {
        let runs = |start: &[u8], name: &str| judged(start, name, None).executable;
        assert!(runs(b"MZ\x90\0", "photo.jpg") && runs(b"\x7fELF\x02\x01\x01", "a") && runs(b"#!/bin/sh\n", "a"));
        assert!(runs(b"", "a.EXE") && runs(b"x", "a.txt.lnk") && runs(b"<svg/>", "a.png"));
        assert!(
            runs(b"x", "console.msc") && runs(b"x", "disk.ISO") && runs(b"x", "a.appref-ms") && runs(b"x", "a.jnlp. ")
        );
        assert!(!runs(JPEG, "a.jpg") && !runs(b"words", "notes.txt"));
    }

    #[test]
    fn what_would_run_by_its_name_on_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.bat");
        std::fs::write(&path, b"echo").unwrap();
        assert!(kind(&path, "holiday.txt", None).unwrap().executable);
        let path = folder.path().join("x.txt");
        std::fs::write(&path, b"echo").unwrap();
        assert!(kind(&path, "holiday.bat", None).unwrap().executable);
        assert!(!kind(&path, "holiday.txt", None).unwrap().executable);
    }
}
