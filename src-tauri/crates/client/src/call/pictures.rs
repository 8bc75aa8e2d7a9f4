//! Encoded frames on their way to whoever shows them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};
use waxwing_contract::PictureOf;
use waxwing_media::video::{Encoded, Incoming};

/// A call's id, and which of its pictures.
type Key = (String, PictureOf);

/// What comes in, and who waits for it: a window may look before anything comes, and again after it has looked away.
#[derive(Clone, Default)]
pub struct Pictures(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    coming: HashMap<Key, Coming>,
    /// Moves with each that comes or goes.
    changed: Option<watch::Sender<()>>,
}

struct Coming {
    incoming: Arc<Incoming>,
    /// Out while somebody looks.
    frames: Option<mpsc::Receiver<Encoded>>,
}

/// Pictures as somebody looks at them; dropping it looks away.
pub struct Looking {
    pictures: Pictures,
    key: Key,
    incoming: Arc<Incoming>,
    frames: Option<mpsc::Receiver<Encoded>>,
}

impl Pictures {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These come in.
    pub(crate) fn begin(&self, call: &str, of: PictureOf, incoming: Arc<Incoming>, frames: mpsc::Receiver<Encoded>) {
        let mut state = self.state();
        state.coming.insert((call.to_owned(), of), Coming { incoming, frames: Some(frames) });
        state.changed.get_or_insert_with(|| watch::Sender::new(())).send_replace(());
    }

    /// A call is over.
    pub(crate) fn end(&self, call: &str) {
        let mut state = self.state();
        state.coming.retain(|(of, _), _| of != call);
        state.changed.get_or_insert_with(|| watch::Sender::new(())).send_replace(());
    }

    /// Looks at pictures, as soon as they come and nobody else looks. Waits for ever where they do not.
    pub async fn look(&self, call: &str, of: PictureOf) -> Looking {
        let key = (call.to_owned(), of);
        let mut changed = self.state().changed.get_or_insert_with(|| watch::Sender::new(())).subscribe();
        loop {
            if let Some(looking) = self.take(&key) {
                return looking;
            }
            if changed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    fn take(&self, key: &Key) -> Option<Looking> {
        let mut state = self.state();
        let coming = state.coming.get_mut(key)?;
        let frames = coming.frames.take()?;
        let incoming = Arc::clone(&coming.incoming);
        drop(state);
        // What came meanwhile is old, and the next needs a beginning.
        incoming.request_key();
        Some(Looking { pictures: self.clone(), key: key.clone(), incoming, frames: Some(frames) })
    }
}

impl Looking {
    /// The next frame; nothing where no more come.
    pub async fn next(&mut self) -> Option<Encoded> {
        self.frames.as_mut()?.recv().await
    }

    /// What is shown cannot go on without a key frame.
    pub fn request_key(&self) {
        self.incoming.request_key();
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        let mut state = self.pictures.state();
        let same = |coming: &&mut Coming| Arc::ptr_eq(&coming.incoming, &self.incoming);
        if let Some(coming) = state.coming.get_mut(&self.key).filter(same) {
            coming.frames = self.frames.take();
            if let Some(changed) = &state.changed {
                changed.send_replace(());
            }
        }
    }
}
