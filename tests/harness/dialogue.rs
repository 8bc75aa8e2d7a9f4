//! How a client that is a process of its own is told in words what to do, and tells in JSON how it goes: a line each.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::mpsc;

use crate::At;
use crate::child::Child;
use crate::paths::Folder;

/// Tells something, from within the client.
pub(crate) fn tell(told: &impl Serialize) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(told)?)?;
    Ok(out.flush()?)
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// What the client is told.
pub(crate) fn orders() -> mpsc::UnboundedReceiver<String> {
    let (sender, orders) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let lines = std::io::stdin().lines().map_while(Result::ok);
        lines.map_while(|line| sender.send(line).ok()).for_each(drop);
    });
    orders
}

/// A client like that, as a test holds it. Dropping it ends it.
pub(crate) struct Dialogue {
    orders: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    said: Vec<String>,
    child: Child,
    folder: Folder,
}

impl Dialogue {
    /// Needs a runtime. `command` begins `waxwing-headless`, wherever that is to be; `word` is what it does.
    pub fn start(mut command: Command, name: &str, ca: &Path, at: &At, word: &str, peer: &str) -> Result<Self> {
        let folder = Folder::new(name)?;
        command.arg(folder.path()).arg(ca).arg(serde_json::to_string(&at.request())?).args([word, peer]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.path().join("errors"))?);
        let mut child = Child::spawn("waxwing-headless", command)?;
        let orders = ChildStdin::from_std(child.pipes().stdin.take().context("no input")?)?;
        let output = ChildStdout::from_std(child.pipes().stdout.take().context("no output")?)?;
        Ok(Self { orders, output: BufReader::new(output).lines(), said: Vec::new(), child, folder })
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    pub async fn order(&mut self, order: &str) -> Result<()> {
        Ok(self.orders.write_all(format!("{order}\n").as_bytes()).await?)
    }

    /// What is told next. Can be dropped and called again.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<T> {
        let Some(line) = self.output.next_line().await? else { bail!("the client has ended: {}", self.said()) };
        let told = serde_json::from_str(&line).with_context(|| format!("the client said “{line}”"))?;
        self.said.push(line);
        Ok(told)
    }

    /// All that it has told since it was started, for sentences.
    pub fn said(&self) -> String {
        let errors = std::fs::read_to_string(self.folder.path().join("errors")).unwrap_or_default();
        format!("{} {errors}", self.said.join(" "))
    }
}
