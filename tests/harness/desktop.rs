//! What a window stands on where there is no desktop: a screen, a session bus and, when asked for, a window manager and
//! what a screen reader reads through. Services of a test's own (notifications, a tray, a keyring) go onto it before
//! the window opens.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use anyhow::Result;
use zbus::Connection;

use crate::{
    bus::{self, Bus},
    child::{self, Child},
    paths::{Folder, program},
    wait::until,
    x11::Screen,
};

const WINDOW_MANAGER: &str = include_str!("servers/openbox.xml");

/// What a desktop is to have.
pub struct Builder {
    size: (u32, u32),
    managed: bool,
    accessible: bool,
}

impl Builder {
    /// The screen's size in pixels; 1280 by 1024 unless said otherwise.
    pub fn screen(mut self, width: u32, height: u32) -> Self {
        self.size = (width, height);
        self
    }

    /// A window manager (openbox): minimising, raising, title bars, who has the keyboard.
    pub fn window_manager(mut self) -> Self {
        self.managed = true;
        self
    }

    /// The bus of accessibility, so that programs show what is in their windows: see [`crate::Accessibility`].
    pub fn accessible(mut self) -> Self {
        self.accessible = true;
        self
    }

    pub async fn start(self) -> Result<Desktop> {
        let folder = Folder::new("desktop")?;
        let (screen, display) = screen(self.size)?;
        let bus = Bus::start()?;
        let mut parts = Parts { display, bus, accessible: self.accessible, started: vec![screen], folder };
        if self.managed {
            let manager = window_manager(&parts).await?;
            parts.started.push(manager);
        }
        if self.accessible {
            let launcher = accessibility(&parts).await?;
            parts.started.push(launcher);
        }
        Ok(Desktop(Arc::new(parts)))
    }
}

/// A desktop; a clone is the same one. It ends with the last of them.
#[derive(Clone)]
pub struct Desktop(Arc<Parts>);

struct Parts {
    display: String,
    bus: Bus,
    accessible: bool,
    started: Vec<Child>,
    folder: Folder,
}

impl Desktop {
    pub fn builder() -> Builder {
        Builder { size: (1280, 1024), managed: false, accessible: false }
    }

    /// A screen of the usual size and a session bus.
    pub async fn start() -> Result<Self> {
        Self::builder().start().await
    }

    /// `:N`, for xdotool and the like.
    pub fn display(&self) -> &str {
        &self.0.display
    }

    /// The session bus's address.
    pub fn bus(&self) -> &str {
        &self.0.bus.address
    }

    /// A connection to the session bus.
    pub async fn connect(&self) -> Result<Connection> {
        self.0.bus.connect().await
    }

    /// The X server.
    pub fn screen(&self) -> Result<Screen> {
        Screen::open(self.display())
    }

    /// HOME and XDG folders of what runs here without a folder of its own.
    pub fn dir(&self) -> PathBuf {
        self.0.folder.path().to_path_buf()
    }

    /// A picture of the whole screen, as a PNG file.
    pub fn picture(&self, file: &Path) -> Result<()> {
        picture(self.display(), "root", file)
    }

    /// The variables of a program that lives here with its folders below `dir`.
    pub fn environment(&self, dir: &Path) -> Result<Vec<(String, String)>> {
        let mut variables = environment(dir, self.display(), self.bus())?;
        if self.0.accessible {
            variables.retain(|(name, _)| name != "NO_AT_BRIDGE");
        }
        Ok(variables)
    }

    /// A program to start here, for [`Child::spawn`]; it has its folders below `dir`.
    pub fn command(&self, program: &Path, dir: &Path) -> Result<Command> {
        let mut command = child::command(program);
        command.envs(self.environment(dir)?).env_remove("WAYLAND_DISPLAY").stdin(Stdio::null());
        Ok(command)
    }

    /// Starts a service here, its folders and its log below `dir`, and waits until it has `name` on the session bus.
    pub(crate) async fn serve(&self, what: &str, name: &str, mut command: Command, dir: &Path) -> Result<Child> {
        let connection = self.connect().await?;
        // the bus may not have noticed yet that the one before has ended
        let free = async || (!bus::owned(&connection, name).await.ok()?).then_some(());
        until(&format!("the name {name} to be free"), free).await?;
        let log = dir.join("service.log");
        let output = fs::File::create(&log)?;
        command.stdout(output.try_clone()?).stderr(output);
        let mut child = Child::spawn(what, command)?;
        bus::arrives(&connection, name, &mut child, &log).await?;
        Ok(child)
    }
}

/// Xvfb picks a free display itself and says which.
fn screen((width, height): (u32, u32)) -> Result<(Child, String)> {
    let mut command = child::command(program("Xvfb", "xvfb")?);
    command
        .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", &format!("{width}x{height}x24")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = Child::spawn("Xvfb", command)?;
    let display = bus::first_line(&mut child)?;
    Ok((child, format!(":{display}")))
}

async fn window_manager(parts: &Parts) -> Result<Child> {
    let configuration = parts.folder.path().join("openbox.xml");
    fs::write(&configuration, WINDOW_MANAGER)?;
    let mut command = child::command(program("openbox", "openbox")?);
    command
        .args(["--sm-disable", "--config-file"])
        .arg(configuration)
        .envs(environment(parts.folder.path(), &parts.display, &parts.bus.address)?)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let child = Child::spawn("openbox", command)?;
    let screen = Screen::open(&parts.display)?;
    until("a window manager", async || screen.managed().ok()?.then_some(())).await?;
    Ok(child)
}

/// The launcher starts a bus of its own, and on it the registry of what can be read.
async fn accessibility(parts: &Parts) -> Result<Child> {
    let launcher =
        [Path::new("/usr/libexec/at-spi-bus-launcher"), Path::new("/usr/lib/at-spi2-core/at-spi-bus-launcher")]
            .into_iter()
            .find(|path| path.is_file());
    let launcher = match launcher {
        Some(path) => path.to_path_buf(),
        None => program("at-spi-bus-launcher", "at-spi2-core")?,
    };
    let log = parts.folder.path().join("accessibility.log");
    let output = fs::File::create(&log)?;
    let mut command = child::command(launcher);
    command
        .arg("--launch-immediately")
        .envs(environment(parts.folder.path(), &parts.display, &parts.bus.address)?)
        // its socket lies here, and must have a short name
        .env("XDG_RUNTIME_DIR", parts.bus.folder())
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output);
    let mut child = Child::spawn("at-spi-bus-launcher", command)?;
    bus::arrives(&parts.bus.connect().await?, "org.a11y.Bus", &mut child, &log).await?;
    Ok(child)
}

/// WebKit's WebDriver; the application is its child.
pub(crate) fn driver(port: u16, dir: &Path, environment: &[(String, String)]) -> Result<Child> {
    let mut command = child::command(program("WebKitWebDriver", "webkit2gtk-driver")?);
    // the application writes here too
    let output = fs::File::create(dir.join("application.log"))?;
    command
        .args([format!("--port={port}"), "--host=127.0.0.1".to_owned()])
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output);
    Child::spawn("WebKitWebDriver", command)
}

/// What the X server shows in a window (its number, or `root`), as a PNG file.
pub(crate) fn picture(display: &str, window: &str, file: &Path) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let output = Command::new(program("import", "imagemagick")?)
        .args(["-display", display, "-window", window])
        .arg(format!("png:{}", file.display()))
        .output()?;
    anyhow::ensure!(output.status.success(), "no picture: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// The variables an application gets here: nothing of the developer's own folders or desktop.
fn environment(dir: &Path, display: &str, bus: &str) -> Result<Vec<(String, String)>> {
    let nowhere = format!("unix:path={}", dir.join("no-system-bus").display());
    let mut environment: Vec<(String, String)> = [
        ("DISPLAY", display),
        ("DBUS_SESSION_BUS_ADDRESS", bus),
        // the machine's own services stay out of it; see Builder::system_bus of a window
        ("DBUS_SYSTEM_BUS_ADDRESS", &nowhere),
        ("GDK_BACKEND", "x11"),
        ("LC_ALL", "C.UTF-8"),
        // there is no GPU behind Xvfb; never to be forced on people
        ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
        ("LIBGL_ALWAYS_SOFTWARE", "1"),
        // no portal or accessibility service would answer here, and GTK waits for them
        ("GTK_USE_PORTAL", "0"),
        ("NO_AT_BRIDGE", "1"),
        ("TAURI_AUTOMATION", "true"),
        ("TAURI_WEBVIEW_AUTOMATION", "true"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    for (name, below) in [
        ("HOME", "home"),
        ("XDG_RUNTIME_DIR", "run"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_STATE_HOME", "state"),
    ] {
        let path = dir.join(below);
        fs::create_dir_all(&path)?;
        environment.push((name.to_owned(), path.to_string_lossy().into_owned()));
    }
    Ok(environment)
}
