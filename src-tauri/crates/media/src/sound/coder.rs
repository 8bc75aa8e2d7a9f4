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
        Ok(frame.chunks_exact(NARROW).map(|six| law(to_i16(six.iter().sum::<f32>() / 6.0))).collect())
    }
}

/// Samples of the longest packet there is: 120 ms (RFC 6716 §2.1.4).
pub const LONGEST_PACKET: usize = FRAME * 6;

/// Decodes packets of any length. What it says is added to `out`.
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

    /// What a packet says. One that cannot be read is as one of `samples` that was lost.
    pub fn decode(&mut self, packet: &[u8], samples: usize, out: &mut Vec<f32>) {
        match self {
            Self::Opus(opus) => {
                if packet.is_empty() || !opus_packet(opus, packet, LONGEST_PACKET, false, out) {
                    self.conceal(samples, out);
                }
            }
            Self::Alaw { last } => wide(packet, last, from_alaw, out),
            Self::Ulaw { last } => wide(packet, last, from_ulaw, out),
        }
    }

    /// The lost one of `samples` before `next`, as that tells it; made up where it does not.
    pub fn recover(&mut self, next: &[u8], samples: usize, out: &mut Vec<f32>) {
        if let Self::Opus(opus) = self
            && !next.is_empty()
            && opus_packet(opus, next, whole(samples), true, out)
        {
            return;
        }
        self.conceal(samples, out);
    }

    /// A lost one of `samples`, made up from what came before.
    pub fn conceal(&mut self, samples: usize, out: &mut Vec<f32>) {
        let until = out.len() + whole(samples);
        match self {
            Self::Opus(opus) => {
                if !opus_packet(opus, &[], whole(samples), false, out) {
                    out.resize(until, 0.0);
                }
            }
            // There is nothing to go on: it fades out.
            Self::Alaw { last } | Self::Ulaw { last } => {
                let mut level = std::mem::take(last);
                out.resize_with(until, || {
                    level *= 0.99;
                    level
                });
            }
        }
    }
}

/// Milliseconds of sound in a packet; `None` where that cannot be said.
pub fn packet_ms(codec: Codec, packet: &[u8]) -> Option<u32> {
    let samples = match codec {
        Codec::Opus => opus::packet::get_nb_samples(packet, RATE).ok()?,
        Codec::Pcmu | Codec::Pcma => packet.len() * NARROW,
        Codec::Vp8 => return None,
    };
    u32::try_from(samples).ok().map(|samples| samples / (RATE / 1000)).filter(|ms| *ms > 0)
}

/// What Opus can make up: whole pieces of 2.5 ms, and not too many.
fn whole(samples: usize) -> usize {
    const PIECE: usize = FRAME / 8;
    (samples / PIECE * PIECE).clamp(PIECE, LONGEST_PACKET)
}

/// False where it is no packet.
fn opus_packet(opus: &mut opus::Decoder, packet: &[u8], room: usize, recover: bool, out: &mut Vec<f32>) -> bool {
    let before = out.len();
    out.resize(before + room, 0.0);
    let count = opus.decode_float(packet, &mut out[before..], recover);
    out.truncate(before + count.as_ref().map_or(0, |count| *count));
    count.is_ok_and(|count| count > 0)
}

fn to_i16(sample: f32) -> i16 {
    #[expect(clippy::cast_possible_truncation, reason = "between the bounds")]
    let sample = (sample.clamp(-1.0, 1.0) * 32_767.0) as i16;
    sample
}

/// Our samples of one of theirs, which are eight thousand a second.
const NARROW: usize = 6;

/// Eight thousand samples a second as forty-eight thousand, with straight lines between them.
fn wide(packet: &[u8], last: &mut f32, law: fn(u8) -> i16, out: &mut Vec<f32>) {
    for byte in packet.iter().take(LONGEST_PACKET / NARROW) {
        let sample = f32::from(law(*byte)) / 32_768.0;
        out.extend((1_u8..=6).map(|at| *last + (sample - *last) * f32::from(at) / 6.0));
        *last = sample;
    }
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
            match packets.get(at + 1) {
                Some(next) if lost(at) => decoder.recover(next, FRAME, &mut heard),
                _ => decoder.decode(packet, FRAME, &mut heard),
            }
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
                let mut heard = Vec::new();
                decoder.decode(packet, FRAME, &mut heard);
                decoder.recover(packet, FRAME, &mut heard);
                decoder.conceal(usize::MAX, &mut heard);
                assert!(heard.iter().all(|sample| sample.is_finite()), "{codec:?} {packet:?}");
                assert!(heard.len() <= LONGEST_PACKET * 3, "{codec:?} {packet:?}: {}", heard.len());
                packet_ms(codec, packet);
            }
        }
        assert!(Encoder::new(Codec::Vp8).is_err() && Decoder::new(Codec::Vp8).is_err());
    }

    /// As other programs send them: 10 to 120 ms at a time.
    #[test]
    fn packets_of_other_lengths_are_heard_whole() {
        let sound: Vec<f32> = (0..50).flat_map(|frame| tone(440.0, frame)).collect();
        for ms in [10, 20, 40, 60, 120] {
            let length = RATE as usize / 1000 * ms;
            let mut encoder = opus::Encoder::new(RATE, opus::Channels::Mono, opus::Application::Voip).unwrap();
            let encode = |piece: &[f32]| (Codec::Opus, encoder.encode_vec_float(piece, LONGEST).unwrap());
            let narrow = |piece: &[f32]| {
                (Codec::Pcmu, piece.chunks_exact(NARROW).map(|six| to_ulaw(to_i16(six[0]))).collect::<Vec<_>>())
            };
            let opus: Vec<_> = sound.chunks_exact(length).map(encode).collect();
            let ulaw: Vec<_> = sound.chunks_exact(length).map(narrow).collect();
            for packets in [opus, ulaw] {
                let (mut heard, mut decoder) = (Vec::new(), Decoder::new(packets[0].0).unwrap());
                for (codec, packet) in &packets {
                    assert_eq!(packet_ms(*codec, packet), u32::try_from(ms).ok(), "{codec:?}");
                    decoder.decode(packet, FRAME, &mut heard);
                }
                assert_eq!(heard.len(), packets.len() * length, "{ms}");
                let heard = heard.split_off(FRAME * 6);
                assert!(share(&heard, 440.0) > 0.95, "{ms} ms: {}", share(&heard, 440.0));
            }
        }
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
