//! An X client of our own: which windows a program has, where, and whether they are to be seen; and what a person does
//! to them from outside, on the title bar or the task bar.

use anyhow::{Context, Result};
use x11rb::{
    connection::Connection as _,
    protocol::xproto::{
        AtomEnum, ClientMessageEvent, ConfigureWindowAux, ConnectionExt as _, EventMask, GetPropertyReply, ImageFormat,
        MapState, Window,
    },
    rust_connection::RustConnection,
};

/// A connection to an X server.
pub struct Screen {
    connection: RustConnection,
    root: Window,
}

/// Where the inside of a window lies on the screen, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub x: i32,
    pub y: i32,
    pub width: u32,
    pub height: u32,
}

/// Whether a window is to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Visible,
    /// On the task bar only.
    Minimised,
    /// Nowhere, as a window hidden in the tray.
    Hidden,
}

const ICONIC: u32 = 3;
const SOURCE_PERSON: u32 = 2;
const URGENCY_HINT: u32 = 256;

impl Screen {
    pub fn open(display: &str) -> Result<Self> {
        let (connection, number) =
            RustConnection::connect(Some(display)).with_context(|| format!("the screen {display} does not answer"))?;
        let root = connection.setup().roots.get(number).context("a display without a screen")?.root;
        Ok(Self { connection, root })
    }

    /// How many colours a part of the screen has.
    pub fn colours(&self, x: i16, y: i16, width: u16, height: u16) -> Result<usize> {
        let pixels = self.connection.get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, height, !0)?.reply()?;
        let colours: std::collections::BTreeSet<&[u8]> = pixels.data.chunks_exact(4).map(|pixel| &pixel[..3]).collect();
        Ok(colours.len())
    }

    /// The colour (red, green, blue) of a pixel of the screen.
    pub fn pixel(&self, x: i16, y: i16) -> Result<[u8; 3]> {
        let pixels = self.connection.get_image(ImageFormat::Z_PIXMAP, self.root, x, y, 1, 1, !0)?.reply()?;
        let [blue, green, red, ..] = pixels.data[..] else { anyhow::bail!("no pixel at {x}, {y}") };
        Ok([red, green, blue])
    }

    /// Whether a window manager is at work.
    pub fn managed(&self) -> Result<bool> {
        Ok(self.number(self.root, "_NET_SUPPORTING_WM_CHECK")?.is_some())
    }

    /// The main window of these processes, seen or hidden: the largest that is no menu and no helper.
    pub fn main_window(&self, processes: &[u32]) -> Result<Option<Window>> {
        let mut best = None;
        for window in self.all()? {
            // windows come and go while we look
            let Ok(Some(pid)) = self.number(window, "_NET_WM_PID") else { continue };
            let Ok(geometry) = self.connection.get_geometry(window)?.reply() else { continue };
            let Ok(attributes) = self.connection.get_window_attributes(window)?.reply() else { continue };
            let area = u32::from(geometry.width) * u32::from(geometry.height);
            if processes.contains(&pid) && !attributes.override_redirect && best.is_none_or(|(most, _)| area > most) {
                best = Some((area, window));
            }
        }
        Ok(best.map(|(_, window)| window))
    }

    /// The windows of a process that are to be seen and have a title.
    pub fn titled(&self, process: u32) -> Result<Vec<Window>> {
        let titled = |&it: &Window| {
            self.number(it, "_NET_WM_PID").is_ok_and(|pid| pid == Some(process))
                && self.title(it).is_ok_and(|title| !title.is_empty())
                && self.shown(it).is_ok_and(|shown| shown == Shown::Visible)
        };
        Ok(self.all()?.into_iter().filter(titled).collect())
    }

    /// The first window that calls itself so (WM_CLASS, either half), and is to be seen.
    pub fn of_class(&self, class: &str) -> Result<Option<Window>> {
        for window in self.all()? {
            let Ok(property) = self.property(window, "WM_CLASS") else { continue };
            let text = String::from_utf8_lossy(&property.value).into_owned();
            if text.split('\0').any(|half| half.eq_ignore_ascii_case(class))
                && self.shown(window).ok() == Some(Shown::Visible)
            {
                return Ok(Some(window));
            }
        }
        Ok(None)
    }

    /// The icons in an old tray.
    pub(crate) fn embedded(&self, tray: Window) -> Result<Vec<Window>> {
        let within = self.below(tray)?.into_iter();
        Ok(within.filter(|&it| self.property(it, "_XEMBED_INFO").is_ok_and(|info| !info.value.is_empty())).collect())
    }

    /// The menus that are open, the one opened last at the end.
    pub(crate) fn menus(&self) -> Result<Vec<Window>> {
        let kinds = ["_NET_WM_WINDOW_TYPE_POPUP_MENU", "_NET_WM_WINDOW_TYPE_DROPDOWN_MENU", "_NET_WM_WINDOW_TYPE_MENU"];
        let kinds = kinds.map(|kind| self.atom(kind).unwrap_or(0));
        let is_menu = |&it: &Window| {
            self.shown(it).is_ok_and(|shown| shown == Shown::Visible)
                && self
                    .number(it, "_NET_WM_WINDOW_TYPE")
                    .is_ok_and(|kind| kind.is_some_and(|kind| kinds.contains(&kind)))
        };
        // windows are listed from the lowest to the uppermost
        Ok(self.all()?.into_iter().filter(is_menu).collect())
    }

    pub fn place(&self, window: Window) -> Result<Place> {
        let geometry = self.connection.get_geometry(window)?.reply()?;
        let corner = self.connection.translate_coordinates(window, self.root, 0, 0)?.reply()?;
        Ok(Place {
            x: i32::from(corner.dst_x),
            y: i32::from(corner.dst_y),
            width: u32::from(geometry.width),
            height: u32::from(geometry.height),
        })
    }

    pub fn shown(&self, window: Window) -> Result<Shown> {
        let attributes = self.connection.get_window_attributes(window)?.reply()?;
        if attributes.map_state == MapState::VIEWABLE {
            return Ok(Shown::Visible);
        }
        let state = self.number(window, "WM_STATE")?;
        Ok(if state == Some(ICONIC) { Shown::Minimised } else { Shown::Hidden })
    }

    /// Whether it has the keyboard: by the window manager's word, or the server's where there is none.
    pub fn focused(&self, window: Window) -> Result<bool> {
        if let Some(active) = self.number(self.root, "_NET_ACTIVE_WINDOW")? {
            return Ok(active == window);
        }
        let focus = self.connection.get_input_focus()?.reply()?.focus;
        Ok(focus == window || self.below(window)?.contains(&focus))
    }

    /// Whether it asks for attention.
    pub fn urgent(&self, window: Window) -> Result<bool> {
        let wanted = self.atom("_NET_WM_STATE_DEMANDS_ATTENTION")?;
        let states = self.property(window, "_NET_WM_STATE")?;
        let hints = self.number(window, "WM_HINTS")?.unwrap_or(0);
        Ok(states.value32().is_some_and(|mut all| all.any(|state| state == wanted)) || hints & URGENCY_HINT != 0)
    }

    pub fn title(&self, window: Window) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.property(window, "_NET_WM_NAME")?.value).into_owned())
    }

    /// What a click on the close button sends; the program decides what becomes of it.
    pub fn close_request(&self, window: Window) -> Result<()> {
        let delete = self.atom("WM_DELETE_WINDOW")?;
        let event = ClientMessageEvent::new(32, window, self.atom("WM_PROTOCOLS")?, [delete, 0, 0, 0, 0]);
        self.connection.send_event(false, window, EventMask::NO_EVENT, event)?.check()?;
        Ok(())
    }

    /// What a click on the minimise button does; needs a window manager.
    pub fn minimise(&self, window: Window) -> Result<()> {
        self.ask(window, "WM_CHANGE_STATE", [ICONIC, 0, 0, 0, 0])
    }

    /// What a click on the task bar does: shows it, in front, with the keyboard; needs a window manager.
    pub fn activate(&self, window: Window) -> Result<()> {
        self.ask(window, "_NET_ACTIVE_WINDOW", [SOURCE_PERSON, 0, 0, 0, 0])
    }

    pub fn move_to(&self, window: Window, x: i32, y: i32) -> Result<()> {
        self.connection.configure_window(window, &ConfigureWindowAux::new().x(x).y(y))?.check()?;
        Ok(())
    }

    /// Asks the window manager, which listens at the root.
    fn ask(&self, window: Window, what: &str, data: [u32; 5]) -> Result<()> {
        anyhow::ensure!(self.managed()?, "there is no window manager to ask: Desktop::builder().window_manager()");
        let event = ClientMessageEvent::new(32, window, self.atom(what)?, data);
        let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        self.connection.send_event(false, self.root, mask, event)?.check()?;
        Ok(())
    }

    fn all(&self) -> Result<Vec<Window>> {
        self.below(self.root)
    }

    /// All windows in this one, a frame before what it frames.
    fn below(&self, window: Window) -> Result<Vec<Window>> {
        let mut found = vec![window];
        let mut next = 0;
        while let Some(&parent) = found.get(next) {
            if let Ok(tree) = self.connection.query_tree(parent)?.reply() {
                found.extend(tree.children);
            }
            next += 1;
        }
        Ok(found)
    }

    fn number(&self, window: Window, property: &str) -> Result<Option<u32>> {
        Ok(self.property(window, property)?.value32().and_then(|mut values| values.next()))
    }

    fn property(&self, window: Window, name: &str) -> Result<GetPropertyReply> {
        let name = self.atom(name)?;
        Ok(self.connection.get_property(false, window, name, AtomEnum::ANY, 0, 1024)?.reply()?)
    }

    fn atom(&self, name: &str) -> Result<u32> {
        Ok(self.connection.intern_atom(false, name.as_bytes())?.reply()?.atom)
    }
}
