//! Pictures that are larger than can be encoded.

use waxwing_vp8::{HIGHEST, WIDEST};

/// Bytes of a pixel.
const PIXEL: usize = 4;

/// What is left of so many pixels of four bytes, so that it fits, and how many columns and rows that are; `None` where there
/// are fewer bytes.
pub(super) fn thinned((width, height): (usize, usize), stride: usize, bytes: &[u8]) -> Option<(Vec<u8>, usize, usize)> {
    let row = width.checked_mul(PIXEL)?;
    let needed = stride.checked_mul(height.checked_sub(1)?)?.checked_add(row)?;
    if width == 0 || stride < row || bytes.len() < needed {
        return None;
    }
    let step = step(width, WIDEST).max(step(height, HIGHEST));
    let (columns, lines) = (width / step, height / step);
    let mut all = Vec::with_capacity(columns * lines * PIXEL);
    for line in bytes.chunks(stride).step_by(step).take(lines) {
        line.chunks_exact(PIXEL).step_by(step).take(columns).for_each(|pixel| all.extend_from_slice(pixel));
    }
    Some((all, columns, lines))
}

/// 1, 2, 4 and so on.
fn step(size: usize, most: u32) -> usize {
    size.div_ceil(most as usize).next_power_of_two()
}
