//! Accounts come, get another password, and go.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use waxwing_contract::{
    AccountAdded, AnyCommand, Code, Failure, Register, Registration, RegistrationFields, SetPassword, SignIn, SignOut,
    Task,
};
use waxwing_history::app::Account as Kept;
use waxwing_session::fast::Ticket;
use waxwing_session::jid::BareJid;
use waxwing_session::negotiate::Credentials;
use waxwing_session::proxy::Route;
use waxwing_session::register::{self, Server};
use waxwing_session::session::{self, Event, Session};
use waxwing_session::tls::Trust;

use crate::account::{kept_route, link_options, link_route};
use crate::app::{App, locked};
use crate::commands::blocking;
use crate::failure::{fail, of_history, of_session};
use crate::running::Signed;
use crate::vault::Vault;

/// How long a keyring may take to forget: a person may have to unlock it.
const FORGETTING: Duration = Duration::from_secs(60);

impl App {
    pub(crate) async fn sign_in(&self, request: SignIn) -> Result<AccountAdded, Failure> {
        let jid = BareJid::new(request.jid.trim()).map_err(|e| fail(Code::InvalidAddress, e.to_string()))?;
        if jid.node().is_none() {
            return Err(fail(Code::InvalidAddress, "an address has a name before the @"));
        }
        let taken = self.0.shared.views.accounts_snapshot().iter().any(|a| a.jid == jid.to_string());
        if taken || !locked(&self.0.signing_in).insert(jid.clone()) {
            return Err(fail(Code::AlreadySignedIn, "this address is signed in already"));
        }
        let result = self.try_sign_in(&jid, request).await;
        locked(&self.0.signing_in).remove(&jid);
        result
    }

    async fn try_sign_in(&self, jid: &BareJid, request: SignIn) -> Result<AccountAdded, Failure> {
        let shared = &self.0.shared;
        let user_agent = uuid::Uuid::new_v4().to_string();
        let credentials = Credentials {
            jid: jid.clone(),
            password: request.password.clone(),
            was_bound: false,
            user_agent: user_agent.clone(),
        };
        let options =
            link_options(shared, credentials, link_route(&request.endpoint, &request.proxy), request.pin.as_deref());
        let watch = options.watch.clone();
        let (session, mut events) = session::spawn(options);
        let first = first_online(&session, &mut events).await?;

        let id = uuid::Uuid::new_v4().to_string();
        let kept = Kept {
            id: id.clone(),
            position: crate::now(),
            jid: jid.to_string(),
            enabled: true,
            user_agent,
            endpoint: request.endpoint.as_ref().and_then(|e| serde_json::to_string(e).ok()),
            proxy: request.proxy.as_ref().and_then(|p| serde_json::to_string(p).ok()),
            pin: request.pin,
            presence: "null".into(),
            hue: None,
        };
        locked(&shared.app).put_account(&kept).map_err(|error| of_history(&error))?;
        let SignIn { password, remember, .. } = request;
        let signed = Signed { session, events, watch, first, password: password.clone(), remember };
        self.start(kept, jid.clone(), Some(signed));
        if remember {
            let (app, vault) = (self.clone(), self.vault(&id));
            // A keyring may wait for a person to unlock it; the session is on all the same.
            tokio::task::spawn_blocking(move || {
                if let Err(failure) = vault.keep_password(&password) {
                    tracing::warn!(%failure, "the password was not kept: it will be asked for at the next start");
                    app.errand(Task::KeyringRefused { failure });
                }
            });
        }
        Ok(AccountAdded { account: id })
    }

    pub(crate) async fn registration_fields(&self, request: RegistrationFields) -> Result<Registration, Failure> {
        let server = self.server(&request.domain, link_route(&request.endpoint, &request.proxy), request.pin)?;
        let fields = register::fields(&server).await.map_err(|error| of_registration(&error))?;
        if fields.fields.is_empty() {
            return Err(fail(Code::RegistrationClosed, "the server asks for no fields we know"));
        }
        Ok(Registration { instructions: fields.instructions, fields: fields.fields })
    }

    pub(crate) async fn register(&self, request: Register) -> Result<AccountAdded, Failure> {
        let server =
            self.server(&request.domain, link_route(&request.endpoint, &request.proxy), request.pin.clone())?;
        let value = |name: &str| request.fields.iter().find(|f| f.name == name).map(|f| f.value.trim().to_owned());
        let username = value("username").unwrap_or_default();
        let jid = BareJid::new(&format!("{username}@{}", server.domain))
            .map_err(|error| fail(Code::InvalidAddress, error.to_string()))?;
        let password = request.fields.iter().find(|f| f.name == "password").map(|f| f.value.clone());
        let values: Vec<_> = request.fields.iter().map(|f| (f.name.clone(), f.value.clone())).collect();
        register::register(&server, &values).await.map_err(|error| of_registration(&error))?;
        let sign_in = SignIn {
            jid: jid.to_string(),
            password: password.unwrap_or_default(),
            endpoint: request.endpoint,
            proxy: request.proxy,
            pin: request.pin,
            remember: request.remember,
        };
        self.sign_in(sign_in).await
    }

    fn server(&self, domain: &str, route: Route, pin: Option<String>) -> Result<Server, Failure> {
        let jid = BareJid::new(domain.trim()).map_err(|e| fail(Code::InvalidAddress, e.to_string()))?;
        Ok(Server {
            domain: jid.domain().to_string(),
            route,
            trust: Trust { extra_roots: self.0.shared.extra_roots.clone(), pin },
            limits: self.0.shared.limits,
        })
    }

    /// Connects with a password, and keeps it where that is wanted; else nothing older is kept either.
    pub(crate) async fn set_password(&self, request: SetPassword) -> Result<Value, Failure> {
        let (vault, password, remember) = (self.vault(&request.account), request.password.clone(), request.remember);
        let answered = self.ask(&request.account.clone(), AnyCommand::SetPassword(request)).await?;
        blocking(move || if remember { vault.keep_password(&password) } else { vault.forget() }).await?;
        Ok(answered)
    }

    /// Signs out; the ticket goes back to the server, so that whoever finds it later finds nothing of use.
    pub(crate) async fn sign_out(&self, request: SignOut) -> Result<Value, Failure> {
        let (account, vault) = (request.0.account.clone(), self.vault(&request.0.account));
        let answered = self.ask(&account, AnyCommand::SignOut(request)).await?;
        let Some(ticket) = blocking(move || Ok(vault.hand_back())).await? else { return Ok(answered) };
        let kept =
            locked(&self.0.shared.app).accounts().unwrap_or_default().into_iter().find(|kept| kept.id == account);
        if let Some(kept) = kept {
            self.give_back(ticket, kept);
        }
        Ok(answered)
    }

    /// The account's secrets, also where it does not run.
    fn vault(&self, account: &str) -> Arc<Vault> {
        let running = locked(&self.0.running).get(account).map(|running| running.vault.clone());
        running.unwrap_or_else(|| Arc::new(Vault::new(self.0.shared.secrets.clone(), account)))
    }

    /// Everything of it first and its row last: what could not be removed can be tried again. A keyring that refuses, or
    /// does not answer, keeps no account here: the window is told what is left in it.
    pub(crate) async fn remove_account(&self, account: &str) -> Result<(), Failure> {
        let vault = self.vault(account);
        self.end(account).await;
        let closing = vault.clone();
        let closed = tokio::time::timeout(FORGETTING, blocking(move || Ok(closing.close()))).await;
        let silent = || fail(Code::SecretNotRemoved, "the keyring does not answer");
        let (ticket, forgotten) = closed.unwrap_or_else(|_| Ok((vault.ticket(), Err(silent()))))?;
        let (folder, id) = (self.0.shared.accounts_folder.join(account), uuid::Uuid::parse_str(account));
        // A UUID of ours and nothing that climbs out of the folder.
        if id.is_ok() && folder.exists() {
            blocking(move || std::fs::remove_dir_all(&folder).map_err(|error| of_history(&error.into()))).await?;
        }
        let shared = &self.0.shared;
        let kept = locked(&shared.app).accounts().unwrap_or_default().into_iter().find(|kept| kept.id == account);
        locked(&shared.app).remove_account(account).map_err(|error| of_history(&error))?;
        shared.views.remove_account(account);
        if let (Some(ticket), Some(kept)) = (ticket, kept) {
            self.give_back(ticket, kept);
        }
        if let Err(failure) = forgotten {
            tracing::warn!(%failure, "the keyring may still hold secrets of an account that is gone");
            self.errand(Task::KeyringRefused { failure: Failure { code: Code::SecretNotRemoved, ..failure } });
        }
        Ok(())
    }

    /// The server is to forget the account's ticket. It goes on meanwhile: a server that is away keeps nobody here.
    fn give_back(&self, ticket: Ticket, kept: Kept) {
        let Ok(jid) = BareJid::new(&kept.jid) else { return };
        let (endpoint, proxy) = kept_route(&kept);
        let credentials = Credentials { jid, password: String::new(), was_bound: false, user_agent: kept.user_agent };
        let options = link_options(&self.0.shared, credentials, link_route(&endpoint, &proxy), kept.pin.as_deref());
        tokio::spawn(async move {
            let done = tokio::time::timeout(FORGETTING, waxwing_session::invalidate(&options, &ticket)).await;
            tracing::info!(done = matches!(done, Ok(Ok(()))), "the server was asked to forget a ticket");
        });
    }
}

/// Waits until a session is on; one that is not, is ended.
async fn first_online(session: &Session, events: &mut mpsc::Receiver<Event>) -> Result<Vec<Event>, Failure> {
    let mut seen = Vec::new();
    while let Some(event) = events.recv().await {
        match event {
            Event::Offline { error, .. } => {
                session.command(session::Command::Close);
                return Err(of_session(&error));
            }
            Event::Online { .. } => {
                seen.push(event);
                return Ok(seen);
            }
            event => seen.push(event),
        }
    }
    Err(fail(Code::Internal, "the session ended without a word"))
}

/// In a registration the server's reasons have names of their own.
fn of_registration(error: &waxwing_session::Error) -> Failure {
    let mut failure = of_session(error);
    failure.code = match failure.condition.as_deref() {
        Some("conflict") => Code::NameTaken,
        Some("service-unavailable" | "feature-not-implemented" | "not-allowed" | "forbidden" | "policy-violation") => {
            Code::RegistrationClosed
        }
        _ => failure.code,
    };
    failure
}
