//! A call between two people, from asking to the end: messages that ring (XEP-0353) and the session they lead to.
//!
//! Time comes in as milliseconds of a clock that never goes back; what is to be done comes out as [`Act`]s.

mod hear;
mod phase;

pub use phase::{Act, Outcome, Phase};

use xmpp_parsers::jid::{BareJid, FullJid, Jid};

use crate::content::Content;
use crate::jingle::{Action, Group, Info, Jingle};
use crate::message::{Ending, Message, Said};
use crate::reason::{Condition, Reason};
use crate::rtp::Media;
use crate::session::{Event, Session};

/// How long somebody is called, and how long it rings here (milliseconds).
pub const RING: u64 = 60_000;
/// How long it may take from the answer to the first sound.
pub const CONNECT: u64 = 30_000;

/// A call.
#[derive(Debug, Clone)]
pub struct Call {
    id: String,
    own: FullJid,
    peer: BareJid,
    media: Vec<Media>,
    sends: Vec<Media>,
    outgoing: bool,
    phase: Phase,
    /// The device at the other end, once it is known.
    device: Option<FullJid>,
    session: Option<Session>,
    /// An offer that came without asking first, until we have taken the call.
    offered: Option<Box<Jingle>>,
    /// Asked first: then its end is told to all devices as well.
    asked: bool,
    deadline: Option<u64>,
}

impl Call {
    /// We call somebody: all their devices ring.
    pub fn start(own: FullJid, peer: BareJid, id: String, media: Vec<Media>, now: u64) -> (Self, Vec<Act>) {
        let call = Self {
            phase: Phase::Calling { reached: false },
            deadline: Some(now.saturating_add(RING)),
            ..Self::new(own, peer, id, media, true)
        };
        let propose = call.say(Jid::from(call.peer.clone()), Said::Propose(call.media.clone()));
        (call, vec![propose, Act::Phase])
    }

    /// We call one device, which cannot be asked first.
    pub fn start_at(own: FullJid, device: FullJid, id: String, media: Vec<Media>, now: u64) -> (Self, Vec<Act>) {
        let call = Self {
            phase: Phase::Calling { reached: false },
            deadline: Some(now.saturating_add(RING)),
            device: Some(device.clone()),
            asked: false,
            ..Self::new(own, device.to_bare(), id, media.clone(), true)
        };
        (call, vec![Act::Introduce(device), Act::Offer(media), Act::Phase])
    }

    /// Somebody calls, and asks first. They are told that it rings where they are `known` to us: strangers learn nothing
    /// from calling.
    pub fn proposed(
        own: FullJid,
        from: FullJid,
        id: String,
        media: Vec<Media>,
        known: bool,
        now: u64,
    ) -> (Self, Vec<Act>) {
        let call = Self {
            phase: Phase::Ringing,
            deadline: Some(now.saturating_add(RING)),
            device: Some(from.clone()),
            ..Self::new(own, from.to_bare(), id, media, false)
        };
        let mut acts = vec![Act::Phase];
        if known {
            acts.push(call.say(Jid::from(from), Said::Ringing));
        }
        (call, acts)
    }

    /// Somebody calls without asking first.
    ///
    /// # Errors
    /// Why it is to be ended at once, as [`Session::offered`] has it.
    pub fn initiated(
        own: FullJid,
        from: FullJid,
        offer: Jingle,
        known: bool,
        now: u64,
    ) -> Result<(Self, Vec<Act>), Reason> {
        let mut session = Session::offered(own.clone(), from.clone(), &offer)?;
        let ringing = session.inform(Info::Ringing);
        let call = Self {
            phase: Phase::Ringing,
            deadline: Some(now.saturating_add(RING)),
            device: Some(from.clone()),
            asked: false,
            session: Some(session),
            ..Self::new(own, from.to_bare(), offer.sid.clone(), media_of(&offer), false)
        };
        let mut acts = vec![Act::Phase];
        if known {
            acts.push(Act::Request { to: from, jingle: Box::new(ringing) });
        }
        Ok((Self { offered: Some(Box::new(offer)), ..call }, acts))
    }

    fn new(own: FullJid, peer: BareJid, id: String, mut media: Vec<Media>, outgoing: bool) -> Self {
        media.sort_unstable();
        media.dedup();
        Self {
            id,
            own,
            peer,
            sends: if outgoing { media.clone() } else { Vec::new() },
            media,
            outgoing,
            phase: Phase::Ringing,
            device: None,
            session: None,
            offered: None,
            asked: true,
            deadline: None,
        }
    }

    /// The session's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn peer(&self) -> &BareJid {
        &self.peer
    }

    /// The device at the other end, once it is known.
    pub fn device(&self) -> Option<&FullJid> {
        self.device.as_ref()
    }

    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    pub fn is_outgoing(&self) -> bool {
        self.outgoing
    }

    /// What was asked for.
    pub fn media(&self) -> &[Media] {
        &self.media
    }

    /// What the person agreed to send of it.
    pub fn sends(&self) -> &[Media] {
        &self.sends
    }

    /// For what changes while the call is on: its requests go to [`Call::device`].
    pub fn session(&mut self) -> Option<&mut Session> {
        self.session.as_mut()
    }

    /// When [`Call::tick`] is due.
    pub fn deadline(&self) -> Option<u64> {
        self.deadline
    }

    /// The person takes it, and sends these media of what was asked for: a call with video can be taken without a camera.
    pub fn accept(&mut self, sends: &[Media], now: u64) -> Vec<Act> {
        let (Phase::Ringing, Some(device)) = (&self.phase, self.device.clone()) else { return Vec::new() };
        self.sends = self.media.iter().copied().filter(|media| sends.contains(media)).collect();
        let mut acts = vec![Act::Introduce(device.clone())];
        acts.extend(self.connecting(now));
        acts.push(match self.offered.take() {
            Some(offer) => Act::Answer(offer),
            None => self.say(Jid::from(device), Said::Proceed),
        });
        acts
    }

    /// The person does not take it, or speaks to somebody already.
    pub fn decline(&mut self, busy: bool) -> Vec<Act> {
        if self.phase != Phase::Ringing {
            return Vec::new();
        }
        let condition = if busy { Condition::Busy } else { Condition::Decline };
        let mut acts = self.leave(&condition);
        if self.asked {
            acts.extend(self.device.clone().map(|device| self.say(Jid::from(device), Said::Reject(condition.into()))));
        }
        acts.extend(self.over(Outcome::Declined { by_us: true }));
        acts
    }

    /// The person ends it, however far it is.
    pub fn hang_up(&mut self) -> Vec<Act> {
        let outcome = match self.phase {
            Phase::Calling { .. } | Phase::Connecting => Outcome::Cancelled,
            Phase::Ringing => return self.decline(false),
            Phase::Active => Outcome::Completed,
            Phase::Ended(_) => return Vec::new(),
        };
        let condition = if outcome == Outcome::Completed { Condition::Success } else { Condition::Cancel };
        self.end(condition, outcome)
    }

    /// The engine's offer is there.
    pub fn offer(&mut self, contents: Vec<Content>, groups: Vec<Group>) -> Vec<Act> {
        let Some(device) = self.device.clone().filter(|_| self.awaits_offer()) else {
            return Vec::new();
        };
        let (session, jingle) = Session::offer(self.own.clone(), device.clone(), self.id.clone(), contents, groups);
        self.session = Some(session);
        vec![Act::Request { to: device, jingle: Box::new(jingle) }]
    }

    /// Whoever gave up meanwhile does not call any more.
    fn awaits_offer(&self) -> bool {
        let wanted = matches!(self.phase, Phase::Calling { .. } | Phase::Connecting);
        wanted && self.outgoing && self.session.is_none()
    }

    /// The engine's answer is there.
    pub fn answer(&mut self, contents: Vec<Content>, groups: Vec<Group>) -> Vec<Act> {
        let (Phase::Connecting, Some(device), Some(session)) = (&self.phase, &self.device, &mut self.session) else {
            return Vec::new();
        };
        vec![Act::Request { to: device.clone(), jingle: Box::new(session.accept(contents, groups)) }]
    }

    /// The way is found and secured.
    pub fn connected(&mut self) -> Vec<Act> {
        if self.phase != Phase::Connecting {
            return Vec::new();
        }
        (self.phase, self.deadline) = (Phase::Active, None);
        vec![Act::Phase]
    }

    /// We are gone, or do not want to be found: whoever calls us hears nothing of it, so that other devices still ring.
    pub fn abandon(&mut self) -> Vec<Act> {
        if self.phase != Phase::Ringing {
            return self.fail(Condition::Gone);
        }
        let mut acts = self.leave(&Condition::Gone);
        acts.extend(self.over(Outcome::Missed));
        acts
    }

    /// It cannot go on.
    pub fn fail(&mut self, condition: Condition) -> Vec<Act> {
        self.end(condition.clone(), Outcome::Failed(condition))
    }

    /// A request of ours was answered.
    pub fn answered(&mut self, action: Action, refused: bool) -> Vec<Act> {
        let Some(session) = &mut self.session else { return Vec::new() };
        let undone = session.answered(action, refused);
        let needed = matches!(action, Action::SessionInitiate | Action::SessionAccept);
        if refused && needed && !matches!(self.phase, Phase::Ended(_)) {
            // They do not know of the session any more: nothing is told to them.
            self.session = None;
            return self.fail(Condition::FailedApplication);
        }
        undone.into_iter().map(Act::Session).collect()
    }

    /// What we asked with came back as an error.
    pub fn bounced(&mut self) -> Vec<Act> {
        match self.phase {
            Phase::Calling { .. } | Phase::Connecting if self.session.is_none() => {
                self.over(Outcome::Failed(Condition::Gone)).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Looks at the clock.
    pub fn tick(&mut self, now: u64) -> Vec<Act> {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return Vec::new();
        }
        match self.phase {
            Phase::Calling { .. } => self.end(Condition::Timeout, Outcome::NoAnswer),
            // The caller gives up by themselves.
            Phase::Ringing => {
                let mut acts = self.leave(&Condition::Timeout);
                acts.extend(self.over(Outcome::Missed));
                acts
            }
            Phase::Connecting => self.fail(Condition::ConnectivityError),
            Phase::Active | Phase::Ended(_) => Vec::new(),
        }
    }

    fn say(&self, to: Jid, said: Said) -> Act {
        Act::Message { to, message: Message { id: self.id.clone(), said } }
    }

    fn connecting(&mut self, now: u64) -> Option<Act> {
        (self.phase, self.deadline) = (Phase::Connecting, Some(now.saturating_add(CONNECT)));
        Some(Act::Phase)
    }

    /// Ends the session, where there is one.
    fn leave(&mut self, condition: &Condition) -> Vec<Act> {
        let ended = self.session.as_mut().and_then(|session| session.end(condition.clone()));
        let request = |jingle, device: &FullJid| Act::Request { to: device.clone(), jingle: Box::new(jingle) };
        ended.zip(self.device.as_ref()).map(|(jingle, device)| request(jingle, device)).into_iter().collect()
    }

    /// Ends it from our side, with words for everybody who has to know.
    fn end(&mut self, condition: Condition, outcome: Outcome) -> Vec<Act> {
        if matches!(self.phase, Phase::Ended(_)) {
            return Vec::new();
        }
        let mut acts = self.leave(&condition);
        if self.asked {
            let calling = matches!(self.phase, Phase::Calling { .. });
            let ending = Ending::from(condition);
            acts.extend(match &self.device {
                // Nobody has taken it: all devices stop ringing.
                _ if calling => Some(self.say(Jid::from(self.peer.clone()), Said::Retract(ending))),
                // Before there is a session, its end is not understood by all (interop: Conversations).
                Some(device) if self.session.is_none() && self.outgoing => {
                    Some(self.say(Jid::from(device.clone()), Said::Retract(ending)))
                }
                Some(device) if self.session.is_none() => {
                    Some(self.say(Jid::from(device.clone()), Said::Reject(ending)))
                }
                Some(device) => Some(self.say(Jid::from(device.clone()), Said::Finish(ending))),
                None => None,
            });
        }
        acts.extend(self.over(outcome));
        acts
    }

    fn over(&mut self, outcome: Outcome) -> Option<Act> {
        (self.phase, self.deadline, self.offered) = (Phase::Ended(outcome), None, None);
        Some(Act::Phase)
    }
}

/// The media of an offer, each once.
fn media_of(offer: &Jingle) -> Vec<Media> {
    offer.contents.iter().filter_map(|content| content.rtp()).map(|description| description.media).collect()
}

#[cfg(test)]
mod tests;
