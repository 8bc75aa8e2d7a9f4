//! SOCKS5 bytestreams: where each side can be connected to, and which connection is taken (XEP-0260).

mod nomination;
mod proxy;

pub use nomination::{Nominated, Nomination, Step};
pub use proxy::{Streamhost, activate};

use std::fmt::Write as _;

use sha1::{Digest as _, Sha1};
use waxwing_xml::{El, Element, Reading as _, el};
use xmpp_parsers::jid::{FullJid, Jid};

use crate::message::LONGEST_ID;
use crate::token::{required, word};
use crate::{Malformed, ns};

/// Candidates read from one stanza, and kept of one side; the rest is left out.
pub const MOST_CANDIDATES: usize = 32;
/// From one attempt to the next (milliseconds, XEP-0260 §4); to proxies rather longer.
pub const STAGGER: u64 = 200;
/// Where none is said (XEP-0065 §9).
const PORT: u16 = 1080;

/// `<transport/>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transport {
    /// The stream's id, which is not the session's: of the initiator's making, and the same in all that is said of it.
    pub sid: String,
    /// What is said to the candidates in it instead of an address, as their owner reckons it: see [`dstaddr`].
    pub dstaddr: Option<String>,
    pub candidates: Vec<Candidate>,
    /// Only in `transport-info`.
    pub info: Option<Info>,
}

/// Where to connect to (XEP-0260 §2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// A word of at most 128 visible ASCII characters; unique among those of both sides.
    pub cid: String,
    /// An address, or a name of one; a word of at most 255 visible ASCII characters.
    pub host: String,
    pub port: u16,
    /// Who is there: a proxy, or whoever offers it.
    pub jid: Jid,
    /// Never 0; the highest is best. See [`Kind::priority`].
    pub priority: u32,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Direct,
    /// Through a port that a router has opened.
    Assisted,
    Tunnel,
    Proxy,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Direct, Self::Assisted, Self::Tunnel, Self::Proxy];

    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Assisted => "assisted",
            Self::Tunnel => "tunnel",
            Self::Proxy => "proxy",
        }
    }

    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The priority of one that is `local` among its kind (XEP-0260 §2.2).
    pub fn priority(self, local: u16) -> u32 {
        let preference: u32 = match self {
            Self::Direct => 126,
            Self::Assisted => 120,
            Self::Tunnel => 110,
            Self::Proxy => 10,
        };
        (preference << 16) + u32::from(local)
    }
}

/// How the choice goes on (XEP-0260 §2.3 and §2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Info {
    /// This candidate of the other's was connected to.
    CandidateUsed(String),
    /// None was.
    CandidateError,
    /// The proxy passes bytes on.
    Activated(String),
    /// It does not, or cannot be reached.
    ProxyError,
}

/// `DST.ADDR` for the candidates of `owner` (XEP-0260 §2.2): 40 small hex digits. Whoever offers a candidate is its owner; a
/// proxy checks it.
pub fn dstaddr(sid: &str, owner: &FullJid, peer: &FullJid) -> String {
    let digest = Sha1::new().chain_update(sid).chain_update(owner.as_str()).chain_update(peer.as_str()).finalize();
    digest.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl Transport {
    /// Candidates that are of no use are left out: without a port or a priority, of an unknown kind, or a second one of an id.
    ///
    /// # Errors
    /// No id, a stream that is none, or two things said at once.
    pub fn read(element: &Element) -> Result<Self, Malformed> {
        let sid =
            element.get("sid").and_then(|sid| word(sid, LONGEST_ID)).ok_or(Malformed("a stream without an id"))?;
        if element.get("mode").is_some_and(|mode| mode != "tcp") {
            return Err(Malformed("not a stream"));
        }
        let mut candidates: Vec<Candidate> = Vec::new();
        let found = element.children().filter(|child| child.is("candidate", ns::S5B)).take(MOST_CANDIDATES);
        for candidate in found.filter_map(Candidate::read) {
            if candidates.iter().all(|before| before.cid != candidate.cid) {
                candidates.push(candidate);
            }
        }
        let mut infos = element.children().filter_map(Info::read);
        let info = infos.next().transpose()?;
        if infos.next().is_some() {
            return Err(Malformed("two things said at once"));
        }
        let dstaddr = element.get("dstaddr").and_then(|text| word(text, 255)).map(str::to_owned);
        Ok(Self { sid: sid.to_owned(), dstaddr, candidates, info })
    }

    /// Without `mode`: it is `tcp`, which an answer must not say.
    pub fn write(&self) -> El {
        el("transport", ns::S5B)
            .attr("sid", &self.sid)
            .attr_opt("dstaddr", self.dstaddr.as_ref())
            .children(self.candidates.iter().map(Candidate::write))
            .children(self.info.iter().map(Info::write))
    }

    /// Leaves out what the other side has offered already: who answers must not offer the same proxy again (XEP-0260 §2.2).
    pub fn leave_out(&mut self, offered: &[Candidate]) {
        let place = |candidate: &Candidate| (candidate.host.clone(), candidate.port);
        self.candidates.retain(|ours| offered.iter().all(|theirs| place(theirs) != place(ours)));
    }
}

impl Candidate {
    /// `None` where it is of no use.
    fn read(element: &Element) -> Option<Self> {
        let port = element.get("port").map_or(Some(PORT), |port| port.parse().ok())?;
        let priority = element.get("priority")?.parse().ok()?;
        (port > 0 && priority > 0).then_some(())?;
        Some(Self {
            cid: word(element.get("cid")?, LONGEST_ID)?.to_owned(),
            host: word(element.get("host")?, 255)?.to_owned(),
            port,
            jid: Jid::new(element.get("jid")?).ok()?,
            priority,
            kind: element.get("type").map_or(Some(Kind::Direct), Kind::read)?,
        })
    }

    fn write(&self) -> El {
        el("candidate", ns::S5B)
            .attr("cid", &self.cid)
            .attr("host", &self.host)
            .attr("jid", self.jid.as_str())
            .attr("port", self.port.to_string())
            .attr("priority", self.priority.to_string())
            .attr("type", self.kind.name())
    }
}

impl Info {
    /// `None` where it is something else.
    fn read(element: &Element) -> Option<Result<Self, Malformed>> {
        let cid = || required(element.get("cid"), "a candidate without an id");
        if !element.has_ns(ns::S5B) {
            return None;
        }
        Some(match element.name() {
            "candidate-used" => cid().map(Self::CandidateUsed),
            "activated" => cid().map(Self::Activated),
            "candidate-error" => Ok(Self::CandidateError),
            "proxy-error" => Ok(Self::ProxyError),
            _ => return None,
        })
    }

    fn write(&self) -> El {
        match self {
            Self::CandidateUsed(cid) => el("candidate-used", ns::S5B).attr("cid", cid),
            Self::Activated(cid) => el("activated", ns::S5B).attr("cid", cid),
            Self::CandidateError => el("candidate-error", ns::S5B),
            Self::ProxyError => el("proxy-error", ns::S5B),
        }
    }
}

#[cfg(test)]
mod tests;
