//! Dino, signed in as the same person, where it is installed.

use std::fs;
use std::path::{Path, PathBuf};

use harness::{Prosody, Result, paths::Folder};

/// Whom the system trusts, which is whom Dino trusts.
const TRUSTED: &str = "/etc/ssl/certs/ca-certificates.crt";

/// How it is started, and a home in which it is signed in.
pub struct Dino {
    pub program: PathBuf,
    pub arguments: Vec<String>,
    pub home: Folder,
}

/// `None` where it is not installed. Needs root: it alone is to trust the server, in a mount namespace of its own, and
/// the system itself is left as it is.
pub async fn prepare(server: &Prosody) -> Result<Option<Dino>> {
    if !Path::new("/usr/bin/dino-im").is_file() {
        return Ok(None);
    }
    let home = Folder::new("dino")?;
    let folder = home.path().join("data/dino");
    fs::create_dir_all(&folder)?;
    // Dino makes the tables it misses: the account can be there before its first start.
    let database = rusqlite::Connection::open(folder.join("dino.db"))?;
    database.execute_batch(
        "CREATE TABLE account (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, bare_jid TEXT UNIQUE NOT NULL,
             resourcepart TEXT, password TEXT, alias TEXT, enabled INTEGER, roster_version TEXT,
             mam_earliest_synced INTEGER);",
    )?;
    database.execute(
        "INSERT INTO account (bare_jid, resourcepart, password, alias, enabled) VALUES (?, 'dino', 'pw-mira', 'mira', 1)",
        [server.jid("mira")],
    )?;
    let trusted = home.path().join("trusted.crt");
    fs::copy(&server.certificate.ca, &trusted)?;
    let script = format!("mount --bind '{}' {TRUSTED} && exec /usr/bin/dino-im", trusted.display());
    let arguments = ["--mount", "sh", "-c", &script].map(str::to_owned).to_vec();
    Ok(Some(Dino { program: "/usr/bin/unshare".into(), arguments, home }))
}
