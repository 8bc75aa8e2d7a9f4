//! A scripted conversation that answers by itself, while the test says what it likes and looks at what came.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use anyhow::{Context, Result, bail};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{scripted::Conversation, wait::until};

/// See [`Conversation::attend`]. Dropping it breaks the connection.
pub struct Attended {
    /// Who the client has become.
    pub jid: String,
    says: mpsc::UnboundedSender<Vec<u8>>,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    /// What the client sent and nobody has taken yet.
    heard: Mutex<VecDeque<String>>,
    /// Stanzas the conversation answered with since stream management is on.
    answered: AtomicU32,
    over: AtomicBool,
}

impl Conversation {
    /// From now on answers as [`Conversation::answer`] does, but for pieces that contain one of `held`.
    pub fn attend(mut self, held: &'static [&'static str]) -> Attended {
        let (says, mut to_say) = mpsc::unbounded_channel::<Vec<u8>>();
        let shared = Arc::new(Shared::default());
        let jid = self.jid.clone();
        let state = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            loop {
                let done = tokio::select! {
                    say = to_say.recv() => match say {
                        Some(bytes) => self.write(bytes).await.is_err(),
                        None => true,
                    },
                    piece = self.piece() => match piece {
                        Some(piece) => {
                            let held = held.iter().any(|needle| piece.contains(needle));
                            let failed = !held && self.answer(&piece).await.is_err();
                            state.answered.store(self.answered, Ordering::SeqCst);
                            state.heard.lock().expect("no holder panics").push_back(piece);
                            failed
                        }
                        None => true,
                    },
                };
                if done {
                    break;
                }
            }
            state.over.store(true, Ordering::SeqCst);
        });
        Attended { jid, says, shared, task }
    }
}

impl Attended {
    /// Says bytes as they are.
    pub fn say(&self, bytes: impl Into<Vec<u8>>) -> Result<()> {
        self.says.send(bytes.into()).ok().context("the client has closed the connection")
    }

    /// The client's address without the resource.
    pub fn bare(&self) -> &str {
        self.jid.split('/').next().unwrap_or_default()
    }

    /// Takes the first piece that contains all needles, come or still to come.
    pub async fn hears(&self, needles: &[&str]) -> Result<String> {
        let what = format!("{needles:?} from the client");
        let found = until(&what, async || {
            let mut heard = self.shared.heard.lock().expect("no holder panics");
            let at = heard.iter().position(|piece| needles.iter().all(|needle| piece.contains(needle)));
            at.and_then(|at| heard.remove(at))
        });
        match found.await {
            Ok(piece) => Ok(piece),
            Err(why) => bail!("{why}; it sent {:#?}", self.pending()),
        }
    }

    /// What came and was not taken.
    pub fn pending(&self) -> Vec<String> {
        self.shared.heard.lock().expect("no holder panics").iter().cloned().collect()
    }

    /// Stanzas said as answers since stream management is on; what the test said comes on top.
    pub fn answered(&self) -> u32 {
        self.shared.answered.load(Ordering::SeqCst)
    }

    /// Whether the client has closed or broken the connection.
    pub fn is_over(&self) -> bool {
        self.shared.over.load(Ordering::SeqCst)
    }

    /// Waits until the client has closed or broken the connection.
    pub async fn ends(&self, why: &str) -> Result<()> {
        until(&format!("the client to end the stream after {why}"), async || self.is_over().then_some(())).await
    }
}

impl Drop for Attended {
    fn drop(&mut self) {
        self.task.abort();
    }
}
