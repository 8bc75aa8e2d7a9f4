//! How long an upload service is tried while nothing gets any further.

use std::time::{Duration, Instant};

/// Time in which nothing got any further, over all tries and what was waited between them.
#[derive(Debug)]
pub(super) struct Quiet {
    /// The present try began, or what it brings last got further.
    since: Instant,
    sum: Duration,
}

impl Quiet {
    pub fn new(now: Instant) -> Self {
        Self { since: now, sum: Duration::ZERO }
    }

    /// A try begins.
    pub fn begin(&mut self, now: Instant) {
        self.since = now;
    }

    /// It got further than any before.
    pub fn moved(&mut self, now: Instant) {
        *self = Self::new(now);
    }

    /// A try failed. Answers whether another one after this `wait` is worth it: whether all would be over within `limit`
    /// even if it were as long in vain.
    pub fn allows(&mut self, now: Instant, wait: Duration, limit: Duration) -> bool {
        let last = now.saturating_duration_since(self.since);
        self.sum += last + wait;
        self.sum + last <= limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn whoever_is_silent_for_a_minute_is_left_after_a_minute() {
        let began = Instant::now();
        let mut quiet = Quiet::new(began);
        assert!(!quiet.allows(began + seconds(60), seconds(1), LIMIT));
        // Also where much went before.
        let mut quiet = Quiet::new(began);
        quiet.moved(began + seconds(600));
        assert!(!quiet.allows(began + seconds(660), seconds(1), LIMIT));
    }

    #[test]
    fn whoever_fails_at_once_is_tried_for_a_minute() {
        let mut now = Instant::now();
        let mut quiet = Quiet::new(now);
        let mut tries = 0;
        for wait in [1, 3, 10, 30, 60].map(seconds) {
            quiet.begin(now);
            tries += 1;
            if !quiet.allows(now, wait, LIMIT) {
                break;
            }
            now += wait;
        }
        assert_eq!(tries, 5);
    }

    #[test]
    fn half_a_minute_in_vain_is_not_spent_twice_over_the_limit() {
        let began = Instant::now();
        let mut quiet = Quiet::new(began);
        assert!(quiet.allows(began + seconds(20), seconds(1), LIMIT));
        quiet.begin(began + seconds(21));
        assert!(!quiet.allows(began + seconds(41), seconds(3), LIMIT));
        // What gets further counts anew.
        quiet.moved(began + seconds(42));
        assert!(quiet.allows(began + seconds(43), seconds(10), LIMIT));
    }
}
