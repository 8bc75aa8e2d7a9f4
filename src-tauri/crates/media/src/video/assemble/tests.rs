//! Packets in every order but the right one.

#![allow(clippy::cast_possible_truncation)]

use super::*;

/// Packets of a stream: each a sequence number, a timestamp, whether it is the last of its frame, and its payload.
type Packet = (u16, u32, bool, Bytes);

/// A frame's bytes: a header that is believable (RFC 6386 §9.1), and content to know it by.
fn frame(key: bool, number: usize, length: usize) -> Vec<u8> {
    let mut frame = if key { vec![0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00] } else { vec![0x11, 0, 0] };
    frame.push(number as u8);
    frame.resize(length.max(frame.len()), number as u8);
    frame
}

/// `count` frames of three packets each, from this sequence number on; each `keys`th is a key frame.
fn stream(from: u16, count: usize, keys: usize) -> Vec<Packet> {
    let mut packets = Vec::new();
    let mut sequence = from;
    for number in 0..count {
        let frame = frame(number % keys == 0, number, 30);
        for (at, part) in frame.chunks(10).enumerate() {
            let descriptor = if at == 0 { 0x10 } else { 0 };
            let payload: Bytes = [&[descriptor], part].concat().into();
            packets.push((sequence, number as u32 * 3000, at == 2, payload));
            sequence = sequence.wrapping_add(1);
        }
    }
    packets
}

fn give(assembler: &mut Assembler, packets: &[Packet], now: Instant) -> Vec<Encoded> {
    let mut frames = Vec::new();
    for (sequence, timestamp, marker, payload) in packets {
        assembler.packet(*sequence, *timestamp, *marker, payload);
        frames.extend(std::iter::from_fn(|| assembler.frame(now)));
    }
    frames
}

fn numbers(frames: &[Encoded]) -> Vec<u8> {
    frames.iter().map(|frame| *frame.data.last().unwrap()).collect()
}

#[test]
fn frames_come_out_whole_and_in_order() {
    let now = Instant::now();
    let packets = stream(65_530, 10, 100);
    let all: Vec<u8> = (0..10).collect();
    // As sent; each three turned round; each twice.
    let turned: Vec<_> = packets.chunks(5).flat_map(|some| some.iter().rev().cloned()).collect();
    let twice: Vec<_> = packets.iter().flat_map(|packet| [packet.clone(), packet.clone()]).collect();
    for packets in [packets, turned, twice] {
        let mut assembler = Assembler::new();
        let frames = give(&mut assembler, &packets, now);
        assert_eq!(numbers(&frames), all);
        assert!(frames[0].key && !frames[1].key);
        assert_eq!((frames[3].width, frames[3].height), (320, 240));
        assert_eq!(frames[3].timestamp_us, 100_000);
        assert_eq!(frames[2].data, frame(false, 2, 30));
        assert!(!assembler.needs_key() && !assembler.waits());
        assert_eq!(assembler.counts().lost, 0);
    }
}

#[test]
fn what_is_late_is_waited_for() {
    let now = Instant::now();
    let mut packets = stream(7, 10, 100);
    let late = packets.remove(10);
    let mut assembler = Assembler::new();
    assert_eq!(numbers(&give(&mut assembler, &packets, now)), [0, 1, 2]);
    assert!(assembler.waits() && !assembler.needs_key());
    assert_eq!(assembler.frame(now + PATIENCE / 2), None);
    assert_eq!(numbers(&give(&mut assembler, &[late], now + PATIENCE / 2)), [3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn what_never_comes_is_given_up() {
    let begin = Instant::now();
    let packets = stream(7, 20, 12);
    let (before, after) = packets.split_at(30);
    let mut before = before.to_vec();
    before.remove(10);
    let mut assembler = Assembler::new();
    assert_eq!(numbers(&give(&mut assembler, &before, begin)), [0, 1, 2]);
    let later = begin + PATIENCE;
    assert_eq!(assembler.frame(later), None);
    assert!(assembler.needs_key());
    // All up to the key frame is left out, and all from it on is there.
    assert_eq!(numbers(&give(&mut assembler, after, later)), (12..20).collect::<Vec<_>>());
    assert!(!assembler.needs_key() && !assembler.waits());
    let counts = assembler.counts();
    assert_eq!((counts.frames, counts.lost), (11, 1));
    assert!(counts.dropped >= 9, "{counts:?}");
}

#[test]
fn a_key_frame_that_is_here_ends_the_waiting() {
    let now = Instant::now();
    let mut packets = stream(7, 8, 5);
    packets.remove(10);
    let frames = give(&mut Assembler::new(), &packets, now);
    assert_eq!(numbers(&frames), [0, 1, 2, 5, 6, 7]);
}

#[test]
fn it_begins_with_a_key_frame() {
    let now = Instant::now();
    let packets = stream(7, 10, 6);
    let mut assembler = Assembler::new();
    assert!(assembler.needs_key());
    assert_eq!(numbers(&give(&mut assembler, &packets[4..], now)), [6, 7, 8, 9]);
    // And goes on with one, where what was given out was not taken.
    let mut assembler = Assembler::new();
    give(&mut assembler, &packets[..6], now);
    assembler.skip();
    assert_eq!(numbers(&give(&mut assembler, &packets[6..], now)), [6, 7, 8, 9]);
}

#[test]
fn a_key_frame_of_which_the_begin_comes_late_is_used() {
    let now = Instant::now();
    let mut packets = stream(7, 3, 100);
    packets.swap(0, 2);
    assert_eq!(numbers(&give(&mut Assembler::new(), &packets, now)), [0, 1, 2]);
    // The same after others.
    let mut packets = stream(7, 8, 4);
    let mut assembler = Assembler::new();
    give(&mut assembler, &packets[..6], now);
    assembler.skip();
    packets.swap(12, 14);
    assert_eq!(numbers(&give(&mut assembler, &packets[6..], now)), [4, 5, 6, 7]);
}

#[test]
fn padding_is_no_frame() {
    let now = Instant::now();
    let mut packets = stream(7, 4, 100);
    for packet in &mut packets[6..] {
        packet.0 += 2;
    }
    packets.splice(6..6, [(13, 3000, false, Bytes::new()), (14, 3000, false, Bytes::new())]);
    assert_eq!(numbers(&give(&mut Assembler::new(), &packets, now)), [0, 1, 2, 3]);
}

#[test]
fn who_sets_no_marker_is_understood() {
    let now = Instant::now();
    let mut packets = stream(7, 4, 100);
    packets.iter_mut().for_each(|packet| packet.2 = false);
    assert_eq!(numbers(&give(&mut Assembler::new(), &packets, now)), [0, 1, 2]);
}

#[test]
fn another_stream_in_its_place_is_shown() {
    let now = Instant::now();
    let mut assembler = Assembler::new();
    give(&mut assembler, &stream(7, 4, 100), now);
    assert_eq!(numbers(&give(&mut assembler, &stream(30_000, 4, 100), now)), [0, 1, 2, 3]);
    assert_eq!(give(&mut assembler, &stream(29_000, 4, 100), now), []);
}

#[test]
fn garbage_is_bounded_and_gives_nothing() {
    let begin = Instant::now();
    let mut assembler = Assembler::new();
    let mut x = 1u32;
    let mut random = move || {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        x >> 8
    };
    for round in 0..50_000 {
        let payload: Bytes = (0..random() % 12).map(|_| random() as u8).collect();
        assembler.packet(random() as u16, random(), random() % 3 == 0, &payload);
        let now = begin + Duration::from_millis(round);
        while let Some(frame) = assembler.frame(now) {
            assert!(frame.width > 0 && frame.width <= WIDEST && frame.height <= HIGHEST);
        }
        assert!(assembler.parts.len() <= WAITING);
    }
}

#[test]
fn at_any_loss_what_comes_out_is_what_went_in() {
    let begin = Instant::now();
    for percent in [1u8, 5, 20] {
        let mut assembler = Assembler::new();
        let (mut x, mut shown) = (u64::from(percent), Vec::new());
        for (at, packet) in stream(60_000, 250, 25).into_iter().enumerate() {
            x = x * 1_664_525 % 65_537 + 1;
            if x % 100 < percent.into() {
                continue;
            }
            let now = begin + Duration::from_millis(at as u64 * 11);
            shown.extend(give(&mut assembler, &[packet], now));
        }
        // Each that is no key frame has its predecessor before it.
        for pair in numbers(&shown).windows(2) {
            assert!(pair[1] == pair[0] + 1 || pair[1] % 25 == 0, "{pair:?}");
        }
        assert!(shown.len() > if percent == 20 { 5 } else { 60 }, "{percent} %: {}", shown.len());
    }
}
