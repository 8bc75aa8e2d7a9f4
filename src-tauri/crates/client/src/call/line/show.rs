//! Cameras and screens of a call: what is shown, and what is agreed on for it.

use waxwing_contract::{CallTrouble, PictureOf};
use waxwing_jingle::content::Content;
use waxwing_jingle::rtp::Media;
use waxwing_media::Words;
use waxwing_media::codec::Codec;
use waxwing_media::screen::{Failure, Id as ScreenId};
use waxwing_media::sender::Sender;

use super::super::shown::Gone;
use super::super::talk::SLIDES;
use super::{News, Work, ours};

impl<T: Fn(News)> Work<'_, T> {
    /// What was agreed on is sent; a camera at once, as it was asked for.
    pub(super) async fn send(&mut self, senders: Vec<Sender>) -> Result<(), CallTrouble> {
        self.talk.send(senders).map_err(ours)?;
        if self.talk.has_video() {
            self.film().await;
            self.tell_showing();
        }
        Ok(())
    }

    /// Takes what they want to send in addition, or says that it cannot be taken.
    pub(super) async fn answer_more(&mut self, contents: Vec<Content>) -> Result<(), CallTrouble> {
        let slides = self.talk.note(&contents);
        // Our camera stays where it is.
        let codecs: &[Codec] = if slides || self.talk.has_video() { &[] } else { &[Codec::Vp8] };
        match self.engine.answer_added(&contents, codecs).await {
            Ok((words, senders)) => {
                if !senders.is_empty() {
                    self.shows_in(&words.contents);
                }
                self.talk.send(senders).map_err(ours)?;
                (self.tell)(News::More(words.contents));
            }
            Err(error) => {
                tracing::info!(%error, "what they want in addition cannot be taken");
                (self.tell)(News::Less(contents.into_iter().map(|content| content.name).collect()));
            }
        }
        Ok(())
    }

    /// What we wanted to show is not wanted, or no longer: no camera films for nobody.
    pub(super) async fn not_added(&mut self, names: &[String]) -> Result<(), CallTrouble> {
        self.engine.not_added(names).await.map_err(ours)?;
        self.forget(names);
        Ok(())
    }

    /// Nothing is shown in these any more.
    fn forget(&mut self, names: &[String]) {
        for of in names.iter().filter_map(|name| self.shown_in.remove(name)).collect::<Vec<_>>() {
            self.talk.forget(of);
            match of {
                PictureOf::OurScreen => self.screen = None,
                _ => self.camera = false,
            }
            if !self.talk.has_screen() && !self.talk.has_video() {
                self.screen = None;
            }
        }
        self.tell_showing();
    }

    /// Our camera is, or may be, in those of these that are of pictures.
    pub(super) fn shows_in(&mut self, contents: &[Content]) {
        let video = contents.iter().filter(|content| content.rtp().is_some_and(|rtp| rtp.media == Media::Video));
        self.shown_in.extend(video.map(|content| (content.name.clone(), PictureOf::OurCamera)));
    }

    /// What they do not take of an offer is shown to nobody.
    pub(super) fn declined(&mut self, taken: &[Content]) {
        let names = self.shown_in.keys().filter(|name| taken.iter().all(|content| content.name != **name));
        self.forget(&names.cloned().collect::<Vec<_>>());
    }

    /// Where there is no content for it yet, one is asked for; where there is no camera, none.
    pub(super) async fn show_camera(&mut self, on: bool) -> Result<Result<(), Failure>, CallTrouble> {
        if on && !self.talk.has_video() {
            if !self.talk.can_film().await {
                return Ok(Err(Failure::Unseen("there is no camera".into())));
            }
            match self.engine.add(Codec::Vp8, "video", None).await {
                Ok((words, sender)) => {
                    self.talk.send(vec![sender]).map_err(ours)?;
                    self.add(words, PictureOf::OurCamera);
                }
                Err(error) => return Ok(Err(Failure::Unseen(error.to_string()))),
            }
        }
        if on && !self.talk.has_screen() {
            self.screen = None;
        }
        let shown = self.talk.show_camera(on).await;
        self.camera = *shown.as_ref().unwrap_or(&false);
        self.tell_showing();
        Ok(shown.map(drop))
    }

    /// Beside the camera, in a content of its own, where they take that; else in its place.
    pub(super) async fn show_screen(
        &mut self,
        screen: Option<ScreenId>,
        apart: bool,
    ) -> Result<Result<(), Failure>, CallTrouble> {
        if screen.is_some() && !self.talk.has_screen() && (apart || !self.talk.has_video()) {
            let name = if apart { "screen" } else { "video" };
            match self.engine.add(Codec::Vp8, name, Some(SLIDES).filter(|_| apart)).await {
                Ok((words, sender)) if apart => {
                    self.talk.send_screen(sender).map_err(ours)?;
                    self.add(words, PictureOf::OurScreen);
                }
                // In the camera's place, which is there from now on.
                Ok((words, sender)) => {
                    self.talk.send(vec![sender]).map_err(ours)?;
                    self.add(words, PictureOf::OurCamera);
                }
                Err(error) => return Ok(Err(Failure::Unseen(error.to_string()))),
            }
        }
        let shown = self.talk.show_screen(screen).await;
        self.screen = screen.filter(|_| matches!(shown, Ok(true)));
        self.camera_again().await;
        Ok(shown.map(drop))
    }

    /// Where a screen stood in the camera's place, that comes back.
    async fn camera_again(&mut self) {
        if self.screen.is_none() && self.camera && !self.talk.has_screen() {
            self.film().await;
        }
        self.tell_showing();
    }

    /// Where there is a camera; else nothing is seen of us, which is shown.
    async fn film(&mut self) {
        self.camera = self.talk.show_camera(true).await.unwrap_or_else(|error| {
            tracing::info!(%error, "no camera");
            false
        });
    }

    fn add(&mut self, words: Words, of: PictureOf) {
        for content in words.contents {
            self.shown_in.insert(content.name.clone(), of);
            (self.tell)(News::Add(Box::new(content)));
        }
    }

    /// The camera was taken away, or the window was closed.
    pub(super) async fn source_gone(&mut self, gone: Gone) {
        if !self.talk.is_shown(gone) {
            return;
        }
        let of = gone.0;
        match of {
            PictureOf::OurScreen => {
                let _ = self.talk.show_screen(None).await;
                self.screen = None;
            }
            _ => {
                let _ = self.talk.show_camera(false).await;
                self.camera = false;
            }
        }
        self.camera_again().await;
    }

    fn tell_showing(&self) {
        (self.tell)(News::Showing { camera: self.camera, screen: self.screen.is_some() });
    }
}
