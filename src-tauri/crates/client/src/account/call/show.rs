//! Calls as the window and the desktop show them.

use waxwing_contract::{self as contract, CallPhase, Callable};
use waxwing_jingle::rtp::Media;
use waxwing_jingle::{Phase, ns as jingle};
use waxwing_media::sound::ring::Ring;
use waxwing_session::jid::{BareJid, FullJid};

use super::super::Core;
use crate::attention::{Attention, Notice, Situation, Subject, minute_of_day, told};
use crate::colour::hue;
use crate::now;

/// What a device has to know to be called (interop: calls §1).
const NEEDED: [&str; 5] =
    [jingle::JINGLE, jingle::ICE_UDP, jingle::RTP, jingle::DTLS, "urn:xmpp:jingle:apps:rtp:audio"];
const VIDEO: &str = "urn:xmpp:jingle:apps:rtp:video";
/// Contents share one transport (XEP-0338 §3).
const BUNDLES: &str = "urn:ietf:rfc:5888";

impl Core {
    /// Somebody's devices that take calls, with what they can.
    pub(super) fn call_devices(&self, peer: &BareJid) -> Vec<(FullJid, Vec<String>)> {
        let devices = self.people.presence.get(peer).into_iter().flat_map(|devices| devices.values());
        let known = devices.filter_map(|presence| {
            let software = self.software(presence)?;
            let able = NEEDED.iter().all(|needed| software.features.iter().any(|feature| feature == needed));
            Some((presence.from.clone().try_into_full().ok().filter(|_| able)?, software.features))
        });
        known.collect()
    }

    pub(in super::super) fn callable(&self, peer: &BareJid) -> Callable {
        let devices = self.call_devices(peer);
        if devices.iter().any(|(_, features)| features.iter().any(|feature| feature == VIDEO)) {
            return Callable::Video;
        }
        if !devices.is_empty() {
            return Callable::Audio;
        }
        let there: Vec<_> = self.people.presence.get(peer).into_iter().flat_map(|devices| devices.values()).collect();
        let known = |caps: &Option<_>| caps.as_ref().is_some_and(|caps| self.shared.caps.get(caps).is_some());
        if !there.is_empty() && there.iter().all(|presence| known(&presence.caps)) {
            return Callable::No;
        }
        Callable::Unknown
    }

    /// A device takes all contents over one transport.
    pub(super) fn bundles(&self, device: &FullJid) -> bool {
        let devices = self.call_devices(&device.to_bare());
        devices.iter().any(|(jid, features)| jid == device && features.iter().any(|feature| feature == BUNDLES))
    }

    /// Shows what changed of calls.
    pub(in super::super) fn show_calls(&self, changed: &std::collections::BTreeSet<String>) {
        let (here, gone): (Vec<_>, Vec<_>) = changed.iter().partition(|id| self.calls.going.contains_key(*id));
        let upsert = here.into_iter().filter_map(|id| self.call_item(id)).collect();
        self.shared.views.calls(upsert, gone.into_iter().cloned().collect());
    }

    fn call_item(&self, id: &str) -> Option<contract::Call> {
        let going = self.calls.going.get(id)?;
        let peer = going.call.peer();
        let text = peer.to_string();
        let phase = match going.call.phase() {
            Phase::Calling { reached } => CallPhase::Calling { reached: *reached },
            Phase::Ringing => CallPhase::Ringing,
            Phase::Connecting => CallPhase::Connecting,
            Phase::Active => {
                CallPhase::Active { since: going.since.unwrap_or(going.began), interrupted: going.interrupted }
            }
            Phase::Ended(_) => CallPhase::Ended { outcome: going.outcome()?, trouble: going.why() },
        };
        Some(contract::Call {
            id: id.to_owned(),
            order: going.began,
            account: self.kept.id.clone(),
            name: self.name(peer),
            hue: hue(&text),
            avatar: self.avatars.picture(&text),
            outgoing: going.call.is_outgoing(),
            video: going.call.media().contains(&Media::Video),
            phase,
            ours: going.ours.clone(),
            theirs: going.theirs,
            quality: going.quality,
            stranger: going.stranger,
            peer: text,
        })
    }

    /// It rings: told wherever the person is.
    pub(super) fn tell_call(&mut self, id: &str) {
        let Some(going) = self.calls.going.get(id) else { return };
        let peer = going.call.peer();
        let settings = self.settings();
        let notify = self.shared.views.notify_of(&self.kept.id, &peer.to_string());
        let situation = Situation {
            settings: &settings,
            notify: notify.unwrap_or(contract::ConversationNotify::USUAL),
            show: self.own_presence().show,
            looking: false,
            blocked: false,
            now: now(),
            minute: minute_of_day(),
        };
        let Some(preview) = told(&situation) else { return };
        let subject = Subject::Call {
            account: self.kept.id.clone(),
            id: id.to_owned(),
            video: going.call.media().contains(&Media::Video),
        };
        let notice = Notice::new(subject.clone(), preview, &self.name(peer), "", 1, false);
        let aloud = settings.ringtone && notify.and_then(|notify| notify.sound) != Some(false);
        if let Some(going) = self.calls.going.get_mut(id).filter(|_| aloud) {
            going.ringing = Some(self.shared.gear.ring(Ring::Called));
        }
        self.news.told.insert(subject);
        self.shared.told.tell(Attention::Show(notice));
    }

    /// It does not ring any more.
    pub(super) fn take_call_notice(&mut self, id: &str) {
        if self.calls.going.get(id).is_some_and(|going| *going.call.phase() == Phase::Ringing) {
            return;
        }
        let about = |subject: &Subject| matches!(subject, Subject::Call { id: told, .. } if told == id);
        let settled: Vec<_> = self.news.told.iter().filter(|subject| about(subject)).cloned().collect();
        for subject in settled {
            self.news.told.remove(&subject);
            self.shared.told.tell(Attention::Clear(subject));
        }
    }
}
