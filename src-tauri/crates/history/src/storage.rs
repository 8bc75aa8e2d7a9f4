//! What is kept and for how long: counting, removing, giving the room back.

use rusqlite::params;

use crate::error::Result;
use crate::{Batch, Read, Store};

/// What an account's database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    pub messages: u32,
    /// Milliseconds since 1970 of the oldest one.
    pub oldest: Option<i64>,
}

impl Read<'_> {
    /// Counts what is kept.
    pub fn kept(&self) -> Result<Kept> {
        let mut statement = self.0.prepare_cached("SELECT count(*), min(stamp) FROM message")?;
        Ok(statement.query_row([], |row| Ok(Kept { messages: row.get(0)?, oldest: row.get(1)? }))?)
    }
}

impl Batch<'_> {
    /// Removes up to `limit` messages said before `stamp` (milliseconds), but for those that wait to be sent, and those
    /// whose files are on their way. Answers
    /// them with their peers. Their conversations do not ask the archive for them again.
    pub fn remove_before(&self, stamp: i64, limit: u32) -> Result<Vec<(String, i64)>> {
        let mut find = self.0.prepare_cached(
            "SELECT c.peer, m.id, c.id FROM message m JOIN conversation c ON c.id = m.conversation \
             WHERE m.stamp < ?1 AND NOT EXISTS (SELECT 1 FROM outbox WHERE message = m.id) \
             AND NOT (m.files > 0 AND EXISTS (SELECT 1 FROM file WHERE message = m.id AND state = 2)) LIMIT ?2",
        )?;
        let rows = find.query_map(params![stamp, limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let rows: Vec<(String, i64, i64)> = rows.collect::<rusqlite::Result<_>>()?;
        // Their words leave the index and the file for good. Not always on: it makes catching up slow.
        self.forget_words(true)?;
        let mut remove = self.0.prepare_cached("DELETE FROM message WHERE id = ?")?;
        for (_, id, _) in &rows {
            remove.execute([id])?;
        }
        self.forget_words(false)?;
        let conversations: std::collections::BTreeSet<i64> = rows.iter().map(|(_, _, id)| *id).collect();
        let mut settle = self.0.prepare_cached(
            "UPDATE conversation SET archive_complete = 1, unread = (SELECT count(*) FROM message m \
             WHERE m.conversation = conversation.id AND NOT m.outgoing AND NOT m.quiet AND m.id > read_to) WHERE id = ?",
        )?;
        for id in conversations {
            settle.execute([id])?;
        }
        Ok(rows.into_iter().map(|(peer, id, _)| (peer, id)).collect())
    }

    fn forget_words(&self, for_good: bool) -> Result<()> {
        let mut set = self.0.prepare_cached("INSERT INTO word (word, rank) VALUES ('secure-delete', ?)")?;
        set.execute([for_good])?;
        self.0.pragma_update(None, "secure_delete", if for_good { "on" } else { "fast" })?;
        Ok(())
    }

    /// No conversation asks the archive for what is older than what is here.
    pub fn forget_archive(&self) -> Result<()> {
        self.0.execute("UPDATE conversation SET archive_complete = 1", [])?;
        self.0.execute("UPDATE archive SET complete = 1", [])?;
        self.forget_early()
    }
}

impl Store {
    /// Gives the room of what was removed back to the disk, and leaves nothing of it in the journal. Takes a while.
    ///
    /// # Errors
    /// No room for the copy this makes, or the database failed.
    pub fn shrink(&self) -> Result<()> {
        self.connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::{NewMessage, Sender, Store, open};

    fn said(body: &str, stamp: i64) -> NewMessage<'_> {
        NewMessage {
            peer: "juliet@capulet.test",
            sender: Sender::Peer,
            resource: "",
            stanza_id: None,
            message_id: None,
            stamp,
            body,
            markable: false,
            delivery: None,
            live: false,
            follows: None,
            precedes: None,
            unread: true,
        }
    }

    #[test]
    fn what_is_removed_is_nowhere_on_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.sqlite");
        let mut store = Store::open(&path).unwrap();
        store
            .commit(|b| {
                (0..600).try_for_each(|n| b.learn(&said("quicksilverish words", n)).map(drop))?;
                b.learn(&said("a later word", 5_000)).map(drop)
            })
            .unwrap();
        let removed = store.commit(|b| b.remove_before(5_000, 10_000)).unwrap();
        assert_eq!(removed.len(), 600);
        store.shrink().unwrap();
        let kept = store.read().kept().unwrap();
        assert_eq!((kept.messages, kept.oldest), (1, Some(5_000)));
        assert_eq!(store.read().conversations().unwrap()[0].unread, 1);
        assert!(store.read().search("quicksilverish", None, None, 10).unwrap().is_empty());
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(12).any(|w| w == b"quicksilveri"), "removed words are still there");
        }
    }

    #[test]
    fn what_waits_to_be_sent_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("history.sqlite")).unwrap();
        let own = NewMessage {
            sender: Sender::ThisDevice,
            delivery: Some(crate::Delivery::Queued),
            unread: false,
            ..said("wait for me", 1)
        };
        store
            .commit(|b| {
                let id = b.learn(&own)?.id();
                b.enter_outbox(id, "<message/>")
            })
            .unwrap();
        assert!(store.commit(|b| b.remove_before(i64::MAX, 10)).unwrap().is_empty());
    }

    #[test]
    fn a_database_of_the_first_release_becomes_one_of_today() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.sqlite");
        let old = Connection::open(&path).unwrap();
        for script in &open::ACCOUNT[..2] {
            old.execute_batch(script).unwrap();
        }
        old.execute_batch(
            "PRAGMA user_version = 2;
             INSERT INTO conversation (id, peer) VALUES (1, 'juliet@capulet.test');
             INSERT INTO message (id, conversation, stamp, outgoing, body) VALUES (7000, 1, 7, 0, 'an old word');
             INSERT INTO caps VALUES ('sha-1', 'v', 'c', '[]');",
        )
        .unwrap();
        drop(old);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.read().search("old", None, None, 10).unwrap().len(), 1);
        assert_eq!(store.read().conversations().unwrap()[0].notify, crate::Notify::default());
    }
}
