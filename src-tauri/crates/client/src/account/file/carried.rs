//! The bytes of a file in a session: they go through whatever way was found, are looked over, and get their name.

use std::path::PathBuf;

use waxwing_contract::{FileWay, TransferStage};
use waxwing_history::{Batch, Result};
use waxwing_jingle::transfer::{Act, Way};
use waxwing_jingle::{Condition, Detail, Reason};
use waxwing_transfer::Error;
use waxwing_transfer::file::Hash;

use super::super::{Ask, Core};
use super::facts::sha256;
use super::offer::shown_way;
use super::session::Line;
use crate::file::carry::{self, Report, Step, Whole};
use crate::file::courier::Got;
use crate::file::of_transfer;

/// How long a promised hash is waited for, once all bytes are there.
const CHECKSUM: std::time::Duration = std::time::Duration::from_secs(5);

impl Core {
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
        // Two never write to one part.
        if let Some(before) = going.task.take() {
            before.abort();
        }
        going.enter(TransferStage::Moving);
        going.way = way;
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
        going.task = Some(task.clone());
        self.out.changed.files.insert(id);
        // It ends with its way.
        if let Some(line) = self.line(sid, content) {
            line.tasks.push(task);
        }
        Ok(())
    }

    /// What a task of a session tells; nothing, where it is about a way that was left.
    pub(in super::super) fn session_reports(&mut self, b: &Batch<'_>, report: Report) -> Result<()> {
        let Report { sid, content, turn, step } = report;
        let present = self.line(&sid, &content).is_some_and(|line| line.turn == turn);
        if present { self.session_steps(b, &sid, &content, step) } else { Ok(()) }
    }

    pub(super) fn session_steps(&mut self, b: &Batch<'_>, sid: &str, content: &str, step: Step) -> Result<()> {
        let Some(id) = self.line(sid, content).map(|line| line.file) else { return Ok(()) };
        match step {
            Step::Progress(progress) => {
                self.file_progress(id, progress);
                let acts = self.bytes_went(sid);
                self.act_of_session(b, sid, acts)
            }
            Step::Sent(Err(error)) | Step::Came(Err(error)) if self.is_untouched(sid, content, &error) => {
                self.way_failed(b, sid, content)
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
            Step::Sent(Err(error)) | Step::Came(Err(error)) => self.line_broke(b, sid, content, &error),
            step => self.way_steps(b, sid, content, step),
        }
    }

    /// A socket ended before anything went through it, as it does where the other side leaves it for another way.
    fn is_untouched(&mut self, sid: &str, content: &str, error: &Error) -> bool {
        let ended = matches!(error, Error::Cut(_) | Error::TooLittle { .. });
        let done = self.line(sid, content).map(|line| line.file).and_then(|id| self.files.going.get(&id));
        let done = done.map_or(0, |going| going.control.done());
        ended
            && self.with_transfer(sid, |transfer| {
                let untouched = transfer.span(content).is_some_and(|span| done <= span.offset);
                untouched && transfer.way(content) != Some(Way::Ibb)
            })
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
    pub(super) fn checksum_told(&mut self, b: &Batch<'_>, sid: &str, content: &str, told: &[Hash]) -> Result<()> {
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
        let media_type: Option<String> =
            self.with_transfer(sid, |transfer| transfer.file(content).and_then(|file| file.media_type.clone()));
        let Some(line) = self.line(sid, content) else { return };
        line.deadline = None;
        // Once: a hash that is told without having been promised comes after it.
        let (Some(found), Some(part), id) = (line.came.take(), line.part.clone(), line.file) else { return };
        self.keep_part(id, part, &found, media_type.unwrap_or_default());
    }

    fn keep_part(&mut self, id: i64, part: PathBuf, found: &[Hash], media_type: String) {
        let files = self.files_folder();
        let Some(going) = self.files.going.get_mut(&id) else { return };
        going.settles = true;
        let (name, hash) = (going.name.clone(), sha256(found).unwrap_or_default());
        let itself = self.itself.clone();
        carry::keep(Whole { part, files, name, media_type, hash }, move |kept| {
            if let Some(itself) = itself.upgrade() {
                let _ = itself.send(Ask::Kept(id, Box::new(kept)));
            }
        });
    }

    /// A session is over, and what it was to bring has come already: it gets its name all the same. Answers whether it has.
    pub(super) fn outlives(&mut self, line: &mut Line, media_type: &str) -> bool {
        if let (Some(found), Some(part)) = (line.came.take(), line.part.clone()) {
            self.keep_part(line.file, part, &found, media_type.to_owned());
        }
        self.files.going.get(&line.file).is_some_and(|going| going.settles)
    }

    /// What came has its name, or cannot get it.
    pub(in super::super) fn file_kept(
        &mut self,
        b: &Batch<'_>,
        id: i64,
        kept: std::result::Result<Got, Error>,
    ) -> Result<()> {
        let settles = self.files.going.get(&id).filter(|going| going.settles);
        let (Some(way), Some(mut file)) = (settles.map(|going| going.way), b.read().file(id)?) else {
            // Nobody wants it any more.
            if let Ok(got) = kept {
                let _ = std::fs::remove_file(got.path);
            }
            return Ok(());
        };
        let session = self.session_of(id);
        match (kept, session) {
            (Ok(got), session) => {
                self.file_came(b, file, got, way.unwrap_or(FileWay::Direct))?;
                if let Some((sid, content)) = session {
                    let acts = self.with_transfer(&sid, |transfer| transfer.received(&content));
                    self.act_of_session(b, &sid, acts)?;
                }
                self.drive_files(b)
            }
            (Err(error), Some((sid, content))) => self.line_broke(b, &sid, &content, &error),
            (Err(error), None) => self.fail_file(b, &mut file, &of_transfer(&error)),
        }
    }

    /// Reading or writing it went wrong on our side.
    pub(super) fn line_broke(&mut self, b: &Batch<'_>, sid: &str, content: &str, error: &Error) -> Result<()> {
        tracing::info!(%error, "a file stopped in its session");
        let Some(line) = self.line(sid, content) else { return Ok(()) };
        line.close();
        line.came = None;
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
}
