//! What was read on which device is read on all (XEP-0490).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use waxwing_history::{Batch, Result};
use waxwing_session::IqError;
use waxwing_session::jid::BareJid;
use waxwing_session::ns;
use waxwing_session::xep::displayed::{self, Displayed};
use waxwing_session::xml::Element;

use super::Core;
use super::events::Awaiting;

/// How long reading on is waited for before the others are told: whoever reads tells once for a screen and not for each
/// line.
const GATHER: Duration = Duration::from_millis(1500);
/// Chats whose message has not come yet that are kept in mind.
const MOST: usize = 10_000;

/// What others told, and what they are to be told.
#[derive(Default)]
pub(crate) struct ReadElsewhere {
    /// Chat → id of a message that has not come yet.
    ahead: HashMap<String, String>,
    /// Chat → what is to be published, and when.
    due: HashMap<String, (Displayed, Instant)>,
}

impl Core {
    /// A new session: what was told meanwhile is asked for.
    pub(super) fn ask_displayed(&mut self) {
        self.read_elsewhere.ahead.clear();
        self.ask(None, displayed::get(), false, Awaiting::Displayed);
    }

    pub(super) fn displayed_answer(
        &mut self,
        b: &Batch<'_>,
        answer: &std::result::Result<Element, IqError>,
    ) -> Result<()> {
        let all = answer.as_ref().map(|iq| displayed::read(iq, &self.own)).unwrap_or_default();
        all.into_iter().try_for_each(|one| self.displayed(b, one))
    }

    /// Another of our devices displayed messages. Only ever forward; a message that is not here yet may still come.
    pub(super) fn displayed(&mut self, b: &Batch<'_>, displayed: Displayed) -> Result<()> {
        let chat = displayed.chat.to_string();
        let known = b.read().by_stanza_id(&displayed.stanza_id)?;
        let Some(id) = known else {
            // They are further than what we were about to tell.
            self.read_elsewhere.due.remove(&chat);
            if self.read_elsewhere.ahead.len() < MOST || self.read_elsewhere.ahead.contains_key(&chat) {
                self.read_elsewhere.ahead.insert(chat, displayed.stanza_id);
            }
            return Ok(());
        };
        // One chat's place says nothing about another.
        if b.read().message(id)?.peer == chat && b.read_to(&chat, id)? {
            self.read_elsewhere.due.remove(&chat);
            self.out.changed.conversations.insert(chat);
        }
        Ok(())
    }

    /// A message came: perhaps the one that was displayed elsewhere already.
    pub(super) fn read_ahead(&mut self, b: &Batch<'_>, chat: &str, stanza_id: &str, id: i64) -> Result<()> {
        if self.read_elsewhere.ahead.get(chat).is_some_and(|ahead| ahead == stanza_id) {
            self.read_elsewhere.ahead.remove(chat);
            if b.read_to(chat, id)? {
                self.out.changed.conversations.insert(chat.to_owned());
            }
        }
        Ok(())
    }

    /// What the person displayed here, as the other devices will be told; nothing where the server would not keep it to us
    /// (XEP-0223 §5).
    pub(super) fn displayed_here(&self, b: &Batch<'_>, chat: &BareJid, order: i64) -> Result<Option<Displayed>> {
        if !self.disco.account_has(ns::PUBLISH_OPTIONS) {
            return Ok(None);
        }
        let id = b.read().newest_archived(&chat.to_string(), order)?;
        Ok(id.map(|stanza_id| Displayed { chat: chat.clone(), stanza_id }))
    }

    /// The server publishes by itself what a marker takes along (§3.4.1).
    pub(super) fn server_assists(&self) -> bool {
        self.disco.account_has(ns::DISPLAYED_ASSIST)
    }

    /// Publishes it, unless more of the chat is displayed shortly, or was elsewhere.
    pub(super) fn tell_devices(&mut self, displayed: Displayed) {
        // While the archive is read, the message they are ahead at may still come. Afterwards it is older than what is here.
        if self.archive.will_tell() && self.read_elsewhere.ahead.contains_key(&displayed.chat.to_string()) {
            return;
        }
        self.read_elsewhere.ahead.remove(&displayed.chat.to_string());
        self.read_elsewhere.due.insert(displayed.chat.to_string(), (displayed, Instant::now() + GATHER));
    }

    /// When there is something to publish; what is read offline waits.
    pub fn displayed_due(&self) -> Option<Instant> {
        self.read_elsewhere.due.values().map(|(_, at)| *at).min().filter(|_| self.link.is_online())
    }

    /// Publishes what is due.
    pub fn publish_displayed(&mut self) {
        let now = Instant::now();
        let due: Vec<_> =
            self.read_elsewhere.due.extract_if(|_, (_, at)| *at <= now).map(|(_, (one, _))| one).collect();
        for one in due {
            self.ask(None, displayed::publish(&self.own, &one), true, Awaiting::Carried);
        }
    }
}
