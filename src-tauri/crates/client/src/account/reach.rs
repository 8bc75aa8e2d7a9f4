//! Servers of others that ours cannot reach. Nobody is seen there; and because no server tells again who is there once
//! the way is free, the other server is asked until it answers, and then who is there.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use waxwing_session::IqError;
use waxwing_session::jid::{BareJid, Jid};
use waxwing_session::xep::roster::Subscription;
use waxwing_session::xep::{presence, version};
use waxwing_session::xml::Element;

use super::Core;
use super::events::Awaiting;
use crate::failure::is_out_of_reach;

/// Until the first question; each takes twice as long as the one before to come.
const FIRST: Duration = Duration::from_secs(5);
/// Between two questions at most.
const LONGEST: Duration = Duration::from_secs(300);

/// Domains out of reach, and when to ask them.
#[derive(Default)]
pub(crate) struct Reach(HashMap<String, Next>);

struct Next {
    at: Instant,
    wait: Duration,
}

impl Next {
    fn first(now: Instant) -> Self {
        Self { at: now.checked_add(FIRST).unwrap_or(now), wait: FIRST }
    }
}

impl Reach {
    /// A new session: the server asks everyone who is there, and says whom it cannot ask.
    pub fn start_over(&mut self) {
        self.0.clear();
    }

    /// Something came from there, so the way may be free: soon to be asked, where that was in doubt.
    pub fn heard_from(&mut self, domain: &str) {
        if let Some(next) = self.0.get_mut(domain) {
            let soon = Next::first(Instant::now());
            *next = if soon.at < next.at { soon } else { Next { at: next.at, ..soon } };
        }
    }

    /// Domains whose time has come.
    fn due(&mut self, now: Instant) -> Vec<String> {
        let due = self.0.iter_mut().filter(|(_, next)| next.at <= now);
        let ask = due.map(|(domain, next)| {
            next.wait = next.wait.saturating_mul(2).min(LONGEST);
            next.at = now.checked_add(next.wait).unwrap_or(now);
            domain.clone()
        });
        ask.collect()
    }
}

impl Core {
    /// Our server cannot reach theirs: for all we know, none of its people is there.
    pub(super) fn out_of_reach(&mut self, jid: &BareJid) {
        let domain = jid.domain();
        let changed = &mut self.out.changed.people;
        self.people.presence.retain(|jid, _| {
            let stays = jid.domain() != domain;
            if !stays {
                changed.insert(jid.to_string());
            }
            stays
        });
        let domain = domain.as_str();
        if self.seen_at(domain).next().is_some() {
            self.reach.0.entry(domain.to_owned()).or_insert_with(|| Next::first(Instant::now()));
        }
    }

    /// Now and then.
    pub fn ask_the_unreachable(&mut self) {
        if !self.link.is_online() {
            return;
        }
        for domain in self.reach.due(Instant::now()) {
            if let Ok(to) = Jid::new(&domain) {
                self.ask(Some(to), version::ping(), false, Awaiting::Reach { domain });
            }
        }
    }

    /// Whatever the other server says itself, it is reached. Its people are asked for their presence: what they told
    /// meanwhile is lost, and no server tells it again by itself (RFC 6121 §4.3 has probes for this).
    pub(super) fn reach_answer(&mut self, domain: &str, answer: &Result<Element, IqError>) {
        let reached = match answer {
            Err(IqError::Timeout | IqError::Disconnected) => false,
            Err(IqError::Refused(error)) => !is_out_of_reach(&error.condition),
            Ok(_) => true,
        };
        if !reached || self.reach.0.remove(domain).is_none() {
            return;
        }
        let probes: Vec<_> = self.seen_at(domain).map(presence::probe).collect();
        probes.into_iter().for_each(|probe| self.out.send(probe));
    }

    /// Whose presence we see there.
    fn seen_at<'a>(&'a self, domain: &'a str) -> impl Iterator<Item = &'a BareJid> {
        let theirs = self.people.roster.values().filter(move |item| item.jid.domain().as_str() == domain);
        let seen = theirs.filter(|item| matches!(item.subscription, Subscription::To | Subscription::Both));
        seen.map(|item| &item.jid).filter(|jid| !self.is_blocked(jid))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_silent_server_is_asked_ever_less_often() {
        let mut now = Instant::now();
        let mut reach = Reach::default();
        reach.0.insert("far.test".into(), Next { at: now, wait: FIRST });
        let mut waits = Vec::new();
        for _ in 0..8 {
            assert_eq!(reach.due(now), ["far.test"]);
            assert!(reach.due(now).is_empty(), "asked twice");
            let next = reach.0["far.test"].at;
            waits.push(next.duration_since(now).as_secs());
            now = next;
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300, 300]);
    }
}
