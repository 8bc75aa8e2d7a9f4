//! How much can come, for a sender that does not find out by itself (REMB, draft-alvestrand-rmcat-remb): Dino adapts to nothing
//! else. It is seen in when packets come, as the sender would from our reports.

use std::time::{Duration, Instant};

use rtc::interceptor::PacketReport;

use crate::video::congestion::Controller;

/// Packets are looked at together, so often.
const TOGETHER: Duration = Duration::from_millis(100);
/// It is told so often, and at once where it became less.
const TOLD: Duration = Duration::from_millis(1000);
/// By this share.
const LESS: f32 = 0.97;
/// Packets that may be missing in a row before it is another stream.
const GAP: u16 = 500;
/// RTP's clock for video.
const CLOCK: f64 = 90_000.0;

#[derive(Debug, Default)]
pub struct Arrivals {
    controller: Controller,
    /// The first packet's time here and there, and the last one's, counted on.
    begun: Option<(Instant, u32, i64)>,
    sequence: Option<u16>,
    reports: Vec<PacketReport>,
    looked: Option<Instant>,
    told: Option<(f32, Instant)>,
}

impl Arrivals {
    /// A packet of so many bytes.
    pub fn packet(&mut self, now: Instant, sequence: u16, timestamp: u32, size: usize) {
        let (begin, last, elapsed) = self.begun.unwrap_or((now, timestamp, 0));
        #[expect(clippy::cast_possible_wrap, reason = "it wraps, and that is meant")]
        let elapsed = elapsed + i64::from(timestamp.wrapping_sub(last) as i32);
        #[expect(clippy::cast_precision_loss, reason = "less than a month")]
        let sent = Duration::try_from_secs_f64(elapsed as f64 / CLOCK).unwrap_or_default();
        self.begun = Some((begin, timestamp, elapsed));
        let ahead = self.sequence.map_or(1, |last| sequence.wrapping_sub(last));
        // Asked for again, or overtaken: it says nothing of the way now.
        if ahead == 0 || ahead > u16::MAX / 2 {
            return;
        }
        self.sequence = Some(sequence);
        let missing = if ahead < GAP { ahead - 1 } else { 0 };
        for _ in 0..missing {
            self.report(begin + sent, None, size);
        }
        self.report(begin + sent, Some(now.saturating_duration_since(begin)), size);
    }

    fn report(&mut self, departure: Instant, arrival: Option<Duration>, size: usize) {
        self.reports.push(PacketReport {
            ssrc: 0,
            id: 0,
            rtp_sequence_number: 0,
            is_twcc: false,
            twcc_sequence_number: 0,
            size,
            arrived: arrival.is_some(),
            departure,
            arrival,
            ecn: Default::default(),
        });
    }

    /// Bits a second, where the sender is to be told.
    pub fn news(&mut self, now: Instant) -> Option<f32> {
        let long = |at: Option<Instant>, time: Duration| at.is_none_or(|at| now.saturating_duration_since(at) >= time);
        if self.reports.is_empty() || !long(self.looked, TOGETHER) {
            return None;
        }
        self.looked = Some(now);
        self.controller.packets(now, &std::mem::take(&mut self.reports));
        #[expect(clippy::cast_possible_truncation, reason = "it is told no more exactly")]
        let can = self.controller.target(now) as f32;
        let less = self.told.is_some_and(|(told, _)| can < told * LESS);
        if !less && !long(self.told.map(|(_, at)| at), TOLD) {
            return None;
        }
        self.told = Some((can, now));
        Some(can)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sender that does as it is told, over a way of so many bits a second; what it was told, each second.
    fn told(way: f64, seconds: u32) -> Vec<f32> {
        let begin = Instant::now();
        let mut arrivals = Arrivals::default();
        let (mut rate, mut owed, mut free) = (300_000.0_f64, 0.0_f64, 0.0_f64);
        let (mut sequence, mut all) = (65_000u16, Vec::new());
        for frame in 0..seconds * 30 {
            let at = f64::from(frame) / 30.0;
            owed += rate / 30.0 / 8.0;
            while owed > 1200.0 {
                owed -= 1200.0;
                sequence = sequence.wrapping_add(1);
                if free - at > 0.4 {
                    continue;
                }
                free = free.max(at) + 9600.0 / way;
                arrivals.packet(
                    begin + Duration::from_secs_f64(free),
                    sequence,
                    (frame * 3000).wrapping_add(u32::MAX - 5000),
                    1200,
                );
            }
            if let Some(news) = arrivals.news(begin + Duration::from_secs_f64(free.max(at))) {
                rate = f64::from(news);
                all.push(news);
            }
        }
        all
    }

    #[test]
    fn a_sender_is_told_what_can_come() {
        let wide = told(20_000_000.0, 30);
        assert!(*wide.last().unwrap() > 2_000_000.0, "{wide:?}");
        assert!((25..40).contains(&wide.len()), "told {} times in 30 s", wide.len());
        let narrow = told(600_000.0, 60);
        let last = &narrow[narrow.len() - 10..];
        let mean = last.iter().sum::<f32>() / 10.0;
        assert!((300_000.0..700_000.0).contains(&mean), "{narrow:?}");
    }
}
