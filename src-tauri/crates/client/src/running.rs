//! An account that runs: its thread, the way to it, and the readers beside it.

use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::{mpsc, oneshot, watch};
use waxwing_contract::{Code, ConnectStep, Failure, SessionState, Show};
use waxwing_history::Reader;
use waxwing_history::app::Account as Kept;
use waxwing_session::jid::BareJid;
use waxwing_session::session::{Event, Session};
use waxwing_session::tap::Watch;

use crate::account::{Account, Ask, Shared};
use crate::failure::{fail, of_history};
use crate::people;
use crate::vault::Vault;

/// A session that just signed in, with what it told first.
pub(crate) struct Signed {
    pub session: Session,
    pub events: mpsc::Receiver<Event>,
    pub watch: Watch,
    pub first: Vec<Event>,
    /// For the next session of this run, whether or not it is kept.
    pub password: String,
    /// It is to be kept.
    pub remember: bool,
}

/// The way to an account.
pub(crate) struct Running {
    pub asks: mpsc::UnboundedSender<Ask>,
    /// `None` where the database cannot be opened.
    readers: Arc<OnceLock<Option<Readers>>>,
    /// True when the database is open; closed without it where it cannot be.
    opened: watch::Receiver<bool>,
    /// Its secrets.
    pub vault: Arc<Vault>,
}

/// Read-only connections of an account's database.
#[derive(Clone)]
pub(crate) struct Readers {
    pub page: Arc<Mutex<Reader>>,
    /// One of its own: a search may take long, and nothing waits for it.
    pub search: Arc<Mutex<Reader>>,
}

impl Running {
    /// Starts an account on a thread of its own, where its database is opened too; one whose database fails is shown
    /// as stopped. Needs a runtime.
    pub fn start(shared: Arc<Shared>, kept: Kept, own: BareJid, live: Option<Signed>) -> Self {
        let (asks, receiver) = mpsc::unbounded_channel();
        let vault = Arc::new(Vault::new(shared.secrets.clone(), &kept.id));
        let its_own = vault.clone();
        let (open, opened) = watch::channel(false);
        let readers: Arc<OnceLock<Option<Readers>>> = Arc::default();
        show(&shared, &kept, SessionState::Connecting { step: ConnectStep::Lookup });
        let (filled, itself, runtime) = (readers.clone(), asks.downgrade(), tokio::runtime::Handle::current());
        let (told, name) = ((shared.clone(), kept.clone()), format!("account-{}", kept.id));
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            let _entered = runtime.enter();
            let filled = Filled(filled);
            let opened = Account::open(kept.clone(), own, shared.clone(), its_own, itself);
            let path = shared.accounts_folder.join(&kept.id).join("history.sqlite");
            let reader = || Reader::open(&path).map(|r| Arc::new(Mutex::new(r))).map_err(|error| of_history(&error));
            let all = opened.and_then(|account| Ok((account, Readers { page: reader()?, search: reader()? })));
            let mut account = match all {
                Ok((account, readers)) => {
                    let _ = filled.0.set(Some(readers));
                    account
                }
                Err(failure) => return show_broken(&shared, &kept, failure),
            };
            open.send_replace(true);
            if let Err(failure) = account.begin() {
                return show_broken(&shared, &kept, failure);
            }
            if let Some(signed) = live {
                account.adopt(signed);
            }
            runtime.block_on(account.run(receiver));
        });
        if let Err(error) = thread {
            let _ = readers.set(None);
            show_broken(&told.0, &told.1, fail(Code::Internal, error.to_string()));
        }
        Self { asks, readers, opened, vault }
    }

    /// Waits until the database is open, or known not to open.
    pub async fn ready(mut opened: watch::Receiver<bool>) {
        let _ = opened.wait_for(|open| *open).await;
    }

    pub fn opening(&self) -> watch::Receiver<bool> {
        self.opened.clone()
    }

    /// Where the readers will be, as soon as the database is open.
    pub fn readers(&self) -> Arc<OnceLock<Option<Readers>>> {
        self.readers.clone()
    }

    /// Asks the account to end; answers what tells that its database is closed.
    pub fn end(self) -> Option<oneshot::Receiver<()>> {
        let (done, ended) = oneshot::channel();
        self.asks.send(Ask::End(done)).is_ok().then_some(ended)
    }
}

/// Whoever waits for readers learns that there are none, however the thread ends.
struct Filled(Arc<OnceLock<Option<Readers>>>);

impl Drop for Filled {
    fn drop(&mut self) {
        let _ = self.0.set(None);
    }
}

/// An account that cannot run is shown with the reason; its files stay as they are.
fn show_broken(shared: &Shared, kept: &Kept, failure: Failure) {
    tracing::error!(%failure, "an account could not be opened");
    show(shared, kept, SessionState::Stopped { failure });
}

/// As much of an account as is known without its database.
fn show(shared: &Shared, kept: &Kept, session: SessionState) {
    let presence = people::kept_presence(&kept.presence);
    let wanted = kept.enabled && presence.show != Show::Offline;
    let session = if wanted { session } else { SessionState::Offline };
    shared.views.account(waxwing_contract::Account {
        id: kept.id.clone(),
        order: kept.position,
        jid: kept.jid.clone(),
        name: kept.jid.clone(),
        hue: kept.hue.unwrap_or_else(|| crate::colour::hue(&kept.jid)),
        coloured: kept.hue.is_some(),
        avatar: None,
        session,
        presence,
    });
}
