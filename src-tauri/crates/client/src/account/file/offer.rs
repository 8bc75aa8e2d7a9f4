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
use super::session::Session;
use crate::failure::fail;

/// The name Dino and others give it.
const CONTENT: &str = "a-file-offer";
/// How soon after coming online it is known who else is, in milliseconds.
const SETTLING: i64 = 5_000;
/// Tries while it is not known what their devices can.
const PATIENCE: usize = 2;
/// Bytes in a block between stanzas: what Conversations takes, and half as many round trips as 4096 take.
const BLOCK: u16 = 8192;

impl Core {
    /// The device of theirs that files are offered to, and the ways it goes.
    pub(super) fn file_device(&self, peer: &BareJid) -> Option<(FullJid, Vec<Way>)> {
        let devices = self.people.presence.get(peer)?.iter();
        let mut able: Vec<_> = devices
            .filter_map(|(resource, presence)| {
                let software = self.software(presence)?;
                let has = |feature: &str| software.features.iter().any(|own| own == feature);
                let jid = FullJid::new(&format!("{peer}/{resource}")).ok()?;
                let ways: Vec<_> = ways().into_iter().filter(|way| has(way.feature())).collect();
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

    pub(super) fn offer_file(&mut self, b: &Batch<'_>, mut file: File, why: WayReason) -> Result<()> {
        let Some(going) = self.files.going.get_mut(&file.id) else { return Ok(()) };
        going.why = Some(why);
        let Ok(peer) = BareJid::new(&going.peer) else { return Ok(()) };
        let Some((device, ways)) = self.file_device(&peer) else {
            // Either just came online: who is there, and what they can, is being told.
            let unknown = self.people.presence.get(&peer).into_iter().flat_map(|devices| devices.values());
            let unknown = unknown.filter(|presence| self.software(presence).is_none()).count() > 0;
            let tried = self.files.going.get(&file.id).is_some_and(|going| going.failed >= PATIENCE);
            let since = self.archive.since();
            let young = since.is_none_or(|since| self.server_now().saturating_sub(since) < SETTLING);
            if (unknown || young) && !tried {
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
        let Some(own) = self.link.bound.clone() else { return Ok(()) };
        let (sid, policy) = (random_id(), Policy { hidden: self.hides_from(&peer), ways: ways.clone() });
        let mut session = Session::new(peer, &sid);
        let transport = self.our_transport(&mut session, CONTENT, ways[0], &random_id(), &own, &device, policy.hidden);
        let content = Content::file_of(CONTENT, described(&file), Senders::Initiator, transport);
        match Transfer::offer(own, device, sid.clone(), vec![content], policy) {
            Ok((transfer, act)) => {
                session.begin(transfer, vec![(CONTENT.to_owned(), file.id)]);
                self.files.sessions.insert(sid.clone(), session);
                let facts = Facts { by_session: true, why: Some(why), ..Facts::read(&file.file.facts) };
                file.file.facts = facts.write();
                b.set_file(&file)?;
                if let Some(going) = self.files.going.get_mut(&file.id) {
                    (going.stage, going.session) = (TransferStage::Asking, Some(sid.clone()));
                }
                self.out.changed.files.insert(file.id);
                self.act_of_session(b, &sid, vec![act])
            }
            Err(condition) => {
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
            Way::S5b | Way::DataChannel => {
                let candidates = self.candidates(own, hidden);
                let address = s5b::dstaddr(stream, own, peer);
                if let (false, Some(listener)) = (hidden, &self.files.listener) {
                    session.expect(content, listener, &address);
                }
                Transport::S5b(s5b::Transport { sid: stream.to_owned(), candidates, ..s5b::Transport::default() })
            }
            Way::Ibb => Transport::Ibb(ibb::Transport::new(stream, BLOCK)),
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

/// The ways that we go, best first.
pub(super) fn ways() -> Vec<Way> {
    vec![Way::S5b, Way::Ibb]
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
