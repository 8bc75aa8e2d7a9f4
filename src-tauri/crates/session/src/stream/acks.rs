//! Acknowledgements (XEP-0198 §4): asked for, given, and what their absence means.

use std::time::Duration;

use tokio::time::Instant;

use super::{End, Live};
use crate::error::Error;
use crate::ns;
use crate::session::Event;
use crate::xml::{Element, Reading as _, el};

/// How long the server may take to acknowledge before the connection counts as dead.
pub(super) const ACK_TIMEOUT: Duration = Duration::from_secs(20);
/// The same for the first one after a resumption: what it costs to be wrong is a new session.
pub(super) const FIRST_ACK: Duration = Duration::from_secs(10);
/// The same where the connection is doubted: a dead one is noticed before the person looks, and a slow one resumes.
const PROBE_ACK: Duration = Duration::from_secs(5);
/// A server that answers and acknowledges nothing is asked again after this (and not at once: it would go round in circles),
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// and not for longer than this: it has lost what we sent.
const NO_PROGRESS: Duration = Duration::from_secs(15);

impl Live<'_> {
    /// At most one request for acknowledgement is on its way.
    pub(super) fn request_ack(&mut self) {
        let waiting = self.kept.sm.as_ref().is_some_and(|sm| sm.waiting() > 0);
        self.ask_at.take_if(|at| *at <= Instant::now());
        if waiting && self.ack_due.is_none() && self.ask_at.is_none() {
            self.outgoing.push_back(el("r", ns::SM).into());
            self.ack_due = Some(Instant::now() + ACK_TIMEOUT);
        }
    }

    /// The session cannot be gone on with. Where the stream before broke in the midst of a stanza, Prosody 13 takes what
    /// comes on the resumed one for the rest of it, and never answers again.
    pub(super) fn give_up(&mut self) {
        tracing::warn!("the server cannot follow the session it resumed: a new one begins");
        if let Some(sm) = &mut self.kept.sm {
            sm.id = None;
        }
    }

    pub(super) fn acknowledge(&mut self) {
        if let Some(sm) = &self.kept.sm {
            self.outgoing.push_back(el("a", ns::SM).attr("h", sm.h().to_string()).into());
            self.ack_owed = !sm.is_level();
        }
    }

    /// Shortens whatever was waited for anyway.
    pub(super) fn doubt(&mut self) {
        let due = Instant::now() + PROBE_ACK;
        if self.kept.sm.is_some() {
            self.outgoing.push_back(el("r", ns::SM).into());
            self.ack_due = Some(self.ack_due.map_or(due, |earlier| earlier.min(due)));
        } else {
            self.probe();
        }
    }

    pub(super) fn stream_management(&mut self, element: &Element) -> Option<End> {
        match element.name() {
            "r" => self.acknowledge(),
            "a" => return self.acknowledged(element.get("h").and_then(|h| h.parse().ok())?),
            _ => {}
        }
        None
    }

    /// What the server has (XEP-0198 §4).
    fn acknowledged(&mut self, h: u32) -> Option<End> {
        self.ack_due = None;
        // The first one after a resumption was asked for before anything was sent again.
        let first = std::mem::take(&mut self.unproved);
        let sm = self.kept.sm.as_mut()?;
        let before = sm.waiting();
        let Ok(tags) = sm.acknowledge(h) else {
            self.give_up();
            return Some(End::Failed(Error::Protocol("counting acknowledgements")));
        };
        if !tags.is_empty() {
            self.backlog.push_back(Event::Acknowledged(tags));
        }
        if first || sm.waiting() == 0 || sm.waiting() < before {
            self.stuck_since = None;
            return None;
        }
        let now = Instant::now();
        self.ask_at = Some(now + ASK_AGAIN);
        if now.duration_since(*self.stuck_since.get_or_insert(now)) < NO_PROGRESS {
            return None;
        }
        self.give_up();
        Some(End::Failed(Error::Timeout("waiting for an acknowledgement")))
    }
}
