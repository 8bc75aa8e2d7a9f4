//! Screens of a Wayland desktop, by its real portal: what it shows is what is seen, and what is refused or taken away is
//! missed.

use std::sync::mpsc;

use harness::devices::GREEN;
use harness::wayland::Consent;
use harness::{Bus, PipeWire, Result, Wayland, bail, ensure};
use waxwing_media::screen::portal::Portal;
use waxwing_media::screen::{Capture, Failure, Id, Screens as _, Seen};

use crate::camera::{GREEN_LIGHT, gone, sees, silent};

fn portal(bus: &Bus) -> Portal {
    Portal::new(Some(bus.address.clone()))
}

fn look(portal: &Portal) -> Result<(Box<dyn Capture>, mpsc::Receiver<Seen>)> {
    let (give, seen) = mpsc::channel();
    let capture = portal.capture(Id::Asked, 15, Box::new(move |one| drop(give.send(one))))?;
    Ok((capture, seen))
}

#[tokio::test]
async fn the_screen_is_seen_until_nobody_looks() -> Result<()> {
    let pipewire = PipeWire::start().await?;
    let _desktop = Wayland::start(&pipewire, GREEN_LIGHT, Consent::Given).await?;
    let portal = portal(pipewire.bus());
    let list = portal.list()?;
    ensure!(list.len() == 1 && list[0].id == Id::Asked, "{list:?}");
    for _ in 0..2 {
        let (capture, seen) = look(&portal)?;
        let picture = sees(&seen, GREEN)?;
        ensure!((picture.width(), picture.height()) == (1280, 720), "{} {}", picture.width(), picture.height());
        // It does not change, and is told all the same.
        sees(&seen, GREEN)?;
        drop(capture);
        silent(&seen)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_desktop_that_ends_is_missed() -> Result<()> {
    let pipewire = PipeWire::start().await?;
    let mut desktop = Wayland::start(&pipewire, GREEN_LIGHT, Consent::Given).await?;
    let portal = portal(pipewire.bus());
    let (_capture, seen) = look(&portal)?;
    sees(&seen, GREEN)?;
    desktop.kill();
    gone(&seen)
}

#[tokio::test]
async fn a_portal_that_ends_is_missed() -> Result<()> {
    let pipewire = PipeWire::start().await?;
    let mut desktop = Wayland::start(&pipewire, GREEN_LIGHT, Consent::Given).await?;
    let portal = portal(pipewire.bus());
    let (_capture, seen) = look(&portal)?;
    sees(&seen, GREEN)?;
    desktop.kill_portal();
    gone(&seen)
}

#[tokio::test]
async fn what_is_refused_is_not_shown() -> Result<()> {
    let pipewire = PipeWire::start().await?;
    let _desktop = Wayland::start(&pipewire, GREEN_LIGHT, Consent::Refused).await?;
    let portal = portal(pipewire.bus());
    let (_capture, seen) = look(&portal)?;
    let first = seen.recv_timeout(harness::wait::SOON)?;
    ensure!(first == Seen::Gone, "{first:?}");
    Ok(())
}

#[tokio::test]
async fn without_a_portal_it_says_so() -> Result<()> {
    let bus = Bus::start()?;
    let Err(Failure::Unseen(words)) = portal(&bus).list() else { bail!("a portal of nobody") };
    ensure!(words.contains("the desktop has no portal for screens"), "{words}");
    let (_capture, seen) = look(&portal(&bus))?;
    gone(&seen)?;
    let nowhere = Portal::new(Some("unix:path=/nowhere".into()));
    let Err(Failure::Unseen(words)) = nowhere.list() else { bail!("a bus of nobody") };
    ensure!(words.contains("there is no session bus"), "{words}");
    Ok(())
}
