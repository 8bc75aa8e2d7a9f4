//! There and back again, and what must not be believed.

#![allow(clippy::cast_possible_truncation)]

use super::*;

const SIZE: (u32, u32) = (320, 240);
const FRAME: u32 = 33_333;

/// A moving picture: a pattern that slides, with a square that goes across it.
fn picture((width, height): (u32, u32), at: u32) -> Frame {
    let plane = |width: u32, height: u32, shift: u32| -> Vec<u8> {
        let pixel = |x: u32, y: u32| {
            let square = (at * 3) % width;
            let inside = (square..square + width / 8).contains(&x) && (height / 3..height / 2).contains(&y);
            let wave = 128.0 + 60.0 * (f64::from(x + at * shift) * 0.05).sin() + 40.0 * (f64::from(y) * 0.07).cos();
            if inside { 235 } else { wave as u8 }
        };
        (0..height).flat_map(|y| (0..width).map(move |x| pixel(x, y))).collect()
    };
    let half = (width.div_ceil(2), height.div_ceil(2));
    Frame { width, height, planes: [plane(width, height, 2), plane(half.0, half.1, 1), plane(half.0, half.1, 0)] }
}

fn settings() -> Settings {
    Settings { width: SIZE.0, height: SIZE.1, bitrate: 600_000, screen: false, speed: 8, threads: 1 }
}

/// dB, of all planes.
fn psnr(a: &Frame, b: &Frame) -> f64 {
    let all = |frame: &Frame| frame.planes.concat();
    let (a, b) = (all(a), all(b));
    assert_eq!(a.len(), b.len());
    let squares: f64 = a.iter().zip(&b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    10.0 * (255.0 * 255.0 / (squares / a.len() as f64).max(1e-9)).log10()
}

/// Encodes from the `from`th picture on.
fn encode(encoder: &mut Encoder, from: u32, count: u32) -> Vec<Packet> {
    let size = (encoder.settings().width, encoder.settings().height);
    let one = |at: u32| encoder.encode(&picture(size, at).view(), i64::from(at) * i64::from(FRAME), FRAME).unwrap();
    (from..from + count).filter_map(one).collect()
}

#[test]
fn a_moving_picture_comes_out_as_it_went_in() {
    let mut encoder = Encoder::new(settings()).unwrap();
    let mut decoder = Decoder::new();
    let mut shown = 0;
    for at in 0..60 {
        let before = picture(SIZE, at);
        let Some(packet) = encoder.encode(&before.view(), i64::from(at * FRAME), FRAME).unwrap() else { continue };
        assert_eq!(packet.key, at == 0);
        assert_eq!(peek(&packet.data).unwrap().key, packet.key.then_some(SIZE));
        let after = decoder.decode(&packet.data).unwrap().unwrap();
        assert_eq!((after.width, after.height), SIZE);
        let quality = psnr(&before, &after);
        assert!(quality > 28.0, "picture {at}: {quality:.1} dB");
        shown += 1;
    }
    assert!(shown > 50, "{shown} of 60");
}

#[test]
fn rows_may_have_gaps_and_sizes_may_be_odd() {
    let odd = (321, 241);
    let mut encoder = Encoder::new(Settings { width: odd.0, height: odd.1, ..settings() }).unwrap();
    let before = picture(odd, 3);
    let padded = before.planes.each_ref().map(|plane| {
        let width = if plane.len() == 321 * 241 { 321 } else { 161 };
        plane.chunks(width).flat_map(|row| row.iter().copied().chain([99; 15])).collect::<Vec<_>>()
    });
    let view = I420 { planes: padded.each_ref().map(Vec::as_slice), strides: [336, 176, 176], ..before.view() };
    let packet = encoder.encode(&view, 0, FRAME).unwrap().unwrap();
    let after = Decoder::new().decode(&packet.data).unwrap().unwrap();
    assert!(psnr(&before, &after) > 28.0);
}

#[test]
fn a_key_frame_comes_when_asked_for_and_only_then() {
    let mut encoder = Encoder::new(settings()).unwrap();
    let first = encode(&mut encoder, 0, 40);
    assert_eq!(first.iter().filter(|packet| packet.key).count(), 1);
    encoder.request_key();
    let then = encode(&mut encoder, 40, 20);
    assert_eq!(then.iter().filter(|packet| packet.key).count(), 1);
    assert!(then[0].key);
    // It is enough to begin with.
    let mut decoder = Decoder::new();
    then.iter().for_each(|packet| assert!(decoder.decode(&packet.data).unwrap().is_some()));
}

#[test]
fn a_lower_bitrate_makes_less_of_it() {
    let bytes = |packets: &[Packet]| packets.iter().skip(20).map(|packet| packet.data.len()).sum::<usize>();
    let mut encoder = Encoder::new(Settings { bitrate: 1_000_000, ..settings() }).unwrap();
    let high = bytes(&encode(&mut encoder, 0, 120));
    encoder.set_bitrate(150_000).unwrap();
    let low = bytes(&encode(&mut encoder, 120, 120));
    encoder.set_bitrate(1_000_000).unwrap();
    let again = bytes(&encode(&mut encoder, 240, 120));
    assert!(low * 2 < high && low * 2 < again, "{high}, {low}, {again} bytes");
    // 100 frames at 150 kbit/s are 62,500 bytes.
    assert!(low < 90_000, "{low} bytes");
}

#[test]
fn the_size_can_change_midway() {
    let mut encoder = Encoder::new(settings()).unwrap();
    let mut decoder = Decoder::new();
    for (at, size) in [(0, SIZE), (10, (160, 120)), (20, (640, 480)), (30, (322, 242))] {
        encoder.resize(size.0, size.1, false).unwrap();
        let packets = encode(&mut encoder, at, 10);
        assert!(packets[0].key && packets[1..].iter().all(|packet| !packet.key));
        for packet in &packets {
            let frame = decoder.decode(&packet.data).unwrap().unwrap();
            assert_eq!((frame.width, frame.height), size);
        }
    }
    assert_eq!(encoder.encode(&picture(SIZE, 0).view(), 0, FRAME), Err(Error::Size(320, 240)));
    assert_eq!(encoder.resize(5000, 100, false), Err(Error::Size(5000, 100)));
    assert_eq!(encode(&mut encoder, 40, 1).len(), 1);
}

#[test]
fn a_still_screen_costs_little() {
    let mut encoder = Encoder::new(Settings { screen: true, ..settings() }).unwrap();
    let still = picture(SIZE, 7);
    let one = |at: u32| encoder.encode(&still.view(), i64::from(at * FRAME), FRAME).unwrap();
    let sizes: Vec<_> = (0..60).filter_map(one).map(|packet| packet.data.len()).collect();
    let last = &sizes[sizes.len() - 20..];
    // What is refreshed in turn, lest an error stay; 600 kbit/s would be 2,500 bytes each.
    assert!(last.iter().sum::<usize>() < 20 * 700, "{last:?}");
}

#[test]
fn planes_are_as_long_as_they_say() {
    let mut encoder = Encoder::new(settings()).unwrap();
    let good = picture(SIZE, 0);
    let short = I420 { planes: [&good.planes[0][1..], &good.planes[1], &good.planes[2]], ..good.view() };
    assert_eq!(encoder.encode(&short, 0, FRAME), Err(Error::Short));
    let narrow = I420 { strides: [319, 160, 160], ..good.view() };
    assert_eq!(encoder.encode(&narrow, 0, FRAME), Err(Error::Short));
    let endless = I420 { strides: [usize::MAX, 160, 160], ..good.view() };
    assert_eq!(encoder.encode(&endless, 0, FRAME), Err(Error::Short));
    assert!(matches!(Encoder::new(Settings { width: 0, ..settings() }), Err(Error::Size(0, 240))));
}

#[test]
fn time_that_stands_still_is_no_error() {
    let mut encoder = Encoder::new(settings()).unwrap();
    for pts in [5, 5, 3, -10, i64::from(FRAME)] {
        encoder.encode(&picture(SIZE, 1).view(), pts, FRAME).unwrap();
    }
}

#[test]
fn garbage_is_refused() {
    let mut decoder = Decoder::new();
    let (mut x, mut noise) = (1u32, Vec::new());
    for length in [0, 1, 2, 3, 9, 10, 11, 100, 2000] {
        noise.resize_with(length, || {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (x >> 24) as u8
        });
        assert!(decoder.decode(&noise).is_err(), "{length} bytes");
    }
    // What asks for a gigabyte.
    let mut encoder = Encoder::new(settings()).unwrap();
    let mut huge = encode(&mut encoder, 0, 1)[0].data.clone();
    huge[6..10].copy_from_slice(&[0xff, 0x3f, 0xff, 0x3f]);
    assert_eq!(decoder.decode(&huge), Err(Error::Size(16383, 16383)));
    // A frame before any key frame.
    let between = encode(&mut encoder, 1, 1);
    assert!(matches!(decoder.decode(&between[0].data), Err(Error::Undecodable(_))));
}

#[test]
fn damaged_frames_do_no_harm() {
    let mut encoder = Encoder::new(settings()).unwrap();
    let packets = encode(&mut encoder, 0, 12);
    let mut x = 7u32;
    let mut random = move |below: usize| {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (x >> 8) as usize % below.max(1)
    };
    let mut decoder = Decoder::new();
    for round in 0..60 {
        for packet in &packets {
            let mut data = packet.data.clone();
            match round % 3 {
                0 => data.truncate(random(data.len())),
                1 => (0..1 + random(20)).for_each(|_| {
                    let at = random(data.len());
                    data[at] ^= 1 << random(8);
                }),
                // Only behind what is looked at first.
                _ => {
                    let at = 10 + random(data.len().saturating_sub(10));
                    data.truncate(at.max(1));
                }
            }
            if let Ok(Some(frame)) = decoder.decode(&data) {
                assert_eq!(frame.planes[0].len(), (frame.width * frame.height) as usize);
            }
        }
    }
    // All is well again with a key frame.
    assert!(decoder.decode(&packets[0].data).unwrap().is_some());
}
