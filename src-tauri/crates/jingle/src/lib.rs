//! Jingle (XEP-0166) and what goes with it for calls: asking first (XEP-0353), RTP (XEP-0167, 0293, 0294, 0339, 0507), ICE
//! (XEP-0176), DTLS (XEP-0320), bundling (XEP-0338), and the way to SDP and back.
//!
//! Everything here is pure: elements, timers and what the engine tells come in, what is to be done comes out. Reading is
//! lenient where clients err and strict where something could be smuggled into SDP.

pub mod call;
pub mod content;
pub mod ice;
pub mod jingle;
pub mod message;
pub mod ns;
pub mod reason;
#[cfg(test)]
mod recorded;
pub mod refusal;
pub mod rtp;
pub mod sdp;
pub mod session;
mod token;

pub use call::{Act, Call, Outcome, Phase};
pub use content::{Content, Creator, Description, Senders, Transport};
pub use jingle::{Action, Group, Info, Jingle};
pub use message::Message;
pub use reason::{Condition, Reason};
pub use refusal::Refusal;

/// It is not what the specification says it is: answered with `bad-request`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not Jingle: {0}")]
pub struct Malformed(pub &'static str);
