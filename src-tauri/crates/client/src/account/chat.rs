//! What others say: messages, receipts, markers, chat states, and what we tell of ours.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use waxwing_contract::{self as contract, Settings};
use waxwing_history::{Batch, Delivery, Learnt, NewMessage, Result, Sender};
use waxwing_session::inbound::{Kind, Message, Way};
use waxwing_session::jid::{BareJid, Jid};
use waxwing_session::stanza::random_id;
use waxwing_session::xep::avatar;
use waxwing_session::xep::displayed;
use waxwing_session::xep::message::{self, ChatState, Marker};

use super::Core;
use super::deliver::sent_again;
use crate::failure::{is_out_of_reach, of_stanza};

/// A composing state that nobody renews is over.
const STATE_LASTS: Duration = Duration::from_secs(60);
/// How far ahead of our clock a message may have been said, in milliseconds.
pub(super) const AHEAD: i64 = 5 * 60_000;
/// This long after coming up to date, what the server had kept has come, in milliseconds.
const SETTLED: i64 = 60_000;

/// What passes in conversations and is not kept.
#[derive(Default)]
pub(crate) struct Chats {
    states: HashMap<String, (ChatState, Instant)>,
    /// Peers who showed in this session that they take chat states (XEP-0085 §5.1).
    takes_states: HashMap<String, bool>,
    /// Newest message of each peer that came by catch-up and wants a receipt: sender and id.
    pub owed_receipts: HashMap<String, (Jid, String)>,
    /// Where the message of each conversation stands that came last in this session without a time, and so got ours: what
    /// comes after it in the stream is newer, whatever the server's clock says of it.
    pub last: HashMap<String, i64>,
}

impl Chats {
    pub fn state(&self, peer: &str) -> contract::ChatState {
        match self.states.get(peer).map(|(state, _)| state) {
            Some(ChatState::Composing) => contract::ChatState::Composing,
            Some(ChatState::Paused) => contract::ChatState::Paused,
            Some(ChatState::Inactive) => contract::ChatState::Inactive,
            Some(ChatState::Gone) => contract::ChatState::Gone,
            Some(ChatState::Active) | None => contract::ChatState::Active,
        }
    }

    pub fn forget_state(&mut self, peer: &str) {
        self.states.remove(peer);
    }

    pub fn forget_states(&mut self) {
        self.states.clear();
        self.takes_states.clear();
    }
}

impl Core {
    pub(super) fn settings(&self) -> Settings {
        self.shared.settings()
    }

    pub(super) fn message(&mut self, b: &Batch<'_>, message: &Message) -> Result<()> {
        if let Some(event) = &message.event {
            if let Some(metadata) = avatar::metadata_event(event) {
                self.avatar_event(b, &message.from.to_bare(), metadata)?;
            }
            if message.from.to_bare() == self.own {
                for one in displayed::event(event, &self.own) {
                    self.displayed(b, one)?;
                }
            }
            return Ok(());
        }
        // Rooms come with the work that builds them; until then their messages are not taken for a person's.
        if message.kind == Kind::Groupchat || message.from_room {
            return Ok(());
        }
        let outgoing = message.is_outgoing(&self.own);
        let peer = if outgoing { message.to.to_bare() } else { message.from.to_bare() };
        if message.way == Way::Live && message.kind != Kind::Error {
            self.reach.heard_from(message.from.domain().as_str());
        }
        if let Way::Archived { id, query } = &message.way {
            if self.archive.is_scrolling(query) {
                self.archive.scrolled(query, message);
                return Ok(());
            }
            self.archive.saw(id, message.stamp());
        }
        if message.kind == Kind::Error {
            return self.bounced(b, &peer, message);
        }
        self.take_in(b, &peer, message, outgoing)
    }

    /// What a message changes here.
    pub(super) fn take_in(&mut self, b: &Batch<'_>, peer: &BareJid, message: &Message, outgoing: bool) -> Result<()> {
        self.confirmations(b, peer, message, outgoing)?;
        if message.call.is_some() && message.body.is_none() {
            return self.call_word(b, peer, message, outgoing);
        }
        if !outgoing {
            self.chat_state(peer, message);
        }
        if message.body.is_some() || !message.files.shared.is_empty() {
            if self.attach(b, peer, message, outgoing)? {
                // It only tells where a file is that was announced before.
                return Ok(());
            }
            self.learn(b, peer, message, outgoing)?;
        }
        Ok(())
    }

    /// An own message came back (RFC 6121 §8.4): only its recipient or our server can say so.
    pub(super) fn bounced(&mut self, b: &Batch<'_>, peer: &BareJid, message: &Message) -> Result<()> {
        let (Some(wire_id), Some(error)) = (&message.id, &message.error) else { return Ok(()) };
        if message.way == Way::Live && self.call_bounced(b, peer, wire_id)? {
            return Ok(());
        }
        let Some(id) = b.read().own_message(&peer.to_string(), wire_id)? else { return Ok(()) };
        if message.way == Way::Live && is_out_of_reach(&error.condition) {
            self.out_of_reach(peer);
        }
        let peer = peer.to_string();
        // Archives keep bounces, too.
        if is_of_an_earlier_attempt(b, message, wire_id)? || b.read().message(id)?.delivery >= Some(Delivery::Delivered)
        {
            return Ok(());
        }
        let failure = of_stanza(error);
        b.fail(id, &serde_json::to_string(&failure).unwrap_or_default())?;
        self.out.message(&peer, id);
        Ok(())
    }

    /// Receipts and markers: of the peer about our messages, of our other devices about theirs.
    fn confirmations(&mut self, b: &Batch<'_>, peer: &BareJid, message: &Message, outgoing: bool) -> Result<()> {
        let peer = peer.to_string();
        if outgoing {
            if let Some(Marker::Displayed(id)) = &message.marker
                && let Some(id) = b.read().their_message(&peer, id)?
                && b.read_to(&peer, id)?
            {
                self.out.changed.conversations.insert(peer);
            }
            return Ok(());
        }
        let received = message.receipt.iter().map(|id| (id, Delivery::Delivered));
        let marked = message.marker.iter().map(|marker| match marker {
            Marker::Received(id) => (id, Delivery::Delivered),
            Marker::Displayed(id) => (id, Delivery::Read),
        });
        for (id, to) in received.chain(marked) {
            for changed in b.confirm(&peer, id, to)? {
                self.out.message(&peer, changed);
            }
        }
        Ok(())
    }

    fn chat_state(&mut self, peer: &BareJid, message: &Message) {
        let Some(state) = message.chat_state else { return };
        if message.way != Way::Live && message.way != Way::CarbonReceived {
            return;
        }
        let peer = peer.to_string();
        self.chats.takes_states.insert(peer.clone(), true);
        self.chats.states.insert(peer.clone(), (state, Instant::now()));
        self.out.changed.conversations.insert(peer);
    }

    pub fn expire_chat_states(&mut self) {
        let over: Vec<String> = self
            .chats
            .states
            .iter()
            .filter(|(_, (state, since))| *state == ChatState::Composing && since.elapsed() > STATE_LASTS)
            .map(|(peer, _)| peer.clone())
            .collect();
        for peer in over {
            self.chats.forget_state(&peer);
            self.out.changed.conversations.insert(peer);
        }
    }

    fn learn(&mut self, b: &Batch<'_>, peer: &BareJid, message: &Message, outgoing: bool) -> Result<()> {
        let said = self.believable(message);
        let live = matches!(message.way, Way::Live) && said.is_none();
        let archived = matches!(message.way, Way::Archived { .. });
        let peer_text = peer.to_string();
        let stanza_id = message.stanza_id.as_deref().filter(|_| archived || self.disco.trusts_stanza_ids());
        let stamp = said.map_or_else(|| self.server_now(), |said| said.div_euclid(1000));
        if let (Some(id), false) = (stanza_id, archived) {
            self.hold_live(b, id, stamp)?;
        }
        let resource = message.from.resource().map_or("", |r| r.as_str());
        let message_id = message.origin_id.as_deref().filter(|_| outgoing).or(message.id.as_deref());
        let in_vain = outgoing && message_id.map_or(Ok(false), |id| is_of_an_earlier_attempt(b, message, id))?;
        let news = !archived || self.archive.counts_unread();
        let heard = self.shared(peer, message, outgoing, news);
        if let (true, Some(id)) = (self.archive.renamed && archived, stanza_id)
            && b.read().by_stanza_id(id)?.is_none()
            && b.rename(&peer_text, outgoing, message_id, heard.body, stamp, id)?.is_some()
        {
            return Ok(());
        }
        let learnt = b.learn(&NewMessage {
            peer: &peer_text,
            sender: if outgoing { Sender::OtherDevice } else { Sender::Peer },
            resource,
            stanza_id,
            message_id,
            stamp,
            body: heard.body,
            markable: message.markable,
            delivery: outgoing.then_some(if in_vain { Delivery::Failed } else { Delivery::OnServer }),
            live,
            follows: match message.way {
                Way::Archived { .. } => self.archive.previous(b, &peer_text)?,
                _ if live => None,
                // Delivered late, perhaps with a time of whole seconds: after what is known of its second.
                _ => {
                    let second = stamp.saturating_add(1000).saturating_mul(1000);
                    let whole = stamp % 1000 == 0;
                    let known = if whole { b.read().newest_before(&peer_text, second)? } else { None };
                    // To the microsecond, where that is told.
                    let before = said.map(|said| said.saturating_sub(1));
                    known.max(before).max(self.chats.last.get(&peer_text).copied())
                }
            },
            precedes: if archived { self.archive.next(&peer_text) } else { None },
            unread: news,
        })?;
        if let (Learnt::New(id), false) = (learnt, heard.files.is_empty()) {
            self.learn_files(b, message, id, &heard.files)?;
        }
        tracing::debug!(?learnt, way = ?message.way, stamp, "learnt");
        if let Some(stanza_id) = stanza_id {
            self.read_ahead(b, &peer_text, stanza_id, learnt.id())?;
        }
        match learnt {
            Learnt::New(id) | Learnt::Merged(id) => self.out.message(&peer_text, id),
            Learnt::Known(_) => {}
        }
        if let (true, Learnt::New(_), Some(id)) = (outgoing, learnt, message_id) {
            for changed in b.confirm_early(&peer_text, id)? {
                self.out.message(&peer_text, changed);
            }
        }
        if archived {
            self.put_in_order(b, &peer_text, learnt, stamp)?;
        } else if live {
            self.chats.last.insert(peer_text.clone(), learnt.id());
        }
        if let (Learnt::New(_), false) = (learnt, outgoing) {
            if news {
                self.out.changed.news.insert(peer_text.clone());
            }
            self.chats.forget_state(&peer_text);
            self.owe_receipt(peer, message);
        }
        Ok(())
    }

    /// When it was said, in microseconds. Not every server takes out what others write in its name (XEP-0203 §4): what was
    /// said after now was not, nor what comes now from before a session that has long been up to date.
    fn believable(&self, message: &Message) -> Option<i64> {
        let archived = matches!(message.way, Way::Archived { .. });
        let now = self.server_now();
        let settled = self.archive.since().filter(|since| now.saturating_sub(*since) > SETTLED);
        message.said.filter(|said| {
            let said = said.div_euclid(1000);
            archived || said <= now.saturating_add(AHEAD) && settled.is_none_or(|since| said >= since)
        })
    }

    /// XEP-0184 §5.3: a receipt for what came to us, once, and to nobody who may not know that we are there.
    fn owe_receipt(&mut self, peer: &BareJid, message: &Message) {
        let (true, Some(id)) = (message.wants_receipt, &message.id) else { return };
        match message.way {
            Way::Live => self.send_receipt(peer, &message.from, id),
            // What was said while we were away gets one receipt, for the newest.
            Way::Archived { .. } if self.archive.counts_unread() => {
                self.chats.owed_receipts.insert(peer.to_string(), (message.from.clone(), id.clone()));
            }
            _ => {}
        }
    }

    /// They may know that we are there, and we do not hide.
    pub(super) fn may_tell(&self, jid: &BareJid) -> bool {
        self.people.may_know(jid) && self.own_presence().show != contract::Show::Offline
    }

    pub(super) fn send_receipt(&mut self, peer: &BareJid, to: &Jid, id: &str) {
        if self.settings().send_receipts && self.may_tell(peer) {
            self.out.send(message::receipt(&to.to_string(), &random_id(), id));
        }
    }

    /// After catch-up.
    pub(super) fn pay_receipts(&mut self) {
        for (peer, (from, id)) in std::mem::take(&mut self.chats.owed_receipts) {
            if let Ok(peer) = BareJid::new(&peer) {
                self.send_receipt(&peer, &from, &id);
            }
        }
    }

    /// The person has seen everything up to `order`: kept, and told where they like that told (XEP-0333 §4).
    pub(super) fn mark_read(&mut self, b: &Batch<'_>, peer: &BareJid, order: i64) -> Result<()> {
        let peer_text = peer.to_string();
        let before = b.read().conversation(&peer_text)?.map_or(0, |c| c.read_to);
        if !b.read_to(&peer_text, order)? {
            return Ok(());
        }
        self.out.changed.conversations.insert(peer_text.clone());
        let displayed = self.displayed_here(b, peer, order)?;
        let read = b.read().newest_markable(&peer_text, before, order)?;
        if let Some(id) = read
            && self.settings().send_markers
            && self.may_tell(peer)
            && self.link.is_online()
        {
            let assisted = displayed.as_ref().filter(|_| self.server_assists());
            let along = assisted.map(|one| displayed::element(&self.own, &one.stanza_id));
            self.out.send(message::displayed(&peer_text, &random_id(), &id).children(along));
            if self.server_assists() {
                return Ok(());
            }
        }
        if let Some(displayed) = displayed {
            self.tell_devices(displayed);
        }
        Ok(())
    }

    /// XEP-0085 §5: only to those who take them and may know.
    pub(super) fn tell_typing(&mut self, peer: &BareJid, typing: bool) {
        let peer_text = peer.to_string();
        let takes = self.chats.takes_states.contains_key(&peer_text) || self.takes_chat_states(peer);
        if takes && self.settings().send_chat_states && self.may_tell(peer) && self.link.is_online() {
            let state = if typing { ChatState::Composing } else { ChatState::Paused };
            self.out.send(message::chat_state(&peer_text, state));
        }
    }
}

/// What the archive tells of a message that was sent again since says nothing of it now.
fn is_of_an_earlier_attempt(b: &Batch<'_>, message: &Message, wire_id: &str) -> Result<bool> {
    let said = message.stamp().filter(|_| matches!(message.way, Way::Archived { .. }));
    Ok(match said {
        Some(said) => sent_again(b, wire_id)?.is_some_and(|again| said <= again),
        None => false,
    })
}
