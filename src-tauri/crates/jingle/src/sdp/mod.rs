//! Jingle as SDP and back, line by line (XEP-0167 §6): the engine speaks only that.
//!
//! What is written comes from [`crate::Jingle::read`], which takes no text that could end a line; what is read comes from
//! the engine.

mod candidate;
mod channel;
mod read;
mod write;

pub use candidate::{read_candidate, write_candidate};
pub use channel::{read_channel, write_channel};
pub use read::read;
pub use write::write;

use crate::content::{Creator, Senders};

/// The direction of a media section, as its author says it (RFC 8866 §6.7).
fn direction(senders: Senders, author: Creator) -> &'static str {
    match (senders.includes(author), senders.includes(author.other())) {
        (true, true) => "sendrecv",
        (true, false) => "sendonly",
        (false, true) => "recvonly",
        (false, false) => "inactive",
    }
}

/// The other way round; `None` for what is no direction.
fn senders(direction: &str, author: Creator) -> Option<Senders> {
    let all = [Senders::Both, Senders::Initiator, Senders::Responder, Senders::None];
    all.into_iter().find(|senders| self::direction(*senders, author) == direction)
}

#[cfg(test)]
mod tests;
