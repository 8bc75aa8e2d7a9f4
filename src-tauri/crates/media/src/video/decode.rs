//! Pictures from frames, for a window that cannot decode by itself.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use waxwing_vp8::Decoder;

use super::{Encoded, Incoming, Picture};

/// A picture, and when it is shown: microseconds since the first, by the sender's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub picture: Picture,
    pub timestamp_us: i64,
}

/// Decodes in a thread of its own. Who looks sees the newest; it ends when nobody looks any more, or nothing comes.
///
/// # Errors
/// There are no threads left.
pub fn decode(
    incoming: Arc<Incoming>,
    mut frames: mpsc::Receiver<Encoded>,
) -> std::io::Result<watch::Receiver<Option<Shown>>> {
    let (newest, output) = watch::channel(None);
    let work = move || {
        let mut decoder = Decoder::new();
        while let Some(frame) = frames.blocking_recv() {
            match decoder.decode(&frame.data) {
                Ok(Some(decoded)) => {
                    let shown = Shown { picture: decoded.into(), timestamp_us: frame.timestamp_us };
                    if newest.send(Some(shown)).is_err() {
                        return;
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(%error, "a frame could not be decoded");
                    incoming.request_key();
                }
            }
        }
    };
    std::thread::Builder::new().name("video decoder".into()).spawn(work)?;
    Ok(output)
}
