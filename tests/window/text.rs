//! Whatever people write is text, stays where it is, and is still there after a restart.

use harness::{Result, Window, ensure, until};

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

/// The newest message stands whole above the composer.
async fn at_the_end(window: &Window, when: &str) -> Result<()> {
    let below = "const log = document.querySelector('[data-testid=timeline]');\
                 return log.scrollHeight - log.scrollTop - log.clientHeight";
    until(when, async || (window.script(below, vec![]).await.ok()?.as_f64()? < 3.0).then_some(())).await?;
    let place = "const [log, ...all] = [document.querySelector('[data-testid=timeline]'),\
                 ...document.querySelectorAll('[data-testid=message]')];\
                 return all.at(-1).getBoundingClientRect().bottom - log.getBoundingClientRect().bottom";
    let out_of_sight = window.script(place, vec![]).await?.as_f64().unwrap_or(f64::MAX);
    ensure!(out_of_sight < 1.0, "{when}: the newest message ends {out_of_sight} px below what is seen");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_stays_in_sight_while_banners_come_and_go() -> Result<()> {
    let mut scene = Scene::new().await?;
    let window = scene.conversation().await?;
    for n in 0..30 {
        scene.juliet.say(&scene.mira(), &format!("line {n}")).await?;
    }
    window.shows("timeline", "line 29").await?;
    at_the_end(&window, "online").await?;
    for turn in ["first", "second"] {
        scene.server.stop().await;
        window.find_css("[data-testid=session-bar][data-state=waiting]").await?;
        let body = format!("written the {turn} time without a server");
        window.fill("composer-input", &body).await?;
        window.click("composer-send").await?;
        window.shows("timeline", &body).await?;
        at_the_end(&window, "below the banner").await?;
        scene.server.restart().await?;
        window.gone("session-bar").await?;
        at_the_end(&window, "after the banner").await?;
    }
    window.close().await
}
