//! Where the setup scripts put things, and folders of a test's own.

use std::{
    path::{Path, PathBuf},
    sync::Once,
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// The workspace's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace").to_path_buf()
}

/// The tests' folder.
pub fn tests() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A program that `make setup` unpacks under target/servers/.
pub fn server(path: &str, what: &str) -> Result<PathBuf> {
    let program = root().join("target/servers").join(path);
    if !program.exists() {
        bail!("{what} is not installed; run `make setup` ({} is missing)", program.display());
    }
    Ok(program)
}

/// A program of the system, found on PATH; `package` is what brings it on Debian.
pub fn program(name: &str, package: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
        .with_context(|| format!("{name} is not installed; run `make setup` (Debian's package {package})"))
}

/// A folder of one value's own, removed with it; WAXWING_KEEP leaves it to be looked at.
pub struct Folder(TempDir);

impl Folder {
    pub fn new(name: &str) -> Result<Self> {
        static SWEPT: Once = Once::new();
        SWEPT.call_once(sweep);
        let prefix = format!("{PREFIX}{}-{name}-", std::process::id());
        let mut folder = tempfile::Builder::new().prefix(&prefix).tempdir()?;
        folder.disable_cleanup(std::env::var_os("WAXWING_KEEP").is_some());
        Ok(Self(folder))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

const PREFIX: &str = "waxwing-test-";

/// Values that live as long as the process (the shared ejabberd), and killed runs, leave their folders behind: the next
/// run takes those of dead processes away.
fn sweep() {
    let keep = std::env::var_os("WAXWING_KEEP").is_some() || !Path::new("/proc/self").exists();
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if let Some(owner) = owner
            && !keep
            && !Path::new("/proc").join(owner).exists()
        {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Another program of this workspace, beside the one that runs.
pub fn beside(name: &str) -> Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name(name);
    anyhow::ensure!(program.exists(), "{} is not built", program.display());
    Ok(program)
}
