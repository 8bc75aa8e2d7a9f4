//! The computer's clock may be set, or stand still while it sleeps; one that only counts shows that.

use std::time::{Duration, Instant};

/// A clock that goes this much astray between two looks was set. Less is what time servers correct.
const JUMP: Duration = Duration::from_secs(2);

/// Both clocks at the last look.
#[derive(Default)]
pub(crate) struct Watch(Option<(i64, Instant)>);

impl Watch {
    /// Whether the clock that tells the time (`wall`, in milliseconds) jumped since the last look, either way.
    pub fn jumped(&mut self, wall: i64, steady: Instant) -> bool {
        let Some((wall_before, steady_before)) = self.0.replace((wall, steady)) else { return false };
        let passed = i64::try_from(steady.saturating_duration_since(steady_before).as_millis()).unwrap_or(i64::MAX);
        let told = wall.saturating_sub(wall_before);
        u128::from(told.saturating_sub(passed).unsigned_abs()) > JUMP.as_millis()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_told_from_one_that_goes() {
        let mut watch = Watch::default();
        let begin = Instant::now();
        let at = |seconds: u64| begin + Duration::from_secs(seconds);
        assert!(!watch.jumped(1_000_000, at(0)), "there is nothing to compare with");
        assert!(!watch.jumped(1_005_000, at(5)));
        assert!(!watch.jumped(1_011_500, at(10)), "a little is nothing");
        assert!(watch.jumped(1_011_500 + 3_600_000, at(15)), "an hour ahead");
        assert!(!watch.jumped(1_016_500 + 3_600_000, at(20)), "and goes on from there");
        assert!(watch.jumped(0, at(25)), "back to the beginning");
        assert!(watch.jumped(i64::MAX, at(30)) && watch.jumped(i64::MIN, at(35)));
    }
}
