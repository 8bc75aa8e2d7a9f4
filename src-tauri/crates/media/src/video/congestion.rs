//! How much may be sent: what the other side reports of our packets, made a bitrate.
//!
//! After draft-ietf-rmcat-gcc-02, as libwebrtc has it: a queue that grows is seen in the times at which packets arrive
//! ([`trend`]), and one that is full in what is lost ([`loss`]). Each of the two has a rate of its own, and the smaller one
//! holds (§6): where some packets are lost whatever is sent, as by radio, what was given up for a queue is soon there again.
//! rtc has a `Gcc` too, but it looks at each delay by itself, and so does not see a queue that grows slowly, and takes what we
//! did not try to send for what cannot be sent. Time is an argument.

pub mod loss;
pub mod trend;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rtc::interceptor::PacketReport;

use self::loss::Loss;
use self::trend::{Queue, Trend};

/// Bits a second to begin with: less makes the first seconds ugly, more is too much for a telephone's network.
pub const START: f64 = 1_500_000.0;
/// What is always sent; below that a call is not worth having.
pub const LEAST: f64 = 100_000.0;
/// All video there can be, and some more.
pub const MOST: f64 = 8_000_000.0;

/// Shares of packets that are lost: up to the first there is room, from the second on there is too much.
const FEW: f64 = 0.02;
const MANY: f64 = 0.10;
/// Up to this, what many losses once took comes back, slowly, as far as we would have begun with: where the losses have another
/// reason, nothing else would ever show that there is room again.
const BORNE: f64 = 0.06;
const BACK: f64 = 1.04;

/// What gets through is counted over this.
const OVER: Duration = Duration::from_millis(500);
/// After this without a report of each packet, those of RTCP (RFC 3550 §6.4) have to do.
const SILENCE: Duration = Duration::from_secs(2);
/// How long what they estimated themselves (REMB) is believed.
const BELIEVED: Duration = Duration::from_secs(10);
/// Between two cuts, apart from the round trip: until one shows.
const SETTLED: Duration = Duration::from_millis(300);

/// What is known of the way to the other side.
#[derive(Debug)]
pub struct Controller {
    /// What the queues allow, and what the losses allow.
    delayed: f64,
    lossy: f64,
    trend: Trend,
    received: Received,
    /// Of the last time that was too much: what went through then.
    ceiling: Option<f64>,
    round_trip: Option<Duration>,
    /// The shortest there was: what is longer waits in a queue.
    shortest: Option<Duration>,
    cut: Option<Instant>,
    grown: Option<Instant>,
    /// When each packet was reported last.
    reported: Option<Instant>,
    loss: Loss,
    share_lost: f64,
    /// The share that RTCP told lately.
    told: Option<f64>,
    /// What they say is the most they can take, and when.
    limit: Option<(f64, Instant)>,
}

impl Default for Controller {
    fn default() -> Self {
        Self::new(START)
    }
}

impl Controller {
    pub fn new(start: f64) -> Self {
        Self {
            delayed: start,
            lossy: start,
            trend: Trend::default(),
            received: Received::default(),
            ceiling: None,
            round_trip: None,
            shortest: None,
            cut: None,
            grown: None,
            reported: None,
            loss: Loss::default(),
            share_lost: 0.0,
            told: None,
            limit: None,
        }
    }

    /// Bits a second that may be sent.
    pub fn target(&self, now: Instant) -> f64 {
        let limit = self.limit.filter(|(_, at)| now.saturating_duration_since(*at) < BELIEVED);
        limit.map_or(self.own(), |(limit, _)| self.own().min(limit)).clamp(LEAST, MOST)
    }

    fn own(&self) -> f64 {
        self.delayed.min(self.lossy)
    }

    /// The share of what we sent that was lost lately, 0 to 1.
    pub fn loss(&self) -> f64 {
        self.share_lost
    }

    /// So much is lost that less has to be sent: what is sent again may be a part of what is too much.
    pub fn loses_many(&self) -> bool {
        self.share_lost > MANY
    }

    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    /// The next reports are of what was sent from this number on (transport-cc).
    pub fn covered(&mut self, from: u16) {
        self.loss.covered(from);
    }

    /// Each packet's fate, in the order they were sent (transport-cc).
    pub fn packets(&mut self, now: Instant, reports: &[PacketReport]) {
        if reports.is_empty() {
            return;
        }
        self.reported = Some(now);
        // Reports come soon after the last packet of them, and more often than RTCP's.
        if let Some(last) = reports.iter().rev().find(|report| report.arrived) {
            self.took(now.saturating_duration_since(last.departure));
        }
        for report in reports {
            match report.arrival {
                Some(arrival) => self.received.packet(arrival, report.size),
                // Most of what nobody told of has come.
                None if self.loss.is_unknown(report) => self.received.guess(report.size),
                None => {}
            }
            self.loss.packet(report, self.cut);
            self.trend.packet(report);
        }
        let received = self.received.rate();
        if let Some(share) = self.loss.share(now) {
            self.lose(now, share);
        }
        match self.trend.queue() {
            Queue::Grows => self.congested(now, received),
            // What waits is let through first.
            Queue::Shrinks => self.grown = Some(now),
            Queue::Steady => self.grow(now, received),
        }
    }

    /// What RTCP tells: the share of packets that were lost since the last time, and how long there and back takes.
    pub fn report(&mut self, now: Instant, lost: f64, round_trip: Option<Duration>) {
        if let Some(took) = round_trip {
            self.took(took);
        }
        if self.reported.is_some_and(|at| now.saturating_duration_since(at) < SILENCE) {
            return;
        }
        // It may be of a few packets.
        let share = self.told.map_or(lost, |told| (told + lost) / 2.0).clamp(0.0, 1.0);
        self.told = Some(share);
        self.lose(now, share);
        let waits = round_trip.zip(self.shortest).is_some_and(|(took, least)| took > least + SETTLED);
        if waits {
            self.congested(now, None);
        } else {
            self.grow(now, None);
        }
    }

    fn took(&mut self, took: Duration) {
        self.shortest = Some(self.shortest.map_or(took, |shortest| shortest.min(took)));
        self.round_trip = Some(self.round_trip.map_or(took, |old| (old * 3 + took) / 4));
    }

    /// They say how much they can take (REMB). It holds for a while, and is not gone beyond.
    pub fn limited(&mut self, now: Instant, limit: f64) {
        if limit.is_finite() && limit > 0.0 {
            self.limit = Some((limit, now));
            let unheard = self.reported.is_none_or(|at| now.saturating_duration_since(at) >= SILENCE);
            // Where nothing else is heard, it is the only one who knows that there is room.
            if unheard && self.share_lost <= FEW {
                self.delayed = self.delayed.max(limit.min(MOST));
                self.lossy = self.lossy.max(limit.min(MOST));
            }
        }
    }

    fn lose(&mut self, now: Instant, share: f64) {
        self.share_lost = share.clamp(0.0, 1.0);
        if share > MANY && self.may_cut(now) {
            // What is lost now was sent long ago, where the queue is long; what gets through, gets through.
            let gets_through = self.received.rate().unwrap_or_default();
            let to = (self.own() * (1.0 - 0.5 * self.share_lost)).max(gets_through * 0.7);
            self.lossy = self.own().min(to).clamp(LEAST, MOST);
            (self.cut, self.grown) = (Some(now), Some(now));
        }
    }

    /// A queue grows: a bit less than what gets through is sent, so that it empties.
    fn congested(&mut self, now: Instant, received: Option<f64>) {
        if !self.may_cut(now) {
            return;
        }
        let gets_through = received.unwrap_or(self.own());
        // Where little was sent, it tells little: not too deep at once.
        let to = (gets_through * 0.85).max(self.own() * 0.5);
        if received.is_some() {
            self.ceiling = Some(self.ceiling.map_or(gets_through, |old| 0.3 * old + 0.7 * gets_through));
        }
        self.delayed = self.own().min(to).clamp(LEAST, MOST);
        (self.cut, self.grown) = (Some(now), Some(now));
    }

    /// Not again before the last has shown.
    fn may_cut(&self, now: Instant) -> bool {
        let pause = SETTLED + self.round_trip.unwrap_or_default().min(SETTLED);
        self.cut.is_none_or(|at| now.saturating_duration_since(at) >= pause)
    }

    /// Nothing speaks against more: carefully where it was too much before.
    fn grow(&mut self, now: Instant, received: Option<f64>) {
        let last = self.grown.replace(now);
        let Some(last) = last.filter(|_| self.share_lost <= MANY && self.may_cut(now)) else { return };
        let own = self.own();
        // Whether there is room beyond what is used, nobody knows.
        if received.is_some_and(|received| received < own * 0.6) && own >= START / 3.0 {
            return;
        }
        let seconds = now.saturating_duration_since(last).as_secs_f64().min(1.0);
        self.ceiling = self.ceiling.filter(|ceiling| own < ceiling * 1.3);
        let near = self.ceiling.is_some_and(|ceiling| own > ceiling * 0.8);
        let to = match near {
            // A packet for each round trip.
            true => own + 9_600.0 * seconds / (self.round_trip.unwrap_or_default().as_secs_f64() + 0.1),
            false if own < START => own * 1.25_f64.powf(seconds),
            false => own * 1.08_f64.powf(seconds),
        }
        .clamp(LEAST, MOST);
        // Whichever holds back goes on; the other is as far ahead as it was. Between few and many lost, there is as much as
        // there was (§6).
        self.delayed = self.delayed.max(to);
        if self.share_lost <= FEW {
            self.lossy = self.lossy.max(to);
        } else if self.share_lost <= BORNE && self.lossy < START {
            self.lossy = self.lossy.max(to.min(own * BACK.powf(seconds)));
        }
    }
}

/// What gets through, by the other side's clock: reports come in heaps, which would be taken for speed.
#[derive(Debug, Default)]
struct Received(VecDeque<(Duration, usize)>);

impl Received {
    fn packet(&mut self, arrival: Duration, size: usize) {
        // A clock that was set back.
        if self.0.back().is_some_and(|(last, _)| *last > arrival + OVER) {
            self.0.clear();
        }
        self.0.push_back((arrival, size));
        while self.0.front().is_some_and(|(first, _)| *first + OVER < arrival) {
            self.0.pop_front();
        }
    }

    /// So many bytes more, with what came last.
    fn guess(&mut self, size: usize) {
        if let Some((_, last)) = self.0.back_mut() {
            *last += size;
        }
    }

    /// Bits a second; nothing where too little came to tell.
    fn rate(&self) -> Option<f64> {
        let (first, last) = (self.0.front()?.0, self.0.back()?.0);
        let span = last.saturating_sub(first).as_secs_f64();
        // The first came before the time that is counted.
        let bytes: usize = self.0.iter().skip(1).map(|(_, size)| size).sum();
        #[expect(clippy::cast_precision_loss, reason = "half a second's bytes")]
        let bits = bytes as f64 * 8.0;
        (span > 0.05).then(|| bits / span)
    }
}

#[cfg(test)]
mod tests;
