//! One account's stream, and what comes over it.
//!
//! Built on `tokio_xmpp::xmlstream`: [`session::spawn`] starts the task that finds the server, signs in, keeps the
//! stream alive and brings it back; [`session::Event`]s come out in the order of the stream.

mod backoff;
pub mod certificate;
pub mod connect;
mod dial;
pub mod dns;
pub mod error;
mod exchange;
pub mod fast;
pub mod inbound;
mod iq;
pub mod limits;
pub mod mechanism;
pub mod negotiate;
pub mod ns;
pub mod policy;
pub mod proxy;
pub mod register;
mod sasl2;
pub mod scram;
pub mod session;
mod sieve;
pub mod sm;
pub mod stanza;
mod stream;
pub mod tap;
pub mod tls;
mod upgrade;
pub mod wire;
pub mod xep;
pub mod xml;

pub use error::{Error, IqError, StanzaError};
pub use sasl2::invalidate;
pub use xmpp_parsers::jid;
