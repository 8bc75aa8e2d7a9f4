//! One file of a session.

use super::way::{Policy, Way};
use crate::content::{Content, Creator, Senders, Transport};
use crate::file::{File, LARGEST};
use crate::reason::Condition;
use crate::s5b::{Candidate, Kind, Nomination};
use crate::security::TAG;

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Not agreed on.
    Pending,
    /// A way is being found.
    Connecting,
    /// We are to make our part of another way.
    Preparing(Way),
    /// Another way is asked for, and not agreed on.
    Replacing,
    /// There is no way; it is the initiator's to ask for another.
    Stranded,
    /// Bytes go, or could.
    Moving,
    /// All of ours are sent.
    Sent,
    /// It has come, and the receiver knows that it is right.
    Done,
}

/// Bytes of a file that go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Those before the first one.
    pub offset: u64,
    /// How many; up to the end of what comes where it is not known.
    pub length: Option<u64>,
    /// How many that are on the way, with what encryption adds.
    pub wire: Option<u64>,
}

#[derive(Debug, Clone)]
pub(super) struct Part {
    pub creator: Creator,
    pub name: String,
    pub senders: Senders,
    /// We send it.
    pub sends: bool,
    pub file: File,
    /// Encrypted once more (XEP-0391).
    pub sealed: bool,
    /// Who asked for it, as long as the other has not agreed.
    pub open: Option<Creator>,
    pub stage: Stage,
    pub ours: Option<Transport>,
    pub theirs: Option<Transport>,
    /// All ways that were tried, with the present one; none is tried twice.
    pub tried: Vec<Way>,
    pub nomination: Option<Nomination>,
    /// Where proxies of ours are.
    pub proxies: Vec<(String, u16)>,
    /// Bytes that are left out at the beginning.
    pub offset: u64,
    /// Bytes that go, without what encryption adds.
    pub length: Option<u64>,
    /// Bytes that went.
    pub moved: u64,
    /// They say that it has come, before we knew that all of it was sent.
    pub confirmed: bool,
    /// They have said what it hashes to, in a message of its own.
    pub told: bool,
}

impl Part {
    /// One that we bring in as `role`.
    pub fn ours(content: &Content, role: Creator, policy: &Policy) -> Result<Self, Condition> {
        let mut part = Self::new(content, role, policy)?;
        content.transport.iter().for_each(|ours| part.remember(ours));
        Ok(Self { sends: part.senders.includes(role), ours: content.transport.clone(), ..part })
    }

    /// One that the other side, which is `creator`, brings in.
    pub fn theirs(content: &Content, creator: Creator, policy: &Policy) -> Result<Self, Condition> {
        let part = Self::new(content, creator, policy)?;
        Ok(Self { sends: part.senders.includes(creator.other()), theirs: content.transport.clone(), ..part })
    }

    fn new(content: &Content, creator: Creator, policy: &Policy) -> Result<Self, Condition> {
        let file = content.file().ok_or(Condition::UnsupportedApplications)?.clone();
        let senders = senders_of(content, creator);
        if senders == Senders::None {
            return Err(Condition::IncompatibleParameters);
        }
        let way = content.transport.as_ref().and_then(Way::of);
        let way = way.filter(|way| policy.ways.contains(way)).ok_or(Condition::UnsupportedTransports)?;
        if !content.transport.as_ref().is_some_and(is_secured) {
            return Err(Condition::SecurityError);
        }
        let mut part = Self {
            creator,
            name: content.name.clone(),
            senders,
            sends: false,
            file,
            sealed: content.security.is_some(),
            open: Some(creator),
            stage: Stage::Pending,
            ours: None,
            theirs: None,
            tried: vec![way],
            nomination: None,
            proxies: Vec::new(),
            offset: 0,
            length: None,
            moved: 0,
            confirmed: false,
            told: false,
        };
        let range = part.file.range.clone().unwrap_or_default();
        part.set_span(range.offset, range.length)?;
        Ok(part)
    }

    /// What goes, if it is within the file.
    pub fn set_span(&mut self, offset: u64, length: Option<u64>) -> Result<(), Condition> {
        let left = self.file.size.map(|size| size.checked_sub(offset).ok_or(Condition::IncompatibleParameters));
        let left = left.transpose()?;
        if length.zip(left).is_some_and(|(length, left)| length > left) {
            return Err(Condition::IncompatibleParameters);
        }
        (self.offset, self.length) = (offset, length.or(left));
        Ok(())
    }

    pub fn span(&self) -> Span {
        let added = if self.sealed { TAG } else { 0 };
        Span { offset: self.offset, length: self.length, wire: self.length.map(|length| length.saturating_add(added)) }
    }

    /// Bytes that may come.
    pub fn most(&self) -> u64 {
        if self.sends { 0 } else { self.span().wire.unwrap_or(LARGEST) }
    }

    /// Where our proxies are, before those that the other side has too are left out.
    pub fn remember(&mut self, ours: &Transport) {
        let Transport::S5b(ours) = ours else { return };
        let proxies = ours.candidates.iter().filter(|candidate| candidate.kind == Kind::Proxy);
        self.proxies = proxies.map(|proxy| (proxy.host.clone(), proxy.port)).collect();
    }

    /// Those of their candidates that are connected to. Where nobody is to learn where we are, only a proxy that is ours too.
    pub fn reachable(&self, theirs: &[Candidate], hidden: bool) -> Vec<Candidate> {
        let ours =
            |proxy: &Candidate| self.proxies.iter().any(|(host, port)| *host == proxy.host && *port == proxy.port);
        let reachable = |candidate: &&Candidate| !hidden || (candidate.kind == Kind::Proxy && ours(candidate));
        theirs.iter().filter(reachable).cloned().collect()
    }

    pub fn way(&self) -> Option<Way> {
        self.tried.last().copied()
    }

    /// Named as whoever brought it in did: Dino does not find it otherwise.
    pub fn named(&self) -> Content {
        Content { creator: self.creator, ..Content::named(&self.name) }
    }
}

/// Who sends a file. Where it is not said, whoever speaks of it offers it.
pub(super) fn senders_of(content: &Content, creator: Creator) -> Senders {
    match content.senders() {
        Senders::Both => Senders::None.with(creator, true),
        senders => senders,
    }
}

/// Data channels are encrypted, or not begun.
pub(super) fn is_secured(transport: &Transport) -> bool {
    match transport {
        Transport::DataChannel(channel) => channel.is_secured(),
        _ => true,
    }
}
