//! One process for a data folder: two writers of one history would lose things.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use waxwing_contract::{Code, Failure};

use crate::failure::{fail, of_history};

/// Held while the application runs; the system lets go of it when the process ends, however it ends.
pub struct FolderLock(File);

impl FolderLock {
    /// Takes the lock of `folder`.
    ///
    /// # Errors
    /// [`Code::InUse`] where another process has it, [`Code::ReadOnly`] where the folder cannot be written.
    pub fn take(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| of_history(&error.into()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                Err(fail(Code::InUse, format!("{} is used by another Waxwing", folder.display())))
            }
            // File systems without locks are rare; a person there has to take care themselves.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
                tracing::warn!(%error, "the data folder cannot be locked");
                Ok(Self(file))
            }
            Err(TryLockError::Error(error)) => Err(of_history(&error.into())),
        }
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Closing alone would leave it to a child that is just being started and has the file as well.
        let _ = self.0.unlock();
    }
}
