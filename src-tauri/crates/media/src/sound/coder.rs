//! Speech as packets: Opus, with what repairs a lost packet in the next (RFC 6716, RFC 7587), and G.711.

use bytes::Bytes;

use super::{FRAME, RATE};
use crate::Error;
use crate::codec::Codec;

/// Longest packet of a frame, in bytes (RFC 7587 §4.2 has 20 ms at 510 kbit/s as the most).
const LONGEST: usize = 1275;
/// Bits a second to begin with: full band speech.
const BITRATE: i32 = 40_000;

/// Encodes frames of speech.
pub enum Encoder {
    Opus(Box<opus::Encoder>),
    /// The other two differ in a table.
    Alaw,
    Ulaw,
}

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
fn failed(error: opus::Error) -> Error {
    Error::Setup(format!("Opus: {error}"))
}

impl Encoder {
    /// # Errors
    /// [`Error::Setup`] for a codec that is none of sound.
    pub fn new(codec: Codec) -> Result<Self, Error> {
        match codec {
            Codec::Opus => {
                let mut opus =
                    opus::Encoder::new(RATE, opus::Channels::Mono, opus::Application::Voip).map_err(failed)?;
                opus.set_bitrate(opus::Bitrate::Bits(BITRATE)).map_err(failed)?;
                opus.set_inband_fec(true).map_err(failed)?;
                opus.set_packet_loss_perc(5).map_err(failed)?;
                Ok(Self::Opus(Box::new(opus)))
            }
            Codec::Pcmu => Ok(Self::Ulaw),
            Codec::Pcma => Ok(Self::Alaw),
            Codec::Vp8 => Err(Error::Setup("pictures are no sound".into())),
        }
    }

    /// # Errors
    /// [`Error::Sending`]: the codec does not take it.
    pub fn encode(&mut self, frame: &[f32; FRAME]) -> Result<Bytes, Error> {
        let law: fn(i16) -> u8 = match self {
            Self::Opus(opus) => {
                let packet = opus.encode_vec_float(frame, LONGEST);
                return packet.map(Bytes::from).map_err(|error| Error::Sending(format!("Opus: {error}")));
            }
            Self::Alaw => to_alaw,
            Self::Ulaw => to_ulaw,
        };
        // Six samples become one; the mean of them is a filter, of a kind.
        Ok(frame.chunks_exact(6).map(|six| law(to_i16(six.iter().sum::<f32>() / 6.0))).collect())
    }
}

/// Decodes packets into frames.
pub enum Decoder {
    Opus(Box<opus::Decoder>),
    Alaw { last: f32 },
    Ulaw { last: f32 },
}

impl Decoder {
    /// # Errors
    /// [`Error::Setup`] for a codec that is none of sound.
    pub fn new(codec: Codec) -> Result<Self, Error> {
        match codec {
            Codec::Opus => {
                opus::Decoder::new(RATE, opus::Channels::Mono).map(|d| Self::Opus(Box::new(d))).map_err(failed)
            }
            Codec::Pcmu => Ok(Self::Ulaw { last: 0.0 }),
            Codec::Pcma => Ok(Self::Alaw { last: 0.0 }),
            Codec::Vp8 => Err(Error::Setup("pictures are no sound".into())),
        }
    }

    /// What a packet says. One that cannot be read is as one that was lost.
    pub fn decode(&mut self, packet: &[u8]) -> [f32; FRAME] {
        match self {
            Self::Opus(opus) => {
                opus_frame(opus, packet, false).or_else(|| opus_frame(opus, &[], false)).unwrap_or([0.0; FRAME])
            }
            Self::Alaw { last } => wide(packet, last, from_alaw),
            Self::Ulaw { last } => wide(packet, last, from_ulaw),
        }
    }

    /// The lost one before `next`, as that tells it; made up where it does not.
    pub fn recover(&mut self, next: &[u8]) -> [f32; FRAME] {
        match self {
            Self::Opus(opus) => match opus_frame(opus, next, true) {
                Some(frame) => frame,
                None => self.conceal(),
            },
            _ => self.conceal(),
        }
    }

    /// A lost one, made up from what came before.
    pub fn conceal(&mut self) -> [f32; FRAME] {
        match self {
            Self::Opus(opus) => opus_frame(opus, &[], false).unwrap_or([0.0; FRAME]),
            // There is nothing to go on: it fades out.
            Self::Alaw { last } | Self::Ulaw { last } => {
                let mut level = std::mem::take(last);
                std::array::from_fn(|_| {
                    level *= 0.99;
                    level
                })
            }
        }
    }
}

/// `None` where it is not one frame.
fn opus_frame(opus: &mut opus::Decoder, packet: &[u8], recover: bool) -> Option<[f32; FRAME]> {
    // The longest there is: 120 ms.
    let mut samples = [0.0; FRAME * 6];
    let room = if packet.is_empty() || recover { FRAME } else { samples.len() };
    let count = opus.decode_float(packet, &mut samples[..room], recover).ok()?;
    samples[..count.min(FRAME)].try_into().ok()
}

fn to_i16(sample: f32) -> i16 {
    #[expect(clippy::cast_possible_truncation, reason = "between the bounds")]
    let sample = (sample.clamp(-1.0, 1.0) * 32_767.0) as i16;
    sample
}

/// Eight thousand samples a second as forty-eight thousand, with straight lines between them.
fn wide(packet: &[u8], last: &mut f32, law: fn(u8) -> i16) -> [f32; FRAME] {
    let mut frame = [0.0; FRAME];
    for (six, byte) in frame.chunks_exact_mut(6).zip(packet) {
        let sample = f32::from(law(*byte)) / 32_768.0;
        for (at, wide) in (1_u8..).zip(six.iter_mut()) {
            *wide = *last + (sample - *last) * f32::from(at) / 6.0;
        }
        *last = sample;
    }
    frame
}

/// ITU-T G.711, μ-law.
fn to_ulaw(sample: i16) -> u8 {
    const BIAS: i32 = 0x84;
    let (sign, level) = if sample < 0 { (0x80, -i32::from(sample)) } else { (0, i32::from(sample)) };
    let level = level.min(32_635) + BIAS;
    let exponent = (level.ilog2() - 7).min(7);
    let mantissa = (level >> (exponent + 3)) & 0x0F;
    !u8::try_from(sign | (i32::try_from(exponent).unwrap_or(0) << 4) | mantissa).unwrap_or(0)
}

fn from_ulaw(byte: u8) -> i16 {
    let byte = !byte;
    let level = ((i16::from(byte & 0x0F) << 3) + 0x84) << ((byte >> 4) & 7);
    let level = level - 0x84;
    if byte & 0x80 == 0 { level } else { -level }
}

/// ITU-T G.711, A-law.
fn to_alaw(sample: i16) -> u8 {
    let (sign, level) = if sample < 0 { (0, i32::from(!sample)) } else { (0x80, i32::from(sample)) };
    let level = level >> 3;
    let coded = if level < 32 {
        level >> 1
    } else {
        let exponent = level.ilog2() - 4;
        (i32::try_from(exponent).unwrap_or(0) << 4) | ((level >> exponent) & 0x0F)
    };
    u8::try_from(coded | sign).unwrap_or(0) ^ 0x55
}

fn from_alaw(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let (exponent, mantissa) = ((byte >> 4) & 7, i16::from(byte & 0x0F));
    let level = match exponent {
        0 => (mantissa << 4) + 8,
        exponent => ((mantissa << 4) + 0x108) << (exponent - 1),
    };
    if byte & 0x80 == 0 { -level } else { level }
}

#[cfg(test)]
mod tests {
    use super::super::tone::{share, tone};
    use super::*;

    /// A second of it, there and back; `lost` frames are recovered from the next.
    fn carried(codec: Codec, lost: impl Fn(usize) -> bool) -> Vec<f32> {
        let (mut encoder, mut decoder) = (Encoder::new(codec).unwrap(), Decoder::new(codec).unwrap());
        let packets: Vec<_> = (0..50).map(|frame| encoder.encode(&tone(440.0, frame)).unwrap()).collect();
        let mut heard = Vec::new();
        for (at, packet) in packets.iter().enumerate() {
            let frame = match packets.get(at + 1) {
                Some(next) if lost(at) => decoder.recover(next),
                _ => decoder.decode(packet),
            };
            heard.extend(frame);
        }
        heard.split_off(FRAME * 5)
    }

    #[test]
    fn a_tone_stays_the_tone_it_was() {
        for codec in [Codec::Opus, Codec::Pcmu, Codec::Pcma] {
            let heard = carried(codec, |_| false);
            assert!(share(&heard, 440.0) > 0.95, "{codec:?}: {}", share(&heard, 440.0));
            assert!(share(&heard, 600.0) < 0.05, "{codec:?}");
            let loudest = heard.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
            assert!((0.4..0.6).contains(&loudest), "{codec:?}: {loudest}");
        }
    }

    #[test]
    fn what_was_lost_is_hardly_heard() {
        let heard = carried(Codec::Opus, |frame| frame % 10 == 5);
        assert!(share(&heard, 440.0) > 0.85, "{}", share(&heard, 440.0));
    }

    #[test]
    fn garbage_is_no_more_than_a_noise() {
        for codec in [Codec::Opus, Codec::Pcmu, Codec::Pcma] {
            let mut decoder = Decoder::new(codec).unwrap();
            for packet in [&[][..], &[0xFF; 3], &[0; 2000], &[0x7F, 0xFF, 0xFF, 0xFF], &[3, 63, 255]] {
                let loud = |frame: [f32; FRAME]| frame.iter().any(|sample| !sample.is_finite());
                assert!(!loud(decoder.decode(packet)) && !loud(decoder.recover(packet)), "{codec:?} {packet:?}");
            }
        }
        assert!(Encoder::new(Codec::Vp8).is_err() && Decoder::new(Codec::Vp8).is_err());
    }

    /// Each code stands for a level that has that code again (ITU-T G.711).
    #[test]
    fn the_laws_are_their_own_inverse() {
        for byte in 0..=255 {
            assert_eq!(to_alaw(from_alaw(byte)), byte, "A-law");
            // There are two zeros.
            assert_eq!(from_ulaw(to_ulaw(from_ulaw(byte))), from_ulaw(byte), "μ-law");
        }
        assert_eq!((from_ulaw(0x80), from_ulaw(0x00)), (32_124, -32_124));
        assert_eq!((from_alaw(0xAA), from_alaw(0x2A)), (32_256, -32_256));
    }
}
