//! Dino, signed in as the same person, where it is installed.

use std::path::{Path, PathBuf};

use harness::{Prosody, Result, dino, paths, paths::Folder};

/// How it is started, and a home in which it is signed in.
pub struct Dino {
    pub program: PathBuf,
    pub arguments: Vec<String>,
    pub home: Folder,
}

/// `None` where it is not installed.
pub async fn prepare(server: &Prosody) -> Result<Option<Dino>> {
    if !Path::new("/usr/bin/dino-im").is_file() {
        return Ok(None);
    }
    let home = Folder::new("dino")?;
    dino::account(&home.path().join("data"), &server.jid("mira"), "pw-mira")?;
    let arguments = dino::trusting(&server.certificate.ca, home.path())?;
    Ok(Some(Dino { program: paths::program("unshare", "util-linux")?, arguments, home }))
}
