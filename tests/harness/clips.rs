//! Small pictures, sounds and films, as people send them: made by ImageMagick and GStreamer when a test wants them.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::paths::{Folder, program};

/// A PNG of one colour, such as `#d81b8c`.
pub fn picture(colour: &str, width: u32, height: u32) -> Result<Vec<u8>> {
    let mut command = Command::new(program("convert", "imagemagick")?);
    let output = command.args(["-size", &format!("{width}x{height}"), &format!("xc:{colour}"), "png:-"]).output()?;
    ensure!(output.status.success(), "no picture: {}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

/// A waxwing in the evening, as JPEG of 960 × 600: sky and light, and in front of them what is in `waxwing.mvg`.
pub fn waxwing() -> Result<Vec<u8>> {
    let (drawn, size) = (include_str!("demo/waxwing.mvg"), ["-size", "960x600"]);
    let light = ["(", "-size", "900x900", "radial-gradient:#c9a46a-black", ")", "-geometry", "+190-78"];
    let mut command = Command::new(program("convert", "imagemagick")?);
    command.args(size).arg("gradient:#2c4478-#f7b871").args(light).args(["-compose", "screen", "-composite"]);
    let output = command.args(["-draw", drawn, "-depth", "8", "-quality", "90", "jpg:-"]).output()?;
    ensure!(output.status.success(), "no waxwing: {}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

/// A tone of so many tenths of a second, as Opus in Ogg.
pub fn sound(hertz: u32, tenths: u32) -> Result<Vec<u8>> {
    let source = format!("audiotestsrc freq={hertz} samplesperbuffer=4800 num-buffers={tenths}");
    made(&format!("{source} ! audio/x-raw,rate=48000,channels=1 ! opusenc ! oggmux"))
}

/// So many tenths of a second of one colour, such as `0xff1060c0` (alpha first), as VP8 in WebM.
pub fn film(colour: &str, tenths: u32) -> Result<Vec<u8>> {
    let source = format!("videotestsrc pattern=solid-color foreground-color={colour} num-buffers={tenths}");
    made(&format!("{source} ! video/x-raw,width=320,height=180,framerate=10/1 ! vp8enc deadline=1 ! webmmux"))
}

fn made(pipeline: &str) -> Result<Vec<u8>> {
    let folder = Folder::new("clip")?;
    let file = folder.path().join("clip");
    let mut command = Command::new(program("gst-launch-1.0", "gstreamer1.0-tools")?);
    command.arg("-q").args(pipeline.split(' ')).args(["!", "filesink", &format!("location={}", file.display())]);
    let output = command.output()?;
    ensure!(output.status.success(), "{pipeline}: {}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(file).context("GStreamer wrote nothing")
}

/// The same film in an encoding that nobody knows.
pub fn unknown(mut film: Vec<u8>) -> Vec<u8> {
    if let Some(at) = film.windows(5).position(|name| name == b"V_VP8") {
        film[at..at + 5].copy_from_slice(b"V_XY8");
    }
    film
}
