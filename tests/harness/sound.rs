//! PulseAudio of a test's own, for the real window: a loudspeaker that leads nowhere, and a microphone that hears what a
//! test plays to it.

use std::f32::consts::TAU;
use std::io::{Read as _, Write as _};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, ensure};

use crate::{
    child::{self, Child},
    paths::{Folder, program},
    wait::until,
};

const RATE: u32 = 48_000;

/// The sound server. Dropping it ends it.
pub struct Sound {
    folder: Folder,
    _server: Child,
}

/// What can be recorded.
#[derive(Clone, Copy)]
pub enum Device {
    Microphone,
    /// What it plays.
    Loudspeaker,
}

impl Device {
    fn name(self) -> &'static str {
        match self {
            Self::Microphone => "microphone",
            Self::Loudspeaker => "speaker.monitor",
        }
    }
}

/// Sound as it is recorded. Dropping it ends that.
pub struct Recording {
    pipe: ChildStdout,
    _child: Child,
}

impl Recording {
    /// Waits for the next samples; so many are recorded at a time.
    pub fn next(&mut self, samples: &mut [f32]) -> Result<()> {
        let mut bytes = vec![0; samples.len() * 4];
        self.pipe.read_exact(&mut bytes)?;
        for (sample, four) in samples.iter_mut().zip(bytes.chunks_exact(4)) {
            *sample = f32::from_le_bytes(four.try_into().expect("four bytes"));
        }
        Ok(())
    }
}

/// Something that is played. Dropping it ends that.
pub struct Playing {
    goes_on: Arc<AtomicBool>,
    _child: Child,
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.goes_on.store(false, Ordering::Relaxed);
    }
}

impl Sound {
    pub async fn start() -> Result<Self> {
        let folder = Folder::new("sound")?;
        let mut command = child::command(program("pulseaudio", "pulseaudio")?);
        command.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-level=error"]);
        let socket = folder.path().join("native");
        command.arg(format!("--load=module-native-protocol-unix socket={} auth-anonymous=1", socket.display()));
        // One that may rewind plays two seconds ahead while nobody listens.
        for (sink, what) in [("speaker", "Loudspeaker"), ("room", "Room")] {
            command.arg(format!(
                "--load=module-null-sink sink_name={sink} rate={RATE} norewinds=1 sink_properties=device.description={what}"
            ));
        }
        command.arg("--load=module-remap-source master=room.monitor source_name=microphone source_properties=device.description=Microphone");
        command.env("XDG_RUNTIME_DIR", folder.path()).env("HOME", folder.path()).env("PULSE_SERVER", "none");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Child::spawn("pulseaudio", command)?;
        let sound = Self { folder, _server: server };
        until("the sound server", async || sound.ctl(&["info"]).ok()).await?;
        sound.ctl(&["set-default-sink", "speaker"])?;
        sound.ctl(&["set-default-source", "microphone"])?;
        Ok(sound)
    }

    /// `PULSE_SERVER` for who is to use it.
    pub fn address(&self) -> String {
        format!("unix:{}", self.folder.path().join("native").display())
    }

    fn command(&self, name: &str) -> Result<Command> {
        let mut command = child::command(program(name, "pulseaudio-utils")?);
        command.env("PULSE_SERVER", self.address()).env("XDG_RUNTIME_DIR", self.folder.path());
        command.env("HOME", self.folder.path()).stderr(Stdio::null());
        Ok(command)
    }

    fn ctl(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command("pactl")?.args(arguments).stdin(Stdio::null()).output()?;
        ensure!(output.status.success(), "pactl {arguments:?} fails");
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Speaks into the microphone: bursts of a tone, until it is dropped.
    pub fn speak(&self, hertz: u32) -> Result<Playing> {
        self.speak_every(hertz, 2)
    }

    /// One burst of 200 ms in so many times 200 ms.
    pub fn speak_every(&self, hertz: u32, parts: u32) -> Result<Playing> {
        let mut command = self.command("pacat")?;
        command.args([
            "--playback",
            "--raw",
            "--format=float32le",
            "--channels=1",
            "--rate=48000",
            "--latency-msec=20",
        ]);
        command.args(["--device=room"]).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = Child::spawn("pacat", command)?;
        let mut pipe = child.pipes().stdin.take().context("pacat takes nothing")?;
        let goes_on = Arc::new(AtomicBool::new(true));
        let alive = Arc::clone(&goes_on);
        std::thread::spawn(move || {
            let mut at = 0_u32;
            while alive.load(Ordering::Relaxed) {
                let bytes: Vec<u8> = (0..480)
                    .flat_map(|_| {
                        at += 1;
                        let sounds = (at / (RATE / 5)).is_multiple_of(parts);
                        let turn = at as f32 * hertz as f32 / RATE as f32 * TAU;
                        let sample = if sounds { turn.sin() * 0.4 } else { 0.0 };
                        sample.to_le_bytes()
                    })
                    .collect();
                if pipe.write_all(&bytes).is_err() {
                    return;
                }
            }
        });
        Ok(Playing { goes_on, _child: child })
    }

    /// What the loudspeaker plays or the microphone hears from now on, as it comes.
    pub fn record(&self, device: Device) -> Result<Recording> {
        let mut command = self.command("parec")?;
        command.args(["--raw", "--format=float32le", "--channels=1", "--rate=48000", "--latency-msec=5"]);
        command.arg(format!("--device={}", device.name())).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = Child::spawn("parec", command)?;
        let pipe = child.pipes().stdout.take().context("parec says nothing")?;
        Ok(Recording { pipe, _child: child })
    }

    /// Plays what the microphone hears, as directly as the sound server can: at another one, where that is.
    pub fn carry(&self, to: &Self) -> Result<(Child, Child)> {
        let mut ear = self.command("parec")?;
        ear.args(["--raw", "--format=float32le", "--channels=1", "--rate=48000", "--latency-msec=20"]);
        ear.arg(format!("--device={}", Device::Microphone.name())).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut ear = Child::spawn("parec", ear)?;
        let pipe = ear.pipes().stdout.take().context("parec says nothing")?;
        let mut mouth = to.command("pacat")?;
        mouth.args(["--playback", "--raw", "--format=float32le", "--channels=1", "--rate=48000", "--latency-msec=20"]);
        mouth.args(["--device=speaker"]).stdin(pipe).stdout(Stdio::null());
        Ok((ear, Child::spawn("pacat", mouth)?))
    }

    /// The share that a tone has of what the loudspeaker plays in the next second, of 1; nothing where it is silent.
    pub fn hears(&self, hertz: u32) -> Result<f32> {
        let mut command = self.command("parec")?;
        command.args(["--raw", "--format=float32le", "--channels=1", "--rate=48000", "--latency-msec=20"]);
        command.args(["--device=speaker.monitor"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = Child::spawn("parec", command)?;
        let mut bytes = vec![0; RATE as usize * 4];
        child.pipes().stdout.take().context("parec says nothing")?.read_exact(&mut bytes)?;
        let samples: Vec<f32> =
            bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("four bytes"))).collect();
        Ok(crate::devices::share(&samples, hertz as f32))
    }
}
