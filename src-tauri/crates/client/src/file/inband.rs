//! Bytes between stanzas (XEP-0047): to whoever moves a file it is a stream like others; the account reads and writes the
//! stanzas.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::AbortHandle;
use waxwing_jingle::ibb;

use super::carry::{Step, Stream, Tell};

/// Bytes that wait between the two.
const BUFFER: usize = 64 * 1024;

/// Such a stream, as the account has it.
pub(crate) struct InBand {
    pub stream: ibb::Stream,
    /// Where what comes goes; nothing once it has ended.
    pub inlet: Option<mpsc::UnboundedSender<Vec<u8>>>,
    /// Requests whose bytes are still to be taken: they are answered then, so that nobody sends faster than it is stored.
    pub unanswered: std::collections::VecDeque<String>,
    /// One for each block that may be on its way.
    room: Arc<Semaphore>,
    /// All of ours was handed over.
    pub ended: bool,
    task: AbortHandle,
}

impl Drop for InBand {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl InBand {
    /// Ours goes out in blocks, as many at once as the stream lets go.
    pub fn outgoing(stream: ibb::Stream, tell: Tell) -> (Self, Box<dyn Stream>) {
        let stream = stream.with_window(ibb::MOST_WAITING);
        let (near, far) = duplex(BUFFER);
        // None goes before the stream is open.
        let room = Arc::new(Semaphore::new(0));
        let task = tokio::spawn(blocks(near, usize::from(stream.block()), room.clone(), tell)).abort_handle();
        (
            Self { stream, inlet: None, unanswered: std::collections::VecDeque::new(), room, ended: false, task },
            Box::new(far),
        )
    }

    /// Theirs comes in.
    pub fn incoming(stream: ibb::Stream, tell: Tell) -> (Self, Box<dyn Stream>) {
        let (mut near, far) = duplex(BUFFER);
        let (inlet, mut came) = mpsc::unbounded_channel::<Vec<u8>>();
        let task = tokio::spawn(async move {
            while let Some(bytes) = came.recv().await {
                if near.write_all(&bytes).await.is_err() {
                    return;
                }
                tell(Step::Took);
            }
            let _ = near.shutdown().await;
        });
        let (room, task) = (Arc::new(Semaphore::new(0)), task.abort_handle());
        let unanswered = std::collections::VecDeque::new();
        (Self { stream, inlet: Some(inlet), unanswered, room, ended: false, task }, Box::new(far))
    }

    /// Blocks may go.
    pub fn opened(&self) {
        self.room.add_permits(usize::from(ibb::MOST_WAITING));
    }

    /// One has an answer: the next may go.
    pub fn answered(&mut self, refused: bool) {
        self.stream.answered(refused);
        self.room.add_permits(1);
    }
}

async fn blocks(mut from: DuplexStream, size: usize, room: Arc<Semaphore>, tell: Tell) {
    loop {
        let Ok(place) = room.acquire().await else { return };
        place.forget();
        let (mut block, mut filled) = (vec![0; size], 0);
        while filled < size {
            match from.read(&mut block[filled..]).await {
                Ok(0) | Err(_) => break,
                Ok(read) => filled += read,
            }
        }
        block.truncate(filled);
        if filled > 0 {
            tell(Step::Block(Some(block)));
        }
        if filled < size {
            return tell(Step::Block(None));
        }
    }
}
