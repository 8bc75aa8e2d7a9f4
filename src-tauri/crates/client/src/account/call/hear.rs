//! What others say of calls.

use waxwing_contract::CallOutcome;
use waxwing_history::{Batch, Result};
use waxwing_jingle::message::Said;
use waxwing_jingle::rtp::Media;
use waxwing_jingle::{Act, Action, Call, Jingle, Message as Word, Reason, Refusal};
use waxwing_session::inbound::{Message, Way};
use waxwing_session::jid::{BareJid, FullJid, Jid};
use waxwing_session::ns;
use waxwing_session::stanza::{iq_error, iq_result};
use waxwing_session::xml::{Element, el};

use super::super::Core;
use super::log::Heard;
use super::{Going, MOST};

/// Milliseconds that a word of a call may have been on its way and still be news (XEP-0353 §4).
pub(super) const NEWS: i64 = 60_000;

impl Core {
    /// A message that says something of a call.
    pub(in super::super) fn call_word(
        &mut self,
        b: &Batch<'_>,
        peer: &BareJid,
        message: &Message,
        outgoing: bool,
    ) -> Result<()> {
        let word = message.call.as_ref().map(Word::of);
        let Some(Ok(Some(word))) = word else { return Ok(()) };
        let (from_us, stale) = (outgoing || message.from.to_bare() == self.own, self.is_stale(message));
        if matches!(message.way, Way::Archived { .. }) || stale {
            return self.archived_word(b, peer, message, &word, from_us);
        }
        let Ok(from) = message.from.clone().try_into_full() else { return Ok(()) };
        if from_us {
            if self.link.bound.as_ref() != Some(&from) {
                self.own_device_said(b, peer, message, &word)?;
            }
            return Ok(());
        }
        if self.is_blocked(peer) {
            return Ok(());
        }
        match &word.said {
            Said::Propose(media) => self.proposed(b, from, &word, media.clone(), message),
            said => {
                let Some(id) = self.calls.with(peer, &word.id).cloned() else {
                    let heard = Heard { said: self.server_now(), live: true };
                    return self.log_word(b, peer, &word, false, heard);
                };
                // What is said to another device of ours is that one's affair; being called off is said to all.
                let ours = message.way == Way::Live || message.to.resource().is_none();
                let now = self.calls.now();
                let acts = match self.calls.going.get_mut(&id) {
                    Some(going) if ours => going.call.hear(&from, said, now),
                    _ => Vec::new(),
                };
                self.act(b, &id, acts)
            }
        }
    }

    /// Kept by the server while we were away, and over by now.
    fn is_stale(&self, message: &Message) -> bool {
        message.stamp().is_some_and(|said| self.server_now().saturating_sub(said) > NEWS)
    }

    /// Another device of ours takes a call, does not take it, or calls somebody.
    fn own_device_said(&mut self, b: &Batch<'_>, peer: &BareJid, message: &Message, word: &Word) -> Result<()> {
        // Dino tells our own address of it: then whose call it is, only the id says.
        let to_us = message.to.to_bare() == self.own;
        let found =
            self.calls.going.iter().find(|(_, going)| {
                going.call.id() == word.id && (to_us || going.call.peer() == peer) && !going.is_over()
            });
        match found.map(|(id, _)| id.clone()) {
            Some(id) => {
                let acts = self.calls.going.get_mut(&id).map(|going| going.call.hear_own(&word.said));
                self.act(b, &id, acts.unwrap_or_default())
            }
            None if to_us => Ok(()),
            None => {
                let heard = Heard { said: self.server_now(), live: true };
                self.log_word(b, peer, word, true, heard)
            }
        }
    }

    fn proposed(
        &mut self,
        b: &Batch<'_>,
        from: FullJid,
        word: &Word,
        media: Vec<Media>,
        message: &Message,
    ) -> Result<()> {
        let peer = from.to_bare();
        if message.wants_receipt
            && let Some(id) = &message.id
        {
            self.send_receipt(&peer, &message.from, id);
        }
        let now = self.calls.now();
        let crossing = self.calls.going.iter_mut().find_map(|(id, going)| {
            let acts = going.call.cross(&from, word, now)?;
            Some((id.clone(), going.row, acts))
        });
        if let Some((id, row, acts)) = crossing {
            if self.calls.going.get(&id).is_some_and(|going| going.call.id() == word.id) {
                b.rename_call(row, &word.id)?;
                self.ask_relays();
            }
            return self.act(b, &id, acts);
        }
        self.ring(b, from, word.id.clone(), media)
    }

    /// It rings here, unless we speak already.
    pub(super) fn ring(&mut self, b: &Batch<'_>, from: FullJid, sid: String, media: Vec<Media>) -> Result<()> {
        let Some(own) = self.link.bound.clone() else { return Ok(()) };
        let peer = from.to_bare();
        if self.calls.with(&peer, &sid).is_some() || self.kept.proxy.is_some() {
            return Ok(());
        }
        let video = media.contains(&Media::Video);
        let row = self.log_call(b, &peer, &sid, false, video)?;
        let known = self.may_tell(&peer);
        let (call, acts) = Call::proposed(own, from, sid, media, known, self.calls.now());
        self.begin_ringing(b, Going::new(call, row, !self.people.may_know(&peer)), acts)
    }

    fn begin_ringing(&mut self, b: &Batch<'_>, going: Going, acts: Vec<Act>) -> Result<()> {
        self.forget_ended();
        let id = uuid::Uuid::new_v4().to_string();
        let free = self.calls.going.len() < MOST && self.shared.arbiter.ring(&self.key(&id), going.stranger);
        self.calls.going.insert(id.clone(), going);
        if !free {
            self.decline_call(b, &id, true)?;
            return Ok(());
        }
        self.ask_relays();
        self.act(b, &id, acts)?;
        self.tell_call(&id);
        Ok(())
    }

    /// What we said of a call came back.
    pub(in super::super) fn call_bounced(&mut self, b: &Batch<'_>, peer: &BareJid, wire_id: &str) -> Result<bool> {
        let sid = ["jm-propose-", "jm-proceed-"].iter().find_map(|prefix| wire_id.strip_prefix(prefix));
        let Some(id) = sid.and_then(|sid| self.calls.with(peer, sid).cloned()) else {
            return Ok(wire_id.starts_with("jm-"));
        };
        let acts = self.calls.going.get_mut(&id).map(|going| going.call.bounced()).unwrap_or_default();
        self.act(b, &id, acts)?;
        Ok(true)
    }

    /// A request of Jingle.
    pub(in super::super) fn call_request(
        &mut self,
        b: &Batch<'_>,
        from: Option<&Jid>,
        id: &str,
        payload: &Element,
    ) -> Result<()> {
        let Some(from) = from.and_then(|from| from.clone().try_into_full().ok()) else {
            let to = from.map(ToString::to_string);
            self.out.send(iq_error(id, to.as_deref(), "modify", "bad-request"));
            return Ok(());
        };
        let known = self.calls.going.values().any(|going| going.call.device() == Some(&from) && !going.is_over());
        let jingle = Jingle::read(payload);
        if let Ok(jingle) = jingle.as_ref()
            && self.is_of_files(&from, jingle)
        {
            return self.files_request(b, &from, id, jingle);
        }
        if !known && !self.may_ask(&Jid::from(from.clone())) {
            // As if nobody were here: strangers have to ask first.
            self.out.send(iq_error(id, Some(&from.to_string()), "cancel", "service-unavailable"));
            return Ok(());
        }
        let followed = match jingle {
            Ok(jingle) => self.follow_jingle(&from, jingle),
            Err(malformed) => Err(Refusal::from(malformed)),
        };
        let to = from.to_string();
        match followed {
            Ok(then) => {
                // The answer comes before anything that comes of it (interop: calls §3).
                self.out.send(iq_result(id, Some(&to), None));
                match then {
                    Then::Act(call, acts) => self.act(b, &call, acts),
                    Then::Ring(jingle) => self.initiated(b, from, *jingle),
                }
            }
            Err(refusal) => {
                let iq = el("iq", ns::CLIENT).attr("type", "error").attr("id", id).attr("to", to);
                self.out.send(iq.child(refusal.write()));
                Ok(())
            }
        }
    }

    fn follow_jingle(&mut self, from: &FullJid, jingle: Jingle) -> std::result::Result<Then, Refusal> {
        let known = self.calls.with(&from.to_bare(), &jingle.sid).cloned();
        let now = self.calls.now();
        if let Some((id, going)) = known.and_then(|id| Some((id.clone(), self.calls.going.get_mut(&id)?))) {
            return Ok(Then::Act(id, going.call.receive(from, &jingle, now)?));
        }
        if jingle.action == Action::SessionInitiate && !self.is_blocked(&from.to_bare()) {
            return Ok(Then::Ring(Box::new(jingle)));
        }
        Err(Refusal::UnknownSession)
    }

    /// Somebody calls without asking first.
    fn initiated(&mut self, b: &Batch<'_>, from: FullJid, jingle: Jingle) -> Result<()> {
        let Some(own) = self.link.bound.clone() else { return Ok(()) };
        let (peer, sid) = (from.to_bare(), jingle.sid.clone());
        let known = self.may_tell(&peer);
        let refused = if self.kept.proxy.is_some() {
            Err(Reason::from(waxwing_jingle::Condition::FailedTransport))
        } else {
            Call::initiated(own, from.clone(), jingle, known, self.calls.now())
        };
        match refused {
            Ok((call, acts)) => {
                let row = self.log_call(b, &peer, &sid, false, call.media().contains(&Media::Video))?;
                self.begin_ringing(b, Going::new(call, row, !self.people.may_know(&peer)), acts)
            }
            Err(reason) => {
                let terminate = Jingle { reason: Some(reason), ..Jingle::new(Action::SessionTerminate, &sid) };
                self.request_of_call("", from, &terminate);
                Ok(())
            }
        }
    }

    /// Rings what came while the archive was read, and is young enough.
    pub(in super::super) fn ring_the_young(&mut self, b: &Batch<'_>) -> Result<()> {
        let now = self.server_now();
        for (sid, young) in std::mem::take(&mut self.calls.young) {
            if now.saturating_sub(young.said) <= NEWS && !self.is_blocked(&young.from.to_bare()) {
                self.ring(b, young.from, sid, young.media)?;
            }
        }
        Ok(())
    }
}

/// What comes of a request that is followed.
enum Then {
    Act(String, Vec<Act>),
    Ring(Box<Jingle>),
}

/// An end that another device of ours, or the archive, tells: the better known one counts.
pub(super) fn rank(outcome: CallOutcome) -> u8 {
    match outcome {
        CallOutcome::Missed | CallOutcome::NoAnswer => 0,
        CallOutcome::Cancelled => 1,
        CallOutcome::DeclinedThere | CallOutcome::DeclinedElsewhere | CallOutcome::Busy => 2,
        CallOutcome::AnsweredElsewhere => 3,
        CallOutcome::Completed | CallOutcome::DeclinedHere | CallOutcome::MissedBusy | CallOutcome::Failed => 4,
    }
}
