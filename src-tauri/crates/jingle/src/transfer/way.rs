//! The ways that bytes can go, and the change from one to another.
//!
//! Only the initiator asks for another way: so has it Conversations, and both cannot ask at once then.

use super::part::{Part, Stage};
use super::{Act, Transfer};
use crate::content::{Content, Creator, Transport};
use crate::ice;
use crate::jingle::{Action, Jingle};
use crate::ns;
use crate::reason::Condition;
use crate::s5b::{self, Nomination, Step};
use crate::session::State;

/// A way. The order is ours: encrypted first, last what everybody can (XEP-0234 §10.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    DataChannel,
    S5b,
    Ibb,
}

impl Way {
    /// Best first.
    pub const ALL: [Self; 3] = [Self::DataChannel, Self::S5b, Self::Ibb];

    pub fn of(transport: &Transport) -> Option<Self> {
        match transport {
            Transport::DataChannel(_) => Some(Self::DataChannel),
            Transport::S5b(_) => Some(Self::S5b),
            Transport::Ibb(_) => Some(Self::Ibb),
            Transport::Ice(_) | Transport::Other(_) => None,
        }
    }

    /// What a client says of itself that goes it (XEP-0030); data channels are written in another way too.
    pub fn feature(self) -> &'static str {
        match self {
            Self::DataChannel => ns::DATA_CHANNEL,
            Self::S5b => ns::S5B,
            Self::Ibb => ns::JINGLE_IBB,
        }
    }
}

/// What is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Best first; when we begin, those that the peer goes as well.
    pub ways: Vec<Way>,
    /// The peer must not learn where we are: over SOCKS5 only proxies of ours are offered, and nothing of theirs is connected
    /// to, unless it is the same proxy. That the candidates of a data channel are relayed is up to who gathers them.
    pub hidden: bool,
}

impl Transfer {
    /// Begins to go the way that both have agreed on.
    pub(super) fn connect(&mut self, name: &str) -> Vec<Act> {
        let (role, hidden) = (self.role, self.policy.hidden);
        let Some(part) = self.part_mut(name) else { return Vec::new() };
        part.stage = Stage::Connecting;
        let content = name.to_owned();
        match (&part.ours, &part.theirs) {
            (Some(Transport::S5b(ours)), Some(Transport::S5b(theirs))) => {
                let theirs = part.reachable(&theirs.candidates, hidden);
                let (nomination, steps) = Nomination::begin(role, ours.candidates.clone(), theirs);
                part.nomination = Some(nomination);
                self.steps(name, steps)
            }
            (Some(Transport::Ibb(ours)), Some(Transport::Ibb(theirs))) => {
                let opens = role == Creator::Initiator;
                let (offer, answer) = if opens { (ours, theirs) } else { (theirs, ours) };
                let stream = Box::new(offer.stream(answer, opens, part.most()));
                vec![Act::InBand { content, stream }]
            }
            (_, Some(Transport::DataChannel(theirs))) => {
                vec![Act::DataChannel { content, transport: Box::new(theirs.clone()) }]
            }
            _ => Vec::new(),
        }
    }

    /// One of their candidates is connected to.
    pub fn connected(&mut self, content: &str, cid: &str) -> Vec<Act> {
        self.nominate(content, |nomination| nomination.connected(cid))
    }

    /// One of their candidates cannot be connected to.
    pub fn unreachable(&mut self, content: &str, cid: &str) -> Vec<Act> {
        self.nominate(content, |nomination| nomination.unreachable(cid))
    }

    /// The proxy of [`Step::Activate`] passes bytes on, or does not.
    pub fn activated(&mut self, content: &str, passes: bool) -> Vec<Act> {
        self.nominate(content, |nomination| nomination.activated(passes))
    }

    /// A stream between stanzas, or a data channel, is open: bytes can go.
    pub fn opened(&mut self, content: &str) {
        let connecting = |part: &&mut Part| part.stage == Stage::Connecting && part.way() != Some(Way::S5b);
        if let Some(part) = self.live(content).filter(connecting) {
            part.stage = Stage::Moving;
        }
    }

    /// A place of ours to be reached at, found for a data channel.
    pub fn candidate(&self, content: &str, candidate: ice::Candidate) -> Option<Act> {
        let part = self.part(content).filter(|_| self.state != State::Ended)?;
        let Some(Transport::DataChannel(ours)) = &part.ours else { return None };
        let credentials = ours.ice.credentials.clone();
        let ice = ice::Transport { credentials, candidates: vec![candidate], ..ice::Transport::default() };
        let transport = Some(Transport::DataChannel(ours.trickle(ice)));
        let contents = vec![Content { transport, ..part.named() }];
        Some(Act::Request(Box::new(Jingle { contents, ..self.new_jingle(Action::TransportInfo) })))
    }

    /// The way does not lead anywhere: it takes too long, broke, or cannot be made. Before any byte went, the next is tried, or
    /// waited for where the peer is who asks for it; over SOCKS5 it may first be said to the peer, whose answer is then
    /// waited for as long again. Afterwards the file is given up. Not for a connection that is closed after the last byte.
    pub fn failed(&mut self, content: &str) -> Vec<Act> {
        let Some(part) = self.live(content) else { return Vec::new() };
        match part.stage {
            Stage::Connecting if part.nomination.is_some() => self.nominate(content, Nomination::give_up),
            Stage::Connecting | Stage::Moving => self.lost(content),
            Stage::Preparing(way) => {
                part.tried.push(way);
                self.fall_back(content, Condition::ConnectivityError)
            }
            Stage::Replacing | Stage::Stranded => self.abort(content, Condition::ConnectivityError),
            Stage::Pending | Stage::Sent | Stage::Done => Vec::new(),
        }
    }

    /// Asks for the way of [`Act::Prepare`], with our part of it.
    pub fn replace(&mut self, content: &str, transport: Transport) -> Vec<Act> {
        let transport = self.our_part(transport);
        let way = Way::of(&transport);
        let wanted = |part: &&mut Part| way.is_some_and(|way| part.stage == Stage::Preparing(way));
        let Some(part) = self.live(content).filter(wanted) else { return Vec::new() };
        part.tried.extend(way);
        part.remember(&transport);
        (part.ours, part.theirs, part.stage) = (Some(transport.clone()), None, Stage::Replacing);
        let contents = vec![Content { transport: Some(transport), ..part.named() }];
        let names = vec![content.to_owned()];
        vec![Act::Request(Box::new(Jingle { contents, ..self.ask(Action::TransportReplace, names) }))]
    }

    /// Agrees to the way of [`Act::Replaced`], with our part of it.
    pub fn accept_transport(&mut self, content: &str, transport: Transport) -> Vec<Act> {
        let Some(part) = self.live(content).filter(|part| part.stage == Stage::Replacing) else { return Vec::new() };
        part.remember(&transport);
        let ours = part.theirs.as_ref().and_then(|theirs| answer(transport, theirs));
        let Some(ours) = ours.map(|ours| self.our_part(ours)) else { return Vec::new() };
        let Some(part) = self.part_mut(content) else { return Vec::new() };
        part.ours = Some(ours.clone());
        let contents = vec![Content { transport: Some(ours), ..part.named() }];
        let accept = Jingle { contents, ..self.new_jingle(Action::TransportAccept) };
        let mut acts = vec![Act::Request(Box::new(accept))];
        acts.extend(self.connect(content));
        acts
    }

    /// Does not.
    pub fn reject_transport(&mut self, content: &str) -> Vec<Act> {
        let theirs = self.role == Creator::Responder;
        let asked = |part: &&mut Part| theirs && part.stage == Stage::Replacing;
        let Some(part) = self.live(content).filter(asked) else { return Vec::new() };
        part.stage = Stage::Stranded;
        let contents = vec![part.named()];
        vec![self.reject(contents)]
    }

    pub(super) fn reject(&self, contents: Vec<Content>) -> Act {
        let reason = Some(Condition::UnsupportedTransports.into());
        Act::Request(Box::new(Jingle { contents, reason, ..self.new_jingle(Action::TransportReject) }))
    }

    /// They do not want the way that we asked for.
    pub(super) fn not_replaced(&mut self, name: &str) -> Vec<Act> {
        let asked = self.part(name).is_some_and(|part| part.stage == Stage::Replacing);
        if asked { self.fall_back(name, Condition::FailedTransport) } else { Vec::new() }
    }

    /// What the choice of a connection has come to.
    pub(super) fn steps(&mut self, name: &str, steps: Vec<Step>) -> Vec<Act> {
        let mut acts = Vec::new();
        for step in steps {
            match step {
                Step::Say(info) => acts.extend(self.say(name, info)),
                Step::Failed => acts.extend(self.lost(name)),
                step => {
                    if let (Step::Use(_), Some(part)) = (&step, self.part_mut(name)) {
                        part.stage = Stage::Moving;
                    }
                    acts.push(Act::S5b { content: name.to_owned(), step });
                }
            }
        }
        acts
    }

    fn nominate(&mut self, name: &str, change: impl FnOnce(&mut Nomination) -> Vec<Step>) -> Vec<Act> {
        let part = self.live(name).filter(|part| part.stage == Stage::Connecting);
        let Some(nomination) = part.and_then(|part| part.nomination.as_mut()) else { return Vec::new() };
        let steps = change(nomination);
        self.steps(name, steps)
    }

    fn say(&self, name: &str, info: s5b::Info) -> Option<Act> {
        let part = self.part(name)?;
        let Some(Transport::S5b(ours)) = &part.ours else { return None };
        let transport = s5b::Transport { sid: ours.sid.clone(), info: Some(info), ..s5b::Transport::default() };
        let contents = vec![Content { transport: Some(Transport::S5b(transport)), ..part.named() }];
        Some(Act::Request(Box::new(Jingle { contents, ..self.new_jingle(Action::TransportInfo) })))
    }

    /// The present way is none any more. What has gone over it is not known to have come: then there is no other.
    fn lost(&mut self, name: &str) -> Vec<Act> {
        if self.part(name).is_some_and(|part| part.moved > 0) {
            return self.abort(name, Condition::FailedTransport);
        }
        self.fall_back(name, Condition::ConnectivityError)
    }

    /// The next way, or the end, for `condition`.
    fn fall_back(&mut self, name: &str, condition: Condition) -> Vec<Act> {
        let (role, ways) = (self.role, self.policy.ways.clone());
        let Some(part) = self.part_mut(name) else { return Vec::new() };
        part.nomination = None;
        if role == Creator::Responder {
            part.stage = Stage::Stranded;
            return vec![Act::Stranded(name.to_owned())];
        }
        match ways.into_iter().find(|way| !part.tried.contains(way)) {
            Some(way) => {
                part.stage = Stage::Preparing(way);
                vec![Act::Prepare { content: name.to_owned(), way }]
            }
            None => self.abort(name, condition),
        }
    }
}

/// Our part of a way that they have offered: of the same id, and in blocks that are no larger. `None` where it is another way.
pub(super) fn answer(ours: Transport, offer: &Transport) -> Option<Transport> {
    match (ours, offer) {
        (Transport::S5b(mut ours), Transport::S5b(offer)) => {
            ours.sid.clone_from(&offer.sid);
            ours.leave_out(&offer.candidates);
            Some(Transport::S5b(ours))
        }
        (Transport::Ibb(ours), Transport::Ibb(offer)) => {
            let agreed = offer.agreed(&ours);
            Some(Transport::Ibb(crate::ibb::Transport::new(&offer.sid, agreed)))
        }
        (ours @ Transport::DataChannel(_), Transport::DataChannel(_)) => Some(ours),
        _ => None,
    }
}
