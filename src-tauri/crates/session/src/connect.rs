//! From a domain to an encrypted stream whose features are known.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_xmpp::xmlstream::{ReadError, StreamHeader, Timeouts, initiate_stream};
use xso::exports::rxml;

use crate::dial::{self, Candidate};
use crate::dns::{self, Target};
use crate::error::Error;
use crate::limits::{Inbound, XmlStream};
use crate::proxy::{self, Proxy, Route};
use crate::tap::Watch;
use crate::tls::{self, TlsInfo, Trust};
use crate::wire::{TooManyBytes, Transport, Wire};
use crate::xml::{El, Element, Reading as _, el, to_string};
use crate::{ns, stanza};

/// How long each step may take; tests shorten them.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub lookup: Duration,
    pub tcp: Duration,
    pub tls: Duration,
    /// Everything from the stream header to being bound.
    pub sign_in: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { lookup: seconds(10), tcp: seconds(10), tls: seconds(10), sign_in: seconds(20) }
    }
}

/// How long the other names of a server are waited for once one of them is known.
const PATIENCE: Duration = Duration::from_millis(500);

/// The step a connection attempt is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Lookup,
    Tcp,
    Tls,
    SignIn,
}

/// An encrypted stream, before sign-in.
pub(crate) struct Opened {
    pub stream: XmlStream<Wire>,
    pub features: Element,
    pub tls: TlsInfo,
    pub target: Target,
    /// The sign-in is on its way already.
    pub spoke: bool,
}

/// Where a stream goes, and how.
#[derive(Clone, Copy)]
pub(crate) struct Destination<'a> {
    pub domain: &'a str,
    /// Said in the stream's header once that is encrypted.
    pub from: Option<&'a str>,
    /// The person's, where they chose one.
    pub route: &'a Route,
    pub trust: &'a Trust,
    pub limits: Limits,
    pub watch: &'a Watch,
}

/// Opens an encrypted stream. What `first` answers is sent along with the stream's header, before the server has said
/// anything (XEP-0388 §2.6.4 allows for it).
pub(crate) async fn open(
    destination: &Destination<'_>,
    first: impl Fn(&TlsInfo) -> Option<Element>,
    mut on_step: impl FnMut(Step),
) -> Result<Opened, Error> {
    let Destination { domain, route, limits, .. } = *destination;
    on_step(Step::Lookup);
    let onion = proxy::is_onion(route.endpoint.as_ref().map_or(domain, |endpoint| &endpoint.host));
    let mut way = match &route.proxy {
        Some(proxy) => {
            let targets = route.endpoint.clone().map_or_else(|| proxy::targets(domain), |endpoint| vec![endpoint]);
            Way::Proxied { proxy, waiting: targets.into() }
        }
        // Asking DNS would tell others, and in vain (RFC 7686 §2).
        None if onion => return Err(Error::NeedsTor(domain.to_owned())),
        None => {
            let targets = match &route.endpoint {
                Some(endpoint) => vec![endpoint.clone()],
                None => within(limits.lookup, "looking up the server", dns::targets(domain)).await?,
            };
            let chosen = |error| match (error, &route.endpoint) {
                (Error::HostNotFound(host), Some(_)) => Error::EndpointNotFound(host),
                (error, _) => error,
            };
            Way::Direct(addresses(targets, limits).await.map_err(chosen)?)
        }
    };
    let mut last = None;
    loop {
        on_step(Step::Tcp);
        match way.next(limits).await {
            Some(Ok((target, tcp))) => {
                // Stanzas are small and wait for answers: Nagle against delayed acknowledgement costs 40 ms each.
                let _ = tcp.set_nodelay(true);
                on_step(Step::Tls);
                match secure(tcp, &target, destination, &first).await {
                    Ok(opened) => return Ok(opened),
                    // The next server of the domain cannot mend a certificate a person has to look at.
                    Err(error @ Error::Certificate(_)) => return Err(error),
                    Err(error) => last = Some(error),
                }
            }
            // Somebody who answered and failed later says more than somebody who did not.
            Some(Err(error)) => last = last.or(Some(error)),
            None => return Err(last.unwrap_or_else(|| Error::HostNotFound(domain.to_owned()))),
        }
    }
}

/// The places still to be tried.
enum Way<'a> {
    Direct(VecDeque<Candidate>),
    Proxied { proxy: &'a Proxy, waiting: VecDeque<Target> },
}

impl Way<'_> {
    /// A connection to the next place that answers; nothing where none is left.
    async fn next(&mut self, limits: Limits) -> Option<Result<(Target, TcpStream), Error>> {
        match self {
            Self::Direct(waiting) if waiting.is_empty() => None,
            Self::Direct(waiting) => {
                let connect = |address| async move {
                    let connecting = timeout(limits.tcp, TcpStream::connect(address));
                    connecting.await.unwrap_or(Err(io::ErrorKind::TimedOut.into()))
                };
                match dial::race(waiting, connect).await {
                    Ok((candidate, tcp)) => Some(Ok((candidate.target, tcp))),
                    Err(failed) => failed.map(|failed| Err(unreachable(failed))),
                }
            }
            Self::Proxied { proxy, waiting } => {
                let target = waiting.pop_front()?;
                // A circuit takes its time.
                let connected = within(limits.tcp * 3, "connecting", proxy::connect(proxy, &target)).await;
                Some(connected.map(|tcp| (target, tcp)))
            }
        }
    }
}

fn unreachable((Candidate { target, .. }, error): (Candidate, io::Error)) -> Error {
    match error.kind() {
        io::ErrorKind::TimedOut => Error::Timeout("connecting"),
        _ => Error::Unreachable { endpoint: format!("{}:{}", target.host, target.port), reason: error.to_string() },
    }
}

/// All addresses of all places, best first.
async fn addresses(targets: Vec<Target>, limits: Limits) -> Result<VecDeque<Candidate>, Error> {
    let lookups = targets.into_iter().map(|target| async move {
        let found = timeout(limits.lookup, tokio::net::lookup_host((target.host.as_str(), target.port))).await;
        let found: Vec<_> = match found {
            Ok(Ok(found)) => found.collect(),
            Ok(Err(_)) => return Err(Error::HostNotFound(target.host.clone())),
            Err(_) => return Err(Error::Timeout("looking up the server")),
        };
        let candidate = |address| Candidate { target: target.clone(), address };
        Ok(dial::interleaved(found).into_iter().map(candidate).collect::<Vec<_>>())
    });
    let mut running: FuturesUnordered<_> =
        lookups.enumerate().map(|(rank, lookup)| async move { (rank, lookup.await) }).collect();
    let (mut known, mut failed) = (BTreeMap::new(), None);
    // Once there is somebody to try, the names that are slow have a moment left.
    let patience = |known: bool| if known { PATIENCE } else { limits.lookup };
    while let Ok(Some((rank, found))) = timeout(patience(!known.is_empty()), running.next()).await {
        match found {
            Ok(found) => drop(known.insert(rank, found)),
            Err(error) => failed = Some(error),
        }
    }
    let all: VecDeque<_> = known.into_values().flatten().collect();
    match failed {
        Some(error) if all.is_empty() => Err(error),
        _ => Ok(all),
    }
}

async fn within<T>(
    limit: Duration,
    doing: &'static str,
    step: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    timeout(limit, step).await.unwrap_or(Err(Error::Timeout(doing)))
}

async fn secure(
    tcp: TcpStream,
    target: &Target,
    destination: &Destination<'_>,
    first: &impl Fn(&TlsInfo) -> Option<Element>,
) -> Result<Opened, Error> {
    let Destination { domain, from, trust, limits, watch, .. } = *destination;
    let wire = |transport| Wire::new(transport, watch.clone());
    let transport: Box<dyn Transport> =
        if target.direct_tls { Box::new(tcp) } else { starttls(wire(Box::new(tcp)), domain, limits.tls).await? };
    let (tls_stream, tls) =
        within(limits.tls, "securing the connection", tls::handshake(transport, domain, target.direct_tls, trust))
            .await?;
    let first = first(&tls);
    let spoke = first.is_some();
    let mut wire = wire(Box::new(tls_stream));
    if let Some(first) = first {
        watch.show(true, &first);
        wire = wire.with_rider(to_string(&first).into_bytes());
    }
    let (stream, features) = within(limits.sign_in, "opening the stream", begin(wire, domain, from)).await?;
    Ok(Opened { stream, features, tls, target: target.clone(), spoke })
}

/// RFC 6120 §5. The client asks even where the server does not offer it, and never goes on in the clear (RFC 7590):
/// someone on the path could have removed the offer.
async fn starttls(wire: Wire, domain: &str, limit: Duration) -> Result<Box<dyn Transport>, Error> {
    let begun = within(limit, "asking for encryption", begin(wire, domain, None)).await;
    let (mut stream, _) = begun.map_err(|error| in_the_clear(error, domain))?;
    let asking = async {
        send(&mut stream, el("starttls", ns::TLS)).await?;
        receive(&mut stream).await
    };
    // Whatever comes instead, also nothing at all: there is no encryption here.
    let answer = timeout(limit, asking).await.ok().and_then(Result::ok);
    if !answer.is_some_and(|answer| answer.is("proceed", ns::TLS)) {
        return Err(Error::Tls("the server does not offer encryption".into()));
    }
    stream.into_inner().into_transport().ok_or(Error::Protocol("starting encryption"))
}

/// Anyone on the path could have said it: it ends this attempt and decides nothing about the next (RFC 6120 §4.9.3.19).
fn in_the_clear(error: Error, domain: &str) -> Error {
    match error {
        Error::Stream { condition, .. } if matches!(condition.as_str(), "host-unknown" | "host-gone") => {
            Error::HostNotFound(domain.to_owned())
        }
        Error::Stream { .. } => Error::Closed,
        error => error,
    }
}

/// Sends the stream header and receives the server's header and features.
pub(crate) async fn begin(wire: Wire, domain: &str, from: Option<&str>) -> Result<(XmlStream<Wire>, Element), Error> {
    let header = StreamHeader { from: from.map(Into::into), to: Some(domain.into()), id: None };
    // Liveness is ours: the driver pings and times out by itself.
    let timeouts = Timeouts { read_timeout: Duration::from_secs(60), response_timeout: Duration::from_secs(20) };
    let pending = initiate_stream(wire, ns::CLIENT, header, timeouts).await.map_err(broken)?;
    let mut stream = pending.skip_features::<Inbound>();
    let features = receive(&mut stream).await?;
    if !features.is("features", ns::STREAM) {
        return Err(Error::Protocol("waiting for stream features"));
    }
    Ok((stream, features))
}

/// Opens the stream anew on the same transport (RFC 6120 §6.4.6).
pub(crate) async fn restart(
    stream: XmlStream<Wire>,
    domain: &str,
    from: Option<&str>,
) -> Result<(XmlStream<Wire>, Element), Error> {
    begin(stream.into_inner().restarted(), domain, from).await
}

pub(crate) async fn send(stream: &mut XmlStream<Wire>, element: El) -> Result<(), Error> {
    let element = Element::from(element);
    stream.get_stream().watch().show(true, &element);
    stream.send(&element).await.map_err(broken)
}

/// The next element during negotiation.
pub(crate) async fn receive(stream: &mut XmlStream<Wire>) -> Result<Element, Error> {
    loop {
        match stream.next().await {
            Some(Ok(Inbound::Element(element))) => {
                stream.get_stream().meter().reset();
                stream.get_stream().watch().show(false, &element);
                return match stanza::stream_error(&element) {
                    Some(error) => Err(error),
                    None => Ok(element),
                };
            }
            Some(Ok(Inbound::Skipped(_)) | Err(ReadError::ParseError(_))) => {
                return Err(Error::Protocol("signing in"));
            }
            Some(Err(ReadError::SoftTimeout)) => {}
            Some(Err(ReadError::StreamFooterReceived)) | None => return Err(Error::Closed),
            Some(Err(ReadError::HardError(error))) => return Err(broken(error)),
        }
    }
}

/// The parser's own complaint, where there is one: it wraps it as the error of a stream.
fn of_parser(error: &io::Error) -> Option<&rxml::Error> {
    error.get_ref()?.downcast_ref()
}

/// Whether nothing came any more. A server that goes down and keeps its sessions closes the connection without a word.
fn is_end(error: &io::Error) -> bool {
    matches!(of_parser(error), Some(rxml::Error::InvalidEof(_)))
}

/// Whether what came cannot be read.
pub(crate) fn is_unreadable(error: &io::Error) -> bool {
    let too_much = error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<TooManyBytes>);
    too_much || of_parser(error).is_some() && !is_end(error)
}

/// What an error of the stream means.
#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
pub(crate) fn broken(error: io::Error) -> Error {
    match error.kind() {
        _ if is_end(&error) => Error::Closed,
        io::ErrorKind::InvalidData => Error::Protocol("reading the stream"),
        _ => Error::Broken(error.to_string()),
    }
}

/// Whether a features element carries a child.
pub(crate) fn offers(features: &Element, ns: &str) -> bool {
    features.child_in(ns).is_some()
}
