//! Going back in the archive (XEP-0313): for a person who scrolls, and of its own accord for what came before the first
//! page.

use waxwing_contract::{Code, GetPage, Page, PageAt};
use waxwing_history::{self as history, Batch, Held, Result};
use waxwing_session::IqError;
use waxwing_session::inbound::{Kind, Message};
use waxwing_session::jid::BareJid;
use waxwing_session::stanza::random_id;
use waxwing_session::xep::archive::{self, Fin};
use waxwing_session::xml::Element;

use super::archive::Phase;
use super::events::Awaiting;
use super::{Core, Reply};
use crate::failure::{fail, of_iq};
use crate::people;
use crate::storage::DAY;

/// Messages in a page for somebody who scrolls.
const SCROLL: u32 = 50;
/// Messages fetched of their own accord in a session, and in a page of them.
const FILL: u32 = 1000;
const FILL_PAGE: u32 = 100;

/// A page somebody waits for.
pub(crate) struct Scroll {
    query: String,
    /// Asked for by time: the archive did not know the id.
    by_time: bool,
    request: GetPage,
    pub reply: Reply,
}

impl Core {
    /// A page for the timeline: from history, and where that ends from the archive.
    pub(super) fn page(&mut self, b: &Batch<'_>, request: GetPage, reply: Reply) -> Result<()> {
        let page = self.local_page(b, &request)?;
        let wants_older = matches!(request.at, PageAt::Before { .. } | PageAt::Newest);
        let short = page.messages.len() < usize::try_from(request.limit).unwrap_or(usize::MAX) / 2;
        if page.at_start || !wants_older || !short || self.archive.phase == Phase::Unknown && self.link.is_online() {
            self.out.answer(reply, page);
            return Ok(());
        }
        if !self.link.is_online() {
            // What is here is shown; only when there is nothing is the lack of a connection worth a word.
            if page.messages.is_empty() && matches!(request.at, PageAt::Before { .. }) {
                self.out.reply(reply, Err(fail(Code::Offline, "older messages are on the server")));
            } else {
                self.out.answer(reply, page);
            }
            return Ok(());
        }
        let page = self.page_before(b, &request.peer)?;
        self.scroll_back(&page, request, reply);
        Ok(())
    }

    /// What of a conversation precedes what is here.
    fn page_before(&self, b: &Batch<'_>, peer: &str) -> Result<archive::Page> {
        let before = match self.archive.cursors.get(peer) {
            Some(cursor) => Some(cursor.clone()),
            None => match b.read().oldest_archived(peer)? {
                Some(id) => Some(id),
                None => b.read().held(&self.own.to_string())?.and_then(|held| held.from_id),
            },
        };
        Ok(before.map_or(archive::Page::Newest, archive::Page::Before))
    }

    fn scroll_back(&mut self, page: &archive::Page, request: GetPage, reply: Reply) {
        let id = random_id();
        let query = archive::query(&id, page, Some(&request.peer), SCROLL);
        self.archive.scrolling.insert(id.clone(), Vec::new());
        let by_time = matches!(page, archive::Page::Until(_));
        self.ask(None, query, true, Awaiting::ScrollBack(Box::new(Scroll { query: id, by_time, request, reply })));
    }

    /// Takes in a whole page of older messages, from its newest to its oldest, each before the one after it; of one
    /// conversation or of all.
    fn take_in_page(&mut self, b: &Batch<'_>, only: Option<&str>, page: &[Message], by_time: bool) -> Result<()> {
        let phase = std::mem::replace(&mut self.archive.phase, Phase::Back);
        let renamed = std::mem::replace(&mut self.archive.renamed, by_time);
        let taken = self.take_in_backwards(b, only, page);
        self.archive.phase = phase;
        self.archive.renamed = renamed;
        self.archive.next = None;
        taken
    }

    fn take_in_backwards(&mut self, b: &Batch<'_>, only: Option<&str>, page: &[Message]) -> Result<()> {
        let with = |message: &Message, own: &BareJid| {
            let outgoing = message.is_outgoing(own);
            (outgoing, if outgoing { message.to.to_bare() } else { message.from.to_bare() })
        };
        let (bounces, said): (Vec<_>, Vec<_>) = page.iter().partition(|message| message.kind == Kind::Error);
        for message in said.into_iter().rev() {
            let (outgoing, with) = with(message, &self.own);
            let peer = with.to_string();
            if only.is_none_or(|only| only == peer) {
                // What was taken over from a file has no part in the archive's order.
                let oldest = b.read().oldest_archived(&peer)?;
                let oldest = oldest.map(|id| b.read().by_stanza_id(&id)).transpose()?.flatten();
                self.archive.next = oldest.map(|id| (peer, id));
                self.take_in(b, &with, message, outgoing)?;
            }
        }
        // They are of what was taken in just now.
        for message in bounces {
            let (_, with) = with(message, &self.own);
            self.bounced(b, &with, message)?;
        }
        Ok(())
    }

    pub(super) fn scrolled_back(
        &mut self,
        b: &Batch<'_>,
        scroll: Scroll,
        answer: std::result::Result<Element, IqError>,
    ) -> Result<()> {
        let Scroll { query, by_time, request, reply } = scroll;
        let page = self.archive.scrolling.remove(&query).unwrap_or_default();
        let fin = match answer {
            Ok(iq) => Fin::read(&iq).ok_or(IqError::Timeout),
            // It expired there, or the server was moved: what is here has its time all the same.
            Err(IqError::Refused(error)) if !by_time && error.condition == "item-not-found" => {
                self.archive.cursors.remove(&request.peer);
                let oldest = b.read().oldest(&request.peer)?;
                let until = oldest.map_or_else(|| Ok(self.server_now()), |id| b.read().message(id).map(|m| m.stamp))?;
                self.scroll_back(&archive::Page::Until(until), request, reply);
                return Ok(());
            }
            Err(error) => Err(error),
        };
        let fin = match fin {
            Ok(fin) => fin,
            Err(error) => {
                // What is here is worth more than why there is not more.
                let local = self.local_page(b, &request)?;
                if local.messages.is_empty() {
                    self.out.reply(reply, Err(of_iq(&error)));
                } else {
                    self.out.answer(reply, local);
                }
                return Ok(());
            }
        };
        self.take_in_page(b, Some(&request.peer), &page, by_time)?;
        let comes_no_further = fin.first.is_some() && fin.first.as_ref() == self.archive.cursors.get(&request.peer);
        let whole = fin.complete || fin.first.is_none() || comes_no_further;
        if whole {
            b.complete_conversation(&request.peer)?;
        }
        if let Some(first) = fin.first {
            self.archive.cursors.insert(request.peer.clone(), first);
        }
        let page = self.local_page(b, &request)?;
        if page.messages.is_empty() && !whole {
            // Receipts and the like fill pages too: go on until there is something to see.
            let page = self.page_before(b, &request.peer)?;
            self.scroll_back(&page, request, reply);
            return Ok(());
        }
        self.out.answer(reply, page);
        Ok(())
    }

    /// What was said before the first page ever, a little in each session: conversations are listed, and words are found
    /// without scrolling there.
    pub(super) fn fill(&mut self, b: &Batch<'_>) -> Result<()> {
        let held = b.read().held(&self.own.to_string())?.filter(|held| !held.complete);
        let Some(from) = held.and_then(|held| held.from_id) else { return Ok(()) };
        if self.archive.phase != Phase::Done || self.archive.filled >= FILL {
            return Ok(());
        }
        self.ask_older(&archive::Page::Before(from));
        Ok(())
    }

    fn ask_older(&mut self, page: &archive::Page) {
        let query = random_id();
        self.archive.scrolling.insert(query.clone(), Vec::new());
        let stanza = archive::query(&query, page, None, FILL_PAGE);
        self.ask(None, stanza, true, Awaiting::Fill { query, by_time: matches!(page, archive::Page::Until(_)) });
    }

    /// The archive forgot where it was.
    fn fill_by_time(&mut self, b: &Batch<'_>) -> Result<()> {
        let from = b.read().held(&self.own.to_string())?.and_then(|held| held.from_id);
        let place = from.map(|from| b.read().by_stanza_id(&from)).transpose()?.flatten();
        if let Some(place) = place {
            let until = b.read().message(place)?.stamp;
            self.ask_older(&archive::Page::Until(until));
        }
        Ok(())
    }

    pub(super) fn filled(
        &mut self,
        b: &Batch<'_>,
        query: &str,
        by_time: bool,
        answer: std::result::Result<Element, IqError>,
    ) -> Result<()> {
        let page = self.archive.scrolling.remove(query).unwrap_or_default();
        let fin = match answer {
            Ok(iq) => Fin::read(&iq),
            Err(IqError::Refused(error)) if !by_time && error.condition == "item-not-found" => {
                return self.fill_by_time(b);
            }
            Err(_) => None,
        };
        // Another session tries again.
        let Some(fin) = fin else { return Ok(()) };
        let own = self.own.to_string();
        let held = b.read().held(&own)?.unwrap_or_default();
        if held.complete {
            // Everything was removed meanwhile, and is to stay so.
            return Ok(());
        }
        let kept = self.settings().keep_days.map(|days| i64::from(days).saturating_mul(DAY));
        let too_old = page
            .first()
            .and_then(Message::stamp)
            .zip(kept)
            .is_some_and(|(first, kept)| first < self.server_now().saturating_sub(kept));
        self.take_in_page(b, None, &page, by_time)?;
        b.read_all()?;
        self.archive.filled = self.archive.filled.saturating_add(FILL_PAGE);
        let complete = fin.complete || fin.first.is_none() || fin.first == held.from_id || too_old;
        b.hold(&own, &Held { from_id: fin.first.or(held.from_id), complete, ..held })?;
        self.fill(b)
    }

    fn local_page(&self, b: &Batch<'_>, request: &GetPage) -> Result<Page> {
        let at = match request.at {
            PageAt::Newest => history::PageAt::Newest,
            PageAt::Before { order } => history::PageAt::Before(order),
            PageAt::After { order } => history::PageAt::After(order),
            PageAt::Around { order } => history::PageAt::Around(order),
        };
        let page = b.read().page(&request.peer, at, request.limit.clamp(1, 500))?;
        let all_here = self.archive.phase == Phase::None
            || b.read().conversation(&request.peer)?.is_some_and(|c| c.archive_complete)
            || b.read().held(&self.own.to_string())?.is_some_and(|held| held.complete);
        Ok(Page {
            messages: page.messages.into_iter().map(people::message).collect(),
            at_start: page.at_start && all_here,
            at_end: page.at_end,
            first_unread: b.read().first_unread(&request.peer)?,
        })
    }

    /// Refuses in words what is no address.
    pub(super) fn peer(peer: &str) -> std::result::Result<BareJid, waxwing_contract::Failure> {
        BareJid::new(peer).map_err(|error| fail(Code::InvalidAddress, error.to_string()))
    }
}
