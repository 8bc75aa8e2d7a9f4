//! Screens and windows of X11.
//!
//! Windows are seen by Composite, so that what covers them is not. Pictures come through shared memory (MIT-SHM), and over
//! the socket (`GetImage`) from a server at another machine.

mod image;
mod look;
mod shared;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use x11rb::connection::Connection as _;
use x11rb::protocol::composite::ConnectionExt as _;
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _, MapState, Window, WindowClass};
use x11rb::rust_connection::RustConnection;

use self::look::{Eye, Look};
use super::{Capture, Failure, Id, Screens, Seen, Source, THUMBNAIL, Thumbnail};

/// Windows that are looked at for the list; nobody chooses from more.
const WINDOWS: usize = 200;
/// Pixels of a window that is one to choose.
const SMALLEST: u16 = 32;
/// Four-byte units of the longest title that is read.
const TITLE: u32 = 256;

/// An X11 display. Each capture has a connection of its own.
pub struct X11 {
    display: Option<String>,
}

impl X11 {
    /// The display of this name, or that of the environment.
    ///
    /// # Errors
    /// [`Failure::Unseen`] where there is none, or one without Composite and XFixes.
    pub fn open(display: Option<&str>) -> Result<Self, Failure> {
        let new = Self { display: display.map(str::to_owned) };
        new.connect()?;
        Ok(new)
    }

    fn connect(&self) -> Result<(RustConnection, Window), Failure> {
        let (connection, number) = x11rb::connect(self.display.as_deref()).map_err(unseen)?;
        let root = connection.setup().roots.get(number).ok_or_else(|| unseen("there is no such screen"))?.root;
        // The server wants to be asked before it is used.
        connection.composite_query_version(0, 4).map_err(unseen)?.reply().map_err(unseen)?;
        connection.xfixes_query_version(5, 0).map_err(unseen)?.reply().map_err(unseen)?;
        Ok((connection, root))
    }
}

fn unseen(error: impl std::fmt::Display) -> Failure {
    Failure::Unseen(error.to_string())
}

impl Screens for X11 {
    fn list(&self) -> Result<Vec<Source>, Failure> {
        let (connection, root) = self.connect()?;
        let mut all = Vec::new();
        for (number, monitor) in monitors(&connection, root)?.into_iter().enumerate() {
            let Ok(number) = u32::try_from(number) else { break };
            let name = connection.get_atom_name(monitor.name).map_err(unseen)?.reply();
            let title = name.map(|name| String::from_utf8_lossy(&name.name).into_owned()).unwrap_or_default();
            all.push(source(&connection, root, Id::Screen(number), title));
        }
        for window in windows(&connection, root)?.into_iter().take(WINDOWS) {
            let title = title(&connection, window).unwrap_or_default();
            all.push(source(&connection, root, Id::Window(window), title));
        }
        Ok(all.into_iter().flatten().collect())
    }

    fn capture(&self, id: Id, rate: u32, seen: Box<dyn FnMut(Seen) + Send>) -> Result<Box<dyn Capture>, Failure> {
        let (connection, root) = self.connect()?;
        let eye = Eye::open(connection, root, id)?;
        let over = Arc::new(AtomicBool::new(false));
        let work = Look { eye, over: Arc::clone(&over), rate: rate.clamp(1, 60), seen };
        std::thread::Builder::new().name("screen".into()).spawn(move || work.run()).map_err(unseen)?;
        Ok(Box::new(Running(over)))
    }
}

struct Running(Arc<AtomicBool>);

impl Capture for Running {}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn monitors(connection: &RustConnection, root: Window) -> Result<Vec<x11rb::protocol::randr::MonitorInfo>, Failure> {
    Ok(connection.randr_get_monitors(root, true).map_err(unseen)?.reply().map_err(unseen)?.monitors)
}

/// With what it looks like; nothing where it cannot be seen at all.
fn source(connection: &RustConnection, root: Window, id: Id, title: String) -> Option<Source> {
    let mut eye = Eye::new(connection, root, id).ok()?;
    let picture = eye.look(connection).ok()?;
    let (width, height) = (picture.width(), picture.height());
    let scale = (width.div_ceil(THUMBNAIL.0)).max(height.div_ceil(THUMBNAIL.1)).max(1);
    let small = picture.scaled(width / scale, height / scale);
    let thumbnail = Thumbnail { width: small.width(), height: small.height(), rgba: small.rgba() };
    eye.close(connection);
    Some(Source { id, title, width, height, thumbnail: Some(thumbnail) })
}

/// Those that the window manager has, or where there is none, those on the root.
fn windows(connection: &RustConnection, root: Window) -> Result<Vec<Window>, Failure> {
    let list = connection.intern_atom(true, b"_NET_CLIENT_LIST").map_err(unseen)?.reply().map_err(unseen)?.atom;
    let mut all: Vec<Window> = Vec::new();
    if list != Atom::from(AtomEnum::NONE) {
        let property = connection.get_property(false, root, list, AtomEnum::WINDOW, 0, 4096).map_err(unseen)?;
        all.extend(property.reply().ok().iter().filter_map(|property| property.value32()).flatten());
    }
    if all.is_empty() {
        all = connection.query_tree(root).map_err(unseen)?.reply().map_err(unseen)?.children;
    }
    let shown = |window: &Window| {
        let attributes = connection.get_window_attributes(*window).ok().and_then(|cookie| cookie.reply().ok());
        let geometry = connection.get_geometry(*window).ok().and_then(|cookie| cookie.reply().ok());
        attributes.is_some_and(|one| {
            one.map_state == MapState::VIEWABLE && one.class == WindowClass::INPUT_OUTPUT && !one.override_redirect
        }) && geometry.is_some_and(|one| one.width >= SMALLEST && one.height >= SMALLEST)
    };
    all.retain(shown);
    Ok(all)
}

fn title(connection: &RustConnection, window: Window) -> Option<String> {
    let modern = connection.intern_atom(false, b"_NET_WM_NAME").ok()?.reply().ok()?.atom;
    for name in [modern, AtomEnum::WM_NAME.into()] {
        let property = connection.get_property(false, window, name, AtomEnum::ANY, 0, TITLE).ok()?.reply().ok()?;
        if !property.value.is_empty() {
            return Some(String::from_utf8_lossy(&property.value).into_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests;
