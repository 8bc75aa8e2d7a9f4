//! What can go wrong with a database.

use rusqlite::ErrorCode;

/// Why something was not stored or read. Nothing is ever overwritten on the way here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Written by a newer release; its schema version.
    #[error("the database was written by a newer version (schema {0})")]
    TooNew(i64),
    /// Not a database, or damaged.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// No room left.
    #[error("the disk is full")]
    Full,
    /// The file or its folder cannot be written.
    #[error("the folder cannot be written: {0}")]
    ReadOnly(String),
    /// Anything else.
    #[error("storage failed: {0}")]
    Failed(String),
    /// There is no such row.
    #[error("not found")]
    NotFound,
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::ReadOnly(error.to_string())
            }
            _ if matches!(error, rusqlite::Error::QueryReturnedNoRows) => Self::NotFound,
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull => Self::Full,
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                Self::ReadOnly(error.to_string())
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// Of this crate.
pub type Result<T> = std::result::Result<T, Error>;
