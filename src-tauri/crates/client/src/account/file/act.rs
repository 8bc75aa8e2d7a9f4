//! What the machine of a session wants done, and what becomes of it.

use waxwing_contract::{Code, Failure, TransferStage};
use waxwing_history::{Batch, Delivery, FileState, Result};
use waxwing_jingle::transfer::Act;
use waxwing_jingle::{Action, Condition, Jingle, Reason};
use waxwing_session::jid::FullJid;
use waxwing_session::stanza::random_id;

use super::super::Core;
use super::super::events::Awaiting;
use super::facts::kept_way;
use super::offer::Offer;
use super::session::{Line, Session, way_due};

impl Core {
    pub(super) fn act_of_session(&mut self, b: &Batch<'_>, sid: &str, acts: Vec<Act>) -> Result<()> {
        for act in acts {
            match act {
                Act::Request(jingle) => self.request_of_session(sid, &jingle),
                Act::Accepted(contents) => {
                    if let Some(session) = self.files.sessions.get_mut(sid) {
                        session.next = None;
                    }
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
                Act::Stranded(content) => self.leave_way(sid, &content),
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

    pub(super) fn line(&mut self, sid: &str, content: &str) -> Option<&mut Line> {
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

    /// One file of it is given up.
    fn line_ended(&mut self, b: &Batch<'_>, sid: &str, content: &str, reason: &Reason) -> Result<()> {
        let Some(session) = self.files.sessions.get_mut(sid) else { return Ok(()) };
        let Some(line) = session.lines.remove(content) else { return Ok(()) };
        self.part_with(b, sid, line, reason)
    }

    fn session_ended(&mut self, b: &Batch<'_>, sid: &str, reason: &Reason) -> Result<()> {
        let Some(mut session) = self.files.sessions.remove(sid) else { return Ok(()) };
        if let Some(next) = self.another_way(sid, &mut session, reason) {
            return self.offer_by(b, &random_id(), next);
        }
        for (_, line) in std::mem::take(&mut session.lines) {
            self.part_with(b, sid, line, reason)?;
        }
        self.drive_files(b)
    }

    /// What is offered once more, as they do not go this way and may go another.
    fn another_way(&self, sid: &str, session: &mut Session, reason: &Reason) -> Option<Offer> {
        let unfit = matches!(reason.condition, Condition::UnsupportedTransports | Condition::FailedTransport);
        let next = session.next.take().filter(|_| unfit)?;
        let going = self.files.going.get(&next.file)?;
        (going.session.as_deref() == Some(sid)).then_some(next)
    }

    /// A session does not carry a file any more. What is done, is done.
    fn part_with(&mut self, b: &Batch<'_>, sid: &str, mut line: Line, reason: &Reason) -> Result<()> {
        let id = line.file;
        let Some(mut file) = b.read().file(id)? else { return Ok(()) };
        let of_it = self.files.going.get(&id).is_some_and(|going| going.session.as_deref() == Some(sid));
        match file.file.state {
            FileState::Moving if of_it && self.outlives(&mut line, &file.file.media_type) => Ok(()),
            FileState::Moving if of_it => {
                let outgoing = self.files.going.get(&id).is_some_and(|going| going.outgoing);
                if matches!(reason.condition, Condition::Decline | Condition::Cancel) {
                    return self.call_off(b, &mut file, Code::DeclinedByThem);
                }
                let connection =
                    matches!(reason.condition, Condition::ConnectivityError | Condition::Timeout | Condition::Gone);
                if outgoing && connection {
                    let failure = Failure::new(Code::Interrupted, reason.condition.name());
                    self.again(b, &mut file, &failure, None)
                } else {
                    self.no_way(b, id, reason)
                }
            }
            // They took their offer back before anybody answered it, or cannot keep it.
            FileState::Offered if matches!(reason.condition, Condition::Decline | Condition::Cancel) => {
                self.call_off(b, &mut file, Code::DeclinedByThem)
            }
            FileState::Offered => self.fail_file(
                b,
                &mut file,
                &Failure::new(Code::FileGone, "the offer is over: it has to be sent again"),
            ),
            _ => Ok(()),
        }
    }

    /// A way is none any more: all that belongs to it ends, and another one is waited for.
    fn leave_way(&mut self, sid: &str, content: &str) {
        let Some(line) = self.line(sid, content) else { return };
        line.close();
        line.deadline = way_due();
        let id = line.file;
        if let Some(going) = self.files.going.get_mut(&id) {
            going.task = None;
        }
        self.stage(id, TransferStage::Connecting);
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
        self.leave_way(sid, content);
        let mut session = self.files.sessions.remove(sid)?;
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
