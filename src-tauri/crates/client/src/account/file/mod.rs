//! Files of one account: what others share, what we send, and the sessions in which files are handed over.
//!
//! ```text
//! hear ── what messages share ─┐                        ┌─ fetch ── from where it was put
//! command ── what we send ─────┴─ rows in the history ──┤
//!                                        │              ├─ send ── to the upload service (service)
//!                                        │              └─ session ── from one to the other (act, sockets, inband)
//!                                       show
//! ```
//!
//! A file that moves has a [`Going`] beside its row. What the two say when the application ends is enough to go on.

mod act;
mod channels;
mod command;
mod facts;
mod fetch;
mod hear;
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

use tokio::task::AbortHandle;
use waxwing_contract::{Code, Failure, FileWay, TransferStage, WayReason};
use waxwing_history::{Batch, Delivery, File, FileState, Message, Result};
use waxwing_jingle::s5b::Streamhost;
use waxwing_session::jid::BareJid;
use waxwing_transfer::socks5::Listener;
use waxwing_transfer::{Control, Progress};

use super::{Ask, Core};
use crate::file::courier::{News, Tell, Web};
use facts::Facts;
pub(super) use hear::thumbnail_of_ours;
pub(super) use inband::Asked;
use quiet::Quiet;
pub(super) use send::stanza_of;
use service::{Host, Service};
use session::Session;
pub(super) use sweep::YOUNG;
use unasked::Unasked;

/// Files that come and go over HTTP at once.
const AT_ONCE: usize = 3;
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
    unasked: Unasked,
}

/// A file that is on its way, or waits for it.
pub(super) struct Going {
    peer: String,
    name: String,
    outgoing: bool,
    began: i64,
    stage: TransferStage,
    control: Control,
    task: Option<AbortHandle>,
    progress: Progress,
    size: Option<u64>,
    way: Option<FileWay>,
    why: Option<WayReason>,
    /// Tries that failed since it got further than ever.
    failed: usize,
    /// Bytes of the try that got furthest.
    furthest: u64,
    quiet: Quiet,
    /// The session that brings or takes it.
    session: Option<String>,
}

impl Drop for Going {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl Going {
    fn is_active(&self) -> bool {
        self.task.is_some() || matches!(self.stage, TransferStage::Connecting)
    }

    fn may_begin(&self) -> bool {
        let due = match self.stage {
            TransferStage::Waiting => true,
            TransferStage::Later { at } => at <= crate::now(),
            _ => false,
        };
        due && self.task.is_none() && self.session.is_none()
    }

    /// The upload service is asked for a place.
    fn begin_upload(&mut self) {
        (self.stage, self.way) = (TransferStage::Connecting, Some(FileWay::Upload));
        self.quiet.begin(Instant::now());
    }

    /// Nothing runs for it any more.
    fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.control = Control::new();
        self.progress.speed = 0;
    }
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
        let going = Going {
            peer: message.peer,
            name: file.file.name.clone(),
            // What we sent and do not have is got, as what another device of ours has sent.
            outgoing: message.outgoing && file.file.path.is_some(),
            began: crate::now(),
            stage: TransferStage::Waiting,
            control: Control::new(),
            task: None,
            progress: Progress::default(),
            size: file.file.size,
            way: None,
            why: facts.why,
            failed: 0,
            furthest: 0,
            quiet: Quiet::new(Instant::now()),
            session: None,
        };
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

    /// Begins what can begin: the oldest first.
    pub(super) fn drive_files(&mut self, b: &Batch<'_>) -> Result<()> {
        let waiting: Vec<_> =
            self.files.going.iter().filter(|(_, going)| going.may_begin()).map(|(id, _)| *id).collect();
        for id in waiting {
            let busy = self.files.going.values().filter(|going| going.is_active()).count();
            let Some(file) = b.read().file(id)?.filter(|file| file.file.state == FileState::Moving) else {
                self.forget_going(id);
                continue;
            };
            let prepares = self.files.going.get(&id).is_some_and(|going| going.outgoing)
                && !Facts::read(&file.file.facts).prepared;
            if busy >= AT_ONCE {
                break;
            }
            if prepares {
                self.prepare_file(&file);
            } else if self.link.is_online() {
                self.begin_file(b, file)?;
            }
        }
        Ok(())
    }

    /// When the next file that waits for a time may go on.
    pub(super) fn files_due(&self) -> Option<Instant> {
        let later = self.files.going.values().filter_map(|going| match going.stage {
            TransferStage::Later { at } if self.link.is_online() => Some(at),
            _ => None,
        });
        let wait = later.min().map(|at| u64::try_from(at.saturating_sub(crate::now())).unwrap_or(0));
        let later = wait.and_then(|wait| Instant::now().checked_add(Duration::from_millis(wait.max(50))));
        let later = later.into_iter().chain(self.relays_due());
        later.chain(self.files.sessions.values().filter_map(Session::due)).min()
    }

    /// Looks at the clock.
    pub(super) fn tick_files(&mut self, b: &Batch<'_>) -> Result<()> {
        self.tick_relays(b)?;
        self.tick_sessions(b)?;
        self.drive_files(b)
    }

    fn begin_file(&mut self, b: &Batch<'_>, file: File) -> Result<()> {
        let outgoing = self.files.going.get(&file.id).is_some_and(|going| going.outgoing);
        if outgoing { self.send_file(b, file) } else { self.fetch_file(b, file) }
    }

    fn stage(&mut self, id: i64, stage: TransferStage) {
        if let Some(going) = self.files.going.get_mut(&id) {
            going.stage = stage;
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
        self.end_file(b, file, failure)?;
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
        going.stage = TransferStage::Later { at: at.unwrap_or(soonest).clamp(soonest, latest) };
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
        let began =
            progress.total.is_some() && !matches!(going.stage, TransferStage::Preparing | TransferStage::Finishing);
        going.progress = progress;
        if progress.paused {
            going.stage = TransferStage::Paused;
        } else if began && going.task.is_some() {
            going.stage = TransferStage::Moving;
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
