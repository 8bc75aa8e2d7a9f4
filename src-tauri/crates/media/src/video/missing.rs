//! What of theirs is missing, and is to be asked for again (generic NACK, RFC 4585 §6.2.1). Time is an argument.
//!
//! A packet is asked for as soon as a later one is there, and again some times within each round trip, as long as it can be of
//! use: what asks may be lost, and what answers too. That costs a few copies; asking once in a round trip costs a picture that
//! stands still. The engine has something for this as well, but it looks every so often, knows no round trip, and asks on
//! for what nobody waits for. It is sent again as it was, without a stream of its own (RFC 4588): old clients know none.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Packets that are asked for at once: where more are missing, a key frame is smaller.
const MOST: usize = 256;
/// Where it is not known how long it is there and back.
const UNKNOWN: Duration = Duration::from_millis(100);
/// It is asked again so often in that, but not more often than the first of these, nor less than the second.
const TIMES: u32 = 3;
const SOONEST: Duration = Duration::from_millis(20);
const LATEST: Duration = Duration::from_millis(250);
/// How long it is asked for: so many times there and back, and in any case so long, and no longer.
const TRIPS: u32 = 4;
const LEAST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_millis(1200);

/// How long one that is missing is worth waiting for.
pub fn patience(round_trip: Option<Duration>) -> Duration {
    (round_trip.unwrap_or(UNKNOWN) * TRIPS).clamp(LEAST, LONGEST)
}

#[derive(Debug)]
struct Wanted {
    sequence: u16,
    since: Instant,
    asked: Option<Instant>,
}

#[derive(Debug, Default)]
pub struct Missing {
    newest: Option<u16>,
    wanted: VecDeque<Wanted>,
}

impl Missing {
    /// A packet came.
    pub fn packet(&mut self, now: Instant, sequence: u16) {
        let newest = self.newest.unwrap_or(sequence.wrapping_sub(1));
        let ahead = sequence.wrapping_sub(newest);
        if ahead == 0 || ahead > u16::MAX / 2 {
            self.wanted.retain(|wanted| wanted.sequence != sequence);
            return;
        }
        self.newest = Some(sequence);
        if self.wanted.len() + usize::from(ahead) > MOST {
            self.wanted.clear();
            return;
        }
        for step in 1..ahead {
            self.wanted.push_back(Wanted { sequence: newest.wrapping_add(step), since: now, asked: None });
        }
    }

    /// What comes before this is of no use any more.
    pub fn begin(&mut self, first: u16) {
        self.wanted.retain(|wanted| wanted.sequence.wrapping_sub(first) <= u16::MAX / 2);
    }

    /// What is to be asked for now.
    pub fn ask(&mut self, now: Instant, round_trip: Option<Duration>) -> Vec<u16> {
        let (pause, patience) = (pause(round_trip), patience(round_trip));
        self.wanted.retain(|wanted| now.saturating_duration_since(wanted.since) < patience);
        let due = |wanted: &&mut Wanted| wanted.asked.is_none_or(|asked| now.saturating_duration_since(asked) >= pause);
        let ask = |wanted: &mut Wanted| {
            wanted.asked = Some(now);
            wanted.sequence
        };
        self.wanted.iter_mut().filter(due).map(ask).collect()
    }

    /// When there is something to ask for again.
    pub fn next(&self, round_trip: Option<Duration>) -> Option<Instant> {
        self.wanted.iter().map(|wanted| wanted.asked.map_or(wanted.since, |asked| asked + pause(round_trip))).min()
    }
}

fn pause(round_trip: Option<Duration>) -> Duration {
    (round_trip.unwrap_or(UNKNOWN) / TIMES).clamp(SOONEST, LATEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIP: Option<Duration> = Some(Duration::from_millis(120));

    /// Asked for, by the millisecond, until there is nothing more.
    fn asked(missing: &mut Missing, begin: Instant) -> Vec<(u64, Vec<u16>)> {
        let mut all = Vec::new();
        while let Some(next) = missing.next(TRIP) {
            let asked = missing.ask(next, TRIP);
            if !asked.is_empty() {
                all.push((u64::try_from((next - begin).as_millis()).unwrap(), asked));
            }
        }
        all
    }

    #[test]
    fn what_is_missing_is_asked_for_at_once_and_again_and_not_for_ever() {
        let begin = Instant::now();
        let mut missing = Missing::default();
        for sequence in [65_533, 65_534, 2] {
            missing.packet(begin, sequence);
        }
        let all = asked(&mut missing, begin);
        assert_eq!(all[0], (0, vec![65_535, 0, 1]));
        assert_eq!(all[1].0, 40);
        assert_eq!(all.len(), 13, "{all:?}");
    }

    #[test]
    fn what_comes_and_what_is_of_no_use_is_not_asked_for() {
        let begin = Instant::now();
        let mut missing = Missing::default();
        for sequence in [65_533, 3, 0, 65_534] {
            missing.packet(begin, sequence);
        }
        missing.begin(2);
        assert_eq!(missing.ask(begin, TRIP), [2]);
        assert_eq!(missing.ask(begin + SOONEST, TRIP), [0; 0]);
        missing.packet(begin, 2);
        assert_eq!(missing.next(TRIP), None);
    }

    #[test]
    fn it_is_bounded() {
        let begin = Instant::now();
        let mut missing = Missing::default();
        for step in 0..5000_u16 {
            missing.packet(begin, step.wrapping_mul(7919));
            assert!(missing.wanted.len() <= MOST);
        }
        missing.packet(begin, 0);
        missing.packet(begin, 30_000);
        assert_eq!(missing.ask(begin, TRIP), [0; 0]);
    }

    #[test]
    fn it_is_waited_for_as_long_as_it_takes_there_and_back() {
        assert_eq!(patience(None), LEAST);
        assert_eq!(patience(Some(Duration::from_millis(200))), Duration::from_millis(800));
        assert_eq!(patience(Some(Duration::from_secs(3))), LONGEST);
    }
}
