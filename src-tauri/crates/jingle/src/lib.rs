//! Jingle (XEP-0166) and what goes with it for calls: asking first (XEP-0353), RTP (XEP-0167, 0293, 0294, 0339, 0507), ICE
//! (XEP-0176), DTLS (XEP-0320), bundling (XEP-0338), and the way to SDP and back. And for files (XEP-0234, with the hashes of
//! XEP-0300): SOCKS5 bytestreams (XEP-0260, 0065), bytes between stanzas (XEP-0261, 0047), data channels (XEP-0343 and as
//! Conversations has them), the change from one to the other, and a place for encryption on top (XEP-0391).
//!
//! Everything here is pure: elements, timers and what the engine tells come in, what is to be done comes out. Reading is
//! lenient where clients err and strict where something could be smuggled into SDP.

pub mod call;
pub mod content;
pub mod datachannel;
pub mod file;
pub mod hash;
pub mod ibb;
pub mod ice;
pub mod jingle;
pub mod message;
pub mod ns;
pub mod reason;
#[cfg(test)]
mod recorded;
pub mod refusal;
pub mod rtp;
pub mod s5b;
pub mod sdp;
pub mod security;
pub mod session;
mod token;
pub mod transfer;

pub use call::{Act, Call, Outcome, Phase};
pub use content::{Content, Creator, Description, Senders, Transport};
pub use file::File;
pub use jingle::{Action, Group, Info, Jingle};
pub use message::Message;
pub use reason::{Condition, Detail, Reason};
pub use refusal::Refusal;
pub use security::Security;
pub use transfer::{Transfer, Way};

/// It is not what the specification says it is: answered with `bad-request`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not Jingle: {0}")]
pub struct Malformed(pub &'static str);
