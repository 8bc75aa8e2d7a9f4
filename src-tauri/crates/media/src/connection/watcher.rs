//! What the engine tells of one connection.

use std::ptr;
use std::sync::{Arc, Mutex as StdMutex, PoisonError, Weak};

use tokio::sync::{Mutex, mpsc};
use waxwing_jingle::ice::{Candidate, Credentials, Kind};
use waxwing_jingle::sdp;
use webrtc::data_channel::DataChannel;
use webrtc::media_stream::track_remote::TrackRemote;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionEventHandler, RTCIceGatheringState, RTCPeerConnectionIceEvent, RTCPeerConnectionState,
};

use super::Event;

/// Hears what the engine tells.
pub(crate) struct Watcher {
    events: mpsc::Sender<Event>,
    /// Nothing tells where we are: neither other places nor where a relayed one comes from.
    relay_only: bool,
    inner: Mutex<Option<Weak<dyn PeerConnection>>>,
    /// Which content what comes belongs to, as the engine calls it.
    came: StdMutex<Vec<(Weak<dyn TrackRemote>, String)>>,
}

impl Watcher {
    pub(crate) fn new(events: mpsc::Sender<Event>, relay_only: bool) -> Self {
        Self { events, relay_only, inner: Mutex::new(None), came: StdMutex::default() }
    }

    pub(crate) async fn watch(&self, inner: &Arc<dyn PeerConnection>) {
        *self.inner.lock().await = Some(Arc::downgrade(inner));
    }

    /// What the engine calls the content that this belongs to.
    pub(super) fn content_of(&self, track: &Arc<dyn TrackRemote>) -> Option<String> {
        let came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
        came.iter().find(|(one, _)| ptr::addr_eq(one.as_ptr(), Arc::as_ptr(track))).map(|(_, name)| name.clone())
    }

    async fn find_content_of(&self, track: &Arc<dyn TrackRemote>) -> Option<String> {
        let inner = self.inner.lock().await.as_ref()?.upgrade()?;
        for transceiver in inner.get_transceivers().await {
            let Ok(Some(receiver)) = transceiver.receiver().await else { continue };
            if ptr::addr_eq(Arc::as_ptr(receiver.track()), Arc::as_ptr(track)) {
                return transceiver.mid().await.ok().flatten();
            }
        }
        None
    }

    async fn tell(&self, event: Event) {
        // Whoever does not listen any more has ended the call.
        let _ = self.events.send(event).await;
    }

    /// Ours of this generation.
    async fn credentials(&self) -> Option<Credentials> {
        let inner = self.inner.lock().await.as_ref()?.upgrade()?;
        let sdp = inner.local_description().await?.sdp;
        let value = |name: &str| sdp.lines().find_map(|line| line.strip_prefix(name));
        Credentials::new(value("a=ice-ufrag:")?, value("a=ice-pwd:")?)
    }
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Watcher {
    async fn on_ice_candidate(&self, event: RTCPeerConnectionIceEvent) {
        let Ok(init) = event.candidate.to_json() else { return };
        let id = event.candidate.id.clone();
        let candidate = sdp::read_candidate(&init.candidate, id);
        let candidate = match candidate {
            Some(found) if self.relay_only => {
                Some(Candidate { related: None, ..found }).filter(|found| found.kind == Kind::Relay)
            }
            found => found,
        }
        // Where there is no address of a family, the engine listens at all there might be.
        .filter(|found| !found.address.is_unspecified());
        if let (Some(candidate), Some(credentials)) = (candidate, self.credentials().await) {
            self.tell(Event::Candidate { credentials, candidate }).await;
        }
    }

    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.tell(Event::Gathered).await;
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        match state {
            RTCPeerConnectionState::Connected => self.tell(Event::Connected).await,
            RTCPeerConnectionState::Disconnected => self.tell(Event::Interrupted).await,
            RTCPeerConnectionState::Failed => self.tell(Event::Failed).await,
            _ => {}
        }
    }

    async fn on_data_channel(&self, channel: Arc<dyn DataChannel>) {
        self.tell(Event::Channel(channel)).await;
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        if let Some(name) = self.find_content_of(&track).await {
            let mut came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
            came.retain(|(one, _)| one.strong_count() > 0);
            came.push((Arc::downgrade(&track), name));
        }
        self.tell(Event::Incoming(track)).await;
    }
}
