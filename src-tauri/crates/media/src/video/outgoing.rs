//! Video that goes out: pictures, as large and as often as can be sent, encoded.

mod work;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc;

pub use super::ladder::Content;
use super::picture::Picture;
use crate::Error;
use crate::sender::Sender;

/// Encoded frames that wait for the connection to take them.
const WAITING: usize = 4;

/// What goes out at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sent {
    pub frames: u64,
    pub key_frames: u64,
    pub bytes: u64,
    /// Pictures that came too soon after another, or while the last was worked on.
    pub left_out: u64,
    /// Pixels.
    pub size: (u32, u32),
    /// Pictures a second at most, at the moment.
    pub rate: u32,
    /// Bits a second that are encoded with.
    pub bitrate: u32,
    /// How long encoding a picture took lately.
    pub took: Duration,
}

/// Video of one content. Dropping it ends it.
#[derive(Debug)]
pub struct Outgoing {
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

/// Where pictures are put in: the newest counts, and whoever puts it in never waits. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Feed(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    newest: Mutex<Newest>,
    came: Condvar,
    muted: AtomicBool,
    left_out: AtomicU64,
    sent: Mutex<Sent>,
}

#[derive(Debug, Default)]
struct Newest {
    picture: Option<(Picture, Instant)>,
    key: bool,
    over: bool,
}

/// A frame on its way out, and how long after the last.
struct Frame {
    data: Bytes,
    gap: Duration,
}

impl Outgoing {
    /// Sends what is put into the feed, `weight` being how large a part of what can be sent is for this among all videos of
    /// the connection.
    ///
    /// # Errors
    /// [`Error::Setup`] where there are no threads left.
    pub fn begin(sender: Sender, content: Content, weight: f64) -> Result<(Self, Feed), Error> {
        let shared = Arc::new(Shared::default());
        let (frames, mut output) = mpsc::channel::<Frame>(WAITING);
        let (link, ssrc) = (Arc::clone(sender.link()), sender.ssrc());
        link.weigh(ssrc, Some(weight));
        let work = work::Work::new(Arc::clone(&shared), link, ssrc, content, frames);
        std::thread::Builder::new()
            .name("video encoder".into())
            .spawn(move || work.run())
            .map_err(|error| Error::Setup(error.to_string()))?;
        let counts = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Some(Frame { data, gap }) = output.recv().await {
                let length = data.len() as u64;
                let sent = async {
                    sender.pause(gap).await?;
                    sender.send(data, Duration::ZERO).await
                };
                match sent.await {
                    Ok(()) => counts.count(|sent| sent.bytes += length),
                    // Before it is agreed on what is sent, nothing is; the first that is has to be a key frame.
                    Err(error) => {
                        tracing::trace!(%error, "a frame was not sent");
                        counts.lock().key = true;
                    }
                }
            }
        });
        let feed = Feed(Arc::clone(&shared));
        Ok((Self { shared, task }, feed))
    }

    /// The next frame is one that can be begun with.
    pub fn request_key(&self) {
        self.shared.lock().key = true;
        self.shared.came.notify_one();
    }

    /// Nothing is sent while it is muted.
    pub fn set_muted(&self, muted: bool) {
        if self.shared.muted.swap(muted, Ordering::Relaxed) && !muted {
            self.request_key();
        }
    }

    pub fn sent(&self) -> Sent {
        let sent = *self.shared.sent.lock().unwrap_or_else(PoisonError::into_inner);
        Sent { left_out: self.shared.left_out.load(Ordering::Relaxed), ..sent }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.shared.came.notify_one();
        self.task.abort();
    }
}

impl Feed {
    /// The picture as it is now. One that was not begun with is left out.
    pub fn put(&self, picture: Picture) {
        let left = self.0.lock().picture.replace((picture, Instant::now()));
        if left.is_some() {
            self.0.left_out.fetch_add(1, Ordering::Relaxed);
        }
        self.0.came.notify_one();
    }

    /// Whether anybody is there to take it.
    pub fn is_over(&self) -> bool {
        self.0.lock().over
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, change: impl FnOnce(&mut Sent)) {
        change(&mut self.sent.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
