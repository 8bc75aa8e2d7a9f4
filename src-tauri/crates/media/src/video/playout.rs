//! When a frame that is whole is shown. Time is an argument.
//!
//! A frame of which a packet was lost is whole about one round trip after the others, and all after it wait for it. So frames
//! are held back by as much as most of them were late in the last seconds, and go out in the rhythm they were filmed in, by
//! their timestamps. What this adds to how late a picture is: nothing where frames come regularly, about a round trip and a
//! frame where packets are lost now and then, and [`MOST`] at most.
//!
//! Sound has its own jitter buffer (`sound/jitter.rs`), which repairs a lost packet from the next and so waits for less. The
//! two are not put together: the picture may be seen later than the sound is heard, by what [`Playout::delay`] is longer than
//! the other. That is noticed from 45 ms on and disturbs from 90 ms on (ITU-R BT.1359), so where many packets are lost, lips
//! are late. A picture that stands still is worse, and so are people who speak at once, as what they say is held back.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::assemble::Encoded;

/// Nothing is held back for longer.
pub const MOST: Duration = Duration::from_millis(400);
/// Nor are more frames than that: what comes at 60 a second while a packet is waited for, which is then whole at once.
const HELD: usize = 80;
/// How late frames were is looked at over so long, and over so many.
const OVER: Duration = Duration::from_secs(6);
const FRAMES: usize = 400;
/// Of a hundred frames, so many are to be there in time.
const IN_TIME: usize = 97;
/// So much is not seen: cameras, encoders and screens are no more exact.
const SLIGHT: Duration = Duration::from_millis(15);
/// It becomes longer at once, as somebody has waited already, and shorter by so much of the time: people do not see that it
/// runs faster by this.
const SHORTER: f64 = 0.03;
/// Microseconds by which a frame cannot be late or early: it is another clock.
const JUMP: i64 = 2_000_000;
/// What is not taken for so long after its time is old.
const OLD: Duration = Duration::from_millis(250);

#[derive(Debug, Default)]
pub struct Playout {
    /// In their order, with when they came.
    held: VecDeque<(Encoded, Instant)>,
    /// When a frame came, and its timestamp: where times here and there are counted from.
    begun: Option<(Instant, i64)>,
    /// Of the frames of the last seconds: when they came, and how much later that was than they were filmed.
    came: VecDeque<(Instant, i64)>,
    /// The least of the latter.
    least: i64,
    delay: Duration,
    told: Option<Instant>,
}

impl Playout {
    /// How long frames are held back at the moment, if they come at once.
    pub fn delay(&self) -> Duration {
        self.delay
    }

    /// A frame is whole. Answers whether there was room for it.
    pub fn put(&mut self, now: Instant, frame: Encoded) -> bool {
        if self.held.len() >= HELD {
            return false;
        }
        self.learn(now, frame.timestamp_us);
        self.held.push_back((frame, now));
        true
    }

    /// What is held is of no use.
    pub fn clear(&mut self) {
        self.held.clear();
    }

    /// The next frame whose time has come. To be asked until there is none.
    pub fn take(&mut self, now: Instant) -> Option<Encoded> {
        self.next().filter(|due| *due <= now)?;
        self.held.pop_front().map(|(frame, _)| frame)
    }

    /// When the next frame is due.
    pub fn next(&self) -> Option<Instant> {
        let (frame, came) = self.held.front()?;
        let due = self.filmed(frame.timestamp_us).unwrap_or(*came) + self.delay;
        Some(due.clamp(*came, *came + MOST))
    }

    /// Whether what was due long ago was not taken.
    pub fn is_old(&self, now: Instant) -> bool {
        self.next().is_some_and(|due| now.saturating_duration_since(due) > OLD)
    }

    /// When a frame of this time comes, if it comes as soon as any.
    fn filmed(&self, timestamp: i64) -> Option<Instant> {
        let (begin, first) = self.begun?;
        let after = timestamp.saturating_sub(first).saturating_add(self.least);
        let micros = Duration::from_micros(after.unsigned_abs());
        if after < 0 { begin.checked_sub(micros) } else { begin.checked_add(micros) }
    }

    /// How late they are.
    fn learn(&mut self, now: Instant, timestamp: i64) {
        let (begin, first) = *self.begun.get_or_insert((now, timestamp));
        let elapsed = i64::try_from(now.saturating_duration_since(begin).as_micros()).unwrap_or(i64::MAX);
        let later = elapsed.saturating_sub(timestamp.saturating_sub(first));
        if self.came.back().is_some_and(|_| later.saturating_sub(self.least).saturating_abs() > JUMP) {
            self.came.clear();
        }
        self.came.push_back((now, later));
        let old = |at: Instant| now.saturating_duration_since(at) > OVER;
        while self.came.len() > FRAMES || self.came.front().is_some_and(|(at, _)| old(*at)) {
            self.came.pop_front();
        }
        let mut all: Vec<i64> = self.came.iter().map(|(_, later)| *later).collect();
        all.sort_unstable();
        self.least = all.first().copied().unwrap_or_default();
        let in_time = all.get(all.len() * IN_TIME / 100).map_or(0, |later| later.saturating_sub(self.least));
        let wanted = Duration::from_micros(in_time.unsigned_abs()).min(MOST);
        self.follow(now, if wanted > SLIGHT { wanted } else { Duration::ZERO });
    }

    fn follow(&mut self, now: Instant, wanted: Duration) {
        let elapsed = self.told.replace(now).map_or(Duration::ZERO, |told| now.saturating_duration_since(told));
        let shorter = self.delay.saturating_sub(elapsed.min(OVER).mul_f64(SHORTER));
        self.delay = shorter.max(wanted);
    }
}

#[cfg(test)]
mod tests;
