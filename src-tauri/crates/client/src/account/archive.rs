//! Coming up to date with the archive (XEP-0313).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use waxwing_contract::SessionState;
use waxwing_history::{Batch, Held, Learnt, Result};
use waxwing_session::inbound::Message;
use waxwing_session::stanza::random_id;
use waxwing_session::xep::archive::{self, Fin};
use waxwing_session::xml::Element;
use waxwing_session::{IqError, ns};

use super::Core;
use super::events::Awaiting;
use crate::storage::DAY;

/// Messages in a page of catch-up; servers give fewer where they like.
const CATCH_UP: u32 = 250;
/// Messages in the first page ever.
const FIRST: u32 = 50;
/// Who was away for longer sees the newest page first, in milliseconds.
const LONG_AGO: i64 = 5 * DAY;
/// How long to leave an archive alone that did not answer.
const RETRY: Duration = Duration::from_secs(30);
/// How far before the newest message we hold the query begins where the archive forgot its id, in milliseconds.
const OVERLAP: i64 = 5 * 60 * 1000;

/// A message this much younger here than in the archive came late, in microseconds: less is the way it took, or an
/// archive that tells whole seconds.
const LATE: i64 = 2_000_000;

/// Where catch-up stands.
#[derive(Default)]
pub(crate) struct Archive {
    pub(super) phase: Phase,
    /// Newest message of the running page: its archive id and time.
    newest: Option<(String, i64)>,
    /// The place of the newest message that was held when catch-up began: all that is missed comes after it.
    began: i64,
    /// The message of each conversation that catch-up saw last: the next one follows it.
    previous: HashMap<String, i64>,
    /// Pages of older messages under way: query → what came of them, oldest first.
    pub(super) scrolling: HashMap<String, Vec<Message>>,
    /// While such a page is taken in, backwards: the message the next one precedes.
    pub(super) next: Option<(String, i64)>,
    /// What is taken in was asked for by time, for the archive did not know the id that is held: it may know others of its
    /// messages by other ids, too.
    pub(super) renamed: bool,
    /// When this session first was up to date.
    since: Option<i64>,
    /// When to ask again after a failure.
    retry_at: Option<Instant>,
    /// Where scrolling back in a conversation has come to: the archive's id.
    pub(super) cursors: HashMap<String, String>,
    /// Messages before those held that were fetched in this session.
    pub(super) filled: u32,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Whether there is an archive is not known yet.
    #[default]
    Unknown,
    /// There is none.
    None,
    /// The first page ever: history, not news.
    First,
    /// The newest page, where what we hold is old: what was said last is wanted first.
    Glance,
    /// From what we hold to now.
    Forward,
    /// Up to date.
    Done,
    /// While a page of what came before is taken in: history, not news.
    Back,
    /// It did not answer: something is missing, so nothing live may move the end of what is held.
    Failed,
}

impl Archive {
    /// A message of a page was learnt.
    pub fn saw(&mut self, id: &str, stamp: Option<i64>) {
        self.newest = Some((id.to_owned(), stamp.unwrap_or(0)));
    }

    /// The message a page's next one of this conversation follows.
    pub fn previous(&self, b: &Batch<'_>, peer: &str) -> Result<Option<i64>> {
        match (self.phase, self.previous.get(peer)) {
            (Phase::Forward, Some(previous)) => Ok(Some(*previous)),
            (Phase::Forward, None) => b.read().newest_before(peer, self.began.saturating_add(1)),
            _ => Ok(None),
        }
    }

    /// The message that what is taken in now precedes.
    pub fn next(&self, peer: &str) -> Option<i64> {
        self.next.as_ref().filter(|(scrolled, _)| scrolled == peer).map(|(_, id)| *id)
    }

    pub fn is_scrolling(&self, query: &str) -> bool {
        self.scrolling.contains_key(query)
    }

    /// Keeps a message of such a page until it is whole: it is taken in from its newest to its oldest.
    pub fn scrolled(&mut self, query: &str, message: &Message) {
        if let Some(page) = self.scrolling.get_mut(query) {
            page.push(message.clone());
        }
    }

    /// What comes from the archive now was missed, rather than said long ago.
    pub fn counts_unread(&self) -> bool {
        matches!(self.phase, Phase::Glance | Phase::Forward)
    }

    /// Since when nothing that came live can have been said before, in milliseconds; nothing where that is not known.
    pub fn since(&self) -> Option<i64> {
        self.since
    }

    /// The archive will show what arrived of what we sent.
    pub fn will_tell(&self) -> bool {
        matches!(self.phase, Phase::Unknown | Phase::First | Phase::Glance | Phase::Forward)
    }
}

impl Core {
    /// A new session: nothing is known of the archive until the account's discovery answers.
    pub(super) fn archive_unknown(&mut self) {
        self.archive = Archive::default();
    }

    pub(super) fn no_archive(&mut self, b: &Batch<'_>) -> Result<()> {
        self.archive.phase = Phase::None;
        self.up_to_date(b)
    }

    pub(super) fn catch_up(&mut self, b: &Batch<'_>) -> Result<()> {
        let held = b.read().held(&self.own.to_string())?;
        if let Some(Held { to_id: Some(id), to_stamp, .. }) = &held {
            // Archives may tell whole seconds: the newest one held may be anywhere in its second.
            let place = b.read().by_stanza_id(id)?;
            self.archive.previous.clear();
            if let Some(place) = place {
                // All that comes now was said after it.
                self.archive.previous.insert(b.read().message(place)?.peer, place);
            }
            self.archive.began = place.unwrap_or_else(|| to_stamp.saturating_mul(1000).saturating_add(999_999));
        }
        let Some(held) = held else {
            self.archive.phase = Phase::First;
            self.ask_archive(&archive::Page::Newest);
            return Ok(());
        };
        if held.to_stamp > 0 && self.server_now().saturating_sub(held.to_stamp) > LONG_AGO {
            self.archive.phase = Phase::Glance;
            self.ask_archive(&archive::Page::Newest);
            return Ok(());
        }
        self.go_forward(held);
        Ok(())
    }

    /// From the end of what is held.
    fn go_forward(&mut self, held: Held) {
        self.archive.phase = Phase::Forward;
        self.ask_archive(&match held.to_id {
            Some(id) => archive::Page::After(id),
            // The archive was empty when we first looked, or forgot the id we held.
            None => archive::Page::Since(held.to_stamp.saturating_sub(OVERLAP).max(0)),
        });
    }

    /// Takes the archive's order for the right one. What came late (a resumption brings again what was on its way, often
    /// without a word of when it was said) moves to its time; what came out of turn moves behind what it follows. Our
    /// own words stay where they were written.
    pub(super) fn put_in_order(&mut self, b: &Batch<'_>, peer: &str, learnt: Learnt, stamp: i64) -> Result<()> {
        // Only what comes from the end of what is held is whole.
        if matches!(self.archive.phase, Phase::Glance | Phase::Back) {
            return Ok(());
        }
        let id = learnt.id();
        let previous = self.archive.previous.get(peer).copied().unwrap_or(i64::MIN);
        let mut place = id;
        if self.archive.phase == Phase::Forward && !matches!(learnt, Learnt::New(_)) {
            let row = b.read().message(id)?;
            let written_here = row.outgoing && !row.other_device;
            let said = stamp.saturating_mul(1000);
            let late = Some(stamp).filter(|_| id > said.saturating_add(LATE));
            if !written_here && (id < previous || late.is_some()) {
                place = b.move_to(id, said.max(previous.saturating_add(1)), late)?;
            }
        }
        if place != id {
            self.out.changed.messages.remove(&(peer.to_owned(), id));
            self.out.changed.removed_messages.push((peer.to_owned(), id));
            self.out.message(peer, place);
        }
        self.archive.previous.insert(peer.to_owned(), place.max(previous));
        Ok(())
    }

    /// A message came live that the archive has under this id: while nothing is missing, what is held grows with it.
    pub(super) fn hold_live(&self, b: &Batch<'_>, id: &str, stamp: i64) -> Result<()> {
        // While something of ours is on its way, the archive may hold it before this one: catch-up must still see it.
        if self.archive.phase != Phase::Done || b.read().is_unsure()? {
            return Ok(());
        }
        let own = self.own.to_string();
        let held = b.read().held(&own)?.unwrap_or_default();
        b.hold(&own, &Held { to_id: Some(id.to_owned()), to_stamp: stamp, ..held })
    }

    fn ask_archive(&mut self, page: &archive::Page) {
        self.archive.newest = None;
        let max = if self.archive.phase == Phase::Forward { CATCH_UP } else { FIRST };
        self.ask(None, archive::query(&random_id(), page, None, max), true, Awaiting::CatchUp);
        self.out.questions.extend(self.out.commands.pop());
    }

    /// A page has come whole: its messages were learnt before this, in this transaction or an earlier one.
    pub(super) fn caught_up(&mut self, b: &Batch<'_>, answer: std::result::Result<Element, IqError>) -> Result<()> {
        let own = self.own.to_string();
        let fin = match answer {
            Ok(iq) => Fin::read(&iq).unwrap_or(Fin { complete: true, ..Fin::default() }),
            Err(IqError::Disconnected) => return Ok(()),
            Err(error) => return self.catch_up_failed(b, &error),
        };
        tracing::debug!(?fin, "a page of the archive");
        let mut held = b.read().held(&own)?.unwrap_or_default();
        if self.archive.phase == Phase::Glance {
            self.go_forward(held);
            return Ok(());
        }
        let before = held.to_id.clone();
        let newest = self.archive.newest.take();
        if let Some(last) = fin.last.clone().or_else(|| newest.as_ref().map(|(id, _)| id.clone())) {
            held.to_id = Some(last);
            held.to_stamp = newest.map_or(held.to_stamp, |(_, stamp)| stamp);
        }
        if self.archive.phase == Phase::First {
            held.from_id = fin.first;
            held.complete = fin.complete;
            b.hold(&own, &held)?;
            // History is not news.
            b.read_all()?;
            return self.up_to_date(b);
        }
        b.hold(&own, &held)?;
        match fin.last {
            // A page that does not come further would be asked for without end.
            Some(last) if !fin.complete && before.as_ref() != Some(&last) => {
                self.ask_archive(&archive::Page::After(last));
                Ok(())
            }
            _ => self.up_to_date(b),
        }
    }

    fn catch_up_failed(&mut self, b: &Batch<'_>, error: &IqError) -> Result<()> {
        tracing::warn!(%error, "the archive did not answer as hoped");
        let held = b.read().held(&self.own.to_string())?.unwrap_or_default();
        let forgot = matches!(error, IqError::Refused(e) if e.condition == "item-not-found");
        if forgot && held.to_id.is_some() {
            // The id we held has expired there: begin by time, a little earlier. What is known is recognised.
            b.hold(&self.own.to_string(), &Held { to_id: None, ..held.clone() })?;
            self.archive.renamed = true;
            self.ask_archive(&archive::Page::Since(held.to_stamp.saturating_sub(OVERLAP).max(0)));
            return Ok(());
        }
        self.archive_failed(b)
    }

    /// It did not answer, or nobody said whether there is one: that is asked again.
    pub(super) fn archive_failed(&mut self, b: &Batch<'_>) -> Result<()> {
        self.archive.retry_at = Some(Instant::now() + RETRY);
        self.archive.phase = Phase::Failed;
        self.up_to_date(b)
    }

    /// Asks again where the archive did not answer.
    pub(super) fn retry_archive(&mut self, b: &Batch<'_>) -> Result<()> {
        let due = self.archive.phase == Phase::Failed && self.archive.retry_at.is_some_and(|at| at <= Instant::now());
        if !due || !self.link.is_online() {
            return Ok(());
        }
        if self.disco.account_has(ns::MAM) {
            return self.catch_up(b);
        }
        self.archive.retry_at = None;
        self.ask_account();
        Ok(())
    }

    fn up_to_date(&mut self, b: &Batch<'_>) -> Result<()> {
        if !matches!(self.archive.phase, Phase::None | Phase::Failed) {
            self.archive.phase = Phase::Done;
            self.archive.since.get_or_insert(self.server_now());
        }
        if matches!(self.link.state, SessionState::Online { .. }) {
            self.link.state = SessionState::Online { catching_up: false };
        }
        self.out.changed.account = true;
        self.archive.renamed = false;
        self.pay_receipts();
        self.ring_the_young(b)?;
        self.flush_outbox(b)?;
        self.fill(b)
    }
}
