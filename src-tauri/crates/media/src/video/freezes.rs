//! When a moving picture stood still, as W3C's statistics have it (webrtc-stats, `freezeCount`): a frame came later after the
//! one before than three times the mean of the last thirty, and than that mean and 150 ms.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

const SOME: usize = 30;
const LATE: Duration = Duration::from_millis(150);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Freezes {
    pub count: u32,
    pub total: Duration,
    /// From the first frame to the last, without pauses.
    pub watched: Duration,
}

#[derive(Debug, Default)]
pub struct Watch {
    last: Option<Instant>,
    gaps: VecDeque<Duration>,
    freezes: Freezes,
}

impl Watch {
    pub fn freezes(&self) -> Freezes {
        self.freezes
    }

    /// Frames a second, lately.
    pub fn rate(&self) -> f64 {
        let all: Duration = self.gaps.iter().sum();
        #[expect(clippy::cast_precision_loss, reason = "a few frames")]
        let count = self.gaps.len() as f64;
        if all.is_zero() { 0.0 } else { count / all.as_secs_f64() }
    }

    pub fn frame(&mut self, now: Instant) {
        let Some(last) = self.last.replace(now) else { return };
        let gap = now.saturating_duration_since(last);
        self.freezes.watched += gap;
        if let Ok(count) = u32::try_from(self.gaps.len())
            && count > 0
        {
            let mean = self.gaps.iter().sum::<Duration>() / count;
            if gap > (mean * 3).max(mean + LATE) {
                self.freezes.count += 1;
                self.freezes.total += gap;
            }
        }
        self.gaps.push_back(gap);
        if self.gaps.len() > SOME {
            self.gaps.pop_front();
        }
    }

    /// It stopped on purpose: what comes next is not late.
    pub fn pause(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_late_by_both_measures_is_a_freeze() {
        let (mut watch, mut now) = (Watch::default(), Instant::now());
        let mut after = |millis: u64| {
            now += Duration::from_millis(millis);
            watch.frame(now);
            watch.freezes().count
        };
        assert!((0..40).all(|_| after(33) == 0));
        // More than three times as long, but not for 150 ms more.
        assert_eq!(after(180), 0);
        assert_eq!(after(250), 1);
        assert!((0..40).all(|_| after(200) <= 2), "it is the rate now");
        assert!((watch.rate() - 5.0).abs() < 0.1);
        let before = watch.freezes();
        watch.pause();
        watch.frame(now + Duration::from_secs(60));
        assert_eq!(watch.freezes(), before);
    }
}
