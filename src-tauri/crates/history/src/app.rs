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
    /// Fingerprint.
    pub pin: Option<String>,
    /// JSON.
    pub presence: String,
}

/// The application's database.
pub struct AppStore(Connection);

impl AppStore {
    /// Opens `path`, creating or migrating it.
    ///
    /// # Errors
    /// [`crate::Error::TooNew`] and [`crate::Error::Damaged`] leave the file as it is.
    pub fn open(path: &Path) -> Result<Self> {
        open::writer(path, open::APP).map(Self)
    }

    /// All accounts, in the person's order.
    pub fn accounts(&self) -> Result<Vec<Account>> {
        let sql =
            "SELECT id, position, jid, enabled, user_agent, endpoint, pin, presence FROM account ORDER BY position";
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
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Adds or changes an account.
    pub fn put_account(&self, account: &Account) -> Result<()> {
        let Account { id, position, jid, enabled, user_agent, endpoint, pin, presence } = account;
        self.0
            .prepare_cached(
                "INSERT OR REPLACE INTO account (id, position, jid, enabled, user_agent, endpoint, pin, presence) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![id, position, jid, enabled, user_agent, endpoint, pin, presence])?;
        Ok(())
    }

    /// Takes an account out.
    pub fn remove_account(&self, id: &str) -> Result<()> {
        self.0.prepare_cached("DELETE FROM account WHERE id = ?")?.execute([id])?;
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
