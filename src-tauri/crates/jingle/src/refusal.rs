//! Requests that are not followed (XEP-0166 §10).

use waxwing_xml::{El, el};

use crate::{Malformed, ns};

const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// Why; the session goes on as if it had not been asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not the time for it.
    OutOfOrder,
    /// We asked for the same first, or count as if we had (XEP-0166 §7.2.16).
    TieBreak,
    UnknownSession,
    /// Information that we do not know.
    UnsupportedInfo,
    /// No content of that name.
    UnknownContent,
    /// We never do it.
    NotImplemented,
    Malformed,
}

impl From<Malformed> for Refusal {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl Refusal {
    /// The stanza error's type and condition (RFC 6120 §8.3), and Jingle's own where there is one.
    pub fn conditions(self) -> (&'static str, &'static str, Option<&'static str>) {
        match self {
            Self::OutOfOrder => ("wait", "unexpected-request", Some("out-of-order")),
            Self::TieBreak => ("cancel", "conflict", Some("tie-break")),
            Self::UnknownSession => ("cancel", "item-not-found", Some("unknown-session")),
            Self::UnsupportedInfo => ("modify", "feature-not-implemented", Some("unsupported-info")),
            Self::UnknownContent => ("cancel", "item-not-found", None),
            Self::NotImplemented => ("cancel", "feature-not-implemented", None),
            Self::Malformed => ("modify", "bad-request", None),
        }
    }

    /// `<error/>` for the answer.
    pub fn write(self) -> El {
        let (kind, condition, jingle) = self.conditions();
        stanza_error(kind, condition).children(jingle.map(|condition| el(condition, ns::ERRORS)))
    }
}

pub(crate) fn stanza_error(kind: &str, condition: &str) -> El {
    el("error", "jabber:client").attr("type", kind).child(el(condition, STANZAS))
}
