//! What a window needs below it where there is no desktop: a screen, a session bus, and WebKit's driver.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

use anyhow::{Context, Result, ensure};

use crate::{
    child::{self, Child},
    paths::{Folder, program},
};

/// Xvfb picks a free display itself and says which.
pub fn screen((width, height): (u32, u32)) -> Result<(Child, String)> {
    let mut command = child::command(program("Xvfb", "xvfb")?);
    command
        .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", &format!("{width}x{height}x24")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = Child::spawn("Xvfb", command)?;
    let display = first_line(&mut child)?;
    Ok((child, format!(":{display}")))
}

/// A session bus of its own: notifications and portals of the developer's desktop stay out of it.
pub fn bus(folder: &Folder) -> Result<(Child, String)> {
    let mut command = child::command(program("dbus-daemon", "dbus")?);
    command
        .args(["--session", "--nofork", "--nosyslog", "--print-address=1"])
        .arg(format!("--address=unix:path={}/bus", folder.path().display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = Child::spawn("dbus-daemon", command)?;
    let address = first_line(&mut child)?;
    Ok((child, address))
}

/// WebKit's WebDriver; the application is its child.
pub fn driver(port: u16, dir: &Path, environment: &[(String, String)]) -> Result<Child> {
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

fn first_line(child: &mut Child) -> Result<String> {
    let stdout = child.pipes().stdout.take().context("no standard output")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    ensure!(!line.trim().is_empty(), "{} ended at once", child.name());
    Ok(line.trim().to_owned())
}

/// The variables an application gets here: nothing of the developer's own folders or desktop.
pub fn environment(dir: &Path, display: &str, bus: &str) -> Result<Vec<(String, String)>> {
    let mut environment: Vec<(String, String)> = [
        ("DISPLAY", display),
        ("DBUS_SESSION_BUS_ADDRESS", bus),
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
