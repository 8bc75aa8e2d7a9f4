//! A trial for the settings: to hear oneself, and whether the loudspeaker is heard at all.

use std::f32::consts::TAU;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::RATE;
use super::device::{DeviceError, Devices, Stream};
use super::voice::Level;

/// The longest that is recorded.
pub const LONGEST: Duration = Duration::from_secs(5);
/// How often it is told how loud it is.
const TELLING: Duration = Duration::from_millis(50);
/// What a loudspeaker may hold back: it is let go of only after that.
const HELD: Duration = Duration::from_millis(200);

/// Where a trial is.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// How loud it is, between 0 and 1, and for how long it goes on.
    Recording {
        level: f32,
        left: Duration,
    },
    Playing {
        level: f32,
        left: Duration,
    },
    Done,
    /// The microphone, or the loudspeaker, cannot be used.
    NoMicrophone(DeviceError),
    NoLoudspeaker(DeviceError),
}

impl Step {
    /// Whether nothing comes after it.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Done | Self::NoMicrophone(_) | Self::NoLoudspeaker(_))
    }
}

/// A trial. Dropping it ends it.
pub struct Trial {
    steps: watch::Receiver<Step>,
    task: JoinHandle<()>,
}

impl Trial {
    /// Records for `length`, at most [`LONGEST`], and plays it. `None` is the default device; one that is chosen and
    /// cannot be used is told, and not replaced. Within a runtime of tokio.
    pub fn begin(
        devices: Arc<dyn Devices>,
        microphone: Option<String>,
        loudspeaker: Option<String>,
        length: Duration,
    ) -> Self {
        let length = length.min(LONGEST);
        let (told, steps) = watch::channel(Step::Recording { level: 0.0, left: length });
        let task = tokio::spawn(async move {
            let last = match run(devices, microphone, loudspeaker, length, &told).await {
                Ok(()) => Step::Done,
                Err(step) => step,
            };
            told.send_replace(last);
        });
        Self { steps, task }
    }

    /// Where it is, now and as it goes on.
    pub fn steps(&self) -> watch::Receiver<Step> {
        self.steps.clone()
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(
    devices: Arc<dyn Devices>,
    microphone: Option<String>,
    loudspeaker: Option<String>,
    length: Duration,
    told: &watch::Sender<Step>,
) -> Result<(), Step> {
    let level = Arc::new(Level::default());
    let heard = Arc::new(Mutex::new(Vec::with_capacity(samples(length))));
    let (to, loud, most) = (Arc::clone(&heard), Arc::clone(&level), samples(length));
    let hear = Box::new(move |samples: &[f32]| {
        loud.set(samples);
        let mut heard = to.lock().unwrap_or_else(PoisonError::into_inner);
        let room = most - heard.len();
        heard.extend_from_slice(&samples[..samples.len().min(room)]);
    });
    let by = Arc::clone(&devices);
    let stream = opened(move || by.record(microphone.as_deref(), hear)).await.map_err(Step::NoMicrophone)?;
    let tell = |left| told.send_replace(Step::Recording { level: level.get(), left });
    lasting(&stream, length, tell).await.map_err(Step::NoMicrophone)?;
    drop(stream);

    let recorded = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
    let length = Duration::from_secs_f64(recorded.len() as f64 / f64::from(RATE));
    let (mut rest, loud) = (recorded.into_iter(), Arc::clone(&level));
    let say = Box::new(move |out: &mut [f32]| {
        out.iter_mut().for_each(|sample| *sample = rest.next().unwrap_or(0.0));
        loud.set(out);
    });
    let stream = opened(move || devices.play(loudspeaker.as_deref(), say)).await.map_err(Step::NoLoudspeaker)?;
    let tell = |left| told.send_replace(Step::Playing { level: level.get(), left });
    lasting(&stream, length + HELD, tell).await.map_err(Step::NoLoudspeaker)
}

async fn opened(open: impl FnOnce() -> Result<Stream, DeviceError> + Send + 'static) -> Result<Stream, DeviceError> {
    let opened = tokio::task::spawn_blocking(open).await;
    opened.unwrap_or_else(|error| Err(DeviceError::Failed(error.to_string())))
}

/// Lets a stream flow for so long, and tells how it goes.
async fn lasting(stream: &Stream, length: Duration, tell: impl Fn(Duration) -> Step) -> Result<(), DeviceError> {
    let lost = stream.lost();
    tokio::pin!(lost);
    let end = Instant::now() + length;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        tell(left);
        if left.is_zero() {
            return Ok(());
        }
        tokio::select! {
            why = &mut lost => return Err(why),
            () = tokio::time::sleep(TELLING.min(left)) => {}
        }
    }
}

fn samples(length: Duration) -> usize {
    usize::try_from(length.as_millis()).unwrap_or(0) * (RATE as usize / 1000)
}

/// Plays a tone of two seconds that swells and fades, and then nothing. Dropping it ends it. May wait for the system, as
/// [`Devices::play`].
///
/// # Errors
/// As [`Devices::play`].
pub fn tone(devices: &dyn Devices, loudspeaker: Option<&str>) -> Result<Stream, DeviceError> {
    const LENGTH: u32 = RATE * 2;
    let mut at = 0_u32;
    let say = move |out: &mut [f32]| {
        for sample in out {
            let swell = (at as f32 / LENGTH as f32 * std::f32::consts::PI).sin().max(0.0);
            let turn = (at as f32 / RATE as f32 * 440.0).fract() * TAU;
            *sample = if at < LENGTH { turn.sin() * swell * 0.3 } else { 0.0 };
            at = at.saturating_add(1);
        }
    };
    devices.play(loudspeaker, Box::new(say))
}
