//! What the person wants of calls.

use waxwing_contract::{AnyCommand, CallId, Callable, Code, Failure, StartCall};
use waxwing_history::{Batch, Result};
use waxwing_jingle::rtp::Media;
use waxwing_jingle::{Call, Phase, ns as jingle};
use waxwing_session::jid::{BareJid, FullJid};

use super::super::{Core, Reply};
use super::{Going, MOST};
use crate::call::devices::screen_named;
use crate::call::line::Order;
use crate::failure::fail;

/// Keys of a telephone.
const KEYS: &str = "0123456789*#ABCD";

impl Core {
    /// Answers a command about calls.
    pub(in super::super) fn call_command(&mut self, b: &Batch<'_>, command: AnyCommand, reply: Reply) -> Result<()> {
        let done = match command {
            AnyCommand::StartCall(start) => {
                match self.start_call(b, &start)? {
                    Ok(id) => self.out.answer(reply, CallId { account: start.account, id }),
                    Err(failure) => self.out.reply(reply, Err(failure)),
                }
                return Ok(());
            }
            AnyCommand::AcceptCall(accept) => self.accept_call(b, &accept.id, accept.video)?,
            AnyCommand::DeclineCall(decline) => self.decline_call(b, &decline.0.id, false)?,
            AnyCommand::HangUp(hang_up) => {
                let acts = self.calls.going.get_mut(&hang_up.0.id).map(|going| going.call.hang_up());
                let known = acts.is_some();
                self.act(b, &hang_up.0.id, acts.unwrap_or_default())?;
                known
            }
            AnyCommand::MuteCall(mute) => self.mute_call(&mute.id, mute.muted),
            AnyCommand::HoldCall(hold) => self.hold_call(&hold.id, hold.held),
            AnyCommand::SetCamera(set) => {
                self.order_answered(&set.id, reply, |reply| Order::Camera { on: set.on, reply });
                return Ok(());
            }
            AnyCommand::ShareScreen(share) => {
                let Some(screen) = screen_named(&share.showable) else {
                    self.out.reply(reply, Err(fail(Code::NotFound, "there is no such screen")));
                    return Ok(());
                };
                let apart = self.takes_slides(&share.id);
                let show = |reply| Order::Screen { screen: Some(screen), apart, reply };
                self.order_answered(&share.id, reply, show);
                return Ok(());
            }
            AnyCommand::StopSharing(stop) => {
                self.order_answered(&stop.0.id, reply, |reply| Order::Screen { screen: None, apart: false, reply });
                return Ok(());
            }
            AnyCommand::DialTone(dial) => {
                let mut keys = dial.tone.chars();
                let key = keys.next().filter(|key| keys.next().is_none() && KEYS.contains(*key));
                let Some(key) = key else {
                    self.out.reply(reply, Err(fail(Code::InvalidRequest, "not a key of a telephone")));
                    return Ok(());
                };
                self.order_active(&dial.id, Order::Dial(key))
            }
            AnyCommand::DismissCall(dismiss) => {
                if self.calls.going.get(&dismiss.0.id).is_some_and(Going::is_over) {
                    self.forget_call(&dismiss.0.id);
                }
                true
            }
            _ => false,
        };
        if done {
            self.out.answer(reply, ());
        } else {
            self.out.reply(reply, Err(fail(Code::NotFound, "there is no such call")));
        }
        Ok(())
    }

    fn start_call(&mut self, b: &Batch<'_>, start: &StartCall) -> Result<std::result::Result<String, Failure>> {
        let refused = |code, words: &str| Ok(Err(fail(code, words)));
        let Ok(peer) = Self::peer(&start.peer) else { return refused(Code::InvalidAddress, "not an address") };
        let Some(own) = self.link.bound.clone().filter(|_| self.link.is_online()) else {
            return refused(Code::Offline, "a call begins with the server");
        };
        if self.kept.proxy.is_some() {
            return refused(Code::NoCallsOverProxy, "the account is connected through a proxy");
        }
        if peer == self.own || self.callable(&peer) == Callable::No {
            return refused(Code::CannotBeCalled, "none of their devices takes calls");
        }
        self.forget_ended();
        let id = uuid::Uuid::new_v4().to_string();
        if self.calls.going.len() >= MOST || !self.shared.arbiter.take(&self.key(&id)) {
            return refused(Code::InCall, "there is a call already");
        }
        self.end_trial();
        let media = if start.video { vec![Media::Audio, Media::Video] } else { vec![Media::Audio] };
        let (sid, now) = (uuid::Uuid::new_v4().to_string(), self.calls.now());
        let row = self.log_call(b, &peer, &sid, true, start.video);
        let row = row.inspect_err(|_| self.shared.arbiter.leave(&self.key(&id)))?;
        let (call, acts) = match self.only_direct(&peer) {
            Some(device) => Call::start_at(own, device, sid, media, now),
            None => Call::start(own, peer.clone(), sid, media, now),
        };
        let stranger = !self.people.may_know(&peer);
        self.calls.going.insert(id.clone(), Going::new(call, row, stranger));
        self.ask_relays();
        self.act(b, &id, acts)?;
        Ok(Ok(id))
    }

    /// A device that takes calls, where none of theirs can be asked first.
    fn only_direct(&self, peer: &BareJid) -> Option<FullJid> {
        let devices = self.call_devices(peer);
        if devices.iter().any(|(_, features)| features.iter().any(|feature| feature == jingle::MESSAGE)) {
            return None;
        }
        devices.into_iter().map(|(device, _)| device).next()
    }

    fn accept_call(&mut self, b: &Batch<'_>, id: &str, video: bool) -> Result<bool> {
        let rings = |going: &Going| *going.call.phase() == Phase::Ringing;
        if !self.calls.going.get(id).is_some_and(rings) || !self.shared.arbiter.take(&self.key(id)) {
            return Ok(false);
        }
        self.end_trial();
        let now = self.calls.now();
        let sends = if video { [Media::Audio, Media::Video].as_slice() } else { &[Media::Audio] };
        let acts = self.calls.going.get_mut(id).map(|going| going.call.accept(sends, now)).unwrap_or_default();
        self.ask_relays();
        self.act(b, id, acts)?;
        Ok(true)
    }

    /// Does not take a call; `busy` where that is because we speak already.
    pub(in super::super) fn decline_call(&mut self, b: &Batch<'_>, id: &str, busy: bool) -> Result<bool> {
        let Some(going) = self.calls.going.get_mut(id).filter(|going| *going.call.phase() == Phase::Ringing) else {
            return Ok(false);
        };
        if busy {
            going.ending = Some(waxwing_contract::CallOutcome::MissedBusy);
        }
        // Strangers learn nothing from calling.
        let silent = busy && going.stranger;
        let acts = if silent { going.call.abandon() } else { going.call.decline(busy) };
        self.act(b, id, acts)?;
        Ok(true)
    }

    /// To a call that is on.
    fn order_active(&mut self, id: &str, order: Order) -> bool {
        let on = self.calls.going.get(id).is_some_and(|going| *going.call.phase() == Phase::Active);
        if on {
            self.order(id, order);
        }
        on
    }

    /// The same, of something that may fail: whoever does it answers.
    fn order_answered(&mut self, id: &str, reply: Reply, order: impl FnOnce(Reply) -> Order) {
        if !self.order_active(id, order(reply.clone())) {
            self.out.reply(reply, Err(fail(Code::NotFound, "there is no such call")));
        }
    }

    /// They show a screen beside a camera (XEP-0507).
    fn takes_slides(&self, id: &str) -> bool {
        let device = self.calls.going.get(id).and_then(|going| going.call.device().cloned());
        let Some(device) = device else { return false };
        let devices = self.call_devices(&device.to_bare());
        devices.iter().any(|(jid, features)| *jid == device && features.iter().any(|f| f == jingle::CATEGORY))
    }

    /// The devices are the call's now.
    fn end_trial(&self) {
        let trial = self.shared.gear.trial.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if trial.is_some() {
            self.shared.views.trial(None);
        }
    }

    fn mute_call(&mut self, id: &str, muted: bool) -> bool {
        let Some(going) = self.calls.going.get_mut(id).filter(|going| !going.is_over()) else { return false };
        going.ours.muted = muted;
        if let Some(line) = &going.line {
            line.mute(muted);
        }
        self.tell_muted(id, muted);
        self.out.changed.calls.insert(id.to_owned());
        true
    }

    /// We do not listen for a while, or do again.
    fn hold_call(&mut self, id: &str, held: bool) -> bool {
        let active = |going: &&mut Going| *going.call.phase() == Phase::Active;
        let Some(going) = self.calls.going.get_mut(id).filter(active) else { return false };
        if std::mem::replace(&mut going.ours.holding, held) != held {
            self.order_held(id);
            self.tell_held(id, held);
            self.out.changed.calls.insert(id.to_owned());
        }
        true
    }

    /// What has ended is out of sight when something new begins.
    pub(super) fn forget_ended(&mut self) {
        let over = self.calls.going.iter().filter(|(_, going)| going.is_over());
        let over: Vec<_> = over.map(|(id, _)| id.clone()).collect();
        over.iter().for_each(|id| self.forget_call(id));
    }
}
