//! A voice message: what the microphone hears, as Opus in Ogg (RFC 7845).

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ogg::writing::{PacketWriteEndInfo, PacketWriter};

use super::coder::Encoder;
use super::device::{DeviceError, Devices, Stream};
use super::voice::Level;
use super::{FRAME, RATE};
use crate::codec::Codec;

/// The longest that is spoken; what comes after it is not taken.
pub const LONGEST: Duration = Duration::from_secs(60 * 60);
/// Samples that a decoder leaves out at the start (RFC 7845 §4.2).
const PRE_SKIP: u16 = 312;
/// Frames on a page: a second of them is lost with a page, not more.
const PAGE: u64 = 50;
/// The only stream in the file.
const SERIAL: u32 = 0x5741_5857;

/// Why there is no voice message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// It cannot be written, or not be encoded.
    #[error("{0}")]
    File(String),
}

/// How it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Spoken {
    pub length: Duration,
    /// How loud it is, between 0 and 1.
    pub level: f32,
    /// Nothing more is heard.
    pub lost: Option<DeviceError>,
}

/// What is being spoken. Dropping it ends it and leaves no file.
pub struct Recording {
    /// Gone once it is stopped: then the device calls no more.
    stream: Option<Stream>,
    writing: Arc<Mutex<Writing>>,
    level: Arc<Level>,
    path: Option<PathBuf>,
}

impl Recording {
    /// Begins to record from the device of this id, or the default one, into a new file. Waits for the system, two seconds at
    /// most.
    ///
    /// # Errors
    /// There is no microphone, or nothing can be written there.
    pub fn begin(devices: &dyn Devices, microphone: Option<&str>, path: &Path) -> Result<Self, RecordError> {
        let file = std::fs::File::create_new(path).map_err(|error| RecordError::File(error.to_string()))?;
        let mut recording = Self {
            stream: None,
            writing: Arc::new(Mutex::new(Writing::new(file)?)),
            level: Arc::default(),
            path: Some(path.to_owned()),
        };
        let (writing, level) = (recording.writing.clone(), recording.level.clone());
        let hear = move |samples: &[f32]| {
            level.set(samples);
            writing.lock().unwrap_or_else(PoisonError::into_inner).take(samples);
        };
        recording.stream = Some(devices.record(microphone, Box::new(hear))?);
        Ok(recording)
    }

    pub fn spoken(&self) -> Spoken {
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = self.stream.as_ref().is_some_and(Stream::is_lost);
        Spoken { length: writing.length(), level: self.level.get(), lost: lost.then_some(DeviceError::Gone) }
    }

    /// Ends it, and keeps the file; answers how long it is.
    ///
    /// # Errors
    /// Something of it could not be written.
    pub fn finish(mut self) -> Result<Duration, RecordError> {
        self.stream = None;
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let length = writing.finish()?;
        drop(writing);
        self.path = None;
        Ok(length)
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.stream = None;
        if let Some(path) = self.path.take() {
            let _ = std::fs::remove_file(path);
        }
    }
}

struct Writing {
    pages: PacketWriter<'static, std::io::BufWriter<std::fs::File>>,
    encoder: Encoder,
    /// Samples that are no whole frame yet.
    rest: Vec<f32>,
    frames: u64,
    /// The last frame, which is written once it is known whether it is the last.
    last: Option<Vec<u8>>,
    failed: Option<RecordError>,
}

impl Writing {
    fn new(file: std::fs::File) -> Result<Self, RecordError> {
        let encoder = Encoder::new(Codec::Opus).map_err(|error| RecordError::File(error.to_string()))?;
        let pages = PacketWriter::new(std::io::BufWriter::new(file));
        let mut writing = Self { pages, encoder, rest: Vec::with_capacity(FRAME), frames: 0, last: None, failed: None };
        let written = writing.headers();
        written.map_err(|error| RecordError::File(error.to_string()))?;
        Ok(writing)
    }

    /// RFC 7845 §5.1 and §5.2.
    fn headers(&mut self) -> std::io::Result<()> {
        let mut head = b"OpusHead\x01\x01".to_vec();
        head.extend(PRE_SKIP.to_le_bytes());
        head.extend(RATE.to_le_bytes());
        head.extend([0, 0, 0]);
        self.pages.write_packet(head, SERIAL, PacketWriteEndInfo::EndPage, 0)?;
        let mut tags = b"OpusTags".to_vec();
        tags.extend(7_u32.to_le_bytes());
        tags.extend(b"Waxwing");
        tags.extend(0_u32.to_le_bytes());
        self.pages.write_packet(tags, SERIAL, PacketWriteEndInfo::EndPage, 0)
    }

    fn length(&self) -> Duration {
        Duration::from_millis(self.frames.saturating_mul(u64::from(super::FRAME_MS)))
    }

    /// Called by the device, which must not wait long: a frame is encoded in a fraction of its time, and what is written goes
    /// into a buffer.
    fn take(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() && self.failed.is_none() && self.length() < LONGEST {
            let room = FRAME - self.rest.len();
            let (now, later) = samples.split_at(room.min(samples.len()));
            self.rest.extend_from_slice(now);
            samples = later;
            if let Ok(frame) = <&[f32; FRAME]>::try_from(self.rest.as_slice()) {
                let encoded = self.encoder.encode(frame).map_err(|error| RecordError::File(error.to_string()));
                self.rest.clear();
                let put = encoded.and_then(|packet| self.put(packet.to_vec()));
                self.failed = put.err();
            }
        }
    }

    fn put(&mut self, packet: Vec<u8>) -> Result<(), RecordError> {
        let before = self.last.replace(packet);
        if let Some(before) = before {
            let end = if self.frames.is_multiple_of(PAGE) {
                PacketWriteEndInfo::EndPage
            } else {
                PacketWriteEndInfo::NormalPacket
            };
            self.write(before, end)?;
        }
        self.frames += 1;
        Ok(())
    }

    fn write(&mut self, packet: Vec<u8>, end: PacketWriteEndInfo) -> Result<(), RecordError> {
        let place = self.frames.saturating_mul(FRAME as u64).saturating_add(u64::from(PRE_SKIP));
        self.pages.write_packet(packet, SERIAL, end, place).map_err(|error| RecordError::File(error.to_string()))
    }

    fn finish(&mut self) -> Result<Duration, RecordError> {
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        let Some(last) = self.last.take() else { return Err(RecordError::File("nothing was heard".into())) };
        self.write(last, PacketWriteEndInfo::EndStream)?;
        self.pages.inner_mut().flush().map_err(|error| RecordError::File(error.to_string()))?;
        Ok(self.length())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::coder::Decoder;
    use crate::sound::tone::{share, tone};

    #[test]
    fn what_is_spoken_is_heard_again() {
        let folder = std::env::temp_dir().join(format!("waxwing-record-{}", std::process::id()));
        let _ = std::fs::remove_file(&folder);
        let mut writing = Writing::new(std::fs::File::create_new(&folder).unwrap()).unwrap();
        for frame in 0..120 {
            // In pieces that are no frames.
            let samples = tone(440.0, frame);
            writing.take(&samples[..100]);
            writing.take(&samples[100..]);
        }
        assert_eq!(writing.finish().unwrap(), Duration::from_millis(2400));
        let mut packets = ogg::PacketReader::new(std::fs::File::open(&folder).unwrap());
        let head = packets.read_packet().unwrap().unwrap();
        assert!(
            head.data.starts_with(b"OpusHead") && packets.read_packet().unwrap().unwrap().data.starts_with(b"OpusTags")
        );
        let (mut decoder, mut heard, mut end) = (Decoder::new(Codec::Opus).unwrap(), Vec::new(), 0);
        while let Some(packet) = packets.read_packet().unwrap() {
            decoder.decode(&packet.data, FRAME, &mut heard);
            end = packet.absgp_page();
        }
        assert_eq!((heard.len(), end), (120 * FRAME, 120 * FRAME as u64 + u64::from(PRE_SKIP)));
        assert!(share(&heard[FRAME * 20..FRAME * 100], 440.0) > 0.8);
        std::fs::remove_file(folder).unwrap();
    }
}
