//! How it ends: for one file, and for all.

use super::part::{Part, Stage};
use super::{Act, Transfer};
use crate::content::Creator;
use crate::file::{File, Range};
use crate::hash::Hash;
use crate::jingle::{Action, Info, Jingle};
use crate::reason::{Condition, Detail, Reason};
use crate::session::State;

impl Transfer {
    /// As many bytes went until now, as they are on the wire. Where more came than was promised, the file is given up.
    pub fn moved(&mut self, content: &str, bytes: u64) -> Vec<Act> {
        let Some(part) = self.live(content).filter(|part| part.stage == Stage::Moving) else { return Vec::new() };
        part.moved = bytes;
        if !part.sends && bytes > part.most() {
            return self.abort(content, Detail::FileTooLarge);
        }
        Vec::new()
    }

    /// All bytes of ours are sent. That they have come is for the peer to say.
    pub fn sent(&mut self, content: &str) -> Vec<Act> {
        let moving = |part: &&mut Part| part.sends && part.stage == Stage::Moving;
        let Some(part) = self.part_mut(content).filter(moving) else { return Vec::new() };
        part.stage = Stage::Sent;
        if part.confirmed { self.confirm(content) } else { Vec::new() }
    }

    /// Tells what was sent hashes to, where we promised it: the whole file, or the range of it that went. Before the session
    /// ends, and best at once after the last byte.
    pub fn checksum(&self, content: &str, hashes: Vec<Hash>) -> Option<Act> {
        let promised = |part: &&Part| part.sends && part.open.is_none() && !part.file.used.is_empty();
        let part = self.part(content).filter(promised)?;
        if self.state != State::Active || hashes.is_empty() {
            return None;
        }
        let whole = part.offset == 0 && (part.length.is_none() || part.length == part.file.size);
        let file = if whole {
            File { hashes, ..File::default() }
        } else {
            let range = Range { offset: part.offset, length: part.length, hashes };
            File { range: Some(range), ..File::default() }
        };
        let (creator, name) = (part.creator, Some(part.name.clone()));
        Some(self.inform(Info::Checksum { creator, content: name, file: Box::new(file) }))
    }

    /// All of it has come, and is right: of that size, and of that hash where one is known. That is told, and when it was the
    /// last, the session is over (XEP-0234 §6.6).
    pub fn received(&mut self, content: &str) -> Vec<Act> {
        let moving = |part: &&mut Part| !part.sends && part.stage == Stage::Moving;
        let Some(part) = self.live(content).filter(moving) else { return Vec::new() };
        part.stage = Stage::Done;
        let (creator, name) = (part.creator, Some(part.name.clone()));
        let mut acts = vec![self.inform(Info::Received { creator, content: name })];
        if self.parts.iter().all(|part| part.stage == Stage::Done) {
            acts.extend(self.end(Condition::Success));
        }
        acts
    }

    /// Gives one file up, and with the last one the session. Where it was only asked for, that is a refusal.
    pub fn abort(&mut self, content: &str, reason: impl Into<Reason>) -> Vec<Act> {
        let reason = reason.into();
        let Some(part) = self.part(content).filter(|_| self.state != State::Ended) else { return Vec::new() };
        if part.stage == Stage::Done {
            return Vec::new();
        }
        if !self.parts.iter().any(|other| other.name != content && other.stage != Stage::Done) {
            return self.end(reason);
        }
        let asked = self.state == State::Active && part.open == Some(self.role.other());
        let action = if asked { Action::ContentReject } else { Action::ContentRemove };
        let contents = vec![part.named()];
        let remove = Jingle { contents, reason: Some(reason.clone()), ..self.new_jingle(action) };
        self.parts.retain(|part| part.name != content);
        vec![Act::Request(Box::new(remove)), Act::Removed { content: content.to_owned(), reason: Some(reason) }]
    }

    /// Ends the session: all that is not done, is given up. [`Condition::Decline`] where it was offered to us, and
    /// [`Condition::Cancel`] where we think better of it. Nothing where it is over.
    pub fn end(&mut self, reason: impl Into<Reason>) -> Vec<Act> {
        if self.state == State::Ended {
            return Vec::new();
        }
        self.state = State::Ended;
        let reason = reason.into();
        let terminate = Jingle { reason: Some(reason.clone()), ..self.new_jingle(Action::SessionTerminate) };
        vec![Act::Request(Box::new(terminate)), Act::Ended(reason)]
    }

    /// What we sent has come, as they say.
    pub(super) fn confirm(&mut self, name: &str) -> Vec<Act> {
        let Some(part) = self.part_mut(name) else { return Vec::new() };
        match part.stage {
            Stage::Sent => {
                part.stage = Stage::Done;
                vec![Act::Received(name.to_owned())]
            }
            // They may know of the last byte before we have heard that it went.
            Stage::Moving => {
                part.confirmed = true;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// The same with the end of the session: they may have heard of the last byte before we did, but not of one that never
    /// went.
    pub(super) fn confirm_at_last(&mut self, name: &str) -> Vec<Act> {
        let went = |part: &&mut Part| part.stage == Stage::Moving && (part.moved > 0 || part.length == Some(0));
        if let Some(part) = self.part_mut(name).filter(went) {
            part.stage = Stage::Sent;
        }
        self.confirm(name)
    }

    /// Takes back what we asked for and they do not want.
    pub(super) fn withdraw(&mut self, names: &[String], reason: Option<&Reason>) -> Vec<Act> {
        let role = self.role;
        let gone = |part: &mut Part| names.contains(&part.name) && part.open == Some(role);
        let gone: Vec<_> = self.parts.extract_if(.., gone).collect();
        gone.into_iter().map(|part| Act::Removed { content: part.name, reason: reason.cloned() }).collect()
    }

    /// Something was taken away: with nothing left to do, it is over (XEP-0234 §6.5).
    pub(super) fn end_if_idle(&mut self) -> Vec<Act> {
        if self.parts.iter().any(|part| part.stage != Stage::Done) {
            return Vec::new();
        }
        let pending = self.state == State::Pending;
        self.end(match (pending, self.role) {
            (true, Creator::Initiator) => Condition::Cancel,
            (true, Creator::Responder) => Condition::Decline,
            (false, _) => Condition::Success,
        })
    }
}
