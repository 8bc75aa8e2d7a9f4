//! How far a call is, and what is to be done about it.

use xmpp_parsers::jid::{FullJid, Jid};

use crate::jingle::Jingle;
use crate::message::Message;
use crate::reason::Condition;
use crate::rtp::Media;
use crate::session::Event;

/// How far a call is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// We call. `reached` once a device of theirs has said that it rings.
    Calling {
        reached: bool,
    },
    /// It rings here.
    Ringing,
    /// One of us has taken it; the ways are being found.
    Connecting,
    /// We can hear each other.
    Active,
    Ended(Outcome),
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There was a conversation.
    Completed,
    /// Called, and not taken in time or before the caller gave up.
    Missed,
    /// We called, and nobody took it in time.
    NoAnswer,
    /// We gave up before anybody took it.
    Cancelled,
    Declined {
        by_us: bool,
    },
    /// They speak to somebody else.
    Busy,
    /// Another device of ours took it, or declined.
    Elsewhere {
        declined: bool,
    },
    /// It broke; the condition says why, and whose fault it was is not said.
    Failed(Condition),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    Message {
        to: Jid,
        message: Message,
    },
    /// A request, to be answered.
    Request {
        to: FullJid,
        jingle: Box<Jingle>,
    },
    /// Whoever does not see our presence has to learn which client we are first (interop: calls §2).
    Introduce(FullJid),
    /// The engine makes an offer of these media; then [`super::Call::offer`].
    Offer(Vec<Media>),
    /// The engine answers this offer; then [`super::Call::answer`].
    Answer(Box<Jingle>),
    /// The session tells something.
    Session(Event),
    /// [`super::Call::phase`] is another.
    Phase,
}
