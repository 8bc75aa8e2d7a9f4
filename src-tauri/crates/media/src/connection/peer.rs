//! What the engine has of a connection, set up as all of ours are.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use rtc::crypto::{self, SignatureScheme};
use rtc::ice::mdns::MulticastDnsMode;
use rtc::peer_connection::certificate::CertificateParams;
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, RTCCertificate, RTCConfigurationBuilder, RTCIceServer, RTCIceTransportPolicy,
};

use super::{Relay, Watcher, Ways, setup};
use crate::channel;
use crate::codec;
use crate::error::Error;
use crate::video::link::Link;

/// Packets that one may come later than others: as many as those who put frames together wait with.
const REPLAYS: usize = 2048;

/// The addresses that there are: a machine may know no IPv6.
fn listening(ways: &Ways) -> Result<Vec<String>, Error> {
    let there = |address: &&String| std::net::UdpSocket::bind(address.as_str()).is_ok();
    let addresses: Vec<_> = ways.addresses.iter().filter(there).cloned().collect();
    if addresses.is_empty() {
        return Err(Error::Setup("there is no address to listen at".into()));
    }
    Ok(addresses)
}

/// Names of the local network are asked for by IPv4 only.
fn names() -> MulticastDnsMode {
    let joins =
        |socket: std::net::UdpSocket| socket.join_multicast_v4(&Ipv4Addr::new(224, 0, 0, 251), &Ipv4Addr::UNSPECIFIED);
    match std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(joins) {
        Ok(()) => MulticastDnsMode::QueryOnly,
        Err(_) => MulticastDnsMode::Disabled,
    }
}

/// Who we are in a call: what our fingerprint is of. A new one for each call, so that nobody is known by it.
#[derive(Clone)]
pub struct Identity(RTCCertificate);

impl Identity {
    /// # Errors
    /// [`Error::Setup`].
    pub fn new() -> Result<Self, Error> {
        let failed = |error: String| Error::Setup(error);
        let provider = crypto::default_provider().map_err(|error| failed(error.to_string()))?;
        let parameters =
            CertificateParams::new(vec!["waxwing".to_owned()]).map_err(|error| failed(error.to_string()))?;
        let scheme = SignatureScheme::EcdsaP256Sha256;
        RTCCertificate::generate(provider.crypto(), scheme, parameters).map(Self).map_err(setup)
    }
}

/// What the engine has of a connection that goes these ways.
pub(crate) async fn peer(
    ways: &Ways,
    identity: Identity,
    link: &Arc<Link>,
    all: bool,
    watcher: &Arc<Watcher>,
) -> Result<Arc<dyn PeerConnection>, Error> {
    let server = |relay: &Relay| RTCIceServer {
        urls: vec![relay.url.clone()],
        username: relay.username.clone(),
        credential: relay.password.clone(),
    };
    let policy = if ways.relay_only { RTCIceTransportPolicy::Relay } else { RTCIceTransportPolicy::All };
    let configuration = RTCConfigurationBuilder::new()
        .with_ice_servers(ways.relays.iter().map(server).collect())
        .with_ice_transport_policy(policy)
        .with_certificates(vec![identity.0])
        .build();
    let (media, registry) = codec::engine(link, all)?;
    let settings = SettingEngineBuilder::new()
        .with_sdp_media_level_fingerprints(true)
        // Ways are looked for anew where the network is another: what was listened at is gone then.
        .with_discard_local_candidates_during_ice_restart(true)
        // A way that is found is taken soon; the direct ones have a start.
        .with_srflx_acceptance_min_wait(Some(Duration::ZERO))
        .with_prflx_acceptance_min_wait(Some(Duration::from_millis(200)))
        .with_relay_acceptance_min_wait(Some(Duration::from_millis(500)))
        // The engine cannot be set up where it asks for names and there is no IPv4 to ask by.
        .with_multicast_dns_mode(names())
        // What is sent again comes after more than the 64 packets that there have to be at least (RFC 3711 §3.3.2).
        .with_srtp_replay_protection_window(REPLAYS)
        .build();
    let built = PeerConnectionBuilder::new()
        .with_configuration(configuration)
        .with_media_engine(media)
        .with_interceptor_registry(registry)
        .with_setting_engine(settings)
        .with_handler(watcher.clone())
        .with_data_channel_send_buffer_limit(channel::WAITING)
        .with_udp_addrs(listening(ways)?)
        .build()
        .await;
    let inner: Arc<dyn PeerConnection> = Arc::new(built.map_err(setup)?);
    watcher.watch(&inner).await;
    Ok(inner)
}
