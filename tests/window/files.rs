//! Files in the real window: brought in, sent and seen on their way, taken or not, and shown where they stand.

use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::filing::{How, noise};
use harness::window::Key;
use harness::{At, Bench, Desktop, Headless, HttpServer, Picker, Prosody, Relay, Result, Sound, Window};
use harness::{clips, ensure, paths::Folder, patiently, until};
use serde_json::{Value, json};
use waxwing_contract::{Code, FileState};

use crate::tasks::Hands;
use crate::{Scene, binary, looks_well, picture};

/// How a window is opened.
struct Open<'o> {
    size: (u32, u32),
    desktop: Option<&'o Desktop>,
    sound: Option<&'o Sound>,
}

const USUAL: Open<'_> = Open { size: (1280, 820), desktop: None, sound: None };

/// Mira's window, which trusts her server's uploads too.
async fn open(scene: &Scene, how: Open<'_>) -> Result<Window> {
    let text = |path: PathBuf| path.display().to_string();
    let data = scene.data.path();
    let (folder, secrets) = (text(data.to_path_buf()), text(data.join("secrets.json")));
    let trusted = text(scene.server.certificate.ca.clone());
    let (width, height) = how.size;
    let arguments = ["--data", &folder, "--secrets", &secrets, "--trust", &trusted];
    let mut builder = Window::of(binary()).args(&arguments).screen(width, height);
    if let Some(desktop) = how.desktop {
        builder = builder.on(desktop);
    }
    if let Some(sound) = how.sound {
        builder = builder.env("PULSE_SERVER", &sound.address());
    }
    let window = builder.open().await?;
    window.resize(width, height).await?;
    window.focus()?;
    window.find_css("[data-testid=conversation-row]").await?;
    Ok(window)
}

/// The conversation with Juliet.
async fn talk(scene: &Scene, how: Open<'_>) -> Result<Window> {
    scene.juliet.say(&scene.mira(), "Good morrow").await?;
    let window = open(scene, how).await?;
    window.click("conversation-row").await?;
    window.shows("timeline", "Good morrow").await?;
    Ok(window)
}

/// Until the one file of a name in a state is seen.
async fn file(window: &Window, name: &str, state: &str) -> Result<()> {
    let script = "return [...document.querySelectorAll(`[data-testid=file][data-state=${arguments[1]}]`)] \
                  .some(card => card.innerText.includes(arguments[0]))";
    let seen = async || (window.script(script, vec![json!(name), json!(state)]).await.ok()? == true).then_some(());
    let waited = patiently(Duration::from_secs(20), &format!("{name} to be {state}"), seen).await;
    match waited {
        Ok(()) => Ok(()),
        Err(why) => {
            let page = "return [...document.querySelectorAll('[data-testid=file]')].map(card => card.dataset.state + ': ' + card.innerText)";
            let page = window.script(page, vec![]).await?;
            harness::bail!("{why}; there is {page}\n{}", window.log())
        }
    }
}

async fn dress(window: &Window, theme: &str) -> Result<()> {
    window.script("document.documentElement.dataset.theme = arguments[0]", vec![json!(theme)]).await.map(drop)
}

/// What is painted above the middle of an element: red, green, blue. (In the middle there may be a hint or a button.)
async fn painted(window: &Window, css: &str, name: &str) -> Result<[u8; 3]> {
    let script = "const it = document.querySelector(arguments[0]); it?.scrollIntoView({ block: 'nearest' }); \
                  const box = it?.getBoundingClientRect(); return box && [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 4)]";
    let place = window.script(script, vec![json!(css)]).await?;
    let file = picture(name);
    window.screenshot(&file).await?;
    let crop = format!("1x1+{}+{}", place[0], place[1]);
    let output =
        std::process::Command::new("convert").arg(&file).args(["-crop", &crop, "-depth", "8", "rgb:-"]).output()?;
    let &[red, green, blue] = output.stdout.as_slice() else { harness::bail!("nothing is at {place}: {output:?}") };
    Ok([red, green, blue])
}

/// Waits until a colour is really on the screen there.
async fn is_painted(window: &Window, css: &str, colour: [u8; 3], name: &str) -> Result<()> {
    let mut last = [0; 3];
    let near = |seen: [u8; 3]| seen.iter().zip(colour).all(|(seen, wanted)| seen.abs_diff(wanted) < 24);
    let seen = until("a colour", async || {
        last = painted(window, css, name).await.ok()?;
        near(last).then_some(())
    })
    .await;
    ensure!(seen.is_ok(), "{css} shows {last:?} and not {colour:?}");
    Ok(())
}

/// How long a player has played.
async fn plays(window: &Window, player: &str) -> Result<()> {
    let script = "const it = document.querySelector(arguments[0]); \
                  return it ? [it.currentTime, it.paused, it.error?.message ?? '', it.error?.code ?? 0] : null";
    let mut last = Value::Null;
    let moves = until(&format!("{player} to play"), async || {
        last = window.script(script, vec![json!(player)]).await.ok()?;
        (last[0].as_f64()? > 0.2).then_some(())
    })
    .await;
    ensure!(moves.is_ok(), "{player} does not play: {last}; {}", window.log());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_is_seen_on_its_way() -> Result<()> {
    let uploads = HttpServer::start().await?;
    let slow = Relay::start(uploads.port).await?;
    slow.limit(Some(300_000));
    let builder = Prosody::builder().uploads_at(&format!("https://localhost:{}", slow.port));
    let scene = Scene::at(builder, Bench::speaking(440)).await?;
    let window = talk(&scene, USUAL).await?;
    window.bring("dragenter", "tapes.bin", "", b"x", 1).await?;
    window.find("drop").await?;
    looks_well(&window, "files-drop").await?;
    window.bring("drop", "Tapes of the orchard.bin", "", &noise(1 << 20), 16).await?;
    window.gone("drop").await?;
    window.bring("paste", "Snap.png", "image/png", &clips::picture("#d81b8c", 640, 400)?, 1).await?;
    until("two files to be sent", async || (window.count("staged").await.ok()? == 2).then_some(())).await?;
    looks_well(&window, "files-tray").await?;
    dress(&window, "dark").await?;
    looks_well(&window, "files-tray-dark").await?;
    dress(&window, "light").await?;
    window.fill("composer-input", "From the feast").await?;
    window.press(&[Key::Enter.into()]).await?;
    window.gone("tray").await?;
    file(&window, "Tapes of the orchard.bin", "moving").await?;
    window.shows("file", "/s").await?;
    window.find("transfers").await?;
    window.click("transfers-open").await?;
    window.find("transfer").await?;
    looks_well(&window, "files-sending").await?;
    dress(&window, "dark").await?;
    looks_well(&window, "files-sending-dark").await?;
    dress(&window, "light").await?;

    window.find_css("[data-testid=message] [data-testid=file-pause]").await?.click().await?;
    window.find_css("[data-testid=message] [data-testid=file-go-on]").await?;
    looks_well(&window, "files-paused").await?;
    window.find_css("[data-testid=message] [data-testid=file-go-on]").await?.click().await?;
    window.find_css("[data-testid=message] [data-testid=file-pause]").await?;
    slow.limit(None);
    let here = scene.juliet.file_that(&scene.mira(), "the tapes", |file| file.size == Some(16 << 20)).await?;
    ensure!(here.1.name == "Tapes of the orchard.bin", "{here:?}");
    file(&window, "Tapes of the orchard.bin", "here").await?;
    window.gone("transfers").await?;
    scene.juliet.message(&scene.mira(), "the words", |message| message.body == "From the feast").await?;
    looks_well(&window, "files-sent").await?;

    slow.limit(Some(200_000));
    window.bring("drop", "Second.bin", "", &noise(1 << 20), 12).await?;
    window.find("staged").await?;
    window.click("composer-send").await?;
    file(&window, "Second.bin", "moving").await?;
    window.find_css("[data-testid=message] [data-testid=file-cancel]").await?.click().await?;
    file(&window, "Second.bin", "cancelled").await?;
    window.gone("transfers").await?;
    looks_well(&window, "files-cancelled").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_large_files_ask_first() -> Result<()> {
    let builder = Prosody::builder().account("romeo", "pw-romeo");
    let scene = Scene::at(builder, Bench::speaking(440)).await?;
    scene.settings(&json!({ "receiveMb": 1 }))?;
    let window = talk(&scene, USUAL).await?;
    let (mira, bytes) = (scene.mira(), noise(2_500_000));
    scene.juliet.may_send(&mira).await?;
    scene.juliet.send_file(&mira, "Verona at night.tif", &bytes, How::default()).await?;
    file(&window, "Verona at night.tif", "offered").await?;
    window.shows("file", "1 MB").await?;
    scene.juliet.send_file(&mira, "Straight to you.bin", &bytes, How { direct: true, ..How::default() }).await?;
    file(&window, "Straight to you.bin", "offered").await?;
    looks_well(&window, "files-large").await?;
    window.click("file-decline").await?;
    file(&window, "Straight to you.bin", "cancelled").await?;
    scene.juliet.file_cancelled(&mira, "Straight to you.bin", Code::DeclinedByThem).await?;
    window.click("file-get").await?;
    file(&window, "Verona at night.tif", "here").await?;
    looks_well(&window, "files-taken").await?;

    let romeo = Headless::sign_in(&At::prosody(&scene.server, "romeo")?).await?;
    romeo.send_file(&mira, "Serenade.txt", b"But soft! What light?\n", How::default()).await?;
    let row = format!("[data-testid=conversation-row][data-peer=\"{}\"]", romeo.jid);
    window.find_css(&row).await?.click().await?;
    file(&window, "Serenade.txt", "offered").await?;
    window.shows("file", "romeo").await?;
    looks_well(&window, "files-stranger").await?;
    dress(&window, "dark").await?;
    looks_well(&window, "files-stranger-dark").await?;
    window.click("file-get").await?;
    file(&window, "Serenade.txt", "here").await?;
    window.close().await
}

const PINK: &str = "#d81b8c";

#[tokio::test(flavor = "multi_thread")]
async fn pictures_sounds_and_films_are_shown_in_their_place() -> Result<()> {
    let sound = Sound::start().await?;
    let scene = Scene::new().await?;
    let (mira, usual) = (scene.mira(), How::default());
    scene.juliet.say(&mira, "Good morrow, and see https://verona.example/feast").await?;
    scene.juliet.send_file(&mira, "Letter.txt", b"words\n", usual).await?;
    scene.juliet.send_file(&mira, "Lute.opus", &clips::sound(440, 40)?, usual).await?;
    scene.juliet.send_file(&mira, "Feast.webm", &clips::film("0xff1060c0", 30)?, usual).await?;
    let strange = clips::unknown(clips::film("0xff1060c0", 2)?);
    scene.juliet.send_file(&mira, "Strange.webm", &strange, usual).await?;
    scene.juliet.send_file(&mira, "Roses.png", &clips::picture(PINK, 640, 400)?, usual).await?;
    let window = talk(&scene, Open { sound: Some(&sound), ..USUAL }).await?;
    let inline = "[data-testid=file-picture]";
    window.find_css(inline).await?;
    is_painted(&window, inline, [0xd8, 0x1b, 0x8c], "files-inline").await?;
    looks_well(&window, "files-inline").await?;
    dress(&window, "dark").await?;
    looks_well(&window, "files-inline-dark").await?;
    dress(&window, "light").await?;

    window.script("document.querySelector('[data-testid=file-picture]').focus()", vec![]).await?;
    window.press(&[Key::Enter.into()]).await?;
    window.find("viewer").await?;
    is_painted(&window, "[data-testid=viewer] img", [0xd8, 0x1b, 0x8c], "files-viewer").await?;
    looks_well(&window, "files-viewer").await?;
    window.press(&[Key::Escape.into()]).await?;
    window.gone("viewer").await?;

    window.find_css("[data-testid=file-audio] [data-testid=file-play]").await?.click().await?;
    plays(&window, "[data-testid=file-audio] audio").await?;
    let share = tokio::task::block_in_place(|| sound.hears(440))?;
    ensure!(share > 0.6, "nobody hears the lute: {share}");
    looks_well(&window, "files-playing").await?;
    window.find_css("[data-testid=file-video] [data-testid=file-play]").await?.click().await?;
    plays(&window, "[data-testid=file-video] video").await?;
    let film = "[data-testid=file-video] video";
    is_painted(&window, film, [0x10, 0x60, 0xc0], "files-film").await?;

    window.find_css("[data-testid=file-video]:not(:has(video)) [data-testid=file-play]").await?.click().await?;
    window.shows("file-unplayable", "cannot be played").await?;
    window.find_css("[data-testid=file-unplayable] [data-testid=file-open]").await?;
    looks_well(&window, "files-unplayable").await?;

    shelves(&window, "files-gallery").await?;
    window.close().await?;

    scene.settings(&json!({ "theme": "dark", "language": "de" }))?;
    let narrow = open(&scene, Open { size: (360, 640), ..USUAL }).await?;
    narrow.click("conversation-row").await?;
    is_painted(&narrow, inline, [0xd8, 0x1b, 0x8c], "files-narrow").await?;
    looks_well(&narrow, "files-narrow").await?;
    narrow.bring("drop", "Ein Bild vom Fest.png", "image/png", &clips::picture("#2a7f3f", 300, 300)?, 1).await?;
    narrow.find("staged").await?;
    looks_well(&narrow, "files-narrow-tray").await?;
    shelves(&narrow, "files-narrow-gallery").await?;
    let wider = narrow.script("return document.documentElement.scrollWidth > innerWidth", vec![]).await?;
    ensure!(wider == false, "wider than the window");
    narrow.close().await
}

/// The gallery, tab by tab.
async fn shelves(window: &Window, name: &str) -> Result<()> {
    if window.count("gallery-open").await? == 0 {
        window.click("details-button").await?;
        window.find_css("[data-testid=gallery-open]").await?;
    }
    window.click("gallery-open").await?;
    window.find_css("[data-testid=gallery] [data-testid=gallery-item]").await?;
    let shown = async |count: usize| {
        until("what is on the shelf", async || (window.count("gallery-item").await.ok()? == count).then_some(())).await
    };
    shown(3).await?;
    looks_well(window, name).await?;
    for (place, seen) in [(2, "Letter.txt"), (3, "verona.example")] {
        window.find_css(&format!("[data-testid=gallery-tab]:nth-of-type({place})")).await?.click().await?;
        window.shows("gallery", seen).await?;
        looks_well(window, &format!("{name}-{place}")).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_chosen_sent_and_seen_by_keyboard() -> Result<()> {
    let scene = Scene::new().await?;
    let desktop = Desktop::builder().screen(1280, 820).start().await?;
    let picker = Picker::start(&desktop).await?;
    let folder = Folder::new("chosen")?;
    let chosen = folder.path().join("Chosen roses.png");
    std::fs::write(&chosen, clips::picture(PINK, 320, 200)?)?;
    picker.choose(&chosen);
    let window = talk(&scene, Open { desktop: Some(&desktop), ..USUAL }).await?;
    let hands = Hands(&window);
    hands.choose("[data-testid=attach]").await?;
    window.find_css("[data-testid=attach-files]").await?;
    looks_well(&window, "files-attach").await?;
    hands.key(Key::Enter).await?;
    picker.answered(1).await?;
    window.find("staged").await?;
    hands.reach("[data-testid=composer-input]").await?;
    window.keys("for you").await?;
    hands.key(Key::Enter).await?;
    let sent = scene.juliet.file_here(&scene.mira(), "Chosen roses.png").await?;
    ensure!(sent.width == Some(320), "{sent:?}");
    scene.juliet.message(&scene.mira(), "the words", |message| message.body == "for you").await?;
    window.find("file-picture").await?;
    window.press(&[Key::Shift.into(), Key::F6.into()]).await?;
    let message = "[data-testid=message]:has([data-testid=file-picture])";
    hands.reach("[data-testid=message], [data-testid=message] *").await?;
    up_to(&window, message).await?;
    hands.reach("[data-testid=file-picture]").await?;
    hands.key(Key::Enter).await?;
    window.find("viewer").await?;
    hands.key(Key::Escape).await?;
    window.gone("viewer").await?;
    hands.reach("[data-testid=file-picture]").await?;

    window.click("section-settings").await?;
    window.find_css("[data-testid=settings-item][data-page=files]").await?.click().await?;
    window.find("setting-receive").await?;
    looks_well(&window, "files-settings").await?;
    dress(&window, "dark").await?;
    looks_well(&window, "files-settings-dark").await?;
    window.close().await
}

/// Goes from message to message until one matches.
async fn up_to(window: &Window, css: &str) -> Result<()> {
    let at = "return !!document.activeElement?.closest(arguments[0])";
    until(&format!("the way to {css}"), async || {
        if window.script(at, vec![json!(css)]).await.ok()? == true {
            return Some(());
        }
        window.press(&[Key::Up.into()]).await.ok();
        None
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voice_message_is_spoken_and_sent() -> Result<()> {
    let sound = Sound::start().await?;
    let _speaking = sound.speak(500)?;
    let scene = Scene::new().await?;
    let window = talk(&scene, Open { sound: Some(&sound), ..USUAL }).await?;
    window.click("voice-record").await?;
    let louder = "return document.querySelector('[data-testid=voice] meter')?.value > 0.05";
    until("a voice to be seen", async || (window.script(louder, vec![]).await.ok()? == true).then_some(())).await?;
    window.shows("voice", "0:01").await?;
    looks_well(&window, "files-voice").await?;
    window.click("voice-stop").await?;
    window.find("staged").await?;
    looks_well(&window, "files-voice-tray").await?;
    window.press(&[Key::Enter.into()]).await?;
    let audio =
        |file: &waxwing_contract::File| file.kind == waxwing_contract::FileKind::Audio && file.state == FileState::Here;
    let (_, file) = scene.juliet.file_that(&scene.mira(), "what Mira said", audio).await?;
    let bytes = scene.juliet.read_file(&file).await?;
    ensure!(bytes.starts_with(b"OggS") && bytes.windows(8).any(|eight| eight == b"OpusHead"), "{file:?}");
    let folder = Folder::new("voice")?;
    let spoken = folder.path().join("voice.opus");
    std::fs::write(&spoken, &bytes)?;
    ensure!(decodes(&spoken)?, "{file:?} cannot be decoded");
    window.find_css("[data-testid=file-audio] [data-testid=file-play]").await?.click().await?;
    plays(&window, "[data-testid=file-audio] audio").await?;
    looks_well(&window, "files-voice-sent").await?;
    window.close().await
}

fn decodes(file: &Path) -> Result<bool> {
    let location = format!("location={}", file.display());
    let pipeline = ["-q", "filesrc", &location, "!", "oggdemux", "!", "opusdec", "!", "fakesink"];
    Ok(std::process::Command::new("gst-launch-1.0").args(pipeline).output()?.status.success())
}
