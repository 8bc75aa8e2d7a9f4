//! What the other side asks for.

use xmpp_parsers::jid::FullJid;

use super::part::{Part, Stage, is_secured};
use super::way::Way;
use super::{Act, Transfer};
use crate::content::{Content, Creator, Transport};
use crate::datachannel;
use crate::file::File;
use crate::jingle::{Action, Info, Jingle, MOST_CONTENTS};
use crate::reason::{Condition, Reason};
use crate::refusal::Refusal;
use crate::s5b::{self, MOST_CANDIDATES};
use crate::session::State;

/// Places of a data channel that are kept until it is accepted; the rest is left out.
const MOST_PLACES: usize = 64;

impl Transfer {
    /// Follows a request of the peer, or tells why not. To be answered in any case, before what comes of it is done.
    ///
    /// # Errors
    /// The answer is an error, and nothing has changed.
    pub fn receive(&mut self, from: &FullJid, jingle: &Jingle) -> Result<Vec<Act>, Refusal> {
        if self.state == State::Ended || *from != self.peer || jingle.sid != self.sid {
            return Err(Refusal::UnknownSession);
        }
        // Several contents are followed all or not at all.
        let mut next = self.clone();
        let acts = next.follow(jingle)?;
        *self = next;
        Ok(acts)
    }

    fn follow(&mut self, jingle: &Jingle) -> Result<Vec<Act>, Refusal> {
        match jingle.action {
            Action::SessionAccept => self.session_accept(jingle),
            Action::SessionTerminate => Ok(self.session_terminate(jingle)),
            Action::SessionInfo => self.session_info(jingle),
            Action::TransportInfo => self.each(jingle, Self::transport_info),
            Action::TransportReplace => self.transport_replace(jingle),
            Action::TransportAccept => self.each(jingle, Self::transport_accept),
            Action::TransportReject => self.each(jingle, Self::transport_reject),
            Action::ContentAdd => self.content_add(jingle),
            Action::ContentAccept => self.content_accept(jingle),
            Action::ContentReject => self.content_reject(jingle),
            Action::ContentRemove => self.content_remove(jingle),
            // Hints: nothing in it that we could not do without.
            Action::DescriptionInfo => Ok(Vec::new()),
            Action::SessionInitiate => Err(Refusal::OutOfOrder),
            Action::ContentModify | Action::SecurityInfo => Err(Refusal::NotImplemented),
        }
    }

    fn each(
        &mut self,
        jingle: &Jingle,
        follow: impl Fn(&mut Self, &Content) -> Result<Vec<Act>, Refusal>,
    ) -> Result<Vec<Act>, Refusal> {
        self.are_known(jingle)?;
        let mut acts = Vec::new();
        for content in &jingle.contents {
            // The first may have ended it.
            if self.state != State::Ended {
                acts.extend(follow(self, content)?);
            }
        }
        Ok(acts)
    }

    fn are_known(&self, jingle: &Jingle) -> Result<(), Refusal> {
        let known = jingle.contents.iter().all(|content| self.part(&content.name).is_some());
        known.then_some(()).ok_or(Refusal::UnknownContent)
    }

    fn session_accept(&mut self, jingle: &Jingle) -> Result<Vec<Act>, Refusal> {
        if self.role == Creator::Responder || self.state != State::Pending {
            return Err(Refusal::OutOfOrder);
        }
        self.are_known(jingle)?;
        for content in &jingle.contents {
            if let Err(condition) = self.agree(content) {
                return Ok(self.end(condition));
            }
        }
        self.state = State::Active;
        let declined: Vec<_> = self.parts.extract_if(.., |part| part.open.is_some()).collect();
        let names = self.names();
        let mut acts = vec![Act::Accepted(names.clone())];
        acts.extend(declined.into_iter().map(|part| Act::Removed { content: part.name, reason: None }));
        acts.extend(names.iter().flat_map(|name| self.connect(name)));
        Ok(acts)
    }

    fn session_terminate(&mut self, jingle: &Jingle) -> Vec<Act> {
        // Whoever does not say why is gone: that it has come is said.
        let reason = jingle.reason.clone().unwrap_or(Reason::from(Condition::Gone));
        let mut acts = Vec::new();
        if reason.condition == Condition::Success {
            // Dino says no more than this when a file has come.
            let sent = |part: &&Part| part.sends && part.open.is_none();
            let sent: Vec<_> = self.parts.iter().filter(sent).map(|part| part.name.clone()).collect();
            acts.extend(sent.iter().flat_map(|name| self.confirm_at_last(name)));
        }
        self.state = State::Ended;
        acts.push(Act::Ended(reason));
        acts
    }

    fn session_info(&mut self, jingle: &Jingle) -> Result<Vec<Act>, Refusal> {
        match &jingle.info {
            // Only whether we are there.
            None => Ok(Vec::new()),
            Some(Info::Received { content, .. }) => {
                let part = self.about(content.as_ref())?;
                if !part.sends || part.open.is_some() {
                    return Err(Refusal::OutOfOrder);
                }
                let name = part.name.clone();
                Ok(self.confirm(&name))
            }
            Some(Info::Checksum { content, file, .. }) => {
                let part = self.about(content.as_ref())?;
                if part.sends || part.open.is_some() {
                    return Err(Refusal::OutOfOrder);
                }
                Ok(checksum(part, file))
            }
            Some(_) => Err(Refusal::UnsupportedInfo),
        }
    }

    /// The content of that name; the only one where none is named.
    fn about(&mut self, name: Option<&String>) -> Result<&mut Part, Refusal> {
        match name {
            Some(name) => self.part_mut(name).ok_or(Refusal::UnknownContent),
            None if self.parts.len() == 1 => self.parts.first_mut().ok_or(Refusal::UnknownContent),
            None => Err(Refusal::Malformed),
        }
    }

    fn transport_info(&mut self, content: &Content) -> Result<Vec<Act>, Refusal> {
        let part = self.part(&content.name).ok_or(Refusal::UnknownContent)?;
        let transport = content.transport.as_ref().ok_or(Refusal::Malformed)?;
        let way = part.way_of(transport).ok_or(Refusal::Malformed)?;
        if part.way() != Some(way) {
            // Of a way that was left meanwhile.
            return Ok(Vec::new());
        }
        match transport {
            Transport::S5b(theirs) => self.s5b_info(&content.name, theirs),
            Transport::Ibb(theirs) => match &part.ours.as_ref().or(part.theirs.as_ref()) {
                Some(Transport::Ibb(known)) if known.sid == theirs.sid => Ok(Vec::new()),
                // A second stream beside the first (XEP-0261 §2.4).
                _ => Err(Refusal::NotImplemented),
            },
            transport => match part.channel(transport) {
                Some(theirs) => self.channel_info(&content.name, theirs),
                None => Err(Refusal::Malformed),
            },
        }
    }

    fn s5b_info(&mut self, name: &str, theirs: &s5b::Transport) -> Result<Vec<Act>, Refusal> {
        let hidden = self.policy.hidden;
        let part = self.part_mut(name).ok_or(Refusal::UnknownContent)?;
        let known = part.ours.as_ref().or(part.theirs.as_ref());
        if !matches!(known, Some(Transport::S5b(known)) if known.sid == theirs.sid) {
            return Err(Refusal::Malformed);
        }
        let reachable = part.reachable(&theirs.candidates, hidden);
        match (part.stage, &mut part.theirs, &mut part.nomination) {
            (Stage::Pending | Stage::Replacing, Some(Transport::S5b(offer)), _) if theirs.info.is_none() => {
                let room = MOST_CANDIDATES.saturating_sub(offer.candidates.len());
                offer.candidates.extend(theirs.candidates.iter().take(room).cloned());
                Ok(Vec::new())
            }
            (Stage::Pending | Stage::Replacing, ..) => Err(Refusal::OutOfOrder),
            (Stage::Connecting | Stage::Moving, _, Some(nomination)) => {
                let mut steps = nomination.add(reachable);
                if let Some(info) = &theirs.info {
                    steps.extend(nomination.hear(info)?);
                }
                Ok(self.steps(name, steps))
            }
            _ => Ok(Vec::new()),
        }
    }

    fn channel_info(&mut self, name: &str, theirs: datachannel::Transport) -> Result<Vec<Act>, Refusal> {
        let part = self.part_mut(name).ok_or(Refusal::UnknownContent)?;
        let Some(Transport::DataChannel(known)) = &mut part.theirs else { return Err(Refusal::OutOfOrder) };
        let fingerprint = |channel: &datachannel::Transport| {
            channel.ice.fingerprint.as_ref().map(|fingerprint| (fingerprint.hash, fingerprint.value.clone()))
        };
        // Nobody takes the place of who was there.
        if fingerprint(&theirs).is_some_and(|said| Some(said) != fingerprint(known)) {
            return Ok(self.end(Condition::SecurityError));
        }
        match part.stage {
            Stage::Pending | Stage::Replacing => {
                let room = MOST_PLACES.saturating_sub(known.ice.candidates.len());
                known.ice.candidates.extend(theirs.ice.candidates.into_iter().take(room));
                Ok(Vec::new())
            }
            Stage::Connecting | Stage::Moving => {
                Ok(vec![Act::DataChannel { content: name.to_owned(), transport: Box::new(theirs) }])
            }
            _ => Ok(Vec::new()),
        }
    }

    fn transport_replace(&mut self, jingle: &Jingle) -> Result<Vec<Act>, Refusal> {
        // Only the initiator asks for another way.
        if self.role == Creator::Initiator || self.state != State::Active {
            return Err(Refusal::OutOfOrder);
        }
        let policy = self.policy.clone();
        let mut rejected = Vec::new();
        let mut acts = self.each(jingle, |transfer, content| {
            let part = transfer.part_mut(&content.name).ok_or(Refusal::UnknownContent)?;
            let transport = content.transport.as_ref().ok_or(Refusal::Malformed)?;
            if part.open.is_some() || !part.can_change() {
                return Err(Refusal::OutOfOrder);
            }
            part.nomination = None;
            let new = |way: Way| policy.ways.contains(&way) && !part.tried.contains(&way);
            if !Way::of(transport).is_some_and(new) || !is_secured(transport) {
                part.stage = Stage::Stranded;
                return Ok(vec![Act::Stranded(content.name.clone())]);
            }
            part.tried.extend(Way::of(transport));
            (part.ours, part.theirs, part.stage) = (None, Some(transport.clone()), Stage::Replacing);
            Ok(vec![Act::Replaced { content: content.name.clone(), transport: Box::new(transport.clone()) }])
        })?;
        for content in &jingle.contents {
            rejected.extend(self.part(&content.name).filter(|part| part.stage == Stage::Stranded).map(Part::named));
        }
        if !rejected.is_empty() {
            acts.insert(0, self.reject(rejected));
        }
        Ok(acts)
    }

    fn transport_accept(&mut self, content: &Content) -> Result<Vec<Act>, Refusal> {
        let role = self.role;
        let part = self.part_mut(&content.name).ok_or(Refusal::UnknownContent)?;
        if role == Creator::Responder || part.stage != Stage::Replacing {
            return Err(Refusal::OutOfOrder);
        }
        let theirs = content.transport.as_ref().and_then(|theirs| part.fits(theirs)).ok_or(Refusal::Malformed)?;
        if !is_secured(&theirs) {
            return Ok(self.abort(&content.name, Condition::SecurityError));
        }
        part.theirs = Some(theirs);
        Ok(self.connect(&content.name))
    }

    fn transport_reject(&mut self, content: &Content) -> Result<Vec<Act>, Refusal> {
        let asked = self.part(&content.name).is_some_and(|part| part.stage == Stage::Replacing);
        if self.role == Creator::Responder || !asked {
            return Err(Refusal::OutOfOrder);
        }
        Ok(self.not_replaced(&content.name))
    }

    fn content_add(&mut self, jingle: &Jingle) -> Result<Vec<Act>, Refusal> {
        if self.state != State::Active {
            return Err(Refusal::OutOfOrder);
        }
        let names: Vec<_> = jingle.contents.iter().map(|content| content.name.clone()).collect();
        let same = |part: &&Part| names.contains(&part.name);
        if self.parts.iter().filter(same).any(|part| part.open != Some(self.role)) {
            return Err(Refusal::Malformed);
        }
        // Both want the same name at once: the initiator's counts (XEP-0166 §7.2.16).
        if self.role == Creator::Initiator && self.parts.iter().any(|part| same(&part)) {
            return Err(Refusal::TieBreak);
        }
        let mut acts = self.withdraw(&names, None);
        if self.parts.len() + jingle.contents.len() > MOST_CONTENTS {
            return Err(Refusal::Malformed);
        }
        let theirs = self.role.other();
        let part = |content: &Content| match content.security {
            // There is no place to say that it was opened.
            Some(_) => Err(Condition::SecurityError),
            None => Part::theirs(content, theirs, &self.policy),
        };
        match jingle.contents.iter().map(part).collect::<Result<Vec<_>, _>>() {
            Ok(parts) => {
                self.parts.extend(parts);
                acts.push(Act::Asked(jingle.contents.clone()));
            }
            Err(condition) => {
                let named = |name: &String| Content { creator: theirs, ..Content::named(name) };
                let contents = names.iter().map(named).collect();
                let reason = Some(condition.into());
                let reject = Jingle { contents, reason, ..self.new_jingle(Action::ContentReject) };
                acts.push(Act::Request(Box::new(reject)));
            }
        }
        Ok(acts)
    }

    /// Contents of ours that they have not agreed to.
    fn awaits(&self, jingle: &Jingle) -> Result<(), Refusal> {
        let open = |content: &Content| self.part(&content.name).is_some_and(|part| part.open == Some(self.role));
        let awaits = self.state == State::Active && jingle.contents.iter().all(open);
        awaits.then_some(()).ok_or(Refusal::OutOfOrder)
    }

    fn content_accept(&mut self, jingle: &Jingle) -> Result<Vec<Act>, Refusal> {
        self.awaits(jingle)?;
        let mut acts = Vec::new();
        for content in &jingle.contents {
            match self.agree(content) {
                Ok(()) => {
                    acts.push(Act::Accepted(vec![content.name.clone()]));
                    acts.extend(self.connect(&content.name));
                }
                Err(condition) => acts.extend(self.abort(&content.name, condition)),
            }
        }
        Ok(acts)
    }

    fn content_reject(&mut self, jingle: &Jingle) -> Result<Vec<Act>, Refusal> {
        self.awaits(jingle)?;
        let names: Vec<_> = jingle.contents.iter().map(|content| content.name.clone()).collect();
        let mut acts = self.withdraw(&names, jingle.reason.as_ref());
        acts.extend(self.end_if_idle());
        Ok(acts)
    }

    fn content_remove(&mut self, jingle: &Jingle) -> Result<Vec<Act>, Refusal> {
        self.are_known(jingle)?;
        // What is done stays done.
        let gone = |part: &mut Part| part.stage != Stage::Done && jingle.content(&part.name).is_some();
        let gone: Vec<_> = self.parts.extract_if(.., gone).collect();
        let removed = |part: Part| Act::Removed { content: part.name, reason: jingle.reason.clone() };
        let mut acts: Vec<_> = gone.into_iter().map(removed).collect();
        acts.extend(self.end_if_idle());
        Ok(acts)
    }
}

/// What is known from the beginning is not taken back.
fn checksum(part: &mut Part, file: &File) -> Vec<Act> {
    part.told = true;
    part.file.learn(&file.hashes);
    vec![Act::Checksum { content: part.name.clone(), file: Box::new(file.clone()) }]
}
