//! Dino (Debian's dino-im), headless: a peer with another engine than ours (GStreamer), on a desktop of its own. Its
//! camera sees one colour, its microphone says a tone, and what its loudspeaker gets is kept.

mod devices;
pub mod files;
mod home;

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use x11rb::protocol::xproto::Window;

pub use self::home::{account, trusting};

use self::devices::Devices;
use self::home::Home;
use crate::accessibility::Node;
use crate::bus;
use crate::child::{self, Child};
use crate::paths::program;
use crate::wait::until;
use crate::{Accessibility, Desktop, Dunst, Picker, Prosody};

/// What AT-SPI calls it.
const NAME: &str = "dino";
/// Its name on the session bus.
const APPLICATION: &str = "im.dino.Dino";

/// How often it is looked at what it wrote.
const LOOK: Duration = Duration::from_millis(200);

/// Somebody who has Dino. Dropping it ends it.
pub struct Dino {
    child: Child,
    screen: Accessibility,
    picker: Picker,
    dunst: Dunst,
    desktop: Desktop,
    devices: Devices,
    home: Home,
}

impl Dino {
    /// Starts it with the account of `user`, whose password is `pw-` and the name. It says `hertz` and films `colour`
    /// (0xRRGGBB).
    pub async fn sign_in(server: &Prosody, user: &str, hertz: u32, colour: u32) -> Result<Self> {
        let home = Home::new(server, user).await?;
        let devices = Devices::new(home.folder.path(), hertz, colour)?;
        let desktop = Desktop::builder().screen(1280, 820).window_manager().accessible().start().await?;
        let dunst = Dunst::start(&desktop).await?;
        let picker = Picker::start(&desktop).await?;
        let mut command = command(&desktop, &home)?;
        command.args(&home.arguments).envs(devices.environment());
        let log = home.folder.path().join("dino.log");
        let output = fs::File::create(&log)?;
        command.stdout(output.try_clone()?).stderr(output);
        let mut child = Child::spawn("Dino", command)?;
        bus::arrives(&desktop.connect().await?, APPLICATION, &mut child, &log).await?;
        let screen = Accessibility::of(&desktop).await?;
        Ok(Self { child, screen, picker, dunst, desktop, devices, home })
    }

    /// The process that it is below.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Takes the call that rings, by the notification.
    pub async fn take(&self) -> Result<()> {
        let rings = |notice: &crate::Notice| notice.open() && notice.action("accept").is_some();
        let notice = self.dunst.wait("Dino to ring", rings).await.with_context(|| self.told())?;
        self.dunst.act(notice.id, "accept").await
    }

    /// Opens the conversation with somebody and calls them.
    pub async fn call(&self, peer: &str, video: bool) -> Result<()> {
        let _telling = self.open(peer)?;
        let callable = |node: &Node| node.description == "Start call" && node.is("focusable") && node.is("visible");
        let button = self.screen.find(NAME, "Dino's button for calls", callable);
        self.screen.press(&button.await?).await?;
        let what = if video { "Video call" } else { "Audio call" };
        let item = self.screen.find(NAME, what, |node| node.name == what && node.is("focusable") && node.is("visible"));
        self.screen.press(&item.await?).await
    }

    /// Opens the conversation with somebody: what comes back tells the one that runs.
    fn open(&self, peer: &str) -> Result<Child> {
        let mut command = self.desktop.command(&program("dino-im", "dino-im")?, self.home.folder.path())?;
        command.arg(format!("xmpp:{peer}?message")).stdout(Stdio::null()).stderr(Stdio::null());
        Child::spawn("Dino", command)
    }

    /// Closes the window of the call, which ends it.
    pub async fn hang_up(&self) -> Result<()> {
        let window = self.call_window().await?;
        self.desktop.screen()?.close_request(window)
    }

    /// Waits until a tone is heard.
    pub async fn hears(&self, hertz: u32) -> Result<()> {
        let heard = async || (self.devices.hears(hertz) > 0.7).then_some(());
        until(&format!("Dino to hear {hertz} Hz"), heard).await
    }

    /// Waits until Dino has shown a picture of such a colour (red, green, blue), its own camera's or the other side's: it is
    /// asked of its pipeline, for its window stays dark now and then while pictures are drawn.
    pub async fn sees(&self, what: &str, colour: impl Fn([u8; 3]) -> bool) -> Result<()> {
        let wanted = |line: &str| {
            let (_, shown) = line.split_once("shows: ")?;
            let [_, red, green, blue] = u32::from_str_radix(shown, 16).ok()?.to_be_bytes();
            colour([red, green, blue]).then_some(())
        };
        until(&format!("Dino to see {what}"), async || self.log().lines().find_map(wanted)).await
    }

    /// Waits until there is no window of a call any more.
    pub async fn is_free(&self) -> Result<()> {
        let screen = self.desktop.screen()?;
        let one = async || (screen.titled(self.child.id()).ok()?.len() == 1).then_some(());
        until("Dino's window of the call to close", one).await
    }

    async fn call_window(&self) -> Result<Window> {
        let screen = self.desktop.screen()?;
        // The first is the one with the conversations; numbers of windows rise.
        let second = async || screen.titled(self.child.id()).ok().filter(|all| all.len() > 1)?.into_iter().max();
        until("Dino's window of the call", second).await.with_context(|| self.told())
    }

    /// Answers as soon as something in Dino's pipeline stands still, and what: see devices.c.
    pub async fn stands_still(&self) -> String {
        loop {
            if let Some((_, what)) = self.log().lines().find_map(|line| line.split_once("stands still: ")) {
                return what.to_owned();
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The end of what it wrote, for a failure.
    pub fn told(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().filter(|line| !line.contains("shows: ")).collect();
        format!("Dino wrote:\n{}", lines[lines.len().saturating_sub(60)..].join("\n"))
    }

    /// Not all of it is text.
    fn log(&self) -> String {
        let bytes = fs::read(self.home.folder.path().join("dino.log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// `unshare`, with what Dino is to find around it.
fn command(desktop: &Desktop, home: &Home) -> Result<std::process::Command> {
    let mut command = child::command(program("unshare", "util-linux")?);
    command.envs(desktop.environment(home.folder.path())?).env_remove("WAYLAND_DISPLAY").stdin(Stdio::null());
    command.envs([("GSK_RENDERER", "cairo"), ("GSETTINGS_BACKEND", "memory"), ("G_MESSAGES_DEBUG", "rtp ice")]);
    // files are asked for at the portal, by GTK alone: GLib would look for proxies there
    command.envs([("GDK_DEBUG", "portals"), ("GTK_USE_PORTAL", "0")]);
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(name);
    }
    Ok(command)
}
