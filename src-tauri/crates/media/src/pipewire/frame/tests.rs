//! What buffers may say of themselves.

use super::*;

fn agreed(format: Format, width: usize, height: usize) -> Agreed {
    Agreed { coding: Coding::Raw(format), width, height }
}

fn plane(bytes: &[u8], stride: usize) -> Plane<'_> {
    Plane { bytes, stride }
}

const ALL: fn(usize, usize) -> Part = |width, height| Part { x: 0, y: 0, width, height };

#[test]
fn planes_may_lie_apart() {
    // Two bytes of a gap after each row.
    let y: Vec<_> = (0..4).flat_map(|_| [50, 50, 50, 50, 9, 9]).collect();
    let (u, v) = ([1, 2, 9, 9, 3, 4, 9, 9], [5, 6, 9, 9, 7, 8, 9, 9]);
    let three = [plane(&y, 6), plane(&u, 4), plane(&v, 4)];
    let picture = seen(&three, &ALL(4, 4), &agreed(Format::I420, 4, 4)).unwrap();
    assert_eq!(picture.planes(), [&[50; 16][..], &[1, 2, 3, 4], &[5, 6, 7, 8]]);
    let uv = [1, 5, 2, 6, 3, 7, 4, 8];
    let two = [plane(&y, 6), plane(&uv, 0)];
    assert_eq!(seen(&two, &ALL(4, 4), &agreed(Format::Nv12, 4, 4)).unwrap(), picture);
    assert_eq!(seen(&three[..2], &ALL(4, 4), &agreed(Format::I420, 4, 4)), None);
}

#[test]
fn a_window_is_a_part_of_what_comes() {
    let white = |at: usize| (4..8).contains(&(at % 10)) && (2..6).contains(&(at / 10));
    let bytes: Vec<u8> = (0..80).flat_map(|at| [if white(at) { 255 } else { 0 }; 4]).collect();
    let part = Part { x: 4, y: 2, width: 4, height: 4 };
    let picture = seen(&[plane(&bytes, 40)], &part, &agreed(Format::Bgra, 10, 8)).unwrap();
    assert_eq!((picture.width(), picture.height()), (4, 4));
    assert!(picture.planes()[0].iter().all(|y| *y == 235), "{picture:?}");
}

#[test]
fn what_holds_less_than_it_says_is_no_picture() {
    let bytes = [7; 64];
    for format in [Format::Bgra, Format::Rgba, Format::Yuyv, Format::Nv12, Format::I420] {
        for (width, height) in [(16_384, 16_384), (16_384, 2), (8, 16_384), (64, 64)] {
            for stride in [0, 1, 64, usize::MAX] {
                let (agreed, part) = (agreed(format, width, height), ALL(width, height));
                let three = [plane(&bytes, stride), plane(&bytes, stride), plane(&bytes, stride)];
                for planes in [&three[..0], &three[..1], &three[..2], &three] {
                    assert_eq!(seen(planes, &part, &agreed), None, "{format:?} {width}x{height} {stride}");
                }
            }
        }
    }
    let beyond = Part { x: 16_000, y: 16_000, width: 4, height: 4 };
    assert_eq!(seen(&[plane(&bytes, 16)], &beyond, &agreed(Format::Bgra, 16_384, 16_384)), None);
    assert_eq!(seen(&[plane(&bytes, 0)], &ALL(0, 0), &Agreed { coding: Coding::Jpeg, width: 0, height: 0 }), None);
}
