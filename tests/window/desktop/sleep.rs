//! A computer that is locked, one that sleeps, and one that comes into another network.

use harness::{Context, Desktop, Dunst, Logind, Relay, Result, Window, ensure, headless, until};
use waxwing_contract::{Delivery, Endpoint, SetRoute, View};

use super::arguments;
use crate::{Scene, binary};

async fn open(scene: &Scene, desktop: &Desktop, logind: &Logind) -> Result<Window> {
    let arguments = arguments(scene.data.path());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Window::of(binary()).args(&arguments).on(desktop).system_bus(logind.bus()).open().await
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_locked_screen_nothing_counts_as_read() -> Result<()> {
    let scene = Scene::new().await?;
    let logind = Logind::start().await?;
    let desktop = Desktop::builder().screen(1280, 900).window_manager().start().await?;
    let dunst = Dunst::start(&desktop).await?;
    scene.juliet.say(&scene.mira(), "before").await?;
    let window = open(&scene, &desktop, &logind).await?;
    window.click("conversation-row").await?;
    window.shows("timeline", "before").await?;
    // The lock is told by a signal, and told again until it was heard: the application may still be starting to listen.
    let mut heard = None;
    for n in 0..20 {
        logind.lock().await?;
        let body = format!("behind the lock {n}");
        scene.juliet.say(&scene.mira(), &body).await?;
        window.shows("conversation-row", &body).await?;
        if dunst.all().iter().any(|notice| notice.body == body) {
            heard = Some(n);
            break;
        }
    }
    ensure!(heard.is_some(), "nothing was told behind the lock: {}", dunst.told());
    logind.unlock().await?;
    let id = scene.juliet.say(&scene.mira(), "back again").await?;
    scene.juliet.delivered(&scene.mira(), &id, Delivery::Read).await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn waking_up_connects_at_once() -> Result<()> {
    let mut scene = Scene::new().await?;
    let logind = Logind::start().await?;
    let desktop = Desktop::start().await?;
    let window = open(&scene, &desktop, &logind).await?;
    window.find_css("[data-testid=presence-button][data-show=online]").await?;
    logind.sleep().await?;
    scene.server.stop().await;
    window.find_css("[data-testid=session-bar][data-state=waiting]").await?;
    scene.server.restart().await?;
    until("the account to come back", async || {
        logind.wake().await.ok()?;
        (window.count("session-bar").await.ok()? == 0).then_some(())
    })
    .await?;
    window.find_css("[data-testid=presence-button][data-show=online]").await?;
    window.close().await
}

/// An address of the loopback that comes and goes, as one of a real network would.
struct Address;

impl Address {
    const IT: &str = "127.0.77.1/32";

    fn ip(what: &str) -> Result<()> {
        let status = std::process::Command::new("ip").args(["addr", what, Self::IT, "dev", "lo"]).output();
        let output = status.context("`ip` of iproute2 is missing")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "changing an address of the loopback takes root: {said}");
        Ok(())
    }

    fn add() -> Result<Self> {
        // What a run that was killed left behind.
        let _ = Self::ip("del");
        Self::ip("add").map(|()| Self)
    }
}

impl Drop for Address {
    fn drop(&mut self) {
        let _ = Self::ip("del");
    }
}

async fn by_way_of(scene: &Scene, relay: &Relay) -> Result<()> {
    let app = headless::open(scene.data.path(), &[])?;
    let accounts = app.subscribe(&View::Accounts)?.next().await.unwrap_or_default();
    let account = accounts["items"][0]["id"].as_str().context("no account")?.to_owned();
    let endpoint = Some(Endpoint { host: "127.0.0.1".into(), port: relay.port, direct_tls: false });
    app.call(SetRoute { account, endpoint, proxy: None }).await?;
    app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_network_is_noticed_at_once() -> Result<()> {
    let scene = Scene::new().await?;
    let relay = Relay::start(scene.server.c2s_port).await?;
    by_way_of(&scene, &relay).await?;
    let logind = Logind::start().await?;
    let desktop = Desktop::start().await?;
    let window = open(&scene, &desktop, &logind).await?;
    window.find_css("[data-testid=presence-button][data-show=online]").await?;
    let connections = relay.connections();
    // From now on nothing passes, and nobody says so.
    relay.stall(true);
    let _address = Address::add()?;
    until("another connection", async || (relay.connections() > connections).then_some(())).await?;
    relay.stall(false);
    window.find_css("[data-testid=presence-button][data-show=online]").await?;
    window.close().await
}
