//! Pictures: XEP-0084 (PEP) and XEP-0153 (vCard), read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha1::{Digest as _, Sha1};

use crate::ns;
use crate::xml::{El, Element, Reading as _, el};

/// Largest picture that is taken, in bytes.
pub const MAX_BYTES: usize = 512 * 1024;

/// A published picture: its SHA-1 and media type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Metadata {
    /// XEP-0084 §4.3: there is none any more.
    Disabled,
    /// The `<info/>` without a URL.
    Picture { id: String },
}

/// Reads a metadata event; `None` where it is no such event or says nothing usable.
pub fn metadata_event(event: &Element) -> Option<Metadata> {
    let items = event.get_child("items", ns::PUBSUB_EVENT)?;
    if items.get("node") != Some(ns::AVATAR_METADATA) {
        return None;
    }
    metadata(items.get_child("item", ns::PUBSUB_EVENT)?)
}

fn metadata(item: &Element) -> Option<Metadata> {
    let metadata = item.get_child("metadata", ns::AVATAR_METADATA)?;
    let mut infos = metadata.children().filter(|c| c.is("info", ns::AVATAR_METADATA)).peekable();
    if infos.peek().is_none() {
        return Some(Metadata::Disabled);
    }
    let inline = infos.find(|info| info.get("url").is_none())?;
    let id = inline.get("id").filter(|id| id.len() == 40 && id.bytes().all(|b| b.is_ascii_hexdigit()))?;
    Some(Metadata::Picture { id: id.to_ascii_lowercase() })
}

/// Asks a person's PEP service for a picture.
pub fn get(id: &str) -> El {
    let item = el("item", ns::PUBSUB).attr("id", id);
    el("pubsub", ns::PUBSUB).child(el("items", ns::PUBSUB).attr("node", ns::AVATAR_DATA).child(item))
}

/// The bytes of an answer to [`get`].
pub fn data(iq: &Element) -> Option<Vec<u8>> {
    let items = iq.get_child("pubsub", ns::PUBSUB)?.get_child("items", ns::PUBSUB)?;
    let data = items.get_child("item", ns::PUBSUB)?.child_text("data", ns::AVATAR_DATA)?;
    decode(&data)
}

/// Decodes a picture, within bounds.
pub fn decode(base64: &str) -> Option<Vec<u8>> {
    if base64.len() > MAX_BYTES * 2 {
        return None;
    }
    let compact: String = base64.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    BASE64.decode(compact).ok().filter(|bytes| bytes.len() <= MAX_BYTES)
}

/// SHA-1 as lower-case hex: how both specifications name a picture.
pub fn id_of(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
