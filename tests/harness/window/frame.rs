//! The window from outside: where it is, whether it is to be seen, pictures of it, and what a person does to it without
//! touching the page.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::Window;
use crate::{
    desktop,
    paths::program,
    wait::until,
    x11::{Place, Shown},
};

impl Window {
    /// Writes what the window looks like to a PNG file: the screen's own pixels, because WebKitWebDriver's screenshot
    /// never returns under Xvfb (WebKitGTK 2.50.6), and the driver answers nothing after it.
    pub async fn screenshot(&self, file: impl AsRef<Path>) -> Result<()> {
        self.drawn().await?;
        desktop::picture(&self.display, &self.xid()?.to_string(), file.as_ref())
    }

    /// The same of the whole screen: notifications, menus and trays too.
    pub async fn picture_of_screen(&self, file: impl AsRef<Path>) -> Result<()> {
        if self.shown()? == Shown::Visible {
            self.drawn().await?;
        }
        desktop::picture(&self.display, "root", file.as_ref())
    }

    /// Two frames on, whatever the page was told before is drawn. A hidden page draws nothing.
    async fn drawn(&self) -> Result<()> {
        let frames = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))";
        self.script_async(frames, vec![]).await.context("the page draws nothing")?;
        Ok(())
    }

    /// Makes the window this large, in pixels, and waits until the page knows.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        let (w, h) = (width.to_string(), height.to_string());
        self.xdotool(&["windowsize", &self.xid()?.to_string(), &w, &h])?;
        until("the page to take its new size", async || {
            let inner = self.script("return [innerWidth, innerHeight]", vec![]).await.ok()?;
            // bars of the window may take some of the height
            (inner[0] == json!(width) && inner[1].as_u64()? <= u64::from(height)).then_some(())
        })
        .await
    }

    /// Gives the window the keyboard.
    pub fn focus(&self) -> Result<()> {
        if self.screen.managed()? {
            return self.screen.activate(self.xid()?);
        }
        self.xdotool(&["windowfocus", &self.xid()?.to_string()]).map(drop)
    }

    /// Whether it has the keyboard.
    pub fn focused(&self) -> Result<bool> {
        self.screen.focused(self.xid()?)
    }

    /// Where its inside lies on the screen.
    pub fn place(&self) -> Result<Place> {
        self.screen.place(self.xid()?)
    }

    /// Moves it, as by its title bar.
    pub async fn move_to(&self, x: i32, y: i32) -> Result<()> {
        let before = self.place()?;
        self.screen.move_to(self.xid()?, x, y)?;
        // a title bar lies above what is asked for: it moves, but not to the pixel
        until("the window to move", async || (self.place().ok()? != before).then_some(())).await
    }

    /// Whether it is to be seen; one that was never shown is hidden.
    pub fn shown(&self) -> Result<Shown> {
        match self.main_window()? {
            Some(window) => self.screen.shown(window),
            None => Ok(Shown::Hidden),
        }
    }

    /// Waits until it is visible, minimised or hidden.
    pub async fn becomes(&self, wanted: Shown) -> Result<()> {
        until(&format!("the window to be {wanted:?}"), async || (self.shown().ok()? == wanted).then_some(())).await
    }

    /// Whether it asks for attention, as a blinking entry on the task bar.
    pub fn urgent(&self) -> Result<bool> {
        self.screen.urgent(self.xid()?)
    }

    /// What its title bar says.
    pub fn title(&self) -> Result<String> {
        self.screen.title(self.xid()?)
    }

    /// A person's click on the close button: the application decides what becomes of it.
    pub fn close_request(&self) -> Result<()> {
        self.screen.close_request(self.xid()?)
    }

    /// A person's click on the minimise button; needs a window manager.
    pub fn minimise(&self) -> Result<()> {
        self.screen.minimise(self.xid()?)
    }

    /// A person's click on its entry on the task bar; needs a window manager.
    pub fn activate(&self) -> Result<()> {
        self.screen.activate(self.xid()?)
    }

    /// Waits until the application has ended by itself.
    pub async fn ended(&self) -> Result<()> {
        until("the application to end", async || self.processes().is_empty().then_some(())).await
    }

    /// The X server's number for the main window.
    fn xid(&self) -> Result<u32> {
        self.main_window()?.context("the application has no window")
    }

    fn main_window(&self) -> Result<Option<u32>> {
        match &self.class {
            Some(class) => self.screen.of_class(class),
            None => self.screen.main_window(&self.processes()),
        }
    }

    /// The application and what it started.
    pub fn processes(&self) -> Vec<u32> {
        descendants(self.driver.id())
    }

    /// Runs xdotool on this window's screen.
    pub fn xdotool(&self, arguments: &[&str]) -> Result<String> {
        xdotool(&self.display, arguments)
    }
}

/// Runs xdotool on a screen.
pub(crate) fn xdotool(display: &str, arguments: &[&str]) -> Result<String> {
    let tool = program("xdotool", "xdotool")?;
    let output = Command::new(tool).args(arguments).env("DISPLAY", display).output()?;
    ensure!(output.status.success(), "xdotool {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The processes below this one that have not ended, as /proc has them.
fn descendants(of: u32) -> Vec<u32> {
    let processes: Vec<(u32, u32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // the name before may hold anything, spaces and brackets too
            let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
            (fields.next()? != "Z").then_some((pid, fields.next()?.parse().ok()?))
        })
        .collect();
    let mut found = vec![of];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(processes.iter().filter(|(_, above)| *above == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    found.remove(0);
    found
}
