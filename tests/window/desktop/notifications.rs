//! Messages that come while nobody looks, as dunst shows them, and what a person does with them.

use harness::{Desktop, Dunst, Result, Shown, Window, ensure, until};
use serde_json::Value;

use super::{open, pictures};
use crate::Scene;

struct Told {
    scene: Scene,
    dunst: Dunst,
    window: Window,
}

/// The window is minimised: nobody looks.
async fn told() -> Result<Told> {
    let scene = Scene::new().await?;
    let desktop = Desktop::builder().screen(1280, 900).window_manager().start().await?;
    let dunst = Dunst::start(&desktop).await?;
    let window = open(&scene, &desktop).await?;
    window.find("section-chats").await?;
    window.minimise()?;
    window.becomes(Shown::Minimised).await?;
    until("the page to know that nobody looks", async || {
        let looked_at = window.script("return document.hasFocus()", vec![]).await.ok()?;
        (looked_at == Value::Bool(false)).then_some(())
    })
    .await?;
    Ok(Told { scene, dunst, window })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_shown_and_opened() -> Result<()> {
    let Told { scene, dunst, window } = told().await?;
    scene.juliet.say(&scene.mira(), "Art thou <b>there</b> & awake?").await?;
    let notice = dunst.wait("Juliet's message", |n| n.summary == "Juliet").await?;
    ensure!(notice.body == "Art thou &lt;b&gt;there&lt;/b&gt; &amp; awake?", "{notice:?}");
    ensure!(notice.action("reply") == Some("Reply") && notice.action("mute").is_some(), "{notice:?}");
    ensure!(notice.hint("desktop-entry").as_deref() == Some("im.waxwing.Waxwing"), "{notice:?}");
    ensure!(notice.hint("sound-name").is_some(), "{notice:?}");
    scene.juliet.say(&scene.mira(), "I see thy lamp is lit").await?;
    let second = dunst.wait("both in one place", |n| n.summary == "Juliet (2)").await?;
    ensure!(second.replaces == notice.id, "a second notice beside the first: {second:?}");
    until("dunst to draw it", async || (dunst.drawn().await.ok()? == 1).then_some(())).await?;
    window.picture_of_screen(pictures().join("notification.png")).await?;

    dunst.act(second.id, "default").await?;
    window.becomes(Shown::Visible).await?;
    window.find("composer-input").await?;
    window.shows("timeline", "I see thy lamp is lit").await?;
    dunst.closed(second.id).await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn reply_puts_the_cursor_into_the_composer() -> Result<()> {
    let Told { scene, dunst, window } = told().await?;
    scene.juliet.say(&scene.mira(), "Answer me").await?;
    let notice = dunst.wait("Juliet's message", |n| n.summary == "Juliet").await?;
    dunst.act(notice.id, "reply").await?;
    window.becomes(Shown::Visible).await?;
    until("the cursor in the composer", async || {
        let at = window.script("return document.activeElement?.dataset.testid ?? ''", vec![]).await.ok()?;
        (at == "composer-input").then_some(())
    })
    .await?;
    window.keys("Anon, anon").await?;
    window.press(&[harness::window::Key::Enter.into()]).await?;
    scene.juliet.message(&scene.mira(), "the answer", |m| m.body == "Anon, anon").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn mute_mutes_this_conversation() -> Result<()> {
    let Told { scene, dunst, window } = told().await?;
    scene.juliet.say(&scene.mira(), "Tush").await?;
    let notice = dunst.wait("Juliet's message", |n| n.summary == "Juliet").await?;
    dunst.act(notice.id, "mute").await?;
    window.find("muted").await?;
    let told = dunst.all().len();
    scene.juliet.say(&scene.mira(), "Are you listening?").await?;
    until("the message to be counted in the list", async || {
        let rows =
            window.client().find_all(fantoccini::Locator::Css("[data-testid=conversation-row][data-unread='2']"));
        (!rows.await.ok()?.is_empty()).then_some(())
    })
    .await?;
    ensure!(dunst.all().len() == told, "a muted conversation spoke: {}", dunst.told());
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_is_taken_back() -> Result<()> {
    let Told { scene, dunst, window } = told().await?;
    scene.juliet.say(&scene.mira(), "Read me").await?;
    let notice = dunst.wait("Juliet's message", |n| n.summary == "Juliet").await?;
    window.activate()?;
    window.becomes(Shown::Visible).await?;
    window.click("conversation-row").await?;
    window.shows("timeline", "Read me").await?;
    dunst.closed(notice.id).await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_goes_and_comes_again_costs_nothing() -> Result<()> {
    let Told { scene, mut dunst, window } = told().await?;
    scene.juliet.say(&scene.mira(), "one").await?;
    dunst.wait("the first message", |n| n.body == "one").await?;
    dunst.kill();
    scene.juliet.say(&scene.mira(), "two").await?;
    window.find_css("[data-testid=conversation-row][data-unread='2']").await?;
    dunst.restart().await?;
    scene.juliet.say(&scene.mira(), "three").await?;
    let notice = dunst.wait("the third message", |n| n.body == "three" && n.open()).await?;
    dunst.act(notice.id, "default").await?;
    window.becomes(Shown::Visible).await?;
    window.shows("timeline", "three").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desktop_that_wants_quiet_is_left_in_quiet() -> Result<()> {
    let Told { scene, dunst, window } = told().await?;
    dunst.pause(true).await?;
    scene.juliet.say(&scene.mira(), "Hush").await?;
    dunst.wait("the message, held back", |n| n.body == "Hush").await?;
    ensure!(dunst.drawn().await? == 0, "it was drawn nonetheless");
    window.activate()?;
    window.becomes(Shown::Visible).await?;
    window.click("section-settings").await?;
    window.find_css("[data-testid=settings-item][data-page=notifications]").await?.click().await?;
    window.shows("notification-service", "dunst").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_show_how_it_looks() -> Result<()> {
    let scene = Scene::new().await?;
    let desktop = Desktop::builder().screen(1280, 900).window_manager().start().await?;
    let dunst = Dunst::start(&desktop).await?;
    let window = open(&scene, &desktop).await?;
    window.click("section-settings").await?;
    window.find_css("[data-testid=settings-item][data-page=notifications]").await?.click().await?;
    window.click("setting-try-notification").await?;
    dunst.wait("how it looks", |n| n.body.contains("This is how")).await?;
    window.close().await
}
