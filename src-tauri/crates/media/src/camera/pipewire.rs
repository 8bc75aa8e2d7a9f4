//! The cameras that PipeWire knows.
//!
//! The socket is asked as any program may. Inside a Flatpak it is not there: the portal (`org.freedesktop.portal.Camera`)
//! asks the person and gives a connection, which would be a [`Remote::Opened`]; nothing else would be different.

use std::path::PathBuf;

use super::{Camera, Cameras, Capture, Failure, Seen};
use crate::pipewire::{Pace, Remote, Target, Wish, cameras, watch};

/// Pictures a second at most, as calls have them.
const RATE: u32 = 30;

/// The cameras at one daemon.
#[derive(Debug, Clone, Default)]
pub struct PipeWire {
    socket: Option<PathBuf>,
}

impl PipeWire {
    /// At the daemon with this socket, or that of the environment.
    pub fn new(socket: Option<PathBuf>) -> Self {
        Self { socket }
    }

    /// As [`Cameras::list`], but tells where PipeWire is not running.
    ///
    /// # Errors
    /// [`Failure::Unseen`].
    pub fn find(&self) -> Result<Vec<Camera>, Failure> {
        let nodes = cameras(self.remote())?;
        Ok(nodes.into_iter().map(|node| Camera { id: node.name, name: node.description }).collect())
    }

    fn remote(&self) -> Remote {
        self.socket.clone().map_or(Remote::Session, Remote::Socket)
    }
}

impl Cameras for PipeWire {
    fn list(&self) -> Vec<Camera> {
        self.find().unwrap_or_else(|error| {
            tracing::debug!(%error, "no cameras of PipeWire");
            Vec::new()
        })
    }

    fn open(&self, id: Option<&str>, seen: Box<dyn FnMut(Seen) + Send>) -> Result<Box<dyn Capture>, Failure> {
        let mut found = self.find()?.into_iter();
        let camera = match id {
            Some(id) => found.find(|camera| camera.id == id).ok_or(Failure::Gone)?,
            None => found.next().ok_or_else(|| Failure::Unseen("there is no camera".into()))?,
        };
        let wish = Wish { target: Target::Named(camera.id), pace: Pace::Source, rate: RATE };
        Ok(Box::new(watch(self.remote(), wish, seen)?))
    }
}
