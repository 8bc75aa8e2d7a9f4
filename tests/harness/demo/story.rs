//! The demo without a display: the main job in the real window, each step seen to happen.

use std::path::PathBuf;
use std::time::Instant;

use harness::window::Key;
use harness::{Context as _, Result, Window, ensure, filing, paths, until};
use serde_json::json;

use crate::contact::{PICTURE, receipt};
use crate::world::World;
use crate::{arguments, binary, data_folder, sign_in};

const HELLO: &str = "Hello Juliet, when do we meet?";

/// Prints steps and keeps their pictures.
struct Teller {
    began: Instant,
    folder: PathBuf,
}

impl Teller {
    fn step(&self, what: &str) {
        println!("  ✓ {:>5.1} s  {what}", self.began.elapsed().as_secs_f32());
    }

    async fn picture(&self, window: &Window, name: &str) -> Result<()> {
        window.screenshot(self.folder.join(format!("{name}.png"))).await
    }
}

/// Tells the whole story; an error is the step that was not seen.
pub async fn tell() -> Result<()> {
    println!("no display: driving the window under Xvfb; pictures go to target/demo/");
    let folder = paths::root().join("target/demo");
    std::fs::create_dir_all(&folder)?;
    let teller = Teller { began: Instant::now(), folder };
    let world = World::start().await.context("the private server did not start")?;
    teller.step("a private server runs on loopback, with accounts and a past");

    first_run(&teller, &world).await.context("first run")?;

    let data = data_folder("data")?;
    sign_in(&world, &data).await.context("signing in")?;
    let life = world.live().await.context("the contacts did not come to life")?;
    teller.step("Juliet and the others are online");
    let window = open(&data).await?;
    chat(&teller, &world, &window).await.context("the conversation")?;
    files(&teller, &window).await.context("files")?;
    call(&teller, &window).await.context("the call")?;
    look_around(&teller, &world, &window).await.context("looking around")?;
    window.close().await?;
    life.end().await;
    println!("every step was seen; {:.0} s in all", teller.began.elapsed().as_secs_f32());
    Ok(())
}

async fn open(data: &std::path::Path) -> Result<Window> {
    let arguments = arguments(data);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let window = Window::of(binary()?).args(&arguments).screen(1280, 820).open().await?;
    window.resize(1280, 820).await?;
    window.focus()?;
    Ok(window)
}

/// A person signs in for the first time, at a server whose certificate nobody vouches for.
async fn first_run(teller: &Teller, world: &World) -> Result<()> {
    let window = open(&data_folder("first-run")?).await?;
    window.find("sign-in-address").await?;
    teller.picture(&window, "first-run").await?;
    teller.step("the first run offers to sign in, to create an account, and this demo");
    window.fill("sign-in-address", "mira@example.test").await?;
    window.fill("sign-in-password", "pw-mira").await?;
    window.script("document.querySelectorAll('details, [aria-expanded=false]').forEach(e => e.tagName === 'DETAILS' ? e.open = true : e.click())", vec![]).await?;
    window.replace("endpoint-host", "127.0.0.1").await?;
    window.replace("endpoint-port", &world.server.c2s_port.to_string()).await?;
    window.click("sign-in-submit").await?;
    window.find("trust-certificate").await?;
    let shown = window.text("failure").await?;
    ensure!(shown.contains(&world.server.certificate.fingerprint), "the fingerprint is not shown: {shown}");
    teller.picture(&window, "error").await?;
    teller.step("an unknown certificate is explained, its fingerprint shown, with a way on");
    window.click("trust-certificate").await?;
    window.find("conversation-row").await?;
    teller.step("trusting it for this account signs in");
    window.close().await
}

async fn chat(teller: &Teller, world: &World, window: &Window) -> Result<()> {
    let juliet = world.server.jid("juliet.capulet");
    let row = format!("[data-testid=conversation-row][data-peer='{juliet}']");
    window.find_css(&row).await?;
    teller.step("the window is signed in and shows the conversations");
    until("Juliet's conversation to open", async || {
        // What the others say just now moves it: a click may miss.
        window.find_css(&row).await.ok()?.click().await.ok()?;
        (window.count("composer-input").await.ok()? > 0).then_some(())
    })
    .await?;
    window.fill("composer-input", HELLO).await?;
    window.press(&[Key::Enter.into()]).await?;
    let own = |delivery: &str| format!("[data-testid=message][data-outgoing=true][data-delivery={delivery}]");
    until("the message to be delivered", async || {
        for state in ["delivered", "read"] {
            let found = window.client().find_all(fantoccini::Locator::Css(&own(state))).await.ok()?;
            for message in found {
                if message.text().await.is_ok_and(|text| text.contains(HELLO)) {
                    return Some(());
                }
            }
        }
        None
    })
    .await?;
    teller.step("a message is written, sent and delivered");
    window.shows("conversation", "typing").await?;
    teller.picture(window, "typing").await?;
    teller.step("Juliet is typing");
    window.shows("timeline", "Half past ten, at the old rowan tree.").await?;
    teller.step("her answer arrives");
    window.find_css(&own("read")).await?;
    teller.picture(window, "chat").await?;
    teller.step("and she has read ours");
    dress(window, "dark").await?;
    teller.picture(window, "chat-dark").await?;
    dress(window, "light").await?;
    teller.step("the same at night");
    Ok(())
}

/// Light or dark, as the system would say it.
async fn dress(window: &Window, scheme: &str) -> Result<()> {
    window
        .script(
            "document.documentElement.dataset.theme = arguments[0]; document.getAnimations().forEach(a => a.finish())",
            vec![json!(scheme)],
        )
        .await?;
    Ok(())
}

/// A picture comes, and files go: over the server, and from one to the other.
async fn files(teller: &Teller, window: &Window) -> Result<()> {
    window.fill("composer-input", "May I have that picture?").await?;
    window.press(&[Key::Enter.into()]).await?;
    let drawn = "return document.querySelector('[data-testid=file-picture] img.drawn')?.naturalWidth === 960";
    until("her picture", async || (window.script(drawn, vec![]).await.ok()? == true).then_some(())).await?;
    let named = format!("[data-testid=file-picture][title='{PICTURE}']");
    window.find_css(&named).await?;
    teller.picture(window, "picture").await?;
    teller.step("asked for, a picture of hers comes, and is shown where it stands");
    let notes = "Bring the big basket, and come before noon.\n".repeat(900).into_bytes();
    let songs = filing::noise(2_000_000);
    for (name, bytes, direct) in [("Notes for the feast.txt", notes, false), ("Songs of the orchard.zip", songs, true)]
    {
        window.bring("drop", name, "", &bytes, 1).await?;
        window.find("staged").await?;
        if direct {
            window.click("staged-direct").await?;
            teller.picture(window, "staged").await?;
        }
        window.click("composer-send").await?;
        window.gone("tray").await?;
        window.shows("timeline", &receipt(name, bytes.len(), &filing::sha256(&bytes))).await?;
        let card = if direct { "file-direct" } else { "file" };
        window.find_css("[data-testid=message][data-outgoing=true] [data-testid=file][data-state=here]").await?;
        teller.picture(window, card).await?;
        teller.step(match direct {
            false => "a file goes over the server; she has it, and says what it hashes to",
            true => "another goes straight to her, encrypted between the two, and is as it was too",
        });
    }
    window.shows("timeline", "encrypted between you").await
}

/// A call with video, and a screen shown in it.
async fn call(teller: &Teller, window: &Window) -> Result<()> {
    window.click("call-start-video").await?;
    window.find_css("[data-testid=call-bar]").await?;
    teller.step("Juliet is called with video");
    window.find_css("[data-testid=call-bar][data-phase=active]").await?;
    window.click("call-to-stage").await?;
    let painted =
        "return document.querySelector('[data-testid=call-picture][data-of=theirCamera]')?.dataset.painted > 20";
    until("Juliet's picture", async || (window.script(painted, vec![]).await.ok()? == true).then_some(())).await?;
    window.find_css("[data-testid=call-status][data-verdict]").await?;
    teller.picture(window, "call").await?;
    teller.step("she takes it, and is heard and seen");
    window.click("call-share").await?;
    window.find_css("[data-testid=share-option] img").await?;
    teller.picture(window, "share-picker").await?;
    window.click("share-start").await?;
    window.find_css("[data-testid=call-share][aria-pressed=true]").await?;
    let own = "return document.querySelector('[data-testid=call-picture][data-of=ourScreen]')?.dataset.painted > 2";
    until("one's own screen", async || (window.script(own, vec![]).await.ok()? == true).then_some(())).await?;
    teller.picture(window, "share").await?;
    teller.step("a screen is chosen by what it looks like, and shown");
    window.click("call-hang-up").await?;
    window.gone("call-stage").await?;
    teller.step("and the call ends");
    Ok(())
}

async fn look_around(teller: &Teller, world: &World, window: &Window) -> Result<()> {
    window.fill("search-input", "orchard").await?;
    window.find("search-hit").await?;
    teller.picture(window, "search").await?;
    teller.step("words are found in all conversations");
    window.click("search-hit").await?;
    window.find("timeline").await?;
    window.click("section-people").await?;
    let nurse = format!("[data-testid=people-row][data-jid='{}'][data-show=dnd]", world.server.jid("nurse"));
    window.find_css(&nurse).await?;
    window.find("request-accept").await?;
    teller.picture(window, "people").await?;
    teller.step("people are listed with their presence, and someone asks to be one of them");
    window.click("request-accept").await?;
    window.gone("request-accept").await?;
    teller.step("she is let in");
    window.press(&[Key::Control.into(), 'k']).await?;
    window.find("palette-input").await?;
    window.keys("nur").await?;
    window.find("palette-option").await?;
    teller.picture(window, "palette").await?;
    window.press(&[Key::Escape.into()]).await?;
    teller.step("Ctrl+K finds anyone");
    window.click("section-settings").await?;
    window.find("settings-item").await?;
    teller.picture(window, "settings").await?;
    teller.step("settings");
    let errors = window.script("return window.__errors ?? []", vec![json!(null)]).await?;
    ensure!(errors.as_array().is_none_or(Vec::is_empty), "errors in the window: {errors}");
    Ok(())
}
