//! What is said, heard and seen in one call.

use std::sync::Arc;

use waxwing_contract::PictureOf;
use waxwing_jingle::content::Content as JingleContent;
use waxwing_jingle::rtp::Media;
use waxwing_media::codec::Codec;
use waxwing_media::sender::Sender;
use waxwing_media::sound::voice::{Earpiece, Listening, Speaking};
use waxwing_media::sound::{Choice, Troubles, Voice};
use waxwing_media::video::{Content, Feed, Incoming, Link, Outgoing};
use waxwing_media::{Error, TrackRemote};

use super::gear::Gear;

/// How large a part of what can be sent a shared screen has, against a camera's 1.
const SCREEN_WEIGHT: f64 = 3.0;

/// The media of a call. Dropping it lets go of all devices.
pub(super) struct Talk {
    call: String,
    gear: Arc<Gear>,
    voice: Voice,
    speaking: Vec<Speaking>,
    listening: Vec<Listening>,
    ears: Vec<Earpiece>,
    camera: Option<(Outgoing, Feed)>,
    screen: Option<(Outgoing, Feed)>,
    /// Contents that show a screen of theirs.
    slides: Vec<String>,
}

impl Talk {
    pub fn new(call: String, gear: Arc<Gear>, choice: Choice) -> Self {
        let voice = Voice::open(Arc::clone(&gear.devices), choice);
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
        }
    }

    pub fn voice(&self) -> &Voice {
        &self.voice
    }

    /// Sends into what was agreed on.
    ///
    /// # Errors
    /// [`Error::Setup`].
    pub fn send(&mut self, senders: Vec<Sender>) -> Result<(), Error> {
        for sender in senders {
            match sender.codec().media() {
                Media::Audio => self.speaking.push(self.voice.speak_into(sender)?),
                Media::Video => self.camera = Some(Outgoing::begin(sender, Content::Camera, 1.0)?),
            }
        }
        Ok(())
    }

    /// Sends a screen into what was agreed on.
    ///
    /// # Errors
    /// [`Error::Setup`].
    pub fn send_screen(&mut self, sender: Sender) -> Result<(), Error> {
        self.screen = Some(Outgoing::begin(sender, Content::Screen, SCREEN_WEIGHT)?);
        Ok(())
    }

    /// What they call these is known.
    pub fn note(&mut self, contents: &[JingleContent]) {
        let slides =
            |content: &&JingleContent| content.rtp().is_some_and(|rtp| rtp.category.as_deref() == Some("slides"));
        self.slides.extend(contents.iter().filter(slides).map(|content| content.name.clone()));
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
    ) -> Result<(), Error> {
        match media {
            Media::Audio => {
                let (listening, ear) = Listening::begin(track, Codec::Opus)?;
                self.voice.listen_to(ear.clone());
                self.listening.push(listening);
                self.ears.push(ear);
            }
            Media::Video => {
                let (incoming, frames) = Incoming::begin(track, link);
                let screen = content.is_some_and(|content| self.slides.contains(content));
                let of = if screen { PictureOf::TheirScreen } else { PictureOf::TheirCamera };
                self.gear.pictures.begin(&self.call, of, Arc::new(incoming), frames);
            }
        }
        Ok(())
    }

    /// Milliseconds that what they say is held back.
    pub fn held_back(&self) -> u32 {
        self.ears.iter().map(Earpiece::delay).max().unwrap_or(0)
    }

    /// What is not as it was chosen.
    pub fn troubles(&self) -> Troubles {
        self.voice.troubles().borrow().clone()
    }

    /// Where pictures of the camera, and of the screen, are put.
    pub fn camera(&self) -> Option<&Feed> {
        self.camera.as_ref().map(|(_, feed)| feed)
    }

    pub fn screen(&self) -> Option<&Feed> {
        self.screen.as_ref().map(|(_, feed)| feed)
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.gear.pictures.end(&self.call);
    }
}
