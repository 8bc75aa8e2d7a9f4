//! Screens that a desktop shows by its portal: what it shows is what is seen, and what is refused or taken away is missed. The
//! desktop answers while a test waits, so that is in other threads.

use std::sync::mpsc;

use harness::devices::GREEN;
use harness::pipewire::Film;
use harness::{Bus, Child, PipeWire, Portal, Result, bail, ensure, until};
use waxwing_media::screen::portal::Portal as Screens;
use waxwing_media::screen::{Capture, Failure, Id, Screens as _, Seen};

use crate::camera::{GREEN_LIGHT, gone, sees, silent};

const SCREEN: Film = Film {
    name: "screen",
    description: "A screen",
    colour: GREEN_LIGHT,
    moves: false,
    caps: "video/x-raw,format=BGRx,width=1366,height=768,framerate=10/1",
};

fn screens(bus: &Bus) -> Screens {
    Screens::new(Some(bus.address.clone()))
}

fn look(screens: &Screens) -> Result<(Box<dyn Capture>, mpsc::Receiver<Seen>)> {
    let (give, seen) = mpsc::channel();
    let capture = screens.capture(Id::Asked, 15, Box::new(move |one| drop(give.send(one))))?;
    Ok((capture, seen))
}

/// A desktop with a screen, that a person has agreed to show.
async fn shown(pipewire: &PipeWire) -> Result<(Child, Portal)> {
    let screen = pipewire.film(&SCREEN).await?;
    let node = until("a screen in the graph", async || pipewire.number(SCREEN.name)).await?;
    Ok((screen, Portal::start(pipewire, Some(node)).await?))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_screen_is_seen_until_nobody_looks() -> Result<()> {
    let pipewire = PipeWire::start().await?;
    let (_screen, portal) = shown(&pipewire).await?;
    let screens = screens(pipewire.bus());
    let list = screens.list()?;
    ensure!(list.len() == 1 && list[0].id == Id::Asked, "{list:?}");
    for _ in 0..2 {
        let (capture, seen) = look(&screens)?;
        let picture = sees(&seen, GREEN)?;
        ensure!((picture.width(), picture.height()) == (1366, 768), "{} {}", picture.width(), picture.height());
        ensure!(portal.shows_pointer() && portal.sessions() == 1);
        drop(capture);
        silent(&seen)?;
        until("the session to be closed", async || (portal.sessions() == 0).then_some(())).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_longer_shown_is_missed() -> Result<()> {
    let pipewire = PipeWire::start().await?;
    let (screen, mut portal) = shown(&pipewire).await?;
    let screens = screens(pipewire.bus());
    // Who showed it stops.
    let (_capture, seen) = look(&screens)?;
    sees(&seen, GREEN)?;
    portal.stop().await?;
    gone(&seen)?;
    silent(&seen)?;
    // The portal ends.
    let (_capture, seen) = look(&screens)?;
    sees(&seen, GREEN)?;
    portal.kill();
    gone(&seen)?;
    drop(portal);
    // The screen is unplugged.
    let node = until("the screen", async || pipewire.number(SCREEN.name)).await?;
    let _portal = Portal::start(&pipewire, Some(node)).await?;
    let (_capture, seen) = look(&screens)?;
    sees(&seen, GREEN)?;
    drop(screen);
    gone(&seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_not_shown() -> Result<()> {
    let pipewire = PipeWire::start().await?;
    let _portal = Portal::start(&pipewire, None).await?;
    let (_capture, seen) = look(&screens(pipewire.bus()))?;
    let first = seen.recv_timeout(harness::wait::SOON)?;
    ensure!(first == Seen::Gone, "{first:?}");
    silent(&seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_portal_it_says_so() -> Result<()> {
    let bus = Bus::start()?;
    let Err(Failure::Unseen(words)) = screens(&bus).list() else { bail!("a portal of nobody") };
    ensure!(words.contains("the desktop has no portal for screens"), "{words}");
    let (_capture, seen) = look(&screens(&bus))?;
    gone(&seen)?;
    let nowhere = Screens::new(Some("unix:path=/nowhere".into()));
    let Err(Failure::Unseen(words)) = nowhere.list() else { bail!("a bus of nobody") };
    ensure!(words.contains("there is no session bus"), "{words}");
    Ok(())
}
