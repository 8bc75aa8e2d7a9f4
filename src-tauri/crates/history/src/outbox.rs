//! The outbox: own messages the server has not acknowledged, as they will be sent.

use rusqlite::params;

use crate::error::Result;
use crate::{Batch, Read};

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub message: i64,
    /// The stanza as XML.
    pub stanza: String,
    /// When it was written, in milliseconds since 1970.
    pub stamp: i64,
    /// It was on its way before and may have arrived.
    pub attempted: bool,
    /// It is not on its way now.
    pub queued: bool,
}

impl Batch<'_> {
    /// Puts a message in.
    pub fn enter_outbox(&self, message: i64, stanza: &str) -> Result<()> {
        self.0
            .prepare_cached("INSERT OR REPLACE INTO outbox (message, stanza) VALUES (?, ?)")?
            .execute(params![message, stanza])?;
        Ok(())
    }

    /// It is on its way.
    pub fn attempt(&self, message: i64) -> Result<()> {
        self.0.prepare_cached("UPDATE outbox SET attempted = 1 WHERE message = ?")?.execute([message])?;
        Ok(())
    }

    /// The server has it, or it will never be sent.
    pub fn leave_outbox(&self, message: i64) -> Result<()> {
        self.0.prepare_cached("DELETE FROM outbox WHERE message = ?")?.execute([message])?;
        Ok(())
    }
}

impl Read<'_> {
    /// Something is on its way, or was when a session ended.
    pub fn is_unsure(&self) -> Result<bool> {
        let mut statement = self.0.prepare_cached("SELECT 1 FROM outbox WHERE attempted LIMIT 1")?;
        Ok(statement.exists([])?)
    }

    /// Everything that waits, in the order it was written.
    pub fn outbox(&self) -> Result<Vec<Waiting>> {
        let mut statement = self.0.prepare_cached(
            "SELECT o.message, o.stanza, m.stamp, o.attempted, m.delivery = 1 FROM outbox o JOIN message m ON m.id = o.message \
             ORDER BY o.message",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(Waiting {
                message: row.get(0)?,
                stanza: row.get(1)?,
                stamp: row.get(2)?,
                attempted: row.get(3)?,
                queued: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
