//! Looking at one screen or window.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::composite::{ConnectionExt as _, Redirect};
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, Drawable, EventMask, ImageFormat, ImageOrder, MapState, Pixmap,
    Window,
};
use x11rb::rust_connection::RustConnection;

use super::image::Image;
use super::shared::Shared;
use super::{monitors, unseen};
use crate::screen::{Failure, Id, Seen};
use crate::video::Picture;

/// A screen that is asked too often for where it is would do nothing else.
const MOVED: Duration = Duration::from_secs(2);

/// Bytes that are shared at first: of a window of a usual size.
const LEAST: usize = 1280 * 800 * 4;

/// What is looked at.
enum What {
    Screen { number: u32, area: (i16, i16, u16, u16), asked: Instant },
    Window { window: Window, pixmap: Option<Pixmap>, size: (u16, u16) },
}

pub struct Eye {
    root: Window,
    what: What,
    /// Where the server puts pixels, where it can and something is looked at again and again.
    shared: Option<Shared>,
}

impl Eye {
    /// With a connection of its own, on which it hears what becomes of it.
    pub fn open(connection: RustConnection, root: Window, id: Id) -> Result<(RustConnection, Self), Failure> {
        let eye = Self::new(&connection, root, id)?;
        if let What::Window { window, .. } = eye.what {
            let events = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
            connection.change_window_attributes(window, &events).map_err(unseen)?.check().map_err(|_| Failure::Gone)?;
        }
        let bytes = match eye.what {
            What::Screen { area: (_, _, width, height), .. } => room(width, height),
            What::Window { .. } => 0,
        };
        let shared = Shared::open(&connection, bytes.max(LEAST));
        Ok((connection, Self { shared, ..eye }))
    }

    pub fn new(connection: &RustConnection, root: Window, id: Id) -> Result<Self, Failure> {
        let setup = connection.setup();
        let plain = setup.image_byte_order == ImageOrder::LSB_FIRST
            && setup.pixmap_formats.iter().any(|format| format.depth == 24 && format.bits_per_pixel == 32);
        if !plain {
            return Err(unseen("pixels are of another kind"));
        }
        let what = match id {
            Id::Screen(number) => What::Screen { number, area: area(connection, root, number)?, asked: Instant::now() },
            Id::Window(window) => {
                // Its pixels are kept even where it is covered.
                let redirected = connection.composite_redirect_window(window, Redirect::AUTOMATIC).map_err(unseen)?;
                redirected.check().map_err(|_| Failure::Gone)?;
                What::Window { window, pixmap: None, size: (0, 0) }
            }
            Id::Asked => return Err(unseen("X11 asks nobody what to show")),
        };
        Ok(Self { root, what, shared: None })
    }

    /// As it looks now.
    ///
    /// # Errors
    /// [`Failure::Gone`], also for a moment: a window that is not shown now may be again.
    pub fn look(&mut self, connection: &RustConnection) -> Result<Picture, Failure> {
        let (drawable, (x, y, width, height)): (Drawable, _) = match &mut self.what {
            What::Screen { number, area: old, asked } => {
                if asked.elapsed() > MOVED {
                    (*old, *asked) = (area(connection, self.root, *number)?, Instant::now());
                }
                (self.root, *old)
            }
            What::Window { window, pixmap, size } => {
                let (drawable, (width, height)) = named(connection, *window, pixmap, size)?;
                (drawable, (0, 0, width, height))
            }
        };
        let bytes = self.pixels(connection, drawable, (x, y, width, height))?;
        let mut image = Image { width: width.into(), height: height.into(), bytes };
        if image.bytes.len() < image.width * image.height * 4 {
            return Err(unseen("pixels are of another kind"));
        }
        self.point(connection, &mut image, (x, y));
        image.picture().ok_or(Failure::Gone)
    }

    fn pixels(
        &mut self,
        connection: &RustConnection,
        drawable: Drawable,
        area: (i16, i16, u16, u16),
    ) -> Result<Vec<u8>, Failure> {
        let (x, y, width, height) = area;
        // A window that has grown.
        if let Some(small) = self.shared.take_if(|shared| !shared.holds(room(width, height))) {
            small.close(connection);
            self.shared = Shared::open(connection, room(width, height));
        }
        if let Some(shared) = &self.shared {
            return shared.image(connection, drawable, area).ok_or(Failure::Gone);
        }
        let asked = connection.get_image(ImageFormat::Z_PIXMAP, drawable, x, y, width, height, u32::MAX);
        Ok(asked.map_err(unseen)?.reply().map_err(|_| Failure::Gone)?.data)
    }

    /// Draws the pointer where it is; that it cannot be had is no reason to show nothing.
    fn point(&self, connection: &RustConnection, image: &mut Image, corner: (i16, i16)) {
        let Some(cursor) = connection.xfixes_get_cursor_image().ok().and_then(|cookie| cookie.reply().ok()) else {
            return;
        };
        let (x, y) = match self.what {
            What::Screen { .. } => {
                (i32::from(cursor.x) - i32::from(corner.0), i32::from(cursor.y) - i32::from(corner.1))
            }
            What::Window { window, .. } => {
                let place = connection.translate_coordinates(self.root, window, cursor.x, cursor.y).ok();
                let Some(place) = place.and_then(|cookie| cookie.reply().ok()) else { return };
                (i32::from(place.dst_x), i32::from(place.dst_y))
            }
        };
        image.point(&cursor, x, y);
    }

    /// What became of it; whether it is still there.
    fn hear(&mut self, connection: &RustConnection, event: &Event) -> bool {
        let What::Window { window, pixmap, size } = &mut self.what else { return true };
        let others = match event {
            Event::DestroyNotify(event) => return event.window != *window,
            Event::ConfigureNotify(event) => event.window == *window && (event.width, event.height) != *size,
            Event::UnmapNotify(event) => event.window == *window,
            Event::MapNotify(event) => event.window == *window,
            _ => false,
        };
        // Its pixels are others from then on.
        if let Some(old) = pixmap.take_if(|_| others) {
            let _ = connection.free_pixmap(old);
        }
        true
    }

    pub fn close(&self, connection: &RustConnection) {
        if let Some(shared) = &self.shared {
            shared.close(connection);
        }
        if let What::Window { window, pixmap, .. } = self.what {
            if let Some(pixmap) = pixmap {
                let _ = connection.free_pixmap(pixmap);
            }
            let _ = connection.composite_unredirect_window(window, Redirect::AUTOMATIC);
        }
    }
}

/// Bytes of as many pixels.
fn room(width: u16, height: u16) -> usize {
    usize::from(width) * usize::from(height) * 4
}

/// Where a screen is, in all of them.
fn area(connection: &RustConnection, root: Window, number: u32) -> Result<(i16, i16, u16, u16), Failure> {
    let monitors = monitors(connection, root)?;
    let monitor = monitors.get(number as usize).ok_or(Failure::Gone)?;
    Ok((monitor.x, monitor.y, monitor.width, monitor.height))
}

/// A window's pixels, by a name that is theirs until it is of another size, or not shown.
fn named(
    connection: &RustConnection,
    window: Window,
    pixmap: &mut Option<Pixmap>,
    size: &mut (u16, u16),
) -> Result<(Pixmap, (u16, u16)), Failure> {
    if let Some(pixmap) = pixmap {
        return Ok((*pixmap, *size));
    }
    let attributes = connection.get_window_attributes(window).map_err(unseen)?.reply().map_err(|_| Failure::Gone)?;
    if attributes.map_state != MapState::VIEWABLE {
        return Err(Failure::Gone);
    }
    let new = connection.generate_id().map_err(unseen)?;
    connection.composite_name_window_pixmap(window, new).map_err(unseen)?.check().map_err(|_| Failure::Gone)?;
    let geometry = connection.get_geometry(new).map_err(unseen)?.reply().map_err(|_| Failure::Gone)?;
    // Its border is no part of the picture, but of the pixels; nearly all have none.
    (*pixmap, *size) = (Some(new), (geometry.width, geometry.height));
    Ok((new, *size))
}

/// Looks again and again.
pub struct Look {
    pub eye: (RustConnection, Eye),
    pub over: Arc<AtomicBool>,
    pub rate: u32,
    pub seen: Box<dyn FnMut(Seen) + Send>,
}

impl Look {
    pub fn run(mut self) {
        let interval = Duration::from_secs(1) / self.rate;
        let (connection, eye) = (&self.eye.0, &mut self.eye.1);
        let mut next = Instant::now();
        while !self.over.load(Ordering::Relaxed) {
            loop {
                match connection.poll_for_event() {
                    Ok(Some(event)) => {
                        if !eye.hear(connection, &event) {
                            (self.seen)(Seen::Gone);
                            return;
                        }
                    }
                    Ok(None) => break,
                    // The server is gone, and all screens with it.
                    Err(_) => {
                        (self.seen)(Seen::Gone);
                        return;
                    }
                }
            }
            match eye.look(connection) {
                Ok(picture) => (self.seen)(Seen::Picture(picture)),
                // Whether it is gone for good, an event tells; a screen has none.
                Err(Failure::Gone) if matches!(eye.what, What::Window { .. }) => {}
                Err(error) => {
                    tracing::debug!(%error, "a screen cannot be seen any more");
                    (self.seen)(Seen::Gone);
                    return;
                }
            }
            // What came late makes not all that follow come at once.
            next = (next + interval).max(Instant::now());
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        eye.close(connection);
    }
}
