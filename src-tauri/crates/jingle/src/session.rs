//! One session: what both sides have agreed on so far (XEP-0166 §6 and §7.2).
//!
//! What the other side asks for is answered at once, and told as [`Event`]s; what we want is asked for with the methods,
//! each of which yields the request to send. The session does not know of time, of devices or of who answers the door.

mod receive;
#[cfg(test)]
mod tests;

pub use receive::Followed;

use xmpp_parsers::jid::FullJid;

use crate::content::{Content, Creator, Senders, Transport};
use crate::ice::{self, Candidate, Credentials, Fingerprint, Setup};
use crate::jingle::{Action, Group, Info, Jingle};
use crate::reason::{Condition, Reason};

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Offered, and not accepted.
    Pending,
    Active,
    Ended,
}

/// What the other side brought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Our offer is taken: these of its contents, with the other side's part of them.
    Accepted(Vec<Content>),
    /// More places to reach the other side at, or that there are no more.
    Candidates {
        content: String,
        candidates: Vec<Candidate>,
        complete: bool,
    },
    /// The ways are looked for anew, with these credentials (XEP-0176 §5.9). Where it is an `answer`, we had begun.
    Restart {
        /// Those that go by them.
        contents: Vec<String>,
        credentials: Credentials,
        answer: bool,
    },
    /// They want more; to be answered with [`Session::accept_content`] or [`Session::reject_content`].
    Asked(Vec<Content>),
    /// What we wanted in addition is taken.
    Added(Vec<Content>),
    /// It is not, or is taken away again.
    Removed(Vec<Content>),
    /// Who sends is another now.
    Modified {
        content: String,
        senders: Senders,
    },
    /// They send, and there is nothing to see or hear in it; all contents where none is named.
    Muted {
        content: Option<String>,
        muted: bool,
    },
    Held(bool),
    Ringing,
    Ended(Reason),
}

/// A content of a session.
#[derive(Debug, Clone)]
struct Part {
    content: Content,
    /// Who asked for it, as long as the other has not agreed.
    open: Option<Creator>,
    /// What must never change: who is at the other end.
    fingerprint: Option<Fingerprint>,
}

/// A request of ours, and how to take it back where it is refused.
#[derive(Debug, Clone)]
struct Asked {
    action: Action,
    /// Contents, and who sent in them before.
    before: Vec<(String, Senders)>,
}

/// A session with one device of somebody.
#[derive(Debug, Clone)]
pub struct Session {
    sid: String,
    peer: FullJid,
    own: FullJid,
    /// What we are in it.
    role: Creator,
    state: State,
    groups: Vec<Group>,
    parts: Vec<Part>,
    /// The other side's credentials; all contents of a bundle have the same.
    theirs: Option<Credentials>,
    /// Requests of ours without an answer, in their order.
    asked: Vec<Asked>,
    /// We have begun to look for the ways anew.
    restarting: bool,
}

impl Session {
    /// Offers contents of ours.
    pub fn offer(
        own: FullJid,
        peer: FullJid,
        sid: String,
        contents: Vec<Content>,
        groups: Vec<Group>,
    ) -> (Self, Jingle) {
        let parts = contents.iter().map(|content| Part::new(content, Some(Creator::Initiator)));
        let session = Self {
            sid,
            peer,
            own,
            role: Creator::Initiator,
            state: State::Pending,
            groups: groups.clone(),
            parts: parts.collect(),
            theirs: None,
            asked: vec![Asked { action: Action::SessionInitiate, before: Vec::new() }],
            restarting: false,
        };
        let offer = Jingle { contents, groups, ..session.new_jingle(Action::SessionInitiate) };
        (session, offer)
    }

    /// Takes an offer in; it is to be accepted or ended then.
    ///
    /// # Errors
    /// Why it is to be ended at once: nothing in it that we can do, or something that is not encrypted.
    pub fn offered(own: FullJid, peer: FullJid, offer: &Jingle) -> Result<Self, Reason> {
        let encoded = |content: &Content| content.rtp().is_some_and(|rtp| !rtp.payloads.is_empty());
        let calls = offer.contents.iter().all(encoded);
        if !calls || offer.action != Action::SessionInitiate {
            return Err(Condition::UnsupportedApplications.into());
        }
        if offer.contents.iter().any(|content| content.ice().is_none()) {
            return Err(Condition::UnsupportedTransports.into());
        }
        if !offer.contents.iter().all(is_secured) {
            return Err(Condition::SecurityError.into());
        }
        let parts = offer.contents.iter().map(|content| {
            let fingerprint = content.ice().and_then(|ice| ice.fingerprint.clone());
            Part { fingerprint, ..Part::new(content, Some(Creator::Initiator)) }
        });
        Ok(Self {
            sid: offer.sid.clone(),
            peer,
            own,
            role: Creator::Responder,
            state: State::Pending,
            groups: offer.groups.clone(),
            parts: parts.collect(),
            theirs: offer.contents.iter().find_map(|content| content.ice()?.credentials.clone()),
            asked: Vec::new(),
            restarting: false,
        })
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

    /// What is agreed on or offered, by name.
    pub fn content(&self, name: &str) -> Option<&Content> {
        self.parts.iter().find(|part| part.content.name == name).map(|part| &part.content)
    }

    /// Which contents share a transport.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    pub fn contents(&self) -> impl Iterator<Item = &Content> {
        self.parts.iter().map(|part| &part.content)
    }

    /// Accepts what was offered, with our part of each content; contents that are not among them are declined.
    pub fn accept(&mut self, contents: Vec<Content>, groups: Vec<Group>) -> Jingle {
        self.parts.retain(|part| contents.iter().any(|content| content.name == part.content.name));
        for part in &mut self.parts {
            part.open = None;
            if let Some(ours) = contents.iter().find(|content| content.name == part.content.name) {
                part.content.senders = ours.senders;
            }
        }
        self.state = State::Active;
        self.groups.clone_from(&groups);
        Jingle { contents, groups, ..self.request(Action::SessionAccept) }
    }

    /// Ends it; nothing where it has ended.
    pub fn end(&mut self, reason: impl Into<Reason>) -> Option<Jingle> {
        let state = std::mem::replace(&mut self.state, State::Ended);
        (state != State::Ended)
            .then(|| Jingle { reason: Some(reason.into()), ..self.request(Action::SessionTerminate) })
    }

    /// Tells of a place to be reached at, as soon as it is found.
    pub fn candidate(&mut self, content: &str, credentials: Credentials, candidate: Candidate) -> Option<Jingle> {
        let transport =
            ice::Transport { credentials: Some(credentials), candidates: vec![candidate], ..ice::Transport::default() };
        self.about(Action::TransportInfo, content, |content| content.transport = Some(Transport::Ice(transport)))
    }

    /// Looks for the ways of contents anew with these credentials of ours. To agree when they do, our places are told with new
    /// credentials ([`Session::candidate`]): without any, it would be taken for another offer.
    pub fn restart(&mut self, contents: &[String], credentials: &Credentials) -> Jingle {
        self.restarting = true;
        let transport = |part: &Part| Content {
            creator: part.content.creator,
            transport: Some(Transport::Ice(ice::Transport {
                credentials: Some(credentials.clone()),
                ..ice::Transport::default()
            })),
            ..Content::named(&part.content.name)
        };
        let named = |part: &&Part| contents.contains(&part.content.name);
        let contents = self.parts.iter().filter(named).map(transport).collect();
        Jingle { contents, ..self.request(Action::TransportInfo) }
    }

    /// Asks for more.
    pub fn add(&mut self, content: Content) -> Jingle {
        let role = self.role;
        self.parts.push(Part::new(&content, Some(role)));
        let before = vec![(content.name.clone(), content.senders())];
        Jingle { contents: vec![content], ..self.ask(Action::ContentAdd, before) }
    }

    /// Agrees to what they asked for in addition, with our part of it.
    pub fn accept_content(&mut self, contents: Vec<Content>) -> Jingle {
        for content in &contents {
            if let Some(part) = self.parts.iter_mut().find(|part| part.content.name == content.name) {
                part.open = None;
                part.content.senders = content.senders;
            }
        }
        Jingle { contents, ..self.request(Action::ContentAccept) }
    }

    /// Does not.
    pub fn reject_content(&mut self, names: &[String], reason: impl Into<Reason>) -> Jingle {
        self.parts.retain(|part| !names.contains(&part.content.name));
        let contents = names.iter().map(Content::named).collect();
        Jingle { contents, reason: Some(reason.into()), ..self.request(Action::ContentReject) }
    }

    /// Says whether we send in a content. Not before the session is on: Conversations would end it (interop). Nothing where
    /// that is so already.
    pub fn send_in(&mut self, content: &str, sends: bool) -> Option<Jingle> {
        let role = self.role;
        let part = self.parts.iter_mut().find(|part| part.content.name == content)?;
        let before = part.content.senders();
        let senders = before.with(role, sends);
        if self.state != State::Active || senders == before {
            return None;
        }
        part.content.senders = Some(senders);
        let modify = self.about(Action::ContentModify, content, |content| content.senders = Some(senders));
        if let Some(asked) = self.asked.last_mut() {
            asked.before = vec![(content.to_owned(), before)];
        }
        modify
    }

    /// Tells something of the session.
    pub fn inform(&mut self, info: Info) -> Jingle {
        Jingle { info: Some(info), ..self.request(Action::SessionInfo) }
    }

    /// A request of ours was answered; where it was refused, it is as if we had not asked.
    pub fn answered(&mut self, action: Action, refused: bool) -> Vec<Event> {
        let Some(at) = self.asked.iter().position(|asked| asked.action == action) else { return Vec::new() };
        let before = self.asked.remove(at).before;
        if !refused {
            return Vec::new();
        }
        let names: Vec<_> = before.iter().map(|(name, _)| name.clone()).collect();
        match action {
            Action::ContentAdd => {
                vec![Event::Removed(self.take(|part| part.open.is_some() && names.contains(&part.content.name)))]
            }
            Action::ContentModify => {
                for (name, senders) in &before {
                    if let Some(part) = self.parts.iter_mut().find(|part| part.content.name == *name) {
                        part.content.senders = Some(*senders);
                    }
                }
                before.into_iter().map(|(content, senders)| Event::Modified { content, senders }).collect()
            }
            Action::TransportInfo => {
                self.restarting = false;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn take(&mut self, which: impl Fn(&Part) -> bool) -> Vec<Content> {
        self.parts.extract_if(.., |part| which(part)).map(|part| part.content).collect()
    }

    fn about(&mut self, action: Action, name: &str, change: impl FnOnce(&mut Content)) -> Option<Jingle> {
        let part = self.parts.iter().find(|part| part.content.name == name)?;
        // As they named it: Dino does not find it otherwise.
        let mut content = Content { creator: part.content.creator, ..Content::named(name) };
        change(&mut content);
        Some(Jingle { contents: vec![content], ..self.request(action) })
    }

    fn request(&mut self, action: Action) -> Jingle {
        self.ask(action, Vec::new())
    }

    fn ask(&mut self, action: Action, before: Vec<(String, Senders)>) -> Jingle {
        self.asked.push(Asked { action, before });
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

impl Part {
    fn new(content: &Content, open: Option<Creator>) -> Self {
        Self { content: content.clone(), open, fingerprint: None }
    }
}

/// Encrypted with a key we can check, and set up as an offer or answer has to be.
fn is_secured(content: &Content) -> bool {
    content.ice().is_some_and(|ice| ice.fingerprint.is_some() && ice.credentials.is_some())
}

/// An answer says who begins (RFC 5763 §5).
fn is_decided(content: &Content) -> bool {
    let setup = content.ice().and_then(|ice| ice.fingerprint.as_ref()).map(|fingerprint| fingerprint.setup);
    setup.is_some_and(|setup| setup != Setup::Actpass)
}

/// A content that we could do: RTP over ICE, encoded somehow. Where a content is only named, its description is a stub.
fn is_known(content: &Content) -> bool {
    let payloads = content.rtp().is_some_and(|description| !description.payloads.is_empty());
    payloads && content.ice().is_some()
}
