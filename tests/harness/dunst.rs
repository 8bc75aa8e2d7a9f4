//! A notification daemon as people have one: dunst, drawing on the screen of a desktop, with somebody who clicks.

use std::{fs, ops::Deref, os::unix::fs::PermissionsExt, path::PathBuf};

use anyhow::{Result, bail, ensure};
use zbus::{Connection, Proxy};

use crate::{
    Desktop,
    child::Child,
    notices::{Notice, Notices},
    paths::{Folder, program},
    wait::until,
};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// Pictures of it must not depend on the time, the mouse or the number of screens; nothing goes by itself, and nothing
/// is taken for a repetition of something else.
const CONFIGURATION: &str = r##"[global]
    font = DejaVu Sans 11
    width = 360
    height = 220
    origin = top-right
    offset = 12x12
    frame_width = 1
    frame_color = "#7d8a86"
    gap_size = 6
    notification_limit = 0
    stack_duplicates = no
    show_indicators = yes
    show_age_threshold = -1
    idle_threshold = 0
    markup = full
    ellipsize = end
    icon_position = left
    max_icon_size = 48
    monitor = 0
    follow = none
    force_xinerama = no
    dmenu = @CHOOSER@
[urgency_low]
    background = "#f4f1ee"
    foreground = "#2a2522"
    timeout = 0
[urgency_normal]
    background = "#ffffff"
    foreground = "#2a2522"
    timeout = 0
[urgency_critical]
    background = "#ffffff"
    foreground = "#2a2522"
    frame_color = "#b3261e"
    timeout = 0
"##;

/// A running dunst, and all that was ever asked of it (its [`Notices`] can be asked directly: `dunst.wait(…)`).
pub struct Dunst {
    notices: Notices,
    connection: Connection,
    desktop: Desktop,
    child: Option<Child>,
    folder: Folder,
}

impl Deref for Dunst {
    type Target = Notices;

    fn deref(&self) -> &Notices {
        &self.notices
    }
}

impl Dunst {
    pub async fn start(desktop: &Desktop) -> Result<Self> {
        let folder = Folder::new("dunst")?;
        let chooser = folder.path().join("chooser");
        // where a person would pick from a menu: lines end in [id,key], and the one wanted is written down before
        let script = format!("#!/bin/sh\ngrep -F -- \"$(cat '{}')\" | head -n 1\n", choice(&folder).display());
        fs::write(&chooser, script)?;
        fs::set_permissions(&chooser, fs::Permissions::from_mode(0o755))?;
        let text = CONFIGURATION.replace("@CHOOSER@", &chooser.display().to_string());
        fs::write(folder.path().join("dunstrc"), text)?;
        let mut dunst = Self {
            notices: Notices::overhear(desktop.bus()).await?,
            connection: desktop.connect().await?,
            desktop: desktop.clone(),
            child: None,
            folder,
        };
        dunst.restart().await?;
        Ok(dunst)
    }

    /// Ends it at once: what it showed is gone, and who asks it now is refused by the bus.
    pub fn kill(&mut self) {
        self.child = None;
        self.notices.daemon_gone();
    }

    /// Starts it again, with nothing to show; kills it first if it still runs.
    pub async fn restart(&mut self) -> Result<()> {
        self.kill();
        let dir = self.folder.path();
        let mut command = self.desktop.command(&program("dunst", "dunst")?, dir)?;
        command.arg("-conf").arg(dir.join("dunstrc"));
        self.child = Some(self.desktop.serve("dunst", NAME, command, dir).await?);
        Ok(())
    }

    /// How many notifications are drawn on the screen.
    pub async fn drawn(&self) -> Result<u32> {
        Ok(self.control().await?.get_property("displayedLength").await?)
    }

    /// Chooses an action as a person does: `default` is a click on the notification itself. It must be on the screen
    /// and offer the action. Dunst leaves it there afterwards, other desktops take it away.
    pub async fn act(&self, id: u32, action: &str) -> Result<()> {
        let notice = self.wait(&format!("notification {id} to be there"), |it| it.id == id && it.open()).await?;
        ensure!(notice.action(action).is_some(), "notification {id} offers no {action:?}: {:?}", notice.actions);
        until("dunst to draw what it was given", async || {
            (usize::try_from(self.drawn().await.ok()?).ok()? >= self.open().len()).then_some(())
        })
        .await?;
        fs::write(choice(&self.folder), format!("[{id},{action}]"))?;
        self.control().await?.call_method("ContextMenuCall", &()).await?;
        let chosen = |now: Notice| now.invoked.len() > notice.invoked.len();
        let done = until("dunst to say which action was chosen", async || chosen(self.get(id)?).then_some(())).await;
        match done {
            Ok(()) => Ok(()),
            Err(why) => bail!("{why}: {action:?} of {id}; heard: {}", self.told()),
        }
    }

    /// Takes the uppermost notification away, as a person does (reason 2).
    pub async fn dismiss(&self) -> Result<()> {
        self.control().await?.call_method("NotificationCloseLast", &()).await?;
        Ok(())
    }

    /// Takes one away, as a program does (reason 3), and waits until it is gone.
    pub async fn close(&self, id: u32) -> Result<()> {
        Proxy::new(&self.connection, NAME, PATH, NAME).await?.call_method("CloseNotification", &(id)).await?;
        self.closed(id).await
    }

    /// Waits until a notification is gone.
    pub async fn closed(&self, id: u32) -> Result<()> {
        until(&format!("notification {id} to go"), async || (!self.get(id)?.open()).then_some(())).await
    }

    /// Do not disturb: it takes notifications and shows them only after `pause(false)`.
    pub async fn pause(&self, paused: bool) -> Result<()> {
        Ok(self.control().await?.set_property("paused", paused).await?)
    }

    /// What dunst itself wrote.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("service.log")).unwrap_or_default()
    }

    /// What its own dunstctl speaks to.
    async fn control(&self) -> Result<Proxy<'_>> {
        Ok(zbus::proxy::Builder::new(&self.connection)
            .destination(NAME)?
            .path(PATH)?
            .interface("org.dunstproject.cmd0")?
            // it does not say when its properties change
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await?)
    }
}

fn choice(folder: &Folder) -> PathBuf {
    folder.path().join("choice")
}
