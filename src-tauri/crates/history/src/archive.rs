//! How much of an archive is held (XEP-0313).

use rusqlite::{OptionalExtension as _, params};

use crate::error::Result;
use crate::{Batch, Read};

/// The stretch that is held without a hole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    /// The archive's id of its oldest message.
    pub from_id: Option<String>,
    /// The archive's id of its newest message.
    pub to_id: Option<String>,
    /// When the newest was sent, in milliseconds since 1970.
    pub to_stamp: i64,
    /// Nothing in the archive is older.
    pub complete: bool,
}

impl Read<'_> {
    /// What is held of an archive; `None` before the first page.
    pub fn held(&self, archive: &str) -> Result<Option<Held>> {
        let mut statement =
            self.0.prepare_cached("SELECT from_id, to_id, to_stamp, complete FROM archive WHERE jid = ?")?;
        let held = statement.query_row([archive], |row| {
            Ok(Held { from_id: row.get(0)?, to_id: row.get(1)?, to_stamp: row.get(2)?, complete: row.get(3)? })
        });
        Ok(held.optional()?)
    }
}

impl Batch<'_> {
    /// Sets what is held.
    pub fn hold(&self, archive: &str, held: &Held) -> Result<()> {
        self.0
            .prepare_cached(
                "INSERT OR REPLACE INTO archive (jid, from_id, to_id, to_stamp, complete) VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![archive, held.from_id, held.to_id, held.to_stamp, held.complete])?;
        Ok(())
    }
}
