//! Pictures as they are encoded: I420, in the colours of BT.601 with limited range, as calls have it.

mod convert;
#[cfg(target_os = "linux")]
mod jpeg;
mod scale;
#[cfg(test)]
mod tests;
mod thin;

use std::sync::Arc;

use waxwing_vp8::{Frame, HIGHEST, I420, WIDEST};

/// A picture: brightness for each pixel, and two planes of colour for each 2 × 2 of them. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    /// Y, U and V, without gaps between rows.
    planes: [Arc<[u8]>; 3],
}

/// How bytes are pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Four bytes each: blue, green, red, and one without meaning. What X11 has.
    Bgra,
    /// Four bytes each: red, green, blue, and one without meaning.
    Rgba,
    /// Four bytes for two: Y, U, Y, V. What most cameras have.
    Yuyv,
    /// A plane of Y, then one of U and V by turns, half as wide and high.
    Nv12,
    /// A plane of Y, one of U and one of V.
    I420,
}

impl Format {
    /// Bytes from a row to the next where there are no gaps; that of the first plane.
    fn row(self, width: usize) -> usize {
        match self {
            Self::Bgra | Self::Rgba => width * 4,
            Self::Yuyv => width.div_ceil(2) * 4,
            Self::Nv12 | Self::I420 => width,
        }
    }
}

impl Picture {
    /// From what a camera or screen gives, in pixels; `stride` is the bytes from a row to the next (of the first plane; where
    /// there are three, the others have half), or nothing where there are no gaps. A last odd row or column is left out:
    /// colour comes in pairs. `None` where the bytes are too few, or the picture is empty or larger than can be encoded.
    pub fn read(format: Format, width: usize, height: usize, stride: Option<usize>, bytes: &[u8]) -> Option<Self> {
        let (even_width, even_height) = (width & !1, height & !1);
        if even_width == 0 || even_height == 0 || even_width > WIDEST as usize || even_height > HIGHEST as usize {
            return None;
        }
        let stride = stride.unwrap_or_else(|| format.row(width));
        if stride < format.row(width) {
            return None;
        }
        let planes = convert::planes(format, (even_width, even_height), height, stride, bytes)?;
        Some(Self { width: even_width, height: even_height, planes: planes.map(Arc::from) })
    }

    /// The same of pixels of four bytes, where a picture that is larger than can be encoded has each second row and column
    /// left out, and again until it fits.
    pub fn read_thinned(format: Format, width: usize, height: usize, stride: usize, bytes: &[u8]) -> Option<Self> {
        if width <= WIDEST as usize && height <= HIGHEST as usize {
            return Self::read(format, width, height, Some(stride), bytes);
        }
        let (thin, width, height) = thin::thinned((width, height), stride, bytes)?;
        Self::read(format, width, height, None, &thin)
    }

    /// From a JPEG picture, such as each of those of Motion JPEG; `None` where it is broken or too large.
    #[cfg(target_os = "linux")]
    pub fn read_jpeg(bytes: &[u8]) -> Option<Self> {
        let (width, height, pixels) = jpeg::pixels(bytes)?;
        Self::read(Format::Rgba, width, height, None, &pixels)
    }

    /// All of one colour, given as Y, U and V.
    pub fn plain(width: usize, height: usize, [y, u, v]: [u8; 3]) -> Self {
        let quarter = width.div_ceil(2) * height.div_ceil(2);
        let plane = |value: u8, length: usize| Arc::from(vec![value; length]);
        Self { width, height, planes: [plane(y, width * height), plane(u, quarter), plane(v, quarter)] }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    /// Y, U and V, without gaps between rows.
    pub fn planes(&self) -> [&[u8]; 3] {
        self.planes.each_ref().map(|plane| &**plane)
    }

    /// Y, U and V of a pixel, black beyond the edges.
    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let half = self.width.div_ceil(2);
        let value = |plane: usize, at: usize| self.planes[plane].get(at).copied();
        let inside = x < self.width && y < self.height;
        let colour = y / 2 * half + x / 2;
        let found = (value(0, y * self.width + x), value(1, colour), value(2, colour));
        match found {
            (Some(y), Some(u), Some(v)) if inside => [y, u, v],
            _ => [16, 128, 128],
        }
    }

    /// Smaller, of exactly this size, which is made even; itself where it is that small.
    #[must_use]
    pub fn scaled(&self, width: usize, height: usize) -> Self {
        let (width, height) = (width.max(2) & !1, height.max(2) & !1);
        if width >= self.width && height >= self.height {
            return self.clone();
        }
        scale::scaled(self, width.min(self.width), height.min(self.height))
    }

    /// As RGBA, for whoever can show nothing else.
    pub fn rgba(&self) -> Vec<u8> {
        convert::rgba(self)
    }

    /// As the encoder takes it; `None` where it is too large for any.
    pub(crate) fn view(&self) -> Option<I420<'_>> {
        let half = self.width.div_ceil(2);
        Some(I420 {
            width: u32::try_from(self.width).ok()?,
            height: u32::try_from(self.height).ok()?,
            planes: self.planes(),
            strides: [self.width, half, half],
        })
    }
}

impl From<Frame> for Picture {
    fn from(frame: Frame) -> Self {
        Self { width: frame.width as usize, height: frame.height as usize, planes: frame.planes.map(Arc::from) }
    }
}
