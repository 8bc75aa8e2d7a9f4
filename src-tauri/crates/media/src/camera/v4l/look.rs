//! Looking through one camera.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use v4l::buffer::{Flags, Type};
use v4l::io::mmap::Stream;
use v4l::io::traits::CaptureStream as _;
use v4l::video::Capture as _;
use v4l::video::capture::Parameters;
use v4l::{Device, Format as Said, FourCC};

use crate::screen::Seen;
use crate::video::{Format, Picture};

/// Pictures a second: what is asked for, and what has to be.
const RATE: u32 = 30;
const LEAST: u32 = 20;
const INTERVAL: Duration = Duration::from_millis(33);
/// Pixels: what is asked for, the best first, and what a call makes nothing of.
const SIZES: [(u32, u32); 2] = [(1280, 720), (640, 480)];
const BUFFERS: u32 = 4;
/// How often it is looked whether it is over.
const LOOK: Duration = Duration::from_millis(200);
/// A camera that shows nothing for so long is broken.
const SILENT: Duration = Duration::from_secs(5);
/// Whoever had it before may be about to let it go.
const BUSY: Duration = Duration::from_secs(2);
/// `poll`: there is something to be read.
const READABLE: i16 = 1;
/// `errno`: somebody else has it.
const EBUSY: i32 = 16;

/// How the bytes of a picture are pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Raw(Format),
    Jpeg,
}

impl Coding {
    /// What can be read, the best first.
    const ALL: [(&'static [u8; 4], Self); 4] = [
        (b"YUYV", Self::Raw(Format::Yuyv)),
        (b"NV12", Self::Raw(Format::Nv12)),
        (b"YU12", Self::Raw(Format::I420)),
        (b"MJPG", Self::Jpeg),
    ];

    pub fn of(code: FourCC) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| **name == code.repr).map(|(_, coding)| *coding)
    }

    /// What a buffer shows; nothing where it is broken.
    pub fn picture(self, said: &Said, bytes: &[u8]) -> Option<Picture> {
        let side = |pixels: u32| usize::try_from(pixels).ok();
        match self {
            Self::Jpeg => Picture::read_jpeg(bytes),
            Self::Raw(format) => {
                let stride = side(said.stride).filter(|stride| *stride > 0);
                Picture::read(format, side(said.width)?, side(said.height)?, stride, bytes)
            }
        }
    }
}

/// Looks again and again.
pub struct Look {
    pub device: PathBuf,
    pub over: Arc<AtomicBool>,
    pub seen: Box<dyn FnMut(Seen) + Send>,
}

impl Look {
    /// Until it is over.
    pub fn run(&mut self) -> io::Result<()> {
        let begun = Instant::now();
        loop {
            match self.film() {
                Err(error) if error.raw_os_error() == Some(EBUSY) && begun.elapsed() < BUSY && !self.is_over() => {
                    std::thread::sleep(LOOK);
                }
                other => return other,
            }
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn film(&mut self) -> io::Result<()> {
        let device = Device::with_path(&self.device)?;
        let (said, coding) = settle(&device)?;
        let mut stream = Stream::with_buffers(&device, Type::VideoCapture, BUFFERS)?;
        stream.set_timeout(SILENT);
        let handle = stream.handle();
        let timeout = i32::try_from(LOOK.as_millis()).unwrap_or(i32::MAX);
        let (mut begun, mut last, mut due) = (false, Instant::now(), Instant::now());
        while !self.is_over() {
            // Nothing is to be read before the first picture is asked for.
            if begun && handle.poll(READABLE, timeout)? == 0 {
                if last.elapsed() > SILENT {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                continue;
            }
            let (bytes, about) = stream.next()?;
            (begun, last) = (true, Instant::now());
            // Cameras are not exact.
            if about.flags.contains(Flags::ERROR) || last + INTERVAL / 4 < due {
                continue;
            }
            let used = usize::try_from(about.bytesused).unwrap_or(0).min(bytes.len());
            if let Some(picture) = coding.picture(&said, &bytes[..used]) {
                due = (due + INTERVAL).max(last);
                (self.seen)(Seen::Picture(picture));
            }
        }
        Ok(())
    }
}

/// Agrees on a format: large and often enough, plain before compressed; else whatever it has.
fn settle(device: &Device) -> io::Result<(Said, Coding)> {
    let codes = device.enum_formats()?;
    let can = |name: &[u8; 4]| codes.iter().any(|format| &format.fourcc.repr == name);
    let known: Vec<_> = Coding::ALL.into_iter().filter(|(name, _)| can(name)).collect();
    for (width, height) in SIZES {
        for (name, coding) in &known {
            let said = device.set_format(&Said::new(width, height, FourCC::new(name)))?;
            let fits = said.width <= SIZES[0].0 && said.height <= SIZES[0].1 && said.height >= height;
            if Coding::of(said.fourcc) == Some(*coding) && fits && is_often(device) {
                return Ok((said, *coding));
            }
        }
    }
    let said = device.format()?;
    let coding = Coding::of(said.fourcc).ok_or(io::ErrorKind::Unsupported)?;
    Ok((said, coding))
}

/// Asks for pictures that come as often as a call has them; whether they come often enough. Who cannot be asked, is not.
fn is_often(device: &Device) -> bool {
    let Ok(agreed) = device.set_params(&Parameters::with_fps(RATE)) else { return true };
    agreed.interval.numerator.saturating_mul(LEAST) <= agreed.interval.denominator
}
