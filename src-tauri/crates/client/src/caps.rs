//! Verified answers about clients (XEP-0115, 0390), shared by all accounts: the hash vouches for them, whoever asked.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use waxwing_history::app::{AppStore, CapsEntry};
use waxwing_session::xep::caps::Caps;

/// What a client is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Software {
    /// Its name; may be empty.
    pub name: String,
    pub features: Vec<String>,
}

/// Answers in memory: anyone who may know us could show another hash every time.
const MOST: usize = 10_000;

/// All that were verified.
#[derive(Default)]
pub(crate) struct VerifiedCaps(Mutex<HashMap<Caps, Software>>);

/// The node names the software, not the answer: it takes no part in the hash.
pub(crate) fn key(caps: &Caps) -> Caps {
    Caps { node: String::new(), ..caps.clone() }
}

impl VerifiedCaps {
    pub fn load(app: &AppStore) -> waxwing_history::Result<Self> {
        let known = app.caps()?.into_iter().map(|entry| {
            let features = serde_json::from_str(&entry.features).unwrap_or_default();
            let caps = Caps { node: String::new(), ver: entry.ver, hash: entry.hash };
            (caps, Software { name: entry.client, features })
        });
        Ok(Self(Mutex::new(known.collect())))
    }

    pub fn get(&self, caps: &Caps) -> Option<Software> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key(caps)).cloned()
    }

    pub fn knows(&self, caps: &Caps) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&key(caps))
    }

    /// Keeps an answer whose hash was the promised one.
    pub fn put(&self, app: &AppStore, caps: &Caps, software: Software) -> waxwing_history::Result<()> {
        app.put_caps(&CapsEntry {
            hash: caps.hash.clone(),
            ver: caps.ver.clone(),
            client: software.name.clone(),
            features: serde_json::to_string(&software.features).unwrap_or_default(),
        })?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            // The next start has the newest of them again.
            known.clear();
        }
        known.insert(key(caps), software);
        Ok(())
    }
}
