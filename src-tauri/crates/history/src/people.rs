//! The roster as last seen, and requests that wait.

use rusqlite::params;

use crate::error::Result;
use crate::{Batch, Read};

/// A roster item (RFC 6121 §2.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Bare JID.
    pub jid: String,
    pub name: String,
    /// `none`, `to`, `from` or `both`.
    pub subscription: String,
    pub pending: bool,
    pub approved: bool,
    /// JSON array of names.
    pub groups: String,
}

/// Someone asks to see our presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Bare JID.
    pub jid: String,
    pub name: String,
    pub message: String,
    /// Milliseconds since 1970.
    pub stamp: i64,
}

impl Read<'_> {
    /// The whole roster.
    pub fn roster(&self) -> Result<Vec<Contact>> {
        let sql = "SELECT jid, name, subscription, pending, approved, groups FROM roster";
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            Ok(Contact {
                jid: row.get(0)?,
                name: row.get(1)?,
                subscription: row.get(2)?,
                pending: row.get(3)?,
                approved: row.get(4)?,
                groups: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Requests that wait, oldest first.
    pub fn requests(&self) -> Result<Vec<Request>> {
        let mut statement =
            self.0.prepare_cached("SELECT jid, name, message, stamp FROM subscription_request ORDER BY stamp")?;
        let rows = statement.query_map([], |row| {
            Ok(Request { jid: row.get(0)?, name: row.get(1)?, message: row.get(2)?, stamp: row.get(3)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl Batch<'_> {
    /// Replaces the roster.
    pub fn set_roster(&self, contacts: &[Contact]) -> Result<()> {
        self.0.execute("DELETE FROM roster", [])?;
        contacts.iter().try_for_each(|contact| self.put_contact(contact))
    }

    /// Adds or changes an item.
    pub fn put_contact(&self, contact: &Contact) -> Result<()> {
        let Contact { jid, name, subscription, pending, approved, groups } = contact;
        self.0
            .prepare_cached(
                "INSERT OR REPLACE INTO roster (jid, name, subscription, pending, approved, groups) \
                 VALUES (?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![jid, name, subscription, pending, approved, groups])?;
        Ok(())
    }

    /// Takes an item out.
    pub fn remove_contact(&self, jid: &str) -> Result<()> {
        self.0.prepare_cached("DELETE FROM roster WHERE jid = ?")?.execute([jid])?;
        Ok(())
    }

    /// Keeps a request until it is answered.
    pub fn put_request(&self, request: &Request) -> Result<()> {
        let Request { jid, name, message, stamp } = request;
        self.0
            .prepare_cached(
                "INSERT OR REPLACE INTO subscription_request (jid, name, message, stamp) VALUES (?, ?, ?, ?)",
            )?
            .execute(params![jid, name, message, stamp])?;
        Ok(())
    }

    /// The request was answered or withdrawn.
    pub fn remove_request(&self, jid: &str) -> Result<()> {
        self.0.prepare_cached("DELETE FROM subscription_request WHERE jid = ?")?.execute([jid])?;
        Ok(())
    }
}
