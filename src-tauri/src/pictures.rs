//! Pictures of calls for the window: encoded frames over a channel of their own. A channel does not wait for the page, so
//! the page says what it has shown, and no more than a few are on their way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tauri::State;
use tauri::ipc::{Channel, InvokeResponseBody};
use tokio::sync::{Notify, Semaphore};
use tokio::task::AbortHandle;
use waxwing_client::{Looking, Shown};
use waxwing_contract::{Code, Failure, PictureOf};

use crate::backend::Backend;

/// Frames on their way to the page.
const ON_THEIR_WAY: usize = 4;
/// What stands before a picture: its kind, width, height, and microseconds.
const HEADER: usize = 24;
/// Encoded, and needs those before it; needs none; four bytes a pixel: red, green, blue, and how opaque.
const DELTA: u32 = 0;
const KEY: u32 = 1;
const PLAIN: u32 = 2;

/// What the page looks at, by the number it was told.
#[derive(Default)]
pub struct Watched(Mutex<(u32, HashMap<u32, Watching>)>);

struct Watching {
    room: Arc<Semaphore>,
    key: Arc<Notify>,
    task: AbortHandle,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Shows pictures of a call, as soon as they come, until it is ended; as pixels where the page cannot decode.
#[tauri::command]
pub async fn watch_pictures(
    backend: State<'_, Backend>,
    watched: State<'_, Watched>,
    call: String,
    of: PictureOf,
    plain: bool,
    channel: Channel<InvokeResponseBody>,
) -> Result<u32, Failure> {
    let Backend::Ready(client) = &*backend else {
        return Err(Failure::new(Code::NotFound, "there is no client"));
    };
    let pictures = client.pictures();
    let (room, key) = (Arc::new(Semaphore::new(ON_THEIR_WAY)), Arc::new(Notify::new()));
    let (its_room, its_key) = (room.clone(), key.clone());
    let task = tokio::spawn(async move {
        let looking = pictures.look(&call, of).await;
        let looking = if plain { looking.decoded() } else { looking };
        show(looking, &its_room, &its_key, &channel).await;
    });
    let mut state = watched.0.lock().unwrap_or_else(PoisonError::into_inner);
    state.0 = state.0.wrapping_add(1);
    let id = state.0;
    state.1.insert(id, Watching { room, key, task: task.abort_handle() });
    Ok(id)
}

async fn show(mut looking: Looking, room: &Semaphore, key: &Notify, channel: &Channel<InvokeResponseBody>) {
    loop {
        let Ok(place) = room.acquire().await else { return };
        place.forget();
        let frame = loop {
            tokio::select! {
                frame = looking.next() => break frame,
                () = key.notified() => looking.request_key(),
            }
        };
        let Some(frame) = frame else { return };
        let message = match frame {
            Shown::Encoded(frame) => {
                let kind = if frame.key { KEY } else { DELTA };
                message(kind, (frame.width, frame.height), frame.timestamp_us, &frame.data)
            }
            Shown::Plain(picture) => {
                let size = |pixels: usize| u32::try_from(pixels).unwrap_or(0);
                message(PLAIN, (size(picture.width()), size(picture.height())), 0, &picture.rgba())
            }
        };
        if channel.send(InvokeResponseBody::Raw(message)).is_err() {
            return;
        }
    }
}

fn message(kind: u32, (width, height): (u32, u32), timestamp: i64, data: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER + data.len());
    for number in [kind, width, height, 0] {
        message.extend(number.to_le_bytes());
    }
    message.extend(timestamp.to_le_bytes());
    message.extend(data);
    message
}

/// The page has shown a frame; or cannot go on without a key frame.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands state over by value")]
pub fn seen_picture(watched: State<'_, Watched>, id: u32, key: bool) {
    let state = watched.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(watching) = state.1.get(&id) {
        if key {
            watching.key.notify_one();
        } else {
            watching.room.add_permits(1);
        }
    }
}

/// The page looks away.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands state over by value")]
pub fn leave_pictures(watched: State<'_, Watched>, id: u32) {
    watched.0.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&id);
}
