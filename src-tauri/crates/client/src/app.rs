//! The application: accounts, settings, and the answers to every command.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{mpsc, watch};
use waxwing_contract::{
    Account, AnyCommand, Code, Command, ConversationNotify, Failure, Message, SetFocus, Task, View,
};
use waxwing_history::PageAt;
use waxwing_history::app::{Account as Kept, AppStore};
use waxwing_session::connect::Limits;
use waxwing_session::jid::BareJid;

use crate::account::{Ask, Reply, Shared};
use crate::attention::{Attention, Told};
use crate::call::Arbiter;
use crate::call::gear::{Equipment, Gear};
use crate::call::pictures::Pictures;
use crate::caps::VerifiedCaps;
use crate::desktop::Desktop;
use crate::errands::Errands;
use crate::failure::{fail, of_history};
use crate::file::courier::News as FileNews;
use crate::file::{Staging, Voice};
use crate::lock::FolderLock;
use crate::running::{Readers, Running, Signed};
use crate::secrets::Secrets;
use crate::service::OpenForms;
use crate::view::{Subscription, Views};
use crate::{people, settings, uri};

/// Messages in the snapshot of a timeline.
const NEWEST: u32 = 60;

/// The usual [`Options::silence`].
pub const SILENCE: Duration = Duration::from_secs(60);

/// How an application is set up.
pub struct Options {
    /// Everything is kept below.
    pub folder: PathBuf,
    pub secrets: Arc<dyn Secrets>,
    /// CA certificates (DER) trusted beside the system's; for servers of tests and demos.
    pub extra_roots: Vec<Vec<u8>>,
    pub limits: Limits,
    /// How long nothing may come or go over HTTP, and how long an upload is tried without getting further; [`SILENCE`].
    pub silence: Duration,
    /// The folder's lock, where it is held already.
    pub lock: Option<FolderLock>,
    pub desktop: Arc<dyn Desktop>,
    /// What calls are made with.
    pub equipment: Equipment,
    /// Accounts connect at once; otherwise when [`App::connect`] says so.
    pub connect: bool,
    /// Where files go that the person asks for.
    pub downloads: PathBuf,
    /// The program that starts a private server with a live contact, where there is one.
    pub demo: Option<PathBuf>,
}

/// The application; cheap to clone.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub folder: PathBuf,
    pub shared: Arc<Shared>,
    pub running: Mutex<BTreeMap<String, Running>>,
    /// Accounts whose sign-in is under way, by address.
    pub signing_in: Mutex<std::collections::BTreeSet<BareJid>>,
    /// The window has the keyboard.
    focused: AtomicBool,
    screen_locked: AtomicBool,
    pub errands: Errands,
    /// Forms that are filled in.
    pub forms: OpenForms,
    pub desktop: Arc<dyn Desktop>,
    /// Settings that were nonsense when they were read.
    pub reset_settings: Vec<String>,
    /// The data folder is ours until this goes.
    lock: Mutex<Option<FolderLock>>,
    pub downloads: PathBuf,
    pub demo: Option<PathBuf>,
    /// The demo's program; it ends with us.
    pub demo_child: Mutex<Option<std::process::Child>>,
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What people said is nobody else's to read.
fn keep_private(folder: &std::path::Path) -> std::io::Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

impl App {
    /// Opens the application's data and starts its accounts. Needs a Tokio runtime.
    ///
    /// # Errors
    /// Its database cannot be opened; it is left as it is. [`Code::InUse`] where another process has the folder.
    pub fn open(options: Options) -> Result<Self, Failure> {
        let io = |error: std::io::Error| of_history(&error.into());
        let accounts_folder = options.folder.join("accounts");
        std::fs::create_dir_all(&accounts_folder).map_err(io)?;
        keep_private(&options.folder).map_err(io)?;
        let lock = options.lock.map_or_else(|| FolderLock::take(&options.folder), Ok)?;
        let app = AppStore::open(&options.folder.join("app.sqlite")).map_err(|error| of_history(&error))?;
        let stored = app.setting("settings").map_err(|error| of_history(&error))?;
        let (settings, reset_settings) = settings::read(stored.as_deref());
        if !reset_settings.is_empty() {
            tracing::warn!(?reset_settings, "settings could not be read and are as new");
        }
        options.secrets.allow_file(settings.password_file);
        Self::forget_demo(&app, &accounts_folder);
        let accounts = app.accounts().map_err(|error| of_history(&error))?;
        let caps = VerifiedCaps::load(&app).map_err(|error| of_history(&error))?;
        let shared = Arc::new(Shared {
            views: Views::new(),
            gear: Arc::new(Gear::new(options.equipment, &settings)),
            settings: RwLock::new(settings),
            app: Mutex::new(app),
            secrets: options.secrets,
            focused: AtomicBool::new(true),
            looking: Mutex::default(),
            staging: Staging::new(options.folder.join("staged")),
            told: Told::new(),
            voice: Voice::default(),
            arbiter: Arbiter::default(),
            caps,
            accounts_folder,
            extra_roots: options.extra_roots,
            silence: options.silence,
            limits: options.limits,
            may_connect: watch::Sender::new(options.connect),
        });
        let inner = Inner {
            folder: options.folder,
            shared,
            running: Mutex::new(BTreeMap::new()),
            signing_in: Mutex::new(std::collections::BTreeSet::new()),
            focused: AtomicBool::new(true),
            screen_locked: AtomicBool::new(false),
            errands: Errands::default(),
            forms: OpenForms::default(),
            desktop: options.desktop,
            reset_settings,
            lock: Mutex::new(Some(lock)),
            downloads: options.downloads,
            demo: options.demo,
            demo_child: Mutex::new(None),
        };
        let app = Self(Arc::new(inner));
        for kept in accounts {
            let Ok(own) = BareJid::new(&kept.jid) else { continue };
            app.start(kept, own, None);
        }
        Ok(app)
    }

    /// Starts an account.
    pub(crate) fn start(&self, kept: Kept, own: BareJid, live: Option<Signed>) {
        let id = kept.id.clone();
        let running = Running::start(self.0.shared.clone(), kept, own, live);
        locked(&self.0.running).insert(id, running);
    }

    /// Waits until every account's database is open, or known not to open: then the lists are whole.
    pub async fn ready(&self) {
        let opening: Vec<_> = locked(&self.0.running).values().map(Running::opening).collect();
        let all = async {
            for opened in opening {
                Running::ready(opened).await;
            }
        };
        // A migration may take longer: then the lists grow while they are looked at.
        let _ = tokio::time::timeout(Duration::from_secs(2), all).await;
    }

    /// Lets the accounts connect, where they waited for it.
    pub fn connect(&self) {
        self.0.shared.may_connect.send_replace(true);
    }

    /// Answers a command by its name.
    ///
    /// # Errors
    /// The command's own failures, and those of its decoding.
    pub async fn rpc(&self, name: &str, request: Value) -> Result<Value, Failure> {
        let command = AnyCommand::decode(name, request)?;
        self.dispatch(command).await
    }

    /// Answers a command.
    ///
    /// # Errors
    /// The command's own failures.
    pub async fn call<C: Command>(&self, request: C) -> Result<C::Response, Failure> {
        let request = serde_json::to_value(request).map_err(|e| fail(Code::Internal, e.to_string()))?;
        let answer = self.rpc(C::NAME, request).await?;
        serde_json::from_value(answer).map_err(|e| fail(Code::Internal, e.to_string()))
    }

    /// Subscribes to a live view.
    ///
    /// # Errors
    /// A timeline of an account there is not.
    pub fn subscribe(&self, view: &View) -> Result<Subscription, Failure> {
        if let View::Timeline { account, .. } = view {
            // At start the account may still be opening its database. Waited for here: the views lock below.
            let readers = locked(&self.0.running).get(account).map(Running::readers);
            readers.inspect(|readers| {
                readers.wait();
            });
        }
        let subscription = self.0.shared.views.subscribe(view, |account, peer| self.newest(account, peer))?;
        if let View::Console { account } = view
            && let Some(running) = locked(&self.0.running).get(account)
        {
            let _ = running.asks.send(Ask::Watch);
        }
        Ok(subscription)
    }

    /// The accounts, as the views show them.
    pub fn accounts(&self) -> Vec<Account> {
        self.0.shared.views.accounts_snapshot()
    }

    /// How a conversation's notifications differ.
    pub fn notify_of(&self, account: &str, peer: &str) -> ConversationNotify {
        self.0.shared.views.notify_of(account, peer).unwrap_or(ConversationNotify::USUAL)
    }

    /// The accounts that run.
    pub fn account_ids(&self) -> Vec<String> {
        locked(&self.0.running).keys().cloned().collect()
    }

    fn newest(&self, account: &str, peer: &str) -> Result<Vec<Message>, Failure> {
        let missing = || fail(Code::NotFound, "no such account");
        let readers = locked(&self.0.running).get(account).map(Running::readers).ok_or_else(missing)?;
        let readers = readers.get().and_then(Option::as_ref).ok_or_else(missing)?;
        let reader = locked(&readers.page);
        let page = reader.read().page(peer, PageAt::Newest, NEWEST).map_err(|error| of_history(&error))?;
        Ok(page.messages.into_iter().map(people::message).collect())
    }

    /// The readers of an account, as soon as its database is open.
    pub(crate) async fn readers(&self, account: &str) -> Result<Readers, Failure> {
        let opening = locked(&self.0.running).get(account).map(Running::opening);
        if let Some(opening) = opening {
            Running::ready(opening).await;
        }
        let readers = locked(&self.0.running).get(account).map(Running::readers);
        readers
            .and_then(|readers| readers.get().cloned().flatten())
            .ok_or_else(|| fail(Code::NotFound, "no such account"))
    }

    /// Passes a command to the account it names.
    pub(crate) async fn ask(&self, account: &str, command: AnyCommand) -> Result<Value, Failure> {
        let (reply, answer) = Reply::new();
        let asked = match locked(&self.0.running).get(account) {
            Some(running) => running.asks.send(Ask::Command(Box::new(command), reply)).is_ok(),
            None => false,
        };
        if !asked {
            return Err(fail(Code::NotFound, "no such account"));
        }
        answer.await.unwrap_or_else(|_| Err(fail(Code::Offline, "the account ended before it answered")))
    }

    /// Passes what was seen of a file to its account.
    pub(crate) fn tell_of_file(&self, account: &str, id: i64, news: FileNews) {
        if let Some(running) = locked(&self.0.running).get(account) {
            // An account that ends looks again when it is back.
            let _ = running.asks.send(Ask::File(id, Box::new(news)));
        }
    }

    /// The window gained or lost the person's attention, or shows another conversation.
    pub(crate) fn focus(&self, focus: SetFocus) {
        *locked(&self.0.shared.looking) = focus.conversation;
        self.0.focused.store(focus.focused, Ordering::Relaxed);
        self.attention_changed();
    }

    /// The person locked the screen (or came back): whatever the window shows, nobody looks at it.
    pub fn screen_locked(&self, locked: bool) {
        self.0.screen_locked.store(locked, Ordering::Relaxed);
        self.attention_changed();
    }

    fn attention_changed(&self) {
        let focused = self.0.focused.load(Ordering::Relaxed) && !self.0.screen_locked.load(Ordering::Relaxed);
        if self.0.shared.focused.swap(focused, Ordering::Relaxed) != focused {
            self.tell_all(|| Ask::Focus);
        }
    }

    /// The network is another one, or may be since the computer slept: what waits is tried at once, and what seems to live
    /// has to show that it does.
    pub fn network_changed(&self) {
        self.tell_all(|| Ask::NetworkChanged);
    }

    /// Tells one account something.
    pub(crate) fn tell(&self, account: &str, ask: Ask) {
        if let Some(running) = locked(&self.0.running).get(account) {
            let _ = running.asks.send(ask);
        }
    }

    pub(crate) fn tell_all(&self, ask: impl Fn() -> Ask) {
        locked(&self.0.running).values().for_each(|running| drop(running.asks.send(ask())));
    }

    /// What the person is to be told comes out here. There is one listener: a further one hears nothing.
    pub fn listen(&self) -> mpsc::UnboundedReceiver<Attention> {
        self.0.shared.told.listen()
    }

    /// The pictures of calls.
    pub fn pictures(&self) -> Pictures {
        self.0.shared.gear.pictures.clone()
    }

    /// Asks the window for something.
    pub fn errand(&self, task: Task) {
        self.0.errands.ask(&self.0.shared.views, task);
    }

    /// Follows an `xmpp:` link: the window gets an errand, and one that says why where it is none.
    ///
    /// # Errors
    /// [`Code::InvalidLink`].
    pub fn follow(&self, uri: &str) -> Result<(), Failure> {
        let read = uri::read(uri);
        let task = match &read {
            Ok(link) => Task::FollowLink { link: link.clone() },
            Err(failure) => Task::RefuseLink { failure: failure.clone() },
        };
        self.errand(task);
        read.map(drop)
    }

    /// Something small the shell keeps, such as a window's place.
    pub fn kept(&self, key: &str) -> Option<String> {
        locked(&self.0.shared.app).setting(key).ok().flatten()
    }

    /// Keeps something small for the shell.
    pub fn keep(&self, key: &str, value: &str) {
        if let Err(error) = locked(&self.0.shared.app).set_setting(key, value) {
            tracing::warn!(%error, key, "not kept");
        }
    }

    /// Ends one account and waits for its database to close.
    pub(crate) async fn end(&self, account: &str) {
        let running = locked(&self.0.running).remove(account);
        if let Some(ended) = running.and_then(Running::end) {
            let _ = ended.await;
        }
    }

    /// Signs everyone out and closes every database.
    pub async fn close(&self) {
        let running = std::mem::take(&mut *locked(&self.0.running));
        let ending: Vec<_> = running.into_values().filter_map(Running::end).collect();
        for ended in ending {
            let _ = ended.await;
        }
        locked(&self.0.lock).take();
        if let Some(mut child) = locked(&self.0.demo_child).take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
