//! Calls between two real windows, beside the same between two Dinos: what a minute of a call with video takes of the
//! processor, and how soon a picture is painted.

use std::path::Path;
use std::time::{Duration, Instant};

use harness::calling::server;
use harness::paths::Folder;
use harness::pipewire::{Film, PipeWire};
use harness::{At, Child, Dino, Headless, Prosody, Result, Sound, Window, ensure, headless, paths, patiently};

use super::{BENCH, median};
use crate::{figure, processes};

const MINUTE: Duration = Duration::from_secs(60);
/// It finds its rate first.
const SETTLING: Duration = Duration::from_secs(10);
const ROUNDS: usize = 3;

/// Somebody with a window, a microphone and a camera of 640 × 360.
pub struct Person {
    pub window: Window,
    _speaking: harness::sound::Playing,
    _film: Child,
    _cameras: PipeWire,
    _sound: Sound,
    _data: Folder,
}

impl Person {
    pub async fn open(server: &Prosody, user: &str, hertz: u32, colour: [u8; 3]) -> Result<Self> {
        let (sound, cameras) = (Sound::start().await?, PipeWire::start().await?);
        let speaking = sound.speak(hertz)?;
        let caps = "video/x-raw,format=I420,width=640,height=360,framerate=30/1";
        let film = cameras.film(&Film { name: "camera", description: "The camera", colour, moves: true, caps }).await?;
        let data = headless::signed_in(&At::prosody(server, user)?, &server.certificate).await?;
        let text = |path: &Path| path.display().to_string();
        let arguments = ["--data", &text(data.path()), "--secrets", &text(&data.path().join("secrets.json"))];
        let window = Window::of(paths::beside("waxwing")?).args(&arguments).screen(1280, 820);
        let window = window.env("PULSE_SERVER", &sound.address());
        let window = window.env("PIPEWIRE_REMOTE", &text(&cameras.socket())).open().await?;
        window.find_css("[data-testid=presence-button][data-show=online]").await?;
        Ok(Self { window, _speaking: speaking, _film: film, _cameras: cameras, _sound: sound, _data: data })
    }

    /// Pictures of the other side that were painted so far.
    pub async fn painted(&self) -> Result<u64> {
        let count = "return +(document.querySelector('[data-of=theirCamera]')?.dataset.painted ?? 0)";
        Ok(self.window.script(count, vec![]).await?.as_u64().unwrap_or_default())
    }
}

pub async fn run() -> Result<()> {
    let (mut ours, mut dinos, mut painted) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (cpu, first) = windows().await?;
        ours.push(cpu);
        painted.push(first);
        dinos.push(both_dinos().await?);
    }
    let worst = painted.iter().copied().fold(0.0, f64::max);
    let case = "two windows, 640 × 360";
    figure(
        BENCH,
        case,
        "the first picture painted after taking the call, at the latest",
        worst,
        "ms",
        Some(("<= 1000", worst <= 1000.0)),
    );
    let (ours, dinos) = (median(&mut ours), median(&mut dinos));
    figure(BENCH, case, "processor of both, of a minute, median", ours, "s", None);
    figure(BENCH, "two Dinos, 640 × 360", "processor of both, of a minute, median", dinos, "s", None);
    let share = ours / dinos;
    figure(BENCH, case, "processor against Dino", share, "", Some(("<= 0.8", share <= 0.8)));
    Ok(())
}

/// Seconds of the processor, and milliseconds to the first picture.
async fn windows() -> Result<(f64, f64)> {
    let server = server().await?;
    let before = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
    before.say(&server.jid("mira"), "Call me").await?;
    before.app.close().await;
    let mira = Person::open(&server, "mira", 500, [0, 0, 220]).await?;
    let juliet = Person::open(&server, "juliet", 900, [220, 0, 0]).await?;
    mira.window.click("conversation-row").await?;
    mira.window.click("call-start-video").await?;
    juliet.window.find("call-accept-video").await?;
    // By the page's own clock: a driver's question takes its time.
    let watch = "const seen = new MutationObserver(() => { \
                   if (window.painted === undefined && document.querySelector('[data-of=theirCamera]')?.dataset.painted > 0) \
                     window.painted = performance.now() - window.taken; \
                 }); \
                 seen.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-painted'] }); \
                 window.taken = performance.now(); \
                 document.querySelector('[data-testid=call-accept-video]').click();";
    juliet.window.script(watch, vec![]).await?;
    let first = patiently(Duration::from_secs(20), "a first picture", async || {
        juliet.window.script("return window.painted ?? null", vec![]).await.ok()?.as_f64()
    });
    let first = first.await?;
    mira.window
        .find_css("[data-testid=call-bar][data-phase=active], [data-testid=call-stage][data-phase=active]")
        .await?;
    if mira.window.count("call-to-stage").await? > 0 {
        mira.window.click("call-to-stage").await?;
    }
    tokio::time::sleep(SETTLING).await;
    let of = |person: &Person| person.window.processes();
    let (before, began) = ((mira.painted().await?, juliet.painted().await?), Instant::now());
    let all = [of(&mira), of(&juliet)].concat();
    let spent = processes::cpu(&all)?;
    tokio::time::sleep(MINUTE).await;
    let spent = processes::cpu(&all)? - spent;
    let seconds = began.elapsed().as_secs_f64();
    for (who, before, now) in [("Mira", before.0, mira.painted().await?), ("Juliet", before.1, juliet.painted().await?)]
    {
        let rate = (now - before) as f64 / seconds;
        figure(BENCH, "two windows, 640 × 360", &format!("pictures a second that {who} saw"), rate, "", None);
        ensure!(rate > 20.0, "{who} saw but {rate} pictures a second");
    }
    juliet.window.close().await?;
    mira.window.close().await?;
    Ok((spent.as_secs_f64(), first))
}

async fn both_dinos() -> Result<f64> {
    let server = server().await?;
    let mira = Dino::sign_in(&server, "mira", 500, 0x00_00_dc).await?;
    let juliet = Dino::sign_in(&server, "juliet", 900, 0xdc_00_00).await?;
    mira.call(&server.jid("juliet"), true).await?;
    juliet.take().await?;
    juliet.sees("blue", |[red, _, blue]| blue > 100 && blue / 2 > red).await?;
    mira.sees("red", |[red, _, blue]| red > 100 && red / 2 > blue).await?;
    tokio::time::sleep(SETTLING).await;
    let all = [processes::tree(mira.process())?, processes::tree(juliet.process())?].concat();
    let spent = processes::cpu(&all)?;
    tokio::time::sleep(MINUTE).await;
    let spent = processes::cpu(&all)? - spent;
    Ok(spent.as_secs_f64())
}
