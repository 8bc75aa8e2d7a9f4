//! The devices of this computer, and trying them.

use std::time::Duration;

use waxwing_contract::{
    Code, Failure, MediaDevice, MediaDevices, Showable, Showables, Trial as What, TrialPhase, TrialStep,
};
use waxwing_media::camera::Camera;
use waxwing_media::screen::{Id as ScreenId, Source, Thumbnail};
use waxwing_media::sound::device::{Device, DeviceError, Found};
use waxwing_media::sound::trial::{self, Step, Trial};

use crate::app::{App, locked};
use crate::call::gear::Gear;
use crate::commands::blocking;
use crate::failure::fail;
use crate::view::Views;

/// How long a tone sounds.
const TONE: Duration = Duration::from_secs(2);
/// What the desktop asks about itself.
const ASKED: &str = "asked";
/// How long is recorded: a few words.
const WORDS: Duration = Duration::from_secs(4);

impl App {
    pub(crate) async fn media_devices(&self) -> Result<MediaDevices, Failure> {
        let devices = self.0.shared.gear.devices.clone();
        let seeing = self.0.shared.gear.cameras.clone();
        let (found, cameras) = blocking(move || Ok((devices.list(), seeing.list()))).await?;
        // The usual one comes first.
        let mut first = true;
        let camera =
            |camera: Camera| MediaDevice { id: camera.id, name: camera.name, is_default: std::mem::take(&mut first) };
        let item = |device: Device| MediaDevice { id: device.id, name: device.name, is_default: device.is_default };
        let (found, silent) = match found {
            Ok(found) => (found, None),
            Err(error) => (Found::default(), Some(error.to_string())),
        };
        Ok(MediaDevices {
            microphones: found.microphones.into_iter().map(item).collect(),
            loudspeakers: found.loudspeakers.into_iter().map(item).collect(),
            cameras: cameras.into_iter().map(camera).collect(),
            silent,
        })
    }

    /// Screens and windows, with what they look like.
    pub(crate) async fn showables(&self) -> Result<Showables, Failure> {
        let gear = self.0.shared.gear.clone();
        let sources = blocking(move || {
            let screens = gear.screens().ok_or_else(|| fail(Code::NoDesktop, "no screens can be seen"))?;
            screens.list().map_err(|error| fail(Code::NoDesktop, error.to_string()))
        });
        let list = sources.await?.into_iter().map(showable).collect();
        Ok(Showables { list })
    }

    /// Tries devices, unless somebody is spoken to: the microphone is theirs then.
    pub(crate) fn try_devices(&self, what: What) -> Result<(), Failure> {
        let gear = self.0.shared.gear.clone();
        let mut trial = locked(&gear.trial);
        trial.take();
        if what == What::Nothing {
            self.0.shared.views.trial(None);
            return Ok(());
        }
        if self.0.shared.arbiter.speaking().is_some() {
            return Err(fail(Code::InCall, "the devices are in use by a call"));
        }
        let (shared, trying) = (self.0.shared.clone(), gear.clone());
        let task = tokio::spawn(async move {
            match what {
                What::Microphone => try_microphone(&trying, &shared.views).await,
                _ => try_loudspeaker(&trying, &shared.views).await,
            }
        });
        *trial = Some(Trying(task.abort_handle()));
        Ok(())
    }
}

fn showable(source: Source) -> Showable {
    let size = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    Showable {
        id: name_of(source.id),
        screen: matches!(source.id, ScreenId::Screen(_)),
        asked: source.id == ScreenId::Asked,
        title: source.title,
        width: size(source.width),
        height: size(source.height),
        thumbnail: source.thumbnail.and_then(|picture| png(&picture)),
    }
}

/// A small picture as a `data:` URL.
fn png(picture: &Thumbnail) -> Option<String> {
    use base64::Engine as _;
    let (width, height) = (u32::try_from(picture.width).ok()?, u32::try_from(picture.height).ok()?);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().ok()?.write_image_data(&picture.rgba).ok()?;
    Some(format!("data:image/png;base64,{}", base64::engine::general_purpose::STANDARD.encode(bytes)))
}

fn name_of(id: ScreenId) -> String {
    match id {
        ScreenId::Screen(number) => format!("screen:{number}"),
        ScreenId::Window(number) => format!("window:{number}"),
        ScreenId::Asked => ASKED.into(),
    }
}

/// What [`Showable::id`] names.
pub(crate) fn screen_named(name: &str) -> Option<ScreenId> {
    if name == ASKED {
        return Some(ScreenId::Asked);
    }
    let (kind, number) = name.split_once(':')?;
    let number = number.parse().ok()?;
    match kind {
        "screen" => Some(ScreenId::Screen(number)),
        "window" => Some(ScreenId::Window(number)),
        _ => None,
    }
}

/// A trial that goes on. Dropping it ends it.
pub(crate) struct Trying(tokio::task::AbortHandle);

impl Drop for Trying {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn try_microphone(gear: &Gear, views: &Views) {
    let choice = gear.choice().borrow().clone();
    let trial = Trial::begin(gear.devices.clone(), choice.microphone, choice.loudspeaker, WORDS);
    let mut steps = trial.steps();
    loop {
        let step = steps.borrow_and_update().clone();
        views.trial(Some(shown(&step)));
        if step.is_last() || steps.changed().await.is_err() {
            return;
        }
    }
}

async fn try_loudspeaker(gear: &Gear, views: &Views) {
    let (devices, loudspeaker) = (gear.devices.clone(), gear.choice().borrow().loudspeaker.clone());
    let step = |step, left| item(step, 0.5, left);
    let begun = tokio::task::spawn_blocking(move || trial::tone(devices.as_ref(), loudspeaker.as_deref())).await;
    match begun {
        Ok(Ok(tone)) => {
            views.trial(Some(step(TrialPhase::Playing, TONE)));
            tokio::time::sleep(TONE).await;
            drop(tone);
            views.trial(Some(step(TrialPhase::Done, Duration::ZERO)));
        }
        _ => views.trial(Some(step(TrialPhase::NoLoudspeaker, Duration::ZERO))),
    }
}

fn shown(step: &Step) -> TrialStep {
    let none = Duration::ZERO;
    match step {
        Step::Recording { level, left } => item(TrialPhase::Recording, *level, *left),
        Step::Playing { level, left } => item(TrialPhase::Playing, *level, *left),
        Step::Done => item(TrialPhase::Done, 0.0, none),
        Step::NoMicrophone(error) => silent(TrialPhase::NoMicrophone, error),
        Step::NoLoudspeaker(error) => silent(TrialPhase::NoLoudspeaker, error),
    }
}

fn silent(phase: TrialPhase, error: &DeviceError) -> TrialStep {
    tracing::info!(%error, "a device cannot be tried");
    item(phase, 0.0, Duration::ZERO)
}

fn item(step: TrialPhase, level: f32, left: Duration) -> TrialStep {
    TrialStep { id: "trial".into(), order: 0, step, level, left: u32::try_from(left.as_millis()).unwrap_or(0) }
}
