//! Colours and sizes.

use super::*;

/// Red, green and blue as Y, U and V, by BT.601 with limited range.
const RED: [u8; 3] = [82, 90, 240];
const BLUE: [u8; 3] = [41, 240, 110];
const WHITE: [u8; 3] = [235, 128, 128];

fn close(one: [u8; 3], other: [u8; 3]) -> bool {
    one.iter().zip(other).all(|(one, other)| one.abs_diff(other) <= 2)
}

fn rgba(width: usize, height: usize, colour: impl Fn(usize, usize) -> [u8; 3]) -> Vec<u8> {
    let pixel = |at: usize| {
        let [red, green, blue] = colour(at % width, at / width);
        [red, green, blue, 255]
    };
    (0..width * height).flat_map(pixel).collect()
}

#[test]
fn colours_are_what_they_were() {
    let halves = |x: usize, _| if x < 4 { [255, 0, 0] } else { [0, 0, 255] };
    let bytes = rgba(8, 4, halves);
    let picture = Picture::read(Format::Rgba, 8, 4, None, &bytes).unwrap();
    assert!(close(picture.at(0, 0), RED) && close(picture.at(3, 3), RED), "{:?}", picture.at(0, 0));
    assert!(close(picture.at(4, 0), BLUE) && close(picture.at(7, 3), BLUE), "{:?}", picture.at(4, 0));
    let swapped: Vec<_> = bytes.chunks(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0], 0]).collect();
    assert_eq!(Picture::read(Format::Bgra, 8, 4, None, &swapped).unwrap(), picture);
    let back = picture.rgba();
    assert!(back.iter().zip(&bytes).all(|(one, other)| one.abs_diff(*other) <= 3), "{back:?}");
    let white = Picture::read(Format::Rgba, 2, 2, None, &[255; 16]).unwrap();
    assert!(close(white.at(1, 1), WHITE));
}

#[test]
fn cameras_formats_are_read() {
    let yuyv: Vec<_> = (0..4 * 2).flat_map(|at| [at * 10, 100 + at, at * 10 + 5, 200 + at]).collect();
    let picture = Picture::read(Format::Yuyv, 4, 4, None, &yuyv).unwrap();
    assert_eq!(picture.planes()[0][..8], [0, 5, 10, 15, 20, 25, 30, 35]);
    assert_eq!(picture.planes()[1], [101, 102, 105, 106]);
    assert_eq!(picture.planes()[2], [201, 202, 205, 206]);
    let nv12 = [vec![50; 16], vec![1, 2, 3, 4, 5, 6, 7, 8]].concat();
    let picture = Picture::read(Format::Nv12, 4, 4, None, &nv12).unwrap();
    assert_eq!(picture.planes(), [&[50; 16][..], &[1, 3, 5, 7], &[2, 4, 6, 8]]);
    let i420 = [vec![50; 16], vec![1, 2, 3, 4], vec![5, 6, 7, 8]].concat();
    let picture = Picture::read(Format::I420, 4, 4, None, &i420).unwrap();
    assert_eq!(picture.planes(), [&[50; 16][..], &[1, 2, 3, 4], &[5, 6, 7, 8]]);
}

#[test]
fn gaps_odd_sizes_and_missing_bytes_are_seen() {
    let gaps: Vec<_> = (0..5).flat_map(|_| [vec![255; 5 * 4], vec![0; 12]].concat()).collect();
    let picture = Picture::read(Format::Bgra, 5, 5, Some(32), &gaps).unwrap();
    assert_eq!((picture.width(), picture.height()), (4, 4));
    assert!(picture.planes()[0].iter().all(|y| *y == 235));
    for format in [Format::Bgra, Format::Rgba, Format::Yuyv, Format::Nv12, Format::I420] {
        for (width, height, length) in [(4, 4, 3), (0, 4, 100), (4, 1, 100), (9000, 2, 100_000), (usize::MAX, 4, 10)] {
            let stride = Some(width.min(40_000));
            assert!(Picture::read(format, width, height, stride, &vec![0; length]).is_none(), "{format:?} {width}");
        }
        assert!(Picture::read(format, 4, 4, Some(1), &[0; 100]).is_none());
    }
}

#[test]
fn what_is_too_large_is_thinned() {
    let halves = |x: usize, _| if x < 4100 { [255, 0, 0] } else { [0, 0, 255] };
    let gaps: Vec<_> = rgba(8200, 8, halves).chunks(8200 * 4).flat_map(|row| [row, &[9; 24]].concat()).collect();
    let read = |bytes| Picture::read_thinned(Format::Rgba, 8200, 8, 8200 * 4 + 24, bytes);
    let picture = read(&gaps).unwrap();
    assert_eq!((picture.width(), picture.height()), (2050, 2));
    assert!(close(picture.at(1000, 0), RED) && close(picture.at(1060, 1), BLUE));
    assert!(read(&gaps[..8200 * 4]).is_none());
    let small = Picture::read_thinned(Format::Rgba, 8, 4, 32, &rgba(8, 4, halves)).unwrap();
    assert_eq!((small.width(), small.height()), (8, 4));
    for (width, height, stride) in [(0, 9000, 4), (9000, 0, 36_000), (9000, 4, 4), (usize::MAX, 2, usize::MAX)] {
        assert!(Picture::read_thinned(Format::Bgra, width, height, stride, &[0; 64]).is_none(), "{width} {height}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn broken_jpeg_is_no_picture() {
    let begun = [0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0xff, 0xff, 0xff, 0xff, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
    for bytes in [&[][..], &[0xff, 0xd8], &[0xff, 0xd8, 0xff, 0xd9], &begun, &[0xff; 4096], &[0; 4096]] {
        assert_eq!(Picture::read_jpeg(bytes), None);
    }
}

#[test]
fn smaller_ones_show_the_same() {
    let quarters = |x: usize, y: usize| match (x < 320, y < 180) {
        (true, true) => [255, 0, 0],
        (false, true) => [0, 0, 255],
        (true, false) => [255, 255, 255],
        (false, false) => [0, 255, 0],
    };
    let picture = Picture::read(Format::Rgba, 640, 360, None, &rgba(640, 360, quarters)).unwrap();
    for (width, height) in [(320, 180), (480, 270), (200, 112), (160, 90), (2, 2), (640, 100), (638, 358)] {
        let small = picture.scaled(width, height);
        assert_eq!((small.width(), small.height()), (width, height & !1));
        assert_eq!(small.planes()[1].len(), width.div_ceil(2) * (height & !1).div_ceil(2));
        if width > 2 {
            assert!(close(small.at(width / 4, height / 4), RED), "{width} {:?}", small.at(width / 4, height / 4));
            assert!(close(small.at(width * 3 / 4, height / 4), BLUE));
            assert!(close(small.at(width / 4, height * 3 / 4), WHITE));
        }
    }
    assert_eq!(picture.scaled(640, 360), picture);
    assert_eq!(picture.scaled(2000, 2000), picture);
}

/// Run with `--release -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn how_long_it_takes() {
    let bytes = vec![77; 1280 * 720 * 4];
    let picture = Picture::read(Format::Bgra, 1280, 720, None, &bytes).unwrap();
    let measure = |what: &str, work: &dyn Fn()| {
        let begin = std::time::Instant::now();
        (0..50).for_each(|_| work());
        println!("{what}: {:?}", begin.elapsed() / 50);
    };
    for format in [Format::Bgra, Format::Yuyv, Format::Nv12, Format::I420] {
        measure(&format!("{format:?}"), &|| drop(Picture::read(format, 1280, 720, None, &bytes)));
    }
    measure("to 960x540", &|| drop(picture.scaled(960, 540)));
    measure("to 640x360", &|| drop(picture.scaled(640, 360)));
    measure("RGBA", &|| drop(picture.rgba()));
}
