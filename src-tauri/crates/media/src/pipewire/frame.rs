//! A picture out of a buffer, whatever the buffer says of itself.

use pipewire::buffer::Buffer;
use pipewire::spa::buffer::meta::MetaVideoCrop;
use pipewire::spa::buffer::{ChunkFlags, Data};

use super::format::{Agreed, Coding};
use crate::video::{Format, Picture};

/// Planes of a buffer that are looked at.
const MOST: usize = 4;

/// One plane of bytes, and how many there are from a row to the next (0 where it does not say).
struct Plane<'a> {
    bytes: &'a [u8],
    stride: usize,
}

/// A part of a picture, in pixels.
struct Part {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

/// What a buffer shows; nothing where it is broken, or holds less than it should.
pub fn picture(buffer: &mut Buffer<'_>, agreed: &Agreed) -> Option<Picture> {
    let part = crop(buffer, agreed);
    let planes: Option<Vec<_>> = buffer.datas_mut().iter_mut().take(MOST).map(plane).collect();
    seen(&planes?, &part, agreed)
}

/// What planes show, of which there may be one where others give three.
fn seen(planes: &[Plane<'_>], part: &Part, agreed: &Agreed) -> Option<Picture> {
    let (first, others) = planes.split_first()?;
    let format = match agreed.coding {
        Coding::Jpeg => return Picture::read_jpeg(first.bytes),
        Coding::Raw(format) => format,
    };
    let stride = Some(first.stride).filter(|stride| *stride > 0);
    match format {
        Format::Bgra | Format::Rgba => {
            let stride = stride.unwrap_or(agreed.width * 4);
            let bytes = first.bytes.get(part.y.checked_mul(stride)?.checked_add(part.x * 4)?..)?;
            Picture::read_thinned(format, part.width, part.height, stride, bytes)
        }
        Format::Nv12 | Format::I420 if !others.is_empty() => {
            let joined = joined(planes, format, agreed)?;
            Picture::read(format, agreed.width, agreed.height, None, &joined)
        }
        Format::Nv12 | Format::I420 | Format::Yuyv => {
            Picture::read(format, agreed.width, agreed.height, stride, first.bytes)
        }
    }
}

/// What lies in it, as far as it reaches. Rows from below to above are not known of any camera or desktop.
fn plane(data: &mut Data) -> Option<Plane<'_>> {
    let chunk = data.chunk();
    if chunk.flags().contains(ChunkFlags::CORRUPTED) {
        return None;
    }
    let (offset, size) = (usize::try_from(chunk.offset()).ok()?, usize::try_from(chunk.size()).ok()?);
    let stride = usize::try_from(chunk.stride()).ok()?;
    let bytes = data.data()?;
    let end = offset.checked_add(size)?.min(bytes.len());
    bytes.get(offset..end).filter(|bytes| !bytes.is_empty()).map(|bytes| Plane { bytes, stride })
}

/// The part that counts: a desktop gives a window in a picture as large as the screen.
fn crop(buffer: &Buffer<'_>, agreed: &Agreed) -> Part {
    let all = Part { x: 0, y: 0, width: agreed.width, height: agreed.height };
    let Some(crop) = buffer.find_meta::<MetaVideoCrop>().filter(|crop| crop.meta_region().is_valid()) else {
        return all;
    };
    let (corner, size) = (crop.meta_region().position(), crop.meta_region().size());
    let part = || {
        let (x, y) = (usize::try_from(corner.x).ok()?, usize::try_from(corner.y).ok()?);
        let (width, height) = (usize::try_from(size.width).ok()?, usize::try_from(size.height).ok()?);
        let inside = x.checked_add(width)? <= agreed.width && y.checked_add(height)? <= agreed.height;
        inside.then_some(Part { x, y, width, height })
    };
    part().unwrap_or(all)
}

/// Planes that lie apart, one behind the other and without gaps.
fn joined(planes: &[Plane<'_>], format: Format, agreed: &Agreed) -> Option<Vec<u8>> {
    let (width, height) = (agreed.width, agreed.height);
    let half = (width.div_ceil(2), height.div_ceil(2));
    let rows: &[(usize, usize)] = match format {
        // U and V by turns: as wide as the first.
        Format::Nv12 => &[(width, height), (width, half.1)],
        _ => &[(width, height), half, half],
    };
    let mut all = Vec::with_capacity(planes.iter().map(|plane| plane.bytes.len()).sum());
    for (index, (length, count)) in rows.iter().copied().enumerate() {
        let plane = planes.get(index)?;
        let stride = if plane.stride == 0 { length } else { plane.stride };
        // One behind the other would be a picture larger than what there is.
        if stride < length {
            return None;
        }
        for row in 0..count {
            let start = row.checked_mul(stride)?;
            all.extend_from_slice(plane.bytes.get(start..start.checked_add(length)?)?);
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests;
