//! Reading messages: one, the ends of a conversation, and pages of its timeline.

use rusqlite::{OptionalExtension as _, params};

use crate::Read;
use crate::error::Result;
use crate::message::{COLUMNS, Delivery, Message, read_row};

/// Where a page lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageAt {
    Newest,
    Before(i64),
    After(i64),
    Around(i64),
}

/// A stretch of a timeline, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub messages: Vec<Message>,
    /// Nothing older is kept here.
    pub at_start: bool,
    /// Nothing newer is kept here.
    pub at_end: bool,
}

impl Read<'_> {
    /// The message the archive knows by this id.
    pub fn by_stanza_id(&self, stanza_id: &str) -> Result<Option<i64>> {
        let mut statement = self.0.prepare_cached("SELECT id FROM message WHERE stanza_id = ?")?;
        Ok(statement.query_row([stanza_id], |row| row.get(0)).optional()?)
    }

    /// One message.
    pub fn message(&self, id: i64) -> Result<Message> {
        let sql =
            format!("SELECT {COLUMNS} FROM message m JOIN conversation c ON c.id = m.conversation WHERE m.id = ?");
        self.whole(self.0.prepare_cached(&sql)?.query_row([id], read_row)?)
    }

    /// An own message by its id; the newest where someone used one twice.
    pub fn own_message(&self, peer: &str, message_id: &str) -> Result<Option<i64>> {
        self.by_message_id(peer, message_id, true)
    }

    /// A peer's message by its id.
    pub fn their_message(&self, peer: &str, message_id: &str) -> Result<Option<i64>> {
        self.by_message_id(peer, message_id, false)
    }

    fn by_message_id(&self, peer: &str, message_id: &str, outgoing: bool) -> Result<Option<i64>> {
        let mut statement = self.0.prepare_cached(
            "SELECT m.id FROM message m JOIN conversation c ON c.id = m.conversation \
             WHERE m.message_id = ? AND c.peer = ? AND m.outgoing = ? ORDER BY m.id DESC LIMIT 1",
        )?;
        Ok(statement.query_row(params![message_id, peer, outgoing], |row| row.get(0)).optional()?)
    }

    /// The newest message of a conversation whose place is before `id`, own ones that wait left aside.
    pub fn newest_before(&self, peer: &str, id: i64) -> Result<Option<i64>> {
        let mut statement = self.0.prepare_cached(
            "SELECT max(m.id) FROM message m JOIN conversation c ON c.id = m.conversation WHERE c.peer = ? AND m.id < ? \
             AND (m.delivery IS NULL OR m.delivery >= ?)",
        )?;
        Ok(statement.query_row(params![peer, id, Delivery::OnServer], |row| row.get(0))?)
    }

    /// The sender's id of the newest message after `after` up to `id` whose sender wants to know that it was seen.
    pub fn newest_markable(&self, peer: &str, after: i64, id: i64) -> Result<Option<String>> {
        let mut statement = self.0.prepare_cached(
            "SELECT m.message_id FROM message m JOIN conversation c ON c.id = m.conversation \
             WHERE c.peer = ? AND m.id > ? AND m.id <= ? AND NOT m.outgoing AND m.markable AND m.message_id IS NOT NULL \
             ORDER BY m.id DESC LIMIT 1",
        )?;
        Ok(statement.query_row(params![peer, after, id], |row| row.get(0)).optional()?)
    }

    /// The archive's id of the newest message up to this one that has one.
    pub fn newest_archived(&self, peer: &str, id: i64) -> Result<Option<String>> {
        let mut statement = self.0.prepare_cached(
            "SELECT m.stanza_id FROM message m JOIN conversation c ON c.id = m.conversation \
             WHERE c.peer = ? AND m.id <= ? AND m.stanza_id IS NOT NULL ORDER BY m.id DESC LIMIT 1",
        )?;
        Ok(statement.query_row(params![peer, id], |row| row.get(0)).optional()?)
    }

    /// Messages of all conversations after a place, at most `limit`.
    pub fn all_after(&self, after: i64, limit: u32) -> Result<Vec<Message>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM message m JOIN conversation c ON c.id = m.conversation \
             WHERE m.id > ? ORDER BY m.id LIMIT ?"
        );
        let mut statement = self.0.prepare_cached(&sql)?;
        let rows = statement.query_map(params![after, limit], read_row)?;
        let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        rows.into_iter().map(|row| self.whole(row)).collect()
    }

    /// A message by what was said when, for one that has no id of its own; it stands within a minute of its time.
    pub fn said(&self, peer: &str, outgoing: bool, stamp: i64, body: &str) -> Result<Option<i64>> {
        let mut statement = self.0.prepare_cached(
            "SELECT m.id FROM message m JOIN conversation c ON c.id = m.conversation \
             WHERE m.id BETWEEN ?1 * 1000 - 60000000 AND ?1 * 1000 + 60000000 AND m.stamp = ?1 AND c.peer = ?2 \
             AND m.outgoing = ?3 AND m.body = ?4 LIMIT 1",
        )?;
        Ok(statement.query_row(params![stamp, peer, outgoing, body], |row| row.get(0)).optional()?)
    }

    /// The oldest message of a conversation.
    pub fn oldest(&self, peer: &str) -> Result<Option<i64>> {
        let mut statement = self.0.prepare_cached(
            "SELECT min(m.id) FROM message m JOIN conversation c ON c.id = m.conversation WHERE c.peer = ?",
        )?;
        Ok(statement.query_row([peer], |row| row.get(0))?)
    }

    /// The archive's id of the oldest message of a conversation that has one.
    pub fn oldest_archived(&self, peer: &str) -> Result<Option<String>> {
        let mut statement = self.0.prepare_cached(
            "SELECT m.stanza_id FROM message m JOIN conversation c ON c.id = m.conversation \
             WHERE c.peer = ? AND m.stanza_id IS NOT NULL ORDER BY m.id LIMIT 1",
        )?;
        Ok(statement.query_row([peer], |row| row.get(0)).optional()?)
    }

    /// A page of at most `limit` messages.
    pub fn page(&self, peer: &str, at: PageAt, limit: u32) -> Result<Page> {
        let limit = i64::from(limit.max(1));
        Ok(match at {
            PageAt::Newest => self.older(peer, i64::MAX, limit, true)?,
            PageAt::Before(id) => self.older(peer, id, limit, false)?,
            PageAt::After(id) => self.newer(peer, id, limit, false)?,
            PageAt::Around(id) => {
                let mut page = self.older(peer, id, limit / 2, false)?;
                let newer = self.newer(peer, id.saturating_sub(1), limit - limit / 2, false)?;
                page.messages.extend(newer.messages);
                page.at_end = newer.at_end;
                page
            }
        })
    }

    fn older(&self, peer: &str, before: i64, limit: i64, at_end: bool) -> Result<Page> {
        let mut messages = self.rows(peer, "m.id < ?2 ORDER BY m.id DESC", before, limit + 1)?;
        let at_start = cut(&mut messages, limit);
        messages.reverse();
        Ok(Page { messages, at_start, at_end })
    }

    fn newer(&self, peer: &str, after: i64, limit: i64, at_start: bool) -> Result<Page> {
        let mut messages = self.rows(peer, "m.id > ?2 ORDER BY m.id", after, limit + 1)?;
        let at_end = cut(&mut messages, limit);
        Ok(Page { messages, at_start, at_end })
    }

    fn rows(&self, peer: &str, which: &str, id: i64, limit: i64) -> Result<Vec<Message>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM message m JOIN conversation c ON c.id = m.conversation \
             WHERE c.peer = ?1 AND {which} LIMIT ?3"
        );
        let mut statement = self.0.prepare_cached(&sql)?;
        let rows = statement.query_map(params![peer, id, limit], read_row)?;
        let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        rows.into_iter().map(|row| self.whole(row)).collect()
    }
}

/// One more was asked than wanted; answers whether it was not there, so that this is the end.
fn cut(messages: &mut Vec<Message>, limit: i64) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_end = messages.len() <= limit;
    messages.truncate(limit);
    is_end
}
