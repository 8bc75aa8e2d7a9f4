//! Cameras, to be seen by others.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub mod pipewire;
#[cfg(target_os = "linux")]
pub mod v4l;

use std::sync::Arc;

pub use crate::screen::{Capture, Failure, Seen};

/// A camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Camera {
    /// Stays the same when it is plugged in again, so it can be kept in settings.
    pub id: String,
    /// For people.
    pub name: String,
}

/// The cameras of this machine.
pub trait Cameras: Send + Sync {
    /// All there are, the usual one first. May take a moment.
    fn list(&self) -> Vec<Camera>;

    /// Looks through one, or the usual one, in a thread of its own, until what is returned is dropped. Pictures come as often
    /// and as large as is usual for a call.
    ///
    /// # Errors
    /// [`Failure`].
    fn open(&self, id: Option<&str>, seen: Box<dyn FnMut(Seen) + Send>) -> Result<Box<dyn Capture>, Failure>;
}

/// A machine without any.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCameras;

impl Cameras for NoCameras {
    fn list(&self) -> Vec<Camera> {
        Vec::new()
    }

    fn open(&self, _: Option<&str>, _: Box<dyn FnMut(Seen) + Send>) -> Result<Box<dyn Capture>, Failure> {
        Err(Failure::Unseen("there is no camera".into()))
    }
}

/// Those of where this runs.
pub fn here() -> Arc<dyn Cameras> {
    #[cfg(target_os = "linux")]
    return Arc::new(linux::Linux::default());
    #[cfg(not(target_os = "linux"))]
    Arc::new(NoCameras)
}
