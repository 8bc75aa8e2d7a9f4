//! Files that nothing names any more leave the disk.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use waxwing_history::{Read, Result};
use waxwing_jingle::Condition;

use super::super::Core;

/// What was written lately may be about to get its row.
pub(in super::super) const YOUNG: Duration = Duration::from_secs(60 * 60);

impl Core {
    /// Gives up whatever moves, without a word of what comes after it: all of it is to be forgotten.
    pub(in super::super) fn forget_files(&mut self) {
        self.call_sessions_off(&Condition::Cancel);
        self.stop_files();
    }

    /// Removes files of the account that no message has, and that are older than that: their messages were removed, or a run
    /// ended in the middle.
    pub(in super::super) fn sweep_files(&self, read: &Read<'_>, older: Duration) -> Result<()> {
        let kept: HashSet<_> = read.file_paths()?.into_iter().collect();
        for entry in std::fs::read_dir(self.files_folder()).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            let age = metadata.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
            let path = entry.path();
            // A note goes with its part.
            let named =
                kept.contains(&self.kept_path(&path)) || kept.contains(&self.kept_path(&path.with_extension("part")));
            if metadata.is_file() && !named && (older.is_zero() || age.is_some_and(|age| age > older)) {
                let _ = std::fs::remove_file(path);
            }
        }
        Ok(())
    }
}
