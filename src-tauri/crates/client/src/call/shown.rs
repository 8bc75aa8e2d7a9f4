//! What is shown to them: a camera, or a screen, as its pictures come.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{mpsc, watch};
use waxwing_contract::PictureOf;
use waxwing_media::camera;
use waxwing_media::screen;
use waxwing_media::video::{Feed, Picture};

use super::gear::Gear;

/// Pixels of one's own picture, as one sees it.
const OWN: (usize, usize) = (320, 240);
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
    of: PictureOf,
    /// Where the camera or the window is gone.
    gone: mpsc::Sender<Gone>,
    number: u64,
}

impl Way {
    fn see(&self, seen: screen::Seen) {
        match seen {
            screen::Seen::Picture(picture) => {
                let width = OWN.0.min(picture.width());
                let height = picture.height() * width / picture.width().max(1);
                self.own.send_replace(Some(picture.scaled(width, height.max(2))));
                self.feed.put(picture);
            }
            screen::Seen::Gone => drop(self.gone.try_send((self.of, self.number))),
        }
    }
}

/// Shows the camera that is chosen, or the usual one where that is not there.
///
/// # Errors
/// [`camera::Failure`].
pub(super) fn camera(gear: &Gear, call: &str, feed: Feed, gone: mpsc::Sender<Gone>) -> Result<Source, camera::Failure> {
    let (of, number) = (PictureOf::OurCamera, next());
    let way = Way { feed, own: gear.pictures.ours(call, of), of, gone, number };
    let chosen = gear.camera();
    let open = |id: Option<&str>, way: Way| gear.cameras.open(id, Box::new(move |seen| way.see(seen)));
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
    let way = Way { feed, own: gear.pictures.ours(call, of), of, gone, number };
    let _capture = screens.capture(id, RATE, Box::new(move |seen| way.see(seen)))?;
    Ok(Source { _capture, number })
}
