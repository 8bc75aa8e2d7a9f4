//! The window stands where it stood, on each set of screens; and it is there at login, where that is wanted.

use harness::{Desktop, Result, Tray, ensure, until};

use super::open;
use crate::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn place_and_zoom_are_kept() -> Result<()> {
    let scene = Scene::new().await?;
    let desktop = Desktop::builder().screen(1280, 900).window_manager().start().await?;
    let window = open(&scene, &desktop).await?;
    window.find("section-chats").await?;
    window.resize(900, 640).await?;
    window.move_to(123, 77).await?;
    let place = window.place()?;
    window.press(&[harness::window::Key::Control.into(), '+']).await?;
    let zoomed = "return getComputedStyle(document.documentElement).fontSize";
    until("the page to be larger", async || (window.script(zoomed, vec![]).await.ok()? == "17.6px").then_some(()))
        .await?;
    let database = rusqlite::Connection::open(scene.data.path().join("app.sqlite"))?;
    until("the place to be kept", async || {
        let sql = "SELECT count(*) FROM setting WHERE key LIKE 'place:%' AND json_extract(value, '$.width') = 900 \
                   AND json_extract(value, '$.x') > 0";
        let kept: u32 = database.query_row(sql, [], |row| row.get(0)).ok()?;
        (kept == 1).then_some(())
    })
    .await?;
    window.close().await?;

    let window = open(&scene, &desktop).await?;
    until("the window to stand where it stood", async || (window.place().ok()? == place).then_some(())).await?;
    until("the zoom of this screen", async || (window.script(zoomed, vec![]).await.ok()? == "17.6px").then_some(()))
        .await?;
    window.close().await?;

    // Another screen has a place and a zoom of its own.
    let other = Desktop::builder().screen(1024, 768).window_manager().start().await?;
    let window = open(&scene, &other).await?;
    window.find("section-chats").await?;
    let here = window.place()?;
    ensure!(here != place, "the place of another screen was taken for this one's");
    until("the usual zoom", async || (window.script(zoomed, vec![]).await.ok()? == "16px").then_some(())).await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_at_login_where_that_is_wanted() -> Result<()> {
    let scene = Scene::new().await?;
    let desktop = Desktop::start().await?;
    // Without a tray there is nothing to start hidden in, and it is not offered.
    let tray = Tray::start(&desktop).await?;
    let window = open(&scene, &desktop).await?;
    tray.item("waxwing").await?;
    let entry = window.dir.join("config/autostart/im.waxwing.Waxwing.desktop");
    window.click("section-settings").await?;
    window.find_css("[data-testid=settings-item][data-page=window]").await?.click().await?;
    let choose = async |choice: usize| -> Result<()> {
        let css = format!("[data-testid=setting-login] label:nth-of-type({choice})");
        Ok(window.find_css(&css).await?.click().await?)
    };
    let started = async || std::fs::read_to_string(&entry).ok();
    choose(3).await?;
    // Where this one's data and passwords are, that one's are to be.
    let places = format!("waxwing\" \"--data\" \"{}\" \"--secrets\" ", scene.data.path().display());
    let in_tray = |entry: &str| entry.contains(&places) && entry.contains(" \"--hidden\"\n");
    until("an entry that starts in the tray", async || in_tray(&started().await?).then_some(())).await?;
    choose(2).await?;
    until("an entry that starts with the window", async || (!started().await?.contains("--hidden")).then_some(()))
        .await?;
    choose(1).await?;
    until("the entry to go", async || (!entry.exists()).then_some(())).await?;
    window.close().await
}
