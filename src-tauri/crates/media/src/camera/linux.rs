//! A Linux computer: PipeWire where it has cameras, else the kernel.

use super::pipewire::PipeWire;
use super::v4l::V4l;
use super::{Camera, Cameras, Capture, Failure, Seen};

/// Both of them.
#[derive(Debug, Clone, Default)]
pub struct Linux {
    pipewire: PipeWire,
    kernel: V4l,
}

impl Cameras for Linux {
    /// Those of PipeWire and no others, where it has any: they are the same ones, and two programs can look through one.
    fn list(&self) -> Vec<Camera> {
        let found = self.pipewire.list();
        if found.is_empty() { self.kernel.list() } else { found }
    }

    fn open(&self, id: Option<&str>, seen: Box<dyn FnMut(Seen) + Send>) -> Result<Box<dyn Capture>, Failure> {
        // The kernel's are known by paths.
        let kernel = match id {
            Some(id) => id.starts_with('/'),
            None => self.pipewire.list().is_empty(),
        };
        if kernel { self.kernel.open(id, seen) } else { self.pipewire.open(id, seen) }
    }
}
