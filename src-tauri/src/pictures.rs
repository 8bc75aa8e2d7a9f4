//! Pictures of calls for the window. The page asks for each when it has room for one, so that none pile up on their way;
//! each costs one question and its answer, which is most of what showing a call takes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tauri::State;
use tauri::ipc::Response;
use tokio::sync::Notify;
use waxwing_client::{Looking, Pictures, Shown};
use waxwing_contract::{Code, Failure, PictureOf};

use crate::backend::Backend;

/// What stands before a picture: its kind, width, height, and microseconds.
const HEADER: usize = 24;
/// Encoded, and needs those before it; needs none; four bytes a pixel: red, green, blue, and how opaque.
const DELTA: u32 = 0;
const KEY: u32 = 1;
const PLAIN: u32 = 2;

/// What the page looks at, by the number it was told.
#[derive(Default)]
pub struct Watched(Mutex<(u32, HashMap<u32, Arc<Watching>>)>);

struct Watching {
    call: String,
    of: PictureOf,
    /// As pixels.
    plain: bool,
    pictures: Pictures,
    looking: tokio::sync::Mutex<Option<Looking>>,
    key: Notify,
    over: Notify,
}

impl Watched {
    /// Whoever looked at the same before has gone without a word: a page that was loaded again.
    fn begin(&self, watching: Watching) -> u32 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.1.retain(|_, other| {
            let stays = other.call != watching.call || other.of != watching.of;
            if !stays {
                other.over.notify_one();
            }
            stays
        });
        state.0 = state.0.wrapping_add(1);
        let id = state.0;
        state.1.insert(id, Arc::new(watching));
        id
    }

    fn get(&self, id: u32) -> Option<Arc<Watching>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.get(&id).cloned()
    }

    fn end(&self, id: u32) {
        let ended = self.0.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&id);
        if let Some(watching) = ended {
            watching.over.notify_one();
        }
    }
}

impl Watching {
    /// The next picture; nothing where no more come.
    async fn next(&self) -> Option<Shown> {
        let mut looking = self.looking.lock().await;
        let looking = match &mut *looking {
            Some(looking) => looking,
            none => {
                let found = self.pictures.look(&self.call, self.of).await;
                none.insert(if self.plain { found.decoded() } else { found })
            }
        };
        loop {
            tokio::select! {
                shown = looking.next() => return shown,
                () = self.key.notified() => looking.request_key(),
            }
        }
    }
}

/// Looks at pictures of a call, as soon as they come, until it is ended; as pixels where the page cannot decode.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands state over by value")]
pub fn watch_pictures(
    backend: State<'_, Backend>,
    watched: State<'_, Watched>,
    call: String,
    of: PictureOf,
    plain: bool,
) -> Result<u32, Failure> {
    let Backend::Ready(client) = &*backend else {
        return Err(Failure::new(Code::NotFound, "there is no client"));
    };
    let (pictures, looking) = (client.pictures(), tokio::sync::Mutex::default());
    Ok(watched.begin(Watching { call, of, plain, pictures, looking, key: Notify::new(), over: Notify::new() }))
}

/// Waits for the next picture. Empty where no more come.
#[tauri::command]
pub async fn next_picture(watched: State<'_, Watched>, id: u32) -> Result<Response, Failure> {
    let Some(watching) = watched.get(id) else { return Ok(Response::new(Vec::new())) };
    let shown = tokio::select! {
        () = watching.over.notified() => None,
        shown = watching.next() => shown,
    };
    Ok(Response::new(shown.map(|shown| message(&shown)).unwrap_or_default()))
}

fn message(shown: &Shown) -> Vec<u8> {
    match shown {
        Shown::Encoded(frame) => {
            let kind = if frame.key { KEY } else { DELTA };
            with_header(kind, (frame.width, frame.height), frame.timestamp_us, &frame.data)
        }
        Shown::Plain(picture) => {
            let size = |pixels: usize| u32::try_from(pixels).unwrap_or(0);
            with_header(PLAIN, (size(picture.width()), size(picture.height())), 0, &picture.rgba())
        }
    }
}

fn with_header(kind: u32, (width, height): (u32, u32), timestamp: i64, data: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER + data.len());
    for number in [kind, width, height, 0] {
        message.extend(number.to_le_bytes());
    }
    message.extend(timestamp.to_le_bytes());
    message.extend(data);
    message
}

/// The page cannot go on without a key frame.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands state over by value")]
pub fn ask_key(watched: State<'_, Watched>, id: u32) {
    if let Some(watching) = watched.get(id) {
        watching.key.notify_one();
    }
}

/// The page looks away.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands state over by value")]
pub fn leave_pictures(watched: State<'_, Watched>, id: u32) {
    watched.end(id);
}
