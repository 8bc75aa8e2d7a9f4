//! Pictures: how large they are, and a small one to be seen before the large one is there (XEP-0264). Decoding is
//! bounded in points and memory, one at a time.

use std::io::{BufReader, Cursor, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::error::Error;

/// Points of a picture that is decoded at most.
pub const MAX_POINTS: u64 = 50_000_000;
/// Bytes of a thumbnail at most (XEP-0264 §3).
pub const MAX_THUMBNAIL: usize = 8 * 1024;
/// Bytes a decoder may ask for: the points of the largest in four bytes each, and as much again for itself.
const MAX_MEMORY: u64 = 8 * MAX_POINTS;
/// Bytes of a file that is decoded at most.
const MAX_FILE: u64 = 128 * 1024 * 1024;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// What it is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Jpeg,
    Png,
    Gif,
    WebP,
}

impl Format {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
        }
    }
}

/// What a picture says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    pub format: Format,
    /// Points as it is to be seen, turned.
    pub width: u32,
    pub height: u32,
}

/// A small picture without any metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    pub bytes: Vec<u8>,
    /// JPEG, or PNG where something is transparent.
    pub format: Format,
    pub width: u32,
    pub height: u32,
}

/// Reads the head only. Blocks.
///
/// # Errors
/// [`Error::Picture`] where it is none that is known here, [`Error::Giant`] beyond [`MAX_POINTS`], and as of the disk.
pub fn measure(path: &Path) -> Result<Picture, Error> {
    guarded(|| {
        let (mut decoder, format) = decoder(path)?;
        let (width, height) = decoder.dimensions();
        let (width, height) = match orientation(&mut decoder) {
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH => (height, width),
            _ => (width, height),
        };
        Ok(Picture { format, width, height })
    })
}

/// A picture with sides of at most `side` points, turned as it is to be seen, at most [`MAX_THUMBNAIL`] bytes. Of what
/// moves, the first frame. Blocks, and waits while another one is made.
///
/// # Errors
/// As [`measure`].
pub fn thumbnail(path: &Path, side: u32) -> Result<Thumbnail, Error> {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    guarded(|| {
        let (mut decoder, _) = decoder(path)?;
        let orientation = orientation(&mut decoder);
        let picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
        let side = side.clamp(16, 512);
        let mut small =
            if picture.width() > side || picture.height() > side { picture.thumbnail(side, side) } else { picture };
        small.apply_orientation(orientation);
        encoded(&small)
    })
}

/// Decoders are written with care, and bytes from others are not: a panic is one more broken picture.
fn guarded<T>(look: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| Err(Error::Picture("the decoder gave up".into())))
}

fn orientation(decoder: &mut impl ImageDecoder) -> Orientation {
    decoder.orientation().unwrap_or(Orientation::NoTransforms)
}

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
fn broken(error: image::ImageError) -> Error {
    Error::Picture(error.to_string())
}

fn decoder(path: &Path) -> Result<(impl ImageDecoder, Format), Error> {
    let file = super::open(path)?;
    if file.metadata().map_err(Error::disk("reading a file"))?.len() > MAX_FILE {
        return Err(Error::TooLarge(Some(MAX_FILE)));
    }
    bounded(BufReader::new(file))
}

fn bounded<'a>(bytes: impl std::io::BufRead + Seek + 'a) -> Result<(impl ImageDecoder + 'a, Format), Error> {
    let mut reader =
        ImageReader::new(bytes).with_guessed_format().map_err(|error| Error::Picture(error.to_string()))?;
    let format = match reader.format() {
        Some(ImageFormat::Jpeg) => Format::Jpeg,
        Some(ImageFormat::Png) => Format::Png,
        Some(ImageFormat::Gif) => Format::Gif,
        Some(ImageFormat::WebP) => Format::WebP,
        _ => return Err(Error::Picture("not of a known format".into())),
    };
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_POINTS {
        return Err(Error::Giant { width, height });
    }
    if width == 0 || height == 0 {
        return Err(Error::Picture("nothing to see".into()));
    }
    Ok((decoder, format))
}

/// Smaller and coarser until it fits.
fn encoded(picture: &DynamicImage) -> Result<Thumbnail, Error> {
    let mut side = picture.width().max(picture.height());
    let transparent = picture.color().has_alpha() && picture.to_rgba8().pixels().any(|point| point.0[3] < 255);
    loop {
        let small =
            if side < picture.width().max(picture.height()) { picture.thumbnail(side, side) } else { picture.clone() };
        let done = |bytes: Vec<u8>, format| Thumbnail { bytes, format, width: small.width(), height: small.height() };
        if transparent {
            let mut bytes = Vec::new();
            let plain = DynamicImage::from(small.to_rgba8());
            plain.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).map_err(broken)?;
            if bytes.len() <= MAX_THUMBNAIL {
                return Ok(done(bytes, Format::Png));
            }
        } else {
            for quality in [80, 60, 40] {
                let mut bytes = Vec::new();
                small
                    .to_rgb8()
                    .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))
                    .map_err(broken)?;
                if bytes.len() <= MAX_THUMBNAIL {
                    return Ok(done(bytes, Format::Jpeg));
                }
            }
        }
        if side <= 16 {
            return Err(Error::Picture("does not get small enough".into()));
        }
        side = side * 3 / 4;
    }
}

#[cfg(test)]
mod tests;
