//! What a file is (XEP-0446), as far as the sender says.

use crate::ns;
use crate::xml::{El, Element, Reading as _, el};

/// Bytes of a name that are kept: longer ones no system can store.
const LONGEST_NAME: usize = 255;
/// Characters of a description that are kept.
const LONGEST_DESC: usize = 1000;
/// Hashes of one file.
const MOST: usize = 8;
/// No file is larger: what is counted with a sign elsewhere still holds it.
const LARGEST: u64 = u64::MAX >> 1;

/// A hash (XEP-0300), as it is written: which of them can be checked, others know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hash {
    pub algo: String,
    /// In base64.
    pub value: String,
}

/// A small picture of it (XEP-0264).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// `cid:` of XEP-0231, `data:` or `https:`.
    pub uri: String,
    pub media_type: Option<String>,
    pub width: Option<u32>,
    pub height: Option<u32>,
}

/// `<file/>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// At most 255 bytes, and not to be used on a disk as it is.
    pub name: Option<String>,
    pub media_type: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// Pixels.
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Milliseconds of sound or video.
    pub length: Option<u64>,
    pub desc: Option<String>,
    pub hashes: Vec<Hash>,
    pub thumbnail: Option<Thumbnail>,
}

impl Metadata {
    /// Reads it leniently, of whichever namespace it is: what cannot be is left out.
    pub(super) fn read(file: &Element) -> Self {
        let own = file.ns();
        let text = |name: &str| file.child_text(name, &own);
        let number = |name: &str| text(name).and_then(|text| digits(&text));
        let pixels = |name: &str| number(name).and_then(|number| u32::try_from(number).ok());
        // Older drafts had both in one.
        let dimensions = text("dimensions").or_else(|| text("dimension"));
        let (width, height) = dimensions.as_deref().and_then(|text| text.split_once('x')).unwrap_or_default();
        let side = |text: &str| digits(text).and_then(|number| u32::try_from(number).ok());
        Self {
            name: text("name").map(|name| cut(&name)),
            media_type: text("media-type").filter(|text| text.len() <= 127 && text.contains('/')),
            size: number("size"),
            width: pixels("width").or_else(|| side(width)),
            height: pixels("height").or_else(|| side(height)),
            length: number("length"),
            desc: text("desc").map(|text| text.chars().take(LONGEST_DESC).collect()),
            hashes: file.children().filter_map(Hash::read).take(MOST).collect(),
            thumbnail: file.children().find_map(Thumbnail::read),
        }
    }

    pub(super) fn write(&self) -> El {
        let text = |name: &str, text: Option<String>| text.map(|text| el(name, ns::FILE_METADATA).text(text));
        let number = |name: &str, number: Option<u64>| text(name, number.map(|number| number.to_string()));
        el("file", ns::FILE_METADATA)
            .children(text("media-type", self.media_type.clone()))
            .children(text("name", self.name.clone()))
            .children(number("size", self.size))
            .children(number("width", self.width.map(u64::from)))
            .children(number("height", self.height.map(u64::from)))
            .children(number("length", self.length))
            .children(text("desc", self.desc.clone()))
            .children(self.hashes.iter().map(Hash::write))
            .children(self.thumbnail.iter().map(Thumbnail::write))
    }
}

impl Hash {
    fn read(element: &Element) -> Option<Self> {
        let value: String = element.text().chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let algo = element.get("algo").filter(|algo| algo.len() <= 32)?;
        let is_one = element.is("hash", ns::HASHES) && !value.is_empty() && value.len() <= 128;
        is_one.then(|| Self { algo: algo.to_owned(), value })
    }

    fn write(&self) -> El {
        el("hash", ns::HASHES).attr("algo", &self.algo).text(&self.value)
    }
}

impl Thumbnail {
    fn read(element: &Element) -> Option<Self> {
        let uri = element.get("uri").filter(|uri| uri.len() <= 16 * 1024)?;
        let known = ["cid:", "data:image/", "https://"].iter().any(|scheme| uri.starts_with(scheme));
        let side = |name: &str| element.get(name).and_then(|text| text.parse().ok());
        (element.is("thumbnail", ns::THUMBNAILS) && known).then(|| Self {
            uri: uri.to_owned(),
            media_type: element.get("media-type").map(str::to_owned),
            width: side("width"),
            height: side("height"),
        })
    }

    fn write(&self) -> El {
        el("thumbnail", ns::THUMBNAILS)
            .attr("uri", &self.uri)
            .attr_opt("media-type", self.media_type.as_ref())
            .attr_opt("width", self.width.map(|side| side.to_string()))
            .attr_opt("height", self.height.map(|side| side.to_string()))
    }
}

/// Digits alone, without a sign.
fn digits(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|number| *number <= LARGEST)
}

/// Keeps the extension: by it, clients tell what a file is.
fn cut(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let extension = name.rfind('.').map(|at| &name[at..]).filter(|extension| extension.len() <= 16).unwrap_or_default();
    let stem = name.floor_char_boundary(LONGEST_NAME - extension.len());
    format!("{}{extension}", &name[..stem])
}
