//! What a file on the disk is.

use std::path::Path;

use base64::Engine as _;
use waxwing_contract as contract;
use waxwing_history::FileKind;
use waxwing_transfer::Error;
use waxwing_transfer::file::{kind, measure, thumbnail};

/// Points of the longer side of a thumbnail.
const THUMBNAIL: u32 = 128;

/// What was found.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub media_type: String,
    pub kind: FileKind,
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// JPEG or PNG.
    pub thumbnail: Option<Vec<u8>>,
}

/// Looks into a file with that name, which somebody says to be of that type. Blocks.
///
/// # Errors
/// As of the disk.
pub(crate) fn look(path: &Path, name: &str, claimed: Option<&str>) -> Result<Look, Error> {
    let found = kind(path, name, claimed)?;
    let media_type = match (found.media_type.as_str(), claimed) {
        // What nobody recognises may be what they say, unless that is something that is shown.
        ("application/octet-stream", Some(claimed)) if !found.contradicts && kind_of(claimed) == FileKind::Other => {
            claimed.to_owned()
        }
        (found, _) => found.to_owned(),
    };
    let kind = if found.contradicts { FileKind::Other } else { kind_of(&media_type) };
    let measured = (kind == FileKind::Image).then(|| measure(path));
    // Whoever draws it would need gigabytes: it is a file to be saved.
    let kind = if matches!(measured, Some(Err(Error::Giant { .. }))) { FileKind::Other } else { kind };
    let picture = measured.and_then(Result::ok);
    Ok(Look {
        width: picture.map(|picture| picture.width),
        height: picture.map(|picture| picture.height),
        thumbnail: picture.and_then(|_| thumbnail(path, THUMBNAIL).ok()).map(|small| small.bytes),
        media_type,
        kind,
    })
}

/// What a type is for a person.
pub(crate) fn kind_of(media_type: &str) -> FileKind {
    let (class, rest) = media_type.split_once('/').unwrap_or_default();
    match class {
        // Drawings can fetch and run: they are files like others.
        "image" if !rest.starts_with("svg") => FileKind::Image,
        "audio" => FileKind::Audio,
        "video" => FileKind::Video,
        "text" if rest != "html" => FileKind::Text,
        _ if ["zip", "x-tar", "gzip", "x-7z-compressed", "x-xz", "x-bzip2", "vnd.rar", "x-rar-compressed"]
            .contains(&rest) =>
        {
            FileKind::Archive
        }
        _ => FileKind::Other,
    }
}

/// The same for the interface.
pub(crate) fn shown_kind(kind: FileKind) -> contract::FileKind {
    match kind {
        FileKind::Image => contract::FileKind::Image,
        FileKind::Audio => contract::FileKind::Audio,
        FileKind::Video => contract::FileKind::Video,
        FileKind::Archive => contract::FileKind::Archive,
        FileKind::Text => contract::FileKind::Text,
        FileKind::Other => contract::FileKind::Other,
    }
}

/// A small picture as a `data:` URL; what is neither JPEG nor PNG is none.
pub(crate) fn data_url(bytes: &[u8]) -> Option<String> {
    let media_type = small_type(bytes)?;
    Some(format!("data:{media_type};base64,{}", base64::engine::general_purpose::STANDARD.encode(bytes)))
}

/// What a thumbnail is written in.
pub(crate) fn small_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let text = write("a.txt", b"words of somebody\n");
        assert_eq!(look(&text, "a.txt", None).unwrap().kind, FileKind::Text);
        let liar = look(&text, "a.png", Some("image/png")).unwrap();
        assert_eq!((liar.kind, liar.thumbnail), (FileKind::Other, None));
        assert_eq!(kind_of("image/svg+xml"), FileKind::Other);
        assert_eq!(kind_of("text/html"), FileKind::Other);
        assert_eq!(data_url(b"<svg/>"), None);
    }
}
