//! Files of random bytes.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use harness::paths::Folder;
use harness::{Result, ensure};
use sha2::{Digest as _, Sha256};

const CHUNK: usize = 1024 * 1024;

/// One of them.
pub struct Random {
    pub path: PathBuf,
    pub size: u64,
    /// Lowercase hexadecimal.
    pub sha256: String,
    folder: Folder,
}

impl Random {
    pub fn new(size: u64) -> Result<Self> {
        Self::called("random.bin", size)
    }

    pub fn called(name: &str, size: u64) -> Result<Self> {
        let folder = Folder::new("random")?;
        let path = folder.path().join(name);
        let (mut source, mut file) = (File::open("/dev/urandom")?.take(size), File::create(&path)?);
        let (mut hash, mut chunk) = (Sha256::new(), vec![0; CHUNK]);
        loop {
            let count = source.read(&mut chunk)?;
            if count == 0 {
                break;
            }
            hash.update(&chunk[..count]);
            file.write_all(&chunk[..count])?;
        }
        // Nobody else waits for the disk then.
        file.sync_all()?;
        Ok(Self { path, size, sha256: hexadecimal(hash), folder })
    }

    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// A place beside it for what comes.
    pub fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Whether what lies there is the same.
    pub fn check(&self, path: &Path) -> Result<()> {
        let (mut file, mut hash, mut chunk) = (File::open(path)?, Sha256::new(), vec![0; CHUNK]);
        loop {
            match file.read(&mut chunk)? {
                0 => break,
                count => hash.update(&chunk[..count]),
            }
        }
        ensure!(hexadecimal(hash) == self.sha256, "other bytes came to {}", path.display());
        Ok(())
    }
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
