//! What is fuzzed: each target takes any bytes at all, and panics where something holds that must not.

mod inbound;
mod jingle;
mod payloads;
mod signin;
mod stream;

use waxwing_session::jid::BareJid;
use waxwing_session::limits::Inbound;
use waxwing_session::xml::Element;

/// A name, which is also that of its folder below `tests/fixtures/fuzz`, and what takes the bytes.
pub type Target = (&'static str, fn(&[u8]));

pub const ALL: [Target; 5] = [
    ("stream", stream::run),
    ("inbound", inbound::run),
    ("payloads", payloads::run),
    ("signin", signin::run),
    ("jingle", jingle::run),
];

/// The element the bytes are, within the bounds of one that comes over a stream.
fn element(data: &[u8]) -> Option<Element> {
    match xso::from_bytes(data) {
        Ok(Inbound::Element(element)) => Some(element),
        _ => None,
    }
}

/// Whose client it is.
fn own() -> BareJid {
    BareJid::new("mira@example.test").expect("an address")
}
