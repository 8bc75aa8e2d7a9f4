//! What an upload sends, chunk by chunk as the connection takes it.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::future::BoxFuture;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use crate::control::Control;
use crate::disk::Chunks;
use crate::error::Error;

/// How far the body is, for whoever waits for the answer.
#[derive(Debug)]
pub(super) struct Sent {
    bytes: AtomicU64,
    moved: Mutex<Instant>,
}

impl Sent {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { bytes: AtomicU64::new(0), moved: Mutex::new(Instant::now()) })
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn touch(&self) {
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(super) fn moved(&self) -> Instant {
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Exactly as many bytes as the header says.
pub(super) struct Outgoing {
    pub chunks: Chunks,
    pub left: u64,
    pub control: Control,
    pub sent: Arc<Sent>,
    /// Waiting for a pause to end. The mutex is never locked: it makes the future shareable, as bodies have to be.
    pub gate: Option<Mutex<BoxFuture<'static, Result<(), Error>>>>,
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        if self.gate.is_none() && self.control.is_paused() {
            let control = self.control.clone();
            self.gate = Some(Mutex::new(Box::pin(async move { control.gate().await })));
        }
        if let Some(gate) = &mut self.gate {
            let gate = gate.get_mut().unwrap_or_else(PoisonError::into_inner);
            let open = ready!(gate.as_mut().poll(context));
            self.gate = None;
            if let Err(error) = open {
                return Poll::Ready(Some(Err(error)));
            }
        }
        let Some(chunk) = ready!(self.chunks.poll_next(context)) else {
            return Poll::Ready(Some(Err(Error::Changed)));
        };
        let length = chunk.len() as u64;
        if length > self.left {
            return Poll::Ready(Some(Err(Error::Changed)));
        }
        self.left -= length;
        self.sent.bytes.fetch_add(length, Ordering::Relaxed);
        self.sent.touch();
        self.control.advance(chunk.len());
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
