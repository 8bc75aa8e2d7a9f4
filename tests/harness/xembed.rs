//! The old kind of tray, for pictures: trayer draws icons into a corner of the screen, and libayatana-appindicator
//! goes there when no watcher is on the bus. The menu that then opens is GTK's own, drawn as people see it.

use std::{fs, path::Path, process::Stdio};

use anyhow::Result;

use crate::{
    Desktop,
    child::Child,
    paths::{Folder, program},
    wait::until,
    window::xdotool,
    x11::{Place, Screen},
};

/// A tray at the right end of the screen's upper edge. It must be there before the application starts, and no
/// [`crate::Tray`] on the same desktop.
pub struct OldTray {
    desktop: Desktop,
    screen: Screen,
    panel: u32,
    _child: Child,
    _folder: Folder,
}

impl OldTray {
    pub async fn start(desktop: &Desktop) -> Result<Self> {
        let folder = Folder::new("trayer")?;
        let output = fs::File::create(folder.path().join("service.log"))?;
        let mut command = desktop.command(&program("trayer", "trayer")?, folder.path())?;
        command
            .args(["--edge", "top", "--align", "right", "--widthtype", "request", "--height", "32"])
            .args(["--SetDockType", "true", "--SetPartialStrut", "false"])
            .stdout(Stdio::null())
            .stderr(output);
        let child = Child::spawn("trayer", command)?;
        let screen = desktop.screen()?;
        // while it is empty it shows nothing
        let panel = until("the old tray", async || screen.of_class("trayer").ok()?).await?;
        Ok(Self { desktop: desktop.clone(), screen, panel, _child: child, _folder: folder })
    }

    /// Waits for an icon, clicks it, and waits until a menu is open and stays so. The panel moves as it grows, and a
    /// program may put another menu in the place of the one that was clicked: a person would look and click again.
    pub async fn open_menu(&self) -> Result<Place> {
        const STEADY: u32 = 25;
        const AGAIN: u32 = 60;
        let (mut open, mut closed) = (0, AGAIN);
        until("a menu that stays open", async || {
            let menus = self.screen.menus().ok()?;
            if let [menu] = menus[..] {
                (open, closed) = (open + 1, 0);
                return if open > STEADY { self.screen.place(menu).ok() } else { None };
            }
            (open, closed) = (0, closed + 1);
            if closed > AGAIN {
                closed = 0;
                self.click().await.ok()?;
            }
            None
        })
        .await
    }

    async fn click(&self) -> Result<()> {
        let icon = self.icon().await?;
        let (x, y) = (icon.x + half(icon.width), icon.y + half(icon.height));
        xdotool(self.desktop.display(), &["mousemove", &x.to_string(), &y.to_string(), "click", "1"]).map(drop)
    }

    async fn icon(&self) -> Result<Place> {
        until("an icon in the old tray", async || {
            let icon = self.screen.embedded(self.panel).ok()?.into_iter().next()?;
            let place = self.screen.place(icon).ok()?;
            // before it is laid out it is one pixel large
            (place.width > 8 && place.height > 8).then_some(place)
        })
        .await
    }

    /// Presses keys, by xdotool's names, one after the other: `Down` walks through the open menu, `Right` opens what is
    /// below an entry, `Return` chooses, `Escape` closes.
    pub fn keys(&self, keys: &[&str]) -> Result<()> {
        xdotool(self.desktop.display(), &[&["key", "--delay", "40"], keys].concat()).map(drop)
    }

    /// Waits until so many menus are open (a submenu is one more); the place of the last.
    pub async fn menu(&self, count: usize) -> Result<Place> {
        until(&format!("{count} open menus"), async || {
            let menus = self.screen.menus().ok()?;
            if menus.len() == count { self.screen.place(*menus.last()?).ok() } else { None }
        })
        .await
    }

    /// Takes the picture of the whole screen once nothing moves on it.
    pub async fn picture(&self, file: &Path) -> Result<()> {
        let mut before = Vec::new();
        until("the screen to stand still", async || {
            self.desktop.picture(file).ok()?;
            let now = fs::read(file).ok()?;
            let still = now == before;
            before = now;
            still.then_some(())
        })
        .await
    }
}

fn half(length: u32) -> i32 {
    i32::try_from(length / 2).unwrap_or(0)
}
