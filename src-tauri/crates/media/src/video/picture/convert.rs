//! From the formats of cameras and screens, and to what everybody can show.

use super::{Format, Picture};

/// The planes of a picture of this size. `height` is that of the source, which may have a row more.
pub(super) fn planes(
    format: Format,
    (width, even_height): (usize, usize),
    height: usize,
    stride: usize,
    bytes: &[u8],
) -> Option<[Vec<u8>; 3]> {
    let size = (width, even_height);
    match format {
        Format::Bgra => coloured::<2, 1, 0>(size, stride, bytes),
        Format::Rgba => coloured::<0, 1, 2>(size, stride, bytes),
        Format::Yuyv => yuyv(size, stride, bytes),
        Format::Nv12 => {
            let (y, uv) = bytes.split_at_checked(stride.checked_mul(height)?)?;
            let mut planes = [plane(y, stride, width, even_height)?, Vec::new(), Vec::new()];
            let both = plane(uv, stride, width, even_height / 2)?;
            planes[1] = both.iter().step_by(2).copied().collect();
            planes[2] = both.iter().skip(1).step_by(2).copied().collect();
            Some(planes)
        }
        Format::I420 => {
            let (half, rows) = (stride.div_ceil(2), height.div_ceil(2));
            let (y, rest) = bytes.split_at_checked(stride.checked_mul(height)?)?;
            let (u, v) = rest.split_at_checked(half.checked_mul(rows)?)?;
            let small = |bytes| plane(bytes, half, width / 2, even_height / 2);
            Some([plane(y, stride, width, even_height)?, small(u)?, small(v)?])
        }
    }
}

/// Rows without the gaps between them.
fn plane(bytes: &[u8], stride: usize, width: usize, height: usize) -> Option<Vec<u8>> {
    let mut all = Vec::with_capacity(width * height);
    rows(bytes, stride, width, height)?.for_each(|row| all.extend_from_slice(row));
    Some(all)
}

/// The last row need not be as long as a stride.
fn rows(bytes: &[u8], stride: usize, row: usize, height: usize) -> Option<impl Iterator<Item = &[u8]>> {
    let needed = stride.checked_mul(height.checked_sub(1)?)?.checked_add(row)?;
    (bytes.len() >= needed && stride >= row).then(|| bytes.chunks(stride).take(height).map(move |chunk| &chunk[..row]))
}

/// BT.601, limited range, in 1/256.
fn luma(red: i32, green: i32, blue: i32) -> u8 {
    byte(((66 * red + 129 * green + 25 * blue + 128) >> 8) + 16)
}

#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn byte(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}

/// From four bytes a pixel, of which these are red, green and blue.
fn coloured<const R: usize, const G: usize, const B: usize>(
    (width, height): (usize, usize),
    stride: usize,
    bytes: &[u8],
) -> Option<[Vec<u8>; 3]> {
    let mut y = vec![0; width * height];
    let (mut u, mut v) = (vec![0; width * height / 4], vec![0; width * height / 4]);
    let mut rows = rows(bytes, stride, width * 4, height)?;
    let outputs = y.chunks_exact_mut(width * 2).zip(u.chunks_exact_mut(width / 2).zip(v.chunks_exact_mut(width / 2)));
    for (y, (u, v)) in outputs {
        let (upper, lower) = (rows.next()?, rows.next()?);
        let (upper_y, lower_y) = y.split_at_mut(width);
        for (row, y) in [(upper, upper_y), (lower, lower_y)] {
            for (pixel, y) in row.chunks_exact(4).zip(y) {
                *y = luma(i32::from(pixel[R]), i32::from(pixel[G]), i32::from(pixel[B]));
            }
        }
        let fours = upper.chunks_exact(8).zip(lower.chunks_exact(8));
        for ((upper, lower), (u, v)) in fours.zip(u.iter_mut().zip(v)) {
            let mean = |at: usize| {
                let sum = [upper[at], upper[at + 4], lower[at], lower[at + 4]].map(i32::from);
                (sum[0] + sum[1] + sum[2] + sum[3] + 2) >> 2
            };
            let (red, green, blue) = (mean(R), mean(G), mean(B));
            *u = byte(((-38 * red - 74 * green + 112 * blue + 128) >> 8) + 128);
            *v = byte(((112 * red - 94 * green - 18 * blue + 128) >> 8) + 128);
        }
    }
    Some([y, u, v])
}

fn yuyv((width, height): (usize, usize), stride: usize, bytes: &[u8]) -> Option<[Vec<u8>; 3]> {
    let mut y = vec![0; width * height];
    let (mut u, mut v) = (vec![0; width * height / 4], vec![0; width * height / 4]);
    let mut rows = rows(bytes, stride, width * 2, height)?;
    let outputs = y.chunks_exact_mut(width * 2).zip(u.chunks_exact_mut(width / 2).zip(v.chunks_exact_mut(width / 2)));
    for (y, (u, v)) in outputs {
        let (upper, lower) = (rows.next()?, rows.next()?);
        for (row, y) in [upper, lower].iter().zip(y.chunks_exact_mut(width)) {
            row.chunks_exact(2).zip(y).for_each(|(pixel, y)| *y = pixel[0]);
        }
        let fours = upper.chunks_exact(4).zip(lower.chunks_exact(4));
        for ((upper, lower), (u, v)) in fours.zip(u.iter_mut().zip(v)) {
            let mean = |at: usize| u16::midpoint(upper[at].into(), lower[at].into());
            *u = byte(mean(1).into());
            *v = byte(mean(3).into());
        }
    }
    Some([y, u, v])
}

/// Back again.
pub(super) fn rgba(picture: &Picture) -> Vec<u8> {
    let (width, half) = (picture.width, picture.width.div_ceil(2));
    let mut all = vec![255; width * picture.height * 4];
    for (row, (pixels, y)) in all.chunks_exact_mut(width * 4).zip(picture.planes[0].chunks_exact(width)).enumerate() {
        let colours = row / 2 * half..(row / 2 + 1) * half;
        let (u, v) = (&picture.planes[1][colours.clone()], &picture.planes[2][colours]);
        for ((pixel, y), at) in pixels.chunks_exact_mut(4).zip(y).zip(0..) {
            let y = 298 * (i32::from(*y) - 16);
            let (u, v) = (i32::from(u[at / 2]) - 128, i32::from(v[at / 2]) - 128);
            pixel[0] = byte((y + 409 * v + 128) >> 8);
            pixel[1] = byte((y - 100 * u - 208 * v + 128) >> 8);
            pixel[2] = byte((y + 516 * u + 128) >> 8);
        }
    }
    all
}
