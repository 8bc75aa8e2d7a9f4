//! Encoding.

use std::mem::MaybeUninit;
use std::os::raw::{c_int, c_uint};
use std::ptr;

use vpx_sys::vp8e_enc_control_id as control;
use vpx_sys::{vpx_codec_ctx_t, vpx_codec_enc_cfg_t, vpx_codec_err_t, vpx_image_t};

use crate::{Error, I420, check_size};

/// Where the quantizer ends; libwebrtc's.
const BEST: u32 = 2;
const WORST: u32 = 56;

/// Pixels from which a second thread pays.
const MANY: u32 = 1280 * 720;

/// How to encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub width: u32,
    pub height: u32,
    /// Bits a second.
    pub bitrate: u32,
    /// What is drawn rather than filmed: text stays sharp, and a still picture costs nothing.
    pub screen: bool,
    /// How little is tried for each frame, from 4 to 16; the more, the faster and the worse.
    pub speed: u8,
    /// At most this many threads.
    pub threads: u8,
}

/// An encoded frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    pub data: Vec<u8>,
    /// It needs no other to be decoded.
    pub key: bool,
    /// Microseconds, as given with the picture.
    pub pts: i64,
}

/// For calls: each frame comes out as soon as its picture is in, and key frames are made only where asked for.
pub struct Encoder {
    settings: Settings,
    codec: Codec,
    configuration: vpx_codec_enc_cfg_t,
    last: Option<i64>,
    key: bool,
}

// SAFETY: libvpx's context is bound to no thread; it must only not be used by two at once, and all of it needs `&mut`.
unsafe impl Send for Encoder {}

impl Encoder {
    /// # Errors
    /// [`Error::Size`], [`Error::Refused`].
    pub fn new(settings: Settings) -> Result<Self, Error> {
        check_size(settings.width, settings.height)?;
        let configuration = configuration(settings)?;
        let mut codec = Codec::open(&configuration)?;
        codec.prepare(settings)?;
        Ok(Self { settings, codec, configuration, last: None, key: true })
    }

    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// From the next frame on.
    ///
    /// # Errors
    /// [`Error::Refused`]; it goes on as before then.
    pub fn set_bitrate(&mut self, bitrate: u32) -> Result<(), Error> {
        let configuration = vpx_codec_enc_cfg_t { rc_target_bitrate: kilobits(bitrate), ..self.configuration };
        // SAFETY: the context is open, and the configuration lives through the call, which copies it.
        let result = unsafe { vpx_sys::vpx_codec_enc_config_set(&raw mut *self.codec.0, &raw const configuration) };
        accepted(result, "change the bitrate")?;
        self.configuration = configuration;
        self.settings.bitrate = bitrate;
        Ok(())
    }

    /// From the next frame on.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn set_speed(&mut self, speed: u8) -> Result<(), Error> {
        self.codec.control(control::VP8E_SET_CPUUSED, -c_int::from(speed.clamp(4, 16)))?;
        self.settings.speed = speed;
        Ok(())
    }

    /// Changes the size, and what kind of picture it is of. The next frame is a key frame.
    ///
    /// It begins anew rather than by `vpx_codec_enc_config_set`: that cannot grow, and has overrun its buffers
    /// (CVE-2023-5217).
    ///
    /// # Errors
    /// [`Error::Size`], [`Error::Refused`]; it goes on as before then.
    pub fn resize(&mut self, width: u32, height: u32, screen: bool) -> Result<(), Error> {
        let new = Self::new(Settings { width, height, screen, ..self.settings })?;
        *self = Self { last: self.last, ..new };
        Ok(())
    }

    /// The next frame is a key frame.
    pub fn request_key(&mut self) {
        self.key = true;
    }

    /// Encodes a picture of the size that is set, shown from `pts` for `duration`, both in microseconds. Nothing comes out
    /// where it is left out for the bitrate's sake.
    ///
    /// # Errors
    /// [`Error::Size`] where the picture is of another size, [`Error::Short`], [`Error::Refused`].
    pub fn encode(&mut self, picture: &I420<'_>, pts: i64, duration: u32) -> Result<Option<Packet>, Error> {
        picture.check()?;
        if (picture.width, picture.height) != (self.settings.width, self.settings.height) {
            return Err(Error::Size(picture.width, picture.height));
        }
        // libvpx takes no time that does not go forward; where the clock was set back, a picture comes at once.
        let pts = self.last.map_or(pts, |last| pts.max(last.saturating_add(1)));
        let image = wrap(picture)?;
        let flags = if self.key { vpx_sys::VPX_EFLAG_FORCE_KF } else { 0 };
        // SAFETY: the context is open; the image's planes are those of `picture`, checked to be as long as its size and strides
        // say, and are only read, and only during the call, as no lag is configured.
        let result = unsafe {
            vpx_sys::vpx_codec_encode(
                &raw mut *self.codec.0,
                &raw const image,
                pts,
                duration.max(1).into(),
                flags.into(),
                vpx_sys::VPX_DL_REALTIME.into(),
            )
        };
        accepted(result, "encode")?;
        self.last = Some(pts);
        let packet = self.codec.packet().map(|(data, key)| Packet { data, key, pts });
        if packet.as_ref().is_some_and(|packet| packet.key) {
            self.key = false;
        }
        Ok(packet)
    }
}

/// An open context, that is closed when dropped. In a box, so that it stays where libvpx saw it.
struct Codec(Box<vpx_codec_ctx_t>);

impl Codec {
    fn open(configuration: &vpx_codec_enc_cfg_t) -> Result<Self, Error> {
        let mut context = Box::new(MaybeUninit::<vpx_codec_ctx_t>::zeroed());
        // SAFETY: asks for a static table.
        let interface = unsafe { vpx_sys::vpx_codec_vp8_cx() };
        // SAFETY: the context is ours to write to, the interface is libvpx's own, and the configuration lives through the call,
        // which copies it.
        let result = unsafe {
            let version = vpx_sys::VPX_ENCODER_ABI_VERSION as c_int;
            vpx_sys::vpx_codec_enc_init_ver(context.as_mut_ptr(), interface, configuration, 0, version)
        };
        accepted(result, "begin encoding")?;
        // SAFETY: it is zeroed, which is valid for all its fields, and initialised.
        Ok(Self(unsafe { context.assume_init() }))
    }

    /// What is no part of the configuration.
    fn prepare(&mut self, settings: Settings) -> Result<(), Error> {
        self.control(control::VP8E_SET_CPUUSED, -c_int::from(settings.speed.clamp(4, 16)))?;
        self.control(control::VP8E_SET_STATIC_THRESHOLD, if settings.screen { 100 } else { 1 })?;
        self.control(control::VP8E_SET_SCREEN_CONTENT_MODE, c_int::from(settings.screen))?;
        self.control(control::VP8E_SET_NOISE_SENSITIVITY, 0)?;
        // A key frame may cost what nine others do, lest it stop all others for a second.
        self.control(control::VP8E_SET_MAX_INTRA_BITRATE_PCT, 900)
    }

    fn control(&mut self, what: control, value: c_int) -> Result<(), Error> {
        // SAFETY: the context is open, and all that is set here takes one int.
        let result = unsafe { vpx_sys::vpx_codec_control_(&raw mut *self.0, what as c_int, value) };
        accepted(result, "be set up")
    }

    /// The frame that was encoded, and whether it is a key frame. All partitions of a frame come in one.
    fn packet(&mut self) -> Option<(Vec<u8>, bool)> {
        let mut iterator = ptr::null();
        loop {
            // SAFETY: the context is open, and the iterator began as null and is only libvpx's since.
            let packet = unsafe { vpx_sys::vpx_codec_get_cx_data(&raw mut *self.0, &raw mut iterator) };
            // SAFETY: it is null or valid until the context is used again.
            let packet = unsafe { packet.as_ref() }?;
            if packet.kind != vpx_sys::vpx_codec_cx_pkt_kind::VPX_CODEC_CX_FRAME_PKT {
                continue;
            }
            // SAFETY: the kind says which field of the union it is.
            let frame = unsafe { packet.data.frame };
            let Ok(length) = usize::try_from(frame.sz) else { continue };
            if frame.buf.is_null() {
                continue;
            }
            // SAFETY: libvpx says where it is and how long, and leaves it there until the context is used again.
            let data = unsafe { std::slice::from_raw_parts(frame.buf.cast::<u8>(), length) };
            return Some((data.to_vec(), frame.flags & vpx_sys::VPX_FRAME_IS_KEY != 0));
        }
    }
}

impl Drop for Codec {
    fn drop(&mut self) {
        // SAFETY: it was opened, and is used no more.
        unsafe { vpx_sys::vpx_codec_destroy(&raw mut *self.0) };
    }
}

fn configuration(settings: Settings) -> Result<vpx_codec_enc_cfg_t, Error> {
    let mut configuration = MaybeUninit::zeroed();
    // SAFETY: asks for a static table.
    let interface = unsafe { vpx_sys::vpx_codec_vp8_cx() };
    // SAFETY: the interface is libvpx's own, and the configuration is ours to write to.
    let result = unsafe { vpx_sys::vpx_codec_enc_config_default(interface, configuration.as_mut_ptr(), 0) };
    accepted(result, "tell its defaults")?;
    // SAFETY: it is filled in, as the result says.
    let default: vpx_codec_enc_cfg_t = unsafe { configuration.assume_init() };
    let several = settings.threads > 1 && settings.width * settings.height >= MANY;
    Ok(vpx_codec_enc_cfg_t {
        g_w: settings.width,
        g_h: settings.height,
        g_threads: if several { c_uint::from(settings.threads.min(4)) } else { 1 },
        g_timebase: vpx_sys::vpx_rational { num: 1, den: 1_000_000 },
        g_error_resilient: vpx_sys::VPX_ERROR_RESILIENT_DEFAULT,
        g_pass: vpx_sys::vpx_enc_pass::VPX_RC_ONE_PASS,
        g_lag_in_frames: 0,
        // Percent of the buffer, below which pictures are left out.
        rc_dropframe_thresh: 25,
        rc_resize_allowed: 0,
        rc_end_usage: vpx_sys::vpx_rc_mode::VPX_CBR,
        rc_target_bitrate: kilobits(settings.bitrate),
        rc_min_quantizer: BEST,
        rc_max_quantizer: WORST,
        rc_undershoot_pct: 100,
        rc_overshoot_pct: 15,
        // Milliseconds.
        rc_buf_sz: 1000,
        rc_buf_initial_sz: 500,
        rc_buf_optimal_sz: 600,
        kf_mode: vpx_sys::vpx_kf_mode::VPX_KF_DISABLED,
        ..default
    })
}

fn kilobits(bitrate: u32) -> c_uint {
    (bitrate / 1000).clamp(1, 100_000)
}

/// As libvpx sees a picture. Valid as long as the picture is, which has to be checked before.
fn wrap(picture: &I420<'_>) -> Result<vpx_image_t, Error> {
    let mut image = MaybeUninit::<vpx_image_t>::zeroed();
    let [y, u, v] = picture.planes.map(|plane| plane.as_ptr().cast_mut());
    // SAFETY: the image is ours to write to; libvpx only computes where planes would be, and touches none.
    let wrapped = unsafe {
        let format = vpx_sys::vpx_img_fmt::VPX_IMG_FMT_I420;
        vpx_sys::vpx_img_wrap(image.as_mut_ptr(), format, picture.width, picture.height, 1, y)
    };
    if wrapped.is_null() {
        return Err(Error::Refused("take a picture", 0));
    }
    // SAFETY: it is filled in.
    let mut image = unsafe { image.assume_init() };
    image.planes = [y, u, v, ptr::null_mut()];
    for (to, from) in image.stride.iter_mut().zip(picture.strides) {
        *to = c_int::try_from(from).map_err(|_| Error::Short)?;
    }
    Ok(image)
}

pub(crate) fn accepted(result: vpx_codec_err_t, what: &'static str) -> Result<(), Error> {
    if result == vpx_codec_err_t::VPX_CODEC_OK { Ok(()) } else { Err(Error::Refused(what, result as u32)) }
}
