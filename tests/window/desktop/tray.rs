//! The icon beside the clock, and what closing the window means with and without it.

use harness::{Desktop, OldTray, Result, Shown, Tray, Window, ensure, until};

use super::{arguments, open, pictures, start_again};
use crate::{Scene, binary};

async fn managed() -> Result<Desktop> {
    Desktop::builder().screen(1280, 900).window_manager().start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn shows_what_is_unread_sets_presence_and_quits() -> Result<()> {
    let scene = Scene::new().await?;
    let desktop = managed().await?;
    let tray = Tray::start(&desktop).await?;
    let window = open(&scene, &desktop).await?;
    let item = tray.item("waxwing").await?;
    let has = |label: &'static str| {
        move |menu: &[harness::tray_menu::Entry]| harness::tray_menu::find(menu, &[label]).is_some()
    };
    item.menu_with("nothing unread", has("Nothing unread")).await?;
    let before = item.look().await?.icon;
    scene.juliet.say(&scene.mira(), "one").await?;
    scene.juliet.say(&scene.mira(), "two").await?;
    item.menu_with("two unread", has("Unread messages: 2")).await?;
    item.looks("another icon", |look| look.icon != before).await?;

    item.click(&["Do not disturb"]).await?;
    window.find_css("[data-testid=presence-button][data-show=dnd]").await?;
    item.menu_with("the presence to be ticked", |menu| {
        harness::tray_menu::find(menu, &["Do not disturb"]).is_some_and(harness::tray_menu::Entry::on)
    })
    .await?;
    item.click(&["Quit Waxwing"]).await?;
    window.ended().await
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_asks_once_and_the_window_comes_back() -> Result<()> {
    let scene = Scene::new().await?;
    let desktop = managed().await?;
    let tray = Tray::start(&desktop).await?;
    let window = open(&scene, &desktop).await?;
    let item = tray.item("waxwing").await?;
    window.find("section-chats").await?;
    window.close_request()?;
    window.find("close-question").await?;
    window.screenshot(pictures().join("close-question.png")).await?;
    // A window that hides while it is clicked may not tell the driver of the click: it is gone, and that is the answer.
    tokio::select! {
        hidden = window.becomes(Shown::Hidden) => hidden?,
        Err(why) = window.click("close-hide") => return Err(why),
    }

    item.click(&["Open Waxwing"]).await?;
    window.becomes(Shown::Visible).await?;
    window.close_request()?;
    window.becomes(Shown::Hidden).await?;
    // A second start is another way back.
    let second = start_again(&scene, &desktop, &[]).await?;
    ensure!(second.status.success(), "{second:?}");
    ensure!(String::from_utf8_lossy(&second.stdout).contains("running already"), "{second:?}");
    window.becomes(Shown::Visible).await?;
    // The session went on all the while.
    scene.juliet.say(&scene.mira(), "still with us?").await?;
    window.click("conversation-row").await?;
    window.shows("timeline", "still with us?").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tray_closing_quits_and_the_settings_say_so() -> Result<()> {
    let scene = Scene::new().await?;
    let desktop = managed().await?;
    let window = open(&scene, &desktop).await?;
    window.click("section-settings").await?;
    window.find_css("[data-testid=settings-item][data-page=window]").await?.click().await?;
    window.find("setting-close-no-tray").await?;
    window.close_request()?;
    window.ended().await
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_in_the_tray() -> Result<()> {
    let scene = Scene::new().await?;
    let desktop = managed().await?;
    let tray = Tray::start(&desktop).await?;
    let mut arguments = arguments(scene.data.path());
    arguments.push("--hidden".into());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let window = Window::of(binary()).args(&arguments).on(&desktop).hidden().open().await?;
    let item = tray.item("waxwing").await?;
    window.find("section-chats").await?;
    ensure!(window.shown()? == Shown::Hidden, "it shows its window");
    item.click(&["Open Waxwing"]).await?;
    window.becomes(Shown::Visible).await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_is_drawn() -> Result<()> {
    let scene = Scene::new().await?;
    let desktop = Desktop::builder().screen(1280, 900).window_manager().start().await?;
    let tray = OldTray::start(&desktop).await?;
    let window = open(&scene, &desktop).await?;
    scene.juliet.say(&scene.mira(), "For the picture").await?;
    window.find_css("[data-testid=presence-button][data-show=online]").await?;
    window.find_css("[data-testid=conversation-row][data-unread='1']").await?;
    let place = tray.open_menu().await?;
    ensure!(place.height > 100, "a menu of {place:?}");
    window.picture_of_screen(pictures().join("tray-menu.png")).await?;
    tray.keys(&["Escape"])?;
    until("the window to answer", async || window.find("section-chats").await.ok()).await?;
    window.close().await
}
