//! Waxwing without its window: the application as the tests and the demo's contact use it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use serde_json::Value;
use waxwing_client::secrets::SecretFile;
use waxwing_client::{App, Equipment, Limits, NoDesktop, Options, SILENCE, Subscription};
use waxwing_contract::{
    Account, Command, Delivery, Endpoint, Failure, GetPage, Message, MessageId, PageAt, SendMessage, SessionState,
    SignIn, View,
};

use crate::paths::Folder;
use crate::wait::SOON;
use crate::{Bench, Certificate, Ejabberd, Prosody};

/// Where and as whom to sign in.
#[derive(Clone)]
pub struct At {
    pub jid: String,
    pub password: String,
    pub endpoint: Endpoint,
    pub ca: Vec<u8>,
}

impl At {
    /// Any server.
    pub fn to(port: u16, direct_tls: bool, certificate: &Certificate, jid: &str, password: &str) -> Result<Self> {
        let ca = waxwing_client::read_certificates(&certificate.ca)?.remove(0);
        let endpoint = Endpoint { host: "127.0.0.1".into(), port, direct_tls };
        Ok(Self { jid: jid.into(), password: password.into(), endpoint, ca })
    }

    /// By STARTTLS.
    pub fn prosody(server: &Prosody, user: &str) -> Result<Self> {
        Self::to(server.c2s_port, false, &server.certificate, &server.jid(user), &format!("pw-{user}"))
    }

    /// By STARTTLS.
    pub fn ejabberd(server: &Ejabberd, user: &str) -> Result<Self> {
        Self::to(server.c2s_port, false, &server.certificate, &server.jid(user), &format!("pw-{user}"))
    }

    /// By another port, such as a relay's.
    #[must_use]
    pub fn through(mut self, port: u16) -> Self {
        self.endpoint.port = port;
        self
    }

    /// What `account.signIn` is asked.
    pub fn request(&self) -> SignIn {
        SignIn {
            jid: self.jid.clone(),
            password: self.password.clone(),
            endpoint: Some(self.endpoint.clone()),
            proxy: None,
            pin: None,
            remember: true,
        }
    }
}

/// The application with one account.
pub struct Headless {
    pub app: App,
    pub account: String,
    /// Bare JID.
    pub jid: String,
    pub devices: Arc<Bench>,
    folder: Arc<Folder>,
    ca: Vec<u8>,
}

/// Opens the application on a folder.
pub fn open(folder: &Path, ca: &[u8]) -> Result<App, Failure> {
    open_with(folder, ca, Bench::speaking(440))
}

/// Opens it with devices of a test's own.
pub fn open_with(folder: &Path, ca: &[u8], devices: Arc<Bench>) -> Result<App, Failure> {
    open_equipped(folder, ca, devices.equipment())
}

/// Opens it with any devices.
pub fn open_equipped(folder: &Path, ca: &[u8], equipment: Equipment) -> Result<App, Failure> {
    open_patient(folder, ca, equipment, SILENCE)
}

/// Opens it with a patience of a test's own.
fn open_patient(folder: &Path, ca: &[u8], equipment: Equipment, silence: Duration) -> Result<App, Failure> {
    App::open(Options {
        connect: true,
        folder: folder.to_owned(),
        secrets: Arc::new(SecretFile::new(&folder.join("secrets.json"))),
        extra_roots: vec![ca.to_vec()],
        limits: Limits {
            lookup: Duration::from_secs(5),
            tcp: Duration::from_secs(5),
            tls: Duration::from_secs(5),
            sign_in: Duration::from_secs(10),
        },
        silence,
        lock: None,
        desktop: Arc::new(NoDesktop),
        equipment,
        downloads: folder.join("downloads"),
        demo: None,
    })
}

/// A data folder in which somebody is signed in, for a window: the certificate is pinned.
pub async fn signed_in(at: &At, certificate: &Certificate) -> Result<Folder> {
    let data = Folder::new("signed-in")?;
    let app = open(data.path(), &[])?;
    let added = app.call(SignIn { pin: Some(certificate.fingerprint.clone()), ..at.request() }).await?;
    online(&app, &added.account).await?;
    app.close().await;
    Ok(data)
}

impl Headless {
    /// A fresh application that signs in and is up to date.
    pub async fn sign_in(at: &At) -> Result<Self> {
        Self::sign_in_with(at, Bench::speaking(440)).await
    }

    /// The same with devices of a test's own.
    pub async fn sign_in_with(at: &At, devices: Arc<Bench>) -> Result<Self> {
        let headless = Self::begin(at, devices, SILENCE).await?;
        headless.online().await?;
        Ok(headless)
    }

    /// A fresh application that signs in.
    pub async fn sign_in_only(at: &At) -> Result<Self> {
        Self::begin(at, Bench::speaking(440), SILENCE).await
    }

    /// The same with another patience for services of files.
    pub async fn sign_in_patient(at: &At, silence: Duration) -> Result<Self> {
        let headless = Self::begin(at, Bench::speaking(440), silence).await?;
        headless.online().await?;
        Ok(headless)
    }

    async fn begin(at: &At, devices: Arc<Bench>, silence: Duration) -> Result<Self> {
        let folder = Arc::new(Folder::new("waxwing")?);
        let app = open_patient(folder.path(), &at.ca, devices.equipment(), silence)?;
        let added = app.call(at.request()).await?;
        Ok(Self { app, account: added.account, jid: at.jid.clone(), devices, folder, ca: at.ca.clone() })
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Closes the application in order and opens it again on the same data.
    pub async fn restart(self) -> Result<Self> {
        self.app.close().await;
        self.reopen()
    }

    /// Opens the application again after [`App::close`].
    pub fn reopen(self) -> Result<Self> {
        let app = open_with(self.folder.path(), &self.ca, self.devices.clone())?;
        Ok(Self { app, ..self })
    }

    /// Waits until the session is on and the archive read.
    pub async fn online(&self) -> Result<()> {
        online(&self.app, &self.account).await
    }

    /// Waits for a state of the session.
    pub async fn session(&self, what: &str, wanted: impl Fn(&SessionState) -> bool) -> Result<SessionState> {
        let account =
            self.item::<Account>(&View::Accounts, what, |a| a.id == self.account && wanted(&a.session)).await?;
        Ok(account.session)
    }

    /// Waits until an item of a view is as wanted.
    pub async fn item<T: serde::de::DeserializeOwned>(
        &self,
        view: &View,
        what: &str,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<T> {
        item(&self.app, view, what, wanted).await
    }

    /// The view of a conversation.
    pub fn timeline(&self, peer: &str) -> View {
        View::Timeline { account: self.account.clone(), peer: peer.to_owned() }
    }

    /// Waits for a message of a conversation.
    pub async fn message(&self, peer: &str, what: &str, wanted: impl Fn(&Message) -> bool) -> Result<Message> {
        self.item(&self.timeline(peer), what, wanted).await
    }

    /// Waits until an own message got that far, or further.
    pub async fn delivered(&self, peer: &str, id: &str, delivery: Delivery) -> Result<Message> {
        let rank = |d: Delivery| match d {
            Delivery::Failed => 0,
            Delivery::Queued => 1,
            Delivery::Sending => 2,
            Delivery::OnServer => 3,
            Delivery::Delivered => 4,
            Delivery::Read => 5,
        };
        let what = format!("message {id} {delivery:?}");
        self.message(peer, &what, |m| m.id == id && m.delivery.is_some_and(|d| rank(d) >= rank(delivery))).await
    }

    /// Sends text; answers its id.
    pub async fn say(&self, peer: &str, body: &str) -> Result<String, Failure> {
        let request = SendMessage { account: self.account.clone(), peer: peer.into(), body: body.into() };
        let MessageId { id, .. } = self.app.call(request).await?;
        Ok(id)
    }

    /// The newest messages of a conversation.
    pub async fn newest(&self, peer: &str, limit: u32) -> Result<Vec<Message>, Failure> {
        newest(&self.app, &self.account, peer, limit).await
    }

    /// Passes a command.
    pub async fn call<C: Command>(&self, request: C) -> Result<C::Response, Failure> {
        self.app.call(request).await
    }

    /// Watches a view.
    pub fn watch(&self, view: &View) -> Result<Subscription, Failure> {
        self.app.subscribe(view)
    }
}

/// The newest messages of a conversation, oldest first.
pub async fn newest(app: &App, account: &str, peer: &str, limit: u32) -> Result<Vec<Message>, Failure> {
    let request = GetPage { account: account.into(), peer: peer.into(), at: PageAt::Newest, limit };
    Ok(app.call(request).await?.messages)
}

/// Everything of a conversation that is kept here, oldest first.
pub async fn everything(app: &App, account: &str, peer: &str) -> Result<Vec<Message>, Failure> {
    let mut all = newest(app, account, peer, 500).await?;
    while let Some(first) = all.first() {
        let at = PageAt::Before { order: first.order };
        let request = GetPage { account: account.into(), peer: peer.into(), at, limit: 500 };
        let older = app.call(request).await?.messages;
        if older.is_empty() {
            break;
        }
        all.splice(0..0, older);
    }
    Ok(all)
}

/// Waits for a state of an account's session.
pub async fn session(
    app: &App,
    account: &str,
    what: &str,
    wanted: impl Fn(&SessionState) -> bool,
) -> Result<SessionState> {
    let it = |a: &Account| a.id == account && wanted(&a.session);
    Ok(item(app, &View::Accounts, what, it).await?.session)
}

/// Waits until an account is online and up to date with its archive.
pub async fn online(app: &App, account: &str) -> Result<()> {
    let up_to_date = |s: &SessionState| *s == SessionState::Online { catching_up: false };
    session(app, account, "the account to be up to date", up_to_date).await.map(drop)
}

/// Waits until an item of a view is as wanted.
pub async fn item<T: serde::de::DeserializeOwned>(
    app: &App,
    view: &View,
    what: &str,
    wanted: impl Fn(&T) -> bool,
) -> Result<T> {
    let mut subscription = app.subscribe(view)?;
    let mut seen = Vec::new();
    let watching = async {
        while let Some(update) = subscription.next().await {
            for value in items(&update) {
                let item: T = serde_json::from_value(value.clone()).context("an item of another shape")?;
                if wanted(&item) {
                    return Ok(item);
                }
                seen.push(value.clone());
            }
        }
        Err(anyhow!("the view ended"))
    };
    match tokio::time::timeout(SOON, watching).await {
        Ok(found) => found,
        Err(_) => Err(anyhow!("waited in vain for {what}; seen: {}", Value::Array(seen))),
    }
}

/// The items an update brings.
pub fn items(update: &Value) -> impl Iterator<Item = &Value> {
    ["items", "upsert"].into_iter().filter_map(|key| update[key].as_array()).flatten()
}
