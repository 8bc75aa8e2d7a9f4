//! What can go wrong in a call, by the step that failed.

use waxwing_jingle::Malformed;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No socket could be opened, or the engine could not be set up.
    #[error("the call could not be set up: {0}")]
    Setup(String),
    /// The other side's part of the call cannot be used.
    #[error("what they offer cannot be used: {0}")]
    Theirs(String),
    /// Our own part cannot be said in Jingle.
    #[error("what we offer cannot be said: {0}")]
    Ours(#[from] Malformed),
    /// Something could not be sent: the connection is gone.
    #[error("sending failed: {0}")]
    Sending(String),
}
