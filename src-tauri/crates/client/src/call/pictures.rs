//! Pictures on their way to whoever shows them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};
use waxwing_contract::PictureOf;
use waxwing_media::video::{Decoder, Encoded, Incoming, Picture};

/// A call's id, and which of its pictures.
type Key = (String, PictureOf);

/// What can be seen, and who looks: a window may look before anything comes, and again after it has looked away.
#[derive(Clone, Default)]
pub struct Pictures(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    seen: HashMap<Key, Seen>,
    /// Moves with each that comes or goes.
    changed: watch::Sender<()>,
}

enum Seen {
    /// Theirs; the frames are out while somebody looks.
    Theirs { incoming: Arc<Incoming>, frames: Option<mpsc::Receiver<Encoded>> },
    /// Our own, as they are sent.
    Ours(watch::Receiver<Option<Picture>>),
}

/// A picture as it is shown.
pub enum Shown {
    Encoded(Encoded),
    Plain(Picture),
}

/// Pictures as somebody looks at them; dropping it looks away.
pub struct Looking {
    pictures: Pictures,
    key: Key,
    what: What,
    /// For who cannot decode.
    decoder: Option<Decoder>,
}

enum What {
    Theirs {
        incoming: Arc<Incoming>,
        frames: mpsc::Receiver<Encoded>,
    },
    Ours(watch::Receiver<Option<Picture>>),
    /// Handed back.
    Nothing,
}

impl Pictures {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, call: &str, of: PictureOf, seen: Seen) {
        let mut state = self.state();
        state.seen.insert((call.to_owned(), of), seen);
        state.changed.send_replace(());
    }

    /// These come in.
    pub(crate) fn theirs(&self, call: &str, of: PictureOf, incoming: Incoming, frames: mpsc::Receiver<Encoded>) {
        self.put(call, of, Seen::Theirs { incoming: Arc::new(incoming), frames: Some(frames) });
    }

    /// These go out; the newest is put into what comes back.
    pub(crate) fn ours(&self, call: &str, of: PictureOf) -> watch::Sender<Option<Picture>> {
        let (newest, seen) = watch::channel(None);
        self.put(call, of, Seen::Ours(seen));
        newest
    }

    /// The share of the time in which what they show stood still, of 1; the largest, where they show several things.
    pub(crate) fn frozen(&self, call: &str) -> f64 {
        let state = self.state();
        let theirs = state.seen.iter().filter(|((of, _), _)| of == call).filter_map(|(_, seen)| match seen {
            Seen::Theirs { incoming, .. } => Some(incoming.seen().freezes),
            Seen::Ours(_) => None,
        });
        let share = theirs.map(|freezes| freezes.total.as_secs_f64() / freezes.watched.as_secs_f64().max(1.0));
        share.fold(0.0, f64::max)
    }

    /// They do not mean to show it, or do again.
    pub(crate) fn rest(&self, call: &str, of: PictureOf, resting: bool) {
        if let Some(Seen::Theirs { incoming, .. }) = self.state().seen.get(&(call.to_owned(), of)) {
            incoming.rest(resting);
        }
    }

    /// A call is over.
    pub(crate) fn end(&self, call: &str) {
        let mut state = self.state();
        state.seen.retain(|(of, _), _| of != call);
        state.changed.send_replace(());
    }

    /// Looks at pictures, as soon as they come and nobody else looks. Waits for ever where they do not.
    pub async fn look(&self, call: &str, of: PictureOf) -> Looking {
        let key = (call.to_owned(), of);
        let mut changed = self.state().changed.subscribe();
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
        let what = match self.state().seen.get_mut(key)? {
            Seen::Theirs { incoming, frames } => {
                // What came meanwhile is old, and the next needs a beginning.
                incoming.request_key();
                What::Theirs { incoming: Arc::clone(incoming), frames: frames.take()? }
            }
            Seen::Ours(newest) => What::Ours(newest.clone()),
        };
        Some(Looking { pictures: self.clone(), key: key.clone(), what, decoder: None })
    }
}

impl Looking {
    /// The same, and all of them come as pixels: for who has no decoder.
    #[must_use]
    pub fn decoded(self) -> Self {
        let mut looking = self;
        looking.decoder = Some(Decoder::new());
        looking
    }

    /// The next picture; nothing where no more come.
    pub async fn next(&mut self) -> Option<Shown> {
        match &mut self.what {
            What::Theirs { incoming, frames } => loop {
                let frame = frames.recv().await?;
                let Some(decoder) = &mut self.decoder else { return Some(Shown::Encoded(frame)) };
                match decoder.decode(&frame.data) {
                    Ok(Some(picture)) => return Some(Shown::Plain(picture.into())),
                    Ok(None) => {}
                    Err(_) => incoming.request_key(),
                }
            },
            What::Ours(newest) => loop {
                newest.changed().await.ok()?;
                if let Some(picture) = newest.borrow_and_update().clone() {
                    return Some(Shown::Plain(picture));
                }
            },
            What::Nothing => None,
        }
    }

    /// What is shown cannot go on without a key frame.
    pub fn request_key(&self) {
        if let What::Theirs { incoming, .. } = &self.what {
            incoming.request_key();
        }
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        let What::Theirs { incoming: ours, frames: left } = std::mem::replace(&mut self.what, What::Nothing) else {
            return;
        };
        let mut state = self.pictures.state();
        if let Some(Seen::Theirs { incoming, frames }) = state.seen.get_mut(&self.key)
            && Arc::ptr_eq(incoming, &ours)
        {
            *frames = Some(left);
            state.changed.send_replace(());
        }
    }
}
