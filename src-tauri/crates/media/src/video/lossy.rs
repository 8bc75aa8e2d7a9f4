//! Two of our own engines over a way that loses some packets and takes its time, and what is seen at either end.

#![allow(clippy::print_stdout, clippy::cast_possible_truncation)]

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use waxwing_jingle::content::Creator;
use waxwing_jingle::rtp::Media;

use super::{Content, Format, Incoming, Link, Outgoing, Picture, Seen};
use crate::codec::{Codec, media_of};
use crate::connection::{Event, Ways};
use crate::engine::Engine;
use crate::sender::Sender;

const SIZE: (usize, usize) = (640, 360);

/// What a way does to packets, in each direction.
#[derive(Clone, Copy)]
struct Weather {
    /// Of a thousand.
    lost: u64,
    delay: Duration,
}

/// A socket for each side, that is taken for the other side's.
struct Way {
    faces: [Arc<UdpSocket>; 2],
    /// Where each side really is.
    sides: [Arc<OnceLock<SocketAddr>>; 2],
    _carrying: JoinSet<()>,
}

impl Way {
    async fn open(weather: Weather) -> Self {
        let face = async || Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let faces = [face().await, face().await];
        let sides: [Arc<OnceLock<SocketAddr>>; 2] = Default::default();
        let mut carrying = JoinSet::new();
        for from in 0..2 {
            let (face, back) = (Arc::clone(&faces[from]), Arc::clone(&faces[1 - from]));
            let to = Arc::clone(&sides[1 - from]);
            let (put, mut taken) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
            carrying.spawn(async move {
                let (mut buffer, mut chance) = (vec![0; 2048], from as u64 + 1);
                while let Ok(size) = face.recv(&mut buffer).await {
                    chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    if (chance >> 33) % 1000 >= weather.lost {
                        let _ = put.send((Instant::now() + weather.delay, buffer[..size].to_vec()));
                    }
                }
            });
            carrying.spawn(async move {
                while let Some((due, packet)) = taken.recv().await {
                    sleep_until(due).await;
                    if let Some(to) = to.get() {
                        let _ = back.send_to(&packet, to).await;
                    }
                }
            });
        }
        Self { faces, sides, _carrying: carrying }
    }
}

/// What one side sends and sees.
struct Side {
    engine: Engine,
    incoming: Incoming,
    outgoing: Outgoing,
    link: Arc<Link>,
    _working: JoinSet<()>,
}

/// A pattern that moves, and that is never quite the same.
fn picture(frame: u32) -> Picture {
    let (width, height) = SIZE;
    let mut noise = frame.wrapping_mul(2_654_435_761) | 1;
    let mut bytes = Vec::with_capacity(width * height * 3 / 2);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = ((x + frame as usize * 3) / 9, (y + frame as usize) / 7);
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            let pattern = (u * 31 + v * 57 + u * v * 5) % 128;
            bytes.push(u8::try_from(pattern + 60).unwrap() + (noise % 6) as u8);
        }
    }
    bytes.resize(width * height * 3 / 2, 120);
    Picture::read(Format::I420, width, height, None, &bytes).unwrap()
}

/// Connects both over this way, and lets them film and speak.
async fn call(way: &Way) -> [Side; 2] {
    let ways = Ways { addresses: vec!["127.0.0.1:0".into()], ..Ways::default() };
    let (mut ann, her_events) = Engine::new(ways.clone(), Creator::Initiator).unwrap();
    let (mut bob, his_events) = Engine::new(ways, Creator::Responder).unwrap();
    let codecs = [Codec::Opus, Codec::Vp8];
    let (offer, hers) = ann.offer(&codecs, true).await.unwrap();
    let (answer, his) = bob.answer(&offer, &codecs).await.unwrap();
    ann.answered(&answer).await.unwrap();
    let content = offer.contents[0].name.clone();
    let (her_work, his_work) = (film(hers), film(his));
    let both = async {
        tokio::join!(meet(&ann, her_events, &bob, &content, way, 0), meet(&bob, his_events, &ann, &content, way, 1))
    };
    let (her_picture, his_picture) = timeout(Duration::from_secs(20), both).await.expect("they connect");
    let side = |engine: Engine, incoming, (outgoing, link, working)| Side {
        engine,
        incoming,
        outgoing,
        link,
        _working: working,
    };
    [side(ann, her_picture, her_work), side(bob, his_picture, his_work)]
}

fn film(senders: Vec<Sender>) -> (Outgoing, Arc<Link>, JoinSet<()>) {
    let mut working = JoinSet::new();
    let [sound, video]: [Sender; 2] = senders.try_into().ok().expect("sound and video");
    let link = Arc::clone(video.link());
    working.spawn(async move {
        let mut clock = tokio::time::interval(Duration::from_millis(20));
        loop {
            clock.tick().await;
            let _ = sound.send(Bytes::from_static(&[7; 80]), Duration::from_millis(20)).await;
        }
    });
    let (outgoing, feed) = Outgoing::begin(video, Content::Camera, 1.0).unwrap();
    working.spawn(async move {
        let mut clock = tokio::time::interval(Duration::from_micros(33_333));
        let pictures: Vec<_> = (0..90).map(picture).collect();
        for at in 0.. {
            clock.tick().await;
            // Forth and back, so that it is never cut.
            let at = at % 178;
            feed.put(pictures[if at < 90 { at } else { 178 - at }].clone());
        }
    });
    (outgoing, link, working)
}

/// Tells the other side of our places, as the way's, until there is a picture.
async fn meet(
    own: &Engine,
    mut events: mpsc::Receiver<(usize, Event)>,
    other: &Engine,
    content: &str,
    way: &Way,
    side: usize,
) -> Incoming {
    loop {
        let told = own.told(events.recv().await.expect("the call goes on"));
        match told.event {
            Event::Candidate { mut candidate, credentials } => {
                let _ = way.sides[side].set(SocketAddr::new(candidate.address, candidate.port));
                candidate.port = way.faces[1 - side].local_addr().unwrap().port();
                other.candidate(content, &candidate, Some(&credentials.ufrag)).await.unwrap();
            }
            Event::Incoming(track) if media_of(track.as_ref()).await == Media::Video => {
                let link = own.link(&told.contents[0]).expect("its link");
                let (incoming, mut frames) = Incoming::begin(track, link);
                tokio::spawn(async move { while frames.recv().await.is_some() {} });
                tokio::spawn(async move { while events.recv().await.is_some() {} });
                return incoming;
            }
            _ => {}
        }
    }
}

/// Of the time since the one was seen until the other, the share in which the picture stood still.
fn frozen(before: &Seen, after: &Seen) -> f64 {
    let stood = after.freezes.total.saturating_sub(before.freezes.total);
    let watched = after.freezes.watched.saturating_sub(before.freezes.watched);
    if watched.is_zero() { 1.0 } else { stood.as_secs_f64() / watched.as_secs_f64() }
}

/// `SECONDS` is for how long it is measured at most, and then to the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_picture_goes_on_where_packets_are_lost() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let weather =
        Weather { lost: number("LOST").unwrap_or(50), delay: Duration::from_millis(number("DELAY").unwrap_or(60)) };
    let way = Way::open(weather).await;
    let sides = call(&way).await;
    let mut well = [false; 2];
    for _ in 0..number("SECONDS").unwrap_or(32).div_ceil(4) {
        let before = [0, 1].map(|side: usize| sides[side].incoming.seen());
        tokio::time::sleep(Duration::from_secs(4)).await;
        for (at, side) in sides.iter().enumerate() {
            let (seen, sent) = (side.incoming.seen(), side.outgoing.sent());
            let frozen = frozen(&before[at], &seen);
            let quality = side.link.quality(std::time::Instant::now());
            let bitrate = side.engine.stats().await[0].1.bitrate_in;
            // On a busy machine not always.
            well[at] |= frozen < 0.05 && bitrate > 500_000.0 && seen.delay < super::playout::MOST;
            if number("SECONDS").is_some() {
                println!("{at}: frozen {:.1} %, in {bitrate:.0}; {quality:?}; {sent:?}; {seen:?}", frozen * 100.0);
            }
        }
        if number("SECONDS").is_none() && well == [true; 2] {
            break;
        }
    }
    assert_eq!(well, [true; 2], "the pictures stand still, or are bad");
    for side in &sides {
        side.engine.close().await;
    }
}
