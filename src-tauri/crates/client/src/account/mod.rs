//! One account: the only writer of its database and the only user of its session.
//!
//! [`Account`] runs on a thread of its own and may block on its database there. Every event and command is handled in
//! one transaction: [`Core`] changes its state and collects in [`Out`] what has to be sent and shown; that happens
//! after the commit, and stanzas are acknowledged then and not before.

mod archive;
mod ask;
mod avatar;
mod blocking;
mod call;
mod chat;
mod command;
mod console;
mod deliver;
mod disco;
mod displayed;
mod events;
mod file;
mod import;
mod link;
mod out;
mod reach;
mod resume;
mod roster;
mod scroll;
mod selftest;
mod show;
mod sweep;
mod tell;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use waxwing_contract::{ConnectStep, ConversationId, Failure, SessionState, Settings};
use waxwing_history::app::{Account as Kept, AppStore};
use waxwing_history::{self as history, Batch, Store};
use waxwing_session::connect::Limits;
use waxwing_session::jid::BareJid;
use waxwing_session::session::{Command, Event, Session};
use waxwing_session::tap::Watch;

use crate::attention::Told;
use crate::call::Arbiter;
use crate::call::gear::Gear;
use crate::caps::VerifiedCaps;
use crate::failure::of_history;
use crate::file::courier::News as FileNews;
use crate::file::{Staging, Voice};
use crate::running::Signed;
use crate::secrets::Secrets;
use crate::vault::Vault;
use crate::view::Views;
use archive::Archive;
use avatar::Avatars;
use call::Calls;
use chat::Chats;
use disco::Disco;
use displayed::ReadElsewhere;
use events::Awaiting;
use file::Files;
use link::Link;
use out::Out;
use reach::Reach;
use resume::{Inherited, Resume};
use roster::People;
use selftest::SelfTest;
use tell::News;

pub(crate) use ask::{Ask, Reply};
pub(crate) use file::why_of;
pub(crate) use link::{kept_route, options as link_options, route as link_route};

/// Most events that share a commit.
const BATCH: usize = 256;

/// What all accounts share.
pub(crate) struct Shared {
    pub views: Views,
    pub settings: RwLock<Settings>,
    pub app: Mutex<AppStore>,
    pub secrets: Arc<dyn Secrets>,
    /// The person looks at the window.
    pub focused: AtomicBool,
    /// The conversation on its page.
    pub looking: Mutex<Option<ConversationId>>,
    pub told: Told,
    /// Files that are chosen to be sent.
    pub staging: Staging,
    /// The voice message that is being spoken.
    pub voice: Voice,
    /// Which call has the microphone.
    pub arbiter: Arbiter,
    /// What calls are made with.
    pub gear: Arc<Gear>,
    pub caps: VerifiedCaps,
    pub accounts_folder: PathBuf,
    /// CA certificates (DER) trusted beside the system's.
    pub extra_roots: Vec<Vec<u8>>,
    pub limits: Limits,
    /// As in [`crate::Options::silence`].
    pub silence: Duration,
    /// Accounts may connect.
    pub may_connect: watch::Sender<bool>,
}

impl Shared {
    pub fn settings(&self) -> Settings {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub(crate) struct Account {
    store: Store,
    core: Core,
    session: Option<(Session, mpsc::Receiver<Event>)>,
    resume: Resume,
    /// Where the console looks on.
    watch: Watch,
    swept: Option<Instant>,
}

/// Everything but database and session.
pub(crate) struct Core {
    kept: Kept,
    /// As given in this run of the application, or read from the keyring.
    password: Option<String>,
    /// Secrets are to outlive this run.
    remember: bool,
    vault: Arc<Vault>,
    own: BareJid,
    shared: Arc<Shared>,
    link: Link,
    /// Until a session goes on with it, or begins without.
    inherited: Option<Inherited>,
    people: People,
    reach: Reach,
    /// For answers that come from elsewhere.
    itself: mpsc::WeakUnboundedSender<Ask>,
    blocked: BTreeSet<String>,
    chats: Chats,
    calls: Calls,
    files: Files,
    archive: Archive,
    disco: Disco,
    avatars: Avatars,
    /// A file whose data is being taken over.
    import: Option<Box<import::Import>>,
    /// An earlier sign-in had channel binding.
    was_bound: bool,
    read_elsewhere: ReadElsewhere,
    news: News,
    /// Of the account, while it runs.
    test: Option<SelfTest>,
    out: Out,
    awaiting: HashMap<u64, Awaiting>,
    next_token: u64,
}

impl Account {
    /// Opens the account's database. A `live` session is one that just signed in, with its first event.
    ///
    /// # Errors
    /// The database cannot be opened; it is left as it is.
    pub fn open(
        kept: Kept,
        own: BareJid,
        shared: Arc<Shared>,
        vault: Arc<Vault>,
        itself: mpsc::WeakUnboundedSender<Ask>,
    ) -> Result<Self, Failure> {
        let folder = shared.accounts_folder.join(&kept.id);
        std::fs::create_dir_all(&folder).map_err(|error| of_history(&error.into()))?;
        let store = Store::open(&folder.join("history.sqlite")).map_err(|error| of_history(&error))?;
        let mut core = Core::load(kept, own, shared, vault, itself, &store).map_err(|error| of_history(&error))?;
        let resume = Resume::open(&folder);
        core.inherited = resume.inherited();
        let mut account = Self { store, core, session: None, resume, watch: Watch::default(), swept: None };
        if account.core.wants_session() {
            account.core.link.state = SessionState::Connecting { step: ConnectStep::Keyring };
        }
        account.core.show_all(&account.store.read()).map_err(|error| of_history(&error))?;
        Ok(account)
    }

    /// Makes sure that the database may be written, and sets out from what the last run left. The lists are there
    /// already. Looking through the whole database takes a moment that is spent only after a run that did not end in
    /// order: that is when disks do harm.
    ///
    /// # Errors
    /// The database is damaged; it is left as it is.
    pub fn begin(&mut self) -> Result<(), Failure> {
        let mark = self.mark();
        let unclean = mark.exists();
        let looked = if unclean { self.store.check() } else { Ok(()) };
        let marked = looked.and_then(|()| std::fs::write(&mark, b"").map_err(history::Error::from));
        marked
            .and_then(|()| {
                self.transact(|core, b| {
                    core.requeue_all(b)?;
                    core.resume_files(b)?;
                    if unclean { core.close_open_calls(b) } else { Ok(()) }
                })
            })
            .map_err(|error| of_history(&error))
    }

    /// There while the account runs, and still there after a run that did not end in order.
    fn mark(&self) -> PathBuf {
        self.core.shared.accounts_folder.join(&self.core.kept.id).join("running")
    }

    /// Takes over a session that is signing in or has signed in.
    pub fn adopt(&mut self, signed: Signed) {
        self.session = Some((signed.session, signed.events));
        self.watch = signed.watch;
        self.core.password = Some(signed.password);
        self.core.remember = signed.remember;
        self.handle(signed.first);
    }

    /// Connects, where the person wants to be connected and the password is at hand.
    fn start(&mut self) {
        if self.core.wants_session() {
            self.connect();
        } else {
            self.core.show_account();
        }
    }

    /// Runs until told to end; connects as soon as accounts may. Blocks its thread.
    pub async fn run(mut self, mut asks: mpsc::UnboundedReceiver<Ask>) {
        let mut may_connect = self.core.shared.may_connect.subscribe();
        let mut waits = self.session.is_none();
        let mut tick = tokio::time::interval(Duration::from_secs(5));
        loop {
            let mut events = Vec::new();
            tokio::select! {
                count = receive(&mut self.session, &mut events) => {
                    if count == 0 {
                        self.session = None;
                        self.resume.end();
                    }
                    self.handle(events);
                }
                ask = asks.recv() => match ask {
                    Some(Ask::Command(command, reply)) => self.command(*command, reply),
                    Some(Ask::Password(answer)) => self.password(answer),
                    Some(Ask::Line(call, news)) => self.attempt(|core, b| core.line_tells(b, &call, *news)),
                    Some(Ask::File(id, news)) => self.file(id, *news),
                    Some(Ask::Kept(id, kept)) => self.attempt(|core, b| core.file_kept(b, id, *kept)),
                    Some(Ask::Session(report)) => self.attempt(|core, b| core.session_reports(b, *report)),
                    Some(Ask::Busy(call)) => self.attempt(|core, b| core.decline_call(b, &call, true).map(drop)),
                    Some(Ask::NetworkChanged) => self.network_changed(),
                    Some(Ask::Question(question)) => self.attempt(|core, _| { core.question(*question); Ok(()) }),
                    Some(Ask::Web(answer)) => drop(answer.send(self.core.web())),
                    Some(Ask::Watch) => self.watch(),
                    Some(Ask::Sweep) => self.swept = None,
                    Some(Ask::Focus) => self.attempt(|core, _| { core.send_client_state(); Ok(()) }),
                    Some(Ask::End(done)) => {
                        self.attempt(Core::end_calls);
                        self.attempt(|core, _| { core.leave_sessions(); Ok(()) });
                        self.core.stop_files();
                        self.core.take_all_back();
                        self.close().await;
                        let mark = self.mark();
                        drop(self);
                        let _ = std::fs::remove_file(mark);
                        let _ = done.send(());
                        return;
                    }
                    None => {
                        self.close().await;
                        return;
                    }
                },
                () = opened(&mut may_connect), if waits => {
                    waits = false;
                    // The person may have been quicker.
                    if self.session.is_none() {
                        self.start();
                    }
                }
                () = until(self.core.calls.due()) => self.attempt(Core::tick_calls),
                () = until(self.core.files_due()) => self.attempt(Core::tick_files),
                () = until(self.core.displayed_due()) => self.attempt(|core, _| { core.publish_displayed(); Ok(()) }),
                _ = tick.tick() => {
                    self.attempt(|core, b| {
                        core.expire_chat_states();
                        core.watch_clock();
                        core.ask_the_unreachable();
                        core.retry_archive(b)
                    });
                    self.sweep();
                }
            }
        }
    }

    /// Handles events in one transaction and confirms them after the commit.
    fn handle(&mut self, events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        let handled = events.iter().map(Event::seq).max().filter(|seq| *seq > 0);
        let result = self.transact(|core, b| events.into_iter().try_for_each(|event| core.event(b, event)));
        match result {
            Ok(()) => {
                if let (Some(seq), Some((session, _))) = (handled, &self.session) {
                    self.resume.advance(seq, &self.core.people.presence);
                    session.command(Command::Handled(seq));
                }
            }
            // Nothing was stored, nothing is acknowledged: the server keeps it until there is room.
            Err(error) => self.halt(of_history(&error)),
        }
    }

    /// How far a file is, is not worth a transaction.
    fn file(&mut self, id: i64, news: FileNews) {
        match news {
            FileNews::Progress(progress) => {
                if self.core.file_drips(id, progress) {
                    self.attempt(|core, b| core.set_aside(b, id));
                }
            }
            news => self.attempt(|core, b| core.file_tells(b, id, news)),
        }
    }

    /// Does something that fails only where the database does.
    fn attempt(&mut self, work: impl FnOnce(&mut Core, &Batch<'_>) -> waxwing_history::Result<()>) {
        if let Err(error) = self.transact(work) {
            self.halt(of_history(&error));
        }
    }

    /// Runs `work` as one transaction, then sends and shows what came of it.
    fn transact<T>(
        &mut self,
        work: impl FnOnce(&mut Core, &Batch<'_>) -> waxwing_history::Result<T>,
    ) -> waxwing_history::Result<T> {
        let Self { store, core, session, resume, .. } = self;
        let result = store.commit(|b| {
            let value = work(core, b)?;
            // The server works on the answer while this is made durable.
            if let Some((session, _)) = session.as_ref() {
                core.out.questions.drain(..).for_each(|question| session.command(question));
            }
            Ok(value)
        });
        let out = std::mem::take(&mut core.out);
        match result {
            Ok(value) => {
                if let Some(begun) = &out.begun {
                    resume.begin(begun);
                }
                resume.note(&out.changed.people);
                if let Some((session, _)) = session {
                    out.commands.into_iter().for_each(|command| session.command(command));
                }
                core.tell(&store.read(), &out.changed)?;
                core.show(&store.read(), &out.changed)?;
                out.replies.into_iter().for_each(|(reply, answer)| reply.send(answer));
                Ok(value)
            }
            Err(error) => {
                tracing::error!(%error, "a change was not stored");
                let failure = of_history(&error);
                out.replies.into_iter().for_each(|(reply, _)| reply.send(Err(failure.clone())));
                Err(error)
            }
        }
    }
}

async fn opened(gate: &mut watch::Receiver<bool>) {
    // The sender goes with the application.
    let _ = gate.wait_for(|open| *open).await;
}

/// Waits for a moment; for ever where there is none.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}

async fn receive(session: &mut Option<(Session, mpsc::Receiver<Event>)>, events: &mut Vec<Event>) -> usize {
    match session {
        Some((_, receiver)) => receiver.recv_many(events, BATCH).await,
        None => std::future::pending().await,
    }
}
