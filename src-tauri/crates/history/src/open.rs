//! Opening and migrating a database.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::{Error, Result};

/// Databases up to this size are checked whole before anything is written; larger ones tell of damage when it is met.
const CHECKED_BYTES: u64 = 64 * 1024 * 1024;

/// Numbered scripts, in order; a database's `user_version` is how many of them it has seen.
pub(crate) type Migrations = &'static [&'static str];

pub(crate) const ACCOUNT: Migrations = &[
    include_str!("../migrations/account/0001_messages.sql"),
    include_str!("../migrations/account/0002_people.sql"),
    include_str!("../migrations/account/0003_desktop.sql"),
    include_str!("../migrations/account/0004_early.sql"),
    include_str!("../migrations/account/0005_calls.sql"),
    include_str!("../migrations/account/0006_files.sql"),
];
pub(crate) const APP: Migrations = &[
    include_str!("../migrations/app/0001_application.sql"),
    include_str!("../migrations/app/0002_desktop.sql"),
    include_str!("../migrations/app/0003_proxy.sql"),
];

/// Opens for writing, creating or migrating as needed.
pub(crate) fn writer(path: &Path, migrations: Migrations) -> Result<Connection> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    // The version comes first: a newer database is not touched, not even by switching its journal.
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = i64::try_from(migrations.len()).map_err(|_| Error::Failed("too many migrations".into()))?;
    if version > known {
        return Err(Error::TooNew(version));
    }
    if version > 0 && version < known {
        // Before it is changed.
        check(&connection, path)?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is removed is overwritten where that costs no further page; removing on purpose overwrites everything.
    connection.pragma_update(None, "secure_delete", "fast")?;
    let seen = usize::try_from(version).map_err(|_| Error::Damaged("a negative schema version".into()))?;
    for (number, script) in migrations.iter().enumerate().skip(seen) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(script)?;
        transaction.pragma_update(None, "user_version", i64::try_from(number).unwrap_or_default() + 1)?;
        transaction.commit()?;
    }
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Looks through a whole database, where it is not too large for that: a quarter of a second for 100,000 messages.
pub(crate) fn check(connection: &Connection, path: &Path) -> Result<()> {
    if std::fs::metadata(path)?.len() > CHECKED_BYTES {
        return Ok(());
    }
    let verdict: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(Error::Damaged(verdict)) }
}

/// Opens for reading beside the writer.
pub(crate) fn reader(path: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI,
    )?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}
