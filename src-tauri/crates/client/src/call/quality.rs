//! How well a call goes, in a word and in figures. Pure.

use waxwing_contract::{CallQuality, Verdict};
use waxwing_media::connection::Stats;

/// Per cent of loss that is heard, though much is made up for.
const LOSSY: f64 = 5.0;
/// There and back so long, and people begin to speak at once (ITU-T G.114 has 400 ms one way as the most).
const SLOW: u32 = 500;
/// How much of a new measure counts.
const NEW: f64 = 0.4;

/// How what they send is heard and seen; shares of 1, since the call began.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reception {
    /// Milliseconds that sound waits.
    pub held_back: u32,
    /// Sound that did not come in time, and was made up.
    pub concealed: f64,
    /// Time in which the picture stood still.
    pub frozen: f64,
}

/// What was lately so.
#[derive(Debug, Default)]
pub(super) struct Trend {
    lost_here: f64,
    lost_there: f64,
}

impl Trend {
    /// Takes in how the connections go now.
    pub fn learn(&mut self, all: &[Stats], reception: Reception) -> CallQuality {
        let worst = |of: fn(&Stats) -> f64| all.iter().map(of).fold(0.0, f64::max) * 100.0;
        let follow = |old: f64, new: f64| old + (new - old) * NEW;
        self.lost_here = follow(self.lost_here, worst(|stats| stats.lost_in));
        self.lost_there = follow(self.lost_there, worst(|stats| stats.lost_out));
        let round_trip = all.iter().filter_map(|stats| stats.round_trip).max();
        let round_trip = round_trip.map(|time| u32::try_from(time.as_millis()).unwrap_or(u32::MAX));
        let sum = |of: fn(&Stats) -> f64| kilobits(all.iter().map(of).sum());
        CallQuality {
            verdict: self.verdict(round_trip),
            lost_here: rounded(self.lost_here),
            lost_there: rounded(self.lost_there),
            round_trip,
            held_back: reception.held_back,
            concealed: rounded(reception.concealed * 100.0),
            frozen: rounded(reception.frozen * 100.0),
            received: sum(|stats| stats.bitrate_in),
            sent: sum(|stats| stats.bitrate_out),
            relayed: all.iter().any(|stats| stats.route.is_some_and(|route| route.relayed)),
        }
    }

    /// Where both ways lose, it is what both have in common: our end.
    fn verdict(&self, round_trip: Option<u32>) -> Verdict {
        match (self.lost_here > LOSSY, self.lost_there > LOSSY) {
            (_, true) => Verdict::WeakHere,
            (true, false) => Verdict::WeakThere,
            (false, false) if round_trip.is_some_and(|time| time > SLOW) => Verdict::Slow,
            (false, false) => Verdict::Good,
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between the bounds")]
fn kilobits(bits: f64) -> u32 {
    (bits / 1000.0).clamp(0.0, f64::from(u32::MAX)) as u32
}

/// Per cent, to one place.
#[expect(clippy::cast_possible_truncation, reason = "a share")]
fn rounded(share: f64) -> f32 {
    ((share * 10.0).round() / 10.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn verdict(lost_in: f64, lost_out: f64, round_trip: u64) -> Verdict {
        let stats =
            Stats { lost_in, lost_out, round_trip: Some(Duration::from_millis(round_trip)), ..Stats::default() };
        let mut trend = Trend::default();
        (0..10).map(|_| trend.learn(std::slice::from_ref(&stats), Reception::default()).verdict).last().unwrap()
    }

    #[test]
    fn says_whose_network_is_weak() {
        assert_eq!(verdict(0.01, 0.0, 40), Verdict::Good);
        assert_eq!(verdict(0.2, 0.0, 40), Verdict::WeakThere);
        assert_eq!(verdict(0.0, 0.2, 40), Verdict::WeakHere);
        assert_eq!(verdict(0.2, 0.2, 40), Verdict::WeakHere);
        assert_eq!(verdict(0.0, 0.0, 900), Verdict::Slow);
    }

    #[test]
    fn a_moment_is_no_trend() {
        let mut trend = Trend::default();
        let bad = Stats { lost_in: 0.1, ..Stats::default() };
        assert_eq!(trend.learn(&[bad], Reception::default()).verdict, Verdict::Good);
    }
}
