//! Conversations: one for each peer.

use rusqlite::{OptionalExtension as _, Row, params};

use crate::error::Result;
use crate::message::Delivery;
use crate::{Batch, FileKind, Read};

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    pub peer: String,
    pub open: bool,
    pub draft: String,
    pub read_to: i64,
    pub unread: u32,
    pub activity: i64,
    pub archive_complete: bool,
    pub last: Option<Last>,
    pub notify: Notify,
}

/// How its notifications differ from the settings for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notify {
    pub muted: bool,
    /// Milliseconds since 1970.
    pub muted_until: Option<i64>,
    /// JSON; `None` as everywhere.
    pub preview: Option<String>,
    /// `None` as everywhere.
    pub sound: Option<bool>,
}

/// The newest message, for the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// At most 200 characters of it.
    pub body: String,
    pub stamp: i64,
    pub delivery: Option<Delivery>,
    /// It is a call, and this is how it went, as JSON.
    pub call: Option<String>,
    /// The first of its files.
    pub file: Option<(String, FileKind)>,
}

/// The newest message that is unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    pub id: i64,
    pub body: String,
    /// It is a call that was missed.
    pub call: bool,
    /// The first of its files.
    pub file: Option<(String, FileKind)>,
}

const SELECT: &str = "SELECT c.peer, c.open, c.draft, c.read_to, c.unread, c.activity, c.archive_complete, \
     substr(m.body, 1, 200), m.stamp, m.delivery, c.muted, c.muted_until, c.preview, c.sound, m.call, \
     f.name, f.kind FROM conversation c LEFT JOIN message m \
     ON m.id = (SELECT max(id) FROM message WHERE conversation = c.id) \
     LEFT JOIN file f ON f.id = iif(m.files > 0, (SELECT min(id) FROM file WHERE message = m.id), NULL)";

/// A name and a kind, from this column on.
fn read_file(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<(String, FileKind)>> {
    let name: Option<String> = row.get(at)?;
    name.map(|name| Ok((name, row.get(at + 1)?))).transpose()
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    let last = match row.get::<_, Option<String>>(7)? {
        Some(body) => Some(Last {
            body,
            stamp: row.get(8)?,
            delivery: row.get(9)?,
            call: row.get(14)?,
            file: read_file(row, 15)?,
        }),
        None => None,
    };
    Ok(Conversation {
        peer: row.get(0)?,
        open: row.get(1)?,
        draft: row.get(2)?,
        read_to: row.get(3)?,
        unread: row.get(4)?,
        activity: row.get(5)?,
        archive_complete: row.get(6)?,
        last,
        notify: Notify { muted: row.get(10)?, muted_until: row.get(11)?, preview: row.get(12)?, sound: row.get(13)? },
    })
}

impl Read<'_> {
    /// All that are shown in the list.
    pub fn conversations(&self) -> Result<Vec<Conversation>> {
        let mut statement = self.0.prepare_cached(&format!("{SELECT} WHERE c.open"))?;
        let rows = statement.query_map([], read_row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// One, where there is such a conversation.
    pub fn conversation(&self, peer: &str) -> Result<Option<Conversation>> {
        let mut statement = self.0.prepare_cached(&format!("{SELECT} WHERE c.peer = ?"))?;
        Ok(statement.query_row([peer], read_row).optional()?)
    }

    /// The newest message that is unread.
    pub fn newest_unread(&self, peer: &str) -> Result<Option<Unread>> {
        let mut statement = self.0.prepare_cached(
            "SELECT m.id, m.body, m.call IS NOT NULL, f.name, f.kind FROM message m \
             JOIN conversation c ON c.id = m.conversation LEFT JOIN file f \
             ON f.id = iif(m.files > 0, (SELECT min(id) FROM file WHERE message = m.id), NULL) WHERE c.peer = ? AND c.unread > 0 AND m.id > c.read_to AND NOT m.outgoing AND NOT m.quiet ORDER BY m.id DESC LIMIT 1",
        )?;
        Ok(statement
            .query_row([peer], |row| {
                Ok(Unread { id: row.get(0)?, body: row.get(1)?, call: row.get(2)?, file: read_file(row, 3)? })
            })
            .optional()?)
    }

    /// The oldest message that is unread: as many are as the conversation counts. (What a first sign-in finds in the
    /// archive was never marked as read, and is not news.)
    pub fn first_unread(&self, peer: &str) -> Result<Option<i64>> {
        let mut statement = self.0.prepare_cached(
            "SELECT min(id) FROM (SELECT m.id FROM message m JOIN conversation c ON c.id = m.conversation \
             WHERE c.peer = ?1 AND m.id > c.read_to AND NOT m.outgoing AND NOT m.quiet ORDER BY m.id DESC \
             LIMIT coalesce((SELECT unread FROM conversation WHERE peer = ?1), 0))",
        )?;
        Ok(statement.query_row([peer], |row| row.get(0))?)
    }
}

impl Batch<'_> {
    /// The key of a conversation, which begins where there is none.
    pub(crate) fn conversation(&self, peer: &str) -> Result<i64> {
        let mut find = self.0.prepare_cached("SELECT id FROM conversation WHERE peer = ?")?;
        if let Some(id) = find.query_row([peer], |row| row.get(0)).optional()? {
            return Ok(id);
        }
        self.0.prepare_cached("INSERT INTO conversation (peer) VALUES (?)")?.execute([peer])?;
        Ok(self.0.last_insert_rowid())
    }

    /// Shows a conversation in the list, as active at `now` (milliseconds) where it has no message.
    pub fn open_conversation(&self, peer: &str, now: i64) -> Result<()> {
        let id = self.conversation(peer)?;
        self.0
            .prepare_cached("UPDATE conversation SET open = 1, activity = max(activity, ?) WHERE id = ?")?
            .execute(params![now.saturating_mul(1000), id])?;
        Ok(())
    }

    /// Takes it out of the list; its messages stay.
    pub fn close_conversation(&self, peer: &str) -> Result<()> {
        self.0.prepare_cached("UPDATE conversation SET open = 0 WHERE peer = ?")?.execute([peer])?;
        Ok(())
    }

    /// Keeps how its notifications differ.
    pub fn set_notify(&self, peer: &str, notify: &Notify) -> Result<()> {
        let id = self.conversation(peer)?;
        let Notify { muted, muted_until, preview, sound } = notify;
        self.0
            .prepare_cached("UPDATE conversation SET muted = ?, muted_until = ?, preview = ?, sound = ? WHERE id = ?")?
            .execute(params![muted, muted_until, preview, sound, id])?;
        Ok(())
    }

    /// Keeps what was typed and not sent.
    pub fn set_draft(&self, peer: &str, draft: &str) -> Result<()> {
        let id = self.conversation(peer)?;
        self.0.prepare_cached("UPDATE conversation SET draft = ? WHERE id = ?")?.execute(params![draft, id])?;
        Ok(())
    }

    /// Marks everything up to a message as read; answers whether that changed anything.
    pub fn read_to(&self, peer: &str, id: i64) -> Result<bool> {
        // A message that was unread may have moved to before what is read.
        let unread = "(SELECT count(*) FROM message m WHERE m.conversation = conversation.id AND NOT m.outgoing AND NOT m.quiet \
             AND m.id > max(read_to, ?1))";
        let changed = self
            .0
            .prepare_cached(&format!(
                "UPDATE conversation SET read_to = max(read_to, ?1), unread = {unread} \
                 WHERE peer = ?2 AND (read_to < ?1 OR unread > {unread})"
            ))?
            .execute(params![id, peer])?;
        Ok(changed > 0)
    }

    /// Everything there is counts as read, where nothing is unread.
    pub fn read_all(&self) -> Result<()> {
        self.0.execute("UPDATE conversation SET read_to = max(read_to, activity) WHERE unread = 0", [])?;
        Ok(())
    }

    /// The archive holds nothing older of this conversation than what is here.
    pub fn complete_conversation(&self, peer: &str) -> Result<()> {
        let id = self.conversation(peer)?;
        self.0.prepare_cached("UPDATE conversation SET archive_complete = 1 WHERE id = ?")?.execute([id])?;
        Ok(())
    }
}
