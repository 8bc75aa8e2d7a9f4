//! Video between two engines, over a way that is good or bad.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::cast_possible_truncation)]

mod call;
mod relay;

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::timeout;
use waxwing_jingle::Action;
use waxwing_media::codec::Codec;
use waxwing_media::sender::Sender;
use waxwing_media::video::{Content, Encoded, Feed, Outgoing, Picture};
use waxwing_vp8::Decoder;

use call::{Call, added};
use relay::{Badness, GOOD};

const RED: [u8; 3] = [82, 90, 240];
const BLUE: [u8; 3] = [41, 240, 110];

/// Noise that moves, so that it takes what bits there are, with a square of one colour in its middle.
fn picture(size: (usize, usize), at: usize, colour: [u8; 3]) -> Picture {
    let (width, height) = size;
    let noise = |at: usize| (at.wrapping_mul(2_654_435_761) >> 7) as u8;
    let mut bytes = Vec::with_capacity(width * height * 3 / 2);
    for y in 0..height {
        let inside = (height / 4..height * 3 / 4).contains(&y);
        let row = noise(y / 16 + at / 3);
        for x in 0..width {
            let square = inside && (width / 4..width * 3 / 4).contains(&x);
            bytes.push(if square { colour[0] } else { row.wrapping_add((((x + 5 * at) / 8) as u8).wrapping_mul(29)) });
        }
    }
    for colour in &colour[1..] {
        for y in 0..height / 2 {
            let inside = (height / 8..height * 3 / 8).contains(&y);
            for x in 0..width / 2 {
                let square = inside && (width / 8..width * 3 / 8).contains(&x);
                bytes.push(if square { *colour } else { 128 });
            }
        }
    }
    Picture::read(waxwing_media::video::Format::I420, width, height, None, &bytes).unwrap()
}

/// Thirty pictures a second, as a camera has it.
fn film(feed: Feed, size: (usize, usize), colour: [u8; 3]) -> tokio::task::JoinHandle<()> {
    tokio::task::spawn_blocking(move || {
        let some: Vec<_> = (0..30).map(|at| picture(size, at, colour)).collect();
        let begin = Instant::now();
        for at in 0.. {
            if feed.is_over() {
                return;
            }
            feed.put(some[at % some.len()].clone());
            let next = begin + Duration::from_millis(at as u64 * 33);
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    })
}

fn send(sender: &Sender, content: Content, size: (usize, usize), colour: [u8; 3]) -> Outgoing {
    let (outgoing, feed) = Outgoing::begin(sender.clone(), content, 1.0).unwrap();
    film(feed, size, colour);
    outgoing
}

fn video(senders: &[Sender]) -> &Sender {
    senders.iter().find(|sender| sender.codec() == Codec::Vp8).unwrap()
}

/// Someone who looks.
struct Viewer {
    frames: mpsc::Receiver<Encoded>,
    decoder: Decoder,
    begun: bool,
    last: i64,
    colour: [u8; 3],
}

impl Viewer {
    fn of(frames: mpsc::Receiver<Encoded>, colour: [u8; 3]) -> Self {
        Self { frames, decoder: Decoder::new(), begun: false, last: i64::MIN, colour }
    }

    /// Looks for a while; each picture's colour in the middle is as it was sent. How many there were, and the last one's size.
    async fn look(&mut self, time: Duration) -> (usize, (u32, u32)) {
        let (mut count, mut size) = (0, (0, 0));
        let end = Instant::now() + time;
        while let Ok(frame) = timeout(end.saturating_duration_since(Instant::now()), self.frames.recv()).await {
            let frame = frame.expect("the video goes on");
            assert!(self.begun || frame.key, "it begins with a key frame");
            assert!(frame.timestamp_us > self.last);
            (self.begun, self.last) = (true, frame.timestamp_us);
            let decoded = self.decoder.decode(&frame.data).expect("what is given out can be decoded");
            let Some(decoded) = decoded else { continue };
            assert_eq!((decoded.width, decoded.height), (frame.width, frame.height));
            let picture = Picture::from(decoded);
            let middle = picture.at(picture.width() / 2, picture.height() / 2);
            assert!(middle.iter().zip(self.colour).all(|(one, other)| one.abs_diff(other) < 25), "{middle:?}");
            (count, size) = (count + 1, (frame.width, frame.height));
        }
        (count, size)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn video_flows_and_is_what_was_sent() {
    let (mut call, hers, his) = Call::begin(&[Codec::Opus, Codec::Vp8], true).await;
    let hers = send(video(&hers), Content::Camera, (640, 360), RED);
    let his = send(video(&his), Content::Camera, (320, 240), BLUE);
    let (_, at_bob, frames) = call.bob.shown().await;
    let mut her_viewer = Viewer::of(frames, RED);
    let (_, _at_ann, frames) = call.ann.shown().await;
    let mut his_viewer = Viewer::of(frames, BLUE);
    call.ann.engine.lock().await.stats().await;
    let time = Duration::from_secs(4);
    let (her, him) = tokio::join!(her_viewer.look(time), his_viewer.look(time));
    assert!(her.0 > 50 && her.1 == (640, 360), "{her:?} of {:?}", hers.sent());
    assert!(him.0 > 50 && him.1 == (320, 240), "{him:?} of {:?}", his.sent());
    let seen = at_bob.seen();
    assert_eq!((seen.overrun, seen.size_changes, seen.counts.lost), (0, 0, 0), "{seen:?}");
    let stats = call.ann.engine.lock().await.stats().await;
    println!("{stats:?}\n{:?}\n{seen:?}", hers.sent());
    let (contents, stats) = &stats[0];
    assert_eq!(contents.len(), 2);
    assert!(stats.bitrate_out > 200_000.0 && stats.bitrate_in > 100_000.0, "{stats:?}");
    assert!(stats.lost_in < 0.01 && stats.lost_out < 0.01, "{stats:?}");
    let route = stats.route.expect("the way is known");
    assert!(!route.relayed && !route.ipv6);
    let trip = stats.round_trip.expect("the round trip is known");
    assert!(trip > Duration::from_millis(15) && trip < Duration::from_millis(200), "{trip:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_gap_a_key_frame_is_asked_for_and_comes() {
    let (mut call, hers, _) = Call::begin(&[Codec::Vp8], true).await;
    let hers = send(video(&hers), Content::Camera, (320, 240), RED);
    let (_, at_bob, frames) = call.bob.shown().await;
    let mut viewer = Viewer::of(frames, RED);
    viewer.look(Duration::from_secs(1)).await;
    let before = hers.sent().key_frames;
    call.relay.become_so(Badness { loss: 100, ..GOOD });
    viewer.look(Duration::from_millis(1500)).await;
    call.relay.become_so(GOOD);
    let (count, _) = viewer.look(Duration::from_secs(4)).await;
    let seen = at_bob.seen();
    println!("{seen:?} {:?}", hers.sent());
    assert!(count > 30, "{count}");
    assert!(seen.asked > 0 && hers.sent().key_frames > before, "{seen:?} {:?}", hers.sent());
    assert!(seen.freezes.count >= 1);
}

/// What is lost now and then is sent again, and nobody sees it.
#[tokio::test(flavor = "multi_thread")]
async fn a_few_losses_are_not_seen() {
    let (mut call, hers, _) = Call::begin(&[Codec::Vp8], true).await;
    call.relay.become_so(Badness { loss: 3, ..GOOD });
    let hers = send(video(&hers), Content::Camera, (320, 240), RED);
    let (_, at_bob, frames) = call.bob.shown().await;
    let mut viewer = Viewer::of(frames, RED);
    let (count, _) = viewer.look(Duration::from_secs(6)).await;
    let seen = at_bob.seen();
    println!("{seen:?} {:?}", hers.sent());
    assert!(count > 90, "{count} {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_way_makes_less_of_it() {
    let (mut call, hers, _) = Call::begin(&[Codec::Vp8], true).await;
    let link = std::sync::Arc::clone(video(&hers).link());
    let hers = send(video(&hers), Content::Camera, (640, 360), RED);
    let (_, at_bob, frames) = call.bob.shown().await;
    let mut viewer = Viewer::of(frames, RED);
    let (_, size) = viewer.look(Duration::from_secs(3)).await;
    assert_eq!(size, (640, 360), "{:?}", hers.sent());
    call.relay.become_so(Badness { rate: 250_000.0, queue: Duration::from_millis(400), ..GOOD });
    viewer.look(Duration::from_secs(8)).await;
    let (count, size) = viewer.look(Duration::from_secs(5)).await;
    let sent = hers.sent();
    println!("{:?} {sent:?}", at_bob.seen());
    assert!(sent.bitrate < 300_000, "{sent:?}");
    assert!(size.0 < 640 && count > 15, "{size:?} {count} {sent:?} {:?}", at_bob.seen());
    // And back again.
    call.relay.become_so(GOOD);
    viewer.look(Duration::from_secs(15)).await;
    let quality = link.quality(Instant::now());
    assert!(quality.target > 300_000, "{quality:?} {:?}", hers.sent());
}

#[tokio::test(flavor = "multi_thread")]
async fn other_ways_are_found_while_it_goes_on() {
    let (mut call, hers, _) = Call::begin(&[Codec::Opus, Codec::Vp8], true).await;
    let _hers = send(video(&hers), Content::Camera, (320, 240), RED);
    let (_, at_bob, frames) = call.bob.shown().await;
    let mut viewer = Viewer::of(frames, RED);
    viewer.look(Duration::from_secs(1)).await;
    for round in 0..3 {
        // Either side may begin, or both: then what he began is forgotten for hers.
        let (one, other) = if round == 1 { (&call.bob, &call.ann) } else { (&call.ann, &call.bob) };
        if round == 2 {
            other.engine.lock().await.restart().await.unwrap();
        }
        let asked = one.engine.lock().await.restart().await.unwrap();
        assert_eq!((asked.len(), asked[0].contents.len()), (1, 2));
        let (content, theirs) = (&asked[0].contents[0], &asked[0].credentials);
        let agreed = other.engine.lock().await.restarted(content, theirs, false).await.unwrap().unwrap();
        assert_ne!(agreed.credentials.ufrag, theirs.ufrag);
        let none = one.engine.lock().await.restarted(content, &agreed.credentials, true).await.unwrap();
        assert!(none.is_none());
        viewer.look(Duration::from_secs(2)).await;
        let (count, _) = viewer.look(Duration::from_secs(3)).await;
        println!("{count} {:?}", at_bob.seen());
        assert!(count > 30, "round {round}: {count} {:?}", at_bob.seen());
    }
}

/// A screen is shared in a call that goes on, by her, and then by him; with one way for all, and with one for each.
#[tokio::test(flavor = "multi_thread")]
async fn a_content_is_added_to_a_call() {
    for bundle in [true, false] {
        let (mut call, hers, _) = Call::begin(&[Codec::Opus, Codec::Vp8], bundle).await;
        let _hers = send(video(&hers), Content::Camera, (320, 240), RED);
        let (camera, _at_bob, frames) = call.bob.shown().await;
        let mut camera_viewer = Viewer::of(frames, RED);
        for round in 0..2 {
            let (one, other) = if round == 0 { (&call.ann, &mut call.bob) } else { (&call.bob, &mut call.ann) };
            let name = if round == 0 { "slides" } else { "more" };
            let (words, sender) = one.engine.lock().await.add(Codec::Vp8, name, Some("slides")).await.unwrap();
            let asked = added(Action::ContentAdd, words);
            assert_eq!((asked.len(), asked[0].name != camera), (1, true));
            assert_eq!(asked[0].rtp().unwrap().category.as_deref(), Some("slides"));
            let (words, none) = other.engine.lock().await.answer_added(&asked, &[Codec::Vp8]).await.unwrap();
            assert!(none.is_empty(), "they only look");
            let agreed = added(Action::ContentAccept, words);
            assert_eq!((agreed.len(), &agreed[0].name), (1, &asked[0].name));
            one.engine.lock().await.added(&agreed).await.unwrap();
            let _screen = send(&sender, Content::Screen, (480, 360), BLUE);
            let (slides, _at_other, frames) = other.shown().await;
            assert_eq!(slides, asked[0].name, "bundle {bundle}");
            let (count, size) = Viewer::of(frames, BLUE).look(Duration::from_secs(2)).await;
            assert!(count > 5 && size == (480, 360), "{count} {size:?}");
        }
        // The camera has gone on.
        let (count, _) = camera_viewer.look(Duration::from_secs(3)).await;
        assert!(count > 10, "{count}");
    }
}
