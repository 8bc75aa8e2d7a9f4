//! The real portal (xdg-desktop-portal), and behind it a desktop that answers at our word when it is asked to show a screen.
//!
//! The desktop is ours because none with a portal of its own runs without a graphics card: xdg-desktop-portal-wlr 0.7
//! refuses screens that a compositor draws in plain memory. What a program talks to, and by what it reaches PipeWire, is
//! what people have.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result};
use zbus::{
    Connection, ObjectServer, connection, fdo, interface,
    object_server::SignalEmitter,
    zvariant::{OwnedObjectPath, OwnedValue, Value},
};

use crate::{
    PipeWire, bus,
    child::{self, Child},
    paths::{Folder, program},
};

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const DESKTOP: &str = "org.freedesktop.impl.portal.desktop.waxwing";
const PATH: &str = "/org/freedesktop/portal/desktop";
const HERE: &str = "[portal]\nDBusName=org.freedesktop.impl.portal.desktop.waxwing\n\
                    Interfaces=org.freedesktop.impl.portal.ScreenCast\nUseIn=waxwing\n";
/// What a request comes to: it is granted, or the person closed the question.
const GRANTED: u32 = 0;
const REFUSED: u32 = 1;
/// An embedded pointer, and whole screens.
const EMBEDDED: u32 = 2;
const MONITOR: u32 = 1;

/// The portal. Dropping it ends it.
pub struct Portal {
    portal: Child,
    connection: Connection,
    asked: Arc<Mutex<Asked>>,
    _folder: Folder,
}

/// What was asked of the desktop, and how it answers.
#[derive(Default)]
struct Asked {
    /// The node that is shown; nothing is where the person refuses.
    shows: Option<u32>,
    /// Whether the pointer was to be a part of the picture.
    pointer: bool,
    sessions: Vec<OwnedObjectPath>,
}

impl Portal {
    /// On the session bus of this PipeWire. The person agrees to show the node of this number, or to nothing.
    pub async fn start(pipewire: &PipeWire, shows: Option<u32>) -> Result<Self> {
        let asked = Arc::new(Mutex::new(Asked { shows, ..Asked::default() }));
        let connection = connection::Builder::address(pipewire.bus().address.as_str())?
            .serve_at(PATH, ScreenCast(asked.clone()))?
            .name(DESKTOP)?
            .build()
            .await
            .context("no desktop on the bus")?;
        let folder = Folder::new("portal")?;
        fs::write(folder.path().join("waxwing.portal"), HERE)?;
        let found = Path::new("/usr/libexec/xdg-desktop-portal");
        let found = if found.is_file() { found.into() } else { program("xdg-desktop-portal", "xdg-desktop-portal")? };
        let mut command = child::command(found);
        pipewire.surround(&mut command);
        command.env("XDG_DESKTOP_PORTAL_DIR", folder.path()).env("XDG_CURRENT_DESKTOP", "waxwing");
        let log = folder.path().join("portal.log");
        let output = fs::File::create(&log)?;
        command.stdout(output.try_clone()?).stderr(output);
        let mut portal = Child::spawn("xdg-desktop-portal", command)?;
        bus::arrives(&connection, PORTAL, &mut portal, &log).await?;
        Ok(Self { portal, connection, asked, _folder: folder })
    }

    /// Whether the pointer was asked for.
    pub fn shows_pointer(&self) -> bool {
        lock(&self.asked).pointer
    }

    /// Sessions that were begun and not ended.
    pub fn sessions(&self) -> usize {
        lock(&self.asked).sessions.len()
    }

    /// Ends all that is shown, as who clicks "stop sharing" does.
    pub async fn stop(&self) -> Result<()> {
        let sessions = lock(&self.asked).sessions.clone();
        for path in sessions {
            let session = self.connection.object_server().interface::<_, Session>(path).await?;
            Session::closed(session.signal_emitter()).await?;
        }
        Ok(())
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        self.portal.kill();
    }
}

fn lock(asked: &Mutex<Asked>) -> std::sync::MutexGuard<'_, Asked> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

type Answer = (u32, HashMap<String, OwnedValue>);

struct ScreenCast(Arc<Mutex<Asked>>);

#[interface(name = "org.freedesktop.impl.portal.ScreenCast")]
impl ScreenCast {
    async fn create_session(
        &self,
        _handle: OwnedObjectPath,
        session: OwnedObjectPath,
        _app: String,
        _options: HashMap<String, OwnedValue>,
        #[zbus(object_server)] server: &ObjectServer,
    ) -> fdo::Result<Answer> {
        server.at(&session, Session { path: session.clone(), asked: self.0.clone() }).await?;
        lock(&self.0).sessions.push(session);
        Ok((GRANTED, HashMap::new()))
    }

    fn select_sources(
        &self,
        _handle: OwnedObjectPath,
        _session: OwnedObjectPath,
        _app: String,
        options: HashMap<String, OwnedValue>,
    ) -> fdo::Result<Answer> {
        let pointer = options.get("cursor_mode").and_then(|mode| u32::try_from(mode).ok());
        lock(&self.0).pointer = pointer == Some(EMBEDDED);
        Ok((GRANTED, HashMap::new()))
    }

    fn start(
        &self,
        _handle: OwnedObjectPath,
        _session: OwnedObjectPath,
        _app: String,
        _window: String,
        _options: HashMap<String, OwnedValue>,
    ) -> fdo::Result<Answer> {
        let Some(node) = lock(&self.0).shows else { return Ok((REFUSED, HashMap::new())) };
        let about = HashMap::from([("source_type", Value::from(MONITOR))]);
        let streams = OwnedValue::try_from(Value::from(vec![(node, about)]));
        let streams = streams.map_err(|why| fdo::Error::Failed(why.to_string()))?;
        Ok((GRANTED, HashMap::from([("streams".to_owned(), streams)])))
    }

    #[zbus(property)]
    fn available_source_types(&self) -> u32 {
        MONITOR
    }

    #[zbus(property)]
    fn available_cursor_modes(&self) -> u32 {
        1 | EMBEDDED
    }

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        4
    }
}

struct Session {
    path: OwnedObjectPath,
    asked: Arc<Mutex<Asked>>,
}

#[interface(name = "org.freedesktop.impl.portal.Session")]
impl Session {
    fn close(&self) {
        lock(&self.asked).sessions.retain(|path| *path != self.path);
    }

    #[zbus(signal)]
    async fn closed(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        1
    }
}
