//! Small requests: XEP-0092 (version), XEP-0199 (ping), XEP-0352 (client state), XEP-0280 (enabling carbons).

use crate::ns;
use crate::xml::{El, Element, Reading as _, el};

/// Asks for the software's name and version.
pub fn get() -> El {
    el("query", ns::VERSION)
}

/// Tells ours. No operating system: nobody needs it (XEP-0092 §4).
pub fn ours(version: &str) -> El {
    el("query", ns::VERSION)
        .child(el("name", ns::VERSION).text("Waxwing"))
        .child(el("version", ns::VERSION).text(version))
}

/// Name and version of an answer, as one line.
pub fn read(iq: &Element) -> Option<String> {
    let query = iq.get_child("query", ns::VERSION)?;
    let name = query.child_text("name", ns::VERSION)?;
    Some(match query.child_text("version", ns::VERSION) {
        Some(version) => format!("{name} {version}"),
        None => name,
    })
}

/// The window has (or lost) the person's attention.
pub fn client_state(active: bool) -> El {
    el(if active { "active" } else { "inactive" }, ns::CSI)
}

/// Asks whether anyone is there (XEP-0199 §4.2).
pub fn ping() -> El {
    el("ping", ns::PING)
}

/// Asks for copies of what our other devices send and receive.
pub fn enable_carbons() -> El {
    el("enable", ns::CARBONS)
}
