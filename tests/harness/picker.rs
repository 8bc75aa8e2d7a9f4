//! What a program asks for a file where desktops have a portal: here one that answers at once, with the file a test has
//! chosen. No dialog, and nothing to be typed into one.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use zbus::{
    Connection, connection, fdo, interface,
    message::Header,
    object_server::ResponseDispatchNotifier,
    zvariant::{OwnedObjectPath, OwnedValue, Value},
};

use crate::{Desktop, wait::until};

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const REQUEST: &str = "org.freedesktop.portal.Request";
/// A file was chosen, or the question was closed.
const CHOSEN: u32 = 0;
const CLOSED: u32 = 1;
/// How often whoever stays on the bus is told.
const TOLD: usize = 50;

/// Who chooses files on a desktop. GTK asks there where `GDK_DEBUG` says `portals`.
pub struct Picker {
    state: Arc<Mutex<State>>,
    _connection: Connection,
}

#[derive(Default)]
struct State {
    file: Option<PathBuf>,
    asked: usize,
}

impl Picker {
    pub async fn start(desktop: &Desktop) -> Result<Self> {
        let state = Arc::new(Mutex::new(State::default()));
        let connection = connection::Builder::address(desktop.bus())?
            .serve_at(PATH, FileChooser(Arc::clone(&state)))?
            .name(PORTAL)?
            .build()
            .await
            .context("nobody can choose files on this bus")?;
        Ok(Self { state, _connection: connection })
    }

    /// What is chosen from now on.
    pub fn choose(&self, file: &Path) {
        lock(&self.state).file = Some(file.to_path_buf());
    }

    /// How often a file was asked for.
    pub fn asked(&self) -> usize {
        lock(&self.state).asked
    }

    /// Waits until a file was asked for so often.
    pub async fn answered(&self, times: usize) -> Result<()> {
        until("a file to be asked for", async || (self.asked() >= times).then_some(())).await
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

struct FileChooser(Arc<Mutex<State>>);

#[interface(name = "org.freedesktop.portal.FileChooser")]
impl FileChooser {
    async fn open_file(
        &self,
        _window: String,
        _title: String,
        options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> fdo::Result<ResponseDispatchNotifier<OwnedObjectPath>> {
        let failed = |what: &str| fdo::Error::Failed(what.to_owned());
        let sender = header.sender().ok_or_else(|| failed("nobody asks"))?.to_owned();
        let token = options.get("handle_token").and_then(|token| <&str>::try_from(token).ok()).unwrap_or("request");
        let who = sender.trim_start_matches(':').replace('.', "_");
        let handle = OwnedObjectPath::try_from(format!("{PATH}/request/{who}/{token}"))
            .map_err(|why| fdo::Error::Failed(why.to_string()))?;
        let file = {
            let mut state = lock(&self.0);
            state.asked += 1;
            state.file.clone()
        };
        let (response, sent) = ResponseDispatchNotifier::new(handle.clone());
        let speaking = connection.clone();
        let answering = async move {
            // GTK forgets its question with the answer, and then trips over a handle that comes after it
            sent.await;
            let results: HashMap<&str, Value<'_>> = file.iter().map(|file| ("uris", vec![uri(file)].into())).collect();
            let answer = (if file.is_some() { CHOSEN } else { CLOSED }, results);
            // rfd 0.17 may read the answer together with the handle, and then looks at it only when more has come: it is
            // told again until it hangs up. GTK hears the first, and stays.
            let Ok(bus) = fdo::DBusProxy::new(&speaking).await else { return };
            for _ in 0..TOLD {
                let _ = speaking.emit_signal(Some(sender.clone()), &handle, REQUEST, "Response", &answer).await;
                if !bus.name_has_owner(sender.clone().into()).await.unwrap_or(false) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        connection.executor().spawn(answering, "answer").detach();
        Ok(response)
    }

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        3
    }
}

fn uri(file: &Path) -> String {
    let mut uri = "file://".to_owned();
    for byte in file.to_string_lossy().bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
