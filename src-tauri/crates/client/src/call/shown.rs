//! What is shown to them: a camera, or a screen, as its pictures come.

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
pub(super) struct Source(#[expect(dead_code, reason = "kept for as long as it is shown")] Box<dyn screen::Capture>);

/// Where pictures go.
#[derive(Clone)]
struct Way {
    feed: Feed,
    own: watch::Sender<Option<Picture>>,
    of: PictureOf,
    /// Where the camera or the window is gone.
    gone: mpsc::Sender<PictureOf>,
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
            screen::Seen::Gone => drop(self.gone.try_send(self.of)),
        }
    }
}

/// Shows the camera that is chosen, or the usual one where that is not there.
///
/// # Errors
/// [`camera::Failure`].
pub(super) fn camera(
    gear: &Gear,
    call: &str,
    feed: Feed,
    gone: mpsc::Sender<PictureOf>,
) -> Result<Source, camera::Failure> {
    let of = PictureOf::OurCamera;
    let way = Way { feed, own: gear.pictures.ours(call, of), of, gone };
    let chosen = gear.camera();
    let open = |id: Option<&str>, way: Way| gear.cameras.open(id, Box::new(move |seen| way.see(seen)));
    let opened = match open(chosen.as_deref(), way.clone()) {
        Err(camera::Failure::Gone) if chosen.is_some() => open(None, way),
        opened => opened,
    };
    opened.map(Source)
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
    gone: mpsc::Sender<PictureOf>,
) -> Result<Source, screen::Failure> {
    let of = PictureOf::OurScreen;
    let screens = gear.screens().ok_or_else(|| screen::Failure::Unseen("there is no display".into()))?;
    let way = Way { feed, own: gear.pictures.ours(call, of), of, gone };
    screens.capture(id, RATE, Box::new(move |seen| way.see(seen))).map(Source)
}
