//! A way with a queue, and what is sent over it.

#![allow(clippy::cast_possible_truncation)]

use super::*;

const PACKET: usize = 1200;

/// A way that lets so many bits a second through, and holds what is more for a while.
struct Way {
    rate: f64,
    /// Seconds of data that fit in its queue.
    holds: f64,
    /// Of a thousand packets, so many are lost whatever is sent.
    loses: usize,
    /// Seconds since the beginning at which it is free again.
    free: f64,
    sent: usize,
}

impl Way {
    fn new(rate: f64) -> Self {
        Self { rate, holds: 0.3, loses: 0, free: 0.0, sent: 0 }
    }

    /// When a packet that is sent at this time arrives.
    fn carry(&mut self, at: f64) -> Option<f64> {
        self.sent += 1;
        if self.sent * 7919 % 1000 < self.loses || self.free - at > self.holds {
            return None;
        }
        self.free = self.free.max(at) + PACKET as f64 * 8.0 / self.rate;
        Some(self.free + 0.02)
    }
}

/// Sends as much as it may, or `uses` at most, for so many seconds; the targets at each second's end.
fn send(controller: &mut Controller, way: &mut Way, begin: Instant, from: u32, seconds: u32, uses: f64) -> Vec<f64> {
    let mut targets = Vec::new();
    let (mut owed, mut waiting) = (0.0, Vec::new());
    for tick in from * 100..(from + seconds) * 100 {
        let at = f64::from(tick) / 100.0;
        let now = begin + Duration::from_secs_f64(at);
        owed += controller.target(now).min(uses) / 100.0;
        while owed > PACKET as f64 * 8.0 {
            owed -= PACKET as f64 * 8.0;
            let arrival = way.carry(at);
            waiting.push(PacketReport {
                ssrc: 1,
                id: way.sent as u64,
                rtp_sequence_number: way.sent as u16,
                is_twcc: true,
                twcc_sequence_number: way.sent as u16,
                size: PACKET,
                arrived: arrival.is_some(),
                departure: now,
                arrival: arrival.map(Duration::from_secs_f64),
                ecn: Default::default(),
            });
        }
        if tick % 10 == 9 {
            // Reported is what has arrived by now, and what was lost before it.
            let last = waiting.iter().rposition(|report| report.arrival.is_some_and(|when| when.as_secs_f64() < at));
            let reports: Vec<_> = waiting.drain(..last.map_or(0, |last| last + 1)).collect();
            controller.packets(now, &reports);
        }
        if tick % 100 == 99 {
            targets.push(controller.target(now));
        }
    }
    targets
}

fn mean(targets: &[f64]) -> f64 {
    targets.iter().sum::<f64>() / targets.len() as f64
}

#[test]
fn a_wide_way_is_used() {
    let (mut controller, mut way) = (Controller::default(), Way::new(50_000_000.0));
    let targets = send(&mut controller, &mut way, Instant::now(), 0, 20, f64::MAX);
    assert!(targets.windows(2).all(|pair| pair[1] >= pair[0]), "{targets:?}");
    assert!(targets[19] > 4_000_000.0, "{targets:?}");
}

#[test]
fn a_narrow_way_is_filled_and_no_more() {
    for rate in [300_000.0, 800_000.0, 2_500_000.0] {
        let (mut controller, mut way) = (Controller::default(), Way::new(rate));
        let targets = send(&mut controller, &mut way, Instant::now(), 0, 60, f64::MAX);
        let settled = mean(&targets[20..]);
        assert!(settled > rate * 0.6 && settled < rate * 1.1, "{rate}: {settled} of {targets:?}");
    }
}

#[test]
fn it_follows_when_the_way_changes() {
    let begin = Instant::now();
    let (mut controller, mut way) = (Controller::default(), Way::new(3_000_000.0));
    send(&mut controller, &mut way, begin, 0, 20, f64::MAX);
    way.rate = 500_000.0;
    let down = send(&mut controller, &mut way, begin, 20, 20, f64::MAX);
    assert!(down[5..].iter().all(|target| *target < 700_000.0), "{down:?}");
    way.rate = 3_000_000.0;
    let up = send(&mut controller, &mut way, begin, 40, 40, f64::MAX);
    assert!(up[39] > 1_500_000.0, "{up:?}");
}

#[test]
fn a_few_losses_are_borne_and_many_are_not() {
    let (mut controller, mut way) = (Controller::default(), Way { loses: 15, ..Way::new(50_000_000.0) });
    let few = send(&mut controller, &mut way, Instant::now(), 0, 20, f64::MAX);
    assert!(few[19] > START, "{few:?}");
    // As by radio: what there is, there is still.
    let (mut controller, mut way) = (Controller::default(), Way { loses: 50, ..Way::new(50_000_000.0) });
    let some = send(&mut controller, &mut way, Instant::now(), 0, 120, f64::MAX);
    assert!(some.iter().all(|target| *target > START * 0.8), "{some:?}");
    let (mut controller, mut way) = (Controller::default(), Way { loses: 200, ..Way::new(50_000_000.0) });
    let many = send(&mut controller, &mut way, Instant::now(), 0, 20, f64::MAX);
    assert!(many[19] < START / 3.0, "{many:?}");
}

#[test]
fn what_a_queue_took_comes_back_where_some_are_lost_anyway() {
    let begin = Instant::now();
    let (mut controller, mut way) = (Controller::default(), Way { loses: 50, ..Way::new(50_000_000.0) });
    send(&mut controller, &mut way, begin, 0, 10, f64::MAX);
    way.rate = 400_000.0;
    let down = send(&mut controller, &mut way, begin, 10, 15, f64::MAX);
    assert!(down[5..].iter().all(|target| *target < 550_000.0), "{down:?}");
    way.rate = 50_000_000.0;
    let up = send(&mut controller, &mut way, begin, 25, 40, f64::MAX);
    assert!(up[39] > down[14] * 1.5, "{down:?} {up:?}");
}

#[test]
fn what_nobody_told_of_is_not_lost() {
    let begin = Instant::now();
    let report = |number: u16, arrived: bool| PacketReport {
        ssrc: 1,
        id: u64::from(number),
        rtp_sequence_number: number,
        is_twcc: true,
        twcc_sequence_number: number.wrapping_add(65_000),
        size: PACKET,
        arrived,
        departure: begin + Duration::from_millis(u64::from(number) * 10),
        arrival: arrived.then(|| Duration::from_millis(u64::from(number) * 10 + 20)),
        ecn: Default::default(),
    };
    let mut controller = Controller::default();
    // Each second report is lost; nothing else is.
    for round in 0..100_u16 {
        let now = begin + Duration::from_millis(u64::from(round) * 200 + 220);
        let reports: Vec<_> = (0..20).map(|at| report(round * 20 + at, at >= 10)).collect();
        controller.covered((round * 20 + 10).wrapping_add(65_000));
        controller.packets(now, &reports);
        assert_eq!(controller.loss(), 0.0);
        // All of them got through, as far as anybody knows.
        assert!(round < 5 || controller.received.rate().unwrap() > PACKET as f64 * 8.0 * 70.0);
    }
    // What is sent again, and thrown away as it has come already, is not lost either.
    let again: Vec<_> =
        (0..200).map(|at| PacketReport { rtp_sequence_number: 1900, ..report(2000 + at, false) }).collect();
    controller.packets(begin + Duration::from_secs(21), &again);
    controller.packets(begin + Duration::from_secs(22), &(2200..2400).map(|at| report(at, true)).collect::<Vec<_>>());
    assert_eq!(controller.loss(), 0.0);
}

#[test]
fn what_is_not_used_is_not_known() {
    let (mut controller, mut way) = (Controller::default(), Way::new(50_000_000.0));
    let targets = send(&mut controller, &mut way, Instant::now(), 0, 60, 200_000.0);
    assert!(targets.iter().all(|target| (START..START * 1.2).contains(target)), "{targets:?}");
}

#[test]
fn reports_of_rtcp_have_to_do_where_there_are_no_others() {
    let begin = Instant::now();
    let at = |seconds: u64| begin + Duration::from_secs(seconds);
    let trip = Some(Duration::from_millis(40));
    let mut controller = Controller::default();
    (1..10).for_each(|second| controller.report(at(second), 0.0, trip));
    let good = controller.target(at(10));
    assert!(good > START * 1.3, "{good}");
    (10..16).for_each(|second| controller.report(at(second), 0.3, trip));
    let bad = controller.target(at(16));
    assert!(bad < good * 0.5, "{bad}");
    // A queue that is longer than it needs to be.
    (16..19).for_each(|second| controller.report(at(second), 0.0, Some(Duration::from_millis(900))));
    assert!(controller.target(at(19)) < bad);
    for second in 19..400 {
        controller.report(at(second), 1.0, trip);
    }
    assert_eq!(controller.target(at(400)), LEAST);
}

#[test]
fn their_own_estimate_is_a_limit_and_where_nothing_else_is_heard_a_goal() {
    let begin = Instant::now();
    let mut controller = Controller::default();
    controller.limited(begin, 400_000.0);
    assert_eq!(controller.target(begin), 400_000.0);
    controller.limited(begin, 3_000_000.0);
    assert_eq!(controller.target(begin), 3_000_000.0);
    controller.limited(begin, 1.0);
    assert_eq!(controller.target(begin), LEAST);
    for nonsense in [f64::NAN, f64::INFINITY, -5.0, 0.0] {
        controller.limited(begin, nonsense);
    }
    assert_eq!(controller.target(begin), LEAST);
    // What was said long ago is not true any more.
    assert_eq!(controller.target(begin + BELIEVED), 3_000_000.0);
}

#[test]
fn a_machine_that_slept_is_no_congestion() {
    let begin = Instant::now();
    let (mut controller, mut way) = (Controller::default(), Way::new(10_000_000.0));
    send(&mut controller, &mut way, begin, 0, 10, f64::MAX);
    let before = controller.target(begin);
    way.free = 40.0;
    way.holds = 100.0;
    let after = send(&mut controller, &mut way, begin, 30, 5, f64::MAX);
    assert!(after[4] > before * 0.4, "{before} {after:?}");
}
