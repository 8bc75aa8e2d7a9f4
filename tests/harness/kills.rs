//! `kill -9` at random moments while messages go both ways, and the count afterwards.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use tokio::io::AsyncBufReadExt as _;

use crate::paths::Folder;
use crate::slix::Login;
use crate::wait::SOON;
use crate::{At, Prosody, headless, patiently, seed};

/// What came of it.
#[derive(Debug, Default)]
pub struct Verdict {
    pub kills: usize,
    pub cuts: usize,
    pub connections: u64,
    /// Messages that went each way.
    pub sent: usize,
    pub received: usize,
    /// Of both ways together.
    pub lost: usize,
    pub twice: usize,
    pub disordered: usize,
}

/// Kills the client `kills` times; `headless` is the program `waxwing-headless`.
pub async fn ordeal(headless: &Path, kills: usize) -> Result<Verdict> {
    let server = Prosody::builder().account("mira", "pw-mira").account("juliet", "pw-juliet").start().await?;
    let contact = |user: &str| (server.jid(user), user.to_owned(), String::from("x"));
    seed::roster(&server, "mira", &[contact("juliet")])?;
    seed::roster(&server, "juliet", &[contact("mira")])?;
    let juliet = Login::prosody(&server, "juliet", "pw-juliet").start().await?;
    let folder = Folder::new("kills")?;
    let (mira, theirs) = (server.jid("mira"), server.jid("juliet"));
    let at = At::prosody(&server, "mira")?;
    let run = Run::new(headless, folder.path(), &server.certificate.ca, &at, &theirs)?;
    // Before anything is said the account must be there and its archive known.
    run.first_sign_in(&at).await?;

    let mut said = 0_usize;
    for _ in 0..kills {
        let mut child = run.start("talk", Stdio::null())?;
        let until = tokio::time::Instant::now() + Duration::from_millis(50 + random() % 900);
        while tokio::time::Instant::now() < until {
            juliet.send(&mira, &format!("theirs {said}")).await?;
            said += 1;
            // A rate that leaves the server time for the other side.
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
        child.kill().await?;
    }
    let output = tokio::time::timeout(Duration::from_secs(90), run.start("settle", Stdio::piped())?.wait_with_output())
        .await
        .context("the client did not settle")??;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let Ok(last) = text.trim().parse::<usize>() else { bail!("the client did not settle: {text}") };

    let mut verdict = Verdict { kills, sent: last + 1, received: said, ..Verdict::default() };
    let heard = || {
        let events = juliet.pending();
        let bodies = events.iter().filter(|e| e["from"].as_str().is_some_and(|from| from.starts_with(&mira)));
        bodies.filter_map(|e| number(e["body"].as_str()?, "mine ")).collect::<Vec<_>>()
    };
    patiently(Duration::from_secs(20), "the last message", async || heard().contains(&last).then_some(())).await?;
    verdict.count("the peer, live", &heard(), last + 1);

    let app = headless::open(folder.path(), &at.ca)?;
    let account = app.account_ids().pop().context("the account is gone")?;
    // All that was sent at last is in the archive, too, and read once more.
    let limit = Duration::from_secs(60);
    patiently(limit, "the archive to be read", async || headless::online(&app, &account).await.ok()).await?;
    let kept = headless::everything(&app, &account, &theirs).await?;
    let theirs: Vec<_> = kept.iter().filter(|m| !m.outgoing).filter_map(|m| number(&m.body, "theirs ")).collect();
    verdict.count("kept of theirs", &theirs, said);
    let mine: Vec<_> = kept.iter().filter(|m| m.outgoing).filter_map(|m| number(&m.body, "mine ")).collect();
    verdict.count("kept of mine", &mine, last + 1);
    app.close().await;
    Ok(verdict)
}

/// The client as a process of its own, on a folder it goes on with.
pub struct Run {
    program: PathBuf,
    folder: PathBuf,
    ca: PathBuf,
    sign_in: String,
    peer: String,
}

impl Run {
    /// `program` is `waxwing-headless`.
    pub fn new(program: &Path, folder: &Path, ca: &Path, at: &At, peer: &str) -> Result<Self> {
        Ok(Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
            ca: ca.to_owned(),
            sign_in: serde_json::to_string(&at.request())?,
            peer: peer.to_owned(),
        })
    }

    /// A client that is online, until it is killed.
    pub async fn stay(&self) -> Result<tokio::process::Child> {
        self.live("stay", &[]).await
    }

    /// The same, which sends a file unless it has begun to in an earlier life.
    pub async fn send(&self, file: &Path, direct: bool) -> Result<tokio::process::Child> {
        let file = file.display().to_string();
        let mut environment = vec![("WAXWING_FILE", file.as_str())];
        environment.extend(direct.then_some(("WAXWING_DIRECT", "1")));
        self.live("send", &environment).await
    }

    async fn live(&self, what: &str, environment: &[(&str, &str)]) -> Result<tokio::process::Child> {
        let mut child = self.start_with(what, Stdio::piped(), environment)?;
        let output = child.stdout.take().context("no output")?;
        let online = async { tokio::io::BufReader::new(output).lines().next_line().await };
        let line = tokio::time::timeout(SOON, online).await.context("the client does not come online")??;
        anyhow::ensure!(line.as_deref() == Some("online"), "the client said {line:?}");
        Ok(child)
    }

    fn start(&self, what: &str, output: Stdio) -> Result<tokio::process::Child> {
        self.start_with(what, output, &[])
    }

    fn start_with(&self, what: &str, output: Stdio, environment: &[(&str, &str)]) -> Result<tokio::process::Child> {
        tokio::process::Command::new(&self.program)
            .arg(&self.folder)
            .arg(&self.ca)
            .args([&self.sign_in, what, &self.peer])
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(output)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} does not start; run `make test`, which builds it", self.program.display()))
    }

    /// The account is there, and its archive known.
    pub async fn first_sign_in(&self, at: &At) -> Result<()> {
        let app = headless::open(&self.folder, &at.ca)?;
        let added = app.call(at.request()).await?;
        headless::online(&app, &added.account).await?;
        app.close().await;
        Ok(())
    }
}

impl Verdict {
    /// `heard` should be 0, 1, 2 … `expected` − 1.
    pub(crate) fn count(&mut self, what: &str, heard: &[usize], expected: usize) {
        let mut times = vec![0_usize; expected];
        for number in heard {
            if let Some(times) = times.get_mut(*number) {
                *times += 1;
            }
        }
        println!(
            "{what}: {} heard of {expected}; order {:?}",
            heard.len(),
            heard.windows(2).filter(|p| p[1] != p[0] + 1).collect::<Vec<_>>()
        );
        self.lost += times.iter().filter(|times| **times == 0).count();
        self.twice += times.iter().filter(|times| **times > 1).count();
        self.disordered += heard.windows(2).filter(|pair| pair[1] < pair[0]).count();
    }

    /// Nothing lost, nothing twice, in order.
    pub fn is_clean(&self) -> bool {
        self.lost + self.twice + self.disordered == 0
    }
}

pub(crate) fn number(body: &str, prefix: &str) -> Option<usize> {
    body.strip_prefix(prefix)?.parse().ok()
}

/// Any number will do: it only picks moments.
pub fn random() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}
