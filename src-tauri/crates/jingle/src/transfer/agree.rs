//! What is agreed on: by us, and by them.

use super::part::{Part, Stage, is_secured};
use super::way::{Way, answer};
use super::{Act, Taken, Transfer, groups};
use crate::content::{Content, Creator, Description, Transport};
use crate::datachannel::{self, Form};
use crate::file::Range;
use crate::jingle::{Action, Jingle, MOST_CONTENTS};
use crate::reason::Condition;
use crate::session::State;

impl Transfer {
    /// Accepts what was offered. Contents that are not among them are declined; with none, all of it is.
    pub fn accept(&mut self, taken: Vec<Taken>) -> Vec<Act> {
        if self.role != Creator::Responder || self.state != State::Pending {
            return Vec::new();
        }
        let contents: Vec<_> = taken.into_iter().filter_map(|taken| self.take(taken)).collect();
        if contents.is_empty() {
            return self.end(Condition::Decline);
        }
        self.parts.retain(|part| part.open.is_none());
        self.state = State::Active;
        let (names, groups) = (self.names(), groups(&contents));
        let accept = Jingle { contents, groups, ..self.ask(Action::SessionAccept, names.clone()) };
        let mut acts = vec![Act::Request(Box::new(accept))];
        acts.extend(names.iter().flat_map(|name| self.connect(name)));
        acts
    }

    /// Offers, or asks for, one more. Nothing where the session is not on, or has one of that name.
    ///
    /// # Errors
    /// As [`Transfer::offer`] has them.
    pub fn add(&mut self, content: Content) -> Result<Option<Act>, Condition> {
        if self.state != State::Active || self.parts.len() >= MOST_CONTENTS || self.part(&content.name).is_some() {
            return Ok(None);
        }
        let names = vec![content.name.clone()];
        let contents = vec![self.put_in(content)?];
        Ok(Some(Act::Request(Box::new(Jingle { contents, ..self.ask(Action::ContentAdd, names) }))))
    }

    /// Accepts some of [`Act::Asked`].
    pub fn accept_contents(&mut self, taken: Vec<Taken>) -> Vec<Act> {
        if self.state != State::Active {
            return Vec::new();
        }
        let contents: Vec<_> = taken.into_iter().filter_map(|taken| self.take(taken)).collect();
        if contents.is_empty() {
            return Vec::new();
        }
        let names: Vec<_> = contents.iter().map(|content| content.name.clone()).collect();
        let accept = Jingle { contents, ..self.new_jingle(Action::ContentAccept) };
        let mut acts = vec![Act::Request(Box::new(accept))];
        acts.extend(names.iter().flat_map(|name| self.connect(name)));
        acts
    }

    /// Our part of a content of theirs; `None` where there is none, or it does not fit.
    fn take(&mut self, taken: Taken) -> Option<Content> {
        let theirs = self.role.other();
        let part = self.part_mut(&taken.content).filter(|part| part.open == Some(theirs))?;
        part.remember(&taken.transport);
        let transport = answer(taken.transport, part.theirs.as_ref()?)?;
        let transport = self.our_part(transport);
        if !is_secured(&transport) {
            return None;
        }
        let part = self.part_mut(&taken.content)?;
        let asked = part.file.range.clone();
        if let Some(file) = taken.file.filter(|_| part.sends) {
            part.file = file;
        }
        let wanted = asked.clone().unwrap_or_default();
        // Parts are asked for, and of what we send only what was asked for is left out.
        let offset = match &asked {
            Some(_) if !part.sends || wanted.offset == taken.offset => taken.offset,
            _ => 0,
        };
        let length = wanted.length.filter(|_| wanted.offset == offset);
        if part.set_span(offset, length).is_err() {
            return None;
        }
        part.file.range = asked.map(|_| Range { offset, length, hashes: Vec::new() });
        (part.open, part.ours) = (None, Some(transport.clone()));
        Some(Content {
            creator: part.creator,
            ..Content::file_of(&part.name, part.file.clone(), part.senders, transport)
        })
    }

    /// Their part of a content of ours.
    pub(super) fn agree(&mut self, content: &Content) -> Result<(), Condition> {
        let part = self.part_mut(&content.name).ok_or(Condition::GeneralError)?;
        let theirs =
            content.transport.as_ref().and_then(|theirs| part.fits(theirs)).ok_or(Condition::FailedTransport)?;
        if !is_secured(&theirs) {
            return Err(Condition::SecurityError);
        }
        // What was not said was offered, as we read it ourselves.
        if content.senders.is_some_and(|senders| senders != part.senders && senders != crate::Senders::Both) {
            return Err(Condition::IncompatibleParameters);
        }
        let file = match &content.description {
            Some(Description::File(file)) => Some(file),
            None => None,
            Some(_) => return Err(Condition::UnsupportedApplications),
        };
        // Only where they say so is something left out: most know nothing of it.
        let range = file.and_then(|file| file.range.clone()).unwrap_or_default();
        // Nor is it where we did not offer that; and what is sealed is checked as a whole.
        let whole = part.file.range.is_none() || part.sealed;
        if part.sends && whole && (range.offset != 0 || range.length.is_some()) {
            return Err(Condition::IncompatibleParameters);
        }
        if !part.sends {
            let asked = part.file.range.as_ref().map_or(0, |range| range.offset);
            if range.offset != 0 && range.offset != asked {
                return Err(Condition::IncompatibleParameters);
            }
            // We knew what we want, they know what it is.
            if let Some(file) = file {
                let asked = std::mem::replace(&mut part.file, file.clone());
                let grown = asked.size.is_some() && file.size.is_some() && asked.size != file.size;
                if grown || asked.hashes.iter().any(|hash| file.contradicts(hash)) {
                    return Err(Condition::FailedApplication);
                }
                part.file.learn(&asked.hashes);
            }
        }
        part.set_span(range.offset, range.length)?;
        (part.open, part.theirs) = (None, Some(theirs));
        Ok(())
    }
}

impl Part {
    /// What they answer with, if it goes the same way as ours and is of the same id.
    pub(super) fn fits(&self, theirs: &Transport) -> Option<Transport> {
        match (self.ours.as_ref()?, theirs) {
            (Transport::S5b(ours), Transport::S5b(answer)) if ours.sid == answer.sid => Some(theirs.clone()),
            (Transport::Ibb(ours), Transport::Ibb(answer)) if ours.sid == answer.sid => Some(theirs.clone()),
            (Transport::DataChannel(_), _) => self.channel(theirs).map(Transport::DataChannel),
            _ => None,
        }
    }

    /// What they say of a data channel; in one of its forms, it may look like any other transport of XEP-0176.
    pub(super) fn channel(&self, theirs: &Transport) -> Option<datachannel::Transport> {
        let Transport::DataChannel(known) = self.ours.as_ref().or(self.theirs.as_ref())? else { return None };
        match theirs {
            Transport::DataChannel(channel) => Some(channel.clone()),
            Transport::Ice(ice) if known.form == Form::SctpMap => Some(known.trickle(ice.clone())),
            _ => None,
        }
    }

    /// Whether another way may be asked for: not once bytes went.
    pub(super) fn can_change(&self) -> bool {
        matches!(self.stage, Stage::Connecting | Stage::Stranded) || (self.stage == Stage::Moving && self.moved == 0)
    }

    /// The way of what they say, if it is one that they may speak of.
    pub(super) fn way_of(&self, theirs: &Transport) -> Option<Way> {
        let way = Way::of(theirs).or_else(|| self.channel(theirs).map(|_| Way::DataChannel));
        way.filter(|way| self.tried.contains(way))
    }
}
