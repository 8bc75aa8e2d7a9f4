//! Dino's camera, microphone and loudspeaker: a plug-in of GStreamer that is compiled here, and what it is to be.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::paths::program;

const PLUGIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/harness/dino/devices.c");
const RATE: u32 = 48_000;
/// Bytes of a second.
const SECOND: u64 = RATE as u64 * 2;

pub(super) struct Devices {
    folder: PathBuf,
    hertz: u32,
    colour: u32,
}

impl Devices {
    /// `colour` is what the camera sees, as 0xRRGGBB.
    pub fn new(folder: &Path, hertz: u32, colour: u32) -> Result<Self> {
        let folder = folder.join("devices");
        std::fs::create_dir_all(&folder)?;
        let output = Command::new(program("pkg-config", "pkg-config")?)
            .args(["--cflags", "--libs", "gstreamer-1.0"])
            .output()
            .context("pkg-config does not start")?;
        ensure!(
            output.status.success(),
            "the headers of GStreamer are missing; run `make setup` (Debian's package libgstreamer1.0-dev)"
        );
        let flags = String::from_utf8_lossy(&output.stdout).into_owned();
        let output = Command::new(program("cc", "build-essential")?)
            .args(["-shared", "-fPIC", "-o"])
            .args([&folder.join("libtestdevices.so"), Path::new(PLUGIN)])
            .args(flags.split_whitespace())
            .output()?;
        ensure!(output.status.success(), "{PLUGIN}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(Self { folder, hertz, colour })
    }

    /// For the program that is to have them, and no others.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let Self { hertz, colour, .. } = self;
        let raw = format!("audio/x-raw,format=S16LE,rate={RATE},channels=1");
        // Bursts: what sounds all the time is taken for a noise. 10 ms at a time.
        let speaks = format!(
            "audiotestsrc is-live=true do-timestamp=true samplesperbuffer={} wave=ticks freq={hertz} \
             tick-interval=400000000 sine-periods-per-tick={} volume=0.5",
            RATE / 100,
            hertz / 5
        );
        let films = format!(
            "videotestsrc is-live=true do-timestamp=true pattern=solid-color foreground-color={}",
            0xff00_0000 | colour
        );
        let keeps =
            format!("filesink buffer-mode=unbuffered async=false sync=false location={}", self.heard().display());
        vec![
            ("GST_PLUGIN_PATH", self.folder.display().to_string()),
            ("TEST_CAMERA", format!("{films} ! identity name=gives")),
            ("TEST_MICROPHONE", format!("{speaks} ! {raw} ! identity name=gives")),
            ("TEST_LOUDSPEAKER", format!("capsfilter caps={raw} ! {keeps}")),
            // where there is a sound server, Dino takes no other devices
            ("PULSE_SERVER", "none".to_owned()),
        ]
    }

    /// The share that a tone has of what the loudspeaker was given in the last second, of 1; nothing where it is silent.
    pub fn hears(&self, hertz: u32) -> f32 {
        let samples = self.last_second().unwrap_or_default();
        crate::devices::share(&samples, hertz as f32)
    }

    fn last_second(&self) -> Result<Vec<f32>> {
        let mut file = File::open(self.heard())?;
        let length = file.metadata()?.len() & !1;
        file.seek(SeekFrom::Start(length.saturating_sub(SECOND)))?;
        let mut bytes = Vec::new();
        file.take(SECOND).read_to_end(&mut bytes)?;
        Ok(bytes.chunks_exact(2).map(|two| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32_768.0).collect())
    }

    fn heard(&self) -> PathBuf {
        self.folder.join("heard.raw")
    }
}
