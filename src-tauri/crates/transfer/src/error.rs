//! What can go wrong, as kinds that a client has words for: nothing in here is meant to be shown as it is.

use std::io;
use std::time::Duration;

use crate::file::Algo;

/// Why bytes did not get where they should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The person, or whoever acts for them.
    #[error("cancelled")]
    Cancelled,
    /// Nothing moved for so long.
    #[error("nothing came or went for {} s", .0.as_secs())]
    Stalled(Duration),
    /// The connection ended in the middle.
    #[error("the connection broke: {0}")]
    Cut(String),

    /// No link that can be opened.
    #[error("not a link: {0}")]
    Link(&'static str),
    /// `http:` or something else that others can read on the way.
    #[error("not https")]
    NotHttps,
    /// An address inside somebody's network or this machine (see [`crate::http`]).
    #[error("{host} is a private address")]
    Private { host: String },
    /// Elsewhere, where that is not followed.
    #[error("redirected to {to}")]
    Redirected { to: String },
    #[error("no address is known for {host}")]
    NameNotFound { host: String },
    #[error("{host} does not answer: {reason}")]
    Unreachable { host: String, reason: String },
    #[error("the proxy {proxy} failed: {reason}")]
    Proxy { proxy: String, reason: String },
    /// Its certificate is not to be trusted.
    #[error("the certificate of {host} is not valid: {reason}")]
    Certificate { host: String, reason: String },
    #[error("TLS with {host} failed: {reason}")]
    Tls { host: String, reason: String },
    /// The other side does not speak the protocol.
    #[error("the other side said what nobody can understand: {0}")]
    Protocol(&'static str),

    /// Larger than the service, or we, take; the limit in bytes where it is known.
    #[error("too large (at most {0:?} bytes)")]
    TooLarge(Option<u64>),
    /// The slot for an upload cannot be used any more (403, 404, 410): another one helps.
    #[error("the upload slot is not valid any more ({0})")]
    SlotExpired(u16),
    /// Nothing is there (404, 410).
    #[error("the file is not there any more ({0})")]
    Gone(u16),
    /// 401, 403, 407.
    #[error("access is denied ({0})")]
    Denied(u16),
    /// The service has no room for the account (507).
    #[error("the service has no room left")]
    Quota { retry: Option<Duration> },
    /// Too often or too busy (408, 429, 500 and above).
    #[error("the service is busy ({status})")]
    Busy { status: u16, retry: Option<Duration> },
    /// Any other status.
    #[error("the service answered {0}")]
    Status(u16),

    /// More bytes came than there should be.
    #[error("more than {expected} bytes came")]
    TooMuch { expected: u64 },
    /// The end came early.
    #[error("only {got} of {expected} bytes came")]
    TooLittle { expected: u64, got: u64 },
    /// Not the bytes that were promised.
    #[error("the {0} hash is another one")]
    Hash(Algo),
    /// The seal of an encrypted file is broken: wrong key, or changed on the way.
    #[error("the file cannot be decrypted")]
    Forged,

    /// The file here changed while it was read.
    #[error("the file changed while it was read")]
    Changed,
    /// A folder, a device, or nothing at all where a file should be.
    #[error("no such file")]
    NoFile,
    /// Not enough space; bytes, both 0 where it only turned out while writing.
    #[error("the disk is full (needs {needed}, has {free})")]
    DiskFull { needed: u64, free: u64 },
    /// The share of the disk that files may take is used up; bytes, both 0 where the system has set it.
    #[error("over the quota (needs {needed}, has {left})")]
    OverQuota { needed: u64, left: u64 },
    /// The system refused.
    #[error("not permitted: {0}")]
    NotPermitted(&'static str),
    /// What was being done, and what the system says to it.
    #[error("{doing}: {reason}")]
    Disk { doing: &'static str, reason: String },

    /// A folder with more in it, or deeper, than is packed.
    #[error("too much to pack: {0}")]
    Folder(&'static str),
    /// Not a picture, or a broken one.
    #[error("not a picture: {0}")]
    Picture(String),
    /// Too many points to be decoded.
    #[error("{width} × {height} is too large a picture")]
    Giant { width: u32, height: u32 },

    /// The SOCKS5 server refused (RFC 1928 §6).
    #[error("SOCKS5 refused ({0})")]
    Socks(u8),
    /// None of the candidates answered.
    #[error("no way to the other side")]
    NoCandidate,
}

/// What helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Nothing: the same will happen again.
    Never,
    /// Doing it again goes on where it stopped; at once, or when the network is back.
    Resume,
    /// Later, where the other side said when: then.
    Later(Option<Duration>),
    /// With a new upload slot (XEP-0363).
    NewSlot,
}

impl Error {
    /// Whether it is worth another try, and how.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Stalled(_)
            | Self::Cut(_)
            | Self::TooLittle { .. }
            | Self::NameNotFound { .. }
            | Self::Unreachable { .. }
            | Self::Proxy { .. } => Retry::Resume,
            Self::Quota { retry } | Self::Busy { retry, .. } => Retry::Later(*retry),
            Self::DiskFull { .. } | Self::OverQuota { .. } => Retry::Later(None),
            Self::SlotExpired(_) => Retry::NewSlot,
            _ => Retry::Never,
        }
    }

    pub(crate) fn disk(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |error| match error.kind() {
            io::ErrorKind::StorageFull => Self::DiskFull { needed: 0, free: 0 },
            io::ErrorKind::QuotaExceeded => Self::OverQuota { needed: 0, left: 0 },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::NotPermitted(doing),
            io::ErrorKind::NotFound | io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory => Self::NoFile,
            _ => Self::Disk { doing, reason: error.to_string() },
        }
    }

    pub(crate) fn cut(error: &io::Error) -> Self {
        Self::Cut(error.to_string())
    }
}
