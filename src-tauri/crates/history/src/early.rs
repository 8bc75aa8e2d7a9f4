//! Receipts and markers that come before the message they are of: kept for it.

use rusqlite::{OptionalExtension as _, params};

use crate::error::Result;
use crate::message::Delivery;
use crate::{Batch, Read};

/// As many are kept, the newest: anybody may confirm what never was.
const MOST: u32 = 2000;
/// Longest id that is kept, in bytes.
const LONGEST: usize = 256;

impl Batch<'_> {
    /// A message of ours is to come that the peer already has, or has read.
    pub(crate) fn keep_early(&self, peer: &str, message_id: &str, to: Delivery) -> Result<()> {
        if message_id.is_empty() || message_id.len() > LONGEST {
            return Ok(());
        }
        self.0
            .prepare_cached(
                "INSERT INTO early (peer, message_id, delivery) VALUES (?, ?, ?) \
                 ON CONFLICT (peer, message_id) DO UPDATE SET delivery = max(delivery, excluded.delivery)",
            )?
            .execute(params![peer, message_id, to])?;
        self.0
            .prepare_cached("DELETE FROM early WHERE rowid <= (SELECT max(rowid) FROM early) - ?")?
            .execute([MOST])?;
        Ok(())
    }

    /// That message has come: confirms it. Answers the messages that changed.
    pub fn confirm_early(&self, peer: &str, message_id: &str) -> Result<Vec<i64>> {
        let Some(to) = self.read().early(peer, message_id)? else { return Ok(Vec::new()) };
        self.0
            .prepare_cached("DELETE FROM early WHERE peer = ? AND message_id = ?")?
            .execute(params![peer, message_id])?;
        self.confirm(peer, message_id, to)
    }

    /// Forgets all of them.
    pub(crate) fn forget_early(&self) -> Result<()> {
        self.0.execute("DELETE FROM early", [])?;
        Ok(())
    }
}

impl Read<'_> {
    fn early(&self, peer: &str, message_id: &str) -> Result<Option<Delivery>> {
        let mut statement = self.0.prepare_cached("SELECT delivery FROM early WHERE peer = ? AND message_id = ?")?;
        Ok(statement.query_row(params![peer, message_id], |row| row.get(0)).optional()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Learnt, NewMessage, Sender, Store};

    const PEER: &str = "juliet@capulet.test";

    fn ours(id: &'static str, stamp: i64) -> NewMessage<'static> {
        NewMessage {
            peer: PEER,
            sender: Sender::OtherDevice,
            resource: "",
            stanza_id: Some(id),
            message_id: Some(id),
            stamp,
            body: id,
            markable: true,
            delivery: Some(Delivery::OnServer),
            live: false,
            follows: None,
            precedes: None,
            unread: false,
        }
    }

    #[test]
    fn what_came_before_its_message_is_kept_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("history.sqlite")).unwrap();
        store
            .commit(|b| {
                assert!(b.confirm(PEER, "b", Delivery::Read)?.is_empty());
                assert!(b.confirm(PEER, "b", Delivery::Delivered)?.is_empty(), "what is read stays read");
                assert!(b.confirm("romeo@montague.test", "a", Delivery::Read)?.is_empty());
                for (id, stamp) in [("a", 1), ("b", 2), ("c", 3)] {
                    assert!(matches!(b.learn(&ours(id, stamp))?, Learnt::New(_)));
                }
                assert!(b.confirm_early(PEER, "a")?.is_empty(), "not theirs to confirm");
                assert_eq!(b.confirm_early(PEER, "b")?.len(), 2, "a marker is of what came before, too");
                assert!(b.confirm_early(PEER, "b")?.is_empty(), "once");
                let states = b.read().page(PEER, crate::PageAt::Newest, 10)?.messages;
                let states: Vec<_> = states.iter().filter_map(|m| m.delivery).collect();
                assert_eq!(states, [Delivery::Read, Delivery::Read, Delivery::OnServer]);
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn as_many_are_kept_as_is_good() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("history.sqlite")).unwrap();
        let kept = store.commit(|b| {
            (0..MOST + 100).try_for_each(|n| b.confirm(PEER, &n.to_string(), Delivery::Read).map(drop))?;
            b.confirm(PEER, &"x".repeat(LONGEST + 1), Delivery::Read)?;
            assert!(b.read().early(PEER, "0")?.is_none() && b.read().early(PEER, &MOST.to_string())?.is_some());
            Ok(b.0.query_row("SELECT count(*) FROM early", [], |row| row.get::<_, u32>(0))?)
        });
        assert_eq!(kept.unwrap(), MOST);
    }
}
