//! The cameras that the kernel knows (Video4Linux), for where there is no PipeWire.
//!
//! One program has a camera at a time. The crate that calls the kernel panics where a driver says what it does not know, so
//! what is asked of it is asked where that ends nothing else.

mod look;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use v4l::Device;
use v4l::video::Capture as _;

use self::look::{Coding, Look};
use super::{Camera, Cameras, Capture, Failure, Seen};

/// No computer has more.
const MOST: usize = 64;

/// The cameras in one folder of devices.
#[derive(Debug, Clone)]
pub struct V4l {
    devices: PathBuf,
}

impl Default for V4l {
    fn default() -> Self {
        Self::new("/dev".into())
    }
}

impl V4l {
    /// Those whose devices lie here: `/dev`, but for tests.
    pub fn new(devices: PathBuf) -> Self {
        Self { devices }
    }

    /// What is called as devices for video are, by number.
    fn nodes(&self) -> Vec<PathBuf> {
        let Ok(entries) = self.devices.read_dir() else { return Vec::new() };
        let mut nodes: Vec<(u32, PathBuf)> = entries
            .flatten()
            .filter_map(|entry| Some((number(entry.file_name().to_str()?)?, entry.path())))
            .take(MOST)
            .collect();
        nodes.sort();
        nodes.into_iter().map(|(_, path)| path).collect()
    }

    /// The link that leads to a device whichever number it has, or the device itself.
    fn lasting(&self, node: &Path) -> PathBuf {
        let links =
            ["v4l/by-id", "v4l/by-path"].into_iter().filter_map(|links| self.devices.join(links).read_dir().ok());
        let node = node.canonicalize().unwrap_or_else(|_| node.to_path_buf());
        let mut links = links.flatten().flatten().map(|entry| entry.path());
        links.find(|link| link.canonicalize().is_ok_and(|to| to == node)).unwrap_or(node)
    }
}

/// 0 of `video0`.
fn number(name: &str) -> Option<u32> {
    name.strip_prefix("video")?.parse().ok()
}

impl Cameras for V4l {
    fn list(&self) -> Vec<Camera> {
        let camera = |node: PathBuf| {
            let name = catch_unwind(|| name(&node)).ok().flatten()?;
            Some(Camera { id: self.lasting(&node).to_str()?.to_owned(), name })
        };
        self.nodes().into_iter().filter_map(camera).collect()
    }

    fn open(&self, id: Option<&str>, seen: Box<dyn FnMut(Seen) + Send>) -> Result<Box<dyn Capture>, Failure> {
        let mut found = self.list().into_iter();
        let camera = match id {
            Some(id) => found.find(|camera| camera.id == id).ok_or(Failure::Gone)?,
            None => found.next().ok_or_else(|| Failure::Unseen("there is no camera".into()))?,
        };
        let over = Arc::new(AtomicBool::new(false));
        let mut look = Look { device: camera.id.into(), over: Arc::clone(&over), seen };
        let work = move || {
            match catch_unwind(AssertUnwindSafe(|| look.run())) {
                Ok(Ok(())) => return,
                Ok(Err(error)) => tracing::info!(%error, "a camera shows nothing more"),
                Err(_) => tracing::warn!("a camera's driver is not understood"),
            }
            (look.seen)(Seen::Gone);
        };
        let started = std::thread::Builder::new().name("camera".into()).spawn(work);
        started.map_err(|error| Failure::Unseen(error.to_string()))?;
        Ok(Box::new(Running(over)))
    }
}

/// What a device is called, if it films: there are others, for what cameras tell beside their pictures.
fn name(node: &Path) -> Option<String> {
    let device = Device::with_path(node).ok()?;
    let formats = device.enum_formats().ok()?;
    formats.iter().any(|format| Coding::of(format.fourcc).is_some()).then_some(())?;
    let card = device.query_caps().ok()?.card;
    Some(card.trim().to_owned()).filter(|card| !card.is_empty()).or_else(|| Some(node.to_str()?.to_owned()))
}

/// Looks as long as it is kept.
struct Running(Arc<AtomicBool>);

impl Capture for Running {}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
