//! A Wayland desktop of a test's own: sway without a screen, and the real portal before it.

use std::{
    fs,
    os::unix::{fs::chown, net::UnixStream},
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::Result;

use crate::{
    PipeWire, bus,
    child::{self, Child},
    paths::{Folder, program},
    wait::until,
};

/// Who runs what refuses to run as root.
const NOBODY: u32 = 65_534;
const PORTAL: &str = "org.freedesktop.portal.Desktop";
const BACKEND: &str = "org.freedesktop.impl.portal.desktop.wlr";

/// How the desktop answers when it is asked to show something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// It shows its screen and asks nobody.
    Given,
    /// It asks, and nobody chooses a screen.
    Refused,
}

/// The desktop. Dropping it ends it.
pub struct Wayland {
    compositor: Child,
    _backend: Child,
    portal: Child,
    folder: Folder,
    // the portal's
    _own: Folder,
}

impl Wayland {
    /// A screen of 1280 by 720 in this colour (red, green, blue), and a portal on the session bus of this PipeWire.
    pub async fn start(pipewire: &PipeWire, colour: [u8; 3], consent: Consent) -> Result<Self> {
        let (folder, own) = (Folder::new("wayland")?, Folder::new("portal")?);
        let compositor = compositor(folder.path(), colour)?;
        let display = folder.path().join("wayland-1");
        until("sway to listen", async || UnixStream::connect(&display).ok()).await?;
        let connection = pipewire.bus().connect().await?;
        configure(own.path(), consent)?;
        let mut started = Vec::new();
        for (name, file) in [(BACKEND, "xdg-desktop-portal-wlr"), (PORTAL, "xdg-desktop-portal")] {
            let mut command = child::command(service(file)?);
            pipewire.surround(&mut command);
            command.env("XDG_CONFIG_HOME", own.path()).env("XDG_CURRENT_DESKTOP", "sway");
            command.env("WAYLAND_DISPLAY", &display);
            let log = own.path().join(format!("{file}.log"));
            let output = fs::File::create(&log)?;
            command.stdout(output.try_clone()?).stderr(output);
            let mut child = Child::spawn(file, command)?;
            bus::arrives(&connection, name, &mut child, &log).await?;
            started.push(child);
        }
        let [backend, portal] = <[Child; 2]>::try_from(started).map_err(|_| anyhow::anyhow!("two were started"))?;
        Ok(Self { compositor, _backend: backend, portal, folder, _own: own })
    }

    /// `WAYLAND_DISPLAY` for who is to be shown there.
    pub fn display(&self) -> PathBuf {
        self.folder.path().join("wayland-1")
    }

    /// Ends the compositor at once, and all screens with it.
    pub fn kill(&mut self) {
        self.compositor.kill();
    }

    /// Ends the portal at once.
    pub fn kill_portal(&mut self) {
        self.portal.kill();
    }
}

fn compositor(folder: &Path, [red, green, blue]: [u8; 3]) -> Result<Child> {
    program("swaybg", "swaybg")?;
    let sway = program("sway", "sway")?;
    let configuration = folder.join("sway.conf");
    let background = format!("swaybg -o '*' -c '#{red:02x}{green:02x}{blue:02x}'");
    fs::write(&configuration, format!("output HEADLESS-1 resolution 1280x720\nexec {background}\n"))?;
    let mut command = if rustix::process::geteuid().is_root() {
        chown(folder, Some(NOBODY), Some(NOBODY))?;
        let nobody = NOBODY.to_string();
        let mut command = child::command("setpriv");
        // Who becomes another loses the wish to end with us.
        command.args(["--reuid", &nobody, "--regid", &nobody, "--clear-groups", "--pdeathsig", "KILL", "--"]).arg(sway);
        command
    } else {
        child::command(sway)
    };
    let log = fs::File::create(folder.join("sway.log"))?;
    command.arg("-c").arg(configuration).current_dir(folder);
    command.env("HOME", folder).env("XDG_RUNTIME_DIR", folder).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    command.env("WLR_BACKENDS", "headless").env("WLR_LIBINPUT_NO_DEVICES", "1").env("WLR_RENDERER", "pixman");
    command.env_remove("WAYLAND_DISPLAY").env_remove("DISPLAY").env_remove("SWAYSOCK");
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    Child::spawn("sway", command)
}

/// What the portal's backend does when it is asked for a screen.
fn configure(folder: &Path, consent: Consent) -> Result<()> {
    let chooser = match consent {
        Consent::Given => "chooser_type=none\noutput_name=HEADLESS-1",
        // One that chooses nothing, as who closes it does.
        Consent::Refused => "chooser_type=simple\nchooser_cmd=true",
    };
    let folder = folder.join("xdg-desktop-portal-wlr");
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join("config"), format!("[screencast]\n{chooser}\n"))?)
}

/// A service that lies where no path leads.
fn service(name: &str) -> Result<PathBuf> {
    let found = Path::new("/usr/libexec").join(name);
    if found.is_file() { Ok(found) } else { program(name, name) }
}
