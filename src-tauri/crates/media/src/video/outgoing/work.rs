//! The encoder's thread.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use waxwing_vp8::{Encoder, Settings};

use super::{Frame, Shared};
use crate::video::ladder::{Content, Ladder};
use crate::video::link::Link;
use crate::video::picture::Picture;

/// How often it is looked whether a key frame is wanted, where no pictures come.
const LOOK: Duration = Duration::from_millis(100);
/// Key frames are made no more often than this, whoever asks; and not before the last could have got there.
const KEYS: Duration = Duration::from_millis(300);
const LAST_KEY: Duration = Duration::from_secs(3);
/// A picture that does not change is refined for so long, and then sent only now and then.
const REFINED: Duration = Duration::from_secs(2);
const NOW_AND_THEN: Duration = Duration::from_secs(1);
/// What is held back for longer than this gets no company.
const BACKLOG: Duration = Duration::from_millis(200);
/// Bits a second by which the encoder has to be off before it is told.
const OFF: u32 = 20;

pub(super) struct Work {
    shared: Arc<Shared>,
    link: Arc<Link>,
    ssrc: u32,
    content: Content,
    frames: mpsc::Sender<Frame>,
    ladder: Ladder,
    encoder: Option<Encoder>,
    begun: Instant,
    /// The last picture, as it came.
    last: Option<Picture>,
    /// When it became another.
    changed: Instant,
    /// When a frame went out last.
    sent: Option<Instant>,
    /// When the next picture is due, so that there are no more than are wanted.
    due: Instant,
    wanted: u64,
    key: bool,
    /// When the next key frame may be made.
    next_key: Option<Instant>,
}

impl Work {
    pub(super) fn new(
        shared: Arc<Shared>,
        link: Arc<Link>,
        ssrc: u32,
        content: Content,
        frames: mpsc::Sender<Frame>,
    ) -> Self {
        let now = Instant::now();
        let ladder = Ladder::new(content, link.share(ssrc, now));
        let wanted = link.keys_wanted(ssrc);
        Self {
            shared,
            link,
            ssrc,
            content,
            frames,
            ladder,
            encoder: None,
            begun: now,
            last: None,
            changed: now,
            sent: None,
            due: now,
            wanted,
            key: true,
            next_key: None,
        }
    }

    pub(super) fn run(mut self) {
        while let Some(came) = self.wait() {
            let now = Instant::now();
            self.heed(now);
            if self.shared.muted.load(Ordering::Relaxed) {
                // What was shown before is not what is shown next.
                self.last = None;
                continue;
            }
            let Some((picture, at)) = came.filter(|(_, at)| self.is_due(*at)).or_else(|| self.again(now)) else {
                continue;
            };
            if self.is_still(&picture, now) {
                continue;
            }
            if self.link.backlog(now) > BACKLOG {
                self.shared.left_out.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            if let Err(error) = self.encode(&picture, at) {
                tracing::warn!(%error, "a picture could not be encoded");
                self.encoder = None;
            }
        }
        self.link.weigh(self.ssrc, None);
    }

    /// A picture, or nothing where none came for a while; nothing at all where it is over.
    fn wait(&mut self) -> Option<Option<(Picture, Instant)>> {
        let mut newest = self.shared.lock();
        if newest.picture.is_none() && !newest.key && !newest.over {
            let waited = self.shared.came.wait_timeout(newest, LOOK);
            newest = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        self.key |= std::mem::take(&mut newest.key);
        (!newest.over).then(|| newest.picture.take())
    }

    /// What the other side says.
    fn heed(&mut self, now: Instant) {
        let wanted = self.link.keys_wanted(self.ssrc);
        self.key |= wanted != self.wanted;
        self.wanted = wanted;
        if let Some(picture) = &self.last {
            let size = (picture.width(), picture.height());
            self.ladder.bitrate_is(now, self.link.share(self.ssrc, now), size);
        }
    }

    /// Whether a picture of this time is not one too many.
    fn is_due(&mut self, at: Instant) -> bool {
        let interval = Duration::from_secs(1) / self.ladder.step().rate;
        // Cameras are not exact.
        if at + interval / 4 < self.due {
            self.shared.left_out.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        self.due = (self.due + interval).max(at);
        true
    }

    /// The last picture, where a key frame is wanted and there is no other.
    fn again(&self, now: Instant) -> Option<(Picture, Instant)> {
        let long = self.sent.is_none_or(|sent| now.saturating_duration_since(sent) >= LOOK);
        let picture = self.last.clone().filter(|_| self.may_key(now) && long)?;
        Some((picture, now))
    }

    fn may_key(&self, now: Instant) -> bool {
        self.key && self.next_key.is_none_or(|next| now >= next)
    }

    /// Whether nothing is to be seen that was not sent already.
    fn is_still(&mut self, picture: &Picture, now: Instant) -> bool {
        if self.last.as_ref() != Some(picture) {
            self.last = Some(picture.clone());
            self.changed = now;
            return false;
        }
        let long = |since: Instant, time: Duration| now.saturating_duration_since(since) >= time;
        let fresh = self.sent.is_none_or(|sent| long(sent, NOW_AND_THEN));
        long(self.changed, REFINED) && !fresh && !self.key
    }

    fn encode(&mut self, picture: &Picture, at: Instant) -> Result<(), waxwing_vp8::Error> {
        let begin = Instant::now();
        let share = self.link.share(self.ssrc, begin);
        let (width, height) = self.ladder.size(picture.width(), picture.height());
        let scaled = picture.scaled(width, height);
        let Some(view) = scaled.view() else { return Err(waxwing_vp8::Error::Short) };
        let bitrate = self.ladder.bitrate(share);
        let speed = self.ladder.speed();
        let rate = self.ladder.step().rate;
        let may_key = self.may_key(begin);
        let encoder = self.encoder((view.width, view.height), bitrate, speed)?;
        if may_key {
            encoder.request_key();
        }
        let elapsed = at.saturating_duration_since(self.begun);
        let pts = i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX);
        let Some(encoder) = &mut self.encoder else { return Ok(()) };
        let packet = encoder.encode(&view, pts, 1_000_000 / rate)?;
        let took = begin.elapsed();
        self.ladder.encoded(begin + took, took);
        self.shared.count(|sent| {
            (sent.size, sent.rate, sent.bitrate, sent.took) = ((view.width, view.height), rate, bitrate, took);
        });
        let Some(packet) = packet else { return Ok(()) };
        let gap = self.sent.map_or(Duration::ZERO, |sent| at.saturating_duration_since(sent));
        if packet.key {
            let takes = Duration::from_secs_f64(packet.data.len() as f64 * 8.0 / f64::from(share.max(1)));
            (self.key, self.next_key) = (false, Some(begin + (takes + KEYS).min(LAST_KEY)));
        }
        match self.frames.try_send(Frame { data: packet.data.into(), gap }) {
            Ok(()) => {
                self.sent = Some(self.sent.map_or(at, |sent| sent.max(at)));
                self.shared.count(|sent| {
                    sent.frames += 1;
                    sent.key_frames += u64::from(packet.key);
                });
            }
            // A frame that is missing makes all that follow useless.
            Err(_) => self.key = true,
        }
        Ok(())
    }

    /// One that is set up like this.
    fn encoder(
        &mut self,
        (width, height): (u32, u32),
        bitrate: u32,
        speed: u8,
    ) -> Result<&mut Encoder, waxwing_vp8::Error> {
        let screen = self.content == Content::Screen;
        let encoder = match self.encoder.take() {
            Some(mut encoder) => {
                let old = encoder.settings();
                if (old.width, old.height) != (width, height) {
                    encoder.resize(width, height, screen)?;
                }
                if old.bitrate.abs_diff(bitrate) > old.bitrate / OFF {
                    encoder.set_bitrate(bitrate)?;
                }
                if old.speed != speed {
                    encoder.set_speed(speed)?;
                }
                encoder
            }
            None => {
                let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
                // The window and the other side's video want some too.
                let threads = u8::try_from(cores / 2).unwrap_or(u8::MAX).clamp(1, 4);
                Encoder::new(Settings { width, height, bitrate, screen, speed, threads })?
            }
        };
        Ok(self.encoder.insert(encoder))
    }
}
