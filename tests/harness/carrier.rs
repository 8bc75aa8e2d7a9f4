//! A client that sends and takes files, as a process of its own, so that it can be told what it takes of the machine.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use waxwing_client::attention::Notice;
use waxwing_client::{App, Desktop, NoDesktop, Subscription};
use waxwing_contract::{
    Callable, Code, Conversation, ConversationId, Desktop as State, Failure, FileId, FileState, FileWay, Message,
    OpenConversation, PickFiles, SendFiles, StartAtLogin, StartFile, Transfer, TransferStage, View,
};

use crate::At;
use crate::dialogue::{Dialogue, now, orders, tell};
use crate::headless::{self, items};

/// What makes `waxwing-headless` one.
pub const WORD: &str = "carry";
/// How long nothing may change.
const PATIENCE: Duration = Duration::from_secs(600);

/// What a client tells, one a line. Moments are milliseconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "event")]
enum Told {
    Online,
    /// The other side is known to take files.
    Known,
    /// The person chose it, or wanted it.
    Begun {
        at: u64,
        name: String,
    },
    Went {
        at: u64,
        name: String,
        stage: TransferStage,
    },
    Here {
        at: u64,
        name: String,
        way: Option<FileWay>,
        path: PathBuf,
    },
    Failed {
        name: String,
        failure: Option<Failure>,
    },
}

/// A desktop whose dialog for files answers at once.
#[derive(Default)]
pub struct Chooser(Mutex<Option<PathBuf>>);

impl Chooser {
    fn choose(&self, file: PathBuf) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
    }
}

impl Desktop for Chooser {
    fn state(&self) -> State {
        NoDesktop.state()
    }

    fn set_start_at_login(&self, start: StartAtLogin) -> Result<(), Failure> {
        NoDesktop.set_start_at_login(start)
    }

    fn hide(&self) {}

    fn quit(&self) {}

    fn show(&self, notice: Notice) -> Result<(), Failure> {
        NoDesktop.show(notice)
    }

    fn pick_files(&self, folder: bool) -> Result<Vec<PathBuf>, Failure> {
        let chosen = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        chosen.map_or_else(|| NoDesktop.pick_files(folder), |file| Ok(vec![file]))
    }

    fn save_as(&self, name: &str) -> Result<Option<PathBuf>, Failure> {
        NoDesktop.save_as(name)
    }

    fn open_file(&self, path: &Path) -> Result<(), Failure> {
        NoDesktop.open_file(path)
    }

    fn show_file(&self, path: &Path) -> Result<(), Failure> {
        NoDesktop.show_file(path)
    }
}

/// A client that takes whatever `peer` offers, and sends what it is told to, until its input ends: `send PATH` by the way it
/// chooses itself, `offer PATH` from one to the other; `know` waits until `peer` is there to take files.
pub async fn serve(app: &App, account: &str, chooser: &Chooser, peer: &str) -> Result<()> {
    headless::online(app, account).await?;
    let timeline = View::Timeline { account: account.into(), peer: peer.into() };
    let (mut transfers, mut timeline) = (app.subscribe(&View::Transfers)?, app.subscribe(&timeline)?);
    let mut files = Files { app, account, known: Vec::new(), stages: Vec::new() };
    tell(&Told::Online)?;
    let mut orders = orders();
    loop {
        tokio::select! {
            order = orders.recv() => {
                let Some(order) = order else { return Ok(()) };
                match order.split_once(' ').unwrap_or((&order, "")) {
                    ("know", "") => know(app, account, peer).await?,
                    ("send", path) => send(app, account, chooser, peer, path.into(), false).await?,
                    ("offer", path) => send(app, account, chooser, peer, path.into(), true).await?,
                    _ => bail!("“{order}” is not known"),
                }
            }
            update = next(&mut transfers) => files.moved(&update?)?,
            update = next(&mut timeline) => files.said(&update?).await?,
        }
    }
}

async fn next(view: &mut Subscription) -> Result<Value> {
    view.next().await.context("a view ended")
}

async fn know(app: &App, account: &str, peer: &str) -> Result<()> {
    app.call(OpenConversation(ConversationId { account: account.into(), peer: peer.into() })).await?;
    let takes = |row: &Conversation| row.peer == peer && row.callable == Callable::Video;
    headless::item(app, &View::Conversations, "somebody who takes files", takes).await?;
    tell(&Told::Known)
}

/// As the person who chooses it in the dialog: the file stays where it is.
async fn send(app: &App, account: &str, chooser: &Chooser, peer: &str, file: PathBuf, direct: bool) -> Result<()> {
    let name = file.file_name().context("not a file")?.to_string_lossy().into_owned();
    tell(&Told::Begun { at: now(), name })?;
    chooser.choose(file);
    let staged = app.call(PickFiles { folder: false }).await?;
    let (account, peer, caption) = (account.to_owned(), peer.to_owned(), String::new());
    let files = staged.files.into_iter().map(|file| file.id).collect();
    Ok(app.call(SendFiles { account, peer, files, caption, original: true, direct }).await?)
}

/// What was told of files so far.
struct Files<'a> {
    app: &'a App,
    account: &'a str,
    known: Vec<(String, FileState)>,
    stages: Vec<(String, TransferStage)>,
}

impl Files<'_> {
    fn moved(&mut self, update: &Value) -> Result<()> {
        for item in items(update) {
            let Transfer { file, name, stage, .. } = serde_json::from_value(item.clone())?;
            if news(&mut self.stages, file, stage) {
                tell(&Told::Went { at: now(), name, stage })?;
            }
        }
        Ok(())
    }

    async fn said(&mut self, update: &Value) -> Result<()> {
        for item in items(update) {
            let message: Message = serde_json::from_value(item.clone())?;
            for file in message.files {
                if !news(&mut self.known, file.id.clone(), file.state) {
                    continue;
                }
                let (at, name, id) = (now(), file.name, FileId { account: self.account.into(), id: file.id });
                match file.state {
                    FileState::Offered if !message.outgoing => {
                        tell(&Told::Begun { at, name })?;
                        self.app.call(StartFile(id)).await?;
                    }
                    FileState::Here => {
                        let path = self.app.file_here(&id).await?.path;
                        tell(&Told::Here { at, name, way: file.way, path })?;
                    }
                    FileState::Failed => tell(&Told::Failed { name, failure: file.failure })?,
                    FileState::Cancelled => {
                        let failure = Some(Failure::new(Code::FileGone, "it was not wanted"));
                        tell(&Told::Failed { name, failure })?;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// Notes it, and answers whether it was not known.
fn news<T: PartialEq>(known: &mut Vec<(String, T)>, id: String, now: T) -> bool {
    match known.iter_mut().find(|(other, _)| *other == id) {
        Some((_, before)) if *before == now => false,
        Some((_, before)) => {
            *before = now;
            true
        }
        None => {
            known.push((id, now));
            true
        }
    }
}

/// Such a client, as a test holds it.
pub struct Carrier(Dialogue);

/// How a file went on one side, in milliseconds since 1970.
#[derive(Debug, Default)]
pub struct Journey {
    /// The person chose it, or wanted it; where nobody asked the person, when it was first heard of.
    pub begun: u64,
    /// When each stage was told.
    pub stages: Vec<(TransferStage, u64)>,
    /// It is there, checked and kept; or whoever sent it knows so.
    pub here: u64,
    pub way: Option<FileWay>,
    /// Where it lies.
    pub path: PathBuf,
}

impl Journey {
    /// When it first came to a stage.
    pub fn at(&self, stage: TransferStage) -> Option<u64> {
        self.stages.iter().find(|(other, _)| *other == stage).map(|(_, at)| *at)
    }
}

impl Carrier {
    /// Needs a runtime. `program` is `waxwing-headless`, and online once this is done.
    pub async fn start(program: &Path, ca: &Path, at: &At, peer: &str) -> Result<Self> {
        let command = crate::child::command(program);
        let mut carrier = Self(Dialogue::start(command, "carrier", ca, at, WORD, peer)?);
        carrier.told(|told| matches!(told, Told::Online).then_some(())).await?;
        Ok(carrier)
    }

    pub fn process(&self) -> u32 {
        self.0.process()
    }

    /// Waits until the other side is known to take files.
    pub async fn know(&mut self) -> Result<()> {
        self.0.order("know").await?;
        self.told(|told| matches!(told, Told::Known).then_some(())).await
    }

    /// By the way it chooses itself.
    pub async fn send(&mut self, file: &Path) -> Result<()> {
        self.0.order(&format!("send {}", file.display())).await
    }

    /// From one to the other.
    pub async fn offer(&mut self, file: &Path) -> Result<()> {
        self.0.order(&format!("offer {}", file.display())).await
    }

    /// Follows a file of this name until it is there.
    pub async fn follow(&mut self, name: &str) -> Result<Journey> {
        let mut journey = Journey::default();
        let mut step = |told: Told| {
            let (at, of) = match &told {
                Told::Begun { at, name } | Told::Went { at, name, .. } | Told::Here { at, name, .. } => (*at, name),
                _ => return None,
            };
            if of != name {
                return None;
            }
            if journey.begun == 0 {
                journey.begun = at;
            }
            match told {
                Told::Went { stage, .. } => journey.stages.push((stage, at)),
                Told::Here { way, path, .. } => {
                    (journey.here, journey.way, journey.path) = (at, way, path);
                    return Some(());
                }
                _ => {}
            }
            None
        };
        self.told(&mut step).await?;
        Ok(journey)
    }

    /// Hears it out until something is as wanted.
    async fn told<T>(&mut self, mut wanted: impl FnMut(Told) -> Option<T>) -> Result<T> {
        loop {
            let told = tokio::time::timeout(PATIENCE, self.0.next());
            let Ok(told) = told.await else { bail!("nothing happens any more: {}", self.0.said()) };
            match told? {
                Told::Failed { name, failure } => bail!("{name} failed: {failure:?}; {}", self.0.said()),
                told => {
                    if let Some(found) = wanted(told) {
                        return Ok(found);
                    }
                }
            }
        }
    }
}
