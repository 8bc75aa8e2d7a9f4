//! Pictures of what words cannot show, and that nothing is lost on them: German, right to left, narrow, at 200 per cent.

use std::path::PathBuf;

use harness::{Result, Window, ensure, paths, until};
use serde_json::{Value, json};
use waxwing_contract::Delivery;

use crate::{Scene, open_sized};

fn picture(name: &str) -> PathBuf {
    paths::root().join(format!("target/pictures/{name}.png"))
}

/// Settings as they are stored, before the window opens.
fn settings(scene: &Scene, json: &Value) -> Result<()> {
    let database = rusqlite::Connection::open(scene.data.path().join("app.sqlite"))?;
    database.execute("INSERT OR REPLACE INTO setting (key, value) VALUES ('settings', ?)", [json.to_string()])?;
    Ok(())
}

async fn fits(window: &Window) -> Result<()> {
    let wider = window.script("return document.documentElement.scrollWidth > innerWidth", vec![]).await?;
    ensure!(wider == Value::Bool(false), "the page is wider than the window");
    Ok(())
}

async fn section(window: &Window, section: &str, name: &str) -> Result<()> {
    window.find_css(&format!("[data-testid=settings-item][data-page={section}]")).await?.click().await?;
    let shown = format!("[data-testid=settings-section][data-section={section}]");
    window.find_css(&shown).await?;
    until("the section to come into view", async || {
        let top = "return document.querySelector(arguments[0]).getBoundingClientRect().top < innerHeight * 0.8";
        (window.script(top, vec![json!(shown)]).await.ok()? == Value::Bool(true)).then_some(())
    })
    .await?;
    fits(window).await?;
    window.screenshot(picture(name)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings() -> Result<()> {
    let scene = Scene::new().await?;
    let window = open_sized(scene.data.path(), 1280, 820).await?;
    window.click("section-settings").await?;
    for name in ["appearance", "notifications", "privacy", "accounts", "storage", "about"] {
        section(&window, name, &format!("settings-{name}")).await?;
    }
    window.fill("settings-search", "sound").await?;
    window.find("settings-result").await?;
    window.screenshot(picture("settings-search")).await?;
    window.close().await
}

/// Whatever comes and goes below the log, what came last stays in view.
async fn console_follows(scene: &Scene, window: &Window) -> Result<()> {
    let at_end = async |when: &str| {
        let below = "const log = document.querySelector('[data-testid=console-log]'); \
                     return log.scrollHeight - log.scrollTop - log.clientHeight < 2";
        until(when, async || (window.script(below, vec![]).await.ok()? == Value::Bool(true)).then_some(())).await
    };
    // Without what follows upon a message, it is the last that was said.
    window.find_css("[data-testid=console-kind] option[value=message]").await?.click().await?;
    for count in 0..30 {
        let said = format!("{count}: {}", "a long line ".repeat(count * 3));
        let id = scene.juliet.say(&scene.mira(), &said).await?;
        // Several at once would have their receipts behind all of them.
        scene.juliet.delivered(&scene.mira(), &id, Delivery::Delivered).await?;
    }
    window.shows("console-log", "29: ").await?;
    at_end("the log to follow what comes").await?;
    for (stanza, below) in [("<foo", "failure"), ("<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>", "console-log")] {
        window.replace("console-xml", stanza).await?;
        window.click("console-send").await?;
        window.find(below).await?;
        at_end("the log to follow beside what is told below it").await?;
        scene.juliet.say(&scene.mira(), &format!("after {}", &stanza[1..3])).await?;
        window.shows("console-log", &format!("after {}", &stanza[1..3])).await?;
        at_end("the log to follow after what was told below it").await?;
    }
    Ok(())
}

/// An account looked over; what goes over its stream, as the console shows it, and a stanza of one's own answered.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_and_its_console() -> Result<()> {
    let scene = Scene::new().await?;
    for (width, theme) in [(1280, "light"), (360, "dark")] {
        settings(&scene, &json!({ "theme": theme }))?;
        let window = open_sized(scene.data.path(), width, 820).await?;
        // Only who is connected can be looked over.
        window.find_css("[data-testid=presence-button][data-show=online]").await?;
        window.click("section-settings").await?;
        window.find_css("[data-testid=settings-item][data-page=accounts]").await?.click().await?;
        window.click("account-open").await?;
        window.click("account-test").await?;
        window.find_css("[data-testid=account-check][data-checked=relay]").await?;
        window.script("document.querySelector('[data-testid=account-test]').scrollIntoView()", vec![]).await?;
        fits(&window).await?;
        window.screenshot(picture(&format!("account-check-{width}"))).await?;
        window.click("console-open").await?;
        window.replace("console-xml", "<iq type='get'><query xmlns='jabber:iq:roster'/></iq>").await?;
        window.click("console-send").await?;
        window.shows("console-log", "subscription=").await?;
        scene.juliet.say(&scene.mira(), "Seen in the console").await?;
        window.shows("console-log", "Seen in the console").await?;
        console_follows(&scene, &window).await?;
        fits(&window).await?;
        window.screenshot(picture(&format!("console-{width}"))).await?;
        window.close().await?;
    }
    Ok(())
}

async fn chat(scene: &Scene, width: u32, height: u32, name: &str) -> Result<()> {
    let window = open_sized(scene.data.path(), width, height).await?;
    window.click("conversation-row").await?;
    window.shows("timeline", "Good morrow").await?;
    fits(&window).await?;
    window.screenshot(picture(name)).await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn german() -> Result<()> {
    let scene = Scene::new().await?;
    scene.juliet.say(&scene.mira(), "Good morrow").await?;
    settings(&scene, &json!({ "language": "de", "theme": "light" }))?;
    chat(&scene, 1280, 820, "chat-german").await?;
    let window = open_sized(scene.data.path(), 1280, 820).await?;
    window.click("section-settings").await?;
    section(&window, "notifications", "settings-german").await?;
    let language = window.script("return document.documentElement.lang", vec![]).await?;
    ensure!(language == "de", "{language}");
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn right_to_left() -> Result<()> {
    let scene = Scene::new().await?;
    scene.juliet.say(&scene.mira(), "Good morrow").await?;
    settings(&scene, &json!({ "language": "pseudo", "theme": "light" }))?;
    chat(&scene, 1280, 820, "chat-right-to-left").await?;
    let window = open_sized(scene.data.path(), 1280, 820).await?;
    window.click("section-settings").await?;
    section(&window, "notifications", "settings-right-to-left").await?;
    let direction = window.script("return document.documentElement.dir", vec![]).await?;
    ensure!(direction == "rtl", "{direction}");
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn narrow_and_magnified() -> Result<()> {
    let scene = Scene::new().await?;
    scene.juliet.say(&scene.mira(), "Good morrow").await?;
    chat(&scene, 360, 640, "chat-narrow").await?;
    settings(&scene, &json!({ "zoom": 200 }))?;
    chat(&scene, 1280, 820, "chat-200").await?;
    chat(&scene, 720, 820, "chat-200-narrow").await?;
    settings(&scene, &json!({ "zoom": 200, "language": "de" }))?;
    chat(&scene, 360, 640, "chat-200-narrowest").await?;
    let narrowest = open_sized(scene.data.path(), 360, 640).await?;
    narrowest.click("section-settings").await?;
    fits(&narrowest).await?;
    narrowest.screenshot(picture("settings-200-narrowest")).await?;
    narrowest.close().await?;
    settings(&scene, &json!({ "zoom": 200 }))?;
    let window = open_sized(scene.data.path(), 1280, 820).await?;
    window.click("section-settings").await?;
    section(&window, "notifications", "settings-200").await?;
    window.close().await
}
