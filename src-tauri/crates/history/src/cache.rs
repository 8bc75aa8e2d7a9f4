//! Caches: single values, pictures.

use rusqlite::{OptionalExtension as _, params};

use crate::error::Result;
use crate::{Batch, Read};

/// Someone's picture and what they call themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Avatar {
    /// Bare JID.
    pub jid: String,
    /// SHA-1 of the picture in hex; empty where there is none.
    pub picture: String,
    pub nickname: String,
}

impl Read<'_> {
    /// A single value.
    pub fn value(&self, key: &str) -> Result<Option<String>> {
        let mut statement = self.0.prepare_cached("SELECT value FROM value WHERE key = ?")?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    /// Everyone's pictures.
    pub fn avatars(&self) -> Result<Vec<Avatar>> {
        let mut statement = self.0.prepare_cached("SELECT jid, picture, nickname FROM avatar")?;
        let rows = statement
            .query_map([], |row| Ok(Avatar { jid: row.get(0)?, picture: row.get(1)?, nickname: row.get(2)? }))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The bytes of a picture.
    pub fn picture(&self, id: &str) -> Result<Option<Vec<u8>>> {
        let mut statement = self.0.prepare_cached("SELECT bytes FROM picture WHERE id = ?")?;
        Ok(statement.query_row([id], |row| row.get(0)).optional()?)
    }
}

impl Batch<'_> {
    /// Sets a single value.
    pub fn set_value(&self, key: &str, value: &str) -> Result<()> {
        self.0
            .prepare_cached("INSERT OR REPLACE INTO value (key, value) VALUES (?, ?)")?
            .execute(params![key, value])?;
        Ok(())
    }

    /// Keeps who has which picture, and drops the picture it replaces where nobody else has it.
    pub fn put_avatar(&self, avatar: &Avatar) -> Result<()> {
        let mut held = self.0.prepare_cached("SELECT picture FROM avatar WHERE jid = ?")?;
        let before: Option<String> = held.query_row([&avatar.jid], |row| row.get(0)).optional()?;
        self.0
            .prepare_cached("INSERT OR REPLACE INTO avatar (jid, picture, nickname) VALUES (?, ?, ?)")?
            .execute(params![avatar.jid, avatar.picture, avatar.nickname])?;
        if let Some(before) = before {
            self.0
                .prepare_cached(
                    "DELETE FROM picture WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM avatar WHERE picture = ?1)",
                )?
                .execute([before])?;
        }
        Ok(())
    }

    /// Keeps a picture's bytes.
    pub fn put_picture(&self, id: &str, bytes: &[u8]) -> Result<()> {
        self.0
            .prepare_cached("INSERT OR REPLACE INTO picture (id, bytes) VALUES (?, ?)")?
            .execute(params![id, bytes])?;
        Ok(())
    }
}
