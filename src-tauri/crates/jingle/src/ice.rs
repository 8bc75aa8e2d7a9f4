//! How media finds its way (XEP-0176), and who may be at its end (XEP-0320).

use std::net::IpAddr;

use waxwing_xml::{El, Element, Reading as _, el};

use crate::token::{ice, word};
use crate::{Malformed, ns};

/// Candidates read from one stanza; the rest is left out.
const CANDIDATES: usize = 64;

/// `<transport/>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transport {
    pub credentials: Option<Credentials>,
    pub candidates: Vec<Candidate>,
    pub fingerprint: Option<Fingerprint>,
    /// There is a fingerprint, sealed with OMEMO, that we cannot open.
    pub sealed: bool,
    /// All candidates have been said; not in XEP-0176, said by some all the same.
    pub complete: bool,
}

/// RFC 8445 §5.3. New ones are a restart (XEP-0176 §5.9).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub ufrag: String,
    pub pwd: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("ufrag", &self.ufrag).finish_non_exhaustive()
    }
}

/// A place where packets may arrive (XEP-0176 §5.3). Always UDP: nothing else is defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Unique within the session.
    pub id: String,
    /// Always 1 of what is read: RTP and RTCP go together.
    pub component: u8,
    pub foundation: String,
    pub generation: u32,
    pub address: IpAddr,
    pub port: u16,
    pub priority: u32,
    pub kind: Kind,
    /// Where a reflexive or relayed one comes from.
    pub related: Option<(IpAddr, u16)>,
    pub network: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Host,
    ServerReflexive,
    PeerReflexive,
    Relay,
}

const KINDS: [(&str, Kind); 4] =
    [("host", Kind::Host), ("srflx", Kind::ServerReflexive), ("prflx", Kind::PeerReflexive), ("relay", Kind::Relay)];

impl Kind {
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("host", |(name, _)| name)
    }

    pub fn read(name: &str) -> Option<Self> {
        KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }
}

/// What the certificate at the other end hashes to (XEP-0320 §2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    pub hash: Hash,
    /// As many bytes as the hash has.
    pub value: Vec<u8>,
    pub setup: Setup,
}

/// Those that can be trusted: SHA-1 and MD5 are not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.name().eq_ignore_ascii_case(name))
    }

    fn bytes(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// Who begins DTLS (RFC 4145 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    Actpass,
    Active,
    Passive,
}

impl Setup {
    const ALL: [Self; 3] = [Self::Actpass, Self::Active, Self::Passive];

    pub fn name(self) -> &'static str {
        match self {
            Self::Actpass => "actpass",
            Self::Active => "active",
            Self::Passive => "passive",
        }
    }

    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setup| setup.name() == name)
    }
}

impl Fingerprint {
    /// Reads pairs of hex digits between colons, large or small.
    pub fn parse(hash: &str, text: &str, setup: Setup) -> Option<Self> {
        let hash = Hash::read(hash)?;
        let byte = |pair: &str| (pair.len() == 2).then(|| u8::from_str_radix(pair, 16).ok()).flatten();
        let value = text.trim().split(':').map(byte).collect::<Option<Vec<_>>>()?;
        (value.len() == hash.bytes()).then_some(Self { hash, value, setup })
    }

    /// As it is written: `AB:CD:…`.
    pub fn text(&self) -> String {
        let pairs: Vec<_> = self.value.iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    /// None where its hash is not to be trusted: that is as good as no fingerprint.
    fn read(element: &Element) -> Result<Option<Self>, Malformed> {
        let setup = element.get("setup").map_or(Some(Setup::Actpass), Setup::read).ok_or(Malformed("a DTLS setup"))?;
        let hash = element.get("hash").and_then(|hash| word(hash, 64)).ok_or(Malformed("a hash without a name"))?;
        if Hash::read(hash).is_none() {
            return Ok(None);
        }
        Self::parse(hash, &element.text(), setup).map(Some).ok_or(Malformed("a fingerprint"))
    }

    fn write(&self) -> El {
        el("fingerprint", ns::DTLS).attr("hash", self.hash.name()).attr("setup", self.setup.name()).text(self.text())
    }
}

impl Transport {
    /// Candidates that are of no use are left out: of TCP, of names instead of addresses.
    ///
    /// # Errors
    /// Credentials or a fingerprint that are none.
    pub fn read(element: &Element) -> Result<Self, Malformed> {
        let credentials = match (element.get("ufrag"), element.get("pwd")) {
            (Some(ufrag), Some(pwd)) => Some(Credentials::new(ufrag, pwd).ok_or(Malformed("ICE credentials"))?),
            // Beside a candidate, stanza.js says only whose it is.
            (None, None) | (Some(_), None) => None,
            (None, Some(_)) => return Err(Malformed("half of the ICE credentials")),
        };
        let fingerprint = element.get_child("fingerprint", ns::DTLS).map(Fingerprint::read).transpose()?.flatten();
        let candidates = element.children().filter(|child| child.is("candidate", ns::ICE_UDP));
        Ok(Self {
            credentials,
            candidates: candidates.take(CANDIDATES).filter_map(Candidate::read).collect(),
            fingerprint,
            sealed: element.get_child("fingerprint", ns::DTLS_OMEMO).is_some(),
            complete: element.children().any(|child| child.name() == "gathering-complete"),
        })
    }

    pub fn write(&self) -> El {
        let mut transport = el("transport", ns::ICE_UDP);
        if let Some(Credentials { ufrag, pwd }) = &self.credentials {
            transport = transport.attr("ufrag", ufrag).attr("pwd", pwd);
        }
        transport
            .children(self.fingerprint.iter().map(Fingerprint::write))
            .children(self.candidates.iter().map(Candidate::write))
    }
}

impl Credentials {
    /// `None` where they are shorter than RFC 8839 §5.4 has them, or hold what does not belong there.
    pub fn new(ufrag: &str, pwd: &str) -> Option<Self> {
        Some(Self { ufrag: ice(ufrag, 4)?.to_owned(), pwd: ice(pwd, 22)?.to_owned() })
    }
}

impl Candidate {
    /// `None` where it is of no use to us.
    fn read(element: &Element) -> Option<Self> {
        let number = |name: &str| element.get(name)?.parse::<u32>().ok();
        if !element.get("protocol")?.eq_ignore_ascii_case("udp") {
            return None;
        }
        let related = element.get("rel-addr").and_then(|address| address.parse().ok());
        let related_port = element.get("rel-port").and_then(|port| port.parse().ok()).unwrap_or(0);
        Some(Self {
            id: element.get("id").and_then(|id| word(id, 256)).unwrap_or_default().to_owned(),
            // RTCP comes the same way: another component would be a place where nobody listens (Dino tells of two).
            component: u8::try_from(number("component")?).ok().filter(|component| *component == 1)?,
            // RFC 8839 §5.1: `1*32ice-char`.
            foundation: element
                .get("foundation")
                .and_then(|foundation| ice(foundation, 1))
                .filter(|f| f.len() <= 32)?
                .to_owned(),
            generation: number("generation").unwrap_or(0),
            address: element.get("ip")?.parse().ok()?,
            port: u16::try_from(number("port")?).ok().filter(|port| *port > 0)?,
            priority: number("priority")?,
            kind: Kind::read(element.get("type")?)?,
            related: related.map(|address| (address, related_port)),
            network: number("network").unwrap_or(0),
        })
    }

    fn write(&self) -> El {
        let mut candidate = el("candidate", ns::ICE_UDP)
            .attr("component", self.component.to_string())
            .attr("foundation", &self.foundation)
            .attr("generation", self.generation.to_string())
            .attr("id", &self.id)
            .attr("ip", self.address.to_string())
            .attr("network", self.network.to_string())
            .attr("port", self.port.to_string())
            .attr("priority", self.priority.to_string())
            .attr("protocol", "udp")
            .attr("type", self.kind.name());
        if let Some((address, port)) = self.related {
            candidate = candidate.attr("rel-addr", address.to_string()).attr("rel-port", port.to_string());
        }
        candidate
    }
}
