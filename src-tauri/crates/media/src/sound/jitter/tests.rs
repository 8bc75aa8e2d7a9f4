use super::*;

/// A generator of our own: a test is to be the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn payload(number: u64) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

/// A talk of `frames`, the packets of which take `way(number)` milliseconds, or are lost. Played from beginning to end.
fn play(frames: u64, start: u16, mut way: impl FnMut(u64) -> Option<u64>) -> (Vec<Frame>, Jitter) {
    let ms = u64::from(FRAME_MS);
    let mut arrivals: Vec<_> = (0..frames).filter_map(|number| Some((number * ms + way(number)?, number))).collect();
    arrivals.sort_unstable();
    let mut arrivals = arrivals.into_iter().peekable();
    let mut jitter = Jitter::default();
    let mut played = Vec::new();
    for tick in 0..frames + 30 {
        let now = tick * ms + 7;
        while let Some((at, number)) = arrivals.next_if(|(at, _)| *at <= now) {
            #[expect(clippy::cast_possible_truncation, reason = "sequence numbers wrap")]
            jitter.put(start.wrapping_add(number as u16), payload(number), FRAME_MS, at);
        }
        played.push(jitter.get());
    }
    (played, jitter)
}

/// The numbers of the packets that were played, in their order.
fn heard(played: &[Frame]) -> Vec<u64> {
    let number = |frame: &Frame| match frame {
        Frame::Decode(payload) => Some(u64::from_be_bytes(payload.as_ref().try_into().unwrap())),
        _ => None,
    };
    played.iter().filter_map(number).collect()
}

#[test]
fn an_even_way_is_played_as_it_came_and_soon() {
    let (played, jitter) = play(500, 65_400, |_| Some(30));
    assert_eq!(heard(&played), (0..500).collect::<Vec<_>>(), "over the end of the numbers as well");
    // Only where they stop speaking without saying so.
    assert_eq!((jitter.counts().concealed, jitter.target()), (u64::from(CONCEALED), LEAST));
    let first = played.iter().position(|frame| matches!(frame, Frame::Decode(_))).unwrap();
    assert!(first <= 3, "it waits for {first} frames");
}

#[test]
fn what_overtakes_is_put_in_order() {
    let mut chance = Chance(1);
    let (played, jitter) = play(1000, 0, |_| Some(30 + chance.below(60)));
    let heard = heard(&played);
    assert!(heard.is_sorted(), "in the order it was said");
    assert!(heard.len() >= 960, "{} of 1000, {:?}", heard.len(), jitter.counts());
    assert!((40..=140).contains(&jitter.target()), "{} ms", jitter.target());
}

#[test]
fn one_that_is_lost_is_recovered_from_the_next() {
    let (played, jitter) = play(200, 0, |number| (number % 20 != 7).then_some(30));
    assert_eq!(jitter.counts().recovered, 10);
    let at = played.iter().position(|frame| matches!(frame, Frame::Recover(_))).unwrap();
    let (Frame::Recover(next), Frame::Decode(then)) = (&played[at], &played[at + 1]) else {
        panic!("{:?}", &played[at..])
    };
    assert_eq!(next, then, "of the one that is played after it");
    // The first is waited for, and after that there is room; the others are those at the end.
    assert_eq!(jitter.counts().concealed, u64::from(CONCEALED) + 1);
}

#[test]
fn at_five_per_cent_loss_and_sixty_ms_little_is_made_up() {
    let mut chance = Chance(7);
    let (played, jitter) = play(10_000, 0, |_| (chance.below(100) >= 5).then(|| 60 + chance.below(20)));
    let counts = jitter.counts();
    assert!(heard(&played).is_sorted());
    assert!(counts.concealed * 100 <= 10_000 * 3, "{counts:?}");
    assert!(counts.played >= 9_300, "{counts:?}");
}

#[test]
fn the_delay_follows_the_network_up_and_down() {
    let mut chance = Chance(3);
    // Even, then shaken for ten seconds, then even for a minute.
    let (_, jitter) = play(500, 0, |_| Some(20 + chance.below(150)));
    assert!(jitter.target() >= 100, "{} ms", jitter.target());
    let (_, jitter) = play(4000, 0, |number| Some(if number < 500 { 20 + chance.below(150) } else { 20 }));
    assert!(jitter.target() <= 60, "{} ms", jitter.target());
    assert!(jitter.held_ms() <= 200, "{} ms are held", jitter.held_ms());
}

#[test]
fn a_gap_ends_in_silence_and_speech_begins_again() {
    let (played, jitter) = play(300, 0, |number| (!(100..200).contains(&number)).then_some(30));
    let concealed = played.iter().filter(|frame| matches!(frame, Frame::Conceal)).count();
    assert!(concealed <= 10, "{concealed} frames are made up");
    assert_eq!(heard(&played).len(), 200, "{:?}", jitter.counts());
}

/// A peer that sends nothing while it is silent counts on from where it stopped.
#[test]
fn a_pause_is_no_lateness() {
    let mut jitter = Jitter::default();
    let mut heard = 0;
    for talk in 0..10_u64 {
        for number in 0..50_u64 {
            let at = talk * 6000 + number * 20;
            #[expect(clippy::cast_possible_truncation, reason = "it is small")]
            jitter.put((talk * 50 + number) as u16, payload(number), FRAME_MS, at);
            heard += u64::from(matches!(jitter.get(), Frame::Decode(_)));
        }
        (0..10).for_each(|_| drop(jitter.get()));
    }
    assert!(heard >= 480 && jitter.target() <= 40, "{heard} of 500, {} ms", jitter.target());
}

#[test]
fn what_comes_all_at_once_is_bounded_and_caught_up_with() {
    let mut jitter = Jitter::default();
    for number in 0..2000_u16 {
        jitter.put(number, payload(u64::from(number)), FRAME_MS, 1000);
    }
    assert!(jitter.held.len() <= HELD);
    let mut last = 0;
    for _ in 0..HELD {
        if let Frame::Decode(payload) = jitter.get() {
            last = u64::from_be_bytes(payload.as_ref().try_into().unwrap());
        }
    }
    assert_eq!(last, 1999);
}

#[test]
fn another_stream_in_its_place_is_played() {
    let mut jitter = Jitter::default();
    let mut played = Vec::new();
    for (at, start) in [(0_u64, 100_u16), (1000, 40_000)] {
        for number in 0..50_u16 {
            jitter.put(start.wrapping_add(number), payload(u64::from(number)), FRAME_MS, at + u64::from(number) * 20);
            played.push(jitter.get());
        }
    }
    assert!(heard(&played).len() >= 96, "{}", heard(&played).len());
}

#[test]
fn clocks_that_differ_do_not_pile_up() {
    // Their clock runs faster by a thousandth: over ten minutes that is 600 ms.
    let (_, jitter) = play(30_000, 0, |number| Some(630 - number / 50));
    assert!(jitter.held_ms() <= 200, "{} ms are held", jitter.held_ms());
}

/// Packets of 10, 40, 60 and 120 ms: held back by as much as they are long, and not counted as late.
#[test]
fn packets_of_other_lengths_are_played_in_their_own_time() {
    for ms in [10_u64, 40, 60, 120] {
        let (mut jitter, mut played, mut clock) = (Jitter::default(), Vec::new(), 0);
        let mut came = 0;
        for now in 0..20_000 {
            if now % ms == 3 {
                let length = u32::try_from(ms).unwrap();
                jitter.put(came, payload(u64::from(came)), length, now);
                came += 1;
            }
            if now >= clock {
                played.push(jitter.get());
                clock = now + if matches!(played.last(), Some(Frame::Silence)) { 10 } else { ms };
            }
        }
        assert!(heard(&played).len() + 4 >= usize::from(came), "{ms}: {} of {came}", heard(&played).len());
        assert_eq!((jitter.counts().late, jitter.counts().concealed), (0, 0), "{ms}: {:?}", jitter.counts());
        let most = u32::try_from(ms + ms / 10).unwrap().max(LEAST) + 2;
        assert!(jitter.target() <= most, "{ms}: {} ms", jitter.target());
    }
}

#[test]
fn the_length_may_change_on_the_way() {
    let (mut jitter, mut played, mut clock) = (Jitter::default(), Vec::new(), 0);
    let (mut came, mut due, mut lengths) = (0_u16, 0, Vec::new());
    for now in 0..20_000_u64 {
        if now >= due {
            let ms = if (now / 2000) % 2 == 0 { 20 } else { 60 };
            // It is sent once it is said.
            due = now + ms;
            jitter.put(came, payload(u64::from(came)), u32::try_from(ms).unwrap(), now);
            lengths.push(ms);
            came += 1;
        }
        if now >= clock {
            let frame = jitter.get();
            clock = now + 20;
            if let Frame::Decode(payload) = &frame {
                let number = u64::from_be_bytes(payload.as_ref().try_into().unwrap());
                clock = now + lengths[usize::try_from(number).unwrap()];
            }
            played.push(frame);
        }
    }
    assert!(heard(&played).is_sorted());
    assert!(heard(&played).len() * 100 >= usize::from(came) * 95, "{} of {came}", heard(&played).len());
}

/// Without a loudspeaker nothing is asked for; once there is one, what is said now is heard, not what was said then.
#[test]
fn after_a_while_away_it_goes_on_with_now() {
    let (mut jitter, mut played) = (Jitter::default(), Vec::new());
    for number in 0..1000_u16 {
        jitter.put(number, payload(u64::from(number)), FRAME_MS, u64::from(number) * 20);
        if !(200..900).contains(&number) {
            played.push(jitter.get());
        }
    }
    let heard = heard(&played);
    let after = heard.iter().find(|number| **number > 210).unwrap();
    assert!(*after >= 890, "{after}");
}

/// The way is shorter after the beginning: what is held since then without need is given up.
#[test]
fn what_is_held_without_need_is_given_up() {
    let (played, jitter) = play(2000, 0, |number| Some(if number < 10 { 80 } else { 20 }));
    assert_eq!(jitter.target(), LEAST);
    let last = played.iter().rposition(|frame| matches!(frame, Frame::Decode(_))).unwrap();
    assert!(last <= 2001, "the last is played {} packets after it was said", last - 1999);
    assert!(heard(&played).len() >= 1995, "{}", heard(&played).len());
}
