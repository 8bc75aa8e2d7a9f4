//! Whatever people write is text, stays where it is, and is still there after a restart.

use harness::{Result, ensure};

use crate::{Scene, open};

const HOSTILE: &str =
    "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script><b>bold</b>";

#[tokio::test(flavor = "multi_thread")]
async fn markup_is_only_ever_text() -> Result<()> {
    let scene = Scene::new().await?;
    let window = scene.conversation().await?;
    scene.juliet.say(&scene.mira(), HOSTILE).await?;
    window.shows("timeline", HOSTILE).await?;
    let title = window.script("return document.title", vec![]).await?;
    ensure!(title != "owned", "a message ran as script");
    let inside = window
        .script("return document.querySelectorAll('[data-testid=timeline] :is(img[src=x], script, b)').length", vec![])
        .await?;
    ensure!(inside == 0, "a message became markup");
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_and_history_outlive_the_window() -> Result<()> {
    let scene = Scene::new().await?;
    let window = scene.conversation().await?;
    window.fill("composer-input", "half a thou").await?;
    window.click("section-people").await?;
    window.find("people-row").await?;
    window.close().await?;

    let window = open(scene.data.path()).await?;
    window.click("conversation-row").await?;
    window.shows("timeline", "Good morrow").await?;
    let draft = window.find("composer-input").await?.prop("value").await?;
    ensure!(draft.as_deref() == Some("half a thou"), "the draft is {draft:?}");
    window.close().await
}
