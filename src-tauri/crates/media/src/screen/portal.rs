//! Screens and windows of a Wayland desktop, by its portal (`org.freedesktop.portal.ScreenCast`): the desktop asks the
//! person itself which, and gives a connection to PipeWire that shows it.
//!
//! So there is nothing to choose from here, and what is shown is known only once it comes.

mod cast;
mod request;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use self::cast::Cast;
use super::{Capture, Failure, Id, Screens, Seen, Source};
use crate::pipewire::{Pace, Remote, Target, Wish, watch};

/// How long the portal may take to say what it can.
const PATIENCE: Duration = Duration::from_secs(5);

/// The portal on a session bus.
#[derive(Debug, Clone, Default)]
pub struct Portal {
    bus: Option<String>,
}

impl Portal {
    /// On the bus of this address, or that of the environment.
    pub fn new(bus: Option<String>) -> Self {
        Self { bus }
    }
}

impl Screens for Portal {
    /// One source: whatever the desktop is told when it asks.
    fn list(&self) -> Result<Vec<Source>, Failure> {
        let bus = self.bus.clone();
        // In a thread of its own: who asks may be in a runtime already.
        let asking = std::thread::Builder::new().name("portal".into()).spawn(move || {
            runtime()?.block_on(async {
                let able = tokio::time::timeout(PATIENCE, cast::is_there(bus.as_deref())).await;
                able.unwrap_or_else(|_| Err(unseen("the desktop's portal does not answer")))
            })
        });
        asking.map_err(unseen)?.join().map_err(|_| unseen("the desktop's portal could not be asked"))??;
        Ok(vec![Source { id: Id::Asked, title: String::new(), width: 0, height: 0, thumbnail: None }])
    }

    /// Has the desktop ask, which may take minutes. Refusing is told by [`Seen::Gone`].
    fn capture(&self, _: Id, rate: u32, seen: Box<dyn FnMut(Seen) + Send>) -> Result<Box<dyn Capture>, Failure> {
        let (running, over) = oneshot::channel();
        let (bus, teller) = (self.bus.clone(), Teller::new(seen));
        let work = move || {
            match runtime().and_then(|runtime| runtime.block_on(show(bus.as_deref(), rate, &teller, over))) {
                Ok(End::Dropped) => return teller.forget(),
                Ok(End::Gone) => {}
                Err(error) => tracing::info!(%error, "the desktop shows nothing"),
            }
            teller.tell(Seen::Gone);
        };
        std::thread::Builder::new().name("portal".into()).spawn(work).map_err(unseen)?;
        Ok(Box::new(Running(running)))
    }
}

/// Shows as long as it is kept.
struct Running(#[expect(dead_code, reason = "that it is dropped is what is told")] oneshot::Sender<()>);

impl Capture for Running {}

/// Why it is over.
enum End {
    Dropped,
    Gone,
}

async fn show(bus: Option<&str>, rate: u32, teller: &Teller, mut over: oneshot::Receiver<()>) -> Result<End, Failure> {
    let (mut cast, remote) = tokio::select! {
        begun = Cast::begin(bus) => begun?,
        _ = &mut over => return Ok(End::Dropped),
    };
    let gone = Arc::new(Notify::new());
    let (tells, ends) = (teller.clone(), Arc::clone(&gone));
    let seen = move |seen| match seen {
        Seen::Gone => ends.notify_one(),
        picture @ Seen::Picture(_) => tells.tell(picture),
    };
    let wish = Wish { target: Target::Numbered(cast.node()), pace: Pace::Clock, rate };
    let watching = watch(Remote::Opened(remote), wish, Box::new(seen))?;
    let end = tokio::select! {
        () = gone.notified() => End::Gone,
        () = cast.closed() => End::Gone,
        _ = &mut over => End::Dropped,
    };
    drop(watching);
    cast.close().await;
    Ok(end)
}

/// Tells what is seen, until it was told that it is gone.
#[derive(Clone)]
struct Teller(Arc<Mutex<Option<Told>>>);

type Told = Box<dyn FnMut(Seen) + Send>;

impl Teller {
    fn new(told: Told) -> Self {
        Self(Arc::new(Mutex::new(Some(told))))
    }

    fn tell(&self, seen: Seen) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = seen == Seen::Gone;
        if let Some(told) = told.as_mut() {
            told(seen);
        }
        if last {
            *told = None;
        }
    }

    fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(unseen)
}

fn unseen(error: impl std::fmt::Display) -> Failure {
    Failure::Unseen(error.to_string())
}
