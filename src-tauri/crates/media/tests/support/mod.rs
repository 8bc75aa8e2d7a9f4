//! A sound server of the test's own, with loudspeakers that lead nowhere; what they play is a microphone.
#![allow(dead_code, reason = "each test takes what it needs")]

pub mod pair;

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use waxwing_media::sound::RATE;
use waxwing_media::sound::device::pulse::Pulse;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// How long anything may take that is waited for.
pub const SOON: Duration = Duration::from_secs(20);

fn spawn(command: &mut Command) -> Child {
    let program = command.get_program().to_string_lossy().into_owned();
    command.spawn().unwrap_or_else(|error| {
        panic!("{program} does not start ({error}): these tests need Debian's pulseaudio and pulseaudio-utils")
    })
}

/// Waits for something to be.
pub fn wait_for(what: &str, mut is: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < SOON, "{what} is not there after {SOON:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// One at a time: what is measured is our sound, not how many tests a machine runs at once.
static ALONE: Mutex<()> = Mutex::new(());

/// The server. Dropping it ends it.
pub struct Server {
    _alone: MutexGuard<'static, ()>,
    child: Child,
    folder: PathBuf,
}

impl Server {
    /// With these null sinks. One that may rewind plays two seconds ahead while nobody listens, and cannot go back once
    /// a stream asks for less: whoever comes then waits for up to as long. No real device does so.
    pub fn start(sinks: &[&str]) -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("waxwing-sound-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let socket = folder.join("native");
        let mut command = Command::new("pulseaudio");
        command.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-level=error"]);
        command.arg(format!("--load=module-native-protocol-unix socket={} auth-anonymous=1", socket.display()));
        for sink in sinks {
            command.arg(format!("--load=module-null-sink sink_name={sink} rate={RATE} norewinds=1"));
        }
        command.env("XDG_RUNTIME_DIR", &folder).env("HOME", &folder).env("PULSE_SERVER", "none");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Self { _alone: alone, child: spawn(&mut command), folder };
        wait_for("the sound server", || server.try_ctl(&["info"]).is_some());
        server
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.join("native")
    }

    pub fn devices(&self) -> Pulse {
        Pulse::at(self.socket())
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("PULSE_SERVER", format!("unix:{}", self.socket().display()));
        command.env("XDG_RUNTIME_DIR", &self.folder).env("HOME", &self.folder).stdin(Stdio::null());
        command
    }

    fn try_ctl(&self, arguments: &[&str]) -> Option<String> {
        let child = spawn(self.command("pactl").args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()));
        let output = child.wait_with_output().unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// What `pactl` says to it.
    pub fn ctl(&self, arguments: &[&str]) -> String {
        self.try_ctl(arguments).unwrap_or_else(|| panic!("pactl {arguments:?} fails"))
    }

    /// A new null sink; its module.
    pub fn plug_in(&self, sink: &str) -> String {
        self.ctl(&["load-module", "module-null-sink", &format!("sink_name={sink}"), "rate=48000", "norewinds=1"])
            .trim()
            .to_owned()
    }

    /// Takes a null sink away.
    pub fn unplug(&self, sink: &str) {
        let modules = self.ctl(&["list", "short", "modules"]);
        let wanted = format!("sink_name={sink} ");
        let module = modules.lines().find(|line| format!("{line} ").contains(&wanted));
        self.ctl(&["unload-module", module.and_then(|line| line.split('\t').next()).unwrap()]);
    }

    /// What comes from a source for so long, by the server's own programs.
    pub fn hear(&self, source: &str, length: Duration) -> Vec<f32> {
        let mut recording = self.listen(source);
        recording.take((length.as_millis() as usize) * RATE as usize / 1000)
    }

    pub fn listen(&self, source: &str) -> Recording {
        let mut command = self.command("parec");
        command.args(["--raw", "--format=float32le", "--channels=1", "--rate=48000", "--latency-msec=10"]);
        command.arg(format!("--device={source}")).stdout(Stdio::piped()).stderr(Stdio::null());
        Recording(spawn(&mut command))
    }

    /// Plays samples at a sink, by the server's own programs.
    pub fn say(&self, sink: &str) -> Playing {
        let mut command = self.command("pacat");
        command.args(["--raw", "--format=float32le", "--channels=1", "--rate=48000", "--latency-msec=20"]);
        command.arg(format!("--device={sink}")).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Playing(spawn(&mut command))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// `parec` at work.
pub struct Recording(Child);

impl Recording {
    pub fn take(&mut self, samples: usize) -> Vec<f32> {
        let mut bytes = vec![0; samples * 4];
        self.0.stdout.as_mut().unwrap().read_exact(&mut bytes).unwrap();
        bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `pacat` at work.
pub struct Playing(Child);

impl Playing {
    pub fn give(&mut self, samples: &[f32]) -> bool {
        use std::io::Write;
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        self.0.stdin.as_mut().unwrap().write_all(&bytes).is_ok()
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Samples of a tone that goes on and on.
pub fn tone(hertz: f32) -> impl FnMut() -> f32 + Send {
    let mut at = 0.0_f32;
    move || {
        at = (at + hertz / RATE as f32).fract();
        (at * std::f32::consts::TAU).sin() * 0.5
    }
}

/// Something like speech: syllables of a voice with a melody, and pauses.
pub fn speech() -> impl FnMut() -> f32 + Send {
    let (mut at, mut phase, mut pitch, mut seed) = (0_u32, 0.0_f32, 120.0_f32, 7_u32);
    let length = RATE / 5;
    move || {
        if at % length == 0 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            pitch = 90.0 + (seed >> 24) as f32 / 3.0;
        }
        let spoken = (seed >> 20) & 3 != 0;
        let envelope = ((at % length) as f32 / length as f32 * std::f32::consts::PI).sin();
        at = at.wrapping_add(1);
        phase = (phase + pitch / RATE as f32).fract();
        let voice: f32 = (1..16_u8).map(|h| (f32::from(h) * phase * std::f32::consts::TAU).sin() / f32::from(h)).sum();
        if spoken { voice * envelope * 0.2 } else { 0.0 }
    }
}

/// How much of the power is at a frequency, of 1.
pub fn share(samples: &[f32], hertz: f32) -> f32 {
    let turn = f64::from(hertz) / f64::from(RATE) * std::f64::consts::TAU;
    let (mut real, mut imaginary, mut power) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (at, sample) in samples.iter().enumerate() {
        let (at, sample) = (at as f64, f64::from(*sample));
        real += sample * (turn * at).cos();
        imaginary += sample * (turn * at).sin();
        power += sample * sample;
    }
    let share = 2.0 * real.hypot(imaginary).powi(2) / (power * samples.len() as f64).max(f64::MIN_POSITIVE);
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and 1")]
    let share = share as f32;
    share
}

/// The longest run, in milliseconds, in which it is all but silent.
pub fn longest_gap(samples: &[f32]) -> f32 {
    let (mut longest, mut now) = (0_u32, 0_u32);
    for sample in samples {
        now = if sample.abs() < 0.01 { now + 1 } else { 0 };
        longest = longest.max(now);
    }
    longest as f32 * 1000.0 / RATE as f32
}

/// Where the phase of a tone breaks: pieces that were left out or played twice.
pub fn breaks(samples: &[f32], hertz: f32) -> usize {
    let step = RATE as f32 / hertz;
    let ups = samples.windows(2).enumerate().filter(|(_, two)| two[0] < 0.0 && two[1] >= 0.0);
    let ups: Vec<_> = ups.map(|(at, two)| at as f32 + two[0] / (two[0] - two[1])).collect();
    ups.windows(2).filter(|two| ((two[1] - two[0]) - step).abs() > step * 0.1).count()
}
