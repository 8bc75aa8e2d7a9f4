//! A copy of an account's data, saved and taken over in the window.

use harness::{Result, ensure, until};
use serde_json::Value;

use crate::{Scene, open_sized};

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_saved_and_taken_over() -> Result<()> {
    let scene = Scene::new().await?;
    scene.juliet.say(&scene.mira(), "about orchards").await?;
    let window = open_sized(scene.data.path(), 1280, 820).await?;
    window.shows("conversation-row", "about orchards").await?;
    window.find_css("[data-testid=presence-button][data-show=online]").await?;
    window.click("section-settings").await?;
    window.find_css("[data-testid=settings-item][data-page=accounts]").await?.click().await?;
    window.click("account-open").await?;
    window.click("account-export").await?;
    window.shows("account-data", "messages: 1").await?;
    let folder = scene.data.path().join("downloads");
    let saved = std::fs::read_dir(&folder)?.next().transpose()?.map(|entry| entry.path());
    let saved = saved.ok_or_else(|| harness::anyhow!("nothing is in {}", folder.display()))?;
    let wider = window.script("return document.documentElement.scrollWidth > innerWidth", vec![]).await?;
    ensure!(wider == Value::Bool(false), "the page is wider than the window");
    window
        .script("document.querySelector('[data-testid=account-data]').scrollIntoView({ block: 'center' })", vec![])
        .await?;
    window.screenshot(harness::paths::root().join("target/pictures/account-data.png")).await?;

    // The same file with other words in it.
    let text = std::fs::read_to_string(&saved)?.replace("about orchards", "about the balcony");
    let other = scene.data.path().join("other.xml");
    std::fs::write(&other, text)?;
    window.find("account-import-file").await?.send_keys(&other.display().to_string()).await?;
    window.shows("account-data", "Taken over. Contacts: 0, messages: 1.").await?;
    window.click("section-chats").await?;
    window.click("conversation-row").await?;
    window.shows("timeline", "about the balcony").await?;
    std::fs::write(&other, "<html/>")?;
    window.click("section-settings").await?;
    window.find("account-import-file").await?.send_keys(&other.display().to_string()).await?;
    until("the refusal", async || (window.count("failure").await.ok()? > 0).then_some(())).await?;
    window.close().await
}
