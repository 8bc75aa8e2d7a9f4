//! One connection to the other side: all contents of a bundle, or one content (interop: Dino bundles nothing).

mod again;
mod peer;
mod stats;
mod watcher;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::{Mutex, mpsc};
use waxwing_jingle::content::{Content, Creator};
use waxwing_jingle::ice::{Candidate, Credentials};
use waxwing_jingle::jingle::Group;
use waxwing_jingle::sdp;
use webrtc::data_channel::DataChannel;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_sample::TrackLocalStaticSample;
use webrtc::media_stream::track_remote::TrackRemote;
use webrtc::peer_connection::{PeerConnection, RTCIceCandidateInit, RTCSessionDescription};

use self::again::Theirs;
pub use self::peer::Identity;
pub(crate) use self::peer::peer;
pub use self::stats::{Route, Stats};
pub(crate) use self::watcher::Watcher;

use crate::Error;
use crate::codec::{self, Codec};
use crate::sender::{self, Sender};
use crate::video::link::Link;

/// Events that wait to be heard; candidates are the most of them, and a machine has not so many addresses.
const WAITING: usize = 256;

/// Places of theirs that are tried in all: each is tried with each of ours.
const PLACES: usize = 256;

/// What the engine calls the first content it offers.
const FIRST: &str = "0";

/// A server that finds out our address or relays (XEP-0215).
#[derive(Clone, PartialEq, Eq)]
pub struct Relay {
    /// `stun:host:port`, `turn:host:port?transport=udp` and so on (RFC 7064, RFC 7065).
    pub url: String,
    pub username: String,
    pub password: String,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("url", &self.url).finish_non_exhaustive()
    }
}

/// How packets may travel.
#[derive(Debug, Clone)]
pub struct Ways {
    pub relays: Vec<Relay>,
    /// Nobody learns our addresses.
    pub relay_only: bool,
    /// Where to listen, as `address:port`.
    pub addresses: Vec<String>,
}

impl Default for Ways {
    /// All addresses of this machine, and no servers.
    fn default() -> Self {
        Self { relays: Vec::new(), relay_only: false, addresses: vec!["0.0.0.0:0".into(), "[::]:0".into()] }
    }
}

/// What a connection tells.
pub enum Event {
    /// A place to be reached at, to be told to the other side.
    Candidate { credentials: Credentials, candidate: Candidate },
    /// There will be no more of them.
    Gathered,
    /// The way is found and secured: media can flow.
    Connected,
    /// Nothing comes through at the moment.
    Interrupted,
    /// No way was found, or the one there was is lost for good.
    Failed,
    /// Media begin to come.
    Incoming(Arc<dyn TrackRemote>),
    /// They have opened a data channel.
    Channel(Arc<dyn DataChannel>),
}

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Candidate { .. } => "Candidate",
            Self::Gathered => "Gathered",
            Self::Connected => "Connected",
            Self::Interrupted => "Interrupted",
            Self::Failed => "Failed",
            Self::Incoming(_) => "Incoming",
            Self::Channel(_) => "Channel",
        })
    }
}

/// A connection. Dropping it closes it.
pub struct Connection {
    inner: Arc<dyn PeerConnection>,
    side: Creator,
    /// What our one content is called outside: the engine counts from [`FIRST`], and has no say in it.
    name: Option<&'static str>,
    /// How it goes.
    link: Arc<Link>,
    /// Places that were told of before their description was.
    early: Mutex<Option<Vec<RTCIceCandidateInit>>>,
    /// How many places of theirs were told.
    places: AtomicUsize,
    watcher: Arc<Watcher>,
    /// What they said of themselves last: they say again only what is new.
    theirs: Mutex<Theirs>,
    counted: Mutex<stats::Counted>,
    /// An answer was given or taken.
    settled: Arc<AtomicBool>,
}

impl Connection {
    /// Prepares one; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Setup`] where no address can be listened at, or a server's address is none.
    pub async fn open(ways: &Ways, side: Creator) -> Result<(Self, mpsc::Receiver<Event>), Error> {
        Self::open_with(ways, side, Identity::new()?, None, true).await
    }

    /// One of several of a call: all have one identity, and the one content that this one offers is called `name`. Where it is the
    /// way of `all` contents, it can be found out more exactly how much may be sent.
    ///
    /// # Errors
    /// As [`Connection::open`].
    pub async fn open_with(
        ways: &Ways,
        side: Creator,
        identity: Identity,
        name: Option<&'static str>,
        all: bool,
    ) -> Result<(Self, mpsc::Receiver<Event>), Error> {
        let (events, output) = mpsc::channel(WAITING);
        let link = Arc::new(Link::default());
        let watcher = Arc::new(Watcher::new(events, ways.relay_only));
        let inner = peer(ways, identity, &link, all, &watcher).await?;
        let early = Mutex::new(Some(Vec::new()));
        let (theirs, counted) = (Mutex::default(), Mutex::default());
        let (places, settled) = (AtomicUsize::default(), Arc::default());
        Ok((Self { inner, side, name, link, early, places, watcher, theirs, counted, settled }, output))
    }

    /// Sends in a content of its own where we offer, or in the next that was offered to us.
    ///
    /// # Errors
    /// [`Error::Setup`].
    pub async fn add(&self, codec: Codec) -> Result<Sender, Error> {
        let (track, ssrc) = Self::track(codec)?;
        let rtp = self.inner.add_track(Arc::clone(&track) as Arc<dyn TrackLocal>).await.map_err(setup)?;
        Ok(Sender::new(track, rtp, ssrc, codec, Arc::clone(&self.link), Arc::clone(&self.settled)))
    }

    fn track(codec: Codec) -> Result<(Arc<TrackLocalStaticSample>, u32), Error> {
        // RFC 3550 §8.1: not that of anybody else.
        let mut ssrc = [0; 4];
        getrandom::fill(&mut ssrc).map_err(|error| Error::Setup(error.to_string()))?;
        let ssrc = u32::from_ne_bytes(ssrc);
        Ok((sender::track(codec, "waxwing", ssrc)?, ssrc))
    }

    /// How it goes.
    pub fn link(&self) -> &Arc<Link> {
        &self.link
    }

    /// Which content something that came in belongs to.
    pub fn content_of(&self, track: &Arc<dyn TrackRemote>) -> Option<String> {
        let name = self.watcher.content_of(track)?;
        Some(if name == FIRST { self.name.map_or(name, str::to_owned) } else { name })
    }

    /// Our offer: a content for each codec that was added.
    ///
    /// # Errors
    /// [`Error::Setup`].
    pub async fn offer(&self) -> Result<(Vec<Content>, Vec<Group>), Error> {
        // The engine would offer but the codec of the track: who has no Opus has G.711.
        for transceiver in self.inner.get_transceivers().await {
            // That of video knows none of them, and stays as it is.
            let _ = transceiver.set_codec_preferences(codec::of_sound()).await;
        }
        let offer = self.inner.create_offer(None).await.map_err(setup)?;
        self.describe(offer).await
    }

    /// Takes their offer.
    ///
    /// # Errors
    /// [`Error::Theirs`] where nothing in it can be used.
    pub async fn offered(&self, contents: &[Content], groups: &[Group]) -> Result<(), Error> {
        self.take_offer(Theirs { contents: contents.to_vec(), groups: groups.to_vec(), declined: Vec::new() }).await
    }

    /// Our answer to it.
    ///
    /// # Errors
    /// [`Error::Setup`].
    pub async fn answer(&self) -> Result<(Vec<Content>, Vec<Group>), Error> {
        let answer = self.inner.create_answer(None).await.map_err(setup)?;
        let described = self.describe(answer).await?;
        self.settled.store(true, Ordering::Relaxed);
        Ok(described)
    }

    /// Takes their answer; contents of our offer that are not in it are declined.
    ///
    /// # Errors
    /// [`Error::Theirs`].
    pub async fn answered(&self, contents: &[Content], groups: &[Group]) -> Result<(), Error> {
        let offered = self.inner.local_description().await.ok_or_else(|| Error::Setup("nothing was offered".into()))?;
        let (offered, _) = sdp::read(&offered.sdp, self.side)?;
        let theirs_of = |ours: &Content| {
            let theirs = contents.iter().find(|content| self.inside(&content.name) == ours.name)?;
            Some(Content { name: ours.name.clone(), ..theirs.clone() })
        };
        let declined: Vec<_> =
            offered.iter().filter(|ours| theirs_of(ours).is_none()).map(|ours| ours.name.clone()).collect();
        let contents: Vec<_> = offered.iter().map(|ours| theirs_of(ours).unwrap_or_else(|| ours.clone())).collect();
        self.take_answer(Theirs { contents, groups: groups.to_vec(), declined }).await
    }

    /// A place where they can be reached.
    ///
    /// # Errors
    /// [`Error::Theirs`].
    pub async fn candidate(&self, content: &str, candidate: &Candidate, ufrag: Option<&str>) -> Result<(), Error> {
        if self.places.fetch_add(1, Ordering::Relaxed) >= PLACES {
            return Err(Error::Theirs("more places than anybody has".into()));
        }
        let candidate = RTCIceCandidateInit {
            candidate: sdp::write_candidate(candidate, ufrag),
            sdp_mid: Some(self.inside(content).to_owned()),
            username_fragment: ufrag.map(str::to_owned),
            ..RTCIceCandidateInit::default()
        };
        if let Some(early) = &mut *self.early.lock().await {
            early.push(candidate);
            return Ok(());
        }
        self.inner.add_ice_candidate(candidate).await.map_err(theirs)
    }

    /// What the engine calls a content.
    fn inside<'a>(&self, name: &'a str) -> &'a str {
        if self.name == Some(name) { FIRST } else { name }
    }

    /// Ends it.
    pub async fn close(&self) {
        if let Err(error) = self.inner.close().await {
            tracing::debug!(%error, "a call's connection was closed already");
        }
    }

    /// Sets their description, and then tells the engine of the places that came before it.
    async fn describe_theirs(&self, description: RTCSessionDescription) -> Result<(), Error> {
        self.inner.set_remote_description(description).await.map_err(theirs)?;
        for candidate in self.early.lock().await.take().unwrap_or_default() {
            // One that leads nowhere is no reason to end it.
            if let Err(error) = self.inner.add_ice_candidate(candidate).await {
                tracing::debug!(%error, "a candidate was not taken");
            }
        }
        Ok(())
    }

    /// Sets our description, and says it in Jingle's words.
    async fn describe(&self, description: RTCSessionDescription) -> Result<(Vec<Content>, Vec<Group>), Error> {
        self.inner.set_local_description(description.clone()).await.map_err(setup)?;
        let (mut contents, groups) = sdp::read(&description.sdp, self.side)?;
        for content in &mut contents {
            if let Some(name) = self.name.filter(|_| content.name == FIRST) {
                name.clone_into(&mut content.name);
            }
            if let Some(waxwing_jingle::Transport::Ice(transport)) = &mut content.transport {
                // They are told as they are found.
                transport.candidates.clear();
            }
        }
        Ok((contents, groups))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // The engine would go on by itself: sockets, relay and all.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let inner = Arc::clone(&self.inner);
            runtime.spawn(async move { inner.close().await });
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
fn setup(error: webrtc::error::Error) -> Error {
    Error::Setup(error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
fn theirs(error: webrtc::error::Error) -> Error {
    Error::Theirs(error.to_string())
}

#[cfg(test)]
mod tests;
