//! What is shown to them: a camera, or a screen, as its pictures come.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use waxwing_contract::PictureOf;
use waxwing_media::camera;
use waxwing_media::screen;
use waxwing_media::video::{Feed, Picture};

use super::gear::Gear;

/// Pixels of one's own picture across, as one sees it: small, and in a corner.
const OWN: usize = 256;
/// From one of these to the next at least.
const OWN_AFTER: Duration = Duration::from_millis(50);
/// Pictures a second of a screen at most.
const RATE: u32 = 15;

/// A source that is shown. Dropping it ends that.
pub(super) struct Source {
    _capture: Box<dyn screen::Capture>,
    number: u64,
}

/// A source is gone: which, and what it was of. One that went before may tell so later.
pub(super) type Gone = (PictureOf, u64);

impl Source {
    pub fn is(&self, number: u64) -> bool {
        self.number == number
    }
}

/// Counts sources.
static NUMBER: AtomicU64 = AtomicU64::new(0);

fn next() -> u64 {
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// Where pictures go.
#[derive(Clone)]
struct Way {
    feed: Feed,
    own: watch::Sender<Option<Picture>>,
    /// When the last of our own was made.
    made: Option<Instant>,
    of: PictureOf,
    /// Where the camera or the window is gone.
    gone: mpsc::Sender<Gone>,
    number: u64,
}

impl Way {
    fn see(&mut self, seen: screen::Seen) {
        match seen {
            screen::Seen::Picture(picture) => {
                self.mirror(&picture);
                self.feed.put(picture);
            }
            screen::Seen::Gone => drop(self.gone.try_send((self.of, self.number))),
        }
    }

    /// Shows it to ourselves.
    fn mirror(&mut self, picture: &Picture) {
        let now = Instant::now();
        if self.made.is_some_and(|made| now.duration_since(made) < OWN_AFTER) {
            return;
        }
        self.made = Some(now);
        let width = OWN.min(picture.width());
        let height = picture.height() * width / picture.width().max(1);
        self.own.send_replace(Some(picture.scaled(width, height.max(2))));
    }
}

/// Shows the camera that is chosen, or the usual one where that is not there.
///
/// # Errors
/// [`camera::Failure`].
pub(super) fn camera(gear: &Gear, call: &str, feed: Feed, gone: mpsc::Sender<Gone>) -> Result<Source, camera::Failure> {
    let (of, number) = (PictureOf::OurCamera, next());
    let way = Way { feed, own: gear.pictures.ours(call, of), made: None, of, gone, number };
    let chosen = gear.camera();
    let open = |id: Option<&str>, mut way: Way| gear.cameras.open(id, Box::new(move |seen| way.see(seen)));
    let opened = match open(chosen.as_deref(), way.clone()) {
        Err(camera::Failure::Gone) if chosen.is_some() => open(None, way),
        opened => opened,
    };
    Ok(Source { _capture: opened?, number })
}

/// Shows a screen or a window.
///
/// # Errors
/// [`screen::Failure`].
pub(super) fn screen(
    gear: &Gear,
    call: &str,
    id: screen::Id,
    feed: Feed,
    gone: mpsc::Sender<Gone>,
) -> Result<Source, screen::Failure> {
    let (of, number) = (PictureOf::OurScreen, next());
    let screens = gear.screens().ok_or_else(|| screen::Failure::Unseen("there is no display".into()))?;
    let mut way = Way { feed, own: gear.pictures.ours(call, of), made: None, of, gone, number };
    let _capture = screens.capture(id, RATE, Box::new(move |seen| way.see(seen)))?;
    Ok(Source { _capture, number })
}
