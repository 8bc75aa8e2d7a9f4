//! What was said, kept in SQLite: plain blocking functions.
//!
//! One [`Store`] for each account is its only writer; any number of [`Reader`]s read beside it. Reads are methods of
//! [`Read`], writes of [`Batch`], and one batch is one transaction.

pub mod app;
mod archive;
mod cache;
mod call;
mod conversation;
mod early;
mod error;
mod file;
mod message;
mod open;
mod outbox;
mod people;
mod search;
mod session;
mod storage;
#[cfg(test)]
mod tests;
mod timeline;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use archive::Held;
pub use cache::Avatar;
pub use call::NewCall;
pub use conversation::{Conversation, Last, Notify, Unread};
pub use error::{Error, Result};
pub use file::{File, FileKind, FileState, GalleryOf, NewFile};
pub use message::{Delivery, Learnt, Message, NewMessage, Sender};
pub use outbox::Waiting;
pub use people::{Contact, Request};
pub use search::{Found, Piece};
pub use session::{Left, SessionStore};
pub use storage::Kept;
pub use timeline::{Page, PageAt};

/// The writer of one account's database.
pub struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens `path`, creating or migrating it.
    ///
    /// # Errors
    /// [`Error::TooNew`] and [`Error::Damaged`] leave the file as it is.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self { connection: open::writer(path, open::ACCOUNT)?, path: path.to_owned() })
    }

    /// Looks for damage, before the first thing is written: opening shows only the worst.
    ///
    /// # Errors
    /// [`Error::Damaged`]; the file is left as it is.
    pub fn check(&self) -> Result<()> {
        open::check(&self.connection, &self.path)
    }

    /// Runs `work` as one transaction, durable when this returns.
    ///
    /// # Errors
    /// Those of `work` and of the commit; nothing of the batch is stored then.
    pub fn commit<T>(&mut self, work: impl FnOnce(&Batch<'_>) -> Result<T>) -> Result<T> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let batch = Batch(transaction);
        let value = work(&batch)?;
        batch.0.commit()?;
        Ok(value)
    }

    /// Reads what is committed.
    pub fn read(&self) -> Read<'_> {
        Read(&self.connection)
    }

    /// Another connection for reading.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn reader(&self) -> Result<Reader> {
        Reader::open(&self.path)
    }
}

/// A read-only connection of its own.
pub struct Reader(Connection);

impl Reader {
    /// Opens the database of an account that has a [`Store`].
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Path) -> Result<Self> {
        open::reader(path).map(Self)
    }

    /// Reads what is committed.
    pub fn read(&self) -> Read<'_> {
        Read(&self.0)
    }
}

/// Reads.
#[derive(Clone, Copy)]
pub struct Read<'c>(&'c Connection);

/// Writes, in one transaction.
pub struct Batch<'c>(Transaction<'c>);

impl Batch<'_> {
    /// Reads what is committed and what this batch wrote.
    pub fn read(&self) -> Read<'_> {
        Read(&self.0)
    }
}
