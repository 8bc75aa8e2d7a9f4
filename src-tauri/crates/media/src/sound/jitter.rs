//! What comes over the network, in the order and at the pace of speech (RFC 3550 §6.4.1 for the measure of jitter).
//!
//! Packets are held back for as long as the network has lately been late, and no longer. Pure: the time a packet came is
//! an argument, in milliseconds of a clock that never goes back, and a frame is asked for at the pace of what plays it.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::FRAME_MS;

/// Least and most that sound is held back, in milliseconds.
pub const LEAST: u32 = 20;
pub const MOST: u32 = 400;
/// Packets held at most; more is not a delay but an attack, or a clock that runs away.
const HELD: usize = 128;
/// Frames that may be made up in a row before it is silent.
const CONCEALED: u32 = 5;
/// For how many packets in a row more may be held than is needed: two seconds, mostly.
const SPARE: u32 = 100;
/// How many late packets of a hundred the delay is made for.
const LATE: f64 = 0.02;
/// Milliseconds without a packet that are a pause and no lateness.
const PAUSE: u64 = 500;
/// Milliseconds that are more than the network holds back at once.
const AWAY: u32 = 1000;
/// The longest packet, in milliseconds (RFC 6716 §2.1.4).
const LONGEST: u32 = 120;
/// How far the sequence may jump before it is another stream.
const JUMP: i64 = 1000;

/// What to play next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame<P = Bytes> {
    Decode(P),
    /// It was lost, and the next packet says how it was (RFC 6716 §2.1.7).
    Recover(P),
    /// It was lost: to be made up from what came before.
    Conceal,
    /// Nothing is said.
    Silence,
}

/// What happened so far; all in packets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub played: u64,
    pub recovered: u64,
    pub concealed: u64,
    /// Came after their time.
    pub late: u64,
}

/// The buffer of one source. Its packets are all of one length, which may become another from one packet on.
#[derive(Debug)]
pub struct Jitter<P = Bytes> {
    /// By sequence number, which does not wrap here.
    held: BTreeMap<i64, P>,
    /// Milliseconds of sound that a packet holds.
    ms: u32,
    /// The highest number so far.
    newest: Option<i64>,
    /// The number to play next.
    next: Option<i64>,
    /// What the way takes at best, against the numbers.
    fastest: Option<f64>,
    /// When the newest came.
    last: Option<u64>,
    /// How late packets are against the fastest, as the share of them that [`LATE`] leaves out, in milliseconds.
    lateness: f64,
    concealed: u32,
    /// For how many packets in a row more was held than is needed.
    spare: u32,
    counts: Counts,
}

impl<P> Default for Jitter<P> {
    fn default() -> Self {
        Self {
            held: BTreeMap::new(),
            ms: FRAME_MS,
            newest: None,
            next: None,
            fastest: None,
            last: None,
            lateness: f64::from(LEAST),
            concealed: 0,
            spare: 0,
            counts: Counts::default(),
        }
    }
}

impl<P: Clone> Jitter<P> {
    /// What happened so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How long sound is held back, in milliseconds.
    pub fn target(&self) -> u32 {
        let lateness = self.lateness.ceil().clamp(f64::from(LEAST.max(self.ms)), f64::from(MOST));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between the bounds")]
        let lateness = lateness as u32;
        lateness
    }

    /// How long sound is held back at the moment.
    pub fn held_ms(&self) -> u32 {
        let span = self.newest.zip(self.next).map_or(0, |(newest, next)| newest - next + 1);
        u32::try_from(span.max(0)).unwrap_or(0).saturating_mul(self.ms)
    }

    /// Milliseconds of sound that a packet holds, as those that come now do.
    pub fn packet_ms(&self) -> u32 {
        self.ms
    }

    /// A packet came, with `ms` milliseconds of sound in it.
    pub fn put(&mut self, sequence: u16, payload: P, ms: u32, now: u64) {
        let number = self.number(sequence);
        let ms = ms.clamp(1, LONGEST);
        if ms != self.ms {
            // What was known of the way was counted in the other length.
            (self.ms, self.fastest) = (ms, None);
        }
        // Whoever was silent for a while began to count where they had stopped: it says nothing about the way.
        if self.last.is_some_and(|last| now.saturating_sub(last) > PAUSE) {
            self.fastest = None;
        }
        self.last = Some(now);
        if self.newest.is_some_and(|newest| (number - newest).abs() > JUMP) {
            // Another stream goes on in this one's place.
            let counts = self.counts;
            *self = Self { counts, ms, lateness: self.lateness, ..Self::default() };
            return self.put(sequence, payload, ms, now);
        }
        self.newest = Some(self.newest.map_or(number, |newest| newest.max(number)));
        self.learn(number, now);
        if self.next.is_some_and(|next| number < next) {
            self.counts.late += 1;
            return;
        }
        self.held.insert(number, payload);
        if self.held.len() > HELD {
            self.held.pop_first();
            self.next = self.next.map(|next| self.held.first_key_value().map_or(next, |(first, _)| next.max(*first)));
        }
    }

    /// What is to be played now; to be asked for whenever the last is played to its end, silence after [`FRAME_MS`] or
    /// sooner.
    pub fn get(&mut self) -> Frame<P> {
        let Some(next) = self.next.or_else(|| self.begin()) else { return Frame::Silence };
        let next = self.caught_up(next);
        let too_much = self.held_ms() > self.target().saturating_mul(2).max(self.target() + 3 * self.ms);
        self.spare = if self.held_ms() > self.target() + self.ms { self.spare + 1 } else { 0 };
        // What has piled up, or was not needed for long, is caught up with where it is heard least: by leaving one out.
        let too_much = too_much || self.spare > SPARE;
        if too_much {
            self.spare = 0;
        }
        let next = if too_much && self.held.contains_key(&(next + 1)) { next + 1 } else { next };
        if let Some(payload) = self.held.remove(&next) {
            self.held = self.held.split_off(&next);
            (self.next, self.concealed) = (Some(next + 1), 0);
            self.counts.played += 1;
            return Frame::Decode(payload);
        }
        self.held = self.held.split_off(&next);
        if let Some(after) = self.held.get(&(next + 1)) {
            (self.next, self.concealed) = (Some(next + 1), self.concealed + 1);
            self.counts.recovered += 1;
            return Frame::Recover(after.clone());
        }
        if self.held.is_empty() {
            // Nothing has come in time: what comes next is waited for, and held back for longer.
            if self.concealed >= CONCEALED {
                self.next = None;
                self.concealed = 0;
                return Frame::Silence;
            }
            self.concealed += 1;
            self.counts.concealed += 1;
            // It may only be late: its place stays open for as long as there is time.
            if self.concealed > 1 || self.newest.is_some_and(|newest| newest >= next) {
                self.next = Some(next + 1);
            }
            return Frame::Conceal;
        }
        (self.next, self.concealed) = (Some(next + 1), self.concealed + 1);
        self.counts.concealed += 1;
        Frame::Conceal
    }

    /// Nothing was asked for during a while, as nothing was there that plays: it goes on with what is said now.
    fn caught_up(&mut self, next: i64) -> i64 {
        let most = self.target().saturating_mul(2) + AWAY;
        let Some(newest) = self.newest.filter(|_| self.held_ms() > most) else { return next };
        let next = next.max(newest + 1 - i64::from(self.target().div_ceil(self.ms)));
        self.held = self.held.split_off(&next);
        next
    }

    /// Begins to play once enough is held.
    fn begin(&mut self) -> Option<i64> {
        let (first, last) = (self.held.first_key_value()?.0, self.held.last_key_value()?.0);
        let span = u32::try_from(last - first + 1).unwrap_or(u32::MAX).saturating_mul(self.ms);
        if span < self.target() {
            return None;
        }
        self.next = Some(*first);
        self.next
    }

    /// RFC 3550 §A.1: the number that is nearest to the newest.
    fn number(&self, sequence: u16) -> i64 {
        let Some(newest) = self.newest else { return i64::from(sequence) };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the lower sixteen bits are meant")]
        let low = newest as u16;
        #[expect(clippy::cast_possible_wrap, reason = "the distance goes both ways")]
        let distance = sequence.wrapping_sub(low) as i16;
        newest + i64::from(distance)
    }

    /// How late this one is against the fastest of late.
    fn learn(&mut self, number: i64, now: u64) {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a call")]
        let transit = now as f64 - number as f64 * f64::from(self.ms);
        // The fastest is forgotten slowly: ways change, and clocks differ.
        let fastest = self.fastest.map_or(transit, |fastest| (fastest + 0.05).min(transit));
        self.fastest = Some(fastest);
        let late = transit - fastest + f64::from(self.ms);
        // A quantile that follows: up by much where it was not enough, down by little where it was.
        let step = (self.lateness * 0.05).max(1.0);
        if late > self.lateness {
            self.lateness = (self.lateness + step.max((late - self.lateness) * 0.5)).min(f64::from(MOST));
        } else {
            self.lateness = (self.lateness - step * LATE).max(f64::from(LEAST));
        }
    }
}

#[cfg(test)]
mod tests;
