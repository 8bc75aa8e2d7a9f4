//! What the person does with files.

use waxwing_contract::{AnyCommand, Code, FileId, SendFiles, TransferStage};
use waxwing_history::{Batch, FileState, Result};
use waxwing_jingle::Condition;
use waxwing_jingle::session::State;
use waxwing_jingle::transfer::Act;

use super::super::{Core, Reply};
use super::facts::Facts;
use super::send::Wishes;
use crate::failure::fail;

impl Core {
    pub(in super::super) fn file_command(&mut self, b: &Batch<'_>, command: AnyCommand, reply: Reply) -> Result<()> {
        let done = match command {
            AnyCommand::SendFiles(send) => return self.send_files(b, &send, reply),
            AnyCommand::StartFile(start) => file_id(&start.0).map_or(Ok(false), |id| self.start_file(b, id))?,
            AnyCommand::PauseFile(pause) => {
                let paused = file_id(&pause.0).is_some_and(|id| self.pause_file(id));
                // Others may go meanwhile.
                self.drive_files(b)?;
                paused
            }
            AnyCommand::CancelFile(cancel) => match file_id(&cancel.0) {
                Some(id) if b.read().file(id)?.is_some() => {
                    self.cancel_file(b, id)?;
                    true
                }
                _ => false,
            },
            _ => false,
        };
        if done {
            self.out.answer(reply, ());
        } else {
            self.out.reply(reply, Err(fail(Code::NotFound, "no such file")));
        }
        Ok(())
    }

    fn send_files(&mut self, b: &Batch<'_>, send: &SendFiles, reply: Reply) -> Result<()> {
        let peer = match Self::peer(&send.peer) {
            Ok(peer) => peer,
            Err(failure) => {
                self.out.reply(reply, Err(failure));
                return Ok(());
            }
        };
        let files: Vec<_> = send.files.iter().filter_map(|id| self.shared.staging.take(id)).collect();
        if files.is_empty() {
            self.out.reply(reply, Err(fail(Code::Empty, "there is nothing to send")));
            return Ok(());
        }
        let wishes = Wishes { original: send.original, direct: send.direct };
        self.say_files(b, &peer, files, &send.caption, wishes)?;
        self.out.answer(reply, ());
        Ok(())
    }

    /// Wants it, goes on with it, or tries it again. Answers whether there is such a file.
    pub(in super::super) fn start_file(&mut self, b: &Batch<'_>, id: i64) -> Result<bool> {
        let Some(mut file) = b.read().file(id)? else { return Ok(false) };
        if let Some(going) = self.files.going.get_mut(&id) {
            going.unasked = false;
            going.go_on();
            self.out.changed.files.insert(id);
            self.drive_files(b)?;
            return Ok(true);
        }
        let outgoing = b.read().message(file.message)?.outgoing;
        let mut facts = Facts::read(&file.file.facts);
        let session = self.session_of(id);
        if matches!(file.file.state, FileState::Here | FileState::Missing)
            && self.path_of(&file).is_some_and(|path| path.is_file())
        {
            file.file.state = FileState::Here;
            self.keep_file(b, &file)?;
            return Ok(true);
        }
        if outgoing && matches!(file.file.state, FileState::Here | FileState::Missing) {
            if facts.sources.is_empty() {
                // It went from hand to hand: nobody else has it for us.
                return Ok(true);
            }
            // It was sent; what is wanted is to have it.
            file.file.path = None;
        }
        if !outgoing && facts.by_session && session.is_none() {
            // Only whoever has it can offer it again.
            let failure = fail(Code::FileGone, "the offer is over: it has to be sent again");
            self.fail_file(b, &mut file, &failure)?;
            return Ok(true);
        }
        facts.wanted = true;
        (file.file.facts, file.file.state, file.failure) = (facts.write(), FileState::Moving, None);
        if outgoing && file.file.path.is_some() {
            b.revive(file.message)?;
        }
        self.keep_file(b, &file)?;
        self.set_going(b, &file)?;
        if let Some((sid, _)) = session {
            self.stage(id, TransferStage::Asking);
            self.take_answered(b, &sid)?;
        }
        self.drive_files(b)?;
        Ok(true)
    }

    /// Accepts a session as soon as every file in it was answered.
    fn take_answered(&mut self, b: &Batch<'_>, sid: &str) -> Result<()> {
        let Some(session) = self.files.sessions.get(sid) else { return Ok(()) };
        let ids: Vec<_> = session.lines.values().map(|line| line.file).collect();
        let mut open = false;
        for id in ids {
            open |= b.read().file(id)?.is_some_and(|file| file.file.state == FileState::Offered);
        }
        if open || !self.is_open(sid) { Ok(()) } else { self.take_session(b, sid) }
    }

    fn pause_file(&mut self, id: i64) -> bool {
        let Some(going) = self.files.going.get_mut(&id) else { return false };
        going.pause();
        self.out.changed.files.insert(id);
        true
    }

    /// Does not want it, or takes it back.
    pub(in super::super) fn cancel_file(&mut self, b: &Batch<'_>, id: i64) -> Result<()> {
        let Some(mut file) = b.read().file(id)? else { return Ok(()) };
        if matches!(file.file.state, FileState::Here | FileState::Cancelled) {
            return Ok(());
        }
        let outgoing = b.read().message(file.message)?.outgoing;
        let facts = Facts { wanted: false, ..Facts::read(&file.file.facts) };
        file.file.facts = facts.write();
        self.call_off(b, &mut file, Code::Cancelled)?;
        if let Some((sid, content)) = self.session_of(id) {
            let pending = self.files.sessions.get(&sid).and_then(|session| session.transfer.as_ref());
            let pending = pending.is_some_and(|transfer| transfer.state() == State::Pending && !outgoing);
            let many = self.files.sessions.get(&sid).is_some_and(|session| session.lines.len() > 1);
            if pending && many {
                // The others of this offer are still to be answered.
                self.take_answered(b, &sid)?;
            } else {
                let reason = if pending { Condition::Decline } else { Condition::Cancel };
                let acts: Vec<Act> = self.with_transfer(&sid, |transfer| transfer.abort(&content, reason));
                self.act_of_session(b, &sid, acts)?;
            }
        }
        self.drive_files(b)
    }
}

fn file_id(file: &FileId) -> Option<i64> {
    file.id.parse().ok()
}
