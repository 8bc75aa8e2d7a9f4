//! Motion JPEG, in which many cameras give what is large or comes often.

use waxwing_vp8::{HIGHEST, WIDEST};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Width, height and four bytes for each pixel.
pub(super) fn pixels(bytes: &[u8]) -> Option<(usize, usize, Vec<u8>)> {
    let options = DecoderOptions::default()
        .set_max_width(WIDEST as usize)
        .set_max_height(HIGHEST as usize)
        // Cameras leave out what they like.
        .set_strict_mode(false)
        .jpeg_set_out_colorspace(ColorSpace::RGBA);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let pixels = decoder.decode().ok()?;
    let (width, height) = decoder.dimensions()?;
    Some((width, height, pixels))
}
