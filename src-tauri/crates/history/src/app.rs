//! What belongs to no account: `app.sqlite`.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::Result;
use crate::open;

/// An account as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// UUID; also its folder's name.
    pub id: String,
    pub position: i64,
    /// Bare JID.
    pub jid: String,
    pub enabled: bool,
    /// UUID told at sign-in.
    pub user_agent: String,
    /// JSON.
    pub endpoint: Option<String>,
    /// JSON.
    pub proxy: Option<String>,
    /// Fingerprint.
    pub pin: Option<String>,
    /// JSON.
    pub presence: String,
    /// The colour the person chose: a hue angle, 0–359.
    pub hue: Option<u16>,
}

/// A verified answer (XEP-0115).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapsEntry {
    pub hash: String,
    pub ver: String,
    /// Name of the client.
    pub client: String,
    /// JSON array.
    pub features: String,
}

/// Verified answers that are kept: there are some hundred clients in the world.
const CAPS: u32 = 2000;

/// The application's database.
pub struct AppStore(Connection);

impl AppStore {
    /// Opens `path`, creating or migrating it.
    ///
    /// # Errors
    /// [`crate::Error::TooNew`] and [`crate::Error::Damaged`] leave the file as it is.
    pub fn open(path: &Path) -> Result<Self> {
        let connection = open::writer(path, open::APP)?;
        open::check(&connection, path)?;
        // Small, and what is removed from it is to be gone.
        connection.pragma_update(None, "secure_delete", "on")?;
        Ok(Self(connection))
    }

    /// All accounts, in the person's order.
    pub fn accounts(&self) -> Result<Vec<Account>> {
        let sql = "SELECT id, position, jid, enabled, user_agent, endpoint, pin, presence, hue, proxy FROM account ORDER BY position";
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            Ok(Account {
                id: row.get(0)?,
                position: row.get(1)?,
                jid: row.get(2)?,
                enabled: row.get(3)?,
                user_agent: row.get(4)?,
                endpoint: row.get(5)?,
                pin: row.get(6)?,
                presence: row.get(7)?,
                hue: row.get(8)?,
                proxy: row.get(9)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Adds or changes an account.
    pub fn put_account(&self, account: &Account) -> Result<()> {
        let Account { id, position, jid, enabled, user_agent, endpoint, proxy, pin, presence, hue } = account;
        self.0
            .prepare_cached(
                "INSERT OR REPLACE INTO account (id, position, jid, enabled, user_agent, endpoint, pin, presence, hue, proxy) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![id, position, jid, enabled, user_agent, endpoint, pin, presence, hue, proxy])?;
        Ok(())
    }

    /// Takes an account out; nothing of it stays in the file or its journal.
    pub fn remove_account(&self, id: &str) -> Result<()> {
        self.0.prepare_cached("DELETE FROM account WHERE id = ?")?.execute([id])?;
        self.0.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// All verified caps.
    pub fn caps(&self) -> Result<Vec<CapsEntry>> {
        let mut statement = self.0.prepare_cached("SELECT hash, ver, client, features FROM caps")?;
        let rows = statement.query_map([], |row| {
            Ok(CapsEntry { hash: row.get(0)?, ver: row.get(1)?, client: row.get(2)?, features: row.get(3)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Keeps a verified answer, and forgets the oldest where there are too many.
    pub fn put_caps(&self, entry: &CapsEntry) -> Result<()> {
        let CapsEntry { hash, ver, client, features } = entry;
        self.0
            .prepare_cached("INSERT OR REPLACE INTO caps (hash, ver, client, features) VALUES (?, ?, ?, ?)")?
            .execute(params![hash, ver, client, features])?;
        self.0.prepare_cached("DELETE FROM caps WHERE rowid <= (SELECT max(rowid) FROM caps) - ?")?.execute([CAPS])?;
        Ok(())
    }

    /// A setting, as JSON.
    pub fn setting(&self, key: &str) -> Result<Option<String>> {
        let mut statement = self.0.prepare_cached("SELECT value FROM setting WHERE key = ?")?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    /// Keeps a setting, as JSON.
    pub fn set_setting(&self, key: &str, value: &str) -> Result<()> {
        self.0
            .prepare_cached("INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)")?
            .execute(params![key, value])?;
        Ok(())
    }
}
