//! Pixels as X11 has them: four bytes each, blue first.

use x11rb::protocol::xfixes::GetCursorImageReply;

use crate::video::{Format, Picture};

/// What was seen of something.
pub struct Image {
    pub width: usize,
    pub height: usize,
    pub bytes: Vec<u8>,
}

impl Image {
    /// Draws the pointer, of which the hot spot is here.
    pub fn point(&mut self, cursor: &GetCursorImageReply, x: i32, y: i32) {
        let (left, top) = (x - i32::from(cursor.xhot), y - i32::from(cursor.yhot));
        let width = usize::from(cursor.width).max(1);
        for (row, line) in cursor.cursor_image.chunks(width).enumerate() {
            let Some(to) = at(top, row, self.height) else { continue };
            for (column, pixel) in line.iter().enumerate() {
                let Some(column) = at(left, column, self.width) else { continue };
                let start = (to * self.width + column) * 4;
                let Some(under) = self.bytes.get_mut(start..start + 4) else { continue };
                // The colours are multiplied with how opaque they are already.
                let [blue, green, red, opaque] = pixel.to_le_bytes();
                let through = 255 - u16::from(opaque);
                for (under, over) in under.iter_mut().zip([blue, green, red]) {
                    let mixed = u16::from(over) + u16::from(*under) * through / 255;
                    *under = u8::try_from(mixed).unwrap_or(u8::MAX);
                }
            }
        }
    }

    pub fn picture(self) -> Option<Picture> {
        Picture::read_thinned(Format::Bgra, self.width, self.height, self.width * 4, &self.bytes)
    }
}

/// Where this lies, from `start` on, if it lies inside.
fn at(start: i32, offset: usize, size: usize) -> Option<usize> {
    let at = start.checked_add(i32::try_from(offset).ok()?)?;
    usize::try_from(at).ok().filter(|at| *at < size)
}
