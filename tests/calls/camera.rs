//! Cameras of a real PipeWire: what they see is what is seen, and one that is taken away is missed.

use std::sync::mpsc;
use std::time::Instant;

use harness::devices::{BLUE, GREEN, RED};
use harness::pipewire::Film;
use harness::wait::SOON;
use harness::{PipeWire, Result, bail, ensure, until};
use waxwing_media::camera::pipewire::PipeWire as Eyes;
use waxwing_media::camera::{Camera, Cameras as _, Capture, Failure, Seen};
use waxwing_media::video::Picture;

const YUY2: &str = "video/x-raw,format=YUY2,width=640,height=360,framerate=30/1";
/// The colours of the same names as screens have them: red, green and blue.
const RED_LIGHT: [u8; 3] = [205, 19, 18];
pub const GREEN_LIGHT: [u8; 3] = [24, 215, 0];
const BLUE_LIGHT: [u8; 3] = [22, 37, 196];

fn red(caps: &'static str) -> Film {
    Film { name: "red", description: "A red camera", colour: RED_LIGHT, moves: false, caps }
}

fn eyes(pipewire: &PipeWire) -> Eyes {
    Eyes::new(Some(pipewire.socket()))
}

/// Waits until so many are there.
async fn listed(eyes: &Eyes, count: usize) -> Result<Vec<Camera>> {
    until("cameras to come and go", async || Some(eyes.list()).filter(|list| list.len() == count)).await
}

fn open(eyes: &Eyes, id: Option<&str>) -> Result<(Box<dyn Capture>, mpsc::Receiver<Seen>)> {
    let (give, seen) = mpsc::channel();
    let capture = eyes.open(id, Box::new(move |one| drop(give.send(one))))?;
    Ok((capture, seen))
}

/// Waits until a colour is seen, everywhere.
pub fn sees(seen: &mpsc::Receiver<Seen>, colour: [u8; 3]) -> Result<Picture> {
    let (end, mut last) = (Instant::now() + SOON, None);
    while Instant::now() < end {
        let Ok(Seen::Picture(picture)) = seen.recv_timeout(SOON) else { bail!("nothing is seen; before {last:?}") };
        let (width, height) = (picture.width(), picture.height());
        let places = [(0, 0), (width / 2, height / 2), (width - 1, height - 1)].map(|(x, y)| picture.at(x, y));
        if places.iter().all(|place| place.iter().zip(colour).all(|(seen, wanted)| seen.abs_diff(wanted) < 16)) {
            return Ok(picture);
        }
        last = Some(places);
    }
    bail!("{colour:?} is not seen, but {last:?}")
}

pub fn gone(seen: &mpsc::Receiver<Seen>) -> Result<()> {
    let end = Instant::now() + SOON;
    while Instant::now() < end {
        match seen.recv_timeout(SOON) {
            Ok(Seen::Gone) => return Ok(()),
            Ok(Seen::Picture(_)) => {}
            Err(error) => bail!("nothing is told: {error}"),
        }
    }
    bail!("it goes on")
}

/// Waits until nothing can come any more.
pub fn silent(seen: &mpsc::Receiver<Seen>) -> Result<()> {
    let end = Instant::now() + SOON;
    loop {
        match seen.recv_timeout(SOON) {
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
            Ok(Seen::Picture(_)) if Instant::now() < end => {}
            other => bail!("it goes on with {other:?}"),
        }
    }
}

#[tokio::test]
async fn without_a_camera_none_is_listed() -> Result<()> {
    let pipewire = PipeWire::start().await?;
    let eyes = eyes(&pipewire);
    ensure!(eyes.find()?.is_empty(), "{:?}", eyes.find());
    ensure!(matches!(open(&eyes, None), Err(error) if error.to_string().contains("there is no camera")));
    Ok(())
}

#[tokio::test]
async fn without_pipewire_it_says_so() -> Result<()> {
    let mut pipewire = PipeWire::start().await?;
    let eyes = eyes(&pipewire);
    pipewire.kill();
    let Err(Failure::Unseen(words)) = eyes.find() else { bail!("{:?}", eyes.find()) };
    ensure!(!words.is_empty() && eyes.list().is_empty(), "{words}");
    Ok(())
}

#[tokio::test]
async fn each_camera_sees_its_colour() -> Result<()> {
    let pipewire = PipeWire::start().await?;
    let eyes = eyes(&pipewire);
    let _red = pipewire.film(&red(YUY2)).await?;
    listed(&eyes, 1).await?;
    let _blue = pipewire
        .film(&Film { name: "blue", description: "Blau", colour: BLUE_LIGHT, moves: false, caps: YUY2 })
        .await?;
    let list = listed(&eyes, 2).await?;
    ensure!(list.contains(&Camera { id: "red".into(), name: "A red camera".into() }), "{list:?}");
    ensure!(list.contains(&Camera { id: "blue".into(), name: "Blau".into() }), "{list:?}");
    let usual = if list[0].id == "red" { RED } else { BLUE };
    for (id, colour) in [(Some("blue"), BLUE), (Some("red"), RED), (None, usual)] {
        let (_capture, seen) = open(&eyes, id)?;
        let picture = sees(&seen, colour)?;
        ensure!((picture.width(), picture.height()) == (640, 360));
    }
    ensure!(matches!(eyes.open(Some("green"), Box::new(drop)), Err(Failure::Gone)));
    Ok(())
}

/// Each way in which cameras give pictures.
#[tokio::test]
async fn all_formats_are_seen() -> Result<()> {
    let pipewire = PipeWire::start().await?;
    let eyes = eyes(&pipewire);
    // What is large has other colours by default; cameras give those of BT.601 whatever the size.
    for caps in [
        "video/x-raw,format=I420,width=640,height=480,framerate=30/1",
        "video/x-raw,format=NV12,width=1280,height=720,framerate=30/1,colorimetry=bt601",
        "video/x-raw,format=BGRx,width=640,height=360,framerate=30/1",
        "video/x-raw,format=RGBA,width=642,height=362,framerate=25/1",
        // Larger, smaller and rarer than is asked for first.
        "video/x-raw,format=YUY2,width=1920,height=1080,framerate=5/1,colorimetry=bt601",
        "video/x-raw,format=YUY2,width=160,height=120,framerate=15/1",
        "image/jpeg,width=640,height=480,framerate=30/1",
    ] {
        let film = Film { name: "green", description: "Green", colour: GREEN_LIGHT, moves: false, caps };
        let camera = pipewire.film(&film).await?;
        listed(&eyes, 1).await?;
        let (_capture, seen) = open(&eyes, Some("green"))?;
        let picture = sees(&seen, GREEN).map_err(|error| error.context(caps))?;
        let size = format!("width={},height={}", picture.width(), picture.height());
        ensure!(caps.contains(&size), "{size} of {caps}");
        drop(camera);
        gone(&seen)?;
        listed(&eyes, 0).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_camera_that_is_taken_away_is_missed() -> Result<()> {
    let mut pipewire = PipeWire::start().await?;
    let eyes = eyes(&pipewire);
    let red = red(YUY2);
    for _ in 0..3 {
        let camera = pipewire.film(&red).await?;
        listed(&eyes, 1).await?;
        let (_capture, seen) = open(&eyes, Some("red"))?;
        sees(&seen, RED)?;
        drop(camera);
        gone(&seen)?;
        listed(&eyes, 0).await?;
    }
    let _camera = pipewire.film(&red).await?;
    listed(&eyes, 1).await?;
    let (_capture, seen) = open(&eyes, None)?;
    sees(&seen, RED)?;
    pipewire.kill();
    gone(&seen)
}

/// Nothing comes any more, and what held the camera is let go.
#[tokio::test]
async fn who_no_longer_looks_sees_nothing() -> Result<()> {
    let pipewire = PipeWire::start().await?;
    let eyes = eyes(&pipewire);
    let _camera = pipewire.film(&red(YUY2)).await?;
    listed(&eyes, 1).await?;
    for _ in 0..5 {
        let (capture, seen) = open(&eyes, None)?;
        sees(&seen, RED)?;
        drop(capture);
        silent(&seen)?;
    }
    Ok(())
}

/// What a picture costs, in all threads of ours. Run with `-- --ignored --nocapture`.
#[tokio::test]
#[ignore = "a measurement"]
async fn how_much_a_picture_takes() -> Result<()> {
    let pipewire = PipeWire::start().await?;
    let eyes = eyes(&pipewire);
    for caps in [
        "video/x-raw,format=YUY2,width=640,height=480,framerate=30/1",
        "video/x-raw,format=YUY2,width=1280,height=720,framerate=30/1",
        "video/x-raw,format=NV12,width=1280,height=720,framerate=30/1",
        "video/x-raw,format=BGRx,width=1280,height=720,framerate=30/1",
        "image/jpeg,width=1280,height=720,framerate=30/1",
    ] {
        let film = Film { name: "green", description: "Green", colour: GREEN_LIGHT, moves: false, caps };
        let camera = pipewire.film(&film).await?;
        listed(&eyes, 1).await?;
        let (_capture, seen) = open(&eyes, None)?;
        seen.recv_timeout(SOON)?;
        let (began, before) = (Instant::now(), worked()?);
        for _ in 0..150 {
            seen.recv_timeout(SOON)?;
        }
        let rate = 150.0 / began.elapsed().as_secs_f64();
        println!("{caps}: {rate:.1} a second, {:.2} ms each", (worked()? - before) / 150.0);
        drop(camera);
        listed(&eyes, 0).await?;
    }
    Ok(())
}

/// Milliseconds that all threads have worked so far.
fn worked() -> Result<f64> {
    let mut sum = 0.0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let said = std::fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
        sum += said.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0);
    }
    Ok(sum / 1e6)
}
