//! A packet's payload of VP8 (RFC 7741 §4.2). rtc has a reader too, but that takes an end of a frame of three bytes or fewer
//! for broken, and the frame would never be whole.

use bytes::Bytes;

/// A part of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// A frame begins here.
    pub first: bool,
    pub data: Bytes,
}

impl Payload {
    /// `None` where it is cut off, or holds nothing.
    pub fn read(packet: &Bytes) -> Option<Self> {
        let descriptor = *packet.first()?;
        let mut at = 1;
        let mut next = || {
            let byte = packet.get(at).copied();
            at += 1;
            byte
        };
        if descriptor & 0x80 != 0 {
            let extended = next()?;
            // A picture's number, of one byte or two.
            if extended & 0x80 != 0 && next()? & 0x80 != 0 {
                next()?;
            }
            // Those of layers.
            if extended & 0x40 != 0 {
                next()?;
            }
            if extended & 0x30 != 0 {
                next()?;
            }
        }
        let first = descriptor & 0x10 != 0 && descriptor & 0x07 == 0;
        (at < packet.len()).then(|| Self { first, data: packet.slice(at..) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &'static [u8]) -> Option<(bool, &'static [u8])> {
        let read = Payload::read(&Bytes::from_static(bytes))?;
        let at = bytes.len() - read.data.len();
        Some((read.first, &bytes[at..]))
    }

    #[test]
    fn descriptors_are_of_many_lengths() {
        assert_eq!(read(&[0x10, 1, 2]), Some((true, &[1, 2][..])));
        assert_eq!(read(&[0x00, 1]), Some((false, &[1][..])));
        // Another partition of the same frame.
        assert_eq!(read(&[0x11, 1]), Some((false, &[1][..])));
        assert_eq!(read(&[0x90, 0x80, 0x12, 1]), Some((true, &[1][..])));
        assert_eq!(read(&[0x90, 0x80, 0x92, 0x34, 1]), Some((true, &[1][..])));
        assert_eq!(read(&[0x90, 0xe0, 0x92, 0x34, 5, 0x20, 1]), Some((true, &[1][..])));
        assert_eq!(read(&[0x90, 0x10, 0x20, 1]), Some((true, &[1][..])));
    }

    #[test]
    fn what_is_cut_off_is_none() {
        for cut in [&[][..], &[0x10], &[0x90], &[0x90, 0x80], &[0x90, 0x80, 0x92], &[0x90, 0xf0, 0x12, 1, 2]] {
            assert_eq!(Payload::read(&Bytes::from_static(cut)), None, "{cut:?}");
        }
    }
}
