//! FAST (XEP-0484): a token from the last sign-in takes the password's place, in one message each way.
//!
//! The mechanisms are those of draft-schmaus-kitten-sasl-ht: the client proves that it has the token, the server that it
//! gave it out, both bound to the TLS connection where both sides can.

use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::error::Error;
use crate::tls::TlsInfo;

/// How a token is bound to the connection, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Bound {
    /// `tls-exporter` (RFC 9266).
    Exporter,
    /// `tls-server-end-point` (RFC 5929).
    EndPoint,
    Unbound,
}

/// Strongest first.
const ALL: [Bound; 3] = [Bound::Exporter, Bound::EndPoint, Bound::Unbound];

impl Bound {
    /// The mechanism's name. Others than SHA-256 are in no server.
    pub fn mechanism(self) -> &'static str {
        match self {
            Self::Exporter => "HT-SHA-256-EXPR",
            Self::EndPoint => "HT-SHA-256-ENDP",
            Self::Unbound => "HT-SHA-256-NONE",
        }
    }

    /// The name of its channel binding type.
    pub fn binding(self) -> Option<&'static str> {
        match self {
            Self::Exporter => Some("tls-exporter"),
            Self::EndPoint => Some("tls-server-end-point"),
            Self::Unbound => None,
        }
    }

    fn data(self, tls: &TlsInfo) -> Option<&[u8]> {
        match self {
            Self::Exporter => tls.exporter.as_deref(),
            Self::EndPoint => tls.end_point.as_deref(),
            Self::Unbound => Some(&[]),
        }
    }

    /// The strongest of the mechanisms offered that this connection allows. A token may not be bound more weakly than
    /// the sign-in that asks for it was (`signed_in` is its channel binding): whoever steals it could use it elsewhere.
    pub fn choose(offered: &[String], tls: &TlsInfo, signed_in: Option<&str>) -> Option<Self> {
        let weakest = match signed_in {
            Some("tls-exporter") => Self::Exporter,
            Some(_) => Self::EndPoint,
            None => Self::Unbound,
        };
        let usable = |bound: &Self| {
            *bound <= weakest && bound.data(tls).is_some() && offered.iter().any(|name| name == bound.mechanism())
        };
        ALL.into_iter().find(usable)
    }
}

/// A token, and what has to be known to use it before the server has said a word. It opens the account: as secret as a
/// password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub bound: Bound,
    token: String,
    /// What the server took inline when it gave the token out.
    pub inline: Inline,
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket").field("bound", &self.bound).field("inline", &self.inline).finish_non_exhaustive()
    }
}

/// What a server lets be asked for along with signing in (XEP-0388 §2.2 `<inline/>`, XEP-0386).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inline {
    /// Resuming a stream.
    pub resume: bool,
    /// Binding.
    pub bind: bool,
    /// Carbons with the bind.
    pub carbons: bool,
    /// Stream management with the bind.
    pub stream_management: bool,
}

/// Longest token that is kept, in bytes.
const LONGEST: usize = 4096;

impl Ticket {
    /// A token the server gave out for `bound`; `None` where it is none that could be used.
    pub fn new(bound: Bound, token: &str, inline: Inline) -> Option<Self> {
        (!token.is_empty() && token.len() <= LONGEST).then(|| Self { bound, token: token.to_owned(), inline })
    }

    /// The same token, on a server that takes these along with it now.
    pub fn taking(&self, inline: Inline) -> Self {
        Self { inline, ..self.clone() }
    }

    /// The initial response for `user`, and what the server's answer will be checked with. `None` where the connection
    /// does not have what the token is bound to.
    pub fn prove(&self, user: &str, tls: &TlsInfo) -> Option<(Vec<u8>, Verify)> {
        let data = self.bound.data(tls)?;
        let mut response = format!("{user}\0").into_bytes();
        response.extend(self.mac(b"Initiator", data));
        Some((response, Verify(self.mac(b"Responder", data))))
    }

    fn mac(&self, who: &[u8], data: &[u8]) -> Vec<u8> {
        // HMAC takes keys of any length.
        Hmac::<Sha256>::new_from_slice(self.token.as_bytes())
            .map(|mac| mac.chain_update(who).chain_update(data).finalize().into_bytes().to_vec())
            .unwrap_or_default()
    }
}

/// What remains to be checked of the server.
#[derive(Debug)]
pub struct Verify(Vec<u8>);

impl Verify {
    /// Checks what came with the server's success. Nothing else of it may be used before this.
    ///
    /// # Errors
    /// [`Error::ServerNotAuthentic`] where the server does not know the token.
    pub fn check(&self, answer: &[u8]) -> Result<(), Error> {
        if bool::from(answer.ct_eq(&self.0)) { Ok(()) } else { Err(Error::ServerNotAuthentic("wrong token")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls(exporter: Option<Vec<u8>>) -> TlsInfo {
        TlsInfo {
            version: "TLS 1.3",
            cipher: String::new(),
            fingerprint: String::new(),
            exporter,
            end_point: Some(vec![2]),
        }
    }

    fn choose(offered: &[&str], tls: &TlsInfo, signed_in: Option<&str>) -> Option<Bound> {
        let offered: Vec<String> = offered.iter().map(|name| (*name).to_owned()).collect();
        Bound::choose(&offered, tls, signed_in)
    }

    #[test]
    fn proves_the_token_and_checks_the_server() {
        let ticket = Ticket::new(Bound::Exporter, "secret", Inline::default()).unwrap();
        let (response, verify) = ticket.prove("mira", &tls(Some(vec![1, 2, 3]))).unwrap();
        assert!(response.starts_with(b"mira\0"));
        assert_eq!(response.len(), 5 + 32);
        // What a server computes by the draft.
        let server = |who: &[u8]| {
            let mac = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
            mac.chain_update(who).chain_update([1, 2, 3]).finalize().into_bytes().to_vec()
        };
        assert_eq!(response[5..], server(b"Initiator"));
        verify.check(&server(b"Responder")).unwrap();
        for wrong in [server(b"Initiator"), Vec::new(), server(b"Responder")[..31].to_vec()] {
            assert!(verify.check(&wrong).is_err());
        }
        assert!(ticket.prove("mira", &tls(None)).is_none(), "bound to what this connection does not have");
    }

    #[test]
    fn a_token_is_bound_as_well_as_the_sign_in() {
        let all = ["HT-SHA-256-NONE", "HT-SHA-256-ENDP", "HT-SHA-256-EXPR"];
        let (exporter, end_point) = (Some("tls-exporter"), Some("tls-server-end-point"));
        assert_eq!(choose(&all, &tls(Some(vec![1])), exporter), Some(Bound::Exporter));
        assert_eq!(choose(&all, &tls(None), end_point), Some(Bound::EndPoint));
        assert_eq!(choose(&all[..2], &tls(Some(vec![1])), exporter), None);
        assert_eq!(choose(&all[..1], &tls(None), end_point), None);
        assert_eq!(choose(&all[..1], &tls(None), None), Some(Bound::Unbound));
        assert_eq!(choose(&["HT-SHA-256-UNIQ"], &tls(None), None), None);
    }

    #[test]
    fn says_nothing_of_its_token() {
        let ticket = Ticket::new(Bound::Unbound, "secret", Inline::default()).unwrap();
        assert!(!format!("{ticket:?}").contains("secret"));
        assert!(Ticket::new(Bound::Unbound, "", Inline::default()).is_none());
        let kept = serde_json::to_string(&ticket).unwrap();
        assert_eq!(serde_json::from_str::<Ticket>(&kept).unwrap(), ticket);
    }
}
