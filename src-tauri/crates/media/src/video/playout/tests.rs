//! Frames that come as they should, late, in heaps, and by another clock.

use super::*;

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn frame(at: u64) -> Encoded {
    Encoded {
        data: bytes::Bytes::new(),
        key: false,
        timestamp_us: i64::try_from(at * 1000).unwrap(),
        width: 2,
        height: 2,
    }
}

/// Puts frames in, by when they were filmed and when they come, in this order, and takes them out each millisecond: when
/// they were filmed and shown.
fn show(playout: &mut Playout, begin: Instant, frames: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let (mut shown, mut coming) = (Vec::new(), frames.iter().peekable());
    let last = frames.last().unwrap().1;
    for now in 0..=last + 1000 {
        while let Some((filmed, _)) = coming.next_if(|(_, came)| *came <= now) {
            assert!(playout.put(begin + millis(now), frame(*filmed)));
        }
        while let Some(frame) = playout.take(begin + millis(now)) {
            shown.push((u64::try_from(frame.timestamp_us).unwrap() / 1000, now));
        }
    }
    assert!(shown.iter().map(|(filmed, _)| filmed).eq(frames.iter().map(|(filmed, _)| filmed)), "in their order");
    shown
}

/// Of this many frames, 30 a second, each nth is late by so much, and all that come meanwhile wait for it.
fn lossy(count: u64, each: u64, late: u64) -> Vec<(u64, u64)> {
    let mut after = 0;
    let came = |number: u64| {
        let filmed = number * 33;
        let lost = number % each == each - 1;
        after = after.max(filmed + 60 + if lost { late } else { 0 });
        (filmed, after)
    };
    (0..count).map(came).collect()
}

fn gaps(shown: &[(u64, u64)]) -> Vec<u64> {
    shown.windows(2).map(|pair| pair[1].1 - pair[0].1).collect()
}

#[test]
fn what_comes_regularly_is_shown_at_once() {
    let mut playout = Playout::default();
    // As exact as cameras are.
    let frames: Vec<_> = (0..900).map(|number| (number * 33, number * 33 + 60 + number * 7 % 12)).collect();
    let shown = show(&mut playout, Instant::now(), &frames);
    assert!(shown.iter().zip(&frames).all(|(shown, frame)| shown.1 == frame.1));
    assert_eq!(playout.delay(), Duration::ZERO);
}

#[test]
fn what_is_late_now_and_then_is_shown_in_its_rhythm() {
    let mut playout = Playout::default();
    let frames = lossy(600, 15, 170);
    assert!(gaps(&frames).iter().any(|gap| *gap > 180), "it would stand still");
    let shown = show(&mut playout, Instant::now(), &frames);
    // After the first few.
    let gaps = gaps(&shown[60..]);
    assert!(gaps.iter().all(|gap| *gap < 60), "{gaps:?}");
    assert!((millis(100)..millis(180)).contains(&playout.delay()), "{:?}", playout.delay());
}

#[test]
fn it_is_longer_soon_and_shorter_slowly() {
    let (mut playout, begin) = (Playout::default(), Instant::now());
    show(&mut playout, begin, &lossy(90, 15, 170));
    assert!(playout.delay() > millis(100), "{:?}", playout.delay());
    // All goes well from now on.
    let after = begin + Duration::from_secs(5);
    let frames: Vec<_> = (0..600).map(|number| (number * 33 + 5000, number * 33 + 60)).collect();
    let shown = show(&mut playout, after, &frames);
    assert_eq!(playout.delay(), Duration::ZERO);
    assert!(gaps(&shown).iter().all(|gap| (30..=34).contains(gap)), "nobody sees it");
    let late = |(filmed, shown): &(u64, u64)| shown + 5000 - filmed - 60;
    assert!(late(&shown[0]) > 100 && late(&shown[599]) == 0);
}

#[test]
fn it_is_bounded() {
    let (mut playout, begin) = (Playout::default(), Instant::now());
    show(&mut playout, begin, &lossy(360, 60, 1500));
    assert_eq!(playout.delay(), MOST);
    // One that comes in time then waits so long and no longer.
    let now = begin + Duration::from_secs(20);
    assert!(playout.put(now, frame(20_000)));
    assert!(playout.next().is_some_and(|due| due <= now + MOST));
    let room = (0..100).filter(|number| playout.put(now, frame(20_000 + number))).count();
    assert_eq!(room, HELD - 1);
    assert!(!playout.is_old(now) && playout.is_old(now + MOST + OLD + millis(1)));
    playout.clear();
    assert_eq!((playout.next(), playout.is_old(now + MOST * 9)), (None, false));
    for second in 0..2000 {
        playout.clear();
        playout.put(now + millis(second * 5), frame(20_000 + second * 5));
    }
    assert!(playout.came.len() <= FRAMES);
}

#[test]
fn another_clock_is_not_late() {
    let (mut playout, begin) = (Playout::default(), Instant::now());
    for jump in [0, 3_600_000, 1000, 5_000_000] {
        let frames: Vec<_> = (0..90).map(|number| (jump + number * 33, number * 33)).collect();
        let shown = show(&mut playout, begin + millis(jump / 100), &frames);
        assert!(shown.iter().zip(&frames).all(|(shown, frame)| shown.1 == frame.1), "{jump}");
    }
    // Nor is nonsense anything else.
    for timestamp_us in [i64::MIN, i64::MAX, 0, -1, i64::MAX] {
        playout.put(begin, Encoded { timestamp_us, ..frame(0) });
        assert!(playout.next().is_some_and(|due| due <= begin + MOST));
        playout.clear();
    }
}

#[test]
fn a_clock_that_runs_slower_is_followed() {
    let mut playout = Playout::default();
    // By a thousandth: a second in a quarter of an hour.
    let frames: Vec<_> = (0..6000).map(|number| (number * 33, number * 33 + number * 33 / 1000)).collect();
    let shown = show(&mut playout, Instant::now(), &frames);
    assert!(shown.iter().zip(&frames).all(|(shown, frame)| shown.1 - frame.1 < 20));
}
