//! The whole main job without a mouse, and in a narrow window.

use harness::window::Key;
use harness::{Result, ensure};

use crate::{Scene, open_sized};

#[tokio::test(flavor = "multi_thread")]
async fn finds_writes_and_steps_back_by_keyboard() -> Result<()> {
    let scene = Scene::new().await?;
    let window = scene.conversation().await?;
    window.press(&[Key::Control.into(), 'k']).await?;
    window.find("palette-input").await?;
    window.keys("juliet").await?;
    window.find("palette-option").await?;
    window.press(&[Key::Enter.into()]).await?;
    window.gone("palette-input").await?;
    window.find("composer-input").await?;
    window.click("composer-input").await?;
    window.keys("typed on keys").await?;
    window.press(&[Key::Enter.into()]).await?;
    scene.juliet.message(&scene.mira(), "the message", |m| m.body == "typed on keys").await?;
    window.press(&[Key::Escape.into()]).await?;
    window.keys("?").await?;
    window.find("shortcuts").await?;
    window.press(&[Key::Escape.into()]).await?;
    window.gone("shortcuts").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn narrow_windows_fold_to_one_column() -> Result<()> {
    let scene = Scene::new().await?;
    scene.juliet.say(&scene.mira(), "can you read this?").await?;
    let window = open_sized(scene.data.path(), 360, 640).await?;
    window.click("conversation-row").await?;
    window.shows("timeline", "can you read this?").await?;
    let overflow = window.script("return document.documentElement.scrollWidth > window.innerWidth", vec![]).await?;
    ensure!(overflow == false, "the page is wider than the window");
    window.click("back").await?;
    window.find("conversation-row").await?;
    window.close().await
}
