//! Files of one account: what others share, what we send, and the sessions in which files are handed over.
//!
//! ```text
//! hear ── what messages share ─┐                        ┌─ fetch ── from where it was put
//! command ── what we send ─────┴─ rows in the history ──┤
//!                                        │              ├─ send ── to the upload service (service)
//!                                        │              └─ session ── from one to the other (act, sockets, inband, carried)
//!                                       show
//! ```
//!
//! A file that moves has a [`Going`] beside its row. What the two say when the application ends is enough to go on.

mod act;
mod carried;
mod channels;
mod command;
mod drive;
mod facts;
mod fetch;
mod going;
mod hear;
mod host;
mod inband;
mod offer;
mod quiet;
mod send;
mod service;
mod session;
mod show;
mod sockets;
mod sweep;
mod taking;
mod unasked;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use waxwing_contract::{Code, Failure, FileWay, TransferStage, WayReason};
use waxwing_history::{Batch, Delivery, File, FileState, Message, Result};
use waxwing_jingle::s5b::Streamhost;
use waxwing_session::jid::BareJid;
use waxwing_transfer::Progress;
use waxwing_transfer::socks5::Listener;

use super::{Ask, Core};
use crate::file::courier::{News, Tell, Web};
use drive::Drive;
use facts::Facts;
use going::Going;
pub(super) use hear::thumbnail_of_ours;
use host::is_of_service;
pub(super) use inband::Asked;
pub(super) use send::stanza_of;
use service::{Host, Service};
use session::Session;
pub(super) use sweep::YOUNG;
use unasked::Unasked;

/// How long to wait before each further try, in milliseconds.
const AGAIN: [i64; 5] = [1_000, 3_000, 10_000, 30_000, 60_000];
/// Nobody is waited for longer than a day, in milliseconds.
const LONGEST: i64 = 86_400_000;

/// All of the account.
#[derive(Default)]
pub(crate) struct Files {
    going: BTreeMap<i64, Going>,
    sessions: BTreeMap<String, Session>,
    service: Service,
    host: Host,
    /// Files at private addresses, each of which has waited for the host's name, or does.
    private: HashSet<i64>,
    proxies: Vec<Streamhost>,
    web: Option<Web>,
    listener: Option<Arc<Listener>>,
    /// Thumbnails that are asked for.
    asked: HashSet<i64>,
    drive: Drive,
    unasked: Unasked,
}

/// Why a file went another way than is usual.
pub(crate) fn why_of(facts: &str) -> Option<WayReason> {
    Facts::read(facts).why
}

impl Core {
    /// Where files of the account lie.
    fn files_folder(&self) -> PathBuf {
        self.account_folder().join("files")
    }

    fn account_folder(&self) -> PathBuf {
        self.shared.accounts_folder.join(&self.kept.id)
    }

    /// As it is kept: relative where it is ours.
    fn kept_path(&self, path: &std::path::Path) -> String {
        path.strip_prefix(self.account_folder()).unwrap_or(path).to_string_lossy().into_owned()
    }

    fn path_of(&self, file: &File) -> Option<PathBuf> {
        file.file.path.as_ref().map(|path| self.account_folder().join(path))
    }

    /// What a task of a file tells comes back to the account.
    fn file_teller(&self, id: i64) -> Tell {
        let itself = self.itself.clone();
        Arc::new(move |news: News| {
            if let Some(itself) = itself.upgrade() {
                let _ = itself.send(Ask::File(id, Box::new(news)));
            }
        })
    }

    /// A file begins to move.
    fn set_going(&mut self, b: &Batch<'_>, file: &File) -> Result<()> {
        if self.files.going.contains_key(&file.id) {
            return Ok(());
        }
        let message = b.read().message(file.message)?;
        let facts = Facts::read(&file.file.facts);
        let going = Going::new(file, &message, &facts);
        self.files.going.insert(file.id, going);
        self.out.changed.files.insert(file.id);
        Ok(())
    }

    /// Goes on with what the last run left.
    pub(super) fn resume_files(&mut self, b: &Batch<'_>) -> Result<()> {
        for mut file in b.read().files_moving()? {
            let facts = Facts::read(&file.file.facts);
            let outgoing = b.read().message(file.message)?.outgoing;
            if facts.by_session && !outgoing {
                // Whoever offered it offers it again, where they still can.
                self.fail_file(b, &mut file, &Failure::new(Code::Interrupted, "the application ended meanwhile"))?;
                continue;
            }
            self.set_going(b, &file)?;
        }
        Ok(())
    }

    fn stage(&mut self, id: i64, stage: TransferStage) {
        if let Some(going) = self.files.going.get_mut(&id) {
            going.enter(stage);
            self.out.changed.files.insert(id);
        }
    }

    fn forget_going(&mut self, id: i64) {
        self.files.going.remove(&id);
        self.out.changed.files.insert(id);
    }

    /// Keeps a file, and shows its message.
    fn keep_file(&mut self, b: &Batch<'_>, file: &File) -> Result<()> {
        b.set_file(file)?;
        let message = b.read().message(file.message)?;
        self.out.message(&message.peer, message.id);
        self.out.changed.files.insert(file.id);
        Ok(())
    }

    /// It is not coming, or not going, and why. It can be tried again.
    fn fail_file(&mut self, b: &Batch<'_>, file: &mut File, failure: &Failure) -> Result<()> {
        tracing::info!(file = file.id, %failure, "a file failed");
        file.file.state = FileState::Failed;
        self.drop_part(file, false);
        let host = self.files.going.get(&file.id).and_then(|going| going.host.clone());
        self.end_file(b, file, &Failure { host: host.filter(|_| is_of_service(failure.code)), ..failure.clone() })?;
        self.drive_files(b)
    }

    /// Somebody does not want it, as the code says: we, or they. What was to be said after it is said all the same.
    fn call_off(&mut self, b: &Batch<'_>, file: &mut File, by: Code) -> Result<()> {
        file.file.state = FileState::Cancelled;
        self.drop_part(file, true);
        let message = self.end_file(b, file, &Failure::new(by, "the file is not wanted"))?;
        if message.outgoing { self.say_caption(b, &message.peer, file) } else { Ok(()) }
    }

    /// It does not move any more, and its message waits for nothing.
    fn end_file(&mut self, b: &Batch<'_>, file: &mut File, why: &Failure) -> Result<Message> {
        let json = serde_json::to_string(why).ok();
        file.failure.clone_from(&json);
        self.forget_going(file.id);
        let message = b.read().message(file.message)?;
        if message.outgoing && message.delivery.is_some_and(|delivery| delivery <= Delivery::Queued) {
            b.fail(message.id, json.as_deref().unwrap_or("null"))?;
        }
        self.keep_file(b, file)?;
        Ok(message)
    }

    /// What has come of it leaves the disk, where it is `useless` or nothing.
    fn drop_part(&self, file: &mut File, useless: bool) {
        let Some(path) = file.part.as_ref().map(|part| self.account_folder().join(part)) else { return };
        if useless || path.metadata().is_ok_and(|metadata| metadata.len() == 0) {
            let _ = std::fs::remove_file(&path);
            let _ = std::fs::remove_file(path.with_extension("note"));
            file.part = None;
        }
    }

    /// Tries it again in a while, where that may help; gives up after some tries. Whoever is to be asked again at a time is not
    /// asked sooner, nor more often than others: they may name any time.
    fn again(&mut self, b: &Batch<'_>, file: &mut File, failure: &Failure, at: Option<i64>) -> Result<()> {
        let Some(going) = self.files.going.get_mut(&file.id) else { return Ok(()) };
        going.stop();
        going.session = None;
        let upload = going.outgoing && going.way.take() == Some(FileWay::Upload);
        let Some(wait) = AGAIN.get(going.failed) else { return self.fail_file(b, file, failure) };
        let silence = self.shared.silence;
        let pause = Duration::from_millis(wait.unsigned_abs());
        if upload && at.is_none() && !going.quiet.allows(Instant::now(), pause, silence) {
            return self.fail_file(b, file, failure);
        }
        going.failed += 1;
        let (soonest, latest) = (crate::now().saturating_add(*wait), crate::now().saturating_add(LONGEST));
        going.enter(TransferStage::Later { at: at.unwrap_or(soonest).clamp(soonest, latest) });
        self.out.changed.files.insert(file.id);
        self.drive_files(b)
    }

    /// How far it is; shown at once, and kept nowhere.
    pub(super) fn file_progress(&mut self, id: i64, progress: Progress) {
        let Some(going) = self.files.going.get_mut(&id) else { return };
        if progress.done > going.furthest {
            going.furthest = progress.done;
            going.quiet.moved(Instant::now());
            // An upload begins at its start each time.
            if !going.outgoing || going.way != Some(FileWay::Upload) {
                going.failed = 0;
            }
        }
        // Nobody may have said how many there are.
        let moves = progress.total.is_some() || progress.done > 0;
        let began = moves && !matches!(going.stage, TransferStage::Preparing | TransferStage::Finishing);
        going.progress = progress;
        if began && going.task.is_some() {
            going.enter(TransferStage::Moving);
        }
        self.show_transfer(id);
    }

    /// The stream is gone: what goes between stanzas or was only agreed on cannot go on; HTTP can.
    pub(super) fn files_start_over(&mut self, b: &Batch<'_>) -> Result<()> {
        self.files.service = Service::default();
        self.files.proxies.clear();
        self.files.host = Host::default();
        self.files.private.clear();
        self.end_sessions(b)
    }

    /// Somebody is blocked: nothing is exchanged with them any more.
    pub(super) fn end_files_with(&mut self, b: &Batch<'_>, blocked: &str) -> Result<()> {
        let theirs =
            |peer: &str| peer == blocked || BareJid::new(peer).is_ok_and(|peer| peer.domain().as_str() == blocked);
        let ids: Vec<_> = self.files.going.iter().filter(|(_, going)| theirs(&going.peer)).map(|(id, _)| *id).collect();
        ids.into_iter().try_for_each(|id| self.cancel_file(b, id))
    }

    /// The account ends: tasks end with it, and the next run goes on.
    pub(super) fn stop_files(&mut self) {
        let ids: Vec<_> = self.files.going.keys().copied().collect();
        self.files.sessions.clear();
        self.files.going.clear();
        let prefix = self.kept.id.clone();
        self.shared.views.transfers(Vec::new(), ids.iter().map(|id| format!("{prefix}/{id}")).collect());
    }
}
