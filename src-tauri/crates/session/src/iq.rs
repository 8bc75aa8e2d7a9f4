//! Requests that wait for their answer: matched by id and sender, each with a time-out (RFC 6120 §8.2.3).

use std::collections::HashMap;

use tokio::time::Instant;
use xmpp_parsers::jid::{BareJid, Jid};

use crate::error::IqError;
use crate::stanza::stanza_error;
use crate::xml::{Element, Reading as _};

struct Waiting {
    to: Option<Jid>,
    token: u64,
    deadline: Instant,
}

/// All open requests of a session.
#[derive(Default)]
pub(crate) struct Pending {
    by_id: HashMap<String, Waiting>,
}

impl Pending {
    pub fn add(&mut self, id: String, to: Option<Jid>, token: u64, deadline: Instant) {
        self.by_id.insert(id, Waiting { to, token, deadline });
    }

    /// Takes the answer for one of our requests; anything else is nobody's.
    pub fn answer(&mut self, iq: &Element, own: &BareJid) -> Option<(u64, Result<Element, IqError>)> {
        let id = iq.get("id")?;
        let from = iq.get("from").map(Jid::new).transpose().ok()?;
        if !answers(self.by_id.get(id)?.to.as_ref(), from.as_ref(), own) {
            return None;
        }
        let waiting = self.by_id.remove(id)?;
        let result = match iq.get("type") {
            Some("result") => Ok(iq.clone()),
            _ => Err(IqError::Refused(stanza_error(iq))),
        };
        Some((waiting.token, result))
    }

    /// A stream came back: answers get at least this long.
    pub fn allow_until(&mut self, deadline: Instant) {
        self.by_id.values_mut().for_each(|waiting| waiting.deadline = waiting.deadline.max(deadline));
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.by_id.values().map(|waiting| waiting.deadline).min()
    }

    /// Those whose time is over: id and token.
    pub fn expire(&mut self, now: Instant) -> Vec<(String, u64)> {
        let mut expired = Vec::new();
        self.by_id.retain(|id, waiting| {
            let over = waiting.deadline <= now;
            if over {
                expired.push((id.clone(), waiting.token));
            }
            !over
        });
        expired
    }

    /// All of them, because no answer can come any more.
    pub fn abandon(&mut self) -> Vec<u64> {
        self.by_id.drain().map(|(_, waiting)| waiting.token).collect()
    }
}

/// Whether `from` may answer what was sent `to`. Our account's own answers may come without an address or from the
/// bare JID or domain (RFC 6120 §8.1.2.1, §10.3.3).
fn answers(to: Option<&Jid>, from: Option<&Jid>, own: &BareJid) -> bool {
    let is_own = |jid: &Jid| jid.resource().is_none() && jid.to_bare() == *own;
    match (to, from) {
        (Some(to), Some(from)) if to == from => true,
        (None, None) => true,
        (None, Some(from)) => {
            from.to_bare() == *own
                || (from.node().is_none() && from.resource().is_none() && from.domain() == own.domain())
        }
        (Some(to), None) => is_own(to),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(to: Option<&str>, from: Option<&str>) -> bool {
        let own = BareJid::new("me@example.test").unwrap();
        let jid = |s: &str| Jid::new(s).unwrap();
        answers(to.map(jid).as_ref(), from.map(jid).as_ref(), &own)
    }

    #[test]
    fn only_the_one_asked_may_answer() {
        assert!(check(Some("room@conference.test"), Some("room@conference.test")));
        assert!(!check(Some("room@conference.test"), Some("evil@conference.test")));
        assert!(!check(Some("juliet@example.test/balcony"), Some("juliet@example.test/cellar")));
        assert!(!check(Some("juliet@example.test"), None));
    }

    #[test]
    fn our_account_answers_without_an_address_or_as_itself() {
        assert!(check(None, None));
        assert!(check(None, Some("me@example.test")));
        assert!(check(None, Some("example.test")));
        assert!(check(Some("me@example.test"), None));
        assert!(!check(None, Some("evil.test")));
        assert!(!check(None, Some("evil@example.test")));
    }
}
