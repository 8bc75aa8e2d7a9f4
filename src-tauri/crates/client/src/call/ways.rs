//! How a call may travel: relays as the server names them, in words the engine understands.

use std::net::SocketAddr;
use std::time::Duration;

use futures::future::join_all;
use waxwing_media::bridge::{Bridge, Over as BridgeOver};
use waxwing_media::{Relay, Ways};
use waxwing_session::tls::{self, Trust};
use waxwing_session::xep::extdisco::{Kind, Over, Service};

/// How long a relay's name may take to be found.
const LOOKUP: Duration = Duration::from_secs(3);
/// Addresses of one name that are tried.
const ADDRESSES: usize = 2;

/// What the account knows of how its calls may travel.
#[derive(Debug, Clone)]
pub(crate) struct Means {
    pub services: Vec<Service>,
    /// Nobody learns our addresses.
    pub relay_only: bool,
    /// For relays over TLS.
    pub trust: Trust,
}

impl Means {
    /// There is a relay among them.
    pub fn relayed(&self) -> bool {
        self.services.iter().any(|service| service.kind == Kind::Turn && service.is_usable())
    }

    /// The ways, and the bridges that lead to relays over streams: they last as long as the call.
    pub async fn open(&self) -> (Ways, Vec<Bridge>) {
        let mut ways = Ways { relay_only: self.relay_only, ..Ways::default() };
        let mut bridges = Vec::new();
        let usable = self.services.iter().filter(|service| service.is_usable());
        // All at once: a name that is not found is waited for.
        let found = join_all(usable.map(async |service| (service, self.urls(service).await))).await;
        for (service, (urls, bridge)) in found {
            bridges.extend(bridge);
            ways.relays.extend(urls.into_iter().map(|url| Relay {
                url,
                username: service.username.clone().unwrap_or_default(),
                password: service.password.clone().unwrap_or_default(),
            }));
        }
        (ways, bridges)
    }

    async fn urls(&self, service: &Service) -> (Vec<String>, Option<Bridge>) {
        match service.over {
            Over::Udp => (addresses(service).await, None),
            // Our address from outside is told over UDP alone.
            _ if service.kind == Kind::Stun => (Vec::new(), None),
            over => {
                let bridge = self.bridge(service, over).await;
                (bridge.iter().map(Bridge::url).collect(), bridge)
            }
        }
    }

    async fn bridge(&self, service: &Service, over: Over) -> Option<Bridge> {
        let over = match over {
            Over::Tls => BridgeOver::Tls(
                tls::client_config(&self.trust)
                    .inspect_err(|error| tracing::warn!(%error, "no relay over TLS"))
                    .ok()?,
            ),
            _ => BridgeOver::Tcp,
        };
        let opened = Bridge::open(service.host.clone(), service.port, over).await;
        opened.inspect_err(|error| tracing::warn!(%error, "no bridge to a relay")).ok()
    }
}

/// The engine takes addresses and no names.
async fn addresses(service: &Service) -> Vec<String> {
    let found = tokio::time::timeout(LOOKUP, tokio::net::lookup_host((service.host.as_str(), service.port))).await;
    let found: Vec<SocketAddr> = match found {
        Ok(Ok(found)) => found.take(ADDRESSES).collect(),
        _ => {
            tracing::info!("a relay's name was not found");
            Vec::new()
        }
    };
    let url = |address: SocketAddr| match service.kind {
        Kind::Stun => format!("stun:{address}"),
        Kind::Turn => format!("turn:{address}?transport=udp"),
    };
    found.into_iter().map(url).collect()
}
