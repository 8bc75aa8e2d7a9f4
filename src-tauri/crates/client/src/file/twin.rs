//! Files whose bytes are here already. What lies in the account's folder can be written to as any other file, so what it
//! once hashed to is only a hint: it is read before it is believed.

use std::path::PathBuf;

use waxwing_transfer::file::{Algo, Stop, Stopped, hash};

/// Files that had these bytes once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Twins {
    /// SHA-256.
    pub hash: Vec<u8>,
    /// Where they lie, and bytes of each.
    pub files: Vec<(PathBuf, u64)>,
}

impl Twins {
    /// One of them that is as it was.
    pub async fn unchanged(self) -> Option<PathBuf> {
        if self.files.is_empty() {
            return None;
        }
        let stop = Stop::default();
        let stopped = stop.watch();
        tokio::task::spawn_blocking(move || self.read(&stopped)).await.ok().flatten()
    }

    fn read(self, stopped: &Stopped) -> Option<PathBuf> {
        let Self { hash: wanted, files } = self;
        files.into_iter().find_map(|(path, size)| {
            let metadata = path.symlink_metadata().ok()?;
            if !metadata.is_file() || metadata.len() != size {
                return None;
            }
            let found = hash(&path, &[Algo::Sha256], stopped).ok()?;
            found.iter().any(|found| found.value == wanted).then_some(path)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_written_to_since_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.odt");
        std::fs::write(&path, b"as it was").unwrap();
        let of = |path: &PathBuf| hash(path, &[Algo::Sha256], &Stopped::default()).unwrap()[0].value.clone();
        let twins = Twins { hash: of(&path), files: vec![(folder.path().join("gone"), 9), (path.clone(), 9)] };
        assert_eq!(twins.clone().unchanged().await, Some(path.clone()));
        for edited in [&b"as it is!"[..], b"longer than it was"] {
            std::fs::write(&path, edited).unwrap();
            assert_eq!(twins.clone().unchanged().await, None);
        }
        assert_eq!(Twins::default().unchanged().await, None);
    }
}
