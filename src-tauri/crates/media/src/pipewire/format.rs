//! What is asked of a node, and what was agreed on with it.

use std::io::Cursor;

use pipewire::spa::param::ParamType;
use pipewire::spa::param::format::{FormatProperties, MediaSubtype, MediaType};
use pipewire::spa::param::format_utils::parse_format;
use pipewire::spa::param::video::{VideoFormat, VideoInfoRaw};
use pipewire::spa::pod::serialize::PodSerializer;
use pipewire::spa::pod::{ChoiceValue, Object, Pod, Property, Value, object, property};
use pipewire::spa::sys;
use pipewire::spa::utils::{Choice, ChoiceEnum, ChoiceFlags, Fraction, Id, Rectangle, SpaTypes};

use crate::video::Format;

/// Pixels of a side; what is larger is no picture.
const LARGEST: u32 = 16_384;
/// Bytes that a region of a picture is described in.
const REGION: i32 = 16;
/// Bytes that a JPEG picture has room in, where the other side does not know how many it takes.
const ROOM: i32 = 2 << 20;

/// How the bytes of a picture are pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Raw(Format),
    Jpeg,
}

/// What was agreed on, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    pub coding: Coding,
    pub width: usize,
    pub height: usize,
}

/// What is asked for: pixels, and pictures a second, from … to.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub jpeg: bool,
    /// Pixels of which a part can be taken: a window may come in a buffer that shows more.
    pub whole_pixels: bool,
    pub smallest: (u32, u32),
    pub largest: (u32, u32),
    pub rates: (u32, u32),
}

impl Asked {
    /// What a call wants of a camera, the best first: plain pixels that come often enough; else compressed ones; else
    /// whatever it has.
    pub fn camera(rate: u32) -> Vec<Self> {
        let (small, large) = ((640, 360), (1280, 720));
        let often =
            Self { jpeg: false, whole_pixels: false, smallest: small, largest: large, rates: (rate.min(20), rate) };
        let any = Self { smallest: (1, 1), largest: (LARGEST, LARGEST), rates: (0, 1000), ..often };
        vec![often, Self { jpeg: true, ..often }, any, Self { jpeg: true, ..any }]
    }

    /// What is wanted of a screen: as it is. Its pictures come when it changes, which is a rate of 0.
    pub fn screen() -> Vec<Self> {
        vec![Self { jpeg: false, whole_pixels: true, smallest: (1, 1), largest: (LARGEST, LARGEST), rates: (0, 1000) }]
    }

    /// As PipeWire wants it, with no more than so many pictures a second where they come by changes.
    pub fn pod(&self, most: u32) -> Option<Vec<u8>> {
        let kind = if self.jpeg { MediaSubtype::Mjpg } else { MediaSubtype::Raw };
        let mut asked = object!(
            SpaTypes::ObjectParamFormat,
            ParamType::EnumFormat,
            property!(FormatProperties::MediaType, Id, MediaType::Video),
            property!(FormatProperties::MediaSubtype, Id, kind),
        );
        if self.whole_pixels {
            asked.properties.push(property!(
                FormatProperties::VideoFormat,
                Choice,
                Enum,
                Id,
                VideoFormat::BGRx,
                VideoFormat::BGRx,
                VideoFormat::BGRA,
                VideoFormat::RGBx,
                VideoFormat::RGBA,
            ));
        } else if !self.jpeg {
            asked.properties.push(property!(
                FormatProperties::VideoFormat,
                Choice,
                Enum,
                Id,
                VideoFormat::I420,
                VideoFormat::I420,
                VideoFormat::NV12,
                VideoFormat::YUY2,
                VideoFormat::BGRx,
                VideoFormat::BGRA,
                VideoFormat::RGBx,
                VideoFormat::RGBA,
            ));
        }
        let size = |(width, height)| Rectangle { width, height };
        let rate = |num| Fraction { num, denom: 1 };
        asked.properties.push(property!(
            FormatProperties::VideoSize,
            Choice,
            Range,
            Rectangle,
            size((self.largest.0.min(1280), self.largest.1.min(720))),
            size(self.smallest),
            size(self.largest)
        ));
        let (least, greatest) = self.rates;
        let usual = if least == 0 { 0 } else { greatest };
        asked.properties.push(property!(
            FormatProperties::VideoFramerate,
            Choice,
            Range,
            Fraction,
            rate(usual),
            rate(least),
            rate(greatest)
        ));
        asked.properties.push(property!(
            FormatProperties::VideoMaxFramerate,
            Choice,
            Range,
            Fraction,
            rate(most),
            rate(1),
            rate(most)
        ));
        bytes(asked)
    }
}

/// The format that both sides have settled on; nothing where it cannot be seen by us.
pub fn agreed(param: &Pod) -> Option<Agreed> {
    let (kind, subtype) = parse_format(param).ok()?;
    if kind != MediaType::Video {
        return None;
    }
    let mut info = VideoInfoRaw::new();
    if subtype == MediaSubtype::Mjpg {
        // Its bytes tell their size.
        return Some(Agreed { coding: Coding::Jpeg, width: 0, height: 0 });
    }
    info.parse(param).ok().filter(|_| subtype == MediaSubtype::Raw)?;
    let format = match info.format() {
        VideoFormat::I420 => Format::I420,
        VideoFormat::NV12 => Format::Nv12,
        VideoFormat::YUY2 => Format::Yuyv,
        VideoFormat::BGRx | VideoFormat::BGRA => Format::Bgra,
        VideoFormat::RGBx | VideoFormat::RGBA => Format::Rgba,
        _ => return None,
    };
    let size = info.size();
    let side = |pixels: u32| usize::try_from(pixels).ok().filter(|_| (1..=LARGEST).contains(&pixels));
    Some(Agreed { coding: Coding::Raw(format), width: side(size.width)?, height: side(size.height)? })
}

/// How pictures are handed over: in memory that can be read here, not in the graphics card's; and with the part of them
/// that is a window.
pub fn buffers(agreed: &Agreed) -> Vec<Vec<u8>> {
    let memory = (1 << sys::SPA_DATA_MemPtr) | (1 << sys::SPA_DATA_MemFd);
    let mut buffers = Object {
        type_: SpaTypes::ObjectParamBuffers.as_raw(),
        id: ParamType::Buffers.as_raw(),
        properties: vec![
            Property::new(sys::SPA_PARAM_BUFFERS_buffers, choice(ChoiceEnum::Range { default: 4, min: 2, max: 8 })),
            Property::new(
                sys::SPA_PARAM_BUFFERS_dataType,
                choice(ChoiceEnum::Flags { default: memory, flags: Vec::new() }),
            ),
        ],
    };
    if agreed.coding == Coding::Jpeg {
        let room = choice(ChoiceEnum::Range { default: ROOM, min: 1, max: i32::MAX });
        buffers.properties.push(Property::new(sys::SPA_PARAM_BUFFERS_size, room));
    }
    let crop = Object {
        type_: SpaTypes::ObjectParamMeta.as_raw(),
        id: ParamType::Meta.as_raw(),
        properties: vec![
            Property::new(sys::SPA_PARAM_META_type, Value::Id(Id(sys::SPA_META_VideoCrop))),
            Property::new(sys::SPA_PARAM_META_size, Value::Int(REGION)),
        ],
    };
    [buffers, crop].into_iter().filter_map(bytes).collect()
}

fn choice(choice: ChoiceEnum<i32>) -> Value {
    Value::Choice(ChoiceValue::Int(Choice(ChoiceFlags::empty(), choice)))
}

fn bytes(object: Object) -> Option<Vec<u8>> {
    let written = PodSerializer::serialize(Cursor::new(Vec::new()), &Value::Object(object)).ok()?;
    Some(written.0.into_inner())
}
