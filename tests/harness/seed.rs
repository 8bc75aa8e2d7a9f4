//! Large accounts on Prosody without sending every message: rows for its archive, a file for its roster. A peer's bulk
//! sending makes 240 messages a second here, this more than 100,000.

use std::{fmt::Write, fs};

use anyhow::{Context, Result};
use rusqlite::{Connection, params};

use crate::Prosody;

/// One archived message of `user`.
pub struct Message {
    /// The other side's bare address.
    pub with: String,
    pub incoming: bool,
    pub body: String,
    /// Seconds since 1970.
    pub at: i64,
}

/// Appends `count` messages to the archive (XEP-0313) of `user`, oldest first. The user should be offline.
pub fn archive(server: &Prosody, user: &str, count: usize, message: impl Fn(usize) -> Message) -> Result<()> {
    let file = server.dir.join("data/prosody.sqlite");
    let mut database = Connection::open(&file).with_context(|| format!("cannot open {}", file.display()))?;
    database.busy_timeout(std::time::Duration::from_secs(30))?;
    // Prosody makes it at the first use, and adds its indices to what it finds
    database.execute_batch(
        "CREATE TABLE IF NOT EXISTS prosodyarchive (
             sort_id INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL, user TEXT NOT NULL, store TEXT NOT NULL,
             key TEXT NOT NULL, \"when\" INTEGER NOT NULL, \"with\" TEXT NOT NULL, type TEXT NOT NULL,
             value MEDIUMTEXT NOT NULL)",
    )?;
    let transaction = database.transaction()?;
    let before: u32 = transaction.query_row("SELECT count(*) FROM prosodyarchive", [], |row| row.get(0))?;
    let before = usize::try_from(before)?;
    {
        let mut insert = transaction.prepare(
            "INSERT INTO prosodyarchive (host, user, store, key, \"when\", \"with\", type, value)
             VALUES (?1, ?2, 'archive', ?3, ?4, ?5, 'xml', ?6)",
        )?;
        let me = server.jid(user);
        for number in 0..count {
            let Message { with, incoming, body, at } = message(number);
            let (from, to) =
                if incoming { (format!("{with}/seed"), me.clone()) } else { (format!("{me}/seed"), with.clone()) };
            let body = body.replace('&', "&amp;").replace('<', "&lt;");
            let value = format!(
                "<message id='seed-{}' type='chat' from='{from}' to='{to}'><body>{body}</body></message>",
                before + number
            );
            insert.execute(params![
                server.domain,
                user,
                format!("seed-{user}-{:08}", before + number),
                at,
                with,
                value
            ])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Gives `user` these contacts (address, name, group), subscribed both ways. The user must be offline.
pub fn roster(server: &Prosody, user: &str, contacts: &[(String, String, String)]) -> Result<()> {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let mut lua = "return {\n[false] = { [\"version\"] = 1 };\n".to_owned();
    for (address, name, group) in contacts {
        let (address, name, group) = (quoted(address), quoted(name), quoted(group));
        writeln!(
            lua,
            "[\"{address}\"] = {{ [\"subscription\"] = \"both\"; [\"name\"] = \"{name}\"; [\"groups\"] = {{ [\"{group}\"] = true }} }};"
        )?;
    }
    lua.push_str("}\n");
    let folder = server.store("roster");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(crate::prosody::file_name(user)), lua)?;
    Ok(())
}
