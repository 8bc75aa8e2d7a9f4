//! What the other side, and our own other devices, say of a call.

use xmpp_parsers::jid::{FullJid, Jid};

use super::{Act, Call, Event, Outcome, Phase, media_of};
use crate::jingle::{Action, Jingle};
use crate::message::{Ending, Message, Said};
use crate::reason::Condition;
use crate::refusal::Refusal;
use crate::session::Session;

impl Call {
    /// A device of the peer says something of this call, to this device of ours.
    pub fn hear(&mut self, from: &FullJid, said: &Said, now: u64) -> Vec<Act> {
        if from.to_bare() != self.peer {
            return Vec::new();
        }
        let theirs = self.device.as_ref() == Some(from);
        match (&self.phase, said) {
            (Phase::Calling { reached: false }, Said::Ringing) if self.asked => {
                self.phase = Phase::Calling { reached: true };
                vec![Act::Phase]
            }
            (Phase::Calling { .. }, Said::Proceed) if self.asked => {
                self.device = Some(from.clone());
                let mut acts = vec![Act::Introduce(from.clone()), Act::Offer(self.media.clone())];
                acts.extend(self.connecting(now));
                acts
            }
            (Phase::Calling { .. }, Said::Reject(ending)) => self.rejected(ending, Condition::Decline),
            // Only who called takes it back.
            (Phase::Ringing, Said::Retract(_) | Said::Finish(_)) if theirs => {
                self.over(Outcome::Missed).into_iter().collect()
            }
            // Before the session is on, it may be all that tells.
            (Phase::Connecting, Said::Retract(ending) | Said::Finish(ending)) if theirs => {
                self.rejected(ending, Condition::Cancel)
            }
            (Phase::Connecting, Said::Reject(ending)) if theirs => self.rejected(ending, Condition::Decline),
            _ => Vec::new(),
        }
    }

    /// `unsaid`: what it means where no reason is given; most give none.
    fn rejected(&mut self, ending: &Ending, unsaid: Condition) -> Vec<Act> {
        // A tie: the other call is the one that counts, and it is on its way.
        if ending.tie_break {
            return self.over(Outcome::Cancelled).into_iter().collect();
        }
        let condition = ending.reason.as_ref().map_or(unsaid, |reason| reason.condition.clone());
        self.ended_by_them(condition)
    }

    fn ended_by_them(&mut self, condition: Condition) -> Vec<Act> {
        let outcome = match (&self.phase, condition) {
            (Phase::Active, Condition::Success | Condition::Gone | Condition::Cancel | Condition::Timeout) => {
                Outcome::Completed
            }
            (Phase::Ringing, _) => Outcome::Missed,
            (_, Condition::Busy) => Outcome::Busy,
            (_, Condition::Success | Condition::Cancel) if !self.outgoing => Outcome::Missed,
            (_, Condition::Decline | Condition::Success | Condition::Cancel) => Outcome::Declined { by_us: false },
            (_, condition) => Outcome::Failed(condition),
        };
        self.over(outcome).into_iter().collect()
    }

    /// Another device of ours says something of this call, as a copy tells (XEP-0280), or as Dino says it to all of us.
    pub fn hear_own(&mut self, said: &Said) -> Vec<Act> {
        let declined = match said {
            Said::Proceed | Said::Accept => false,
            Said::Reject(_) => true,
            _ => return Vec::new(),
        };
        if self.phase != Phase::Ringing {
            return Vec::new();
        }
        self.over(Outcome::Elsewhere { declined }).into_iter().collect()
    }

    /// They call us while we call them: the call with the lower id counts (XEP-0353 §5.1). Where that is theirs, ours
    /// becomes it and is taken: the person wants this conversation. `None` where they do not cross.
    pub fn cross(&mut self, from: &FullJid, theirs: &Message, now: u64) -> Option<Vec<Act>> {
        let (Phase::Calling { .. }, Said::Propose(media)) = (&self.phase, &theirs.said) else { return None };
        if from.to_bare() != self.peer || !self.asked {
            return None;
        }
        let ending = || Ending { tie_break: true, ..Condition::Expired.into() };
        let key = |id: &str, jid: &FullJid| (id.as_bytes().to_vec(), jid.to_string());
        if key(&self.id, &self.own) < key(&theirs.id, from) {
            let message = Message { id: theirs.id.clone(), said: Said::Reject(ending()) };
            return Some(vec![Act::Message { to: Jid::from(from.clone()), message }]);
        }
        let retract = self.say(Jid::from(self.peer.clone()), Said::Retract(ending()));
        self.id.clone_from(&theirs.id);
        self.outgoing = false;
        // Theirs may be more than the person wanted to send.
        self.sends.retain(|ours| media.contains(ours));
        self.media.clone_from(media);
        self.device = Some(from.clone());
        let mut acts = vec![retract, Act::Introduce(from.clone()), self.say(Jid::from(from.clone()), Said::Proceed)];
        acts.extend(self.connecting(now));
        Some(acts)
    }

    /// A request of the peer. To be answered in any case, before what comes of it is done.
    ///
    /// # Errors
    /// The answer is an error, and nothing has changed.
    pub fn receive(&mut self, from: &FullJid, jingle: &Jingle, now: u64) -> Result<Vec<Act>, Refusal> {
        if self.device.as_ref() != Some(from) || jingle.sid != self.id || matches!(self.phase, Phase::Ended(_)) {
            return Err(Refusal::UnknownSession);
        }
        if jingle.action == Action::SessionInitiate {
            return self.offered_to_us(from, jingle);
        }
        let session = self.session.as_mut().ok_or(Refusal::UnknownSession)?;
        let followed = session.receive(jingle)?;
        let request = |jingle| Act::Request { to: from.clone(), jingle: Box::new(jingle) };
        let mut acts: Vec<_> = followed.then.into_iter().map(request).collect();
        for event in followed.events {
            match event {
                Event::Ended(reason) => acts.extend(self.ended_by_them(reason.condition)),
                Event::Ringing if matches!(self.phase, Phase::Calling { .. }) => {
                    self.phase = Phase::Calling { reached: true };
                    acts.push(Act::Phase);
                }
                // Without asking first, this is what takes it.
                Event::Accepted(_) if matches!(self.phase, Phase::Calling { .. }) => {
                    acts.push(Act::Session(event));
                    acts.extend(self.connecting(now));
                }
                event => acts.push(Act::Session(event)),
            }
        }
        Ok(acts)
    }

    /// The session that we have said to take.
    fn offered_to_us(&mut self, from: &FullJid, jingle: &Jingle) -> Result<Vec<Act>, Refusal> {
        if self.outgoing || self.session.is_some() || self.phase != Phase::Connecting {
            return Err(Refusal::OutOfOrder);
        }
        let terminate = |condition: Condition| {
            let reason = Some(condition.into());
            Act::Request {
                to: from.clone(),
                jingle: Box::new(Jingle { reason, ..Jingle::new(Action::SessionTerminate, &jingle.sid) }),
            }
        };
        // No more than the person agreed to.
        let refused = match Session::offered(self.own.clone(), from.clone(), jingle) {
            Ok(session) if media_of(jingle).iter().all(|media| self.media.contains(media)) => {
                self.session = Some(session);
                return Ok(vec![Act::Answer(Box::new(jingle.clone()))]);
            }
            Ok(_) => Condition::SecurityError,
            Err(reason) => reason.condition,
        };
        let mut acts = vec![terminate(refused.clone())];
        acts.extend(self.over(Outcome::Failed(refused)));
        Ok(acts)
    }
}
