//! Which of all connections is taken (XEP-0260 §2.3 and §2.4).
//!
//! Each side tries what the other has offered and says once what became of it; from both answers each knows the same one. A
//! proxy then has to be activated by whoever offered it.

use super::{Candidate, Info, MOST_CANDIDATES};
use crate::content::Creator;
use crate::refusal::Refusal;

/// What is to be done. Steps are to be done in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Connect to these, best first, [`super::STAGGER`] apart; then [`Nomination::connected`] or
    /// [`Nomination::unreachable`] for each.
    Try(Vec<Candidate>),
    /// These, by their ids, need not be tried any more; a connection to one of them is to be closed.
    Leave(Vec<String>),
    /// To be told in a `transport-info`.
    Say(Info),
    /// Connect to this proxy, which is ours, and have it activated ([`super::activate`]); then [`Nomination::activated`].
    Activate(Candidate),
    /// The bytes go here. All other connections are to be closed.
    Use(Nominated),
    /// There is no connection.
    Failed,
}

/// Whose candidate it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nominated {
    /// They have connected to it; where it is a proxy, so have we.
    Ours(Candidate),
    /// We have connected to it.
    Theirs(Candidate),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Choosing,
    /// We have a proxy activated.
    Activating(Candidate),
    /// They have.
    Awaiting(Candidate),
    Nominated(Nominated),
    Failed,
}

/// The choice of a connection, as one side sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nomination {
    role: Creator,
    ours: Vec<Candidate>,
    /// Theirs that may still be connected to, best first.
    open: Vec<Candidate>,
    /// The ids of all that they have ever offered: nobody has us knock at more doors than [`MOST_CANDIDATES`].
    offered: Vec<String>,
    /// Which of theirs we have connected to, once that is said; none is an error.
    used: Option<Option<Candidate>>,
    /// Which of ours they have connected to, likewise.
    their_used: Option<Option<Candidate>>,
    state: State,
}

impl Nomination {
    /// Begins to connect, once both know of the other's candidates: `role` is ours in the session.
    pub fn begin(role: Creator, ours: Vec<Candidate>, theirs: Vec<Candidate>) -> (Self, Vec<Step>) {
        let (open, offered, state) = (Vec::new(), Vec::new(), State::Choosing);
        let mut nomination = Self { role, ours, open, offered, used: None, their_used: None, state };
        let mut steps = nomination.add(theirs);
        // They may have none, as we may.
        steps.extend(nomination.give_up_if_all_failed());
        (nomination, steps)
    }

    /// They have more; of no use once we have said which one we are connected to.
    pub fn add(&mut self, theirs: Vec<Candidate>) -> Vec<Step> {
        if self.used.is_some() {
            return Vec::new();
        }
        let room = MOST_CANDIDATES.saturating_sub(self.offered.len());
        let known = |candidate: &Candidate| self.offered.contains(&candidate.cid);
        let mut new: Vec<_> = theirs.into_iter().filter(|candidate| !known(candidate)).take(room).collect();
        if let Some(Some(used)) = &self.their_used {
            new.retain(|candidate| candidate.priority > used.priority);
        }
        new.sort_by_key(|candidate| std::cmp::Reverse(candidate.priority));
        self.offered.extend(new.iter().map(|candidate| candidate.cid.clone()));
        self.open.extend(new.iter().cloned());
        if new.is_empty() { Vec::new() } else { vec![Step::Try(new)] }
    }

    /// We are connected to one of theirs: it has agreed to what SOCKS5 asks for. The first one counts.
    pub fn connected(&mut self, cid: &str) -> Vec<Step> {
        let Some(at) = self.open.iter().position(|candidate| candidate.cid == cid) else { return Vec::new() };
        let candidate = self.open.remove(at);
        self.used = Some(Some(candidate));
        let mut steps = self.leave(|_| true);
        steps.push(Step::Say(Info::CandidateUsed(cid.to_owned())));
        steps.extend(self.settle());
        steps
    }

    /// One of theirs cannot be connected to.
    pub fn unreachable(&mut self, cid: &str) -> Vec<Step> {
        self.open.retain(|candidate| candidate.cid != cid);
        self.give_up_if_all_failed()
    }

    /// They say how far they are.
    ///
    /// # Errors
    /// It is not the time for it, as for a second `candidate-used`, or a candidate of ours that we never offered.
    pub fn hear(&mut self, info: &Info) -> Result<Vec<Step>, Refusal> {
        match (info, &self.state) {
            (Info::CandidateUsed(_) | Info::CandidateError, _) if self.their_used.is_some() => Err(Refusal::OutOfOrder),
            (Info::CandidateUsed(cid), State::Choosing) => {
                let used = self.ours.iter().find(|candidate| candidate.cid == *cid).ok_or(Refusal::Malformed)?.clone();
                let priority = used.priority;
                self.their_used = Some(Some(used));
                // Only a better one could still be taken.
                let mut steps = self.leave(|candidate| candidate.priority <= priority);
                steps.extend(if self.used.is_some() { self.settle() } else { self.give_up_if_all_failed() });
                Ok(steps)
            }
            (Info::CandidateError, State::Choosing) => {
                self.their_used = Some(None);
                Ok(self.settle())
            }
            (Info::Activated(cid), State::Awaiting(candidate)) if candidate.cid == *cid => {
                Ok(self.nominate(Nominated::Theirs(candidate.clone())))
            }
            (Info::Activated(_), State::Awaiting(_)) => Err(Refusal::Malformed),
            (Info::ProxyError, State::Activating(_) | State::Awaiting(_)) => Ok(self.fail()),
            (Info::ProxyError, State::Nominated(nominated)) if nominated.is_proxy() => Ok(self.fail()),
            _ => Err(Refusal::OutOfOrder),
        }
    }

    /// Our proxy passes bytes on, or does not.
    pub fn activated(&mut self, passes: bool) -> Vec<Step> {
        let State::Activating(candidate) = &self.state else { return Vec::new() };
        let candidate = candidate.clone();
        if !passes {
            return self.give_up();
        }
        let mut steps = vec![Step::Say(Info::Activated(candidate.cid.clone()))];
        steps.extend(self.nominate(Nominated::Ours(candidate)));
        steps
    }

    /// It takes too long, or a connection that would have been taken is lost. While we have not said what we are connected
    /// to, we say that it is nothing, and wait for what they say: it may take another call to end it.
    pub fn give_up(&mut self) -> Vec<Step> {
        match self.state {
            State::Choosing if self.used.is_none() => {
                let mut steps = self.leave(|_| true);
                steps.extend(self.give_up_if_all_failed());
                steps
            }
            State::Activating(_) | State::Awaiting(_) => {
                let mut steps = vec![Step::Say(Info::ProxyError)];
                steps.extend(self.fail());
                steps
            }
            State::Choosing | State::Nominated(_) => self.fail(),
            State::Failed => Vec::new(),
        }
    }

    fn leave(&mut self, which: impl Fn(&Candidate) -> bool) -> Vec<Step> {
        let left: Vec<_> =
            self.open.extract_if(.., |candidate| which(candidate)).map(|candidate| candidate.cid).collect();
        if left.is_empty() { Vec::new() } else { vec![Step::Leave(left)] }
    }

    fn give_up_if_all_failed(&mut self) -> Vec<Step> {
        if !self.open.is_empty() || self.used.is_some() {
            return Vec::new();
        }
        self.used = Some(None);
        let mut steps = vec![Step::Say(Info::CandidateError)];
        steps.extend(self.settle());
        steps
    }

    /// Both have said what they are connected to (XEP-0260 §2.4).
    fn settle(&mut self) -> Vec<Step> {
        let (Some(used), Some(their_used)) = (self.used.clone(), self.their_used.clone()) else { return Vec::new() };
        let theirs = match (&used, &their_used) {
            (None, None) => return self.fail(),
            (Some(theirs), Some(ours)) if theirs.priority == ours.priority => self.role == Creator::Initiator,
            (Some(theirs), Some(ours)) => theirs.priority > ours.priority,
            (theirs, _) => theirs.is_some(),
        };
        match if theirs { used } else { their_used } {
            Some(proxy) if proxy.is_proxy() && theirs => {
                self.state = State::Awaiting(proxy);
                Vec::new()
            }
            Some(proxy) if proxy.is_proxy() => {
                self.state = State::Activating(proxy.clone());
                vec![Step::Activate(proxy)]
            }
            Some(candidate) if theirs => self.nominate(Nominated::Theirs(candidate)),
            Some(candidate) => self.nominate(Nominated::Ours(candidate)),
            None => Vec::new(),
        }
    }

    fn nominate(&mut self, nominated: Nominated) -> Vec<Step> {
        self.state = State::Nominated(nominated.clone());
        vec![Step::Use(nominated)]
    }

    fn fail(&mut self) -> Vec<Step> {
        self.state = State::Failed;
        vec![Step::Failed]
    }
}

impl Nominated {
    fn is_proxy(&self) -> bool {
        let (Self::Ours(candidate) | Self::Theirs(candidate)) = self;
        candidate.is_proxy()
    }
}

impl Candidate {
    fn is_proxy(&self) -> bool {
        self.kind == super::Kind::Proxy
    }
}
