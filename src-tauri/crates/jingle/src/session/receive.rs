//! What the other side asks for.

use super::{Event, Part, Session, State, is_decided, is_known, is_secured};
use crate::content::{Content, Creator};
use crate::jingle::{Action, Info, Jingle, MOST_CONTENTS};
use crate::reason::{Condition, Reason};
use crate::refusal::Refusal;

/// What comes of a request that is followed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Followed {
    pub events: Vec<Event>,
    /// To be sent after the answer.
    pub then: Vec<Jingle>,
}

impl From<Event> for Followed {
    fn from(event: Event) -> Self {
        Self { events: vec![event], then: Vec::new() }
    }
}

impl Session {
    /// Follows a request of the peer, or tells why not. To be answered in any case.
    ///
    /// # Errors
    /// The answer is an error, and nothing has changed.
    pub fn receive(&mut self, jingle: &Jingle) -> Result<Followed, Refusal> {
        if self.state == State::Ended {
            return Err(Refusal::UnknownSession);
        }
        match jingle.action {
            Action::SessionAccept if self.state == State::Active => self.content_accept(jingle),
            Action::SessionAccept => self.session_accept(jingle),
            Action::SessionTerminate => {
                self.state = State::Ended;
                let reason = jingle.reason.clone().unwrap_or(Reason::from(Condition::Success));
                Ok(Event::Ended(reason).into())
            }
            Action::SessionInfo => session_info(jingle),
            Action::TransportInfo => self.transport_info(jingle),
            Action::ContentAdd => self.content_add(jingle),
            Action::ContentAccept => self.content_accept(jingle),
            Action::ContentReject => self.content_reject(jingle),
            Action::ContentModify => self.content_modify(jingle),
            Action::ContentRemove => self.content_remove(jingle),
            // Hints on what is encoded: nothing in it that we could not do without.
            Action::DescriptionInfo => Ok(Followed::default()),
            Action::TransportReplace => {
                let contents = jingle.contents.iter().map(|content| Content::named(&content.name)).collect();
                let reason = Some(Condition::UnsupportedTransports.into());
                let reject = Jingle { contents, reason, ..self.request(Action::TransportReject) };
                Ok(Followed { events: Vec::new(), then: vec![reject] })
            }
            Action::SessionInitiate | Action::TransportAccept | Action::TransportReject => Err(Refusal::OutOfOrder),
            Action::SecurityInfo => Err(Refusal::NotImplemented),
        }
    }

    fn part(&mut self, name: &str) -> Option<&mut Part> {
        self.parts.iter_mut().find(|part| part.content.name == name)
    }

    /// Ends the session for a reason of ours.
    fn broken(&mut self, condition: Condition) -> Followed {
        let then = self.end(condition.clone()).into_iter().collect();
        Followed { events: vec![Event::Ended(condition.into())], then }
    }

    fn session_accept(&mut self, jingle: &Jingle) -> Result<Followed, Refusal> {
        if self.role == Creator::Responder {
            return Err(Refusal::OutOfOrder);
        }
        if jingle.contents.iter().any(|content| self.content(&content.name).is_none()) {
            return Err(Refusal::UnknownContent);
        }
        if !jingle.contents.iter().all(|content| is_known(content) && is_secured(content) && is_decided(content)) {
            return Ok(self.broken(Condition::SecurityError));
        }
        self.state = State::Active;
        self.parts.retain(|part| jingle.content(&part.content.name).is_some());
        self.groups.clone_from(&jingle.groups);
        self.theirs = jingle.contents.iter().find_map(|content| content.ice()?.credentials.clone());
        jingle.contents.iter().for_each(|content| self.agree(content));
        Ok(Event::Accepted(jingle.contents.clone()).into())
    }

    /// Their part of a content is known now.
    fn agree(&mut self, content: &Content) {
        if let Some(part) = self.part(&content.name) {
            part.open = None;
            part.content.senders = content.senders;
            part.fingerprint = content.ice().and_then(|ice| ice.fingerprint.clone());
        }
    }

    fn transport_info(&mut self, jingle: &Jingle) -> Result<Followed, Refusal> {
        if jingle.contents.iter().any(|content| self.content(&content.name).is_none()) {
            return Err(Refusal::UnknownContent);
        }
        if jingle.contents.iter().any(|content| content.ice().is_none()) {
            return Err(Refusal::Malformed);
        }
        if jingle.contents.iter().any(|content| self.is_another(content)) {
            return Ok(self.broken(Condition::SecurityError));
        }
        let mut followed = Followed::default();
        let credentials = jingle.contents.iter().find_map(|content| content.ice()?.credentials.clone());
        // Each content without a group has its own from the beginning: only a bundle is looked for anew as one.
        let known = jingle.bundle().or(self.groups.first()).is_some() || self.parts.len() == 1;
        if let Some(new) = credentials.filter(|new| known && self.theirs.as_ref().is_some_and(|old| old != new)) {
            let answers = jingle.contents.iter().any(is_answer);
            if self.restarting && self.role == Creator::Initiator && !answers {
                // Both began; ours counts (interop: as Conversations does it).
                return Err(Refusal::TieBreak);
            }
            let answer = std::mem::take(&mut self.restarting) && answers;
            self.theirs = Some(new.clone());
            let contents = jingle.contents.iter().map(|content| content.name.clone()).collect();
            followed.events.push(Event::Restart { contents, credentials: new, answer });
        }
        for content in &jingle.contents {
            let Some(ice) = content.ice() else { continue };
            if !ice.candidates.is_empty() || ice.complete {
                let (candidates, complete) = (ice.candidates.clone(), ice.complete);
                followed.events.push(Event::Candidates { content: content.name.clone(), candidates, complete });
            }
        }
        Ok(followed)
    }

    /// Whether somebody else is at the end of a content than before.
    fn is_another(&self, content: &Content) -> bool {
        let known =
            self.parts.iter().find(|part| part.content.name == content.name).and_then(|p| p.fingerprint.as_ref());
        let said = content.ice().and_then(|ice| ice.fingerprint.as_ref());
        known.zip(said).is_some_and(|(known, said)| (known.hash, &known.value) != (said.hash, &said.value))
    }

    fn content_add(&mut self, jingle: &Jingle) -> Result<Followed, Refusal> {
        if self.state != State::Active {
            return Err(Refusal::OutOfOrder);
        }
        // Both want the same at once: the initiator's counts (XEP-0166 §7.2.16).
        let media =
            |content: &Content| content.rtp().map(|description| (description.media, description.category.clone()));
        let crossing = |content: &Content| {
            self.parts.iter().any(|part| part.open == Some(self.role) && media(&part.content) == media(content))
        };
        if self.role == Creator::Initiator && jingle.contents.iter().any(crossing) {
            return Err(Refusal::TieBreak);
        }
        let known = jingle.contents.iter().any(|content| self.content(&content.name).is_some());
        if known || self.parts.len() + jingle.contents.len() > MOST_CONTENTS {
            return Err(Refusal::Malformed);
        }
        let names = || jingle.contents.iter().map(|content| content.name.clone()).collect::<Vec<_>>();
        let refused = if !jingle.contents.iter().all(is_known) {
            Some(Condition::UnsupportedApplications)
        } else if !jingle.contents.iter().all(is_secured) {
            Some(Condition::SecurityError)
        } else {
            None
        };
        if let Some(condition) = refused {
            let reject = self.reject_content(&names(), condition);
            return Ok(Followed { events: Vec::new(), then: vec![reject] });
        }
        let theirs = self.role.other();
        for content in &jingle.contents {
            let fingerprint = content.ice().and_then(|ice| ice.fingerprint.clone());
            self.parts.push(Part { fingerprint, ..Part::new(content, Some(theirs)) });
        }
        Ok(Event::Asked(jingle.contents.clone()).into())
    }

    /// Contents of ours that they have not agreed to.
    fn awaits(&self, jingle: &Jingle) -> bool {
        jingle.contents.iter().all(|content| {
            self.parts.iter().any(|part| part.content.name == content.name && part.open == Some(self.role))
        })
    }

    fn content_accept(&mut self, jingle: &Jingle) -> Result<Followed, Refusal> {
        if self.state != State::Active || !self.awaits(jingle) {
            return Err(Refusal::OutOfOrder);
        }
        if !jingle.contents.iter().all(|content| is_known(content) && is_secured(content)) {
            return Ok(self.broken(Condition::SecurityError));
        }
        jingle.contents.iter().for_each(|content| self.agree(content));
        Ok(Event::Added(jingle.contents.clone()).into())
    }

    fn content_reject(&mut self, jingle: &Jingle) -> Result<Followed, Refusal> {
        if !self.awaits(jingle) {
            return Err(Refusal::OutOfOrder);
        }
        Ok(self.remove(jingle))
    }

    fn content_remove(&mut self, jingle: &Jingle) -> Result<Followed, Refusal> {
        if jingle.contents.iter().any(|content| self.content(&content.name).is_none()) {
            return Err(Refusal::UnknownContent);
        }
        Ok(self.remove(jingle))
    }

    fn remove(&mut self, jingle: &Jingle) -> Followed {
        let removed = self.take(|part| jingle.content(&part.content.name).is_some());
        if !self.parts.is_empty() {
            return Event::Removed(removed).into();
        }
        // Nothing is left (XEP-0166 §7.2.5).
        let reason = if self.state == State::Pending { Condition::Decline } else { Condition::Success };
        self.broken(reason)
    }

    /// We have just asked for the same contents to be changed.
    fn modifies(&self, jingle: &Jingle) -> bool {
        let ours = self.asked.iter().filter(|asked| asked.action == Action::ContentModify);
        ours.flat_map(|asked| &asked.before).any(|(name, _)| jingle.content(name).is_some())
    }

    /// They say whether they send, and may ask us not to; what we send is not theirs to begin.
    fn content_modify(&mut self, jingle: &Jingle) -> Result<Followed, Refusal> {
        let wanted: Vec<_> = jingle.contents.iter().filter_map(|c| Some((c.name.clone(), c.senders?))).collect();
        if wanted.len() < jingle.contents.len() {
            return Err(Refusal::Malformed);
        }
        if wanted.iter().any(|(name, _)| self.content(name).is_none()) {
            return Err(Refusal::UnknownContent);
        }
        if self.role == Creator::Initiator && self.modifies(jingle) {
            return Err(Refusal::TieBreak);
        }
        let role = self.role;
        let mut followed = Followed::default();
        for (name, wanted) in wanted {
            let Some(part) = self.part(&name) else { continue };
            let before = part.content.senders();
            let senders = wanted.with(role, wanted.includes(role) && before.includes(role));
            part.content.senders = Some(senders);
            if senders != before {
                followed.events.push(Event::Modified { content: name, senders });
            }
        }
        Ok(followed)
    }
}

fn session_info(jingle: &Jingle) -> Result<Followed, Refusal> {
    let muted = |content: &Option<String>, muted| Event::Muted { content: content.clone(), muted };
    let event = match &jingle.info {
        // Only whether we are there.
        None => return Ok(Followed::default()),
        // After being silent, and after holding (XEP-0167 §8.2).
        Some(Info::Active) => {
            let events = vec![Event::Held(false), Event::Muted { content: None, muted: false }];
            return Ok(Followed { events, then: Vec::new() });
        }
        Some(Info::Hold) => Event::Held(true),
        Some(Info::Unhold) => Event::Held(false),
        Some(Info::Ringing) => Event::Ringing,
        Some(Info::Mute(content)) => muted(content, true),
        Some(Info::Unmute(content)) => muted(content, false),
        Some(Info::Received { .. } | Info::Checksum { .. } | Info::Other) => return Err(Refusal::UnsupportedInfo),
    };
    Ok(event.into())
}

/// What says where they are is an answer to a restart of ours (interop: as Conversations tells them apart), and so is what says
/// who begins to secure it (as stanza.js does).
fn is_answer(content: &Content) -> bool {
    content.ice().is_some_and(|ice| !ice.candidates.is_empty()) || is_decided(content)
}
