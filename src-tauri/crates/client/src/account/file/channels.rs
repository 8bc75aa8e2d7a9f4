//! Data channels (XEP-0343): made by tasks, as soon as it is known which relays there are.

use waxwing_contract::Code;
use waxwing_history::{Batch, Result};
use waxwing_jingle::Condition;
use waxwing_jingle::content::Transport;
use waxwing_jingle::datachannel::{self, Form};
use waxwing_jingle::transfer::{Transfer, Way};
use waxwing_session::jid::FullJid;
use waxwing_session::stanza::random_id;

use super::super::Core;
use super::session::Session;
use crate::failure::fail;
use crate::file::canal::Canal;

/// What is with the data channels of a session that is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channels {
    /// Our part of each is made.
    Made,
    /// Of one, it is waited for.
    Awaited,
    /// They must not learn where we are, and there is no relay.
    None,
}

impl Core {
    /// It is known which relays there are, or was waited for long enough: what waited for it goes on.
    pub(in super::super) fn channels_go_on(&mut self, b: &Batch<'_>) -> Result<()> {
        let waiting = self
            .files
            .sessions
            .iter_mut()
            .filter_map(|(sid, session)| std::mem::take(&mut session.awaits_relays).then(|| sid.clone()));
        let waiting: Vec<_> = waiting.collect();
        waiting.iter().try_for_each(|sid| self.take_session(b, sid))?;
        self.drive_files(b)
    }

    /// Begins to make those of a session that is to be taken: that takes a moment.
    pub(super) fn make_channels(&mut self, session: &mut Session, transfer: &Transfer) -> Channels {
        let mut found = Channels::Made;
        for name in transfer.names() {
            let Some(Transport::DataChannel(theirs)) = transfer.theirs(&name) else { continue };
            let wanted = |line: &&mut super::session::Line| self.files.going.contains_key(&line.file);
            let Some(line) = session.lines.get_mut(&name).filter(wanted).filter(|line| line.described.is_none()) else {
                continue;
            };
            found = Channels::Awaited;
            if line.canal.is_some() {
                continue;
            }
            self.ask_relays();
            if self.relays_may_come() {
                session.awaits_relays = true;
                return found;
            }
            let means = self.means(&session.peer);
            if self.hides_from(&session.peer) && !means.relayed() {
                return Channels::None;
            }
            line.canal = Some(Canal::answer(means, theirs.clone(), self.session_teller(&session.sid, &name)));
        }
        found
    }

    /// A session of theirs cannot be taken as they offer it: they may know another way.
    pub(super) fn refuse_channels(&mut self, b: &Batch<'_>, sid: &str) -> Result<()> {
        let lines = self.files.sessions.get(sid).into_iter().flat_map(|session| session.lines.values());
        let ids: Vec<_> = lines.map(|line| line.file).filter(|id| self.files.going.contains_key(id)).collect();
        // Their state first: the end of the session says less of them.
        for id in ids {
            if let Some(mut file) = b.read().file(id)? {
                self.fail_file(
                    b,
                    &mut file,
                    &fail(Code::NoWay, "they may not know where we are, and no relay is known"),
                )?;
            }
        }
        let acts = self.with_transfer(sid, |transfer| transfer.end(Condition::UnsupportedTransports));
        self.act_of_session(b, sid, acts)
    }

    /// Our part of a data channel is made, or none can be.
    pub(super) fn channel_described(
        &mut self,
        b: &Batch<'_>,
        sid: &str,
        content: &str,
        ours: Option<datachannel::Transport>,
    ) -> Result<()> {
        let Some(session) = self.files.sessions.get_mut(sid) else { return Ok(()) };
        if let Some(mut offer) = session.waits.take() {
            if let Some(ours) = ours {
                return self.offer_with(b, sid, offer, Transport::DataChannel(ours));
            }
            // By the next way, then.
            self.files.sessions.remove(sid);
            offer.ways.retain(|way| *way != Way::DataChannel);
            return self.offer_by(b, &random_id(), offer);
        }
        let Some(ours) = ours else {
            let acts = self.with_transfer(sid, |transfer| transfer.abort(content, Condition::FailedTransport));
            return self.act_of_session(b, sid, acts);
        };
        if let Some(line) = session.lines.get_mut(content) {
            line.described = Some(ours);
        }
        self.take_session(b, sid)
    }

    /// How their device writes data channels.
    pub(super) fn form(&self, device: &FullJid) -> Form {
        let presence = self.people.presence.get(&device.to_bare());
        let presence = presence.and_then(|devices| devices.get(device.resource().as_str()));
        let software = presence.and_then(|presence| self.software(presence));
        let nested =
            software.is_some_and(|software| software.features.iter().any(|own| own == Way::DataChannel.feature()));
        if nested { Form::Nested } else { Form::SctpMap }
    }
}
