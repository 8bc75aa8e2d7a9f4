//! What is agreed on anew while a connection is up: more contents in a bundle, and other ways (XEP-0176 §5.9).
//!
//! The engine wants a whole description each time, and Jingle says only what is new. So what they said before is kept, and said
//! again to the engine with what is new. webrtc 0.21.1 keeps the DTLS association and all streams through this; it looks for
//! new ways exactly where their credentials are others, and then listens anew, as the network may be another.

use rtc::peer_connection::configuration::{RTCAnswerOptions, RTCOfferOptions};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use waxwing_jingle::Transport;
use waxwing_jingle::ice::{Fingerprint, Setup};

use super::{
    Arc, Candidate, Codec, Connection, Content, Credentials, Error, Group, Ordering, RTCSessionDescription, Sender,
    TrackLocal, sdp, setup, theirs,
};

/// What the other side said of itself, as the engine names it.
#[derive(Debug, Clone, Default)]
pub(super) struct Theirs {
    /// In the engine's order, which never changes; those that were declined keep their place.
    pub contents: Vec<Content>,
    pub groups: Vec<Group>,
    pub declined: Vec<String>,
}

impl Theirs {
    /// With more, which goes the same way.
    fn with(&self, more: &[Content]) -> Self {
        let mut all = self.clone();
        for content in more {
            let mut content = content.clone();
            all.complete(&mut content);
            all.contents.retain(|old| old.name != content.name);
            all.declined.retain(|old| *old != content.name);
            for group in all.groups.iter_mut().filter(|group| group.semantics == Group::BUNDLE) {
                if !group.contents.contains(&content.name) {
                    group.contents.push(content.name.clone());
                }
            }
            all.contents.push(content);
        }
        all
    }

    /// What is left out of the way, as it is that of the others.
    fn complete(&self, content: &mut Content) {
        let way = self.contents.iter().find_map(Content::ice);
        let Some((way, Some(Transport::Ice(own)))) = way.map(|way| (way, &mut content.transport)) else { return };
        own.credentials = own.credentials.take().or_else(|| way.credentials.clone());
        own.fingerprint = own.fingerprint.take().or_else(|| way.fingerprint.clone());
    }

    /// With another way to the same end.
    fn by(&self, credentials: &Credentials) -> Self {
        let mut all = self.clone();
        for content in &mut all.contents {
            if let Some(Transport::Ice(way)) = &mut content.transport {
                way.credentials = Some(credentials.clone());
                way.candidates = Vec::<Candidate>::new();
            }
        }
        all
    }

    /// Who began securing it was settled long ago; but an offer leaves it open, and an answer does not (RFC 5763 §5).
    fn set_up(&mut self, offer: bool) {
        for content in &mut self.contents {
            let Some(Transport::Ice(way)) = &mut content.transport else { continue };
            let Some(Fingerprint { setup, .. }) = &mut way.fingerprint else { continue };
            match (offer, *setup) {
                (true, _) => *setup = Setup::Actpass,
                // They offered first, so that we began.
                (false, Setup::Actpass) => *setup = Setup::Passive,
                (false, _) => {}
            }
        }
    }
}

impl Connection {
    /// Takes their whole offer, and keeps it.
    pub(super) async fn take_offer(&self, offered: Theirs) -> Result<(), Error> {
        let text = self.said(&offered)?;
        self.describe_theirs(RTCSessionDescription::offer(text).map_err(theirs)?).await?;
        *self.theirs.lock().await = offered;
        Ok(())
    }

    /// Takes their whole answer, and keeps it.
    pub(super) async fn take_answer(&self, answered: Theirs) -> Result<(), Error> {
        let text = self.said(&answered)?;
        self.describe_theirs(RTCSessionDescription::answer(text).map_err(theirs)?).await?;
        *self.theirs.lock().await = answered;
        self.settled.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn said(&self, theirs: &Theirs) -> Result<String, Error> {
        let declined: Vec<_> = theirs.declined.iter().map(String::as_str).collect();
        // The engine refuses all that is in no bundle, even where it is the only one (Dino's).
        let mut groups = theirs.groups.clone();
        if !groups.iter().any(|group| group.semantics == Group::BUNDLE) {
            let contents = theirs.contents.iter().map(|content| content.name.clone()).collect();
            groups.push(Group { semantics: Group::BUNDLE.into(), contents });
        }
        sdp::write(&theirs.contents, &groups, &declined, self.side.other())
            .map_err(|error| Error::Theirs(error.to_string()))
    }

    /// They have agreed that more can go over it.
    pub(crate) async fn bundles(&self) -> bool {
        self.theirs.lock().await.groups.iter().any(|group| group.semantics == Group::BUNDLE)
    }

    /// The credentials they go by now.
    pub(crate) async fn their_credentials(&self) -> Option<Credentials> {
        self.theirs.lock().await.contents.iter().find_map(|content| content.ice()?.credentials.clone())
    }

    /// Offers one more content in the bundle; `both` where they may send in it too.
    ///
    /// # Errors
    /// [`Error::Setup`]; also where something else is being agreed on.
    pub async fn offer_more(&self, codec: Codec, both: bool) -> Result<(Content, Sender), Error> {
        if self.agrees().await {
            return Err(Error::Setup("something else is being agreed on".into()));
        }
        let (track, ssrc) = Self::track(codec)?;
        let direction = if both { RTCRtpTransceiverDirection::Sendrecv } else { RTCRtpTransceiverDirection::Sendonly };
        let init = RTCRtpTransceiverInit { direction, ..RTCRtpTransceiverInit::default() };
        let local = Arc::clone(&track) as Arc<dyn TrackLocal>;
        let transceiver = self.inner.add_transceiver_from_track(local, Some(init)).await.map_err(setup)?;
        let rtp = transceiver.sender().await.map_err(setup)?.ok_or_else(|| Error::Setup("it cannot send".into()))?;
        let (contents, _) = self.offer().await?;
        let name = transceiver.mid().await.map_err(setup)?;
        let is_new = |content: &Content| name.as_deref() == Some(self.inside(&content.name));
        let new = contents.into_iter().find(is_new);
        let new = new.ok_or_else(|| Error::Setup("the new content is not in the offer".into()))?;
        Ok((new, Sender::new(track, rtp, ssrc, codec, Arc::clone(&self.link), Arc::clone(&self.settled))))
    }

    /// Takes their answer to that: what of it they take.
    ///
    /// # Errors
    /// [`Error::Theirs`].
    pub async fn answered_more(&self, more: &[Content]) -> Result<(), Error> {
        let local = self.inner.local_description().await.ok_or_else(|| Error::Setup("nothing was offered".into()))?;
        let (ours, _) = sdp::read(&local.sdp, self.side)?;
        let mut all = self.theirs.lock().await.with(more);
        for ours in ours {
            if !all.contents.iter().any(|content| content.name == ours.name) {
                all.declined.push(ours.name.clone());
                all.contents.push(ours);
            }
        }
        all.set_up(false);
        self.take_answer(all).await
    }

    /// Takes an offer of more contents in the bundle, to be answered with [`Connection::answer`].
    ///
    /// # Errors
    /// [`Error::Theirs`].
    pub async fn offered_more(&self, more: &[Content]) -> Result<(), Error> {
        let mut all = self.theirs.lock().await.with(more);
        all.set_up(true);
        self.take_offer(all).await
    }

    /// Looks for ways anew: these are our credentials now. Where the last time was not answered, that one is forgotten.
    ///
    /// # Errors
    /// [`Error::Setup`].
    pub async fn restart(&self) -> Result<Credentials, Error> {
        self.take_back().await?;
        let options = RTCOfferOptions { ice_restart: true };
        let offer = self.inner.create_offer(Some(options)).await.map_err(setup)?;
        self.inner.set_local_description(offer).await.map_err(setup)?;
        self.own_credentials().await
    }

    /// They look for ways anew, with these credentials; or agree, where we had begun (`answer`). Where they began, these are
    /// ours now, to be told with our places.
    ///
    /// # Errors
    /// [`Error::Theirs`], [`Error::Setup`].
    pub async fn restarted(&self, credentials: &Credentials, answer: bool) -> Result<Option<Credentials>, Error> {
        let mut all = self.theirs.lock().await.by(credentials);
        all.set_up(!answer);
        if answer {
            self.take_answer(all).await?;
            return Ok(None);
        }
        // Where both look at once, theirs counts (XEP-0176 §5.9): whoever decides that has let go of ours.
        self.take_back().await?;
        self.take_offer(all).await?;
        let answer = self.inner.create_answer(None::<RTCAnswerOptions>).await.map_err(setup)?;
        self.inner.set_local_description(answer).await.map_err(setup)?;
        self.own_credentials().await.map(Some)
    }

    /// Forgets an offer that was not answered.
    async fn take_back(&self) -> Result<(), Error> {
        if self.agrees().await {
            let back = RTCSessionDescription::rollback(None).map_err(setup)?;
            self.inner.set_local_description(back).await.map_err(setup)?;
        }
        Ok(())
    }

    /// What we offered waits for an answer.
    pub(crate) async fn agrees(&self) -> bool {
        self.inner.pending_local_description().await.is_some()
    }

    async fn own_credentials(&self) -> Result<Credentials, Error> {
        let none = || Error::Setup("there are no credentials".into());
        let local = self.inner.local_description().await.ok_or_else(none)?;
        let (contents, _) = sdp::read(&local.sdp, self.side)?;
        contents.iter().find_map(|content| content.ice()?.credentials.clone()).ok_or_else(none)
    }
}
