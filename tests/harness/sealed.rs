//! A place nothing can be written to, not even by root.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::paths::Folder;

/// A file system that cannot be written, unmounted when dropped. Needs root, as `make test` in CI has it.
pub struct Sealed(Folder);

impl Sealed {
    pub fn new() -> Result<Self> {
        let folder = Folder::new("sealed")?;
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "ro", "tmpfs"]).arg(folder.path()).status()?;
        ensure!(mounted.success(), "a read-only file system cannot be mounted: this test wants root");
        Ok(Self(folder))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}
