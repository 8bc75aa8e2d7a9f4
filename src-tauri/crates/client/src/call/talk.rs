//! What is said, heard, shown and seen in one call.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::mpsc;
use waxwing_contract::PictureOf;
use waxwing_jingle::content::Content as JingleContent;
use waxwing_jingle::rtp::Media;
use waxwing_media::codec::Codec;
use waxwing_media::screen::{Failure, Id as ScreenId};
use waxwing_media::sender::Sender;
use waxwing_media::sound::voice::{Earpiece, Listening, Speaking};
use waxwing_media::sound::{Choice, Voice};
use waxwing_media::video::{Content, Feed, Incoming, Link, Outgoing};
use waxwing_media::{Error, TrackRemote};

use super::gear::Gear;
use super::quality::Reception;
use super::shown::{self, Gone, Source};

/// How large a part of what can be sent a shared screen has, against a camera's 1.
const SCREEN_WEIGHT: f64 = 3.0;
/// XEP-0507: what is no person.
pub(super) const SLIDES: &str = "slides";

/// Video that can be sent, and what it shows at the moment.
struct Video {
    outgoing: Outgoing,
    feed: Feed,
    /// What it is of: a camera's place may be taken by a screen.
    source: Option<(PictureOf, Source)>,
    held: bool,
}

/// The media of a call. Dropping it lets go of all devices.
pub(super) struct Talk {
    call: String,
    gear: Arc<Gear>,
    voice: Voice,
    speaking: Vec<Speaking>,
    listening: Vec<Listening>,
    ears: Vec<Earpiece>,
    camera: Option<Video>,
    screen: Option<Video>,
    /// Contents that show a screen of theirs.
    slides: Vec<String>,
    /// Nothing is said or shown, as one of the two waits.
    held: bool,
    gone: mpsc::Sender<Gone>,
}

impl Talk {
    /// What becomes of sources is told by `gone`; nothing is said while the person has `muted` it.
    pub fn new(
        call: String,
        gear: Arc<Gear>,
        choice: Choice,
        gone: mpsc::Sender<Gone>,
        muted: Arc<AtomicBool>,
    ) -> Self {
        let voice = Voice::open(Arc::clone(&gear.devices), choice);
        voice.mute_by(muted);
        Self {
            call,
            gear,
            voice,
            speaking: Vec::new(),
            listening: Vec::new(),
            ears: Vec::new(),
            camera: None,
            screen: None,
            slides: Vec::new(),
            held: false,
            gone,
        }
    }

    pub fn voice(&self) -> &Voice {
        &self.voice
    }

    /// Who puts the other on hold listens to nothing, and neither sends anything (XEP-0167 §8.2). Devices are kept.
    pub fn hold(&mut self, ours: bool, theirs: bool) {
        self.held = ours || theirs;
        self.voice.deafen(ours);
        self.voice.mute(self.held);
        for video in self.camera.iter_mut().chain(&mut self.screen) {
            video.hold(self.held);
        }
    }

    /// Sends into what was agreed on.
    ///
    /// # Errors
    /// [`Error::Setup`].
    pub fn send(&mut self, senders: Vec<Sender>) -> Result<(), Error> {
        for sender in senders {
            match sender.codec().media() {
                Media::Audio => self.speaking.push(self.voice.speak_into(sender)?),
                Media::Video => self.camera = Some(Video::begin(sender, Content::Camera, 1.0, self.held)?),
            }
        }
        Ok(())
    }

    /// Sends a screen into what was agreed on.
    ///
    /// # Errors
    /// [`Error::Setup`].
    pub fn send_screen(&mut self, sender: Sender) -> Result<(), Error> {
        self.screen = Some(Video::begin(sender, Content::Screen, SCREEN_WEIGHT, self.held)?);
        Ok(())
    }

    /// There is something that the camera, or a screen in its place, is sent into.
    pub fn has_video(&self) -> bool {
        self.camera.is_some()
    }

    pub fn has_screen(&self) -> bool {
        self.screen.is_some()
    }

    /// There is a camera.
    pub fn can_film(&self) -> impl Future<Output = bool> + use<> {
        let gear = Arc::clone(&self.gear);
        async move { unhurried(move || !gear.cameras.list().is_empty()).await.unwrap_or(false) }
    }

    /// They do not want to see it.
    pub fn forget(&mut self, of: PictureOf) {
        match of {
            PictureOf::OurScreen => self.screen = None,
            _ => self.camera = None,
        }
    }

    /// What they call these is known. Answers whether all of them show a screen.
    pub fn note(&mut self, contents: &[JingleContent]) -> bool {
        let slides =
            |content: &&JingleContent| content.rtp().is_some_and(|rtp| rtp.category.as_deref() == Some(SLIDES));
        self.slides.extend(contents.iter().filter(slides).map(|content| content.name.clone()));
        contents.iter().all(|content| slides(&content))
    }

    /// Something comes in, of this content.
    ///
    /// # Errors
    /// [`Error::Setup`].
    pub fn receive(
        &mut self,
        content: Option<&String>,
        track: Arc<dyn TrackRemote>,
        media: Media,
        link: Arc<Link>,
    ) -> Result<PictureOf, Error> {
        let screen = content.is_some_and(|content| self.slides.contains(content));
        let of = if screen { PictureOf::TheirScreen } else { PictureOf::TheirCamera };
        match media {
            Media::Audio => {
                let (listening, ear) = Listening::begin(track, Codec::Opus)?;
                self.voice.listen_to(ear.clone());
                self.listening.push(listening);
                self.ears.push(ear);
            }
            Media::Video => {
                let (incoming, frames) = Incoming::begin(track, link);
                self.gear.pictures.theirs(&self.call, of, incoming, frames);
            }
        }
        Ok(of)
    }

    /// How what they send is heard and seen.
    pub fn reception(&self) -> Reception {
        let counts: Vec<_> = self.ears.iter().map(Earpiece::counts).collect();
        let concealed: u64 = counts.iter().map(|counts| counts.concealed).sum();
        let all: u64 = counts.iter().map(|counts| counts.played + counts.recovered + counts.concealed).sum();
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let concealed = concealed as f64 / all.max(1) as f64;
        Reception {
            held_back: self.ears.iter().map(Earpiece::delay).max().unwrap_or(0),
            concealed,
            frozen: self.gear.pictures.frozen(&self.call),
        }
    }

    /// It is what is shown now, and not what was shown before.
    pub fn is_shown(&self, (of, number): Gone) -> bool {
        let mut all = [&self.camera, &self.screen].into_iter().flatten().filter_map(|video| video.source.as_ref());
        all.any(|(shown, source)| *shown == of && source.is(number))
    }

    /// Shows the camera, or nothing. Answers whether it is shown.
    ///
    /// # Errors
    /// There is none, or it cannot be opened; nothing is shown then.
    pub async fn show_camera(&mut self, on: bool) -> Result<bool, Failure> {
        let Some(video) = &mut self.camera else { return Ok(false) };
        video.hide(PictureOf::OurCamera);
        if !on {
            return Ok(false);
        }
        // A screen in its place goes first.
        video.blind();
        let (gear, call) = (Arc::clone(&self.gear), self.call.clone());
        let (feed, gone) = (video.feed.clone(), self.gone.clone());
        let source = unhurried(move || shown::camera(&gear, &call, feed, gone)).await??;
        video.show(PictureOf::OurCamera, source);
        Ok(true)
    }

    /// Shows a screen, where it has a content of its own in that, else in place of the camera; nothing ends that. Answers
    /// whether there is anything to show it in.
    ///
    /// # Errors
    /// It cannot be seen.
    pub async fn show_screen(&mut self, id: Option<ScreenId>) -> Result<bool, Failure> {
        let Some(video) = self.screen.as_mut().or(self.camera.as_mut()) else { return Ok(false) };
        video.hide(PictureOf::OurScreen);
        if let Some(id) = id {
            video.blind();
            let (gear, call) = (Arc::clone(&self.gear), self.call.clone());
            let (feed, gone) = (video.feed.clone(), self.gone.clone());
            let source = unhurried(move || shown::screen(&gear, &call, id, feed, gone)).await??;
            video.show(PictureOf::OurScreen, source);
        }
        Ok(true)
    }
}

/// Devices take their time, and what else is to be done does not wait for them.
async fn unhurried<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::Unseen(error.to_string()))
}

impl Video {
    fn begin(sender: Sender, content: Content, weight: f64, held: bool) -> Result<Self, Error> {
        let (outgoing, feed) = Outgoing::begin(sender, content, weight)?;
        outgoing.set_muted(true);
        Ok(Self { outgoing, feed, source: None, held })
    }

    fn show(&mut self, of: PictureOf, source: Source) {
        self.source = Some((of, source));
        self.outgoing.set_muted(self.held);
    }

    fn hold(&mut self, held: bool) {
        self.held = held;
        self.outgoing.set_muted(held || self.source.is_none());
    }

    /// Nothing of it is shown any more.
    fn hide(&mut self, of: PictureOf) {
        if self.source.as_ref().is_none_or(|(shown, _)| *shown == of) {
            self.blind();
        }
    }

    fn blind(&mut self) {
        self.source = None;
        self.outgoing.set_muted(true);
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.gear.pictures.end(&self.call);
    }
}
