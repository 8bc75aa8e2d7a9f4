//! The archive: XEP-0313 (MAM) with XEP-0059 (paging).

use crate::ns;
use crate::xep::time::format_stamp;
use crate::xml::{El, Element, Reading as _, el};

/// Which page of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// What follows this id.
    After(String),
    /// What precedes this id.
    Before(String),
    /// The newest.
    Newest,
    /// The newest up to this time, in milliseconds since 1970; where going back meets an id the archive forgot.
    Until(i64),
    /// From this time on, in milliseconds since 1970; for an archive that forgot the id we held.
    Since(i64),
}

/// Asks for a page of `max` messages, with a peer (bare JID) only theirs. `query` must be a fresh random id.
pub fn query(query: &str, page: &Page, with: Option<&str>, max: u32) -> El {
    let field = |var: &str, value: &str| {
        el("field", ns::DATA_FORMS).attr("var", var).child(el("value", ns::DATA_FORMS).text(value))
    };
    let mut form =
        el("x", ns::DATA_FORMS).attr("type", "submit").child(field("FORM_TYPE", ns::MAM).attr("type", "hidden"));
    if let Some(with) = with {
        form = form.child(field("with", with));
    }
    match page {
        Page::Since(stamp) => form = form.child(field("start", &format_stamp(*stamp))),
        Page::Until(stamp) => form = form.child(field("end", &format_stamp(*stamp))),
        _ => {}
    }
    let set = el("set", ns::RSM).child(el("max", ns::RSM).text(max.to_string())).children(match page {
        Page::After(id) => Some(el("after", ns::RSM).text(id)),
        Page::Before(id) => Some(el("before", ns::RSM).text(id)),
        Page::Newest | Page::Until(_) => Some(el("before", ns::RSM)),
        Page::Since(_) => None,
    });
    el("query", ns::MAM).attr("queryid", query).child(form).child(set)
}

/// The end of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fin {
    /// Nothing lies beyond this page in the direction it was asked.
    pub complete: bool,
    pub first: Option<String>,
    pub last: Option<String>,
}

impl Fin {
    /// Reads the answer of a query, with or without its `<set/>`.
    pub fn read(iq: &Element) -> Option<Self> {
        let fin = iq.get_child("fin", ns::MAM)?;
        let set = fin.get_child("set", ns::RSM);
        let text = |name| set.and_then(|set| set.child_text(name, ns::RSM));
        Some(Self {
            complete: matches!(fin.get("complete"), Some("true" | "1")),
            first: text("first"),
            last: text("last"),
        })
    }
}
