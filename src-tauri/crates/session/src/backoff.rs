//! How long to wait between two attempts.

use std::time::Duration;

/// Longest wait.
const LONGEST: Duration = Duration::from_secs(60);
/// A stream that lived this long was good: the next attempt is immediate.
const STABLE: Duration = Duration::from_secs(60);

/// Counts attempts that failed.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    /// Since the last stable stream.
    failed: u32,
    /// The last stream was stable.
    stable: bool,
}

impl Backoff {
    /// A stream lived so long; answers whether it was a good one.
    pub fn lived(&mut self, long: Duration) -> bool {
        let stable = long >= STABLE;
        if stable {
            *self = Self { failed: 0, stable: true };
        }
        stable
    }

    /// A person wants it now.
    pub fn forget(&mut self) {
        self.failed = 0;
    }

    /// 0.5, 1, 2, 4 … 60 s, ±30 %, so that a server's return is not met by everyone at once; after a stream that was
    /// good for a while the first attempt is immediate.
    pub fn next(&mut self) -> Duration {
        let failed = self.failed;
        self.failed = failed.saturating_add(1);
        let base = match failed {
            0 if std::mem::take(&mut self.stable) => 0.0,
            0 => 0.5,
            failed => f64::from(1_u32 << (failed - 1).min(6)),
        };
        let jitter = f64::from(getrandom::u32().unwrap_or_default()) / f64::from(u32::MAX) * 0.6 + 0.7;
        Duration::from_secs_f64((base * jitter).min(LONGEST.as_secs_f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_longer_each_time_and_not_at_all_after_a_good_stream() {
        let mut backoff = Backoff::default();
        for base in [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0] {
            let wait = backoff.next().as_secs_f64();
            assert!((base * 0.69..base * 1.31).contains(&wait), "{wait} for {base}");
        }
        assert!((0..100).all(|_| backoff.next() <= LONGEST));
        assert!(!backoff.lived(Duration::from_secs(59)) && backoff.next() > Duration::from_secs(40));
        assert!(backoff.lived(STABLE));
        assert_eq!(backoff.next(), Duration::ZERO);
        assert!(backoff.next() > Duration::ZERO, "once");
    }
}
