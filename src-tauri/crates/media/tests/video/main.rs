//! Video between two engines, over a way that is good or bad.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::cast_possible_truncation)]

mod call;
mod relay;

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
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
    for plane in 1..3 {
        for y in 0..height / 2 {
            let inside = (height / 8..height * 3 / 8).contains(&y);
            for x in 0..width / 2 {
                let square = inside && (width / 8..width * 3 / 8).contains(&x);
                bytes.push(if square { colour[plane] } else { 128 });
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

/// Decodes for a while; each picture's colour in the middle is as it was sent. How many there were, and the last one's size.
async fn watch(frames: &mut mpsc::Receiver<Encoded>, time: Duration, colour: [u8; 3]) -> (usize, (u32, u32)) {
    let (mut decoder, mut count, mut size) = (Decoder::new(), 0, (0, 0));
    let end = Instant::now() + time;
    let mut last = i64::MIN;
    while let Ok(frame) = timeout(end.saturating_duration_since(Instant::now()), frames.recv()).await {
        let frame = frame.expect("the video goes on");
        if count == 0 && !frame.key {
            // Watched from somewhere on.
            continue;
        }
        assert!(frame.timestamp_us > last);
        last = frame.timestamp_us;
        let Some(decoded) = decoder.decode(&frame.data).expect("what is given out can be decoded") else { continue };
        assert_eq!((decoded.width, decoded.height), (frame.width, frame.height));
        let picture = Picture::from(decoded);
        let middle = picture.at(picture.width() / 2, picture.height() / 2);
        assert!(middle.iter().zip(colour).all(|(one, other)| one.abs_diff(other) < 25), "{middle:?}");
        (count, size) = (count + 1, (frame.width, frame.height));
    }
    (count, size)
}

#[tokio::test(flavor = "multi_thread")]
async fn video_flows_and_is_what_was_sent() {
    let (mut call, hers, his) = Call::begin(&[Codec::Opus, Codec::Vp8], true).await;
    let hers = send(video(&hers), Content::Camera, (640, 360), RED);
    let his = send(video(&his), Content::Camera, (320, 240), BLUE);
    let (_, at_bob, mut her_frames) = call.bob.shown().await;
    let (_, _at_ann, mut his_frames) = call.ann.shown().await;
    call.ann.engine.lock().await.stats().await;
    let time = Duration::from_secs(4);
    let (her, him) = tokio::join!(watch(&mut her_frames, time, RED), watch(&mut his_frames, time, BLUE));
    assert!(her.0 > 90 && her.1 == (640, 360), "{her:?} of {:?}", hers.sent());
    assert!(him.0 > 90 && him.1 == (320, 240), "{him:?} of {:?}", his.sent());
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
    let (_, at_bob, mut frames) = call.bob.shown().await;
    watch(&mut frames, Duration::from_secs(1), RED).await;
    let before = hers.sent().key_frames;
    call.relay.become_so(Badness { loss: 100, ..GOOD });
    watch(&mut frames, Duration::from_millis(1500), RED).await;
    call.relay.become_so(GOOD);
    let (count, _) = watch(&mut frames, Duration::from_secs(4), RED).await;
    let seen = at_bob.seen();
    println!("{seen:?} {:?}", hers.sent());
    assert!(count > 60, "{count}");
    assert!(seen.asked > 0 && hers.sent().key_frames > before, "{seen:?} {:?}", hers.sent());
    assert!(seen.freezes.count >= 1);
}

/// What is lost now and then is sent again, and nobody sees it.
#[tokio::test(flavor = "multi_thread")]
async fn a_few_losses_are_not_seen() {
    let (mut call, hers, _) = Call::begin(&[Codec::Vp8], true).await;
    call.relay.become_so(Badness { loss: 3, ..GOOD });
    let hers = send(video(&hers), Content::Camera, (320, 240), RED);
    let (_, at_bob, mut frames) = call.bob.shown().await;
    let (count, _) = watch(&mut frames, Duration::from_secs(6), RED).await;
    let seen = at_bob.seen();
    println!("{seen:?} {:?}", hers.sent());
    assert!(count > 140, "{count} {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_way_makes_less_of_it() {
    let (mut call, hers, _) = Call::begin(&[Codec::Vp8], true).await;
    let link = video(&hers).link().clone();
    let hers = send(video(&hers), Content::Camera, (1280, 720), RED);
    let (_, at_bob, mut frames) = call.bob.shown().await;
    let (_, size) = watch(&mut frames, Duration::from_secs(3), RED).await;
    assert_eq!(size, (1280, 720), "{:?}", hers.sent());
    let narrow = Badness { rate: 450_000.0, queue: Duration::from_millis(400), ..GOOD };
    call.relay.become_so(narrow);
    let link = link.clone();
    let debug = tokio::spawn(async move {
        loop {
            sleep(Duration::from_millis(500)).await;
            println!("{:?}", link.quality(Instant::now()));
        }
    });
    watch(&mut frames, Duration::from_secs(6), RED).await;
    let (count, size) = watch(&mut frames, Duration::from_secs(5), RED).await;
    println!("{:?} {:?}", at_bob.seen(), hers.sent());
    let sent = hers.sent();
    assert!(sent.bitrate < 500_000, "{sent:?}");
    assert!(size.0 < 1280 && count > 50, "{size:?} {count} {sent:?} {:?}", at_bob.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn other_ways_are_found_while_it_goes_on() {
    let (mut call, hers, _) = Call::begin(&[Codec::Opus, Codec::Vp8], true).await;
    let _hers = send(video(&hers), Content::Camera, (320, 240), RED);
    let (_, at_bob, mut frames) = call.bob.shown().await;
    watch(&mut frames, Duration::from_secs(1), RED).await;
    for round in 0..2 {
        // Either side may begin.
        let (one, other) = if round == 0 { (&call.ann, &call.bob) } else { (&call.bob, &call.ann) };
        let asked = one.engine.lock().await.restart().await.unwrap();
        assert_eq!((asked.len(), asked[0].contents.len()), (1, 2));
        let (content, theirs) = (&asked[0].contents[0], &asked[0].credentials);
        let agreed = other.engine.lock().await.restarted(content, theirs, false).await.unwrap().unwrap();
        assert_ne!(agreed.credentials.ufrag, theirs.ufrag);
        let none = one.engine.lock().await.restarted(content, &agreed.credentials, true).await.unwrap();
        assert!(none.is_none());
        watch(&mut frames, Duration::from_secs(2), RED).await;
        let (count, _) = watch(&mut frames, Duration::from_secs(3), RED).await;
        println!("{count} {:?}", at_bob.seen());
        at_bob.request_key();
        assert!(count > 0 || at_bob.seen().rate > 20.0, "round {round}: {count} {:?}", at_bob.seen());
    }
}

/// A screen is shared in a call that goes on, by her, and then by him; with one way for all, and with one for each.
#[tokio::test(flavor = "multi_thread")]
async fn a_content_is_added_to_a_call() {
    for bundle in [true, false] {
        let (mut call, hers, _) = Call::begin(&[Codec::Opus, Codec::Vp8], bundle).await;
        let _hers = send(video(&hers), Content::Camera, (320, 240), RED);
        let (camera, _at_bob, mut her_frames) = call.bob.shown().await;
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
            let (slides, _at_other, mut frames) = other.shown().await;
            assert_eq!(slides, asked[0].name, "bundle {bundle}");
            let (count, size) = watch(&mut frames, Duration::from_secs(2), BLUE).await;
            assert!(count > 15 && size == (480, 360), "{count} {size:?}");
        }
        // The camera has gone on.
        let (count, _) = watch(&mut her_frames, Duration::from_millis(500), RED).await;
        assert!(count > 5 || bundle, "{count}");
        sleep(Duration::from_millis(50)).await;
    }
}
