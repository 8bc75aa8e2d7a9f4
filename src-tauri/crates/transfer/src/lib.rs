//! Moving bytes: HTTP upload and download, SOCKS5 bytestreams, files through any stream, and files on disk that are
//! safe to have. No stanza is read or written here: what was agreed on with a peer or a service comes in as values.
//!
//! ```text
//! http ── a slot's PUT, a link's GET, resumed and guarded ─┐
//! socks5 ── sockets to and from peers and proxies ─┐       ├─▶ disk ── a thread that reads or writes, and hashes
//!                                          stream ─┴───────┘     │
//! file ── names, parts, space, kinds, pictures, archives ◀───────┘
//! ```
//!
//! - A transfer is one future: dropping it ends it, and what it was waiting for. A [`Control`] is its gauge and its
//!   buttons.
//! - Everything that comes is a [`file::Part`] until the last byte is there and was checked; [`file::Part::keep`] gives
//!   it its name in one step. A part and the note beside it survive a restart: the same call goes on where it stopped.
//! - Every wait has an end, every buffer a size, and every size that others name is checked before it is believed.
//! - [`Error`] is kinds, not words: a client has those, and [`Error::retry`] says what helps.
//!
//! Functions that are not `async` and touch files block for as long as the disk takes; they say so.

pub mod control;
mod disk;
pub mod error;
pub mod file;
mod gcm;
pub mod http;
pub mod proxy;
pub mod socks5;
pub mod stream;

pub use control::{Control, Progress};
pub use error::{Error, Retry};
pub use proxy::Proxy;
