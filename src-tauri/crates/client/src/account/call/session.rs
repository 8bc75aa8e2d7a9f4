//! What the two sides tell each other while a session goes on.

use waxwing_contract::PictureOf;
use waxwing_jingle::jingle::Info;
use waxwing_jingle::rtp::Media;
use waxwing_jingle::session::Event;
use waxwing_jingle::{Content, Phase};

use super::super::Core;
use crate::call::line::{Order, words};

impl Core {
    /// Follows what the session tells.
    pub(super) fn session_tells(&mut self, id: &str, event: Event) {
        let Some(going) = self.calls.going.get_mut(id) else { return };
        match event {
            Event::Accepted(contents) => {
                let groups = going.call.session().map(|session| session.groups().to_vec()).unwrap_or_default();
                self.order(id, Order::Answered(words(&contents, &groups)));
            }
            Event::Candidates { content, candidates, .. } => {
                for candidate in candidates {
                    self.order(id, Order::Candidate { content: content.clone(), candidate });
                }
            }
            // It is for looking at, and for nobody to be shown: no need to ask.
            Event::Asked(contents) => self.order(id, Order::AnswerMore(contents)),
            Event::Restart { contents, credentials, answer } => {
                if let Some(content) = contents.into_iter().next() {
                    self.order(id, Order::Restarted { content, credentials, answer });
                }
            }
            Event::Modified { content, senders } => {
                let Some(session) = going.call.session() else { return };
                let (them, of) = (session.role().other(), session.content(&content).and_then(shows));
                if let Some(of) = of {
                    self.see(id, of, senders.includes(them));
                }
            }
            Event::Muted { content, muted } => {
                let Some(session) = going.call.session() else { return };
                let all: Vec<_> = match &content {
                    Some(name) => session.content(name).into_iter().cloned().collect(),
                    None => session.contents().cloned().collect(),
                };
                if all.iter().any(|content| media_of(content) == Some(Media::Audio)) {
                    going.theirs.muted = muted;
                }
                // That somebody is back says nothing of what only we send.
                let them = session.role().other();
                let theirs = all.iter().filter(|content| content.senders().includes(them));
                let theirs: Vec<_> = theirs.filter_map(shows).collect();
                theirs.into_iter().for_each(|of| self.see(id, of, !muted));
            }
            Event::Held(held) => {
                going.theirs.holding = held;
                self.order_held(id);
            }
            // The machine has followed these itself, or we have not asked for them.
            Event::Added(contents) => self.order(id, Order::Added(contents)),
            Event::Removed(contents) => {
                let them = going.call.session().map(|session| session.role().other());
                // What one of several showed may still come in another.
                let left = going.call.session().into_iter().flat_map(|session| session.contents());
                let comes = |content: &&Content| them.is_some_and(|them| content.senders().includes(them));
                let left: Vec<_> = left.filter(comes).filter_map(shows).collect();
                let gone = contents.iter().filter(comes).filter_map(shows).filter(|of| !left.contains(of));
                gone.for_each(|of| self.see(id, of, false));
                self.order(id, Order::NotAdded(contents.into_iter().map(|content| content.name).collect()));
            }
            Event::Ended(_) | Event::Ringing => {}
        }
    }

    /// Something of theirs is to be seen, or not.
    pub(super) fn see(&mut self, id: &str, of: PictureOf, seen: bool) {
        let Some(going) = self.calls.going.get_mut(id) else { return };
        match of {
            PictureOf::TheirScreen => going.theirs.screen = seen,
            _ => going.theirs.camera = seen,
        }
        self.shared.gear.pictures.rest(id, of, !seen);
    }

    /// Whoever is on hold neither hears nor is heard.
    pub(super) fn order_held(&mut self, id: &str) {
        let Some(going) = self.calls.going.get(id) else { return };
        let held = going.ours.holding || going.theirs.holding;
        let seen = [(PictureOf::TheirCamera, going.theirs.camera), (PictureOf::TheirScreen, going.theirs.screen)];
        for (of, seen) in seen {
            self.shared.gear.pictures.rest(id, of, held || !seen);
        }
        self.order(id, Order::Hold { ours: going.ours.holding, theirs: going.theirs.holding });
    }

    /// Says whether we listen (XEP-0167 §8.2).
    pub(super) fn tell_held(&mut self, id: &str, held: bool) {
        let Some(going) = self.calls.going.get_mut(id) else { return };
        let (Some(device), Some(session)) = (going.call.device().cloned(), going.call.session()) else { return };
        let jingle = session.inform(if held { Info::Hold } else { Info::Unhold });
        self.request_of_call(id, device, &jingle);
    }

    /// Says whether anything is to be heard of us (XEP-0167 §8.3).
    pub(super) fn tell_muted(&mut self, id: &str, muted: bool) {
        self.tell_silent(id, |content| media_of(content) == Some(Media::Audio), muted);
    }

    /// The same of what is to be seen. A screen may stand where the camera is expected.
    pub(super) fn tell_shown(&mut self, id: &str) {
        let Some(going) = self.calls.going.get_mut(id) else { return };
        let (camera, screen) = (going.ours.camera, going.ours.screen);
        let ours = |content: &Content| content.rtp().is_some_and(|rtp| rtp.category.is_some());
        let apart = going.call.session().is_some_and(|session| session.contents().any(ours));
        self.tell_silent(id, |content| shows(content) == Some(PictureOf::TheirCamera), !(camera || screen && !apart));
        if apart {
            self.tell_silent(id, |content| shows(content) == Some(PictureOf::TheirScreen), !screen);
        }
    }

    fn tell_silent(&mut self, id: &str, which: impl Fn(&Content) -> bool, silent: bool) {
        let Some(going) = self.calls.going.get_mut(id) else { return };
        let Some(device) = going.call.device().cloned() else { return };
        let is_active = *going.call.phase() == Phase::Active;
        let Some(session) = going.call.session().filter(|_| is_active) else { return };
        let Some(name) = session.contents().find(|content| which(content)).map(|content| content.name.clone()) else {
            return;
        };
        let jingle = session.inform(if silent { Info::Mute(Some(name)) } else { Info::Unmute(Some(name)) });
        self.request_of_call(id, device, &jingle);
    }
}

/// What of theirs a content of pictures shows.
fn shows(content: &Content) -> Option<PictureOf> {
    let rtp = content.rtp().filter(|rtp| rtp.media == Media::Video)?;
    Some(if rtp.category.is_some() { PictureOf::TheirScreen } else { PictureOf::TheirCamera })
}

fn media_of(content: &Content) -> Option<Media> {
    content.rtp().map(|rtp| rtp.media)
}
