//! Files that nothing names any more leave the disk.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use waxwing_history::{Read, Result};

use super::super::Core;

/// What was written lately may be about to get its row.
const YOUNG: Duration = Duration::from_secs(60 * 60);

impl Core {
    /// Removes files of the account that no message has: their messages were removed, or a run ended in the middle.
    pub(in super::super) fn sweep_files(&self, read: &Read<'_>) -> Result<()> {
        let kept: HashSet<_> = read.file_paths()?.into_iter().collect();
        for entry in std::fs::read_dir(self.files_folder()).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            let age = metadata.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
            let path = entry.path();
            // A note goes with its part.
            let named =
                kept.contains(&self.kept_path(&path)) || kept.contains(&self.kept_path(&path.with_extension("part")));
            if metadata.is_file() && !named && age.is_some_and(|age| age > YOUNG) {
                let _ = std::fs::remove_file(path);
            }
        }
        Ok(())
    }
}
