//! Smaller: by halves as long as that goes, so that no pixel is left out, and the rest between the nearest four.

use std::sync::Arc;

use super::Picture;

/// A plane, with its width and height.
type Plane<'a> = (&'a [u8], usize, usize);

/// Parts of a pixel.
const ONE: usize = 256;

pub(super) fn scaled(picture: &Picture, width: usize, height: usize) -> Picture {
    let half = |size: usize| size.div_ceil(2);
    let [y, u, v] = picture.planes();
    let colour = (half(picture.width), half(picture.height));
    let small = (half(width), half(height));
    let planes = [
        plane((y, picture.width, picture.height), width, height),
        plane((u, colour.0, colour.1), small.0, small.1),
        plane((v, colour.0, colour.1), small.0, small.1),
    ];
    Picture { width, height, planes: planes.map(Arc::from) }
}

fn plane(from: Plane<'_>, width: usize, height: usize) -> Vec<u8> {
    let (bytes, old_width, old_height) = from;
    if width * 2 <= old_width && height * 2 <= old_height {
        let halved = halved(from);
        return plane((&halved, old_width / 2, old_height / 2), width, height);
    }
    if (width, height) == (old_width, old_height) { bytes.to_vec() } else { between(from, width, height) }
}

/// Half as wide and high, each pixel the mean of four.
fn halved((bytes, width, height): Plane<'_>) -> Vec<u8> {
    let (new_width, new_height) = (width / 2, height / 2);
    let mut all = vec![0; new_width * new_height];
    for (row, pairs) in all.chunks_exact_mut(new_width).zip(bytes.chunks_exact(width * 2)) {
        let (upper, lower) = pairs.split_at(width);
        let fours = upper.chunks_exact(2).zip(lower.chunks_exact(2));
        for (pixel, (upper, lower)) in row.iter_mut().zip(fours) {
            let sum = [upper[0], upper[1], lower[0], lower[1]].map(u16::from);
            *pixel = byte(usize::from((sum[0] + sum[1] + sum[2] + sum[3] + 2) >> 2));
        }
    }
    all
}

/// Where the pixels of the new side lie in the old: the one before, and how far behind it, in parts of [`ONE`].
fn places(old: usize, new: usize) -> Vec<(usize, usize)> {
    let last = old.saturating_sub(1);
    let place = |at: usize| {
        // The middle of a pixel is where it is.
        let exact = ((2 * at + 1) * old * ONE / (2 * new)).saturating_sub(ONE / 2);
        if exact / ONE >= last {
            (last.saturating_sub(1), if last == 0 { 0 } else { ONE })
        } else {
            (exact / ONE, exact % ONE)
        }
    };
    (0..new).map(place).collect()
}

fn between((bytes, old_width, old_height): Plane<'_>, width: usize, height: usize) -> Vec<u8> {
    let (columns, rows) = (places(old_width, width), places(old_height, height));
    let mut all = vec![0; width * height];
    let mut mixed = vec![0u8; old_width];
    for (row, (y, down)) in all.chunks_exact_mut(width).zip(rows) {
        let upper = &bytes[y * old_width..(y + 1) * old_width];
        let lower = bytes.get((y + 1) * old_width..(y + 2) * old_width).unwrap_or(upper);
        for (mixed, (upper, lower)) in mixed.iter_mut().zip(upper.iter().zip(lower)) {
            *mixed = mix(*upper, *lower, down);
        }
        for (pixel, (x, right)) in row.iter_mut().zip(&columns) {
            *pixel = mix(mixed[*x], mixed[(*x + 1).min(old_width - 1)], *right);
        }
    }
    all
}

fn mix(one: u8, other: u8, part: usize) -> u8 {
    byte((usize::from(one) * (ONE - part) + usize::from(other) * part + ONE / 2) / ONE)
}

#[expect(clippy::cast_possible_truncation, reason = "a mean of bytes is one")]
fn byte(value: usize) -> u8 {
    value as u8
}
