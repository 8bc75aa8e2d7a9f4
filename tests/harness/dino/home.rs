//! What a Dino starts in: an account that is signed in, a server that is found and trusted, and nothing of the
//! machine's own.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};

use anyhow::{Result, bail};

use crate::paths::{Folder, program};
use crate::{Prosody, Relay, mounts};

/// Whom the system trusts, which is whom Dino trusts.
const TRUSTED: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Where Dino looks for a server that has no entry of its own among the names.
const PORT: u16 = 5222;

/// Writes an account into Dino's database below `data`. Dino makes the tables it misses: the account can be there before
/// its first start.
pub fn account(data: &Path, jid: &str, password: &str) -> Result<()> {
    let folder = data.join("dino");
    fs::create_dir_all(&folder)?;
    let database = rusqlite::Connection::open(folder.join("dino.db"))?;
    database.execute_batch(
        "CREATE TABLE account (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, bare_jid TEXT UNIQUE NOT NULL,
             resourcepart TEXT, password TEXT, alias TEXT, enabled INTEGER, roster_version TEXT,
             mam_earliest_synced INTEGER);",
    )?;
    let alias = jid.split('@').next();
    database.execute(
        "INSERT INTO account (bare_jid, resourcepart, password, alias, enabled) VALUES (?, 'dino', ?, ?, 1)",
        (jid, password, alias),
    )?;
    Ok(())
}

/// What `unshare` is to be told to start Dino so that it trusts this authority, and nobody else does.
pub fn trusting(ca: &Path, folder: &Path) -> Result<Vec<String>> {
    let dino = program("dino-im", "dino-im")?;
    let trusted = folder.join("trusted.crt");
    fs::copy(ca, &trusted)?;
    Ok(mounts::arguments(&[(&trusted, TRUSTED)], &dino))
}

/// A folder for Dino's folders, and the way to its server.
pub(super) struct Home {
    pub folder: Folder,
    /// What `unshare` is to be told.
    pub arguments: Vec<String>,
    _way: Relay,
}

impl Home {
    pub async fn new(server: &Prosody, user: &str) -> Result<Self> {
        let folder = Folder::new("dino")?;
        account(&folder.path().join("data"), &server.jid(user), &format!("pw-{user}"))?;
        let (address, way) = way(server.c2s_port).await?;
        let file = |name: &str, text: &str| -> Result<_> {
            let path = folder.path().join(name);
            fs::write(&path, text)?;
            Ok(path)
        };
        let hosts = file("hosts", &format!("127.0.0.1 localhost\n{address} {}\n", server.domain))?;
        // Nobody answers there, and at once: Dino asks for much that is elsewhere.
        let names = file("resolv.conf", &format!("nameserver {address}\n"))?;
        let trusted = file("trusted.crt", &server.certificate.ca_pem)?;
        let files = [(&*hosts, "/etc/hosts"), (&*names, "/etc/resolv.conf"), (&*trusted, TRUSTED)];
        let arguments = mounts::arguments(&files, &program("dino-im", "dino-im")?);
        Ok(Self { folder, arguments, _way: way })
    }
}

/// An address of loopback where nobody has the port yet, and what carries to the server from there.
async fn way(server: u16) -> Result<(String, Relay)> {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [_, _, high, low] = std::process::id().to_be_bytes();
    for _ in 0..32 {
        let address = format!("127.{}.{high}.{}", NEXT.fetch_add(1, Ordering::Relaxed).max(1), low.clamp(1, 254));
        if let Ok(relay) = Relay::at((address.as_str(), PORT), server).await {
            return Ok((address, relay));
        }
    }
    bail!("no address of loopback has port {PORT} free")
}
