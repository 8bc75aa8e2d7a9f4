//! The transport below the XML, with a meter on what is read.
//!
//! The parser holds an unfinished start tag in memory and tells nobody; the meter bounds how many bytes may arrive
//! between two finished children of the stream.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufReader, ReadBuf};

use crate::sieve::Sieve;
use crate::tap::Watch;

/// Bytes between two children of the stream before sign-in.
pub const BEFORE_SIGN_IN: usize = 64 * 1024;
/// Bytes between two children of the stream afterwards: a stanza that is skipped may be this large.
pub const AFTER_SIGN_IN: usize = 16 * 1024 * 1024;

/// More arrived for one child of the stream than the meter allows.
#[derive(Debug, thiserror::Error)]
#[error("more bytes than a stanza may have")]
pub struct TooManyBytes;

/// Anything a stream can run over.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// Counts bytes since it was last reset.
#[derive(Debug)]
pub struct Meter {
    since_reset: AtomicUsize,
    limit: AtomicUsize,
    total: AtomicU64,
}

impl Meter {
    /// Begins a new count.
    pub fn reset(&self) {
        self.since_reset.store(0, Ordering::Relaxed);
    }

    fn count(&self, bytes: usize) {
        self.since_reset.fetch_add(bytes, Ordering::Relaxed);
        self.total.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Sets how much may arrive between resets.
    pub fn set_limit(&self, bytes: usize) {
        self.limit.store(bytes, Ordering::Relaxed);
    }

    /// Everything read so far, in bytes.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }
}

/// A buffered, sifted, metered transport.
pub struct Wire {
    inner: BufReader<Box<dyn Transport>>,
    sieve: Sieve,
    /// What passed the sieve, and how much of it is consumed.
    sifted: Vec<u8>,
    consumed: usize,
    meter: Arc<Meter>,
    /// Goes out with the first flush.
    rider: Vec<u8>,
    watch: Watch,
}

impl Wire {
    /// Wraps a transport, with the limit that holds before sign-in.
    pub fn new(transport: Box<dyn Transport>, watch: Watch) -> Self {
        let meter = Meter {
            since_reset: AtomicUsize::new(0),
            limit: AtomicUsize::new(BEFORE_SIGN_IN),
            total: AtomicU64::new(0),
        };
        Self {
            inner: BufReader::with_capacity(32 * 1024, transport),
            sieve: Sieve::default(),
            sifted: Vec::new(),
            consumed: 0,
            meter: Arc::new(meter),
            rider: Vec::new(),
            watch,
        }
    }

    /// A stream begins anew on it (RFC 6120 §4.3.3): none of the old one's elements is open any more.
    pub fn restarted(mut self) -> Self {
        self.sieve = Sieve::default();
        self
    }

    /// Lets bytes ride along with what is flushed first: the stream's header and the sign-in behind it are one flight.
    pub fn with_rider(mut self, bytes: Vec<u8>) -> Self {
        self.rider = bytes;
        self
    }

    /// The meter.
    pub fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// Who watches.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// The transport, or nothing where bytes were read that nobody has consumed: after `<proceed/>` those were sent
    /// in the clear and must not be taken for encrypted ones (RFC 6120 §5.4.3.3).
    pub fn into_transport(self) -> Option<Box<dyn Transport>> {
        let empty = self.inner.buffer().is_empty() && self.consumed == self.sifted.len();
        empty.then(|| self.inner.into_inner())
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let ready = ready!(self.as_mut().poll_fill_buf(cx))?;
        let amount = ready.len().min(buf.remaining());
        buf.put_slice(&ready[..amount]);
        self.consume(amount);
        Poll::Ready(Ok(()))
    }
}

impl AsyncBufRead for Wire {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let Self { inner, sieve, sifted, consumed, meter, .. } = self.get_mut();
        loop {
            if meter.since_reset.load(Ordering::Relaxed) > meter.limit.load(Ordering::Relaxed) {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, TooManyBytes)));
            }
            if *consumed < sifted.len() {
                return Poll::Ready(Ok(&sifted[*consumed..]));
            }
            let raw = ready!(Pin::new(&mut *inner).poll_fill_buf(cx))?;
            let amount = raw.len();
            sifted.clear();
            *consumed = 0;
            if amount == 0 {
                return Poll::Ready(Ok(&[]));
            }
            sieve.pass(raw, sifted);
            Pin::new(&mut *inner).consume(amount);
            // What was left out came over the wire all the same.
            meter.count(amount.saturating_sub(sifted.len()));
        }
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        self.meter.count(amount);
        self.consumed += amount;
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while !this.rider.is_empty() {
            let written = ready!(Pin::new(&mut this.inner).poll_write(cx, &this.rider))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            this.rider.drain(..written);
        }
        Pin::new(&mut this.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
