//! What the machine of a session wants done, and what becomes of it.

use waxwing_contract::{FileWay, TransferStage};
use waxwing_history::{Batch, Delivery, FileState, Result};
use waxwing_jingle::transfer::Act;
use waxwing_jingle::{Action, Condition, Detail, Jingle, Reason};
use waxwing_session::jid::FullJid;
use waxwing_session::stanza::random_id;
use waxwing_transfer::Error;
use waxwing_transfer::file::Hash;

use super::super::Core;
use super::super::events::Awaiting;
use super::facts::{kept_way, sha256};
use super::offer::shown_way;
use super::session::way_due;
use crate::file::carry::{self, Step};
use crate::file::of_transfer;

/// How long a promised hash is waited for, once all bytes are there.
const CHECKSUM: std::time::Duration = std::time::Duration::from_secs(5);

impl Core {
    pub(super) fn act_of_session(&mut self, b: &Batch<'_>, sid: &str, acts: Vec<Act>) -> Result<()> {
        for act in acts {
            match act {
                Act::Request(jingle) => self.request_of_session(sid, &jingle),
                Act::Accepted(contents) => {
                    contents.iter().for_each(|content| self.line_stage(sid, content, TransferStage::Connecting));
                }
                Act::S5b { content, step } => self.socket_step(b, sid, &content, step)?,
                Act::InBand { content, stream } => self.begin_inband(b, sid, &content, *stream)?,
                Act::DataChannel { content, transport } => {
                    if let Some(canal) = self.line(sid, &content).and_then(|line| line.canal.as_ref()) {
                        canal.hear(*transport);
                    }
                }
                Act::Prepare { content, way } => self.prepare_way(b, sid, &content, way)?,
                Act::Replaced { content, transport } => self.accept_way(b, sid, &content, &transport)?,
                Act::Stranded(content) => {
                    if let Some(line) = self.line(sid, &content) {
                        line.close();
                        line.deadline = way_due();
                    }
                }
                Act::Checksum { content, file } => self.checksum_told(b, sid, &content, &file.hashes)?,
                Act::Received(content) => self.file_delivered(b, sid, &content)?,
                Act::Removed { content, reason } => {
                    self.line_ended(b, sid, &content, &reason.unwrap_or(Condition::Cancel.into()))?;
                }
                // Files are asked for one session each.
                Act::Asked(contents) => {
                    for content in contents {
                        let acts =
                            self.with_transfer(sid, |transfer| transfer.abort(&content.name, Condition::Decline));
                        self.act_of_session(b, sid, acts)?;
                    }
                }
                Act::Ended(reason) => self.session_ended(b, sid, &reason)?,
            }
        }
        Ok(())
    }

    pub(super) fn line(&mut self, sid: &str, content: &str) -> Option<&mut super::session::Line> {
        self.files.sessions.get_mut(sid)?.lines.get_mut(content)
    }

    pub(super) fn line_stage(&mut self, sid: &str, content: &str, stage: TransferStage) {
        let Some(line) = self.line(sid, content) else { return };
        if stage == TransferStage::Connecting {
            line.deadline = way_due();
        }
        let id = line.file;
        self.stage(id, stage);
    }

    fn request_of_session(&mut self, sid: &str, jingle: &Jingle) {
        let peer = self.files.sessions.get(sid).and_then(|session| session.transfer.as_ref()).map(|t| t.peer().clone());
        if let Some(peer) = peer {
            self.request_of_files(&peer, jingle);
        }
    }

    pub(super) fn request_of_files(&mut self, to: &FullJid, jingle: &Jingle) {
        let awaiting = Awaiting::OfFiles { sid: jingle.sid.clone(), action: jingle.action };
        self.ask(Some(to.clone().into()), jingle.write(), true, awaiting);
    }

    pub(in super::super) fn session_answered(
        &mut self,
        b: &Batch<'_>,
        sid: &str,
        action: Action,
        refused: bool,
    ) -> Result<()> {
        let acts = self.with_transfer(sid, |transfer| transfer.answered(action, refused));
        self.act_of_session(b, sid, acts)
    }

    /// Bytes can go: from here on it is a stream like others.
    pub(super) fn carry(
        &mut self,
        b: &Batch<'_>,
        sid: &str,
        content: &str,
        stream: Box<dyn carry::Stream>,
    ) -> Result<()> {
        let tell = self.session_teller(sid, content);
        let Some(transfer) = self.files.sessions.get(sid).and_then(|session| session.transfer.clone()) else {
            return Ok(());
        };
        let (Some(span), Some(sends)) = (transfer.span(content), transfer.sends(content)) else { return Ok(()) };
        let Some((id, over_proxy, part)) = self.line(sid, content).map(|line| {
            line.deadline = None;
            (line.file, line.over_proxy, line.part.clone())
        }) else {
            return Ok(());
        };
        let Some(file) = b.read().file(id)? else { return Ok(()) };
        let path = self.path_of(&file);
        let way = transfer.way(content).map(|way| shown_way(way, over_proxy));
        let Some(going) = self.files.going.get_mut(&id) else { return Ok(()) };
        (going.stage, going.way) = (TransferStage::Moving, way);
        let (control, size) = (going.control.clone(), file.file.size.unwrap_or(0));
        let idle = std::time::Duration::from_millis(waxwing_jingle::transfer::IDLE);
        let task = if sends {
            let Some(path) = path else { return Ok(()) };
            // It was summed up before it was offered, and that was told with the offer: once is enough.
            let (offset, length, algorithms) = (span.offset, span.length, Vec::new());
            let what = waxwing_transfer::stream::Outgoing { path, size, offset, length, algorithms, idle };
            carry::carry_out(what, stream, control, tell)
        } else {
            let Some(part) = part else { return Ok(()) };
            let hashes = super::facts::Facts::read(&file.file.facts).promised();
            let known = hashes.iter().any(|hash| hash.algo == waxwing_transfer::file::Algo::Sha256);
            let algorithms = if known { Vec::new() } else { vec![waxwing_transfer::file::Algo::Sha256] };
            let what = waxwing_transfer::stream::Incoming { size, offset: span.offset, hashes, algorithms, idle };
            carry::carry_in(what, stream, part, control, tell)
        };
        going.task = Some(task);
        self.out.changed.files.insert(id);
        Ok(())
    }

    /// What a task of a session tells.
    pub(in super::super) fn session_steps(
        &mut self,
        b: &Batch<'_>,
        sid: &str,
        content: &str,
        step: Step,
    ) -> Result<()> {
        let Some(id) = self.line(sid, content).map(|line| line.file) else { return Ok(()) };
        match step {
            Step::Progress(progress) => {
                self.file_progress(id, progress);
                Ok(())
            }
            Step::Sent(Ok(hashes)) if self.line(sid, content).is_some_and(|line| line.inband.is_some()) => {
                if let Some(line) = self.line(sid, content) {
                    line.sent = Some(hashes);
                }
                self.end_inband(b, sid, content)
            }
            Step::Sent(Ok(hashes)) => {
                self.stage(id, TransferStage::Finishing);
                let mut acts: Vec<Act> =
                    self.with_transfer(sid, |transfer| transfer.checksum(content, hashes).into_iter().collect());
                let sent: Vec<Act> = self.with_transfer(sid, |transfer| transfer.sent(content));
                acts.extend(sent);
                self.act_of_session(b, sid, acts)
            }
            Step::Came(Ok(hashes)) => self.all_came(b, sid, content, hashes),
            Step::Sent(Err(error)) | Step::Came(Err(error)) | Step::Kept(Err(error)) => {
                self.line_broke(b, sid, content, &error)
            }
            Step::Kept(Ok(got)) => {
                let acts = self.with_transfer(sid, |transfer| transfer.received(content));
                let way = self.files.going.get(&id).and_then(|going| going.way).unwrap_or(FileWay::Direct);
                if let Some(file) = b.read().file(id)? {
                    self.file_came(b, file, *got, way)?;
                }
                self.act_of_session(b, sid, acts)
            }
            step => self.way_steps(b, sid, content, step),
        }
    }

    /// All bytes are there; where a hash of them is still to be told, it is waited for.
    fn all_came(&mut self, b: &Batch<'_>, sid: &str, content: &str, hashes: Vec<Hash>) -> Result<()> {
        let awaits = self.with_transfer(sid, |transfer| transfer.awaits_checksum(content));
        let told: Vec<Hash> = self
            .with_transfer(sid, |transfer| transfer.file(content).map(|file| file.hashes.clone()).unwrap_or_default());
        let Some(line) = self.line(sid, content) else { return Ok(()) };
        let id = line.file;
        line.came = Some(hashes);
        if awaits {
            line.deadline = std::time::Instant::now().checked_add(CHECKSUM);
        }
        self.stage(id, TransferStage::Finishing);
        if awaits { Ok(()) } else { self.checksum_told(b, sid, content, &told) }
    }

    /// What it should hash to is known, or never will be.
    fn checksum_told(&mut self, b: &Batch<'_>, sid: &str, content: &str, told: &[Hash]) -> Result<()> {
        let Some(found) = self.line(sid, content).and_then(|line| line.came.clone()) else { return Ok(()) };
        match waxwing_transfer::file::check(&found, told) {
            Ok(()) => {
                self.settle_file(sid, content);
                Ok(())
            }
            Err(error) => self.line_broke(b, sid, content, &error),
        }
    }

    /// It is right, as far as anybody can tell: it gets its name.
    pub(super) fn settle_file(&mut self, sid: &str, content: &str) {
        let (tell, folder) = (self.session_teller(sid, content), self.files_folder());
        let Some(line) = self.line(sid, content) else { return };
        line.deadline = None;
        let (Some(found), Some(part), id) = (line.came.clone(), line.part.clone(), line.file) else { return };
        let Some(name) = self.files.going.get(&id).map(|going| going.name.clone()) else { return };
        let media_type: Option<String> =
            self.with_transfer(sid, |transfer| transfer.file(content).and_then(|file| file.media_type.clone()));
        let hash = sha256(&found).unwrap_or_default();
        carry::keep(part, folder, name, media_type.unwrap_or_default(), hash, tell);
    }

    /// They have it.
    fn file_delivered(&mut self, b: &Batch<'_>, sid: &str, content: &str) -> Result<()> {
        let id = self.line(sid, content).map(|line| line.file);
        id.map_or(Ok(()), |id| self.delivered(b, id))
    }

    fn delivered(&mut self, b: &Batch<'_>, id: i64) -> Result<()> {
        let way = self.files.going.get(&id).and_then(|going| going.way);
        self.forget_going(id);
        let Some(mut file) = b.read().file(id)? else { return Ok(()) };
        (file.file.state, file.failure) = (FileState::Here, None);
        file.file.way = way.and_then(kept_way);
        self.keep_file(b, &file)?;
        b.advance(file.message, Delivery::Delivered)?;
        let message = b.read().message(file.message)?;
        self.out.message(&message.peer, message.id);
        self.say_caption(b, &message.peer, &file)?;
        self.drive_files(b)
    }

    /// Reading or writing it went wrong on our side.
    pub(super) fn line_broke(&mut self, b: &Batch<'_>, sid: &str, content: &str, error: &Error) -> Result<()> {
        tracing::info!(%error, "a file stopped in its session");
        let Some(line) = self.line(sid, content) else { return Ok(()) };
        line.close();
        let id = line.file;
        let reason: Reason = match error {
            Error::Cancelled => Condition::Cancel.into(),
            Error::Stalled(_) => Condition::Timeout.into(),
            Error::Hash(_) | Error::TooLittle { .. } => Condition::MediaError.into(),
            Error::TooMuch { .. } => Detail::FileTooLarge.into(),
            Error::NoFile => Detail::FileNotAvailable.into(),
            Error::Cut(_) => Condition::ConnectivityError.into(),
            _ => Condition::FailedApplication.into(),
        };
        // Its state first: the end of the session says less of it.
        if let Some(mut file) = b.read().file(id)?.filter(|_| self.files.going.contains_key(&id)) {
            if matches!(error, Error::Hash(_) | Error::TooMuch { .. }) {
                self.drop_part(&mut file, true);
            }
            let outgoing = self.files.going.get(&id).is_some_and(|going| going.outgoing);
            if outgoing && error.retry() == waxwing_transfer::Retry::Resume {
                self.again(b, &mut file, &of_transfer(error), None)?;
            } else {
                self.fail_file(b, &mut file, &of_transfer(error))?;
            }
        }
        let acts = self.with_transfer(sid, |transfer| transfer.abort(content, reason));
        self.act_of_session(b, sid, acts)
    }

    /// One file of it is given up.
    fn line_ended(&mut self, b: &Batch<'_>, sid: &str, content: &str, reason: &Reason) -> Result<()> {
        let Some(session) = self.files.sessions.get_mut(sid) else { return Ok(()) };
        let Some(line) = session.lines.remove(content) else { return Ok(()) };
        self.part_with(b, sid, line.file, reason)
    }

    fn session_ended(&mut self, b: &Batch<'_>, sid: &str, reason: &Reason) -> Result<()> {
        let Some(mut session) = self.files.sessions.remove(sid) else { return Ok(()) };
        for (_, line) in std::mem::take(&mut session.lines) {
            self.part_with(b, sid, line.file, reason)?;
        }
        self.drive_files(b)
    }

    /// A session does not carry a file any more. What is done, is done.
    fn part_with(&mut self, b: &Batch<'_>, sid: &str, id: i64, reason: &Reason) -> Result<()> {
        let Some(mut file) = b.read().file(id)? else { return Ok(()) };
        let of_it = self.files.going.get(&id).is_some_and(|going| going.session.as_deref() == Some(sid));
        match file.file.state {
            FileState::Moving if of_it => {
                let outgoing = self.files.going.get(&id).is_some_and(|going| going.outgoing);
                if outgoing && reason.condition == Condition::Success {
                    return self.delivered(b, id);
                }
                let connection =
                    matches!(reason.condition, Condition::ConnectivityError | Condition::Timeout | Condition::Gone);
                if outgoing && connection {
                    let failure =
                        waxwing_contract::Failure::new(waxwing_contract::Code::Interrupted, reason.condition.name());
                    self.again(b, &mut file, &failure, None)
                } else {
                    self.no_way(b, id, reason)
                }
            }
            // They took their offer back before anybody answered it.
            FileState::Offered => {
                file.file.state = FileState::Cancelled;
                self.keep_file(b, &file)
            }
            _ => Ok(()),
        }
    }

    /// Another way is tried: our part of it.
    fn prepare_way(&mut self, b: &Batch<'_>, sid: &str, content: &str, way: waxwing_jingle::Way) -> Result<()> {
        let Some(transport) = self.transport_for(sid, content, way, &random_id()) else { return Ok(()) };
        let acts = self.with_transfer(sid, |transfer| transfer.replace(content, transport));
        self.act_of_session(b, sid, acts)
    }

    fn accept_way(
        &mut self,
        b: &Batch<'_>,
        sid: &str,
        content: &str,
        theirs: &waxwing_jingle::Transport,
    ) -> Result<()> {
        let (Some(way), stream) = (waxwing_jingle::Way::of(theirs), stream_of(theirs)) else { return Ok(()) };
        let Some(transport) = self.transport_for(sid, content, way, &stream) else { return Ok(()) };
        let acts = self.with_transfer(sid, |transfer| transfer.accept_transport(content, transport));
        self.line_stage(sid, content, TransferStage::Connecting);
        self.act_of_session(b, sid, acts)
    }

    fn transport_for(
        &mut self,
        sid: &str,
        content: &str,
        way: waxwing_jingle::Way,
        stream: &str,
    ) -> Option<waxwing_jingle::Transport> {
        let own = self.link.bound.clone()?;
        let mut session = self.files.sessions.remove(sid)?;
        if let Some(line) = session.lines.get_mut(content) {
            line.close();
            line.deadline = way_due();
        }
        let peer = session.transfer.as_ref().map(|transfer| transfer.peer().clone());
        let hidden = self.hides_from(&session.peer);
        let transport = peer.map(|peer| self.our_transport(&mut session, content, way, stream, &own, &peer, hidden));
        self.files.sessions.insert(sid.to_owned(), session);
        transport
    }
}

/// The id of what goes over a transport.
fn stream_of(transport: &waxwing_jingle::Transport) -> String {
    match transport {
        waxwing_jingle::Transport::S5b(s5b) => s5b.sid.clone(),
        waxwing_jingle::Transport::Ibb(ibb) => ibb.sid.clone(),
        _ => String::new(),
    }
}
