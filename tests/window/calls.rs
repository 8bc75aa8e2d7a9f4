//! Calls in the real window: who rings is seen and heard, a screen is shown, and what failed says why.

use std::path::PathBuf;
use std::time::Duration;

use harness::devices::RED;
use harness::{Bench, Desktop, Dunst, Result, Shown, Sound, Window, ensure, patiently, until};
use serde_json::{Value, json};
use waxwing_contract::{Call, CallId, CallPhase, HangUp, PictureOf, StartCall, View};

use crate::{Scene, binary, looks_well};

async fn open(scene: &Scene, sound: &Sound, size: (u32, u32)) -> Result<Window> {
    let text = |path: PathBuf| path.display().to_string();
    let data = scene.data.path();
    let (folder, secrets) = (text(data.to_path_buf()), text(data.join("secrets.json")));
    let builder = Window::of(binary()).args(&["--data", &folder, "--secrets", &secrets]).screen(size.0, size.1);
    let window = builder.env("PULSE_SERVER", &sound.address()).open().await?;
    window.resize(size.0, size.1).await?;
    window.focus()?;
    window.find_css("[data-testid=presence-button][data-show=online]").await?;
    Ok(window)
}

/// Juliet calls.
async fn rings(scene: &Scene, video: bool) -> Result<String> {
    let start = StartCall { account: scene.juliet.account.clone(), peer: scene.mira(), video };
    Ok(scene.juliet.call(start).await?.id)
}

async fn juliets(scene: &Scene, what: &str, wanted: impl Fn(&Call) -> bool) -> Result<Call> {
    scene.juliet.item(&View::Calls, what, wanted).await
}

/// Waits until the middle of a picture's upper edge is painted red. A bright bar passes there now and then.
async fn painted_red(window: &Window, of: &str) -> Result<()> {
    let script = "const canvas = document.querySelector(`[data-testid=call-picture][data-of=${arguments[0]}]`); \
                  if (!canvas || canvas.dataset.painted < 10) return null; \
                  return [...canvas.getContext('2d').getImageData(canvas.width / 2, 4, 1, 1).data].slice(0, 3)";
    let seen = patiently(Duration::from_secs(30), "a red picture to be painted", async || {
        let value = window.script(script, vec![json!(of)]).await.ok()?;
        let rgb: Vec<_> = value.as_array()?.iter().filter_map(Value::as_u64).collect();
        let [red, green, blue] = rgb[..] else { return None };
        (red > 120 && red > 2 * green && red > blue + 40).then_some(())
    });
    seen.await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_with_video_is_taken_seen_heard_and_shown_a_screen() -> Result<()> {
    let sound = Sound::start().await?;
    let _speaking = sound.speak(500)?;
    let scene = Scene::with(Bench::filming(900, RED)).await?;
    let window = open(&scene, &sound, (1280, 820)).await?;
    let id = rings(&scene, true).await?;
    window.find_css("[data-testid=incoming-call][data-video=true]").await?;
    looks_well(&window, "call-incoming").await?;
    window.click("call-accept-video").await?;
    window.find_css("[data-testid=call-stage][data-phase=active]").await?;
    painted_red(&window, "theirCamera").await?;
    until("Juliet to hear Mira's microphone", async || (scene.juliet.devices.hears(500) > 0.6).then_some(())).await?;
    let sounds = async || {
        let sound = &sound;
        tokio::task::block_in_place(|| sound.hears(900)).ok().filter(|share| *share > 0.6)
    };
    patiently(Duration::from_secs(20), "Juliet's tone from the loudspeaker", sounds).await?;
    window.find_css("[data-testid=call-status][data-verdict]").await?;
    looks_well(&window, "call-stage").await?;

    window.click("call-share").await?;
    window.find_css("[data-testid=share-option] img").await?;
    looks_well(&window, "call-share-picker").await?;
    window.click("share-start").await?;
    let shown = juliets(&scene, "Mira's screen", |call| call.theirs.screen).await?;
    let pictures = scene.juliet.app.pictures();
    let looking = pictures.look(&shown.id, PictureOf::TheirScreen);
    let seen = tokio::time::timeout(Duration::from_secs(20), async { looking.await.next().await }).await?;
    ensure!(seen.is_some(), "nothing is seen of Mira's screen");
    window.find_css("[data-testid=call-share][aria-pressed=true]").await?;
    looks_well(&window, "call-sharing").await?;
    window.click("call-to-chat").await?;
    window.click("call-stop-sharing").await?;
    window.gone("call-stop-sharing").await?;
    looks_well(&window, "call-bar").await?;
    scene.juliet.call(HangUp(CallId { account: scene.juliet.account.clone(), id })).await?;
    window.gone("call-bar").await?;
    window.find_css("[data-testid=call-row][data-outcome=completed]").await?;
    window.close().await
}

/// A page that cannot decode is given pixels.
#[tokio::test(flavor = "multi_thread")]
async fn a_webview_without_a_decoder_shows_pictures_too() -> Result<()> {
    let sound = Sound::start().await?;
    let scene = Scene::with(Bench::filming(900, RED)).await?;
    let window = open(&scene, &sound, (1280, 820)).await?;
    window.script("delete window.VideoDecoder; return typeof VideoDecoder", vec![]).await?;
    rings(&scene, true).await?;
    window.click("call-accept-video").await?;
    window.find_css("[data-testid=call-stage][data-phase=active]").await?;
    painted_red(&window, "theirCamera").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_fails_says_why() -> Result<()> {
    let sound = Sound::start().await?;
    let scene = Scene::new().await?;
    scene.settings(&json!({ "relayOnly": true, "theme": "dark" }))?;
    scene.juliet.say(&scene.mira(), "Call me").await?;
    let window = open(&scene, &sound, (900, 700)).await?;
    window.click("conversation-row").await?;
    window.click("call-start").await?;
    let incoming = juliets(&scene, "a call that rings", |call| call.phase == CallPhase::Ringing).await?;
    let take = waxwing_contract::AcceptCall { account: scene.juliet.account.clone(), id: incoming.id, video: false };
    scene.juliet.call(take).await?;
    window.find_css("[data-testid=call-bar][data-trouble=noRelay]").await?;
    window.shows("call-bar", "your server offers none").await?;
    looks_well(&window, "call-failed").await?;
    window.click("call-dismiss").await?;
    window.gone("call-bar").await?;
    window.find_css("[data-testid=call-row][data-outcome=failed]").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_chosen_and_tried() -> Result<()> {
    let sound = Sound::start().await?;
    let _speaking = sound.speak(700)?;
    let scene = Scene::new().await?;
    let window = open(&scene, &sound, (1280, 820)).await?;
    window.click("section-settings").await?;
    window.find_css("[data-testid=settings-item][data-page=calls]").await?.click().await?;
    window.find_css("[data-testid=setting-microphone] option:nth-child(2)").await?;
    window.find_css("[data-testid=device-try][data-what=microphone]").await?.click().await?;
    window.find_css("[data-testid=device-trial][data-step=recording]").await?;
    let louder = "return document.querySelector('[data-testid=device-trial] meter')?.value > 0.05";
    until("the microphone to be seen", async || (window.script(louder, vec![]).await.ok()? == true).then_some(()))
        .await?;
    looks_well(&window, "settings-calls").await?;
    window.find_css("[data-testid=device-trial][data-step=playing]").await?;
    let share = tokio::task::block_in_place(|| sound.hears(700))?;
    ensure!(share > 0.6, "what was recorded is not played: {share}");
    window.find_css("[data-testid=device-trial][data-step=done]").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_looks_elsewhere_is_told_and_takes_it_there() -> Result<()> {
    let scene = Scene::new().await?;
    let desktop = Desktop::builder().screen(1280, 900).window_manager().start().await?;
    let dunst = Dunst::start(&desktop).await?;
    let text = |path: PathBuf| path.display().to_string();
    let data = scene.data.path();
    let (folder, secrets) = (text(data.to_path_buf()), text(data.join("secrets.json")));
    let window = Window::of(binary()).args(&["--data", &folder, "--secrets", &secrets]).on(&desktop).open().await?;
    window.find_css("[data-testid=presence-button][data-show=online]").await?;
    window.minimise()?;
    window.becomes(Shown::Minimised).await?;
    let id = rings(&scene, false).await?;
    let notice = dunst.wait("Juliet's call", |notice| notice.summary == "Juliet is calling").await?;
    ensure!(notice.action("accept").is_some() && notice.action("decline").is_some(), "{notice:?}");
    dunst.act(notice.id, "decline").await?;
    juliets(&scene, "the end of it", |call| matches!(call.phase, CallPhase::Ended { .. })).await?;
    scene.juliet.call(waxwing_contract::DismissCall(CallId { account: scene.juliet.account.clone(), id })).await?;
    rings(&scene, false).await?;
    let notice =
        dunst.wait("another call", |again| again.summary == "Juliet is calling" && again.id != notice.id).await?;
    dunst.act(notice.id, "accept").await?;
    window.becomes(Shown::Visible).await?;
    juliets(&scene, "a call that is on", |call| matches!(call.phase, CallPhase::Active { .. })).await?;
    window.find_css("[data-testid=call-bar][data-phase=active]").await?;
    // There is no sound system at all: it can be listened to in silence.
    window.shows("call-bar", "No microphone").await?;
    window.close().await
}
