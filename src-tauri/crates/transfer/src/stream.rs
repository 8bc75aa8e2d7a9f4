//! A file through any stream: exactly its bytes, from wherever an earlier try stopped, hashed on both sides. The stream
//! may be a SOCKS5 socket, a data channel or in-band stanzas.

use std::path::PathBuf;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::control::Control;
use crate::disk::{CHUNK, Reading, Sink, Source, Writing, Written};
use crate::error::Error;
use crate::file::{Algo, Hash, Part, check, room};

/// A file to send, or a range of it (XEP-0234 §6.4).
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub path: PathBuf,
    /// Bytes of the file as they were offered; where it has others now, nothing is sent.
    pub size: u64,
    /// Where to begin.
    pub offset: u64,
    /// Bytes from there on; `None` to the end.
    pub length: Option<u64>,
    /// Of the whole file, whatever range is sent.
    pub algorithms: Vec<Algo>,
    /// How long the other side may take nothing.
    pub idle: Duration,
}

/// A file to receive, or the rest of it.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Bytes of the whole file.
    pub size: u64,
    /// Bytes that are in the part already, as they were agreed on; the rest of the part is thrown away.
    pub offset: u64,
    /// Of the whole file; checked.
    pub hashes: Vec<Hash>,
    /// To be computed besides, for a checksum that comes later.
    pub algorithms: Vec<Algo>,
    /// How long nothing may come.
    pub idle: Duration,
}

/// Writes the file to `writer`, flushes it and closes the writing side. The hashes, in the order asked for.
///
/// # Errors
/// [`Error::Changed`] and [`Error::NoFile`] where the file is not what was offered, [`Error::Cut`] where the other side
/// is gone, [`Error::Stalled`], [`Error::Cancelled`].
pub async fn send(
    what: Outgoing,
    writer: &mut (impl AsyncWrite + Unpin),
    control: &Control,
) -> Result<Vec<Hash>, Error> {
    let Outgoing { path, size, offset, length, algorithms, idle } = what;
    let length = length.unwrap_or(size.saturating_sub(offset));
    control.begin(offset, Some(size));
    let mut source = Source::new(Reading { path, size, offset, length, algorithms, sealer: None });
    loop {
        let chunk = tokio::select! {
            biased;
            chunk = source.next() => chunk,
            cancelled = control.cancelled() => return Err(cancelled),
        };
        let Some(mut chunk) = chunk else { break };
        let whole = chunk.clone();
        while !chunk.is_empty() {
            let written = control.step(idle, writer.write(&chunk)).await?.map_err(|error| Error::cut(&error))?;
            if written == 0 {
                return Err(Error::Cut("the other side takes nothing".into()));
            }
            let _ = chunk.split_to(written);
            control.advance(written);
        }
        drop(chunk);
        source.give_back(whole);
    }
    let hashes = source.finish().await?;
    control.step(idle, writer.flush()).await?.map_err(|error| Error::cut(&error))?;
    // Whether the other side has everything, it says itself; a socket that it closed already is no failure.
    let _ = control.step(idle, writer.shutdown()).await?;
    control.end();
    Ok(hashes)
}

/// Reads the rest of a file from `reader` into `part`, and checks the whole. All hashes that were promised or asked
/// for.
///
/// # Errors
/// [`Error::TooLittle`] where the stream ends early: the part keeps what came. [`Error::TooMuch`] where more comes at
/// once, [`Error::Hash`] where it is not what was promised: the part is empty then. [`Error::DiskFull`],
/// [`Error::Cut`], [`Error::Stalled`], [`Error::Cancelled`].
pub async fn receive(
    what: Incoming,
    reader: &mut (impl AsyncRead + Unpin),
    part: &Part,
    control: &Control,
) -> Result<Vec<Hash>, Error> {
    let Incoming { size, offset, hashes, algorithms, idle } = what;
    if offset > size || offset > part.size() {
        return Err(Error::Changed);
    }
    room(part.path().parent().unwrap_or(part.path()), size - offset, 0, None)?;
    let algorithms = hashes.iter().map(|hash| hash.algo).chain(algorithms).collect();
    control.begin(offset, Some(size));
    let mut sink = Sink::new(Writing { file: part.file()?, offset, algorithms, opener: None });
    let came = fill(reader, size, offset, &mut sink, idle, control).await;
    // Also where it broke off: what came is on the disk before anybody tries again.
    let written = sink.finish().await;
    let done = match (came, written) {
        (Ok(()), Ok(Written { hashes: found, .. })) => check(&found, &hashes).map(|()| found),
        (_, Err(error)) | (Err(error), _) => Err(error),
    };
    match &done {
        Ok(_) => control.end(),
        Err(Error::Hash(_) | Error::TooMuch { .. }) => part.empty()?,
        Err(_) => {}
    }
    done
}

async fn fill(
    reader: &mut (impl AsyncRead + Unpin),
    size: u64,
    offset: u64,
    sink: &mut Sink,
    idle: Duration,
    control: &Control,
) -> Result<(), Error> {
    let mut got = offset;
    while got < size {
        let mut buffer = sink.buffer();
        // One more than there should be, so that too much is noticed.
        let most = usize::try_from(size - got + 1).map_or(CHUNK, |most| most.min(CHUNK));
        // What is there already goes with it, so that small pieces do not cost much each; nothing is waited for.
        let mut ended = false;
        while buffer.len() < most {
            let mut rest = (&mut *reader).take((most - buffer.len()) as u64);
            let read = if buffer.is_empty() {
                control.step(idle, rest.read_buf(&mut buffer)).await?
            } else {
                let Some(read) = rest.read_buf(&mut buffer).now_or_never() else { break };
                read
            };
            ended = read.map_err(|error| Error::cut(&error))? == 0;
            if ended {
                break;
            }
        }
        let read = buffer.len() as u64;
        if read > size - got {
            return Err(Error::TooMuch { expected: size });
        }
        got += read;
        control.advance(buffer.len());
        let taken = tokio::select! {
            biased;
            taken = sink.take(buffer.freeze()) => taken,
            cancelled = control.cancelled() => return Err(cancelled),
        };
        if !taken {
            return Ok(());
        }
        if ended && got < size {
            return Err(Error::TooLittle { expected: size, got });
        }
    }
    // A stream that ends is not waited for; one that goes on is found lying.
    let mut more = [0_u8];
    match reader.read(&mut more).now_or_never() {
        Some(Ok(1..)) => Err(Error::TooMuch { expected: size }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
