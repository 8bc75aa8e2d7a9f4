//! What the machine wants done.

use waxwing_contract::{CallOutcome, CallTrouble};
use waxwing_history::{Batch, Result};
use waxwing_jingle::ice::{Candidate, Credentials};
use waxwing_jingle::rtp::Media;
use waxwing_jingle::{Act, Action, Condition, Jingle, Outcome, Phase};
use waxwing_media::Restart;
use waxwing_media::sound::ring::Ring;
use waxwing_session::jid::{FullJid, Jid};
use waxwing_session::ns;
use waxwing_session::xep::presence;
use waxwing_session::xml::el;

use super::super::events::Awaiting;
use super::super::{Ask, Core};
use super::Going;
use crate::call::line::{Line, News, Order, words};
use crate::people::wire_show;

/// Places of ours that are kept until they may be told; more are not looked for.
const FOUND: usize = 64;

impl Core {
    pub(super) fn act(&mut self, b: &Batch<'_>, id: &str, acts: Vec<Act>) -> Result<()> {
        for act in acts {
            match act {
                Act::Message { to, message } => self.say_of_call(&to, &message),
                Act::Request { to, jingle } => self.request_of_call(id, to, &jingle),
                Act::Introduce(device) => self.introduce(device),
                Act::Offer(media) => {
                    let device = self.calls.going.get(id).and_then(|going| going.call.device().cloned());
                    let bundle = device.is_some_and(|device| self.bundles(&device));
                    self.order(id, Order::Offer { media, bundle });
                }
                Act::Answer(offer) => {
                    let sends = self.calls.going.get(id).map(|going| going.call.sends().to_vec()).unwrap_or_default();
                    self.order(id, Order::Answer { offer: words(&offer.contents, &offer.groups), sends });
                }
                Act::Session(event) => self.session_tells(id, event),
                Act::Phase => self.call_moved(b, id)?,
            }
        }
        self.out.changed.calls.insert(id.to_owned());
        Ok(())
    }

    fn say_of_call(&mut self, to: &Jid, message: &waxwing_jingle::Message) {
        let [payload, store] = message.write();
        let name = match &message.said {
            waxwing_jingle::message::Said::Propose(_) => "propose",
            waxwing_jingle::message::Said::Proceed => "proceed",
            _ => "say",
        };
        // Conversations knows by these what came back.
        let stanza = el("message", ns::CLIENT)
            .attr("type", "chat")
            .attr("to", to.to_string())
            .attr("id", format!("jm-{name}-{}", message.id))
            .child(payload)
            .child(store);
        self.out.send(stanza);
    }

    pub(super) fn request_of_call(&mut self, id: &str, to: FullJid, jingle: &Jingle) {
        let action = jingle.action;
        let awaiting = Awaiting::Jingle { call: id.to_owned(), action };
        self.ask(Some(to.into()), jingle.write(), true, awaiting);
        if action == Action::SessionAccept {
            self.tell_found(id);
        }
    }

    /// Who does not see our presence is told which client we are: they ask for that first (interop: calls §2).
    fn introduce(&mut self, device: FullJid) {
        let bare = device.to_bare();
        if self.people.may_know(&bare) {
            return;
        }
        let ours = self.own_presence();
        if let Some(show) = wire_show(ours.show) {
            self.out.send(presence::available(show, "", 0).attr("to", device.to_string()));
            self.calls.introduced.entry(bare).or_default().push(device);
        }
    }

    /// They see nothing of us any more.
    fn withdraw(&mut self, id: &str) {
        let Some(peer) = self.calls.going.get(id).map(|going| going.call.peer().clone()) else { return };
        if self.people.may_know(&peer) {
            self.calls.introduced.remove(&peer);
            return;
        }
        for device in self.calls.introduced.remove(&peer).unwrap_or_default() {
            self.out.send(presence::unavailable().attr("to", device.to_string()));
        }
    }

    /// Tells the line what to do; opens it first, as soon as it is known how it may travel.
    pub(super) fn order(&mut self, id: &str, order: Order) {
        let Some(going) = self.calls.going.get_mut(id) else { return };
        if let Some(line) = &going.line {
            line.order(order);
            return;
        }
        // They may tell where they are as soon as it rings; only taking it opens a line, and the microphone.
        if matches!(order, Order::Candidate { .. }) {
            if going.early.len() < FOUND {
                going.early.push(order);
            }
            return;
        }
        if going.is_over() || !matches!(order, Order::Offer { .. } | Order::Answer { .. }) {
            return;
        }
        going.waits = Some(order);
        if self.relays_known() {
            self.open_line(id);
        }
    }

    pub(super) fn open_line(&mut self, id: &str) {
        let Some(peer) = self.calls.going.get(id).map(|going| going.call.peer().clone()) else { return };
        let means = self.means(&peer);
        let (itself, call) = (self.itself.clone(), id.to_owned());
        let Some(going) = self.calls.going.get_mut(id) else { return };
        let Some(order) = going.waits.take() else { return };
        let gear = self.shared.gear.clone();
        let line = Line::open(id.to_owned(), means, gear, going.call.is_outgoing(), move |news| {
            if let Some(account) = itself.upgrade() {
                let _ = account.send(Ask::Line(call.clone(), Box::new(news)));
            }
        });
        line.mute(going.ours.muted);
        line.order(order);
        going.early.drain(..).for_each(|early| line.order(early));
        going.line = Some(line);
    }

    /// What the line tells.
    pub fn line_tells(&mut self, b: &Batch<'_>, id: &str, news: News) -> Result<()> {
        let Some(going) = self.calls.going.get_mut(id).filter(|going| !going.is_over()) else { return Ok(()) };
        let acts = match news {
            News::Offer(words) => going.call.offer(words.contents, words.groups),
            News::Answer(words) => going.call.answer(words.contents, words.groups),
            News::Candidate { content, credentials, candidate } => {
                self.found_candidate(id, content, credentials, candidate);
                return Ok(());
            }
            News::Connected => {
                going.interrupted = false;
                going.call.connected()
            }
            News::Interrupted => {
                going.interrupted = true;
                Vec::new()
            }
            News::Quality(quality) => {
                going.quality = Some(quality);
                Vec::new()
            }
            News::Devices { listening_only, changed } => {
                (going.ours.listening_only, going.ours.changed_device) = (listening_only, changed);
                Vec::new()
            }
            News::Receiving(of) => {
                self.see(id, of, true);
                Vec::new()
            }
            News::Showing { camera, screen } => {
                let before = (going.ours.camera, going.ours.screen);
                (going.ours.camera, going.ours.screen) = (camera, screen);
                if before != (camera, screen) {
                    self.tell_shown(id);
                }
                Vec::new()
            }
            News::Less(names) => {
                let rejected = going.call.session().map(|s| s.reject_content(&names, Condition::FailedApplication));
                if let (Some(jingle), Some(device)) = (rejected, going.call.device().cloned()) {
                    self.request_of_call(id, device, &jingle);
                }
                Vec::new()
            }
            News::Add(content) => {
                let added = going.call.session().map(|session| session.add(*content));
                if let (Some(jingle), Some(device)) = (added, going.call.device().cloned()) {
                    self.request_of_call(id, device, &jingle);
                }
                Vec::new()
            }
            News::Restart(restarts) => {
                self.tell_restart(id, &restarts);
                Vec::new()
            }
            News::More(contents) => {
                let accepted = going.call.session().map(|session| session.accept_content(contents));
                if let (Some(jingle), Some(device)) = (accepted, going.call.device().cloned()) {
                    self.request_of_call(id, device, &jingle);
                }
                Vec::new()
            }
            News::Failed(trouble) => {
                let condition = condition_of(&trouble);
                going.trouble = Some(trouble);
                going.call.fail(condition)
            }
        };
        self.act(b, id, acts)
    }

    fn found_candidate(&mut self, id: &str, content: String, credentials: Credentials, candidate: Candidate) {
        let Some(going) = self.calls.going.get_mut(id) else { return };
        if !going.tells {
            if going.found.len() < FOUND {
                going.found.push((content, credentials, candidate));
            }
            return;
        }
        let Some(device) = going.call.device().cloned() else { return };
        let told = going.call.session().and_then(|session| session.candidate(&content, credentials, candidate));
        if let Some(jingle) = told {
            self.request_of_call(id, device, &jingle);
        }
    }

    /// Ways are looked for anew (XEP-0176 §5.9).
    fn tell_restart(&mut self, id: &str, restarts: &[Restart]) {
        for Restart { contents, credentials } in restarts {
            let Some(going) = self.calls.going.get_mut(id) else { return };
            let Some(device) = going.call.device().cloned() else { return };
            let told = going.call.session().map(|session| session.restart(contents, credentials));
            if let Some(jingle) = told {
                self.request_of_call(id, device, &jingle);
            }
        }
    }

    /// They know of the session now.
    fn tell_found(&mut self, id: &str) {
        let Some(going) = self.calls.going.get_mut(id) else { return };
        going.tells = true;
        for (content, credentials, candidate) in std::mem::take(&mut going.found) {
            self.found_candidate(id, content, credentials, candidate);
        }
    }

    /// A request of ours was answered.
    pub(in super::super) fn call_answered(
        &mut self,
        b: &Batch<'_>,
        id: &str,
        action: Action,
        refused: bool,
    ) -> Result<()> {
        let Some(going) = self.calls.going.get_mut(id) else { return Ok(()) };
        if refused && action == Action::SessionInitiate {
            going.trouble = Some(CallTrouble::Unreachable);
        }
        let acts = going.call.answered(action, refused);
        if action == Action::SessionInitiate && !refused {
            self.tell_found(id);
        }
        self.act(b, id, acts)
    }

    /// The phase is another.
    fn call_moved(&mut self, b: &Batch<'_>, id: &str) -> Result<()> {
        let Some(going) = self.calls.going.get_mut(id) else { return Ok(()) };
        match going.call.phase().clone() {
            Phase::Ringing => {}
            Phase::Calling { reached } => {
                if reached && going.ringing.is_none() {
                    going.ringing = Some(self.shared.gear.ring(Ring::Calling));
                }
            }
            Phase::Connecting => going.ringing = None,
            Phase::Active => {
                going.since = Some(crate::now());
                let unseen = going.call.sends().contains(&Media::Video) && !going.ours.camera;
                if unseen {
                    self.tell_shown(id);
                }
                self.record_call(b, id)?;
            }
            Phase::Ended(_) => {
                (going.line, going.ringing) = (None, None);
                going.waits = None;
                self.shared.arbiter.leave(&self.key(id));
                self.record_call(b, id)?;
                self.withdraw(id);
                let worth_seeing = self.calls.going.get(id).is_some_and(is_worth_seeing);
                if !worth_seeing {
                    self.forget_call(id);
                }
            }
        }
        self.take_call_notice(id);
        Ok(())
    }
}

/// An end the person did not bring about, and that the timeline alone would not explain to them.
fn is_worth_seeing(going: &Going) -> bool {
    let outcome = going.outcome();
    let unexpected = matches!(
        outcome,
        Some(CallOutcome::Busy | CallOutcome::DeclinedThere | CallOutcome::NoAnswer | CallOutcome::Failed)
    );
    unexpected && (going.call.is_outgoing() || going.since.is_some() || outcome == Some(CallOutcome::Failed))
}

/// What they are told of it.
fn condition_of(trouble: &CallTrouble) -> Condition {
    match trouble {
        CallTrouble::NoWay { .. } => Condition::ConnectivityError,
        CallTrouble::NoRelay | CallTrouble::Proxy | CallTrouble::Unreachable => Condition::FailedTransport,
        CallTrouble::NotEncrypted => Condition::SecurityError,
        CallTrouble::Incompatible => Condition::IncompatibleParameters,
        CallTrouble::Ours { .. } | CallTrouble::Theirs { .. } => Condition::FailedApplication,
    }
}

impl Going {
    /// How it ended, where it did.
    pub(super) fn outcome(&self) -> Option<CallOutcome> {
        let Phase::Ended(outcome) = self.call.phase() else { return None };
        Some(self.ending.unwrap_or(match outcome {
            Outcome::Completed => CallOutcome::Completed,
            Outcome::Missed => CallOutcome::Missed,
            Outcome::NoAnswer => CallOutcome::NoAnswer,
            Outcome::Cancelled => CallOutcome::Cancelled,
            Outcome::Declined { by_us: true } => CallOutcome::DeclinedHere,
            Outcome::Declined { by_us: false } => CallOutcome::DeclinedThere,
            Outcome::Busy => CallOutcome::Busy,
            Outcome::Elsewhere { declined: false } => CallOutcome::AnsweredElsewhere,
            Outcome::Elsewhere { declined: true } => CallOutcome::DeclinedElsewhere,
            Outcome::Failed(_) => CallOutcome::Failed,
        }))
    }

    /// Why it failed.
    pub(super) fn why(&self) -> Option<CallTrouble> {
        let Phase::Ended(Outcome::Failed(condition)) = self.call.phase() else { return None };
        if let Some(trouble) = &self.trouble {
            return Some(trouble.clone());
        }
        Some(match condition {
            Condition::ConnectivityError | Condition::FailedTransport | Condition::Timeout => {
                CallTrouble::NoWay { relay: false }
            }
            Condition::SecurityError => CallTrouble::NotEncrypted,
            Condition::UnsupportedApplications
            | Condition::UnsupportedTransports
            | Condition::IncompatibleParameters => CallTrouble::Incompatible,
            Condition::Gone | Condition::Expired => CallTrouble::Unreachable,
            other => CallTrouble::Theirs { condition: other.name().to_owned() },
        })
    }
}
