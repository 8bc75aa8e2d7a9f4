//! Speaking and listening: between a device's samples and the connection. A device's thread never waits here.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};

use super::coder::{Decoder, Encoder, packet_ms};
use super::jitter::{Counts, Frame, Jitter};
use super::{FRAME, FRAME_MS, RATE};
use crate::Error;
use crate::codec::Codec;
use crate::sender::Sender;

/// Frames that may wait to be encoded: 160 ms. What a busy machine cannot take is left out, not played late.
const WAITING: usize = 8;

/// How loud it is: the largest sample of the last frame, between 0 and 1.
#[derive(Debug, Default)]
pub struct Level(AtomicU32);

impl Level {
    pub fn get(&self) -> f32 {
        f32::from_bits(self.0.load(Ordering::Relaxed))
    }

    pub(super) fn set(&self, frame: &[f32]) {
        let loudest = frame.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        self.0.store(loudest.min(1.0).to_bits(), Ordering::Relaxed);
    }
}

/// What a microphone's samples are given to.
pub struct Microphone {
    frames: mpsc::Sender<[f32; FRAME]>,
    partial: Vec<f32>,
    level: Arc<Level>,
}

impl Microphone {
    /// Takes samples of any number.
    pub fn push(&mut self, samples: &[f32]) {
        self.partial.extend_from_slice(samples);
        let whole = self.partial.len() / FRAME * FRAME;
        for frame in self.partial[..whole].chunks_exact(FRAME) {
            self.level.set(frame);
            if let Ok(frame) = frame.try_into() {
                let _ = self.frames.try_send(frame);
            }
        }
        self.partial.drain(..whole);
    }

    /// Whether nobody speaks into it any more.
    pub fn is_ended(&self) -> bool {
        self.frames.is_closed()
    }
}

/// Speech on its way out. Dropping it ends that.
pub struct Speaking {
    muted: Arc<AtomicBool>,
    level: Arc<Level>,
    task: JoinHandle<()>,
}

impl Speaking {
    /// Begins to send what the microphone is given.
    ///
    /// # Errors
    /// [`Error::Setup`] for a codec that is none of sound.
    pub fn begin(sender: Sender) -> Result<(Self, Microphone), Error> {
        let (mut codec, mut encoder) = (sender.codec(), Encoder::new(sender.codec())?);
        let (frames, mut waiting) = mpsc::channel(WAITING);
        let (muted, level) = (Arc::new(AtomicBool::new(false)), Arc::new(Level::default()));
        let silent = Arc::clone(&muted);
        let task = tokio::spawn(async move {
            while let Some(frame) = waiting.recv().await {
                // Silence is sent, so that the other side knows us there and the way stays open.
                let frame = if silent.load(Ordering::Relaxed) { [0.0; FRAME] } else { frame };
                if let Err(error) = say(&sender, &mut codec, &mut encoder, &frame).await {
                    tracing::debug!(%error, "a frame of sound was not sent");
                }
            }
        });
        let microphone = Microphone { frames, partial: Vec::with_capacity(FRAME * 2), level: Arc::clone(&level) };
        Ok((Self { muted, level, task }, microphone))
    }

    /// Nothing is heard of us while it is muted.
    pub fn mute(&self, muted: bool) {
        self.muted.store(muted, Ordering::Relaxed);
    }

    /// What the microphone hears, muted or not.
    pub fn level(&self) -> f32 {
        self.level.get()
    }
}

impl Drop for Speaking {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Sends a frame, by what was agreed on.
async fn say(sender: &Sender, codec: &mut Codec, encoder: &mut Encoder, frame: &[f32; FRAME]) -> Result<(), Error> {
    let (agreed, _) = sender.agreed().await?;
    if agreed != *codec {
        (*codec, *encoder) = (agreed, Encoder::new(agreed)?);
    }
    sender.send(encoder.encode(frame)?, Duration::from_millis(u64::from(FRAME_MS))).await
}

/// Samples that are silent at a time, where nothing is said: what is said next is asked for soon.
const PAUSE: usize = FRAME / 2;

/// A packet, and what it is coded as.
#[derive(Debug, Clone)]
struct Packet {
    codec: Codec,
    payload: Bytes,
}

/// What is heard of the other side: to be played.
#[derive(Clone)]
pub struct Earpiece(Arc<Heard>);

struct Heard {
    /// The network waits for this, so it is never held for long.
    jitter: Mutex<Jitter<Packet>>,
    /// Only whoever plays waits for this.
    playing: Mutex<Playing>,
    level: Level,
    ended: AtomicBool,
}

struct Playing {
    codec: Codec,
    decoder: Decoder,
    /// Decoded, and not yet played.
    left: Vec<f32>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Playing {
    /// Plays on: what was decoded before is not thrown away where they change to another codec.
    fn next(&mut self, frame: Frame<Packet>, samples: usize) {
        let Self { codec, decoder, left } = self;
        match frame {
            Frame::Decode(packet) => {
                if packet.codec != *codec
                    && let Ok(other) = Decoder::new(packet.codec)
                {
                    (*codec, *decoder) = (packet.codec, other);
                }
                decoder.decode(&packet.payload, samples, left);
            }
            Frame::Recover(next) if next.codec == *codec => decoder.recover(&next.payload, samples, left),
            Frame::Recover(_) | Frame::Conceal => decoder.conceal(samples, left),
            Frame::Silence => left.resize(left.len() + PAUSE, 0.0),
        }
    }
}

impl Earpiece {
    fn new(codec: Codec) -> Result<Self, Error> {
        let playing = Playing { codec, decoder: Decoder::new(codec)?, left: Vec::with_capacity(FRAME * 2) };
        let (jitter, playing) = (Mutex::new(Jitter::default()), Mutex::new(playing));
        Ok(Self(Arc::new(Heard { jitter, playing, level: Level::default(), ended: AtomicBool::new(false) })))
    }

    /// Fills a device's buffer with what comes next. At the device's pace: the pace of the other side follows it.
    pub fn fill(&self, out: &mut [f32]) {
        let mut playing = lock(&self.0.playing);
        while playing.left.len() < out.len() {
            let (frame, ms) = {
                let mut jitter = lock(&self.0.jitter);
                (jitter.get(), jitter.packet_ms())
            };
            let before = playing.left.len();
            playing.next(frame, ms as usize * RATE as usize / 1000);
            if playing.left.len() == before {
                // A packet with nothing in it.
                playing.left.resize(before + PAUSE, 0.0);
            }
            self.0.level.set(&playing.left[before..]);
        }
        out.copy_from_slice(&playing.left[..out.len()]);
        playing.left.drain(..out.len());
    }

    fn put(&self, sequence: u16, packet: Packet, now: u64) {
        let ms = packet_ms(packet.codec, &packet.payload);
        let mut jitter = lock(&self.0.jitter);
        // One that cannot be read is made up, and is as long as the others.
        let ms = ms.unwrap_or_else(|| jitter.packet_ms());
        jitter.put(sequence, packet, ms, now);
    }

    /// How it goes so far.
    pub fn counts(&self) -> Counts {
        lock(&self.0.jitter).counts()
    }

    /// How long sound is held back, in milliseconds.
    pub fn delay(&self) -> u32 {
        lock(&self.0.jitter).target()
    }

    /// How loud the other side is.
    pub fn level(&self) -> f32 {
        self.0.level.get()
    }

    /// Whether nobody listens any more, so that nothing more will be heard.
    pub fn is_ended(&self) -> bool {
        self.0.ended.load(Ordering::Relaxed)
    }
}

/// Which payload type is which codec: those of G.711 never change (RFC 3551 §6), Opus has a number of its own in each
/// call. They may change between what was agreed on, from one packet to the next.
struct Numbers {
    begun: Codec,
    opus: Option<u8>,
}

/// Payload types from here on have no meaning of their own; those below are others' codecs, and comfort noise.
const DYNAMIC: u8 = 35;
/// Bytes of a key that is pressed (RFC 4733 §2.3), which also has a number of its own.
const KEY: usize = 4;

impl Numbers {
    fn codec(&mut self, number: u8, payload: &[u8]) -> Option<Codec> {
        match (number, self.opus) {
            (0, _) => Some(Codec::Pcmu),
            (8, _) => Some(Codec::Pcma),
            (..DYNAMIC, _) => None,
            (_, Some(known)) => Some(Codec::Opus).filter(|_| known == number),
            (_, None) if self.begun == Codec::Opus || payload.len() > KEY => {
                self.opus = Some(number);
                Some(Codec::Opus)
            }
            _ => None,
        }
    }
}

/// Somebody who is listened to. Dropping it ends that.
pub struct Listening {
    task: JoinHandle<()>,
    ear: Earpiece,
}

impl Listening {
    /// Begins to take what comes in, coded as was agreed on to begin with.
    ///
    /// # Errors
    /// [`Error::Setup`] for a codec that is none of sound.
    pub fn begin(track: Arc<dyn TrackRemote>, codec: Codec) -> Result<(Self, Earpiece), Error> {
        let earpiece = Earpiece::new(codec)?;
        let mut numbers = Numbers { begun: codec, opus: None };
        let ear = earpiece.clone();
        let began = Instant::now();
        let task = tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                match event {
                    TrackRemoteEvent::OnRtpPacket(packet) if !packet.payload.is_empty() => {
                        let now = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                        if let Some(codec) = numbers.codec(packet.header.payload_type, &packet.payload) {
                            let payload = packet.payload;
                            ear.put(packet.header.sequence_number, Packet { codec, payload }, now);
                        }
                    }
                    TrackRemoteEvent::OnEnded => break,
                    _ => {}
                }
            }
        });
        Ok((Self { task, ear: earpiece.clone() }, earpiece))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
        self.ear.0.ended.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tone::{share, tone};
    use super::*;

    /// Opus of 60 ms, then G.711 of 20 ms, then Opus of 10 ms: a tone from beginning to end.
    #[test]
    fn another_codec_and_length_from_one_packet_on() {
        let ear = Earpiece::new(Codec::Opus).unwrap();
        let mut numbers = Numbers { begun: Codec::Opus, opus: None };
        let mut opus = opus::Encoder::new(RATE, opus::Channels::Mono, opus::Application::Voip).unwrap();
        let mut ulaw = Encoder::new(Codec::Pcmu).unwrap();
        let (mut at, mut sequence, mut heard) = (0, 65_500_u16, Vec::new());
        let sound: Vec<f32> = (0..150).flat_map(|frame| tone(440.0, frame)).collect();
        let mut out = [0.0; FRAME / 2];
        while at + FRAME * 3 < sound.len() {
            let (number, length) = match at / RATE as usize {
                0 => (111, FRAME * 3),
                1 => (0, FRAME),
                _ => (111, FRAME / 2),
            };
            let piece = &sound[at..at + length];
            let payload = match number {
                0 => ulaw.encode(piece.try_into().unwrap()).unwrap(),
                _ => opus.encode_vec_float(piece, 1275).unwrap().into(),
            };
            let codec = numbers.codec(number, &payload).unwrap();
            ear.put(sequence, Packet { codec, payload }, (at * 1000 / RATE as usize) as u64);
            (sequence, at) = (sequence.wrapping_add(1), at + length);
            for _ in 0..length / out.len() {
                ear.fill(&mut out);
                heard.extend(out);
            }
        }
        for second in 0..3 {
            // Where it changes there may be a click.
            let from = second * RATE as usize + RATE as usize / 4;
            let part = &heard[from..from + RATE as usize / 2];
            assert!(share(part, 440.0) > 0.9, "second {second}: {}", share(part, 440.0));
        }
        assert!(ear.delay() <= 70, "{}", ear.delay());
    }

    #[test]
    fn what_is_no_sound_is_not_played() {
        let mut numbers = Numbers { begun: Codec::Pcmu, opus: None };
        assert_eq!(numbers.codec(0, &[1; 160]), Some(Codec::Pcmu));
        assert_eq!(numbers.codec(8, &[1; 160]), Some(Codec::Pcma));
        assert_eq!(numbers.codec(13, &[1]), None, "comfort noise");
        assert_eq!(numbers.codec(101, &[1; 4]), None, "a key");
        assert_eq!(numbers.codec(120, &[1; 60]), Some(Codec::Opus));
        assert_eq!(numbers.codec(101, &[1; 60]), None, "it has its number now");
        assert_eq!(numbers.codec(120, &[1; 3]), Some(Codec::Opus));
    }
}
