//! The session a later process could go on with (XEP-0198 §5): `session.sqlite`.
//!
//! A database of its own, because it is written with everything that arrives and is worth no waiting for the disk: after
//! the power failed a new session begins, and the archive fills what was missed.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::Result;

/// Neither migrated nor kept at any price: another layout begins empty.
const LAYOUT: &str = "
    CREATE TABLE session (one INTEGER PRIMARY KEY CHECK (one = 1), resumption TEXT NOT NULL, h INTEGER NOT NULL);
    CREATE TABLE presence (jid TEXT PRIMARY KEY, devices TEXT NOT NULL) WITHOUT ROWID;
    PRAGMA user_version = 1;";

/// The one writer of an account's session.
pub struct SessionStore(Connection);

/// What an earlier process left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// What the session is resumed with; JSON.
    pub resumption: String,
    /// Stanzas handled, modulo 2³².
    pub h: u32,
    /// Who was there, by bare JID; JSON.
    pub presence: Vec<(String, String)>,
}

impl SessionStore {
    /// Opens `path`; what cannot be read begins empty.
    ///
    /// # Errors
    /// Nothing can be written there.
    pub fn open(path: &Path) -> Result<Self> {
        if let Ok(store) = Self::try_open(path) {
            return Ok(store);
        }
        for suffix in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            let _ = std::fs::remove_file(name);
        }
        Self::try_open(path)
    }

    fn try_open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version == 0 {
            connection.execute_batch(LAYOUT)?;
        }
        // Fails where it is another's.
        connection.prepare("SELECT resumption, h FROM session")?;
        connection.prepare("SELECT jid, devices FROM presence")?;
        Ok(Self(connection))
    }

    /// What could be gone on with.
    ///
    /// # Errors
    /// The database.
    pub fn left(&self) -> Result<Option<Left>> {
        let session = self.0.query_row("SELECT resumption, h FROM session", [], |row| Ok((row.get(0)?, row.get(1)?)));
        let Some((resumption, h)) = session.optional()? else { return Ok(None) };
        let mut statement = self.0.prepare("SELECT jid, devices FROM presence")?;
        let presence = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Some(Left { resumption, h, presence: presence.collect::<rusqlite::Result<_>>()? }))
    }

    /// A session begins (JSON), or there is none to go on with.
    ///
    /// # Errors
    /// The database.
    pub fn begin(&mut self, resumption: Option<&str>) -> Result<()> {
        let transaction = self.0.transaction()?;
        transaction.execute_batch("DELETE FROM session; DELETE FROM presence;")?;
        if let Some(resumption) = resumption {
            transaction.execute("INSERT INTO session (one, resumption, h) VALUES (1, ?, 0)", [resumption])?;
        }
        Ok(transaction.commit()?)
    }

    /// So much is handled, and so the presence of these people changed: JSON, `None` where nobody is there.
    ///
    /// # Errors
    /// The database.
    pub fn advance(&mut self, h: u32, presence: &[(String, Option<String>)]) -> Result<()> {
        let transaction = self.0.transaction()?;
        for (jid, devices) in presence {
            match devices {
                Some(devices) => transaction
                    .prepare_cached("INSERT OR REPLACE INTO presence (jid, devices) VALUES (?, ?)")?
                    .execute(params![jid, devices])?,
                None => transaction.prepare_cached("DELETE FROM presence WHERE jid = ?")?.execute([jid])?,
            };
        }
        transaction.prepare_cached("UPDATE session SET h = ?")?.execute([h])?;
        Ok(transaction.commit()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_process_finds_what_was_reached() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.sqlite");
        let mut store = SessionStore::open(&path).unwrap();
        assert_eq!(store.left().unwrap(), None);
        store.begin(Some("one")).unwrap();
        store.advance(3, &[("a@x.test".into(), Some("[]".into())), ("b@x.test".into(), Some("[]".into()))]).unwrap();
        store.advance(u32::MAX, &[("a@x.test".into(), None)]).unwrap();
        drop(store);
        let mut store = SessionStore::open(&path).unwrap();
        let left = store.left().unwrap().unwrap();
        assert_eq!((left.resumption.as_str(), left.h), ("one", u32::MAX));
        assert_eq!(left.presence, [("b@x.test".to_owned(), "[]".to_owned())]);
        store.begin(Some("two")).unwrap();
        let left = store.left().unwrap().unwrap();
        assert_eq!((left.h, left.presence.len()), (0, 0), "a new session begins with nothing");
        store.begin(None).unwrap();
        assert_eq!(store.left().unwrap(), None);
    }

    #[test]
    fn what_cannot_be_read_begins_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.sqlite");
        std::fs::write(&path, "no database").unwrap();
        assert_eq!(SessionStore::open(&path).unwrap().left().unwrap(), None);
        let other = Connection::open(folder.path().join("other.sqlite")).unwrap();
        other.execute_batch("CREATE TABLE session (another); PRAGMA user_version = 9;").unwrap();
        drop(other);
        assert_eq!(SessionStore::open(&folder.path().join("other.sqlite")).unwrap().left().unwrap(), None);
    }
}
