//! What can go wrong between us and the server, by the step that failed.

use crate::certificate::Certificate;
use crate::xml::Element;

/// Why there is no session.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// DNS knows no such host, or says XMPP is not offered there.
    #[error("no address found for {0}")]
    HostNotFound(String),
    /// The place the person chose is none.
    #[error("no address found for {0}, where the server was said to be")]
    EndpointNotFound(String),
    /// Every address refused.
    #[error("could not connect to {endpoint}: {reason}")]
    Unreachable { endpoint: String, reason: String },
    /// The proxy was not reached, or refuses.
    #[error("the proxy {proxy} does not let us through: {reason}")]
    Proxy { proxy: String, reason: String },
    /// The name lives in Tor, and no proxy is set.
    #[error("{0} is reached through Tor only")]
    NeedsTor(String),
    /// A step took too long.
    #[error("no answer in time while {0}")]
    Timeout(&'static str),
    /// The certificate did not convince.
    #[error("the certificate of {} was not accepted: {:?}", .0.host, .0.fault)]
    Certificate(Box<Certificate>),
    /// The server offers no STARTTLS, or TLS failed otherwise.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// No mechanism both sides know and we hold safe; the list the server offered.
    #[error("no usable sign-in mechanism among {0}")]
    NoMechanism(String),
    /// SASL failure (RFC 6120 §6.5).
    #[error("sign-in refused: {condition}{}", .text.as_ref().map(|t| format!(" ({t})")).unwrap_or_default())]
    Sasl { condition: String, text: Option<String> },
    /// The server could not prove that it knows the password, or tried to weaken the sign-in.
    #[error("the server failed authentication: {0}")]
    ServerNotAuthentic(&'static str),
    /// An earlier sign-in was bound to its connection, this one could not be, and the server does not vouch for that: it may
    /// have changed, or somebody sits in between.
    #[error("channel binding is no longer offered, and the server does not vouch for that")]
    BindingLost,
    /// Stream error (RFC 6120 §4.9).
    #[error("the server ended the stream: {condition}{}", .text.as_ref().map(|t| format!(" ({t})")).unwrap_or_default())]
    Stream { condition: String, text: Option<String> },
    /// The stream was closed without an error.
    #[error("the server closed the stream")]
    Closed,
    /// Not XMPP as we know it.
    #[error("unexpected data while {0}")]
    Protocol(&'static str),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// A stanza error in answer to a step of the negotiation or registration.
    #[error("refused: {0}")]
    Stanza(StanzaError),
}

/// A stanza error (RFC 6120 §8.3), read leniently: unknown conditions are kept as they came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{condition}{}", .text.as_ref().map(|t| format!(" ({t})")).unwrap_or_default())]
pub struct StanzaError {
    /// Defined condition, such as `item-not-found`.
    pub condition: String,
    /// `auth`, `cancel`, `continue`, `modify` or `wait`.
    pub kind: String,
    /// Words of the other side.
    pub text: Option<String>,
    /// Application-specific condition, as `{namespace}name`.
    pub application: Option<String>,
    /// What that says more: the text in it, or its time.
    pub detail: Option<Box<str>>,
    /// A data form that came along: what is asked instead (XEP-0077 §3.2, §3.3), or what is wrong with which field.
    pub form: Option<Box<Element>>,
}

/// Why an IQ has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IqError {
    /// The other side answered with an error.
    #[error("{0}")]
    Refused(StanzaError),
    /// Nothing came in time.
    #[error("no answer in time")]
    Timeout,
    /// The stream ended first.
    #[error("the stream ended")]
    Disconnected,
}
