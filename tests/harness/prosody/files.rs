//! What a Prosody has on the disk: its stores, and modules of a test's own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Prosody;

impl Prosody {
    /// Where one of its stores has its files.
    pub(crate) fn store(&self, name: &str) -> PathBuf {
        self.dir.join("data").join(encoded(self.domain)).join(name)
    }

    /// Whether one of its stores holds a secret of `user`.
    pub fn holds(&self, store: &str, user: &str) -> bool {
        fs::read_to_string(self.store(store).join(file_name(user))).is_ok_and(|kept| kept.contains("secret"))
    }

    /// Takes everything away that one of its stores holds.
    pub fn forget(&self, store: &str) -> Result<()> {
        Ok(fs::remove_dir_all(self.store(store))?)
    }

    /// Puts a module of a test's own where this server finds it; name it in `modules_enabled` through
    /// [`Builder::option`] or load it at the next restart.
    pub fn module(&self, name: &str, lua: &str) -> Result<()> {
        let path: &Path = &self.dir.join("modules").join(format!("mod_{name}.lua"));
        fs::write(path, lua).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// What an account's file is called in a store.
pub(crate) fn file_name(user: &str) -> String {
    format!("{}.dat", encoded(user))
}

/// Prosody's file names: what is not a letter or a digit is %xx.
fn encoded(name: &str) -> String {
    name.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02x}") })
        .collect()
}
