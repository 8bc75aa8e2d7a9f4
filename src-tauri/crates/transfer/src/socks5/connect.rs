//! Connecting to a peer's candidates, or to a proxy.

use std::net::IpAddr;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_socks::tcp::Socks5Stream;

use super::{offerable, wire};
use crate::error::Error;
use crate::proxy::Proxy;

/// How long an attempt is waited for before the next one begins beside it.
const STAGGER: Duration = Duration::from_millis(200);
/// Addresses of one name that are tried at most.
const MAX_ADDRESSES: usize = 4;
/// Candidates that are tried at most.
const MAX_CANDIDATES: usize = 32;

/// Where a peer says that it, or a proxy, can be reached (XEP-0260 §2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub cid: String,
    /// Name or address.
    pub host: String,
    pub port: u16,
    /// Larger is better.
    pub priority: u32,
}

/// How candidates are tried.
#[derive(Debug, Clone)]
pub struct Connector {
    /// For each: connection and greeting.
    pub each: Duration,
    /// For all of them.
    pub all: Duration,
    /// The account's: everything goes through it, and names are looked up there.
    pub proxy: Option<Proxy>,
    /// Whether a candidate may be on this machine. A peer could use that to reach what listens here for nobody else.
    pub loopback: bool,
}

impl Default for Connector {
    fn default() -> Self {
        Self { each: Duration::from_secs(5), all: Duration::from_secs(15), proxy: None, loopback: false }
    }
}

impl Connector {
    /// Tries all of them, the best first, the next one every 200 ms, and takes the first that answers rightly to
    /// `address` (verbatim what the peer wrote as `dstaddr`, 255 bytes at most). With it comes the candidate it is. The
    /// others are closed; dropping the future closes all.
    ///
    /// # Errors
    /// [`Error::NoCandidate`]: none did, or none was there.
    pub async fn first(&self, mut candidates: Vec<Candidate>, address: &str) -> Result<(Candidate, TcpStream), Error> {
        // Equal ones stay in the peer's order.
        candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.priority));
        candidates.truncate(MAX_CANDIDATES);
        let attempts = async {
            let mut running = FuturesUnordered::new();
            let mut waiting = candidates.into_iter().peekable();
            let mut next = Instant::now();
            loop {
                tokio::select! {
                    () = sleep_until(next), if waiting.peek().is_some() => {
                        if let Some(candidate) = waiting.next() {
                            running.push(async move { (self.to(&candidate, address).await, candidate) });
                        }
                        next = Instant::now() + STAGGER;
                    }
                    Some((answer, candidate)) = running.next(), if !running.is_empty() => match answer {
                        Ok(stream) => return Ok((candidate, stream)),
                        Err(error) => {
                            tracing::debug!(%error, cid = candidate.cid, "a candidate failed");
                            next = Instant::now();
                        }
                    },
                    else => return Err(Error::NoCandidate),
                }
            }
        };
        timeout(self.all, attempts).await.unwrap_or(Err(Error::NoCandidate))
    }

    /// Connects to one of them: how the side that offered a proxy gets there (XEP-0260 §2.4).
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::NameNotFound`], [`Error::Private`] (on this machine), [`Error::Proxy`],
    /// [`Error::Socks`], [`Error::Protocol`], [`Error::Stalled`].
    pub async fn to(&self, candidate: &Candidate, address: &str) -> Result<TcpStream, Error> {
        let connected = timeout(self.each, async {
            let mut stream = self.connect(candidate).await?;
            let _ = stream.set_nodelay(true);
            wire::ask(&mut stream, address).await?;
            Ok(stream)
        });
        connected.await.unwrap_or(Err(Error::Stalled(self.each)))
    }

    async fn connect(&self, candidate: &Candidate) -> Result<TcpStream, Error> {
        let Candidate { host, port, .. } = candidate;
        if host.is_empty() || host.len() > 255 || *port == 0 {
            return Err(Error::Protocol("no address"));
        }
        if let Some(proxy) = &self.proxy {
            return through(proxy, host, *port).await;
        }
        let found = lookup_host((host.as_str(), *port)).await;
        let addresses: Vec<_> = found
            .map_err(|_| Error::NameNotFound { host: host.clone() })?
            .filter(|address| offerable(address.ip()) || self.loopback && is_loopback(address.ip()))
            .take(MAX_ADDRESSES)
            .collect();
        let mut failed = Error::Private { host: host.clone() };
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => failed = Error::Unreachable { host: host.clone(), reason: error.to_string() },
            }
        }
        Err(failed)
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

async fn through(proxy: &Proxy, host: &str, port: u16) -> Result<TcpStream, Error> {
    let failed = |reason: String| Error::Proxy { proxy: proxy.to_string(), reason };
    let tcp = TcpStream::connect((proxy.host.as_str(), proxy.port)).await.map_err(|error| failed(error.to_string()))?;
    match Socks5Stream::connect_with_socket(tcp, (host, port)).await {
        Ok(stream) => Ok(stream.into_inner()),
        Err(
            error @ (tokio_socks::Error::HostUnreachable
            | tokio_socks::Error::NetworkUnreachable
            | tokio_socks::Error::ConnectionRefused
            | tokio_socks::Error::TtlExpired),
        ) => Err(Error::Unreachable { host: host.to_owned(), reason: error.to_string() }),
        Err(error) => Err(failed(error.to_string())),
    }
}
