//! A microphone that says what a test wants and a loudspeaker that keeps what it is given, to the clock, as real ones do:
//! for calls where the sound system is not what is tried.

use std::f32::consts::TAU;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use waxwing_client::Equipment;
use waxwing_media::camera::{Camera, Cameras, Capture, Failure, Seen};
use waxwing_media::screen::{Id, Screens, Source};
use waxwing_media::sound::RATE;
use waxwing_media::sound::device::{Changes, Device, DeviceError, Devices, Found, Hear, Say, Stream};
use waxwing_media::video::Picture;

/// Samples that a device gives or takes at a time: 10 ms.
const PIECE: usize = RATE as usize / 100;
/// A tone sounds for so long, and then as long not: what sounds all the time is taken for a noise.
const BURST: u32 = RATE / 5;
/// Seconds that are kept of what was heard.
const KEPT: usize = 3;

/// Both of them.
pub struct Bench {
    hertz: AtomicU32,
    heard: Arc<Mutex<Vec<f32>>>,
    microphone: AtomicBool,
    /// Y, U and V of what the camera sees, where there is one.
    colour: Option<[u8; 3]>,
    /// It sings, instead of saying one tone.
    sings: bool,
    /// How often the microphone is open at the moment.
    open: Arc<AtomicU32>,
}

/// Counts as long as it lives.
struct Open(Arc<AtomicU32>);

impl Open {
    fn new(count: &Arc<AtomicU32>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is sung, in hertz.
const SONG: [u32; 8] = [523, 659, 784, 659, 587, 698, 784, 523];

/// A blue that is no other's: Y, U and V.
pub const BLUE: [u8; 3] = [60, 200, 110];
/// A green, which is what its screen shows.
pub const GREEN: [u8; 3] = [130, 60, 60];
/// A red.
pub const RED: [u8; 3] = [80, 100, 210];

impl Bench {
    /// A microphone that speaks at so many hertz.
    pub fn speaking(hertz: u32) -> Arc<Self> {
        Arc::new(Self::new(hertz, true))
    }

    /// A loudspeaker and no microphone.
    pub fn deaf() -> Arc<Self> {
        Arc::new(Self::new(0, false))
    }

    /// The same with a camera that sees a colour, and something in it that moves.
    pub fn filming(hertz: u32, colour: [u8; 3]) -> Arc<Self> {
        let bench = Self { colour: Some(colour), ..Self::new(hertz, true) };
        Arc::new(bench)
    }

    /// Somebody who sings, and is seen: for who calls in a demonstration.
    pub fn singing() -> Arc<Self> {
        let bench = Self { colour: Some(BLUE), sings: true, ..Self::new(523, true) };
        Arc::new(bench)
    }

    fn new(hertz: u32, microphone: bool) -> Self {
        let (hertz, microphone) = (AtomicU32::new(hertz), AtomicBool::new(microphone));
        Self { hertz, heard: Arc::default(), microphone, colour: None, sings: false, open: Arc::default() }
    }

    /// As an application takes it.
    pub fn equipment(self: &Arc<Self>) -> Equipment {
        let screens = self.clone();
        // A Wayland desktop would ask whoever runs the tests.
        let asks = std::env::var_os("WAYLAND_DISPLAY").is_some();
        let here = move || if asks { None } else { waxwing_media::screen::here() };
        let screens = move || here().or_else(|| Some(screens.clone() as Arc<dyn Screens>));
        Equipment { sound: self.clone(), cameras: self.clone(), screens: Box::new(screens) }
    }

    /// Whether somebody listens to the microphone.
    pub fn is_recording(&self) -> bool {
        self.open.load(Ordering::Relaxed) > 0
    }

    /// The share that a tone has of all that was heard in the last seconds, of 1; nothing where it was quiet.
    pub fn hears(&self, hertz: u32) -> f32 {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        share(&heard, hertz as f32)
    }

    /// Whether a tone was heard at all, if but for a moment.
    pub fn heard(&self, hertz: u32) -> bool {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        shares(&heard, hertz as f32).iter().any(|share| *share > 0.7)
    }

    /// Forgets what was heard.
    pub fn forget(&self) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether anything sounded lately.
    pub fn loudest(&self) -> f32 {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().fold(0.0, |most, sample| most.max(sample.abs()))
    }
}

pub(crate) fn share(samples: &[f32], hertz: f32) -> f32 {
    let shares = shares(samples, hertz);
    if shares.len() < 5 { 0.0 } else { shares.iter().sum::<f32>() / shares.len() as f32 }
}

/// Goertzel, over the parts that are loud.
fn shares(samples: &[f32], hertz: f32) -> Vec<f32> {
    let loud: Vec<f32> = samples
        .chunks(PIECE)
        .filter(|piece| piece.iter().any(|sample| sample.abs() > 0.02))
        .flatten()
        .copied()
        .collect();
    // Pieces that follow each other, without the gaps between.
    loud.chunks_exact(PIECE * 4)
        .map(|piece| {
            let (mut real, mut imaginary, mut power) = (0.0_f32, 0.0_f32, 0.0_f32);
            for (at, sample) in piece.iter().enumerate() {
                let turn = at as f32 * hertz / RATE as f32 * TAU;
                real += sample * turn.cos();
                imaginary += sample * turn.sin();
                power += sample * sample;
            }
            2.0 * real.hypot(imaginary).powi(2) / (power * piece.len() as f32).max(f32::MIN_POSITIVE)
        })
        .collect()
}

/// Does something every ten milliseconds, until what it answers is dropped.
fn clocked(mut work: impl FnMut(u32) + Send + 'static) -> Stream {
    let (alive, lost) = watch::channel(None::<DeviceError>);
    let running = Arc::new(AtomicBool::new(true));
    let goes_on = Arc::clone(&running);
    std::thread::spawn(move || {
        let began = Instant::now();
        let mut pieces = 0_u32;
        while goes_on.load(Ordering::Relaxed) {
            work(pieces);
            pieces += 1;
            let next = began + Duration::from_millis(10) * pieces;
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        drop(alive);
    });
    Stream::new(lost, Running(running))
}

struct Running(Arc<AtomicBool>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Devices for Bench {
    fn list(&self) -> Result<Found, DeviceError> {
        let device = |id: &str| Device { id: id.into(), name: format!("The test's {id}"), is_default: true };
        let microphones = self.microphone.load(Ordering::Relaxed).then(|| device("microphone")).into_iter().collect();
        Ok(Found { microphones, loudspeakers: vec![device("loudspeaker")] })
    }

    fn record(&self, _: Option<&str>, mut hear: Hear) -> Result<Stream, DeviceError> {
        if !self.microphone.load(Ordering::Relaxed) {
            return Err(DeviceError::Missing);
        }
        let (hertz, sings) = (self.hertz.load(Ordering::Relaxed), self.sings);
        let open = Open::new(&self.open);
        Ok(clocked(move |piece| {
            let _open = &open;
            let samples: Vec<f32> = (0..PIECE as u32)
                .map(|at| {
                    let at = piece * PIECE as u32 + at;
                    let sounds = (at / BURST).is_multiple_of(2);
                    let note = SONG[(at / BURST / 2) as usize % SONG.len()];
                    let hertz = if sings { note } else { hertz } as f32;
                    if sounds { (at as f32 * hertz / RATE as f32 * TAU).sin() * 0.4 } else { 0.0 }
                })
                .collect();
            hear(&samples);
        }))
    }

    fn play(&self, _: Option<&str>, mut say: Say) -> Result<Stream, DeviceError> {
        let heard = Arc::clone(&self.heard);
        Ok(clocked(move |_| {
            let mut piece = vec![0.0; PIECE];
            say(&mut piece);
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard.extend(piece);
            let over = heard.len().saturating_sub(RATE as usize * KEPT);
            heard.drain(..over);
        }))
    }

    fn changes(&self) -> Changes {
        let (sender, seen) = watch::channel(0);
        Changes::new(seen, sender)
    }
}

/// What the camera sees: 640 × 360 of a colour, with a lighter bar that goes through it from left to right.
fn filmed(colour: [u8; 3], frame: u32) -> Picture {
    let (width, height) = (640, 360);
    let at = (frame as usize * 8) % width;
    let mut luma = vec![colour[0]; width * height];
    for row in luma.chunks_mut(width) {
        row.iter_mut().skip(at).take(40).for_each(|pixel| *pixel = 220);
    }
    let mut bytes = luma;
    bytes.extend(vec![colour[1]; width * height / 4]);
    bytes.extend(vec![colour[2]; width * height / 4]);
    Picture::read(waxwing_media::video::Format::I420, width, height, None, &bytes).expect("a picture of this size")
}

impl Capture for Running {}

impl Cameras for Bench {
    fn list(&self) -> Vec<Camera> {
        self.colour.map(|_| Camera { id: "camera".into(), name: "The test's camera".into() }).into_iter().collect()
    }

    fn open(&self, _: Option<&str>, mut seen: Box<dyn FnMut(Seen) + Send>) -> Result<Box<dyn Capture>, Failure> {
        let Some(colour) = self.colour else { return Err(Failure::Unseen("there is no camera".into())) };
        Ok(filming(33, move |frame| seen(Seen::Picture(filmed(colour, frame)))))
    }
}

/// Films every so many milliseconds, until what it answers is dropped.
fn filming(every: u64, mut film: impl FnMut(u32) + Send + 'static) -> Box<dyn Capture> {
    let running = Arc::new(AtomicBool::new(true));
    let goes_on = Arc::clone(&running);
    std::thread::spawn(move || {
        let began = Instant::now();
        let mut frame = 0_u32;
        while goes_on.load(Ordering::Relaxed) {
            film(frame);
            frame += 1;
            let next = began + Duration::from_millis(every) * frame;
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    });
    Box::new(Running(running))
}

/// Where there is no display, there is one screen, and it is green.
impl Screens for Bench {
    fn list(&self) -> Result<Vec<Source>, Failure> {
        let (width, height) = (640, 360);
        Ok(vec![Source { id: Id::Screen(1), title: "The test's screen".into(), width, height, thumbnail: None }])
    }

    fn capture(&self, _: Id, _: u32, mut seen: Box<dyn FnMut(Seen) + Send>) -> Result<Box<dyn Capture>, Failure> {
        Ok(filming(100, move |frame| seen(Seen::Picture(filmed(GREEN, frame)))))
    }
}
