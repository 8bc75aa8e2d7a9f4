//! A disk that fills up: said in words, nothing acknowledged that is not stored, nothing lost once there is room.

use std::process::Command;

use harness::{At, Prosody, Result, Slix, bail, ensure, headless, paths::Folder, slix::Login, until};
use waxwing_contract::{AccountId, Code, Connect, SessionState};

/// A file system of a few megabytes, unmounted when dropped. Needs root, as `make test` in CI has it.
struct Small(Folder);

impl Small {
    fn new(megabytes: u32) -> Result<Self> {
        let folder = Folder::new("small")?;
        let size = format!("size={megabytes}m");
        let status = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).status()?;
        if !status.success() {
            bail!("a small file system cannot be mounted: this test wants root");
        }
        Ok(Self(folder))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_account_and_loses_nothing() -> Result<()> {
    let server = Prosody::builder().account("mira", "pw-mira").account("juliet", "pw-juliet").start().await?;
    let juliet: Slix = Login::prosody(&server, "juliet", "pw-juliet").start().await?;
    let small = Small::new(6)?;
    let at = At::prosody(&server, "mira")?;
    let app = headless::open(small.0.path(), &at.ca)?;
    let account = app.call(at.request()).await?.account;
    headless::online(&app, &account).await?;
    juliet.send(&at.jid, "while there was room").await?;

    let filler = small.0.path().join("filler");
    // As much as fits: the write ends when nothing more does.
    let _ = Command::new("dd").arg("if=/dev/zero").arg(format!("of={}", filler.display())).arg("bs=64k").output()?;
    let long = "words ".repeat(3000);
    for n in 0..40 {
        juliet.send(&at.jid, &format!("{n} {long}")).await?;
    }
    let state =
        headless::session(&app, &account, "the account to stop", |s| matches!(s, SessionState::Stopped { .. })).await?;
    let SessionState::Stopped { failure } = state else { bail!("{state:?}") };
    ensure!(failure.code == Code::DiskFull, "{failure:?}");

    std::fs::remove_file(&filler)?;
    app.call(Connect(AccountId { account: account.clone() })).await?;
    headless::online(&app, &account).await?;
    let theirs = server.jid("juliet");
    until("the last message", async || {
        let newest = headless::newest(&app, &account, &theirs, 1).await.ok()?;
        newest.last()?.body.starts_with("39 ").then_some(())
    })
    .await?;
    let kept = headless::everything(&app, &account, &theirs).await?;
    let numbers: Vec<String> = kept.iter().filter_map(|m| m.body.split(' ').next().map(str::to_owned)).collect();
    let expected: Vec<String> = std::iter::once("while".to_owned()).chain((0..40).map(|n| n.to_string())).collect();
    ensure!(numbers == expected, "{numbers:?}");
    app.close().await;
    Ok(())
}
