//! The account's way to its server: connecting, signing out, what the connection is.

use std::time::Duration;

use waxwing_contract::{Code, ConnectStep, Connection, Endpoint, Failure, Presence, Proxy, SessionState, Show};
use waxwing_history::Batch;
use waxwing_history::app::Account as Kept;
use waxwing_session::Error;
use waxwing_session::connect::Step;
use waxwing_session::dns::Target;
use waxwing_session::fast::Ticket;
use waxwing_session::jid::FullJid;
use waxwing_session::negotiate::{self, Credentials};
use waxwing_session::proxy::Route;
use waxwing_session::session::{self, Command, Options};
use waxwing_session::tap::Watch;
use waxwing_session::tls::Trust;
use waxwing_session::xep::{presence, version};

use super::{Account, Core, Shared};
use crate::failure::{fail, of_session};
use crate::{now, people};

/// The value that says that a sign-in had channel binding.
pub(crate) const BOUND: &str = "bound";

/// Where the session is.
pub(crate) struct Link {
    pub state: SessionState,
    pub bound: Option<FullJid>,
    pub connection: Option<negotiate::Connection>,
    pub skipped: u32,
}

impl Link {
    pub fn new() -> Self {
        Self { state: SessionState::Offline, bound: None, connection: None, skipped: 0 }
    }

    pub fn is_online(&self) -> bool {
        self.connection.is_some()
    }
}

/// The options of a session, from what is kept of an account.
pub(crate) fn options(shared: &Shared, credentials: Credentials, route: Route, pin: Option<&str>) -> Options {
    Options {
        credentials,
        ticket: None,
        resume: None,
        route,
        trust: Trust { extra_roots: shared.extra_roots.clone(), pin: pin.map(str::to_owned) },
        limits: shared.limits,
        watch: Watch::default(),
    }
}

/// As the person chose it.
pub(crate) fn route(endpoint: &Option<Endpoint>, proxy: &Option<Proxy>) -> Route {
    let target = |e: &Endpoint| Target { host: e.host.clone(), port: e.port, direct_tls: e.direct_tls };
    Route {
        endpoint: endpoint.as_ref().map(target),
        proxy: proxy.as_ref().map(|proxy| waxwing_session::proxy::Proxy { host: proxy.host.clone(), port: proxy.port }),
    }
}

/// As it is kept.
pub(crate) fn kept_route(kept: &Kept) -> (Option<Endpoint>, Option<Proxy>) {
    let endpoint = kept.endpoint.as_deref().and_then(|e| serde_json::from_str(e).ok());
    (endpoint, kept.proxy.as_deref().and_then(|proxy| serde_json::from_str(proxy).ok()))
}

impl Account {
    /// Begins (anew): with the password at hand, or as soon as the keyring told it.
    pub fn connect(&mut self) {
        self.drop_session();
        match self.core.password.clone() {
            Some(password) => self.sign_in(password),
            None => self.ask_keyring(),
        }
    }

    /// A keyring may be locked and wait for a person: that must not hold up the account.
    fn ask_keyring(&mut self) {
        self.core.link.state = SessionState::Connecting { step: ConnectStep::Keyring };
        self.core.show_account();
        let (vault, itself) = (self.core.vault.clone(), self.core.itself.clone());
        tokio::task::spawn_blocking(move || {
            let answer = vault.read();
            if let Some(itself) = itself.upgrade() {
                let _ = itself.send(super::Ask::Password(answer));
            }
        });
    }

    /// The keyring answered; where the person was quicker, or signed out meanwhile, that no longer matters.
    pub fn password(&mut self, answer: Result<Option<String>, Failure>) {
        if self.core.link.state != (SessionState::Connecting { step: ConnectStep::Keyring }) {
            return;
        }
        match answer {
            Ok(Some(password)) => {
                self.core.remember = true;
                self.core.password = Some(password.clone());
                self.sign_in(password);
            }
            Ok(None) => self.stop(fail(Code::PasswordNeeded, "no password is kept for this account")),
            Err(failure) => self.stop(failure),
        }
    }

    fn sign_in(&mut self, password: String) {
        let kept = &self.core.kept;
        let credentials = Credentials {
            jid: self.core.own.clone(),
            password,
            was_bound: self.core.was_bound,
            user_agent: kept.user_agent.clone(),
        };
        let (endpoint, proxy) = kept_route(kept);
        let route = route(&endpoint, &proxy);
        let mut options = options(&self.core.shared, credentials, route, kept.pin.as_deref());
        options.watch = self.watch.clone();
        options.ticket = self.core.vault.ticket();
        options.resume = self.core.inherited.as_ref().map(|left| (left.resumption.clone(), left.h));
        self.session = Some(session::spawn(options));
        self.core.link.state = SessionState::Connecting { step: ConnectStep::Lookup };
        self.core.show_account();
    }

    /// What waits is tried now, and what seems to live has to show that it does.
    pub fn network_changed(&mut self) {
        let there = matches!(self.core.link.state, SessionState::Waiting { .. } | SessionState::Online { .. });
        if let (true, Some((session, _))) = (there, &self.session) {
            session.command(Command::Probe);
        }
        self.core.calls.network_changed();
    }

    /// Connects now, whatever the session waits for.
    pub fn connect_now(&mut self) {
        match (&self.core.link.state, &self.session) {
            (SessionState::Waiting { .. }, Some((session, _))) => session.command(Command::Connect),
            (SessionState::Online { .. } | SessionState::Connecting { .. }, Some(_)) => {}
            _ => self.connect(),
        }
    }

    /// Ends the session without waiting; what it had not delivered waits in the outbox.
    pub fn drop_session(&mut self) {
        if let Some((session, _)) = self.session.take() {
            session.command(Command::Close);
            self.core.inherited = None;
            self.resume.end();
        }
        self.core.abandon();
        self.core.went_offline();
        self.attempt(Core::requeue_all);
    }

    /// Signs out because the person wants to.
    pub fn leave(&mut self) {
        self.attempt(Core::end_calls);
        self.drop_session();
        self.core.link.state = SessionState::Offline;
        self.core.show_account();
    }

    fn stop(&mut self, failure: Failure) {
        self.core.link.state = SessionState::Stopped { failure };
        self.core.show_account();
    }

    /// The database failed: no session without it.
    pub fn halt(&mut self, failure: Failure) {
        tracing::error!(?failure.code, "the account stops");
        if let Some((session, _)) = self.session.take() {
            session.command(Command::Close);
        }
        self.core.drop_calls();
        self.core.abandon();
        self.core.went_offline();
        self.stop(failure);
    }

    /// Signs out and waits for the stream to end, shortly.
    pub async fn close(&mut self) {
        let Some((session, mut events)) = self.session.take() else { return };
        session.command(Command::Send { stanza: presence::unavailable().into(), tag: None });
        session.command(Command::Close);
        let drained = async { while events.recv().await.is_some() {} };
        let _ = tokio::time::timeout(Duration::from_secs(3), drained).await;
        self.resume.end();
        self.core.went_offline();
    }
}

impl Core {
    pub(super) fn connecting(&mut self, step: Step) {
        let step = match step {
            Step::Lookup => ConnectStep::Lookup,
            Step::Tcp => ConnectStep::Tcp,
            Step::Tls => ConnectStep::Tls,
            Step::SignIn => ConnectStep::SignIn,
        };
        self.link.state = SessionState::Connecting { step };
        self.out.changed.account = true;
    }

    /// The session is on. A resumed one goes on where it was; another begins in this order: roster,
    /// carbons, discovery, presence; the archive as soon as the server is known to have one.
    pub(super) fn online(
        &mut self,
        b: &Batch<'_>,
        jid: FullJid,
        connection: negotiate::Connection,
    ) -> waxwing_history::Result<()> {
        let resumed = connection.resumed;
        let carbons = connection.offers.carbons;
        if !self.was_bound {
            self.was_bound = connection.channel_binding.is_some();
            self.keep_bound(b)?;
        }
        self.link.bound = Some(jid);
        self.link.connection = Some(connection);
        self.out.changed.account = true;
        // A session of an earlier process is resumed, but little is known of it: what it asked for, nobody waits for now.
        let inherited = self.inherited.take();
        let goes_on = resumed && inherited.is_none();
        self.link.state = SessionState::Online { catching_up: !goes_on || self.archive.will_tell() };
        if !goes_on {
            // Nothing is on its way.
            self.requeue_all(b)?;
            self.chats.last.clear();
            self.relays_unknown();
            self.calls_start_over(b)?;
            self.files_start_over(b)?;
            self.reach.start_over();
            self.people.start_over(&self.own, inherited.filter(|_| resumed).map(|left| left.presence));
            self.out.changed.everyone = true;
            self.ask_roster(b)?;
            if !carbons {
                self.ask(None, version::enable_carbons(), true, super::events::Awaiting::Carbons);
            }
            self.ask_server();
            self.ask_file_services();
            self.send_presence();
        }
        self.send_client_state();
        self.flush_outbox(b)?;
        self.drive_files(b)
    }

    /// Keeps whether sign-ins are bound to their connection.
    pub(super) fn keep_bound(&self, b: &Batch<'_>) -> waxwing_history::Result<()> {
        b.set_value(BOUND, if self.was_bound { "1" } else { "" })
    }

    pub(super) fn offline(&mut self, error: &Error, retry_in: Option<Duration>) {
        let failure = of_session(error);
        self.went_offline();
        self.link.state = match retry_in {
            Some(wait) => SessionState::Waiting {
                failure,
                retry_at: now().saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)),
            },
            None => SessionState::Stopped { failure },
        };
        self.out.changed.account = true;
    }

    pub(super) fn went_offline(&mut self) {
        if self.link.is_online() {
            self.disco.last = self.capabilities();
        }
        self.link.connection = None;
        self.chats.forget_states();
        self.out.changed.everyone = true;
    }

    /// Keeps what the next session signs in with.
    pub(super) fn keep_ticket(&mut self, ticket: Option<Ticket>) {
        self.vault.use_ticket(ticket);
        if self.remember {
            let vault = self.vault.clone();
            tokio::task::spawn_blocking(move || vault.keep_ticket());
        }
    }

    /// Our own presence, as the person chose it.
    pub(super) fn send_presence(&mut self) {
        let Presence { show, status, priority } = self.own_presence();
        let stanza = match people::wire_show(show) {
            Some(show) => presence::available(show, &status, priority),
            None => presence::unavailable(),
        };
        self.out.send(stanza);
    }

    pub(super) fn choose_presence(&mut self, presence: &Presence) {
        self.kept.presence = serde_json::to_string(presence).unwrap_or_default();
    }

    /// The person wants to be connected.
    pub(super) fn wants_session(&self) -> bool {
        self.kept.enabled && self.own_presence().show != Show::Offline
    }

    pub(super) fn own_presence(&self) -> Presence {
        people::kept_presence(&self.kept.presence)
    }

    /// XEP-0352: the server may spare us what nobody looks at.
    pub fn send_client_state(&mut self) {
        if self.link.connection.as_ref().is_some_and(|c| c.offers.client_state) {
            let focused = self.shared.focused.load(std::sync::atomic::Ordering::Relaxed);
            self.out.nonza(version::client_state(focused));
        }
    }

    pub(super) fn connection_details(&self) -> Option<Connection> {
        let c = self.link.connection.as_ref()?;
        Some(Connection {
            endpoint: c.endpoint.clone(),
            direct_tls: c.direct_tls,
            tls: c.tls.to_owned(),
            cipher: c.cipher.clone(),
            mechanism: c.mechanism.clone(),
            channel_binding: c.channel_binding.map(str::to_owned),
            sasl2: c.sasl2,
            resumed: c.resumed,
            certificate_fingerprint: c.fingerprint.clone(),
        })
    }
}
