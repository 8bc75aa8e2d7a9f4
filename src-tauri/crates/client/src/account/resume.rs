//! What a later process goes on with, should this one end without a word (XEP-0198 §5): the session, how much of it is
//! handled, and who was there, because a server that resumes does not say that again.
//!
//! Written after what was received is safe and before the server may hear of it, so that the server never knows of more
//! than the next process will.

use std::collections::BTreeSet;
use std::path::Path;

use waxwing_history::{Left, SessionStore};
use waxwing_session::jid::BareJid;
use waxwing_session::sm::Resumption;

use super::roster::Presences;

/// A session that began.
pub(crate) struct Begun {
    pub resumption: Option<Resumption>,
    /// What its first stanza's number comes after.
    pub base: u64,
}

/// What an earlier process left.
pub(crate) struct Inherited {
    pub resumption: Resumption,
    pub h: u32,
    pub presence: Presences,
}

/// The writer. Where nothing can be written, a crash costs a new session, and that is all.
pub(crate) struct Resume {
    store: Option<SessionStore>,
    base: u64,
    /// Whose presence changed since the last writing.
    changed: BTreeSet<String>,
}

impl Resume {
    /// Opens what is kept beside the account's history.
    pub fn open(folder: &Path) -> Self {
        let store = SessionStore::open(&folder.join("session.sqlite"));
        let store = store.inspect_err(|error| tracing::warn!(%error, "a session will not outlive a crash")).ok();
        Self { store, base: 0, changed: BTreeSet::new() }
    }

    /// What an earlier process left.
    pub fn inherited(&self) -> Option<Inherited> {
        let Left { resumption, h, presence } = self.store.as_ref()?.left().ok().flatten()?;
        let presence = presence
            .iter()
            .filter_map(|(jid, devices)| Some((BareJid::new(jid).ok()?, serde_json::from_str(devices).ok()?)));
        Some(Inherited { resumption: serde_json::from_str(&resumption).ok()?, h, presence: presence.collect() })
    }

    /// A session began; what was kept of an earlier one is of no use.
    pub fn begin(&mut self, begun: &Begun) {
        self.base = begun.base;
        self.changed.clear();
        let resumption = begun.resumption.as_ref().and_then(|resumption| serde_json::to_string(resumption).ok());
        self.write(|store| store.begin(resumption.as_deref()));
    }

    /// There is no session any more.
    pub fn end(&mut self) {
        self.changed.clear();
        self.write(|store| store.begin(None));
    }

    /// These people's presence may have changed.
    pub fn note(&mut self, people: &BTreeSet<String>) {
        self.changed.extend(people.iter().cloned());
    }

    /// Everything up to this number is handled.
    pub fn advance(&mut self, seq: u64, presences: &Presences) {
        let presence: Vec<_> = std::mem::take(&mut self.changed)
            .into_iter()
            .map(|jid| {
                let devices = BareJid::new(&jid).ok().and_then(|bare| presences.get(&bare));
                (jid, devices.and_then(|devices| serde_json::to_string(devices).ok()))
            })
            .collect();
        let h = wrapped(seq.saturating_sub(self.base));
        self.write(|store| store.advance(h, &presence));
    }

    /// One that fails once is not tried again: it would no longer tell the truth.
    fn write(&mut self, work: impl FnOnce(&mut SessionStore) -> waxwing_history::Result<()>) {
        if let Some(store) = &mut self.store
            && let Err(error) = work(store)
        {
            tracing::warn!(%error, "a session will not outlive a crash");
            let _ = store.begin(None);
            self.store = None;
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "XEP-0198 §4: counters are modulo 2^32")]
fn wrapped(count: u64) -> u32 {
    count as u32
}
