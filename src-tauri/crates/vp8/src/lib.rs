//! VP8 (RFC 6386) by libvpx, safe to use.
//!
//! The only crate of ours that calls C, and so the only one where `unsafe` is allowed: libvpx has no safe binding that can
//! change the bitrate while it runs. All of it stands in [`encoder`] and [`decoder`], behind checks of what goes in: planes
//! are as long as their sizes say, sizes are bounded, and what the other side sent is looked at before libvpx sees it.
//! What comes out is copied, so that nothing points into libvpx.

#![allow(unsafe_code)]

pub mod decoder;
pub mod encoder;
#[cfg(test)]
mod tests;

pub use decoder::{Decoder, Frame};
pub use encoder::{Encoder, Packet, Settings};

/// Pixels of the largest picture that is encoded or decoded: a frame of a few bytes could ask for 16383 × 16383 else.
pub const WIDEST: u32 = 4096;
pub const HIGHEST: u32 = 2304;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A picture without pixels, or larger than [`WIDEST`] × [`HIGHEST`].
    #[error("a picture of {0} × {1} is not coded")]
    Size(u32, u32),
    /// A plane is shorter than its picture.
    #[error("a plane is too short for its picture")]
    Short,
    /// What came is no frame, or one whose predecessor is missing: the next key frame helps.
    #[error("this is no frame that can be decoded now: {0}")]
    Undecodable(&'static str),
    /// libvpx refused, with its number for why.
    #[error("libvpx refused to {0}: {1}")]
    Refused(&'static str, u32),
}

/// A picture: brightness for each pixel, and two planes of colour for each 2 × 2 of them.
#[derive(Debug, Clone, Copy)]
pub struct I420<'a> {
    pub width: u32,
    pub height: u32,
    /// Y, U and V.
    pub planes: [&'a [u8]; 3],
    /// Bytes from a row to the next, of each plane.
    pub strides: [usize; 3],
}

impl I420<'_> {
    /// Whether the planes hold what the size says.
    fn check(&self) -> Result<(), Error> {
        check_size(self.width, self.height)?;
        let (width, height) = (self.width as usize, self.height as usize);
        let sizes = [(width, height), (width.div_ceil(2), height.div_ceil(2)), (width.div_ceil(2), height.div_ceil(2))];
        for ((plane, stride), (width, height)) in self.planes.iter().zip(self.strides).zip(sizes) {
            // The last row needs not be as long as its stride.
            let needed = stride.checked_mul(height - 1).and_then(|bytes| bytes.checked_add(width));
            let fits = i32::try_from(stride).is_ok() && needed.is_some_and(|needed| plane.len() >= needed);
            if stride < width || !fits {
                return Err(Error::Short);
            }
        }
        Ok(())
    }
}

fn check_size(width: u32, height: u32) -> Result<(), Error> {
    let fits = (1..=WIDEST).contains(&width) && (1..=HIGHEST).contains(&height);
    if fits { Ok(()) } else { Err(Error::Size(width, height)) }
}

/// What a frame's first bytes tell (RFC 6386 §9.1): `None` where it is no frame at all.
pub fn peek(frame: &[u8]) -> Option<Header> {
    let (&[first, second, third], rest) = frame.split_first_chunk::<3>()?;
    // A frame whose first partition is longer than the frame is cut off.
    let first_partition = (u32::from(first) | u32::from(second) << 8 | u32::from(third) << 16) >> 5;
    if first & 1 == 1 {
        return (first_partition as usize <= rest.len()).then_some(Header { key: None });
    }
    let (&[0x9d, 0x01, 0x2a, a, b, c, d], rest) = rest.split_first_chunk::<7>()? else { return None };
    let size = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    (first_partition as usize <= rest.len()).then_some(Header { key: Some((size(a, b), size(c, d))) })
}

/// See [`peek`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Width and height in pixels, where it is a key frame.
    pub key: Option<(u32, u32)>,
}
