//! The application: accounts, settings, and the answers to every command.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use waxwing_contract::{AnyCommand, Code, Command, Failure, Message, Settings, View};
use waxwing_history::app::AppStore;
use waxwing_history::{PageAt, Reader};
use waxwing_session::connect::Limits;
use waxwing_session::jid::BareJid;
use waxwing_session::session::{Event, Session};

use crate::account::{Account, Ask, Reply, Shared};
use crate::failure::{fail, of_history};
use crate::people;
use crate::secrets::Secrets;
use crate::view::{Subscription, Views};

/// Messages in the snapshot of a timeline.
const NEWEST: u32 = 60;

/// How an application is set up.
pub struct Options {
    /// Everything is kept below.
    pub folder: PathBuf,
    pub secrets: Arc<dyn Secrets>,
    /// CA certificates (DER) trusted beside the system's; for servers of tests and demos.
    pub extra_roots: Vec<Vec<u8>>,
    pub limits: Limits,
    /// The program that starts a private server with a live contact, where there is one.
    pub demo: Option<PathBuf>,
}

/// An account that runs.
pub(crate) struct Running {
    pub asks: mpsc::UnboundedSender<Ask>,
    pub reader: Arc<Mutex<Reader>>,
    /// A reader of its own: a search may take long, and nothing waits for it.
    pub search: Arc<Mutex<Reader>>,
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
    /// Its database cannot be opened; it is left as it is.
    pub fn open(options: Options) -> Result<Self, Failure> {
        let io = |error: std::io::Error| of_history(&error.into());
        let accounts_folder = options.folder.join("accounts");
        std::fs::create_dir_all(&accounts_folder).map_err(io)?;
        keep_private(&options.folder).map_err(io)?;
        let app = AppStore::open(&options.folder.join("app.sqlite")).map_err(|error| of_history(&error))?;
        let stored = app.setting("settings").map_err(|error| of_history(&error))?;
        let settings: Settings = stored.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
        let accounts = app.accounts().map_err(|error| of_history(&error))?;
        let shared = Arc::new(Shared {
            views: Views::new(),
            settings: RwLock::new(settings),
            app: Mutex::new(app),
            secrets: options.secrets,
            focused: AtomicBool::new(true),
            accounts_folder,
            extra_roots: options.extra_roots,
            limits: options.limits,
        });
        let inner = Inner {
            folder: options.folder,
            shared,
            running: Mutex::new(BTreeMap::new()),
            signing_in: Mutex::new(std::collections::BTreeSet::new()),
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

    /// Starts an account on a thread of its own; one whose database fails is shown as stopped.
    pub(crate) fn start(
        &self,
        kept: waxwing_history::app::Account,
        own: BareJid,
        live: Option<(Session, mpsc::Receiver<Event>, Vec<Event>)>,
    ) {
        let shared = self.0.shared.clone();
        let opened = Account::open(kept.clone(), own, shared.clone());
        let path = shared.accounts_folder.join(&kept.id).join("history.sqlite");
        let opened = opened.and_then(|account| {
            let reader = Reader::open(&path).map_err(|error| of_history(&error))?;
            let search = Reader::open(&path).map_err(|error| of_history(&error))?;
            Ok((account, reader, search))
        });
        let (mut account, reader, search) = match opened {
            Ok(opened) => opened,
            Err(failure) => return self.show_broken(&kept, failure),
        };
        let (asks, receiver) = mpsc::unbounded_channel();
        let runtime = tokio::runtime::Handle::current();
        let thread = std::thread::Builder::new().name(format!("account-{}", kept.id)).spawn(move || {
            let _entered = runtime.enter();
            match live {
                Some((session, events, first)) => account.adopt(session, events, first),
                None => account.start(),
            }
            runtime.block_on(account.run(receiver));
        });
        match thread {
            Ok(_) => {
                let own = |reader| Arc::new(Mutex::new(reader));
                let running = Running { asks, reader: own(reader), search: own(search) };
                locked(&self.0.running).insert(kept.id, running);
            }
            Err(error) => self.show_broken(&kept, fail(Code::Internal, error.to_string())),
        }
    }

    /// An account that cannot run is shown with the reason; its files stay as they are.
    fn show_broken(&self, kept: &waxwing_history::app::Account, failure: Failure) {
        tracing::error!(%failure, "an account could not be opened");
        self.0.shared.views.account(waxwing_contract::Account {
            id: kept.id.clone(),
            order: kept.position,
            jid: kept.jid.clone(),
            name: kept.jid.clone(),
            hue: crate::colour::hue(&kept.jid),
            avatar: None,
            session: waxwing_contract::SessionState::Stopped { failure },
            presence: people::offline(),
        });
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
        self.0.shared.views.subscribe(view, |account, peer| self.newest(account, peer))
    }

    /// The accounts that run.
    pub fn account_ids(&self) -> Vec<String> {
        locked(&self.0.running).keys().cloned().collect()
    }

    fn newest(&self, account: &str, peer: &str) -> Result<Vec<Message>, Failure> {
        let reader = self.reader(account)?;
        let reader = locked(&reader);
        let page = reader.read().page(peer, PageAt::Newest, NEWEST).map_err(|error| of_history(&error))?;
        Ok(page.messages.into_iter().map(people::message).collect())
    }

    fn reader(&self, account: &str) -> Result<Arc<Mutex<Reader>>, Failure> {
        let running = locked(&self.0.running);
        running.get(account).map(|r| r.reader.clone()).ok_or_else(|| fail(Code::NotFound, "no such account"))
    }

    pub(crate) fn searcher(&self, account: &str) -> Result<Arc<Mutex<Reader>>, Failure> {
        let running = locked(&self.0.running);
        running.get(account).map(|r| r.search.clone()).ok_or_else(|| fail(Code::NotFound, "no such account"))
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

    /// The window gained or lost the person's attention.
    pub(crate) fn focus(&self, focused: bool) {
        if self.0.shared.focused.swap(focused, Ordering::Relaxed) != focused {
            locked(&self.0.running).values().for_each(|running| drop(running.asks.send(Ask::Focus)));
        }
    }

    /// Ends one account and waits for its database to close.
    pub(crate) async fn end(&self, account: &str) {
        let Some(running) = locked(&self.0.running).remove(account) else { return };
        let (done, ended) = oneshot::channel();
        if running.asks.send(Ask::End(done)).is_ok() {
            let _ = ended.await;
        }
    }

    /// Signs everyone out and closes every database.
    pub async fn close(&self) {
        for id in self.account_ids() {
            self.end(&id).await;
        }
        if let Some(mut child) = locked(&self.0.demo_child).take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
