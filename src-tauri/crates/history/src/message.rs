//! Messages: learning each once, whatever way and however often it comes.

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension as _, Row, params};

use crate::error::{Error, Result};
use crate::{Batch, File, Read};

/// Copies without an archive id are the same message within this many milliseconds.
const SAME_TIME: i64 = 30_000;

/// How far an own message came; only ever forwards, except into and out of [`Delivery::Failed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Delivery {
    Failed = 0,
    Queued = 1,
    Sending = 2,
    OnServer = 3,
    Delivered = 4,
    Read = 5,
}

impl ToSql for Delivery {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok((*self as i64).into())
    }
}

impl FromSql for Delivery {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(match i64::column_result(value)? {
            0 => Self::Failed,
            1 => Self::Queued,
            2 => Self::Sending,
            3 => Self::OnServer,
            4 => Self::Delivered,
            _ => Self::Read,
        })
    }
}

/// Who sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The peer of the conversation.
    Peer,
    /// This device.
    ThisDevice,
    /// Another device of the account.
    OtherDevice,
}

/// A message to learn.
#[derive(Debug, Clone)]
pub struct NewMessage<'a> {
    /// Bare JID.
    pub peer: &'a str,
    pub sender: Sender,
    /// Resource of the sending device, where known.
    pub resource: &'a str,
    pub stanza_id: Option<&'a str>,
    pub message_id: Option<&'a str>,
    /// Milliseconds since 1970.
    pub stamp: i64,
    pub body: &'a str,
    pub markable: bool,
    /// Own messages.
    pub delivery: Option<Delivery>,
    /// It was said after everything there is of the conversation, whatever the clocks say.
    pub live: bool,
    /// It was said after this message: archives tell whole seconds, and their order is the better clock.
    pub follows: Option<i64>,
    /// It was said before this message.
    pub precedes: Option<i64>,
    /// Counts as unread until it is read.
    pub unread: bool,
}

/// What learning a message changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learnt {
    /// It is new.
    New(i64),
    /// It was here; this told something more of it.
    Merged(i64),
    /// It was here.
    Known(i64),
}

impl Learnt {
    /// The message.
    pub fn id(self) -> i64 {
        match self {
            Self::New(id) | Self::Merged(id) | Self::Known(id) => id,
        }
    }
}

/// A message as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its place: microseconds since 1970, unique in the account.
    pub id: i64,
    /// Bare JID of the conversation.
    pub peer: String,
    pub stamp: i64,
    pub outgoing: bool,
    pub resource: String,
    pub stanza_id: Option<String>,
    pub message_id: Option<String>,
    pub body: String,
    pub markable: bool,
    pub delivery: Option<Delivery>,
    pub failure: Option<String>,
    pub other_device: bool,
    /// It is a call, and this is how it went, as JSON.
    pub call: Option<String>,
    /// What is shared with it.
    pub files: Vec<File>,
}

/// Columns of a message, and behind them the number of its files.
pub(crate) const COLUMNS: &str = "m.id, c.peer, m.stamp, m.outgoing, m.resource, m.stanza_id, m.message_id, m.body, \
     m.markable, m.delivery, m.failure, m.other_device, m.call, m.files";

/// The first column behind [`COLUMNS`].
pub(crate) const BEHIND: usize = 14;

/// A row of [`COLUMNS`], and whether it has files: those are read by [`Read::whole`].
pub(crate) fn read_row(row: &Row<'_>) -> rusqlite::Result<(Message, bool)> {
    let message = Message {
        id: row.get(0)?,
        peer: row.get(1)?,
        stamp: row.get(2)?,
        outgoing: row.get(3)?,
        resource: row.get(4)?,
        stanza_id: row.get(5)?,
        message_id: row.get(6)?,
        body: row.get(7)?,
        markable: row.get(8)?,
        delivery: row.get(9)?,
        failure: row.get(10)?,
        other_device: row.get(11)?,
        call: row.get(12)?,
        files: Vec::new(),
    };
    Ok((message, row.get::<_, u32>(BEHIND - 1)? > 0))
}

impl Read<'_> {
    /// A message with its files.
    pub(crate) fn whole(&self, (mut message, has_files): (Message, bool)) -> Result<Message> {
        if has_files {
            message.files = self.files_of(message.id)?;
        }
        Ok(message)
    }
}

impl Batch<'_> {
    /// Learns a message, unless it is known: by the archive's id; by our own id for what we sent; by sender, id, text
    /// and time otherwise.
    pub fn learn(&self, new: &NewMessage<'_>) -> Result<Learnt> {
        let conversation = self.conversation(new.peer)?;
        if let Some(stanza_id) = new.stanza_id
            && let Some(id) = self.read().by_stanza_id(stanza_id)?
        {
            return Ok(Learnt::Known(id));
        }
        if let Some(id) = self.known_copy(conversation, new)? {
            return Ok(if self.merge(id, new)? { Learnt::Merged(id) } else { Learnt::Known(id) });
        }
        let id = self.free_place(conversation, new)?;
        self.0
            .prepare_cached(
                "INSERT INTO message (id, conversation, stamp, outgoing, resource, stanza_id, message_id, body, \
                 markable, delivery, other_device) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                id,
                conversation,
                new.stamp,
                new.sender != Sender::Peer,
                new.resource,
                new.stanza_id,
                new.message_id,
                new.body,
                new.markable,
                new.delivery,
                new.sender == Sender::OtherDevice
            ])?;
        self.count(conversation, id, new)?;
        Ok(Learnt::New(id))
    }

    /// An archive that was moved or made anew knows its messages by other ids: the one that was said at this time, in these
    /// words, gets its new one. Answers the message.
    pub fn rename(
        &self,
        peer: &str,
        outgoing: bool,
        message_id: Option<&str>,
        body: &str,
        stamp: i64,
        new: &str,
    ) -> Result<Option<i64>> {
        let mut statement = self.0.prepare_cached(
            "UPDATE message SET stanza_id = ?1 WHERE id = (SELECT m.id FROM message m \
             JOIN conversation c ON c.id = m.conversation WHERE m.stamp BETWEEN ?2 - 1000 AND ?2 + 1000 AND c.peer = ?3 \
             AND m.outgoing = ?4 AND m.message_id IS ?5 AND m.body = ?6 AND m.stanza_id IS NOT NULL LIMIT 1) RETURNING id",
        )?;
        let named = statement.query_row(params![new, stamp, peer, outgoing, message_id, body], |row| row.get(0));
        Ok(named.optional()?)
    }

    fn known_copy(&self, conversation: i64, new: &NewMessage<'_>) -> Result<Option<i64>> {
        let Some(message_id) = new.message_id else { return Ok(None) };
        let outgoing = new.sender != Sender::Peer;
        let mut statement = self.0.prepare_cached(
            "SELECT id, resource, stanza_id, stamp, outgoing AND NOT other_device FROM message \
             WHERE message_id = ? AND conversation = ? AND outgoing = ? AND body = ?",
        )?;
        let mut rows = statement.query(params![message_id, conversation, outgoing, new.body])?;
        while let Some(row) = rows.next()? {
            let (id, resource, stanza_id, stamp, ours): (i64, String, Option<String>, i64, bool) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
            // Two archive ids are two messages, whatever else is alike; but ours may have been sent again.
            if stanza_id.is_some() && new.stanza_id.is_some() && !ours {
                continue;
            }
            let same_device = resource == new.resource || resource.is_empty() || new.resource.is_empty();
            if outgoing || (same_device && (stamp - new.stamp).abs() <= SAME_TIME) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Takes over what a further copy tells: the archive's id, and that the server has what we sent.
    fn merge(&self, id: i64, new: &NewMessage<'_>) -> Result<bool> {
        let named = match new.stanza_id {
            Some(stanza_id) => self
                .0
                .prepare_cached("UPDATE message SET stanza_id = ? WHERE id = ? AND stanza_id IS NULL")?
                .execute(params![stanza_id, id])?,
            None => 0,
        };
        let mut moved = false;
        if new.sender != Sender::Peer && new.delivery >= Some(Delivery::OnServer) {
            moved = self.advance(id, Delivery::OnServer)?;
            self.leave_outbox(id)?;
        }
        Ok(named > 0 || moved)
    }

    /// The first free place at or after the message's time; for a live one after all others of its conversation.
    fn free_place(&self, conversation: i64, new: &NewMessage<'_>) -> Result<i64> {
        let mut place = new.stamp.saturating_mul(1000);
        if let Some(previous) = new.follows {
            place = place.max(previous.saturating_add(1));
        }
        if new.live {
            let newest: Option<i64> = self
                .0
                .prepare_cached("SELECT max(id) FROM message WHERE conversation = ?")?
                .query_row([conversation], |row| row.get(0))?;
            place = place.max(newest.unwrap_or(0).saturating_add(1));
        }
        let mut taken = self.0.prepare_cached("SELECT 1 FROM message WHERE id = ?")?;
        if let Some(next) = new.precedes {
            // A whole second holds a million places: its last ones leave room for what is older.
            let latest = if new.stamp % 1000 == 0 { place.saturating_add(999_999) } else { place };
            place = latest.min(next.saturating_sub(1));
            while taken.exists([place])? {
                place = place.checked_sub(1).ok_or_else(|| Error::Failed("a message before all time".into()))?;
            }
            return Ok(place);
        }
        while taken.exists([place])? {
            place = place.checked_add(1).ok_or_else(|| Error::Failed("a message at the end of time".into()))?;
        }
        Ok(place)
    }

    /// Moves a message to a place, or the next one that is free: the archive knows better when it was said, and may tell
    /// the time that is shown, too. Answers its new place.
    pub fn move_to(&self, id: i64, place: i64, stamp: Option<i64>) -> Result<i64> {
        let mut place = place;
        let mut taken = self.0.prepare_cached("SELECT 1 FROM message WHERE id = ?")?;
        while taken.exists([place])? {
            place = place.saturating_add(1);
        }
        self.0
            .prepare_cached("UPDATE message SET id = ?1, stamp = ifnull(?2, stamp) WHERE id = ?3")?
            .execute(params![place, stamp, id])?;
        // What was read stays read.
        self.0
            .prepare_cached(
                "UPDATE conversation SET activity = max(activity, ?1), \
                 read_to = CASE WHEN unread = 0 THEN max(read_to, ?1) ELSE read_to END, \
                 unread = CASE WHEN unread = 0 THEN 0 ELSE (SELECT count(*) FROM message m \
                  WHERE m.conversation = conversation.id AND NOT m.outgoing AND NOT m.quiet AND m.id > read_to) END \
                 WHERE id = (SELECT conversation FROM message WHERE id = ?1)",
            )?
            .execute([place])?;
        Ok(place)
    }

    fn count(&self, conversation: i64, id: i64, new: &NewMessage<'_>) -> Result<()> {
        // A conversation that was closed stays so when something older of it is learnt.
        let news = new.live || new.unread || new.sender == Sender::ThisDevice;
        if new.sender == Sender::Peer {
            self.0
                .prepare_cached(
                    "UPDATE conversation SET open = open OR ?4 OR activity = 0, activity = max(activity, ?1), \
                     unread = unread + (?2 AND ?1 > read_to) WHERE id = ?3",
                )?
                .execute(params![id, new.unread, conversation, news])?;
        } else {
            self.0
                .prepare_cached(
                    "UPDATE conversation SET open = open OR ?3 OR activity = 0, activity = max(activity, ?1) WHERE id = ?2",
                )?
                .execute(params![id, conversation, news])?;
            if new.sender == Sender::OtherDevice && new.unread {
                // Whoever answers elsewhere has read what came before.
                self.read_to(new.peer, id)?;
            }
        }
        Ok(())
    }

    /// Moves an own message forwards; answers whether that changed anything.
    pub fn advance(&self, id: i64, to: Delivery) -> Result<bool> {
        let changed = self
            .0
            .prepare_cached(
                "UPDATE message SET delivery = ?1, failure = NULL \
                 WHERE id = ?2 AND outgoing AND delivery BETWEEN 1 AND ?1 - 1",
            )?
            .execute(params![to, id])?;
        Ok(changed > 0)
    }

    /// A failed message is to be tried again; answers whether there was such a one.
    pub fn revive(&self, id: i64) -> Result<bool> {
        let mut statement = self
            .0
            .prepare_cached("UPDATE message SET delivery = ?1, failure = NULL WHERE id = ?2 AND delivery = ?3")?;
        Ok(statement.execute(params![Delivery::Queued, id, Delivery::Failed])? > 0)
    }

    /// A stream ended before the server said whether it has these: back to the queue.
    pub fn requeue(&self, id: i64) -> Result<bool> {
        let mut statement =
            self.0.prepare_cached("UPDATE message SET delivery = ?1 WHERE id = ?2 AND delivery = ?3")?;
        Ok(statement.execute(params![Delivery::Queued, id, Delivery::Sending])? > 0)
    }

    /// An own message was refused, for the reason given as JSON.
    pub fn fail(&self, id: i64, failure: &str) -> Result<()> {
        self.0
            .prepare_cached("UPDATE message SET delivery = ?, failure = ? WHERE id = ? AND outgoing")?
            .execute(params![Delivery::Failed, failure, id])?;
        self.leave_outbox(id)
    }

    /// A receipt or marker of the peer: the message with this id moves, and with a marker everything we sent before. Where
    /// there is no such message yet, it is kept for it ([`Batch::confirm_early`]). Answers the messages that changed.
    pub fn confirm(&self, peer: &str, message_id: &str, to: Delivery) -> Result<Vec<i64>> {
        let Some(target) = self.read().own_message(peer, message_id)? else {
            self.keep_early(peer, message_id, to)?;
            return Ok(Vec::new());
        };
        // A message another client of ours still holds as sent counts as well; what failed or waits does not.
        let range = if to == Delivery::Read { "id <= ?" } else { "id = ?" };
        let sql = format!(
            "SELECT id FROM message WHERE {range} AND conversation = (SELECT id FROM conversation WHERE peer = ?) \
             AND outgoing AND delivery BETWEEN 2 AND 4 AND delivery < ?"
        );
        let mut statement = self.0.prepare_cached(&sql)?;
        let rows = statement.query_map(params![target, peer, to], |row| row.get::<_, i64>(0))?;
        let changed = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        for id in &changed {
            self.advance(*id, to)?;
            self.leave_outbox(*id)?;
        }
        Ok(changed)
    }

    /// Forgets a message that was not sent.
    pub fn discard(&self, id: i64) -> Result<()> {
        let gone = self
            .0
            .prepare_cached("DELETE FROM message WHERE id = ? AND outgoing AND delivery <= ?")?
            .execute(params![id, Delivery::Queued])?;
        if gone == 0 { Err(Error::NotFound) } else { Ok(()) }
    }
}
