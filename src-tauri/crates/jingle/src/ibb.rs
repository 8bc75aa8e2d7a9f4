//! Bytes between stanzas: how it is agreed on (XEP-0261), and the stream itself (XEP-0047).

mod fault;
mod stream;

pub use fault::Fault;
pub use stream::{Said, Stream};

use waxwing_xml::{El, Element, Reading as _, el};

use crate::message::LONGEST_ID;
use crate::token::word;
use crate::{Malformed, ns};

/// Bytes in a block as XEP-0047 §5 recommends it, and as most have it.
pub const BLOCK: u16 = 4096;
/// Blocks on their way at once, at most: servers slow down who sends more.
pub const MOST_WAITING: u16 = 4;

/// `<transport/>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transport {
    /// The stream's id, which is not the session's: of the initiator's making, and the same in the answer.
    pub sid: String,
    /// Bytes in a block, at most; an answer that does not say it agrees to what was offered.
    pub block_size: Option<u16>,
    /// Blocks come in messages, to which there is no answer. We never ask for it, and read it all the same.
    pub messages: bool,
}

impl Transport {
    pub fn new(sid: impl Into<String>, block_size: u16) -> Self {
        Self { sid: sid.into(), block_size: Some(block_size), messages: false }
    }

    /// Blocks larger than there may be are taken for the largest: the answer can ask for smaller ones.
    ///
    /// # Errors
    /// No id, or a size that is none.
    pub fn read(element: &Element) -> Result<Self, Malformed> {
        let block_size = element.get("block-size").map(|size| size_of(size).ok_or(Malformed("the size of blocks")));
        Ok(Self {
            sid: sid_of(element)?.to_owned(),
            block_size: block_size.transpose()?,
            messages: element.get("stanza") == Some("message"),
        })
    }

    pub fn write(&self) -> El {
        el("transport", ns::JINGLE_IBB)
            .attr_opt("block-size", self.block_size.map(|size| size.to_string()))
            .attr("sid", &self.sid)
            .attr_opt("stanza", self.messages.then_some("message"))
    }

    /// What both agree on: an answer makes blocks smaller, and never larger (XEP-0261 §2.2).
    #[must_use]
    pub fn agreed(&self, answer: &Self) -> u16 {
        let offered = self.block_size.unwrap_or(BLOCK);
        answer.block_size.map_or(offered, |size| size.min(offered))
    }
}

/// XEP-0261 §8 has it as a signed number, XEP-0047 §9 without a sign.
fn size_of(text: &str) -> Option<u16> {
    let size = text.parse::<u32>().ok().filter(|size| *size > 0)?;
    Some(u16::try_from(size).unwrap_or(u16::MAX))
}

fn sid_of(element: &Element) -> Result<&str, Malformed> {
    element.get("sid").and_then(|sid| word(sid, LONGEST_ID)).ok_or(Malformed("a stream without an id"))
}

#[cfg(test)]
mod tests;
