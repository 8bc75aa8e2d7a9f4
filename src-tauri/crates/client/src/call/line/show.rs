//! Cameras and screens of a call: what is shown, and what is agreed on for it.

use waxwing_contract::{CallTrouble, PictureOf};
use waxwing_jingle::content::Content;
use waxwing_media::Words;
use waxwing_media::codec::Codec;
use waxwing_media::screen::Id as ScreenId;
use waxwing_media::sender::Sender;

use super::super::talk::SLIDES;
use super::{News, Work, ours};

impl<T: Fn(News)> Work<'_, T> {
    /// What was agreed on is sent; a camera at once, as it was asked for.
    pub(super) fn send(&mut self, senders: Vec<Sender>) -> Result<(), CallTrouble> {
        self.talk.send(senders).map_err(ours)?;
        if self.talk.has_video() {
            self.camera = self.talk.show_camera(true);
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
        for of in names.iter().filter_map(|name| self.added.remove(name)).collect::<Vec<_>>() {
            self.talk.forget(of);
            match of {
                PictureOf::OurScreen => self.screen = None,
                _ => self.camera = false,
            }
        }
        self.tell_showing();
        Ok(())
    }

    /// Where there is no content for it yet, one is asked for; where there is no camera, none.
    pub(super) async fn show_camera(&mut self, on: bool) -> Result<(), CallTrouble> {
        if on && !self.talk.has_video() && self.talk.can_film() {
            match self.engine.add(Codec::Vp8, "video", None).await {
                Ok((words, sender)) => {
                    self.talk.send(vec![sender]).map_err(ours)?;
                    self.add(words, PictureOf::OurCamera);
                }
                Err(error) => tracing::info!(%error, "no camera at this moment"),
            }
        }
        if on && !self.talk.has_screen() {
            self.screen = None;
        }
        self.camera = self.talk.show_camera(on);
        self.tell_showing();
        Ok(())
    }

    /// Beside the camera, in a content of its own, where they take that; else in its place.
    pub(super) async fn show_screen(&mut self, screen: Option<ScreenId>, apart: bool) -> Result<(), CallTrouble> {
        if screen.is_some() && !self.talk.has_screen() && (apart || !self.talk.has_video()) {
            let name = if apart { "screen" } else { "video" };
            match self.engine.add(Codec::Vp8, name, Some(SLIDES).filter(|_| apart)).await {
                Ok((words, sender)) => {
                    self.talk.send_screen(sender).map_err(ours)?;
                    self.add(words, PictureOf::OurScreen);
                }
                Err(error) => tracing::info!(%error, "no screen at this moment"),
            }
        }
        self.screen = match self.talk.show_screen(screen) {
            Ok(true) => screen,
            Ok(false) => None,
            Err(error) => {
                tracing::info!(%error, "the screen cannot be shown");
                None
            }
        };
        self.camera_again();
        Ok(())
    }

    /// Where a screen stood in the camera's place, that comes back.
    fn camera_again(&mut self) {
        if self.screen.is_none() && self.camera && !self.talk.has_screen() {
            self.camera = self.talk.show_camera(true);
        }
        self.tell_showing();
    }

    fn add(&mut self, words: Words, of: PictureOf) {
        for content in words.contents {
            self.added.insert(content.name.clone(), of);
            (self.tell)(News::Add(content));
        }
    }

    /// The camera was taken away, or the window was closed.
    pub(super) fn source_gone(&mut self, of: PictureOf) {
        match of {
            PictureOf::OurScreen => {
                let _ = self.talk.show_screen(None);
                self.screen = None;
            }
            _ => self.camera = self.talk.show_camera(false),
        }
        self.camera_again();
    }

    fn tell_showing(&self) {
        (self.tell)(News::Showing { camera: self.camera, screen: self.screen.is_some() });
    }
}
