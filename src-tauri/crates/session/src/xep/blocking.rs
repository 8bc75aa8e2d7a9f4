//! Blocking: XEP-0191.

use crate::ns;
use crate::xml::{El, Element, Reading as _, el};

/// Asks for the list.
pub fn get() -> El {
    el("blocklist", ns::BLOCKING)
}

/// Blocks or unblocks one address.
pub fn set(jid: &str, blocked: bool) -> El {
    el(if blocked { "block" } else { "unblock" }, ns::BLOCKING).child(el("item", ns::BLOCKING).attr("jid", jid))
}

/// The addresses of a list or a push; an `<unblock/>` without any means all (§3.5).
pub fn jids(payload: &Element) -> Vec<String> {
    payload.children().filter(|c| c.is("item", ns::BLOCKING)).filter_map(|c| c.get("jid")).map(str::to_owned).collect()
}
