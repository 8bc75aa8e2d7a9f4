//! Offering a file to one of their devices (XEP-0234), and the ways it could go.

use waxwing_contract::{Code, FileWay, TransferStage, WayReason};
use waxwing_history::{Batch, File, Result};
use waxwing_jingle::content::{Content, Senders, Transport};
use waxwing_jingle::file::Range;
use waxwing_jingle::hash::{Algo, Hash};
use waxwing_jingle::transfer::{Policy, Transfer, Way};
use waxwing_jingle::{file as jingle_file, ibb, s5b};
use waxwing_session::jid::{BareJid, FullJid};
use waxwing_session::ns;
use waxwing_session::stanza::random_id;
use waxwing_transfer::socks5::{Listener, addresses};

use super::super::Core;
use super::facts::Facts;
use super::session::{Session, way_due};
use crate::failure::fail;
use crate::file::canal::Canal;

/// What clients say of themselves that write data channels as XEP-0343 has it.
const DTLS_SCTP: &str = "urn:xmpp:jingle:transports:dtls-sctp:1";
const ICE_UDP: &str = "urn:xmpp:jingle:transports:ice-udp:1";
/// The name Dino and others give it.
pub(super) const CONTENT: &str = "a-file-offer";
/// How soon after coming online it is known who else is, in milliseconds.
const SETTLING: i64 = 5_000;
/// Tries while it is not known what their devices can.
const PATIENCE: usize = 2;
/// Bytes in a block between stanzas: what Conversations takes, and half as many round trips as 4096 take.
const BLOCK: u16 = 8192;

/// A file that is to be offered.
pub(super) struct Offer {
    pub file: i64,
    pub device: FullJid,
    pub ways: Vec<Way>,
    pub why: WayReason,
}

impl Core {
    /// The device of theirs that files are offered to, and the ways it goes.
    pub(super) fn file_device(&self, peer: &BareJid) -> Option<(FullJid, Vec<Way>)> {
        let devices = self.people.presence.get(peer)?.iter();
        let mut able: Vec<_> = devices
            .filter_map(|(resource, presence)| {
                let software = self.software(presence)?;
                let has = |feature: &str| software.features.iter().any(|own| own == feature);
                let jid = FullJid::new(&format!("{peer}/{resource}")).ok()?;
                let channel = has(DTLS_SCTP) && has(ICE_UDP);
                let goes = |way: &Way| has(way.feature()) || *way == Way::DataChannel && channel;
                let ways: Vec<_> = self.ways_with(peer).into_iter().filter(goes).collect();
                (has(ns::JINGLE_FILE) && !ways.is_empty()).then_some((presence.priority, jid, ways))
            })
            .collect();
        able.sort_by_key(|(priority, ..)| *priority);
        able.pop().map(|(_, jid, ways)| (jid, ways))
    }

    /// They must not learn where we are.
    pub(super) fn hides_from(&self, peer: &BareJid) -> bool {
        self.settings().relay_only || self.kept.proxy.is_some() || !self.people.may_know(peer)
    }

    /// The ways that we go with somebody, best first. Where they may not know where we are, a data channel needs a relay, or
    /// that one may be named soon.
    pub(super) fn ways_with(&self, peer: &BareJid) -> Vec<Way> {
        let relayed = self.relays_may_come() || self.means(peer).relayed();
        // Nothing but streams goes through a proxy of ours.
        let channel = self.kept.proxy.is_none() && (!self.hides_from(peer) || relayed);
        Way::ALL.into_iter().filter(|way| *way != Way::DataChannel || channel).collect()
    }

    pub(super) fn offer_file(&mut self, b: &Batch<'_>, mut file: File, why: WayReason) -> Result<()> {
        let Some(going) = self.files.going.get_mut(&file.id) else { return Ok(()) };
        going.why = Some(why);
        let Ok(peer) = BareJid::new(&going.peer) else { return Ok(()) };
        self.ask_relays();
        let Some((device, ways)) = self.file_device(&peer) else {
            // Either just came online: who is there, and what they can, is being told.
            let unknown = self.people.presence.get(&peer).into_iter().flat_map(|devices| devices.values());
            let unknown: Vec<_> = unknown.filter(|presence| self.software(presence).is_none()).cloned().collect();
            // Where an earlier run knew of it, nobody has asked in this one.
            unknown.iter().for_each(|presence| self.learn_caps(presence));
            let tried = self.files.going.get(&file.id).is_some_and(|going| going.failed >= PATIENCE);
            let since = self.archive.since();
            let young = since.is_none_or(|since| self.server_now().saturating_sub(since) < SETTLING);
            if (!unknown.is_empty() || young) && !tried {
                return self.again(b, &mut file, &fail(Code::NoWayForFiles, "what they can is not known"), None);
            }
            let failure = match why {
                WayReason::TooLarge { limit } => {
                    let failure = fail(Code::FileTooLarge, "and none of their devices takes files now");
                    waxwing_contract::Failure { condition: Some(limit.to_string()), ..failure }
                }
                WayReason::NoService | WayReason::Chosen => {
                    fail(Code::NoWayForFiles, "none of their devices takes files now")
                }
            };
            return self.fail_file(b, &mut file, &failure);
        };
        if ways.contains(&Way::DataChannel) && self.relays_may_come() {
            // Begun again as soon as that is settled.
            self.stage(file.id, TransferStage::Waiting);
            return Ok(());
        }
        if !self.may_offer(&peer) {
            // Begun as soon as another one of theirs is over, or only waits for their answer.
            self.stage(file.id, TransferStage::Waiting);
            return Ok(());
        }
        let offer = Offer { file: file.id, device, ways, why };
        self.offer_by(b, &random_id(), offer)
    }

    /// Offers it by the first of these ways.
    pub(super) fn offer_by(&mut self, b: &Batch<'_>, sid: &str, offer: Offer) -> Result<()> {
        let (Some(own), Some(way)) = (self.link.bound.clone(), offer.ways.first().copied()) else { return Ok(()) };
        let peer = offer.device.to_bare();
        let mut session = Session::new(peer.clone(), sid);
        if let Some(going) = self.files.going.get_mut(&offer.file) {
            going.enter(TransferStage::Connecting);
            going.session = Some(sid.to_owned());
        }
        self.out.changed.files.insert(offer.file);
        if way == Way::DataChannel {
            let line = session.lines.entry(CONTENT.to_owned()).or_default();
            (line.file, line.deadline) = (offer.file, way_due());
            let (means, form, tell) = (self.means(&peer), self.form(&offer.device), self.session_teller(sid, CONTENT));
            line.canal = Some(Canal::offer(means, form, tell));
            session.waits = Some(offer);
            self.files.sessions.insert(sid.to_owned(), session);
            return Ok(());
        }
        let hidden = self.hides_from(&peer);
        let transport = self.our_transport(&mut session, CONTENT, way, &random_id(), &own, &offer.device, hidden);
        self.files.sessions.insert(sid.to_owned(), session);
        self.offer_with(b, sid, offer, transport)
    }

    /// Offers it, now that our part of the way is made.
    pub(super) fn offer_with(&mut self, b: &Batch<'_>, sid: &str, offer: Offer, transport: Transport) -> Result<()> {
        let (Some(own), Some(mut file)) = (self.link.bound.clone(), b.read().file(offer.file)?) else { return Ok(()) };
        let rest = offer.ways.iter().skip(1).copied().collect();
        let next = Offer { file: offer.file, device: offer.device.clone(), ways: rest, why: offer.why };
        let policy = Policy { hidden: self.hides_from(&offer.device.to_bare()), ways: offer.ways };
        let content = Content::file_of(CONTENT, described(&file), Senders::Initiator, transport);
        match Transfer::offer(own, offer.device, sid.to_owned(), vec![content], policy) {
            Ok((transfer, act)) => {
                let Some(session) = self.files.sessions.get_mut(sid) else { return Ok(()) };
                session.begin(transfer, vec![(CONTENT.to_owned(), file.id)]);
                session.next = Some(next).filter(|next| !next.ways.is_empty());
                session.lines.values_mut().for_each(|line| line.deadline = None);
                let facts = Facts { by_session: true, why: Some(offer.why), ..Facts::read(&file.file.facts) };
                file.file.facts = facts.write();
                b.set_file(&file)?;
                self.stage(file.id, TransferStage::Asking);
                self.act_of_session(b, sid, vec![act])?;
                self.drive_files(b)
            }
            Err(condition) => {
                self.files.sessions.remove(sid);
                let failure = fail(Code::NoWayForFiles, format!("{condition:?}"));
                self.fail_file(b, &mut file, &failure)
            }
        }
    }

    /// Our part of a way. `stream` is the id of what goes over it.
    #[expect(clippy::too_many_arguments, reason = "all that a candidate's address is made of")]
    pub(super) fn our_transport(
        &mut self,
        session: &mut Session,
        content: &str,
        way: Way,
        stream: &str,
        own: &FullJid,
        peer: &FullJid,
        hidden: bool,
    ) -> Transport {
        match way {
            Way::S5b => {
                let candidates = self.candidates(own, hidden);
                let address = s5b::dstaddr(stream, own, peer);
                if let (false, Some(listener)) = (hidden, &self.files.listener) {
                    session.expect(content, listener, &address);
                }
                Transport::S5b(s5b::Transport { sid: stream.to_owned(), candidates, ..s5b::Transport::default() })
            }
            // A data channel is made by a task of its own.
            Way::Ibb | Way::DataChannel => Transport::Ibb(ibb::Transport::new(stream, BLOCK)),
        }
    }

    /// Where we can be reached, and our proxies.
    fn candidates(&mut self, own: &FullJid, hidden: bool) -> Vec<s5b::Candidate> {
        let mut all = Vec::new();
        if !hidden && let Some(port) = self.listen() {
            for (place, address) in addresses().into_iter().enumerate() {
                let local = u16::try_from(place).map_or(0, |place| 100_u16.saturating_sub(place));
                all.push(s5b::Candidate {
                    cid: random_id(),
                    host: address.to_string(),
                    port,
                    jid: own.clone().into(),
                    priority: s5b::Kind::Direct.priority(local),
                    kind: s5b::Kind::Direct,
                });
            }
        }
        for (place, proxy) in self.files.proxies.iter().enumerate() {
            let local = u16::try_from(place).map_or(0, |place| 100_u16.saturating_sub(place));
            all.push(s5b::Candidate {
                cid: random_id(),
                host: proxy.host.clone(),
                port: proxy.port,
                jid: proxy.jid.clone(),
                priority: s5b::Kind::Proxy.priority(local),
                kind: s5b::Kind::Proxy,
            });
        }
        all
    }

    /// The port where others can connect to us; open from the first time on.
    fn listen(&mut self) -> Option<u16> {
        if self.files.listener.is_none() {
            let bound = Listener::bind().inspect_err(|error| tracing::info!(%error, "nobody can connect to us"));
            self.files.listener = bound.ok().map(std::sync::Arc::new);
        }
        self.files.listener.as_ref().map(|listener| listener.port())
    }
}

/// What is told of a file that is offered.
fn described(file: &File) -> jingle_file::File {
    let facts = Facts::read(&file.file.facts);
    jingle_file::File {
        date: facts.date,
        media_type: Some(file.file.media_type.clone()).filter(|media_type| !media_type.is_empty()),
        name: Some(file.file.name.clone()),
        size: file.file.size,
        range: Some(Range::default()),
        hashes: file.file.hash.iter().filter_map(|hash| Hash::new(Algo::Sha256, hash.clone())).collect(),
        ..jingle_file::File::default()
    }
}

/// A way as it is shown.
pub(super) fn shown_way(way: Way, proxied: bool) -> FileWay {
    match way {
        Way::DataChannel => FileWay::DataChannel,
        Way::S5b if proxied => FileWay::Proxy,
        Way::S5b => FileWay::Direct,
        Way::Ibb => FileWay::InBand,
    }
}
