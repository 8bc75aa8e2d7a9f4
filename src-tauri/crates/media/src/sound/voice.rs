//! Speaking and listening: between a device's samples and the connection. A device's thread never waits here.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};

use super::coder::{Decoder, Encoder};
use super::jitter::{Counts, Frame, Jitter};
use super::{FRAME, FRAME_MS};
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

    fn set(&self, frame: &[f32]) {
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
        let mut encoder = Encoder::new(sender.codec())?;
        let (frames, mut waiting) = mpsc::channel(WAITING);
        let (muted, level) = (Arc::new(AtomicBool::new(false)), Arc::new(Level::default()));
        let silent = Arc::clone(&muted);
        let task = tokio::spawn(async move {
            while let Some(frame) = waiting.recv().await {
                // Silence is sent, so that the other side knows us there and the way stays open.
                let frame = if silent.load(Ordering::Relaxed) { [0.0; FRAME] } else { frame };
                let sent = match encoder.encode(&frame) {
                    Ok(packet) => sender.send(packet, Duration::from_millis(u64::from(FRAME_MS))).await,
                    Err(error) => Err(error),
                };
                if let Err(error) = sent {
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

/// What is heard of the other side: to be played.
#[derive(Clone)]
pub struct Earpiece(Arc<Mutex<Heard>>);

struct Heard {
    jitter: Jitter,
    decoder: Decoder,
    /// Decoded, and not yet played.
    left: Vec<f32>,
    level: Arc<Level>,
}

impl Earpiece {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fills a device's buffer with what comes next. At the device's pace: the pace of the other side follows it.
    pub fn fill(&self, out: &mut [f32]) {
        let mut heard = self.heard();
        let Heard { jitter, decoder, left, level } = &mut *heard;
        while left.len() < out.len() {
            let frame = match jitter.get() {
                Frame::Decode(packet) => decoder.decode(&packet),
                Frame::Recover(next) => decoder.recover(&next),
                Frame::Conceal => decoder.conceal(),
                Frame::Silence => [0.0; FRAME],
            };
            level.set(&frame);
            left.extend_from_slice(&frame);
        }
        out.copy_from_slice(&left[..out.len()]);
        left.drain(..out.len());
    }

    /// How it goes so far.
    pub fn counts(&self) -> Counts {
        self.heard().jitter.counts()
    }

    /// How long sound is held back, in milliseconds.
    pub fn delay(&self) -> u32 {
        self.heard().jitter.target()
    }

    /// How loud the other side is.
    pub fn level(&self) -> f32 {
        self.heard().level.get()
    }
}

/// Somebody who is listened to. Dropping it ends that.
pub struct Listening {
    task: JoinHandle<()>,
}

impl Listening {
    /// Begins to take what comes in, coded as was agreed on.
    ///
    /// # Errors
    /// [`Error::Setup`] for a codec that is none of sound.
    pub fn begin(track: Arc<dyn TrackRemote>, codec: Codec) -> Result<(Self, Earpiece), Error> {
        let (jitter, decoder) = (Jitter::default(), Decoder::new(codec)?);
        let heard = Heard { jitter, decoder, left: Vec::with_capacity(FRAME * 2), level: Arc::default() };
        let earpiece = Earpiece(Arc::new(Mutex::new(heard)));
        let ear = earpiece.clone();
        let began = Instant::now();
        let task = tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                match event {
                    TrackRemoteEvent::OnRtpPacket(packet) if !packet.payload.is_empty() => {
                        let now = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                        ear.heard().jitter.put(packet.header.sequence_number, packet.payload, now);
                    }
                    TrackRemoteEvent::OnEnded => break,
                    _ => {}
                }
            }
        });
        Ok((Self { task }, earpiece))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}
