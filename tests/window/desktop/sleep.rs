//! A computer that is locked, and one that sleeps.

use harness::{Desktop, Dunst, Logind, Result, Window, ensure, until};
use waxwing_contract::Delivery;

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
