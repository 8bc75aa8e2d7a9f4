//! The disk's side of a transfer: a thread that reads and one that writes, hashing as they go, so that neither the disk
//! nor the hash holds up the network. A few buffers go round between them and the other side.

use std::fs::File;
use std::io::{IoSlice, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::error::Error;
use crate::file::{Algo, Hash, Hasher};
use crate::gcm::{Opener, Sealer, TAG};

/// Bytes read or written at once.
pub(crate) const CHUNK: usize = 256 * 1024;
/// Chunks on their way at most: 2 MiB.
const DEPTH: usize = 8;
const CRASHED: &str = "the thread ended";

/// Reads `length` bytes at most, chunk by chunk; how many there were.
pub(crate) fn feed(mut file: &File, length: u64, take: &mut dyn FnMut(&[u8])) -> Result<u64, Error> {
    let mut buffer = vec![0_u8; CHUNK];
    let mut done = 0;
    while done < length {
        let most = usize::try_from(length - done).map_or(CHUNK, |left| left.min(CHUNK));
        let read = file.read(&mut buffer[..most]).map_err(Error::disk("reading a file"))?;
        if read == 0 {
            break;
        }
        take(&buffer[..read]);
        done += read as u64;
    }
    Ok(done)
}

/// What to read.
#[derive(Debug)]
pub(crate) struct Reading {
    pub path: PathBuf,
    /// What the file has to have; another size is a changed file.
    pub size: u64,
    pub offset: u64,
    /// From `offset`.
    pub length: u64,
    /// Of the whole file, whatever part is read.
    pub algorithms: Vec<Algo>,
    /// Encrypts, which adds the tag at the end.
    pub sealer: Option<Sealer>,
}

/// Chunks as they are read.
#[derive(Debug)]
pub(crate) struct Chunks(mpsc::Receiver<Bytes>);

impl Chunks {
    pub(crate) fn new(chunks: mpsc::Receiver<Bytes>) -> Self {
        Self(chunks)
    }

    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.0.poll_recv(context)
    }
}

/// A file as it is read. Dropping it ends the thread at its next chunk.
#[derive(Debug)]
pub(crate) struct Source {
    chunks: mpsc::Receiver<Bytes>,
    empty: mpsc::Sender<BytesMut>,
    thread: JoinHandle<Result<Vec<Hash>, Error>>,
}

impl Source {
    pub(crate) fn new(reading: Reading) -> Self {
        let (send, chunks) = mpsc::channel(DEPTH);
        let (empty, spare) = mpsc::channel(DEPTH);
        Self { chunks, empty, thread: spawn_blocking(move || read(reading, &send, spare)) }
    }

    /// `None` at the end, whether it was a good one says [`Source::finish`].
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        self.chunks.recv().await
    }

    /// The chunks, and apart from them how it ended; for buffers that do not come back.
    pub(crate) fn split(self) -> (Chunks, JoinHandle<Result<Vec<Hash>, Error>>) {
        (Chunks(self.chunks), self.thread)
    }

    /// A chunk that is done with, to be filled again.
    pub(crate) fn give_back(&self, chunk: Bytes) {
        if let Ok(chunk) = chunk.try_into_mut() {
            let _ = self.empty.try_send(chunk);
        }
    }

    /// The hashes, or why the end came.
    pub(crate) async fn finish(self) -> Result<Vec<Hash>, Error> {
        let Self { thread, chunks, .. } = self;
        drop(chunks);
        joined(thread.await)
    }
}

fn joined<T>(result: Result<Result<T, Error>, tokio::task::JoinError>) -> Result<T, Error> {
    result.unwrap_or_else(|error| Err(Error::Disk { doing: CRASHED, reason: error.to_string() }))
}

fn read(reading: Reading, send: &mpsc::Sender<Bytes>, mut spare: mpsc::Receiver<BytesMut>) -> Result<Vec<Hash>, Error> {
    let file = crate::file::open(&reading.path)?;
    let before = file.metadata().map_err(Error::disk("reading a file"))?;
    if before.len() != reading.size || reading.offset.saturating_add(reading.length) > reading.size {
        return Err(Error::Changed);
    }
    let mut hasher = Hasher::new(reading.algorithms);
    if hasher.is_empty() {
        (&file).seek(SeekFrom::Start(reading.offset)).map_err(Error::disk("reading a file"))?;
    } else {
        feed(&file, reading.offset, &mut |bytes| hasher.update(bytes))?;
    }
    let mut sealer = reading.sealer;
    let mut left = reading.length;
    while left > 0 {
        let most = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
        let mut chunk = spare.try_recv().unwrap_or_else(|_| BytesMut::zeroed(CHUNK));
        chunk.resize(most, 0);
        (&file).read_exact(&mut chunk).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Error::Changed,
            _ => Error::disk("reading a file")(error),
        })?;
        hasher.update(&chunk);
        if let Some(sealer) = &mut sealer {
            sealer.update(&mut chunk);
        }
        left -= most as u64;
        if send.blocking_send(chunk.freeze()).is_err() {
            return Err(Error::Cancelled);
        }
    }
    let same = file
        .metadata()
        .is_ok_and(|after| after.len() == before.len() && after.modified().ok() == before.modified().ok());
    if !same {
        return Err(Error::Changed);
    }
    // After the check, so that a file that changed is never sealed.
    if let Some(sealer) = sealer
        && send.blocking_send(Bytes::copy_from_slice(&sealer.finish())).is_err()
    {
        return Err(Error::Cancelled);
    }
    if !hasher.is_empty() {
        feed(&file, u64::MAX, &mut |bytes| hasher.update(bytes))?;
    }
    Ok(hasher.finish())
}

/// What to write to, and from where on.
#[derive(Debug)]
pub(crate) struct Writing {
    /// Open for reading and writing.
    pub file: File,
    /// Bytes that are there and stay; what is behind is cut off.
    pub offset: u64,
    /// Of the whole file.
    pub algorithms: Vec<Algo>,
    /// Decrypts; what comes ends with the tag.
    pub opener: Option<Opener>,
}

/// Takes chunks for a file. Dropping it leaves what was written, for another try.
#[derive(Debug)]
pub(crate) struct Sink {
    chunks: mpsc::Sender<Bytes>,
    spare: mpsc::Receiver<BytesMut>,
    thread: JoinHandle<Result<Written, Error>>,
}

/// What is in the file now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub size: u64,
    pub hashes: Vec<Hash>,
}

impl Sink {
    pub(crate) fn new(writing: Writing) -> Self {
        let (chunks, receive) = mpsc::channel(DEPTH);
        let (empty, spare) = mpsc::channel(DEPTH);
        Self { chunks, spare, thread: spawn_blocking(move || write(writing, receive, &empty)) }
    }

    /// A buffer to fill.
    pub(crate) fn buffer(&mut self) -> BytesMut {
        let mut buffer = self.spare.try_recv().unwrap_or_default();
        buffer.clear();
        buffer.reserve(CHUNK);
        buffer
    }

    /// Waits while the disk is behind; `false` once it has failed, and [`Sink::finish`] says how.
    pub(crate) async fn take(&mut self, chunk: Bytes) -> bool {
        self.chunks.send(chunk).await.is_ok()
    }

    pub(crate) async fn finish(self) -> Result<Written, Error> {
        let Self { chunks, thread, .. } = self;
        drop(chunks);
        joined(thread.await)
    }
}

fn write(
    writing: Writing,
    mut chunks: mpsc::Receiver<Bytes>,
    empty: &mpsc::Sender<BytesMut>,
) -> Result<Written, Error> {
    let Writing { mut file, offset, algorithms, mut opener } = writing;
    // An earlier try may still be writing its last chunks.
    if let Err(error) = file.lock() {
        tracing::debug!(%error, "a part cannot be locked");
    }
    let mut hasher = Hasher::new(algorithms);
    file.seek(SeekFrom::Start(0)).map_err(Error::disk("reading a file"))?;
    if !hasher.is_empty() || opener.is_some() {
        let known = feed(&file, offset, &mut |bytes| {
            hasher.update(bytes);
            if let Some(opener) = &mut opener {
                opener.skip(bytes);
            }
        })?;
        if known < offset {
            return Err(Error::Changed);
        }
    }
    // Not for devices, which only tests write to.
    if file.metadata().map_err(Error::disk("writing a file"))?.is_file() {
        file.set_len(offset).map_err(Error::disk("writing a file"))?;
        file.seek(SeekFrom::Start(offset)).map_err(Error::disk("writing a file"))?;
    }
    let mut size = offset;
    let mut batch: Vec<Bytes> = Vec::with_capacity(DEPTH);
    while let Some(first) = chunks.blocking_recv() {
        batch.push(first);
        while batch.len() < DEPTH
            && let Ok(next) = chunks.try_recv()
        {
            batch.push(next);
        }
        if let Some(opener) = &mut opener {
            for chunk in &mut batch {
                *chunk = opener.update(chunk);
            }
        }
        for chunk in &batch {
            hasher.update(chunk);
            size += chunk.len() as u64;
        }
        write_all(&mut file, &batch)?;
        for chunk in batch.drain(..) {
            if let Ok(chunk) = chunk.try_into_mut() {
                let _ = empty.try_send(chunk);
            }
        }
    }
    if let Some(opener) = opener {
        opener.finish()?;
    }
    Ok(Written { size, hashes: hasher.finish() })
}

fn write_all(file: &mut File, batch: &[Bytes]) -> Result<(), Error> {
    let mut slices: Vec<IoSlice<'_>> = batch.iter().map(|chunk| IoSlice::new(chunk)).collect();
    let mut slices = slices.as_mut_slice();
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        match file.write_vectored(slices) {
            Ok(0) => return Err(Error::DiskFull { needed: 0, free: 0 }),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::disk("writing a file")(error)),
        }
    }
    Ok(())
}

/// Bytes that an encrypted file is longer by.
pub(crate) const SEAL: u64 = TAG as u64;

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_full_disk_is_said_so() {
        let file = File::options().read(true).write(true).open("/dev/full").unwrap();
        let mut sink = Sink::new(Writing { file, offset: 0, algorithms: Vec::new(), opener: None });
        while sink.take(Bytes::from_static(&[0; 4096])).await {}
        assert_eq!(sink.finish().await, Err(Error::DiskFull { needed: 0, free: 0 }));
    }

    #[tokio::test]
    async fn a_file_that_changes_is_not_sent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, vec![7; 8 * CHUNK * DEPTH]).unwrap();
        let size = (8 * CHUNK * DEPTH) as u64;
        let reading = |size, length| Reading {
            path: path.clone(),
            size,
            offset: 0,
            length,
            algorithms: vec![Algo::Sha256],
            sealer: None,
        };
        for wrong in [size - 1, size + 1] {
            let mut source = Source::new(reading(wrong, 1));
            assert_eq!(source.next().await, None);
            assert_eq!(source.finish().await, Err(Error::Changed));
        }
        // It grows while the thread waits for somebody to take the chunks.
        let mut source = Source::new(reading(size, size));
        assert!(source.next().await.is_some());
        File::options().append(true).open(&path).unwrap().write_all(b"more").unwrap();
        while source.next().await.is_some() {}
        assert_eq!(source.finish().await, Err(Error::Changed));
    }
}
