//! Calls: rows among the messages, one for each session.

use rusqlite::{OptionalExtension as _, params};

use crate::error::Result;
use crate::message::Message;
use crate::{Batch, Learnt, NewMessage, Read, Sender};

/// A call that began.
#[derive(Debug, Clone, Copy)]
pub struct NewCall<'a> {
    /// Bare JID.
    pub peer: &'a str,
    pub outgoing: bool,
    /// The session's id.
    pub sid: &'a str,
    /// When it began, in milliseconds since 1970.
    pub stamp: i64,
    /// It began after everything there is of the conversation.
    pub live: bool,
    /// How it stands, as JSON.
    pub record: &'a str,
}

impl Batch<'_> {
    /// Learns a call, unless it is known; answers its row.
    pub fn learn_call(&self, call: &NewCall<'_>) -> Result<Learnt> {
        if let Some(known) = self.read().call(call.peer, call.sid)? {
            return Ok(Learnt::Known(known.id));
        }
        let learnt = self.learn(&NewMessage {
            peer: call.peer,
            sender: if call.outgoing { Sender::ThisDevice } else { Sender::Peer },
            resource: "",
            stanza_id: None,
            message_id: Some(call.sid),
            stamp: call.stamp,
            body: "",
            markable: false,
            delivery: None,
            live: call.live,
            follows: None,
            precedes: None,
            unread: false,
        })?;
        self.0
            .prepare_cached("UPDATE message SET call = ?, quiet = 1 WHERE id = ?")?
            .execute(params![call.record, learnt.id()])?;
        Ok(learnt)
    }

    /// Both had called, and another session's id is the one that counts (XEP-0353 §5.1).
    pub fn rename_call(&self, id: i64, sid: &str) -> Result<()> {
        self.0
            .prepare_cached("UPDATE message SET message_id = ? WHERE id = ? AND call IS NOT NULL")?
            .execute(params![sid, id])?;
        Ok(())
    }

    /// There was no such call after all.
    pub fn forget_call(&self, id: i64) -> Result<()> {
        self.record_call(id, "{}", false)?;
        self.0.prepare_cached("DELETE FROM message WHERE id = ? AND call IS NOT NULL")?.execute([id])?;
        Ok(())
    }

    /// How a call stands now. One that was `missed` counts as unread.
    pub fn record_call(&self, id: i64, record: &str, missed: bool) -> Result<()> {
        let mut statement = self.0.prepare_cached("SELECT quiet FROM message WHERE id = ?")?;
        let quiet: Option<bool> = statement.query_row([id], |row| row.get(0)).optional()?;
        // It may have been wiped while it went on.
        let Some(was_quiet) = quiet else { return Ok(()) };
        self.0
            .prepare_cached("UPDATE message SET call = ?1, quiet = NOT ?2 WHERE id = ?3 AND call IS NOT NULL")?
            .execute(params![record, missed, id])?;
        if missed == was_quiet {
            let by = if missed { 1 } else { -1 };
            self.0
                .prepare_cached(
                    "UPDATE conversation SET unread = max(0, unread + ?2), open = open OR ?2 > 0 \
                     WHERE id = (SELECT conversation FROM message WHERE id = ?1) AND ?1 > read_to",
                )?
                .execute(params![id, by])?;
        }
        Ok(())
    }
}

impl Read<'_> {
    /// A call by the session's id.
    pub fn call(&self, peer: &str, sid: &str) -> Result<Option<Message>> {
        let mut statement = self.0.prepare_cached(
            "SELECT m.id FROM message m JOIN conversation c ON c.id = m.conversation \
             WHERE m.message_id = ? AND m.call IS NOT NULL AND c.peer = ? LIMIT 1",
        )?;
        let id: Option<i64> = statement.query_row(params![sid, peer], |row| row.get(0)).optional()?;
        id.map(|id| self.message(id)).transpose()
    }

    /// Calls whose record reads so, at most `limit`.
    pub fn calls_recorded_as(&self, record: &str, limit: u32) -> Result<Vec<i64>> {
        let mut statement = self.0.prepare_cached(
            "SELECT id FROM message INDEXED BY message_call WHERE call IS NOT NULL AND call LIKE ? LIMIT ?",
        )?;
        let rows = statement.query_map(params![record, limit], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    const PEER: &str = "juliet@capulet.test";

    #[test]
    fn a_call_is_one_row_and_counts_where_it_was_missed() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("history.sqlite")).unwrap();
        let call = NewCall { peer: PEER, outgoing: false, sid: "s1", stamp: 1000, live: true, record: "{\"a\":1}" };
        let id = store
            .commit(|b| {
                let id = b.learn_call(&call)?.id();
                assert_eq!(b.learn_call(&call)?, Learnt::Known(id));
                Ok(id)
            })
            .unwrap();
        let unread = |store: &Store| store.read().conversation(PEER).unwrap().unwrap().unread;
        assert_eq!(unread(&store), 0);
        store.commit(|b| b.record_call(id, "{\"a\":2}", true)).unwrap();
        assert_eq!(unread(&store), 1);
        assert_eq!(store.read().newest_unread(PEER).unwrap().map(|unread| unread.call), Some(true));
        // Another device of ours had taken it.
        store.commit(|b| b.record_call(id, "{\"a\":3}", false)).unwrap();
        assert_eq!(unread(&store), 0);
        store.commit(|b| b.record_call(id, "{\"a\":2}", true)).unwrap();
        store.commit(|b| b.read_to(PEER, id)).unwrap();
        assert_eq!(unread(&store), 0);
        assert_eq!(store.read().call(PEER, "s1").unwrap().unwrap().call.as_deref(), Some("{\"a\":2}"));
        assert_eq!(store.read().calls_recorded_as("%\"a\":2%", 9).unwrap(), [id]);
        assert_eq!(store.read().conversation(PEER).unwrap().unwrap().last.unwrap().call.as_deref(), Some("{\"a\":2}"));
    }
}
