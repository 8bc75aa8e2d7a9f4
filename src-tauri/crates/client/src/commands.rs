//! The contract's commands, as far as they are the application's.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc;
use waxwing_contract::{
    AccountAdded, AnyCommand, AppInfo, Code, Endpoint, Excerpt, Failure, Log, PasswordStore, Register, Registration,
    RegistrationFields, SearchHit, SearchHits, SearchMessages, SetPassword, SignIn, Task,
};
use waxwing_history::app::Account as Kept;
use waxwing_session::jid::BareJid;
use waxwing_session::negotiate::Credentials;
use waxwing_session::register::{self, Server};
use waxwing_session::session::{self, Event, Session};
use waxwing_session::tls::Trust;

use crate::account::{link_options, link_target};
use crate::app::{App, locked};
use crate::colour::hue;
use crate::failure::{fail, of_history, of_session};
use crate::running::Signed;
use crate::{log, people, tickets};

/// The file in the data folder that tells of the last crash.
pub const CRASH_REPORT: &str = "crash-report.txt";

/// How long a keyring may take to forget a password, a person unlocking it included.
const FORGETTING: std::time::Duration = std::time::Duration::from_secs(60);

/// How long a keyring may take to show that it is there.
const KEYRING: std::time::Duration = std::time::Duration::from_secs(1);

fn answer(value: impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|error| fail(Code::Internal, error.to_string()))
}

impl App {
    pub(crate) async fn dispatch(&self, command: AnyCommand) -> Result<Value, Failure> {
        match command {
            AnyCommand::SignIn(request) => answer(self.sign_in(request).await?),
            AnyCommand::RegistrationFields(request) => answer(self.registration_fields(request).await?),
            AnyCommand::Register(request) => answer(self.register(request).await?),
            AnyCommand::RemoveAccount(request) => answer(self.remove_account(&request.0.account).await?),
            AnyCommand::SearchMessages(request) => answer(self.search(request).await?),
            AnyCommand::GetSettings(_) => answer(self.settings()),
            AnyCommand::SetSettings(settings) => answer(self.set_settings(settings.0)?),
            AnyCommand::SetFocus(focus) => {
                self.focus(focus);
                answer(())
            }
            AnyCommand::SetPassword(request) => answer(self.set_password(request).await?),
            AnyCommand::GetAppInfo(_) => answer(self.info().await?),
            AnyCommand::GetLog(_) => answer(Log { lines: log::newest(&self.0.folder.join("log"), 500) }),
            AnyCommand::DismissCrashReport(_) => {
                let _ = std::fs::remove_file(self.0.folder.join(CRASH_REPORT));
                answer(())
            }
            AnyCommand::StartDemo(_) => answer(self.start_demo().await?),
            AnyCommand::GetStorage(_) => answer(self.storage().await?),
            AnyCommand::GetDesktop(_) => answer(self.desktop(|desktop| Ok(desktop.state())).await?),
            AnyCommand::SetStartAtLogin(set) => {
                answer(self.desktop(move |desktop| desktop.set_start_at_login(set.start)).await?)
            }
            AnyCommand::CloseWindow(close) => answer(self.close_window(close.hide).await?),
            AnyCommand::Quit(_) => answer(
                self.desktop(|desktop| {
                    desktop.quit();
                    Ok(())
                })
                .await?,
            ),
            AnyCommand::TryNotification(_) => answer(self.try_notification().await?),
            AnyCommand::OpenLink(open) => {
                // The errand says why it cannot be followed: nobody else needs to.
                let _ = self.follow(&open.uri);
                answer(())
            }
            AnyCommand::ErrandDone(done) => {
                self.0.shared.views.change_errands(Vec::new(), vec![done.id]);
                answer(())
            }
            command => match account_of(&command).map(str::to_owned) {
                Some(account) => self.ask(&account, command).await,
                None => Err(fail(Code::Internal, "a command without an answer")),
            },
        }
    }

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
        let credentials =
            Credentials { jid: jid.clone(), password: request.password.clone(), user_agent: user_agent.clone() };
        let options = link_options(shared, credentials, None, request.endpoint.as_ref(), request.pin.as_deref());
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
            pin: request.pin,
            presence: "null".into(),
            hue: None,
        };
        locked(&shared.app).put_account(&kept).map_err(|error| of_history(&error))?;
        let signed = Signed { session, events, first, password: request.password.clone(), remember: request.remember };
        self.start(kept, jid.clone(), Some(signed));
        if request.remember {
            let (app, id, password) = (self.clone(), id.clone(), request.password);
            // A keyring may wait for a person to unlock it; the session is on all the same.
            tokio::task::spawn_blocking(move || {
                if let Err(failure) = app.0.shared.secrets.set(&id, &password) {
                    tracing::warn!(%failure, "the password was not kept: it will be asked for at the next start");
                    app.errand(Task::PasswordNotKept { failure });
                }
            });
        }
        Ok(AccountAdded { account: id })
    }

    async fn registration_fields(&self, request: RegistrationFields) -> Result<Registration, Failure> {
        let server = self.server(&request.domain, request.endpoint.as_ref(), request.pin)?;
        let fields = register::fields(&server).await.map_err(|error| of_registration(&error))?;
        if fields.fields.is_empty() {
            return Err(fail(Code::RegistrationClosed, "the server asks for no fields we know"));
        }
        Ok(Registration { instructions: fields.instructions, fields: fields.fields })
    }

    async fn register(&self, request: Register) -> Result<AccountAdded, Failure> {
        let server = self.server(&request.domain, request.endpoint.as_ref(), request.pin.clone())?;
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
            pin: request.pin,
            remember: request.remember,
        };
        self.sign_in(sign_in).await
    }

    fn server(&self, domain: &str, endpoint: Option<&Endpoint>, pin: Option<String>) -> Result<Server, Failure> {
        let jid = BareJid::new(domain.trim()).map_err(|e| fail(Code::InvalidAddress, e.to_string()))?;
        Ok(Server {
            domain: jid.domain().to_string(),
            endpoint: endpoint.map(link_target),
            trust: Trust { extra_roots: self.0.shared.extra_roots.clone(), pin },
            limits: self.0.shared.limits,
        })
    }

    /// Everything of it first and its row last: what could not be removed can be tried again.
    async fn remove_account(&self, account: &str) -> Result<(), Failure> {
        let shared = self.0.shared.clone();
        self.end(account).await;
        self.give_back(account).await;
        let id = account.to_owned();
        let removing = blocking(move || {
            let folder = shared.accounts_folder.join(&id);
            // A UUID of ours and nothing that climbs out of the folder.
            let removed = if uuid::Uuid::parse_str(&id).is_ok() && folder.exists() {
                std::fs::remove_dir_all(&folder).map_err(|error| of_history(&error.into()))
            } else {
                Ok(())
            };
            let ticket = tickets::forget(&*shared.secrets, &id);
            shared.secrets.remove(&id).and(ticket).and(removed)
        });
        let slow = |_| Err(fail(Code::Keyring, "the keyring does not answer"));
        tokio::time::timeout(FORGETTING, removing).await.unwrap_or_else(slow)?;
        let shared = &self.0.shared;
        locked(&shared.app).remove_account(account).map_err(|error| of_history(&error))?;
        shared.views.remove_account(account);
        Ok(())
    }

    /// The server is to forget the account's ticket. It goes on meanwhile: a server that is away keeps nobody here.
    async fn give_back(&self, account: &str) {
        let (secrets, id) = (self.0.shared.secrets.clone(), account.to_owned());
        let reading = blocking(move || Ok(tickets::kept(&*secrets, &id)));
        let Ok(Ok(Some(ticket))) = tokio::time::timeout(FORGETTING, reading).await else { return };
        let accounts = locked(&self.0.shared.app).accounts().unwrap_or_default();
        let Some(kept) = accounts.into_iter().find(|kept| kept.id == account) else { return };
        let Ok(jid) = BareJid::new(&kept.jid) else { return };
        let credentials = Credentials { jid, password: String::new(), user_agent: kept.user_agent };
        let endpoint: Option<Endpoint> = kept.endpoint.as_deref().and_then(|e| serde_json::from_str(e).ok());
        let options = link_options(&self.0.shared, credentials, None, endpoint.as_ref(), kept.pin.as_deref());
        tokio::spawn(async move {
            let done = tokio::time::timeout(FORGETTING, waxwing_session::invalidate(&options, &ticket)).await;
            tracing::info!(done = matches!(done, Ok(Ok(()))), "the server was asked to forget a ticket");
        });
    }

    async fn search(&self, request: SearchMessages) -> Result<SearchHits, Failure> {
        let limit = request.limit.clamp(1, 100);
        let before = request.cursor.as_deref().and_then(|cursor| cursor.parse::<i64>().ok());
        let ids: Vec<String> = match &request.within {
            Some(within) => vec![within.account.clone()],
            None => self.account_ids(),
        };
        let mut hits = Vec::new();
        for id in ids {
            let reader = match self.readers(&id).await {
                Ok(readers) => readers.search,
                // One account that cannot be opened does not hide what the others hold.
                Err(_) if request.within.is_none() => continue,
                Err(failure) => return Err(failure),
            };
            let (query, within) = (request.query.clone(), request.within.as_ref().map(|w| w.peer.clone()));
            let found = tokio::task::spawn_blocking(move || {
                locked(&reader).read().search(&query, within.as_deref(), before, limit)
            });
            let found = found.await.map_err(|error| fail(Code::Internal, error.to_string()))?;
            let found = found.map_err(|error| of_history(&error))?;
            hits.extend(found.into_iter().map(|found| self.hit(&id, found)));
        }
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.message.order));
        let more = hits.len() >= limit as usize;
        hits.truncate(limit as usize);
        let cursor = hits.last().filter(|_| more).map(|hit| hit.message.id.clone());
        Ok(SearchHits { hits, cursor })
    }

    fn hit(&self, account: &str, found: waxwing_history::Found) -> SearchHit {
        let peer = found.message.peer.clone();
        SearchHit {
            account: account.to_owned(),
            name: self.0.shared.views.name_of(account, &peer).unwrap_or_else(|| peer.clone()),
            hue: hue(&peer),
            peer,
            message: people::message(found.message),
            excerpt: found.excerpt.into_iter().map(|p| Excerpt { text: p.text, found: p.found }).collect(),
        }
    }

    /// Connects with a password, and keeps it where that is wanted.
    async fn set_password(&self, request: SetPassword) -> Result<Value, Failure> {
        let (secrets, id, password) =
            (self.0.shared.secrets.clone(), request.account.clone(), request.password.clone());
        let remember = request.remember;
        let answered = self.ask(&request.account.clone(), AnyCommand::SetPassword(request)).await?;
        if remember {
            blocking(move || secrets.set(&id, &password)).await?;
        }
        Ok(answered)
    }

    async fn info(&self) -> Result<AppInfo, Failure> {
        let secrets = self.0.shared.secrets.clone();
        // A keyring that takes its time is no reason to show nothing.
        let asked = tokio::time::timeout(KEYRING, blocking(move || Ok(secrets.store()))).await;
        Ok(AppInfo {
            version: env!("CARGO_PKG_VERSION").into(),
            data_folder: self.0.folder.display().to_string(),
            demo_available: self.0.demo.as_deref().is_some_and(Path::exists),
            crash_report: std::fs::read_to_string(self.0.folder.join(CRASH_REPORT)).ok(),
            passwords: asked.unwrap_or(Ok(PasswordStore::Nowhere))?,
            reset_settings: self.0.reset_settings.clone(),
            fatal: None,
        })
    }
}

/// Runs what may block where nothing waits for it but us.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| fail(Code::Internal, error.to_string()))?
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

/// The account a command names.
fn account_of(command: &AnyCommand) -> Option<&str> {
    Some(match command {
        AnyCommand::SignOut(c) => &c.0.account,
        AnyCommand::Connect(c) => &c.0.account,
        AnyCommand::GetAccountDetails(c) => &c.0.account,
        AnyCommand::SetColour(c) => &c.account,
        AnyCommand::SetNotify(c) => &c.account,
        AnyCommand::WipeMessages(c) => &c.0.account,
        AnyCommand::PinCertificate(c) => &c.account,
        AnyCommand::SetPresence(c) => &c.account,
        AnyCommand::AddContact(c) => &c.account,
        AnyCommand::UpdateContact(c) => &c.account,
        AnyCommand::RemoveContact(c) => &c.0.account,
        AnyCommand::Subscribe(c) => &c.account,
        AnyCommand::GetContactDetails(c) => &c.0.account,
        AnyCommand::GetAvatar(c) => &c.account,
        AnyCommand::SetBlocked(c) => &c.account,
        AnyCommand::GetBlockList(c) => &c.0.account,
        AnyCommand::OpenConversation(c) => &c.0.account,
        AnyCommand::CloseConversation(c) => &c.0.account,
        AnyCommand::SetDraft(c) => &c.account,
        AnyCommand::SetTyping(c) => &c.account,
        AnyCommand::MarkRead(c) => &c.account,
        AnyCommand::GetPage(c) => &c.account,
        AnyCommand::SendMessage(c) => &c.account,
        AnyCommand::RetryMessage(c) => &c.0.account,
        AnyCommand::DiscardMessage(c) => &c.0.account,
        AnyCommand::GetMessageSource(c) => &c.0.account,
        _ => return None,
    })
}
