//! Decoding.

use std::mem::MaybeUninit;
use std::os::raw::{c_int, c_uint};
use std::ptr;

use vpx_sys::{vpx_codec_ctx_t, vpx_image_t};

use crate::encoder::accepted;
use crate::{Error, I420, check_size, peek};

/// Bytes of the longest frame that is looked at: an uncompressed one of the largest size.
const LONGEST: usize = 16 << 20;

/// A decoded picture, without gaps between its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub width: u32,
    pub height: u32,
    /// Y, U and V.
    pub planes: [Vec<u8>; 3],
}

impl Frame {
    pub fn view(&self) -> I420<'_> {
        let width = self.width as usize;
        I420 {
            width: self.width,
            height: self.height,
            planes: self.planes.each_ref().map(Vec::as_slice),
            strides: [width, width.div_ceil(2), width.div_ceil(2)],
        }
    }
}

/// Decodes what comes from others, who may send anything.
#[derive(Default)]
pub struct Decoder {
    /// From the first key frame on, with its size.
    open: Option<(Codec, (u32, u32))>,
}

// SAFETY: libvpx's context is bound to no thread; it must only not be used by two at once, and all of it needs `&mut`.
unsafe impl Send for Decoder {}

impl Decoder {
    pub fn new() -> Self {
        Self::default()
    }

    /// Decodes a frame. Nothing comes out of one that is not to be shown.
    ///
    /// # Errors
    /// [`Error::Size`], [`Error::Undecodable`], [`Error::Refused`]; what comes then is decoded from the next key frame on, or
    /// is wrong to look at before.
    pub fn decode(&mut self, frame: &[u8]) -> Result<Option<Frame>, Error> {
        let header = peek(frame).ok_or(Error::Undecodable("it is cut off, or none"))?;
        if frame.len() > LONGEST {
            return Err(Error::Undecodable("it is too long"));
        }
        if let Some(size) = header.key {
            check_size(size.0, size.1)?;
            // Nothing of another size is left over in a new one.
            if self.open.as_ref().is_none_or(|(_, old)| *old != size) {
                self.open = Some((Codec::open()?, size));
            }
        }
        let Some((codec, size)) = &mut self.open else {
            return Err(Error::Undecodable("no key frame came before it"));
        };
        codec.decode(frame)?;
        codec.frame(*size)
    }
}

/// An open context, that is closed when dropped. In a box, so that it stays where libvpx saw it.
struct Codec(Box<vpx_codec_ctx_t>);

impl Codec {
    fn open() -> Result<Self, Error> {
        let mut context = Box::new(MaybeUninit::<vpx_codec_ctx_t>::zeroed());
        let configuration = vpx_sys::vpx_codec_dec_cfg { threads: 1, w: 0, h: 0 };
        // SAFETY: asks for a static table.
        let interface = unsafe { vpx_sys::vpx_codec_vp8_dx() };
        // SAFETY: the context is ours to write to, the interface is libvpx's own, and the configuration lives through the call,
        // which copies it.
        let result = unsafe {
            let version = vpx_sys::VPX_DECODER_ABI_VERSION as c_int;
            vpx_sys::vpx_codec_dec_init_ver(context.as_mut_ptr(), interface, &raw const configuration, 0, version)
        };
        accepted(result, "begin decoding")?;
        // SAFETY: it is zeroed, which is valid for all its fields, and initialised.
        Ok(Self(unsafe { context.assume_init() }))
    }

    fn decode(&mut self, frame: &[u8]) -> Result<(), Error> {
        let length = c_uint::try_from(frame.len()).map_err(|_| Error::Undecodable("it is too long"))?;
        // SAFETY: the context is open; the frame is only read, and only during the call, and is as long as said. It is not
        // empty, which would mean another thing.
        let result = unsafe { vpx_sys::vpx_codec_decode(&raw mut *self.0, frame.as_ptr(), length, ptr::null_mut(), 0) };
        accepted(result, "decode")
    }

    /// What was decoded, where there is something to show.
    fn frame(&mut self, size: (u32, u32)) -> Result<Option<Frame>, Error> {
        let mut iterator = ptr::null();
        // SAFETY: the context is open, and the iterator began as null.
        let image = unsafe { vpx_sys::vpx_codec_get_frame(&raw mut *self.0, &raw mut iterator) };
        // SAFETY: it is null or valid until the context is used again.
        let Some(image) = (unsafe { image.as_ref() }) else { return Ok(None) };
        // As it was said to be, and so within bounds.
        if (image.d_w, image.d_h) != size || image.fmt != vpx_sys::vpx_img_fmt::VPX_IMG_FMT_I420 {
            return Err(Error::Undecodable("it is not of the size that it said"));
        }
        let (width, height) = (size.0 as usize, size.1 as usize);
        let half = (width.div_ceil(2), height.div_ceil(2));
        let planes = [copy(image, 0, width, height)?, copy(image, 1, half.0, half.1)?, copy(image, 2, half.0, half.1)?];
        Ok(Some(Frame { width: size.0, height: size.1, planes }))
    }
}

impl Drop for Codec {
    fn drop(&mut self) {
        // SAFETY: it was opened, and is used no more.
        unsafe { vpx_sys::vpx_codec_destroy(&raw mut *self.0) };
    }
}

/// A plane of libvpx's.
fn copy(image: &vpx_image_t, plane: usize, width: usize, height: usize) -> Result<Vec<u8>, Error> {
    let wrong = || Error::Undecodable("it has no such plane");
    let start = image.planes.get(plane).filter(|start| !start.is_null()).ok_or_else(wrong)?;
    let stride = image.stride.get(plane).and_then(|stride| usize::try_from(*stride).ok()).ok_or_else(wrong)?;
    if stride < width || height == 0 {
        return Err(wrong());
    }
    // SAFETY: libvpx's picture is of this size with this stride, and stays until the context is used again, which `image`'s
    // lifetime keeps from happening.
    let rows = unsafe { std::slice::from_raw_parts(*start, stride * (height - 1) + width) };
    let mut copied = Vec::with_capacity(width * height);
    rows.chunks(stride).for_each(|row| copied.extend_from_slice(&row[..width]));
    Ok(copied)
}
