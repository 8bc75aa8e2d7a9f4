//! Frames from packets, which may be late, twice, in any order, or not there at all. Time is an argument.
//!
//! A frame needs the one before it, back to the last key frame. So where a packet is missing, all waits for it, as it is asked
//! for again; when that has lasted too long, all is left out up to the next key frame, which is asked for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use waxwing_vp8::{HIGHEST, WIDEST, peek};

use super::payload::Payload;

/// How long a packet that is missing is waited for, until it is said otherwise: a few times there and back again.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long what came before the first packet may be late.
const BEGIN: Duration = Duration::from_millis(100);
/// Packets that wait: three seconds of the best there is.
const WAITING: usize = 2048;
/// Bytes of the longest frame.
const LONGEST: usize = 4 << 20;
/// RTP's clock for video.
const CLOCK: i64 = 90_000;

/// An encoded frame, whole, and in its place: all that it needs came before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    pub data: Bytes,
    /// It needs no other.
    pub key: bool,
    /// Microseconds since the first frame, by the sender's clock.
    pub timestamp_us: i64,
    /// Pixels, as the last key frame says.
    pub width: u32,
    pub height: u32,
}

#[derive(Debug)]
struct Part {
    timestamp: u32,
    marker: bool,
    payload: Option<Payload>,
}

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub packets: u64,
    pub bytes: u64,
    /// Came, but too late, or for the second time.
    pub useless: u64,
    /// Never came.
    pub lost: u64,
    pub frames: u64,
    /// Begun or whole, and left out.
    pub dropped: u64,
}

/// Puts frames together.
#[derive(Debug, Default)]
pub struct Assembler {
    /// By a number that does not wrap.
    parts: BTreeMap<u64, Part>,
    newest: Option<u64>,
    /// The first that was not used yet.
    next: Option<u64>,
    /// Something was given out, or left out: what is before `next` is of no use.
    begun: bool,
    /// Since when `next` is waited for, while later ones are there.
    missing: Option<Instant>,
    patience: Duration,
    /// Nothing can be used but a key frame.
    needs_key: bool,
    size: (u32, u32),
    first: Option<(u32, i64)>,
    counts: Counts,
}

impl Assembler {
    pub fn new() -> Self {
        Self { needs_key: true, patience: PATIENCE, ..Self::default() }
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Whether a key frame has to come before anything can be seen.
    pub fn needs_key(&self) -> bool {
        self.needs_key
    }

    /// How long a packet that is missing is waited for.
    pub fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// The number of the first packet that is of any use.
    pub fn begin(&self) -> Option<u16> {
        #[expect(clippy::cast_possible_truncation, reason = "it wraps, and that is meant")]
        self.next.filter(|_| self.begun).map(|next| next as u16)
    }

    /// Whether a packet is waited for, so that time matters.
    pub fn waits(&self) -> bool {
        !self.parts.is_empty()
    }

    /// What was given out was not taken: nothing is of use up to the next key frame.
    pub fn skip(&mut self) {
        self.needs_key = true;
    }

    /// A packet came.
    pub fn packet(&mut self, sequence: u16, timestamp: u32, marker: bool, payload: &Bytes) {
        self.counts.packets += 1;
        self.counts.bytes += payload.len() as u64;
        let Some(at) = self.place(sequence) else {
            self.counts.useless += 1;
            return;
        };
        let part = Part { timestamp, marker, payload: Payload::read(payload) };
        if self.parts.insert(at, part).is_some() {
            self.counts.useless += 1;
        }
        if self.parts.len() > WAITING {
            self.leave_out_all();
        }
    }

    /// Its number, counted on; nothing where it comes too late.
    fn place(&mut self, sequence: u16) -> Option<u64> {
        let Some(newest) = self.newest else {
            // So that those before it have numbers too.
            let at = (1 << 32) + u64::from(sequence);
            (self.newest, self.next) = (Some(at), Some(at));
            return Some(at);
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "it wraps, and that is meant")]
        let ahead = sequence.wrapping_sub(newest as u16) as i16;
        let at = newest.saturating_add_signed(ahead.into());
        if at > newest.max(self.next.unwrap_or_default()) + WAITING as u64 {
            // Another stream in its place.
            self.leave_out_all();
            self.next = Some(at);
        }
        self.newest = Some(newest.max(at));
        match self.next {
            Some(next) if at >= next => Some(at),
            // What began out of order.
            Some(next) if !self.begun && next - at < 64 => {
                self.next = Some(at);
                Some(at)
            }
            _ => None,
        }
    }

    fn leave_out_all(&mut self) {
        self.counts.dropped += 1;
        self.parts.clear();
        self.next = self.newest.map(|newest| newest + 1);
        (self.begun, self.needs_key, self.missing) = (true, true, None);
    }

    /// The next frame that is whole. To be asked until there is none, after each packet and from time to time.
    pub fn frame(&mut self, now: Instant) -> Option<Encoded> {
        loop {
            let next = self.next?;
            if self.needs_key && !self.begins_with_key(next) {
                let Some(key) = self.next_key(next) else {
                    self.tidy(next, now);
                    return None;
                };
                self.leave_out(key);
                continue;
            }
            match self.end(next) {
                Some(end) => {
                    self.missing = None;
                    if let Some(frame) = self.take(next, end) {
                        return Some(frame);
                    }
                }
                None if self.impatient(next, now) => {}
                None => return None,
            }
        }
    }

    /// Waits for what is missing of the frame that begins here; whether that has changed anything.
    fn impatient(&mut self, next: u64, now: Instant) -> bool {
        // A hole is a hole only when something came after it.
        let hole = (next..).zip(self.parts.keys()).any(|(expected, at)| *at != expected);
        if !hole {
            self.missing = None;
            return false;
        }
        let since = *self.missing.get_or_insert(now);
        // A key frame that is whole already is better than what is missing.
        if let Some(key) = self.next_key(next + 1).filter(|key| self.end(*key).is_some()) {
            self.leave_out(key);
            return true;
        }
        if now.saturating_duration_since(since) < self.patience {
            return false;
        }
        self.needs_key = true;
        self.counts.dropped += 1;
        match self.next_key(next + 1) {
            Some(key) => self.leave_out(key),
            None => self.tidy(next, now),
        }
        self.missing = None;
        true
    }

    /// While a key frame is needed, and none has begun: what is here is of no use.
    fn tidy(&mut self, next: u64, now: Instant) {
        // What is missing may be the begin of one; and what came first of all may not be the first.
        let hole = self.parts.keys().next().is_some_and(|first| *first != next);
        let patience = if self.begun { self.patience } else { BEGIN };
        let waited = |since: Instant| now.saturating_duration_since(since) >= patience;
        if (hole || !self.begun) && !waited(*self.missing.get_or_insert(now)) {
            return;
        }
        let after = self.parts.keys().next_back().map_or(next, |last| last + 1);
        if after != next {
            self.leave_out(after);
        }
        self.missing = None;
    }

    /// All before this is of no use.
    fn leave_out(&mut self, to: u64) {
        let kept = self.parts.split_off(&to);
        let left = std::mem::replace(&mut self.parts, kept);
        let begun = left.values().filter(|part| part.payload.as_ref().is_some_and(|payload| payload.first)).count();
        let gap = to - self.next.unwrap_or(to);
        self.counts.dropped += begun as u64;
        self.counts.lost += gap.saturating_sub(left.len() as u64);
        (self.next, self.begun, self.missing) = (Some(to), true, None);
    }

    fn begins_with_key(&self, at: u64) -> bool {
        // The first bit of a frame, and the first of a packet too (RFC 6386 §9.1).
        let key = |payload: &Payload| payload.first && payload.data.first().is_some_and(|byte| byte & 1 == 0);
        self.parts.get(&at).and_then(|part| part.payload.as_ref()).is_some_and(key)
    }

    fn next_key(&self, from: u64) -> Option<u64> {
        self.parts.range(from..).map(|(at, _)| *at).find(|at| self.begins_with_key(*at))
    }

    /// The last packet of the frame that begins here, where all are there.
    fn end(&self, from: u64) -> Option<u64> {
        let timestamp = self.parts.get(&from)?.timestamp;
        let mut last = None;
        for (expected, (at, part)) in (from..).zip(self.parts.range(from..)) {
            if *at != expected {
                return None;
            }
            if part.timestamp != timestamp {
                // Who sets no marker ends a frame by the next one.
                return last;
            }
            last = Some(*at);
            if part.marker || part.payload.is_none() {
                return last;
            }
        }
        None
    }

    /// Takes the packets of a frame out, and what is a frame; padding is none.
    fn take(&mut self, from: u64, end: u64) -> Option<Encoded> {
        let kept = self.parts.split_off(&(end + 1));
        let parts = std::mem::replace(&mut self.parts, kept);
        (self.next, self.begun) = (Some(end + 1), true);
        let timestamp = parts.get(&from)?.timestamp;
        let mut payloads = parts.into_values().filter_map(|part| part.payload).peekable();
        let first = payloads.peek()?.first;
        let mut data = BytesMut::new();
        for Payload { data: part, .. } in payloads {
            if data.len() + part.len() > LONGEST {
                return self.broken();
            }
            data.extend_from_slice(&part);
        }
        match peek(&data) {
            Some(header) if first => self.whole(header.key, timestamp, data.freeze()),
            _ => self.broken(),
        }
    }

    fn broken(&mut self) -> Option<Encoded> {
        self.counts.dropped += 1;
        self.needs_key = true;
        None
    }

    fn whole(&mut self, key: Option<(u32, u32)>, timestamp: u32, data: Bytes) -> Option<Encoded> {
        match key {
            Some((width, height)) if width == 0 || height == 0 || width > WIDEST || height > HIGHEST => {
                return self.broken();
            }
            Some(size) => (self.size, self.needs_key) = (size, false),
            None if self.needs_key => return self.broken(),
            None => {}
        }
        let (last, elapsed) = self.first.unwrap_or((timestamp, 0));
        #[expect(clippy::cast_possible_wrap, reason = "it wraps, and that is meant")]
        let elapsed = elapsed + i64::from(timestamp.wrapping_sub(last) as i32);
        self.first = Some((timestamp, elapsed));
        self.counts.frames += 1;
        let (width, height) = self.size;
        Some(Encoded { data, key: key.is_some(), timestamp_us: elapsed * 1_000_000 / CLOCK, width, height })
    }
}

#[cfg(test)]
mod tests;
