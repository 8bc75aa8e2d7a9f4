//! From `apt install` to `apt purge`, on a system that has never seen Waxwing or anything it needs.

use std::collections::BTreeSet;

use harness::{At, Headless, Prosody, Result, Root, Window, bail, ensure, paths, until};

use crate::{ID, package};

const DATA: &str = "/home/mira/.local/share/im.waxwing.Waxwing";

#[tokio::test(flavor = "multi_thread")]
async fn installs_starts_from_its_entry_signs_in_and_goes_without_a_trace() -> Result<()> {
    let root = Root::new()?;
    std::fs::copy(package()?, root.path("/tmp/waxwing.deb"))?;
    let before = files(&root)?;
    root.install(&["/tmp/waxwing.deb"])?;
    in_order(&root)?;
    let own = root.run(&["dpkg", "-L", "waxwing"])?;
    // only now, so that nothing the package needs came with the tools
    root.install(&["dbus-daemon", "desktop-file-utils", "libglib2.0-bin", "libgtk-3-bin"])?;
    let handlers = root.run(&["gio", "mime", "x-scheme-handler/xmpp"])?;
    ensure!(handlers.contains(&format!("{ID}.desktop")), "xmpp: links do not find it:\n{handlers}");

    first_start(&root).await?;

    root.run(&["apt-get", "-q", "-y", "purge", "waxwing"])?;
    let kept: Vec<&str> = own.lines().filter(|file| root.path(file).is_file()).collect();
    ensure!(kept.is_empty(), "purged, and still there: {kept:?}");
    let named: Vec<String> = files(&root)?.difference(&before).filter(|file| ours(file)).cloned().collect();
    ensure!(named.is_empty(), "traces of Waxwing are left: {named:?}");
    ensure!(root.path(DATA).join("app.sqlite").is_file(), "the person's data is gone");
    Ok(())
}

/// The package is wholly there, and the program finds all its libraries.
fn in_order(root: &Root) -> Result<()> {
    let state = root.run(&["dpkg-query", "-W", "-f", "${db:Status-Status}", "waxwing"])?;
    ensure!(state == "installed", "the package is {state}");
    root.run(&["dpkg", "--verify", "waxwing"])?;
    let libraries = root.run(&["ldd", "/usr/bin/waxwing"])?;
    ensure!(!libraries.contains("not found"), "libraries are missing:\n{libraries}");
    let version = root.run(&["waxwing", "--version"])?;
    ensure!(version.trim() == concat!("Waxwing ", env!("CARGO_PKG_VERSION")), "it says it is {version}");
    Ok(())
}

/// Mira starts it from the menu, signs in, finds what Juliet wrote, and closes it.
async fn first_start(root: &Root) -> Result<()> {
    let server = Prosody::builder().account("mira", "pw-mira").account("juliet", "pw-juliet").start().await?;
    let contact = |user: &str, name: &str| (server.jid(user), name.to_owned(), "Friends".to_owned());
    harness::seed::roster(&server, "mira", &[contact("juliet", "Juliet")])?;
    harness::seed::roster(&server, "juliet", &[contact("mira", "Mira")])?;
    let juliet = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
    juliet.say(&server.jid("mira"), "Is it installed?").await?;

    let window = Window::of(root.entry(ID, "waxwing")?).class("waxwing").open().await?;
    window.resize(1280, 820).await?;
    window.replace("sign-in-address", "mira@example.test").await?;
    window.replace("sign-in-password", "pw-mira").await?;
    window.find_css("[data-testid=endpoint]:not([open]) summary").await?.click().await?;
    window.replace("endpoint-host", "127.0.0.1").await?;
    window.replace("endpoint-port", &server.c2s_port.to_string()).await?;
    window.click("sign-in-submit").await?;
    window.click("trust-certificate").await?;
    window.find("section-chats").await?;
    window.shows("conversation-row", "Is it installed?").await?;
    window.screenshot(paths::root().join("target/package/installed.png")).await?;
    window.close().await?;
    ended(root).await
}

/// Closed, it must have ended by itself.
async fn ended(root: &Root) -> Result<()> {
    let end = until("the application to end", async || (!root.runs("waxwing").ok()?).then_some(())).await;
    if let Err(why) = end {
        bail!("{why}: {}", root.run(&["sh", "-c", "ls -l /proc/[0-9]*/exe 2>/dev/null || true"])?);
    }
    Ok(())
}

/// Every file of the system, without people's own and what only passes through.
fn files(root: &Root) -> Result<BTreeSet<String>> {
    let script = "find / -xdev -path /home -prune -o -path /tmp -prune -o ! -type d -print";
    Ok(root.run(&["sh", "-c", script])?.lines().map(str::to_owned).collect())
}

fn ours(file: &str) -> bool {
    file.to_lowercase().contains("waxwing")
}
