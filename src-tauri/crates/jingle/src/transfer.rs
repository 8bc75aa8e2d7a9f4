//! A session in which files are handed over (XEP-0234), as one of both sides sees it: what is offered, asked for and agreed on,
//! by which way it goes, and when it has come.
//!
//! It knows of no time, no sockets and no disk. What the peer asks for comes in with [`Transfer::receive`], what becomes of
//! sockets and bytes with the other methods; what is to be done comes out as [`Act`]s, to be done in their order. The bytes go
//! past it: it is only told how many.
//!
//! For each file in turn:
//!
//! 1. [`Transfer::offer`], or [`Transfer::offered`] and then [`Transfer::accept`] or [`Transfer::end`]. Once both agree,
//!    [`Transfer::span`] tells which bytes go.
//! 2. A way is found: [`Act::S5b`], [`Act::InBand`] or [`Act::DataChannel`] say what is to be done for it, and
//!    [`Transfer::connected`], [`Transfer::unreachable`], [`Transfer::activated`], [`Transfer::opened`] and [`Transfer::failed`]
//!    tell what came of it. Where one way fails, the initiator takes the next ([`Act::Prepare`], [`Act::Replaced`]).
//! 3. [`Transfer::moved`] while the bytes go, and at last [`Transfer::sent`], or [`Transfer::received`] once what has come is
//!    known to be right.
//!
//! Timers are the caller's: [`CONNECT`] and [`IDLE`].

mod agree;
mod finish;
mod part;
mod receive;
mod way;

pub use part::{Span, Stage};
pub use way::{Policy, Way};

use xmpp_parsers::jid::FullJid;

use crate::content::{Content, Creator, Transport};
use crate::file::File;
use crate::jingle::{Action, Group, Info, Jingle, MOST_CONTENTS};
use crate::reason::{Condition, Reason};
use crate::session::State;
use crate::{datachannel, ibb, s5b};
use part::Part;

/// How long a way may take to be found (milliseconds); then [`Transfer::failed`].
pub const CONNECT: u64 = 30_000;
/// How long nothing may come (milliseconds); then [`Transfer::abort`] with [`Condition::Timeout`].
pub const IDLE: u64 = 60_000;

/// What is to be done. A `content` is a name of one.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// A request to the peer; [`Transfer::answered`] once there is an answer.
    Request(Box<Jingle>),
    /// These are agreed on.
    Accepted(Vec<String>),
    /// They offer or ask for more; to be answered with [`Transfer::accept_contents`] or [`Transfer::abort`].
    Asked(Vec<Content>),
    /// It is not agreed on, or ends before all others do.
    Removed { content: String, reason: Option<Reason> },
    /// A step on the way to a connection (XEP-0260). [`s5b::Step::Say`] and [`s5b::Step::Failed`] are none of them.
    S5b { content: String, step: s5b::Step },
    /// Bytes go between stanzas: the stream is to be opened, or waited for; then [`Transfer::opened`] or
    /// [`Transfer::failed`].
    InBand { content: String, stream: Box<ibb::Stream> },
    /// The other side's part of a data channel, or more of it; once a channel is open, [`Transfer::opened`].
    DataChannel { content: String, transport: Box<datachannel::Transport> },
    /// Another way is to be tried: our part of it is made, and given to [`Transfer::replace`]; or [`Transfer::failed`].
    Prepare { content: String, way: Way },
    /// They want another way: our part of it is made, and given to [`Transfer::accept_transport`]; or
    /// [`Transfer::reject_transport`].
    Replaced { content: String, transport: Box<Transport> },
    /// The way does not lead anywhere, and it is the peer's to ask for another: what belongs to it is closed. Where nothing
    /// comes in [`CONNECT`], [`Transfer::failed`].
    Stranded(String),
    /// What a file, or its range, hashes to, now that all of it was sent.
    Checksum { content: String, file: Box<File> },
    /// What we sent has come.
    Received(String),
    /// It is over. What is [done](Stage::Done), is done all the same.
    Ended(Reason),
}

/// What is taken of that which the other side offers or asks for.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The content's name.
    pub content: String,
    /// Our part of the way, which is the one that was offered. Its id is set to theirs.
    pub transport: Transport,
    /// Bytes that are not sent as they are there already. Only where [parts can be asked for](crate::file::Range); a
    /// sender keeps to what was asked for.
    pub offset: u64,
    /// Where we send it: what it is, with the hashes that are known or promised.
    pub file: Option<File>,
}

/// A session with one device of somebody.
#[derive(Debug, Clone)]
pub struct Transfer {
    sid: String,
    own: FullJid,
    peer: FullJid,
    /// What we are in it.
    role: Creator,
    state: State,
    policy: Policy,
    parts: Vec<Part>,
    /// Requests of ours without an answer that are of interest, in their order, with the names of their contents.
    asked: Vec<(Action, Vec<String>)>,
}

impl Transfer {
    /// Offers files, or asks for them where the peer is who sends: [`Content::file_of`]. `policy` has the ways that both can
    /// go; `contents` each begin with one of them.
    ///
    /// # Errors
    /// A content is no file, or goes by none of these ways; or there is none, or two of a name.
    pub fn offer(
        own: FullJid,
        peer: FullJid,
        sid: String,
        contents: Vec<Content>,
        policy: Policy,
    ) -> Result<(Self, Act), Condition> {
        let role = Creator::Initiator;
        let mut transfer =
            Self { sid, own, peer, role, state: State::Pending, policy, parts: Vec::new(), asked: Vec::new() };
        let mut offered = Vec::new();
        for content in contents.into_iter().take(MOST_CONTENTS) {
            offered.push(transfer.put_in(content)?);
        }
        if offered.is_empty() {
            return Err(Condition::GeneralError);
        }
        let groups = groups(&offered);
        let names = transfer.names();
        let offer = Jingle { contents: offered, groups, ..transfer.ask(Action::SessionInitiate, names) };
        Ok((transfer, Act::Request(Box::new(offer))))
    }

    /// Takes an offer in; [`Transfer::accept`] or [`Transfer::end`] is due then. `policy` has the ways that we go; `opened`
    /// the names of contents whose [`crate::Security`] we have the key of. What we cannot take is left out.
    ///
    /// # Errors
    /// Why it is to be ended at once, as nothing is left: no files, no way, or encrypted in a way that we cannot open.
    pub fn offered(
        own: FullJid,
        peer: FullJid,
        offer: &Jingle,
        policy: Policy,
        opened: &[&str],
    ) -> Result<Self, Reason> {
        if offer.action != Action::SessionInitiate || offer.contents.is_empty() {
            return Err(Condition::GeneralError.into());
        }
        let read = |content: &Content| match content.security {
            Some(_) if !opened.contains(&content.name.as_str()) => Err(Condition::SecurityError),
            _ => Part::theirs(content, Creator::Initiator, &policy),
        };
        let (parts, refused): (Vec<_>, Vec<_>) = offer.contents.iter().map(read).partition(Result::is_ok);
        if let (true, Some(Err(condition))) = (parts.is_empty(), refused.into_iter().next()) {
            return Err(condition.into());
        }
        let parts = parts.into_iter().flatten().collect();
        let (sid, role, state) = (offer.sid.clone(), Creator::Responder, State::Pending);
        Ok(Self { sid, own, peer, role, state, policy, parts, asked: Vec::new() })
    }

    /// Whether an offer of theirs and this one of ours, which nobody has accepted yet, are about the same, and if so, which of
    /// both counts (XEP-0166 §7.2.16). Where it is ours, theirs is refused with [`crate::Refusal::TieBreak`]; else ours will
    /// be.
    pub fn ties(&self, from: &FullJid, offer: &Jingle) -> Option<Creator> {
        let pending = self.role == Creator::Initiator && self.state == State::Pending && *from == self.peer;
        let same = |content: &Content| {
            // Whoever sends for one of us as the initiator is the responder of the other.
            let sends = part::senders_of(content, Creator::Initiator).includes(Creator::Responder);
            let file = content.file();
            self.parts.iter().any(|part| part.sends == sends && file.is_some_and(|file| part.file.is_like(file)))
        };
        if !pending || offer.action != Action::SessionInitiate || !offer.contents.iter().any(same) {
            return None;
        }
        let ours = (self.sid.as_bytes(), self.own.as_str()) < (offer.sid.as_bytes(), from.as_str());
        Some(if ours { Creator::Initiator } else { Creator::Responder })
    }

    pub fn sid(&self) -> &str {
        &self.sid
    }

    pub fn peer(&self) -> &FullJid {
        &self.peer
    }

    pub fn role(&self) -> Creator {
        self.role
    }

    pub fn state(&self) -> State {
        self.state
    }

    /// The names of all that is offered, agreed on, or done.
    pub fn names(&self) -> Vec<String> {
        self.parts.iter().map(|part| part.name.clone()).collect()
    }

    /// How far a content is.
    pub fn stage(&self, content: &str) -> Option<Stage> {
        self.part(content).map(|part| part.stage)
    }

    /// Whether we send it.
    pub fn sends(&self, content: &str) -> Option<bool> {
        self.part(content).map(|part| part.sends)
    }

    /// What is known of it; hashes that are told at the end come in addition.
    pub fn file(&self, content: &str) -> Option<&File> {
        self.part(content).map(|part| &part.file)
    }

    /// Which of its bytes go; to be trusted once it is agreed on.
    pub fn span(&self, content: &str) -> Option<Span> {
        self.part(content).map(Part::span)
    }

    /// The way that it goes, or was tried last.
    pub fn way(&self, content: &str) -> Option<Way> {
        self.part(content).and_then(Part::way)
    }

    /// Their part of the way.
    pub fn theirs(&self, content: &str) -> Option<&Transport> {
        self.part(content).and_then(|part| part.theirs.as_ref())
    }

    /// The id of what its bytes go over, as its initiator made it; empty where it has none.
    pub fn stream(&self, content: &str) -> String {
        let transport = self.part(content).and_then(|part| part.ours.as_ref().or(part.theirs.as_ref()));
        match transport {
            Some(Transport::S5b(s5b)) => s5b.sid.clone(),
            Some(Transport::Ibb(ibb)) => ibb.sid.clone(),
            _ => String::new(),
        }
    }

    /// Whether a hash is still to be told by the sender: it is worth waiting for, after the last byte.
    pub fn awaits_checksum(&self, content: &str) -> bool {
        let missing = |part: &Part| !part.file.used.is_empty() && part.file.hashes.is_empty() && !part.told;
        self.part(content).is_some_and(|part| !part.sends && missing(part))
    }

    /// `DST.ADDR` of a content that goes over SOCKS5: what is said to candidates of ours, and what we say to theirs.
    pub fn dstaddrs(&self, content: &str) -> Option<(String, String)> {
        let part = self.part(content)?;
        let (Some(Transport::S5b(ours)), Some(Transport::S5b(theirs))) = (&part.ours, &part.theirs) else {
            return None;
        };
        let said = theirs.dstaddr.clone().unwrap_or_else(|| s5b::dstaddr(&ours.sid, &self.peer, &self.own));
        Some((s5b::dstaddr(&ours.sid, &self.own, &self.peer), said))
    }

    /// A request of ours was answered. Where it was refused, what it was about is tried otherwise, or over.
    pub fn answered(&mut self, action: Action, refused: bool) -> Vec<Act> {
        let Some(at) = self.asked.iter().position(|(asked, _)| *asked == action) else { return Vec::new() };
        let (_, names) = self.asked.remove(at);
        if !refused || self.state == State::Ended {
            return Vec::new();
        }
        match action {
            Action::SessionInitiate | Action::SessionAccept => {
                // They do not know of the session any more: nothing is told to them.
                self.state = State::Ended;
                vec![Act::Ended(Condition::FailedApplication.into())]
            }
            Action::TransportReplace => names.iter().flat_map(|name| self.not_replaced(name)).collect(),
            Action::ContentAdd => self.withdraw(&names, None),
            _ => Vec::new(),
        }
    }

    /// Our stream has a new address: whoever we speak with does not know it (XEP-0166 §6.7). Nothing where it is the old one.
    pub fn rebound(&mut self, own: &FullJid) -> Vec<Act> {
        if self.own == *own { Vec::new() } else { self.end(Condition::ConnectivityError) }
    }

    fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }

    fn part_mut(&mut self, name: &str) -> Option<&mut Part> {
        self.parts.iter_mut().find(|part| part.name == name)
    }

    /// A content for which something can still be done.
    fn live(&mut self, name: &str) -> Option<&mut Part> {
        let on = self.state == State::Active;
        self.part_mut(name).filter(|part| on && part.open.is_none())
    }

    /// Makes a content of ours part of the session, as it is to be sent.
    fn put_in(&mut self, content: Content) -> Result<Content, Condition> {
        let transport = content.transport.map(|transport| self.our_part(transport));
        let content = Content { creator: self.role, transport, ..content };
        if self.part(&content.name).is_some() {
            return Err(Condition::GeneralError);
        }
        self.parts.push(Part::ours(&content, self.role, &self.policy)?);
        Ok(content)
    }

    /// A transport of ours, as the policy wants it, with what everybody has to be told.
    fn our_part(&self, transport: Transport) -> Transport {
        let Transport::S5b(mut s5b) = transport else { return transport };
        if self.policy.hidden {
            s5b.candidates.retain(|candidate| candidate.kind == s5b::Kind::Proxy);
        }
        s5b.dstaddr = Some(s5b::dstaddr(&s5b.sid, &self.own, &self.peer));
        Transport::S5b(s5b)
    }

    fn inform(&self, info: Info) -> Act {
        Act::Request(Box::new(Jingle { info: Some(info), ..self.new_jingle(Action::SessionInfo) }))
    }

    /// A request that is of interest once it is answered.
    fn ask(&mut self, action: Action, names: Vec<String>) -> Jingle {
        self.asked.push((action, names));
        self.new_jingle(action)
    }

    fn new_jingle(&self, action: Action) -> Jingle {
        let (initiator, responder) = match self.role {
            Creator::Initiator => (&self.own, &self.peer),
            Creator::Responder => (&self.peer, &self.own),
        };
        let responder = (action != Action::SessionInitiate).then(|| responder.clone().into());
        Jingle { initiator: Some(initiator.clone().into()), responder, ..Jingle::new(action, &self.sid) }
    }
}

/// Conversations wants a data channel to be in a group, alone.
fn groups(contents: &[Content]) -> Vec<Group> {
    let [Content { name, transport: Some(Transport::DataChannel(channel)), .. }] = contents else { return Vec::new() };
    let group = Group { semantics: Group::BUNDLE.to_owned(), contents: vec![name.clone()] };
    if channel.form == datachannel::Form::Nested { vec![group] } else { Vec::new() }
}

#[cfg(test)]
mod tests;
