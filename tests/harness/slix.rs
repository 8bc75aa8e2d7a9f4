//! slixmpp, a client by other people, as a peer: `peers/slix.py` in a process of its own, spoken to in lines of JSON.

use std::{
    collections::{HashMap, VecDeque},
    fs,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{ChildStdin, ChildStdout},
    sync::{Notify, oneshot},
    time::timeout,
};

use crate::{
    Certificate, Ejabberd, Prosody,
    child::{self, Child},
    paths::{self, Folder},
    wait::SOON,
};

mod files;

pub use files::{Fetched, Slot, Uploaded};

/// How a peer comes in; [`Login::to`] for any server, [`Login::prosody`] and [`Login::ejabberd`] for ours.
pub struct Login {
    arguments: Value,
}

impl Login {
    pub fn to(port: u16, certificate: &Certificate, jid: &str, password: &str) -> Self {
        let arguments = json!({
            "jid": jid, "password": password, "host": "127.0.0.1", "port": port,
            "ca": certificate.ca, "resource": "slix",
        });
        Self { arguments }
    }

    pub fn prosody(server: &Prosody, user: &str, password: &str) -> Self {
        Self::to(server.c2s_port, &server.certificate, &server.jid(user), password)
    }

    pub fn ejabberd(server: &Ejabberd, user: &str, password: &str) -> Self {
        Self::to(server.c2s_port, &server.certificate, &server.jid(user), password)
    }

    /// `slix` unless said otherwise.
    pub fn resource(self, resource: &str) -> Self {
        self.with("resource", json!(resource))
    }

    /// TLS from the first byte instead of STARTTLS; the port must be such a one.
    pub fn direct_tls(self) -> Self {
        self.with("direct_tls", json!(true))
    }

    /// No presence: roster and messages only, as an invisible client.
    pub fn without_presence(self) -> Self {
        self.with("presence", json!(false))
    }

    /// Does not answer receipt requests (XEP-0184).
    pub fn without_receipts(self) -> Self {
        self.with("receipts", json!(false))
    }

    /// Does not enable carbons (XEP-0280).
    pub fn without_carbons(self) -> Self {
        self.with("carbons", json!(false))
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.arguments[key] = value;
        self
    }

    pub async fn start(self) -> Result<Slix> {
        Slix::start(self.arguments).await
    }
}

/// The peer, logged in. Dropping it breaks its connection.
pub struct Slix {
    /// Its full address.
    pub jid: String,
    stdin: tokio::sync::Mutex<(u64, ChildStdin)>,
    shared: Arc<Shared>,
    folder: Folder,
    _child: Child,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    news: Notify,
}

#[derive(Default)]
struct State {
    waiting: HashMap<u64, oneshot::Sender<Value>>,
    /// Events nobody has taken yet, oldest first.
    events: VecDeque<Value>,
    over: bool,
}

impl Slix {
    async fn start(arguments: Value) -> Result<Self> {
        let python = paths::server("venv/bin/python", "slixmpp")?;
        let folder = Folder::new("slix")?;
        let mut command = child::command(python);
        command
            .arg("-u")
            .arg(paths::tests().join("harness/peers/slix.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(folder.path().join("stderr.log"))?);
        let mut child = Child::spawn("slixmpp", command)?;
        let stdin = child.pipes().stdin.take().context("slixmpp has no stdin")?;
        let stdout = child.pipes().stdout.take().context("slixmpp has no stdout")?;
        let shared = Arc::new(Shared::default());
        tokio::spawn(listen(Arc::clone(&shared), ChildStdout::from_std(stdout)?));
        let stdin = tokio::sync::Mutex::new((0, ChildStdin::from_std(stdin)?));
        let mut peer = Self { jid: String::new(), stdin, shared, folder, _child: child };
        let answer = peer.call("login", arguments).await?;
        peer.jid = answer["jid"].as_str().unwrap_or_default().to_owned();
        Ok(peer)
    }

    /// Its address without the resource.
    pub fn bare(&self) -> &str {
        self.jid.split('/').next().unwrap_or_default()
    }

    /// Carries out a command of slix.py (its `do_…` methods) and gives back the answer.
    pub async fn call(&self, command: &str, arguments: Value) -> Result<Value> {
        let (send, answer) = oneshot::channel();
        {
            let mut stdin = self.stdin.lock().await;
            stdin.0 += 1;
            let id = stdin.0;
            self.state().waiting.insert(id, send);
            let line = json!({ "id": id, "do": command, "with": arguments }).to_string() + "\n";
            stdin.1.write_all(line.as_bytes()).await.with_context(|| format!("slixmpp is gone:\n{}", self.log()))?;
        }
        let limit = Duration::from_secs(if matches!(command, "bulk" | "drain" | "send_ibb") { 600 } else { 60 });
        let answer = timeout(limit, answer)
            .await
            .map_err(|_| anyhow!("slixmpp did not carry out {command} in {} s", limit.as_secs()))?
            .map_err(|_| anyhow!("slixmpp ended during {command}:\n{}", self.log()))?;
        if let Some(error) = answer.get("error") {
            let text = answer["text"].as_str().unwrap_or_default();
            bail!("slixmpp could not {command}: {} {text}", error.as_str().unwrap_or_default());
        }
        Ok(answer["ok"].clone())
    }

    /// Sends a chat message and gives back its id.
    pub async fn send(&self, to: &str, body: &str) -> Result<String> {
        let id = self.call("send", json!({ "to": to, "body": body })).await?;
        Ok(id.as_str().unwrap_or_default().to_owned())
    }

    /// Sends many, `{n}` in the body being the number from 0; comes back when the server has handled them.
    pub async fn bulk(&self, to: &str, count: usize, body: &str) -> Result<()> {
        self.call("bulk", json!({ "to": to, "count": count, "body": body })).await.map(drop)
    }

    /// Reads the whole archive; gives back how many messages it holds.
    pub async fn drain(&self) -> Result<u64> {
        self.call("drain", json!({})).await?["count"].as_u64().context("drain gave no count")
    }

    /// Publishes an avatar both ways: XEP-0084, and XEP-0153 for old clients.
    pub async fn avatar(&self, png: &[u8]) -> Result<()> {
        let data = BASE64_STANDARD.encode(png);
        self.call("avatar", json!({ "data": data })).await?;
        self.call("vcard_avatar", json!({ "data": data })).await.map(drop)
    }

    /// Takes the first event for which `wanted` holds, come or still to come; others stay for later questions.
    pub async fn wait(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let search = async {
            loop {
                let news = self.shared.news.notified();
                {
                    let mut state = self.state();
                    if let Some(at) = state.events.iter().position(&wanted) {
                        return state.events.remove(at).context("it was there");
                    }
                    if state.over {
                        bail!("slixmpp ended before {what} came:\n{}", self.log());
                    }
                }
                news.await;
            }
        };
        match timeout(SOON, search).await {
            Ok(found) => found,
            Err(_) => bail!(
                "{what} did not reach {} in {} s; these did: {:#?}",
                self.jid,
                SOON.as_secs(),
                self.state().events
            ),
        }
    }

    /// A message from this bare address with this text.
    pub async fn message(&self, from: &str, body: &str) -> Result<Value> {
        self.wait(&format!("the message {body:?} from {from}"), |event| {
            event["event"] == "message" && event["body"] == body && is_from(event, from)
        })
        .await
    }

    /// The receipt (XEP-0184) for the message with this id.
    pub async fn receipt(&self, id: &str) -> Result<Value> {
        self.wait(&format!("the receipt for {id}"), |event| event["receipt"] == id).await
    }

    /// The marker (XEP-0333) of this kind for the message with this id.
    pub async fn marker(&self, kind: &str, id: &str) -> Result<Value> {
        self.wait(&format!("the marker {kind} for {id}"), |event| {
            event["marker"]["kind"] == kind && event["marker"]["id"] == id
        })
        .await
    }

    /// A presence of this type (`available`, `unavailable`, `subscribe` …) from this bare address.
    pub async fn presence(&self, from: &str, kind: &str) -> Result<Value> {
        self.wait(&format!("presence {kind} from {from}"), |event| {
            event["event"] == "presence" && event["type"] == kind && is_from(event, from)
        })
        .await
    }

    /// What has come and was not taken.
    pub fn pending(&self) -> Vec<Value> {
        self.state().events.iter().cloned().collect()
    }

    /// What slixmpp wrote to its standard error.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("stderr.log")).unwrap_or_default()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.shared.state.lock().expect("no holder panics")
    }
}

fn is_from(event: &Value, bare: &str) -> bool {
    event["from"].as_str().and_then(|from| from.split('/').next()) == Some(bare)
}

async fn listen(shared: Arc<Shared>, stdout: ChildStdout) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(value) = serde_json::from_str::<Value>(&line) else { continue };
        let mut state = shared.state.lock().expect("no holder panics");
        match value["id"].as_u64().filter(|_| value.get("event").is_none()) {
            Some(id) => {
                if let Some(waiting) = state.waiting.remove(&id) {
                    let _ = waiting.send(value);
                }
            }
            None => state.events.push_back(value),
        }
        drop(state);
        shared.news.notify_waiters();
    }
    let mut state = shared.state.lock().expect("no holder panics");
    state.over = true;
    state.waiting.clear();
    drop(state);
    shared.news.notify_waiters();
}
