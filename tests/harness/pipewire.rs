//! PipeWire of a test's own, with a session manager, and cameras that see what a test wants.

use std::{
    fs,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Result;

use crate::{
    bus::Bus,
    child::{self, Child},
    paths::{Folder, program},
    wait::until,
};

/// The daemon. Dropping it ends it.
pub struct PipeWire {
    daemon: Child,
    _manager: Child,
    bus: Bus,
    folder: Folder,
}

/// A camera, and what it sees.
pub struct Film {
    /// `node.name`.
    pub name: &'static str,
    /// What people are told.
    pub description: &'static str,
    /// Red, green and blue.
    pub colour: [u8; 3],
    /// Something moves in it: what stands still is sent once a second.
    pub moves: bool,
    /// As GStreamer has it: `video/x-raw,format=YUY2,width=640,height=360,framerate=30/1`.
    pub caps: &'static str,
}

impl PipeWire {
    /// With a session bus of its own, on which nobody is yet.
    pub async fn start() -> Result<Self> {
        let (folder, bus) = (Folder::new("pipewire")?, Bus::start()?);
        let mut command = child::command(program("pipewire", "pipewire")?);
        surround(&mut command, folder.path(), &bus);
        let daemon = Child::spawn("pipewire", command)?;
        let socket = folder.path().join("pipewire-0");
        until("PipeWire to listen", async || UnixStream::connect(&socket).ok()).await?;
        let mut command = child::command(program("wireplumber", "wireplumber")?);
        surround(&mut command, folder.path(), &bus);
        let manager = Child::spawn("wireplumber", command)?;
        let new = Self { daemon, _manager: manager, bus, folder };
        until("the session manager to hold the defaults", async || new.has_defaults().then_some(())).await?;
        Ok(new)
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("pipewire-0")
    }

    /// The session bus that it uses, for who is to find it there.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Has a program use it, and nothing of the developer's own folders.
    pub fn surround(&self, command: &mut Command) {
        surround(command, self.folder.path(), &self.bus);
    }

    /// Ends the daemon at once, and with it all that it shows.
    pub fn kill(&mut self) {
        self.daemon.kill();
    }

    /// Plugs in a camera, until it is dropped.
    pub async fn film(&self, film: &Film) -> Result<Child> {
        let [red, green, blue] = film.colour;
        let mut command = child::command(program("gst-launch-1.0", "gstreamer1.0-tools")?);
        self.surround(&mut command);
        let (pattern, ground) = if film.moves { ("ball", "background") } else { ("solid-color", "foreground") };
        let colour = format!("{ground}-color=0xff{red:02x}{green:02x}{blue:02x}");
        command.args(["videotestsrc", "is-live=true", &format!("pattern={pattern}"), &colour, "!"]);
        if film.caps.starts_with("image/jpeg") {
            let raw = film.caps.replace("image/jpeg", "video/x-raw");
            command.args([&raw, "!", "jpegenc", "!", "progressreport", "update-freq=1", "!"]);
        }
        let properties = format!(
            "stream-properties=props,media.class=(string)Video/Source,media.role=Camera,node.name={},\
             node.description=(string)\"{}\"",
            film.name,
            film.description.replace(' ', "\\ ")
        );
        command.args([film.caps, "!", "pipewiresink", "mode=provide", &properties]);
        let log = self.folder.path().join(format!("{}.log", film.name));
        let child = Child::spawn("gst-launch-1.0", {
            command.stdout(fs::File::create(&log)?);
            command
        })?;
        // One that films JPEG knows only then how large its pictures are.
        let ready = if film.caps.starts_with("image/jpeg") { "progressreport" } else { "New clock" };
        let plays = || fs::read_to_string(&log).is_ok_and(|said| said.contains(ready));
        until("a camera to film", async || plays().then_some(())).await?;
        Ok(child)
    }

    /// The number of the node of this `node.name`, once it is in the graph.
    pub fn number(&self, name: &str) -> Option<u32> {
        let all: Vec<serde_json::Value> = serde_json::from_str(&self.says("pw-dump").ok()?).ok()?;
        let node = all.iter().find(|object| object["info"]["props"]["node.name"] == name)?;
        node["id"].as_u64()?.try_into().ok()
    }

    fn has_defaults(&self) -> bool {
        self.says("pw-metadata").is_ok_and(|said| said.contains("Found"))
    }

    fn says(&self, name: &str) -> Result<String> {
        let mut command = Command::new(program(name, "pipewire-bin")?);
        surround(&mut command, self.folder.path(), &self.bus);
        let output = command.stdout(Stdio::piped()).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn surround(command: &mut Command, folder: &Path, bus: &Bus) {
    for name in ["HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
        command.env(name, folder);
    }
    let nowhere = format!("unix:path={}", folder.join("no-system-bus").display());
    command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address).env("DBUS_SYSTEM_BUS_ADDRESS", nowhere);
    command.env_remove("WAYLAND_DISPLAY").env_remove("DISPLAY").env_remove("PIPEWIRE_REMOTE");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
}
