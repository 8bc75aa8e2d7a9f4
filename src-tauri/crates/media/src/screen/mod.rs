//! Screens and windows, to be shown to others.

#[cfg(target_os = "linux")]
pub mod portal;
#[cfg(all(unix, not(target_os = "macos")))]
pub mod x11;

use std::sync::Arc;

use crate::video::Picture;

/// Pixels of what is chosen from, at most.
pub const THUMBNAIL: (usize, usize) = (240, 150);

/// A whole screen, or one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Id {
    Screen(u32),
    Window(u32),
    /// Whatever the person says when the desktop asks, once it is to be shown.
    Asked,
}

/// Something that can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub id: Id,
    /// As its window or its plug is called; may be empty.
    pub title: String,
    /// Pixels.
    pub width: usize,
    pub height: usize,
    /// What it looks like now, where that can be seen.
    pub thumbnail: Option<Thumbnail>,
}

/// A small picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    pub width: usize,
    pub height: usize,
    /// Four bytes a pixel: red, green, blue, and how opaque.
    pub rgba: Vec<u8>,
}

/// What is seen of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// As it looks now, with the pointer where it is over it.
    Picture(Picture),
    /// The window is closed, or the screen is gone. Nothing comes after it.
    Gone,
}

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There is nothing that can be shown, or no way to see it.
    #[error("nothing can be seen: {0}")]
    Unseen(String),
    /// It was there, and is no more.
    #[error("it is gone")]
    Gone,
}

/// Shows as long as it is kept.
pub trait Capture: Send {}

/// The screens and windows of this machine.
pub trait Screens: Send + Sync {
    /// All that can be shown, screens first.
    ///
    /// # Errors
    /// [`Failure::Unseen`].
    fn list(&self) -> Result<Vec<Source>, Failure>;

    /// Looks at one of them so many times a second, from 1 to 60, in a thread of its own, until what is returned is dropped.
    ///
    /// # Errors
    /// [`Failure`].
    fn capture(&self, id: Id, rate: u32, seen: Box<dyn FnMut(Seen) + Send>) -> Result<Box<dyn Capture>, Failure>;
}

/// Those of where this runs; nothing where they cannot be seen. Under Wayland, X11 shows nothing of other windows, and the
/// desktop's portal is asked.
pub fn here() -> Option<Arc<dyn Screens>> {
    #[cfg(target_os = "linux")]
    if std::env::var_os("WAYLAND_DISPLAY").is_some() {
        return Some(Arc::new(portal::Portal::default()));
    }
    #[cfg(all(unix, not(target_os = "macos")))]
    if std::env::var_os("WAYLAND_DISPLAY").is_none()
        && let Ok(found) = x11::X11::open(None)
    {
        return Some(Arc::new(found));
    }
    None
}
