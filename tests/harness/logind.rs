//! The login service of a machine that sleeps, wakes and is locked at our word: org.freedesktop.login1 on a system bus
//! of its own.

use std::{
    io::Read,
    os::unix::net::UnixStream,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result, bail};
use zbus::{
    Connection, connection, fdo, interface,
    object_server::{InterfaceRef, SignalEmitter},
    zvariant::{ObjectPath, OwnedFd, OwnedObjectPath},
};

use crate::{Bus, wait::until};

const MANAGER: &str = "/org/freedesktop/login1";
const SESSION: &str = "/org/freedesktop/login1/session/_31";
/// Where a program finds its own session without knowing which it is.
const OWN_SESSION: &str = "/org/freedesktop/login1/session/auto";

/// The login service; give [`Logind::bus`] to [`crate::window::Builder::system_bus`].
pub struct Logind {
    connection: Connection,
    state: Shared,
    bus: Bus,
}

/// Something that wants to be asked before the machine sleeps, or to keep it awake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inhibitor {
    /// `sleep`, `idle`, `shutdown` …, several joined by colons.
    pub what: String,
    pub who: String,
    pub why: String,
    /// `block` or `delay`.
    pub mode: String,
    /// Whether its program still holds it: it lets go by closing what it was given.
    pub held: bool,
}

type Shared = Arc<Mutex<State>>;

#[derive(Default)]
struct State {
    inhibitors: Vec<(Inhibitor, UnixStream)>,
    preparing: bool,
    locked: bool,
    idle: bool,
}

fn with<T>(state: &Shared, action: impl FnOnce(&mut State) -> T) -> T {
    action(&mut state.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Logind {
    pub async fn start() -> Result<Self> {
        let bus = Bus::start()?;
        let state = Shared::default();
        let session = || Session { state: state.clone() };
        let connection = connection::Builder::address(bus.address.as_str())?
            .serve_at(MANAGER, Manager { state: state.clone() })?
            .serve_at(SESSION, session())?
            .serve_at(OWN_SESSION, session())?
            .name("org.freedesktop.login1")?
            .build()
            .await
            .context("no login service on its bus")?;
        Ok(Self { connection, state, bus })
    }

    /// The address of its system bus.
    pub fn bus(&self) -> &str {
        &self.bus.address
    }

    /// All that were ever taken, oldest first.
    pub fn inhibitors(&self) -> Vec<Inhibitor> {
        with(&self.state, |state| {
            state.inhibitors.iter_mut().map(|(it, end)| Inhibitor { held: held(end), ..it.clone() }).collect()
        })
    }

    /// Waits for an inhibitor of `what` (such as "sleep") that is held.
    pub async fn inhibited(&self, what: &str) -> Result<Inhibitor> {
        let found = until(&format!("an inhibitor of {what}"), async || {
            self.inhibitors().into_iter().find(|it| it.held && it.what.split(':').any(|one| one == what))
        })
        .await;
        found.with_context(|| format!("there were {:?}", self.inhibitors()))
    }

    /// Says that the machine is about to sleep, and waits as long as programs delay it. (The real one waits 5 s at most,
    /// and is then asleep all the same.)
    pub async fn sleep(&self) -> Result<()> {
        self.prepare(true).await?;
        let delays = |it: &Inhibitor| it.held && it.mode == "delay" && it.what.split(':').any(|one| one == "sleep");
        let let_go =
            until("programs to let the machine sleep", async || (!self.inhibitors().iter().any(delays)).then_some(()));
        match let_go.await {
            Ok(()) => Ok(()),
            Err(why) => bail!("{why}: {:?}", self.inhibitors()),
        }
    }

    /// Says that the machine is awake again.
    pub async fn wake(&self) -> Result<()> {
        self.prepare(false).await
    }

    /// Locks the screen: the signal that a screen locker gets, then the hint that one leaves.
    pub async fn lock(&self) -> Result<()> {
        let session = self.session(SESSION).await?;
        Session::lock(session.signal_emitter()).await?;
        self.hint(|state| state.locked = true).await
    }

    pub async fn unlock(&self) -> Result<()> {
        let session = self.session(SESSION).await?;
        Session::unlock(session.signal_emitter()).await?;
        self.hint(|state| state.locked = false).await
    }

    /// Nobody has touched the machine for a while, or somebody does again.
    pub async fn idle(&self, idle: bool) -> Result<()> {
        self.hint(|state| state.idle = idle).await
    }

    async fn prepare(&self, sleeping: bool) -> Result<()> {
        with(&self.state, |state| state.preparing = sleeping);
        let manager = self.connection.object_server().interface::<_, Manager>(MANAGER).await?;
        Ok(Manager::prepare_for_sleep(manager.signal_emitter(), sleeping).await?)
    }

    async fn hint(&self, change: impl FnOnce(&mut State)) -> Result<()> {
        with(&self.state, change);
        for path in [SESSION, OWN_SESSION] {
            let session = self.session(path).await?;
            let emitter = session.signal_emitter();
            session.get().await.locked_hint_changed(emitter).await?;
            session.get().await.idle_hint_changed(emitter).await?;
        }
        Ok(())
    }

    async fn session(&self, path: &str) -> Result<InterfaceRef<Session>> {
        Ok(self.connection.object_server().interface(path).await?)
    }
}

/// Nobody writes to it: there is nothing to read until the other end is closed.
fn held(end: &mut UnixStream) -> bool {
    end.read(&mut [0]).is_err_and(|why| why.kind() == std::io::ErrorKind::WouldBlock)
}

fn session_path() -> OwnedObjectPath {
    ObjectPath::from_static_str_unchecked(SESSION).into()
}

/// Number, user number, user name, seat, path.
type Listed = (String, u32, String, String, OwnedObjectPath);

struct Manager {
    state: Shared,
}

#[interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    fn inhibit(&self, what: String, who: String, why: String, mode: String) -> fdo::Result<OwnedFd> {
        let failed = |why: std::io::Error| fdo::Error::Failed(why.to_string());
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        ours.set_nonblocking(true).map_err(failed)?;
        let inhibitor = Inhibitor { what, who, why, mode, held: true };
        with(&self.state, |state| state.inhibitors.push((inhibitor, ours)));
        Ok(OwnedFd::from(std::os::fd::OwnedFd::from(theirs)))
    }

    fn get_session(&self, _id: &str) -> OwnedObjectPath {
        session_path()
    }

    #[zbus(name = "GetSessionByPID")]
    fn get_session_by_pid(&self, _pid: u32) -> OwnedObjectPath {
        session_path()
    }

    fn list_sessions(&self) -> Vec<Listed> {
        vec![("1".into(), rustix::process::getuid().as_raw(), "mira".into(), "seat0".into(), session_path())]
    }

    #[zbus(property)]
    fn preparing_for_sleep(&self) -> bool {
        with(&self.state, |state| state.preparing)
    }

    #[zbus(signal)]
    async fn prepare_for_sleep(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}

struct Session {
    state: Shared,
}

#[interface(name = "org.freedesktop.login1.Session")]
impl Session {
    #[zbus(property)]
    fn id(&self) -> &str {
        "1"
    }

    #[zbus(property)]
    fn active(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn state(&self) -> &str {
        "active"
    }

    #[zbus(property, name = "Type")]
    fn kind(&self) -> &str {
        "x11"
    }

    #[zbus(property)]
    fn class(&self) -> &str {
        "user"
    }

    #[zbus(property)]
    fn locked_hint(&self) -> bool {
        with(&self.state, |state| state.locked)
    }

    #[zbus(property)]
    fn idle_hint(&self) -> bool {
        with(&self.state, |state| state.idle)
    }

    #[zbus(signal)]
    async fn lock(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn unlock(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}
