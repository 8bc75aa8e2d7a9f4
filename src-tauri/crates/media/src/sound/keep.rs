//! A stream that goes on: at the chosen device, else at the default one, and again at the chosen one once it is back.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::device::{Changes, DeviceError, Devices, Hear, Say, Stream};

/// How long a system may take to sort itself after a device is gone.
const SORTING: Duration = Duration::from_millis(150);

/// What is not as it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The default device is taken instead of the chosen one, because of this.
    Instead(DeviceError),
    /// There is none that can be used, because of this: it is done without.
    Without(DeviceError),
}

/// Makes what a stream calls, each time it begins anew.
pub(super) enum Kind {
    Microphone(Box<dyn Fn() -> Hear + Send + Sync>),
    Loudspeaker(Box<dyn Fn() -> Say + Send + Sync>),
}

/// A stream that is kept. Dropping it stops it.
pub(super) struct Kept(JoinHandle<()>);

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Keeps a stream of a device that is wanted now, `None` being the default one, and tells what is not so.
pub(super) fn keep(
    devices: Arc<dyn Devices>,
    kind: Kind,
    wanted: watch::Receiver<Option<String>>,
    tell: impl Fn(Option<Trouble>) + Send + Sync + 'static,
) -> Kept {
    let keeper = Keeper { devices, kind: Arc::new(kind), wanted, stream: None, trouble: None };
    Kept(tokio::spawn(keeper.run(tell)))
}

struct Keeper {
    devices: Arc<dyn Devices>,
    kind: Arc<Kind>,
    wanted: watch::Receiver<Option<String>>,
    stream: Option<Stream>,
    trouble: Option<Trouble>,
}

enum Happened {
    Chosen,
    Lost(DeviceError),
    Changed,
    Nobody,
}

impl Keeper {
    async fn run(mut self, tell: impl Fn(Option<Trouble>)) {
        let devices = Arc::clone(&self.devices);
        let Ok(mut changes) = tokio::task::spawn_blocking(move || devices.changes()).await else { return };
        loop {
            self.open().await;
            tell(self.trouble.clone());
            loop {
                match self.happened(&mut changes).await {
                    Happened::Nobody => return,
                    Happened::Chosen => break,
                    Happened::Lost(why) => {
                        tracing::debug!(%why, "a sound device is lost");
                        tokio::time::sleep(SORTING).await;
                        break;
                    }
                    Happened::Changed if self.is_better().await => break,
                    Happened::Changed => {}
                }
            }
        }
    }

    async fn happened(&mut self, changes: &mut Changes) -> Happened {
        let lost = self.stream.as_ref().map(Stream::lost);
        let lost = async move {
            match lost {
                Some(lost) => lost.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            chosen = self.wanted.changed() => if chosen.is_ok() { Happened::Chosen } else { Happened::Nobody },
            why = lost => Happened::Lost(why),
            () = changes.next() => Happened::Changed,
        }
    }

    /// Whether there is hope that another attempt ends better than the last.
    async fn is_better(&self) -> bool {
        let wanted = self.wanted.borrow().clone();
        match (&self.trouble, wanted) {
            (None, _) => false,
            (Some(Trouble::Instead(_)), Some(wanted)) => {
                let (devices, kind) = (Arc::clone(&self.devices), Arc::clone(&self.kind));
                let there = move || {
                    let found = devices.list().unwrap_or_default();
                    let all = if matches!(*kind, Kind::Microphone(_)) { found.microphones } else { found.loudspeakers };
                    all.iter().any(|device| device.id == wanted)
                };
                tokio::task::spawn_blocking(there).await.unwrap_or(false)
            }
            (Some(_), _) => true,
        }
    }

    async fn open(&mut self) {
        let wanted = self.wanted.borrow_and_update().clone();
        let (devices, kind, last) = (Arc::clone(&self.devices), Arc::clone(&self.kind), self.stream.take());
        let opened = tokio::task::spawn_blocking(move || {
            // The last one first: a device may be had only once.
            drop(last);
            let open = |device: Option<&str>| match &*kind {
                Kind::Microphone(hear) => devices.record(device, hear()),
                Kind::Loudspeaker(say) => devices.play(device, say()),
            };
            match (open(wanted.as_deref()), wanted) {
                (Ok(stream), _) => (Some(stream), None),
                (Err(why), None) => (None, Some(Trouble::Without(why))),
                (Err(why), Some(_)) => match open(None) {
                    Ok(stream) => (Some(stream), Some(Trouble::Instead(why))),
                    Err(why) => (None, Some(Trouble::Without(why))),
                },
            }
        });
        (self.stream, self.trouble) = opened.await.unwrap_or_default();
    }
}
