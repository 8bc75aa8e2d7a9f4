//! Files that others offer (XEP-0234): who may, what becomes of it here, and how it is taken.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use waxwing_contract::{FileWay, TransferStage};
use waxwing_history::{Batch, File, FileState, NewFile, NewMessage, Result, Sender};
use waxwing_jingle::Action;
use waxwing_jingle::content::{Content, Transport};
use waxwing_jingle::transfer::{Policy, Taken, Transfer, Way};
use waxwing_jingle::{Condition, Jingle, Reason};
use waxwing_session::jid::{BareJid, FullJid};
use waxwing_transfer::file::{Hash, Part, room, safe};

use super::super::Core;
use super::channels::Channels;
use super::facts::{Facts, kept_way, sha256};
use super::hear::guess;
use super::session::{Session, way_due};
use crate::file::courier::used;

/// Sessions at once; who offers more finds us busy.
const MOST: usize = 32;
/// Sessions of one person at once.
pub(super) const MOST_OPEN: usize = 8;
/// Sessions of all who are no contacts: however many they are, they keep no contact out.
const MOST_STRANGE: usize = 16;
/// How long an offer of a device waits for an answer whose presence we do not see: that it is gone is not told.
const PATIENCE: Duration = Duration::from_secs(3_600);

impl Core {
    /// Somebody offers files, or asks for some.
    pub(in super::super) fn files_offered(&mut self, b: &Batch<'_>, from: &FullJid, jingle: &Jingle) -> Result<()> {
        let peer = from.to_bare();
        let Some(own) = self.link.bound.clone() else { return Ok(()) };
        let seen = self.people.presence.get(&peer);
        let seen = seen.is_some_and(|devices| devices.contains_key(from.resource().as_str()));
        if jingle.contents.iter().any(|content| matches!(content.transport, Some(Transport::DataChannel(_)))) {
            self.ask_relays();
        }
        let policy = Policy { ways: self.ways_with(&peer), hidden: self.hides_from(&peer) };
        let refused = if self.is_full_for(&peer) {
            Err(Reason::from(Condition::Busy))
        } else {
            Transfer::offered(own, from.clone(), jingle, policy, &[])
        };
        let transfer = match refused {
            // What we have is for those it was sent to; nobody asks for more than that.
            Ok(transfer) if transfer.names().iter().any(|name| transfer.sends(name) == Some(true)) => {
                return self.refuse_files(from, &jingle.sid, Condition::Decline.into());
            }
            Ok(transfer) => transfer,
            Err(reason) => return self.refuse_files(from, &jingle.sid, reason),
        };
        let offered: Vec<_> =
            jingle.contents.iter().filter(|content| transfer.stage(&content.name).is_some()).collect();
        if offered.iter().any(|content| content.file().is_some_and(|file| file.size.is_none())) {
            return self.refuse_files(from, &jingle.sid, Condition::IncompatibleParameters.into());
        }
        let mut files = Vec::new();
        for content in offered {
            let row = self.offered_file(b, &peer, from, &jingle.sid, content)?;
            files.push((content.name.clone(), row));
        }
        let mut session = Session::new(peer.clone(), &jingle.sid);
        session.begin(transfer, files.clone());
        session.expires = if seen { None } else { Instant::now().checked_add(PATIENCE) };
        self.files.sessions.insert(jingle.sid.clone(), session);
        let wanted: Vec<_> = files.iter().map(|(_, id)| *id).filter(|id| self.files.going.contains_key(id)).collect();
        // Its session brings it: it is not to be fetched from anywhere, even while the others of it are unanswered.
        wanted.iter().for_each(|id| self.stage(*id, TransferStage::Asking));
        if wanted.len() == files.len() { self.take_session(b, &jingle.sid) } else { Ok(()) }
    }

    /// Whether somebody finds us busy.
    fn is_full_for(&self, peer: &BareJid) -> bool {
        let strange = |who: &BareJid| !self.people.roster.contains_key(who);
        let theirs = || self.files.sessions.values().filter(|session| !session.is_ours());
        let with = |wanted: &dyn Fn(&BareJid) -> bool| theirs().filter(|session| wanted(&session.peer)).count();
        self.files.sessions.len() >= MOST
            || with(&|who| who == peer) >= MOST_OPEN
            || strange(peer) && with(&strange) >= MOST_STRANGE
    }

    fn refuse_files(&mut self, from: &FullJid, sid: &str, reason: Reason) -> Result<()> {
        tracing::info!(?reason, "an offer of files was refused");
        let terminate = Jingle { reason: Some(reason), ..Jingle::new(Action::SessionTerminate, sid) };
        self.request_of_files(from, &terminate);
        Ok(())
    }

    /// The row of a file that is offered: one of before, where that stopped on the way, else a new one.
    fn offered_file(
        &mut self,
        b: &Batch<'_>,
        peer: &BareJid,
        from: &FullJid,
        sid: &str,
        content: &Content,
    ) -> Result<i64> {
        let offered = content.file().cloned().unwrap_or_default();
        let unasked = self.takes_unasked(peer, format!("{sid}/{}", content.name), offered.size);
        let hashes: Vec<_> = offered.hashes.clone();
        let peer_text = peer.to_string();
        if let Some(mut file) = self.stopped_before(b, from, &offered)? {
            self.supersede(file.id);
            let mut facts = Facts::read(&file.file.facts);
            // Two that only look alike are not joined: what is here is gone on with where both offers name the same hash.
            let same = facts.promised().iter().any(|hash| offered.hashes.contains(hash));
            // What the person did not want is offered anew, like any other.
            let cancelled = file.file.state == FileState::Cancelled;
            let wanted = unasked || !cancelled && (facts.wanted || file.part.is_some());
            file.file.state = if wanted { FileState::Moving } else { FileState::Offered };
            if !same {
                self.drop_part(&mut file, true);
                facts.hashes = named(&offered.hashes);
                (file.file.hash, file.file.facts) = (sha256(&offered.hashes), facts.write());
            }
            file.failure = None;
            self.keep_file(b, &file)?;
            if wanted {
                self.set_going(b, &file)?;
            }
            return Ok(file.id);
        }
        let name = safe(offered.name.as_deref().unwrap_or_default());
        let media_type = offered.media_type.clone().unwrap_or_default();
        let facts = Facts { by_session: true, date: offered.date.clone(), hashes: named(&hashes), ..Facts::default() };
        let new = NewFile {
            share: None,
            kind: guess(&name, &media_type),
            name,
            media_type,
            size: offered.size,
            width: None,
            height: None,
            length: None,
            hash: sha256(&hashes),
            thumbnail: None,
            facts: facts.write(),
            state: if unasked { FileState::Moving } else { FileState::Offered },
            way: kept_way(FileWay::Direct),
            path: None,
        };
        let id = format!("{sid}/{}", content.name);
        let learnt = b.learn(&NewMessage {
            peer: &peer_text,
            sender: Sender::Peer,
            resource: from.resource().as_str(),
            stanza_id: None,
            message_id: Some(&id),
            stamp: self.server_now(),
            body: "",
            markable: false,
            delivery: None,
            live: true,
            follows: None,
            precedes: None,
            unread: true,
        })?;
        let ids = b.put_files(learnt.id(), &[new])?;
        self.out.message(&peer_text, learnt.id());
        self.out.changed.news.insert(peer_text);
        let file = ids.first().map(|id| b.read().file(*id)).transpose()?.flatten();
        if let Some(file) = file.as_ref().filter(|file| file.file.state == FileState::Moving) {
            self.set_going(b, file)?;
        }
        Ok(file.map_or(0, |file| file.id))
    }

    /// One of the same that stopped on the way, of which something is here or which nobody has answered. Whoever offers anew
    /// what still comes from the same device knows nothing of that any more.
    fn stopped_before(
        &self,
        b: &Batch<'_>,
        from: &FullJid,
        offered: &waxwing_jingle::file::File,
    ) -> Result<Option<File>> {
        let name = safe(offered.name.as_deref().unwrap_or_default());
        let stopped = b.read().files_stopped(&from.to_bare().to_string(), &name, offered.size.unwrap_or(0))?;
        let hash = sha256(&offered.hashes);
        let theirs = |id: i64| {
            let session = self.session_of(id).and_then(|(sid, _)| self.files.sessions.get(&sid));
            session.and_then(|session| session.transfer.as_ref()).is_none_or(|transfer| transfer.peer() == from)
        };
        // All of it is here, and gets its name.
        let settles = |id: i64| self.files.going.get(&id).is_some_and(|going| going.settles);
        let same = |file: &File| {
            let facts = Facts::read(&file.file.facts);
            let other_hash = file.file.hash.is_some() && hash.is_some() && file.file.hash != hash;
            facts.by_session && !other_hash && facts.date == offered.date && theirs(file.id) && !settles(file.id)
        };
        Ok(stopped.into_iter().find(same))
    }

    /// Lets go of a session that its other side has forgotten.
    fn supersede(&mut self, id: i64) {
        if let Some((sid, _)) = self.session_of(id) {
            self.files.sessions.remove(&sid);
        }
        self.forget_going(id);
    }

    /// The person wants a file that is offered, or it comes unasked: what is wanted of the session is accepted, once nothing
    /// of it waits for an answer.
    pub(super) fn take_session(&mut self, b: &Batch<'_>, sid: &str) -> Result<()> {
        let Some(mut session) = self.files.sessions.remove(sid) else { return Ok(()) };
        let (Some(own), Some(transfer)) = (self.link.bound.clone(), session.transfer.clone()) else { return Ok(()) };
        let hidden = self.hides_from(&session.peer);
        match self.make_channels(&mut session, &transfer) {
            Channels::Made => {}
            // Taken as soon as our part of them is made.
            Channels::Awaited => {
                self.files.sessions.insert(sid.to_owned(), session);
                return Ok(());
            }
            Channels::None => {
                self.files.sessions.insert(sid.to_owned(), session);
                return self.refuse_channels(b, sid);
            }
        }
        let (mut taken, mut moving) = (Vec::new(), Vec::new());
        for name in transfer.names() {
            let Some(id) = session.lines.get(&name).map(|line| line.file) else { continue };
            let Some(mut file) = b.read().file(id)?.filter(|_| self.files.going.contains_key(&id)) else { continue };
            let part = match self.part_for(&file) {
                Ok(part) => part,
                Err(error) => {
                    self.fail_file(b, &mut file, &crate::file::of_transfer(&error))?;
                    continue;
                }
            };
            file.part = Some(self.kept_path(part.path()));
            b.set_file(&file)?;
            let ranges = transfer.file(&name).is_some_and(|offered| offered.range.is_some());
            let offset = if ranges { part.size() } else { 0 };
            let (stream, way) = (transfer.stream(&name), transfer.way(&name).unwrap_or(Way::Ibb));
            let made = session.lines.get_mut(&name).and_then(|line| line.described.take());
            let transport = match made {
                Some(made) => Transport::DataChannel(made),
                None => self.our_transport(&mut session, &name, way, &stream, &own, transfer.peer(), hidden),
            };
            if let Some(line) = session.lines.get_mut(&name) {
                line.part = Some(part.path().to_owned());
                line.deadline = way_due();
            }
            taken.push(Taken { content: name, transport, offset, file: None });
            moving.push(id);
        }
        for id in &moving {
            if let Some(going) = self.files.going.get_mut(id) {
                going.enter(TransferStage::Connecting);
                going.session = Some(sid.to_owned());
            }
            self.out.changed.files.insert(*id);
        }
        let acts = session.transfer.as_mut().map(|transfer| transfer.accept(taken)).unwrap_or_default();
        self.files.sessions.insert(sid.to_owned(), session);
        self.act_of_session(b, sid, acts)
    }

    /// Where it is put while it comes, if there is room for all of it.
    fn part_for(&self, file: &File) -> std::result::Result<Part, waxwing_transfer::Error> {
        let left = file.part.as_ref().and_then(|part| Part::reopen(&self.account_folder().join(part)).ok());
        let there = left.as_ref().map_or(0, Part::size);
        let (size, folder) = (file.file.size.unwrap_or(0), self.files_folder());
        let needed = size.saturating_sub(there).saturating_add(self.reserved(file.id));
        room(&folder, needed, used(&folder), self.files_quota())?;
        match left.filter(|part| part.size() <= size) {
            Some(part) => Ok(part),
            None => Part::create(&folder),
        }
    }
}

/// Hashes as they are kept.
fn named(hashes: &[Hash]) -> Vec<(String, String)> {
    hashes.iter().map(|hash| (hash.algo.name().to_owned(), STANDARD.encode(&hash.value))).collect()
}
