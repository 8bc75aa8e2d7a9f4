//! Requests of a stream that are not followed (XEP-0047 §2).

use waxwing_xml::El;

use crate::refusal::stanza_error;

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// There is no such stream, or not any more.
    UnknownStream,
    /// A block is missing, or came twice; or it is not the time for it.
    Unexpected,
    /// No block: not in the alphabet, without a number, or larger than agreed.
    Malformed,
    /// Smaller blocks are wanted; it can be opened anew with them.
    TooLarge,
    /// More than was promised.
    TooMuch,
}

impl Fault {
    /// The stanza error's type and condition (RFC 6120 §8.3).
    pub fn conditions(self) -> (&'static str, &'static str) {
        match self {
            Self::UnknownStream => ("cancel", "item-not-found"),
            Self::Unexpected => ("cancel", "unexpected-request"),
            Self::Malformed => ("cancel", "bad-request"),
            Self::TooLarge => ("modify", "resource-constraint"),
            Self::TooMuch => ("cancel", "not-acceptable"),
        }
    }

    /// `<error/>` for the answer.
    pub fn write(self) -> El {
        let (kind, condition) = self.conditions();
        stanza_error(kind, condition)
    }
}
