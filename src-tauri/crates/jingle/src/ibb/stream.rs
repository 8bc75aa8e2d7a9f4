//! A stream in both directions (XEP-0047 §2 and §3): blocks are counted in each of them on its own.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use waxwing_xml::{El, Element, Reading as _, el};

use super::{Fault, MOST_WAITING, Transport, sid_of, size_of};
use crate::ns;

/// Blocks are not made smaller than this, in bytes: it would take for ever.
const SMALLEST: u16 = 256;

/// What the other side does; to be answered with a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Opened,
    /// The next bytes; they may be none.
    Data(Vec<u8>),
    /// Nothing more comes. Whether all has come, [`Stream::left`] tells.
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// We have asked to open it.
    Opening,
    Open,
    /// It broke: that is still to be said.
    Broken,
    Closed,
}

/// One stream. Elements that it yields go to the peer in an `iq` of type `set` each, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    sid: String,
    /// Bytes in a block, at most.
    block: u16,
    /// We open it.
    opens: bool,
    state: State,
    /// Blocks without an answer, at most.
    window: u16,
    /// The number of the next block of ours.
    next: u16,
    /// Blocks of ours without an answer.
    waiting: u16,
    /// The number of their next block.
    expected: u16,
    /// Bytes that are still taken.
    left: u64,
}

impl Stream {
    /// One of blocks of that size; the session's initiator `opens` it (XEP-0261 §2.2). No more than `take` bytes are taken.
    pub fn new(sid: impl Into<String>, block: u16, opens: bool, take: u64) -> Self {
        Self {
            sid: sid.into(),
            block: block.max(1),
            opens,
            state: State::New,
            window: 1,
            next: 0,
            waiting: 0,
            expected: 0,
            left: take,
        }
    }

    /// As many blocks may be on their way at once; from 1, which is what XEP-0047 §2.2 recommends, to [`MOST_WAITING`].
    #[must_use]
    pub fn with_window(self, blocks: u16) -> Self {
        Self { window: blocks.clamp(1, MOST_WAITING), ..self }
    }

    pub fn sid(&self) -> &str {
        &self.sid
    }

    /// Bytes in a block, at most.
    pub fn block(&self) -> u16 {
        self.block
    }

    /// Whether it is ours to open it.
    pub fn opens(&self) -> bool {
        self.opens
    }

    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// Whether [`Stream::close`] is due.
    pub fn is_broken(&self) -> bool {
        self.state == State::Broken
    }

    /// Bytes that are still taken.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Blocks without an answer.
    pub fn waiting(&self) -> u16 {
        self.waiting
    }

    /// Opens it, where that is ours to do. Then [`Stream::opened`] or [`Stream::not_opened`].
    pub fn open(&mut self) -> Option<El> {
        if !self.opens || self.state != State::New {
            return None;
        }
        self.state = State::Opening;
        Some(el("open", ns::IBB).attr("block-size", self.block.to_string()).attr("sid", &self.sid).attr("stanza", "iq"))
    }

    /// They have agreed.
    pub fn opened(&mut self) {
        if self.state == State::Opening {
            self.state = State::Open;
        }
    }

    /// They have not. Where they want `smaller` blocks (`resource-constraint`), it is tried again with these.
    pub fn not_opened(&mut self, smaller: bool) -> Option<El> {
        if self.state != State::Opening {
            return None;
        }
        if !smaller || self.block < 2 * SMALLEST {
            self.state = State::Closed;
            return None;
        }
        self.block /= 2;
        self.state = State::New;
        self.open()
    }

    /// Bytes that the next block can hold; none while it waits for answers.
    pub fn room(&self) -> usize {
        if self.state == State::Open && self.waiting < self.window { usize::from(self.block) } else { 0 }
    }

    /// The next block; `None` where there is no room for it, or nothing in it.
    pub fn data(&mut self, bytes: &[u8]) -> Option<El> {
        if bytes.is_empty() || bytes.len() > self.room() {
            return None;
        }
        let seq = self.next;
        // After 65535 comes 0.
        self.next = seq.wrapping_add(1);
        self.waiting += 1;
        Some(
            el("data", ns::IBB).attr("seq", seq.to_string()).attr("sid", &self.sid).text(BASE64_STANDARD.encode(bytes)),
        )
    }

    /// A block of ours has an answer; after an error, the stream has to be closed (XEP-0047 §2.2).
    pub fn answered(&mut self, refused: bool) {
        self.waiting = self.waiting.saturating_sub(1);
        if refused && self.state == State::Open {
            self.state = State::Broken;
        }
    }

    /// Closes it; `None` where it is closed, or was never open.
    pub fn close(&mut self) -> Option<El> {
        let was = std::mem::replace(&mut self.state, State::Closed);
        let known = matches!(was, State::Opening | State::Open | State::Broken);
        known.then(|| el("close", ns::IBB).attr("sid", &self.sid))
    }

    /// What the peer says of it: `<open/>`, `<data/>` or `<close/>`.
    ///
    /// # Errors
    /// The answer is an error. Where something is wrong with the bytes, the stream [is broken](Stream::is_broken) then; else
    /// nothing has changed.
    pub fn receive(&mut self, element: &Element) -> Result<Said, Fault> {
        if !element.has_ns(ns::IBB) {
            return Err(Fault::Malformed);
        }
        if sid_of(element).map_err(|_| Fault::Malformed)? != self.sid {
            return Err(Fault::UnknownStream);
        }
        match element.name() {
            "open" => self.is_opened(element),
            "data" if self.state == State::Open => match self.take(element) {
                Ok(bytes) => Ok(Said::Data(bytes)),
                Err(fault) => {
                    // Nothing that comes after it can be right.
                    self.state = State::Broken;
                    Err(fault)
                }
            },
            "close" if matches!(self.state, State::Open | State::Opening | State::Broken) => {
                self.state = State::Closed;
                Ok(Said::Closed)
            }
            "data" | "close" => Err(Fault::UnknownStream),
            _ => Err(Fault::Malformed),
        }
    }

    fn is_opened(&mut self, element: &Element) -> Result<Said, Fault> {
        let size = element.get("block-size").and_then(size_of).ok_or(Fault::Malformed)?;
        if self.opens || self.state != State::New {
            return Err(Fault::Unexpected);
        }
        if size > self.block {
            return Err(Fault::TooLarge);
        }
        (self.block, self.state) = (size, State::Open);
        Ok(Said::Opened)
    }

    fn take(&mut self, element: &Element) -> Result<Vec<u8>, Fault> {
        let seq = element.get("seq").and_then(|seq| seq.parse::<u16>().ok()).ok_or(Fault::Malformed)?;
        if seq != self.expected {
            return Err(Fault::Unexpected);
        }
        let mut text = element.text();
        // In the examples of XEP-0047 there are line breaks; everything else that does not belong there is refused (§6).
        text.retain(|c| !matches!(c, ' ' | '\t' | '\r' | '\n'));
        if text.len() > usize::from(self.block).div_ceil(3) * 4 {
            return Err(Fault::Malformed);
        }
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| Fault::Malformed)?;
        if bytes.len() > usize::from(self.block) {
            return Err(Fault::Malformed);
        }
        let left = u64::try_from(bytes.len()).ok().and_then(|taken| self.left.checked_sub(taken));
        self.left = left.ok_or(Fault::TooMuch)?;
        self.expected = seq.wrapping_add(1);
        Ok(bytes)
    }
}

impl Transport {
    /// The stream that both have agreed on, of which no more than `take` bytes are taken. `self` is what was offered.
    pub fn stream(&self, answer: &Self, opens: bool, take: u64) -> Stream {
        Stream::new(&self.sid, self.agreed(answer), opens, take)
    }
}
