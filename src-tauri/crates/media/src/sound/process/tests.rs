//! A room that is made up: what the loudspeaker plays comes back later, lower and several times.

use super::*;

/// A generator of our own: a test is to be the same each time.
struct Chance(u64);

impl Chance {
    /// Between -1 and 1.
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// Something like speech: syllables of a voice with a melody and its harmonics, some of them hissed, and pauses.
fn speech(seed: u64, pitch: f32, seconds: usize) -> Vec<f32> {
    let mut chance = Chance(seed);
    let mut samples = Vec::with_capacity(seconds * RATE as usize);
    let (mut phase, mut low) = (0.0_f32, 0.0_f32);
    while samples.len() < seconds * RATE as usize {
        let length = (0.12 + 0.1 * chance.next().abs()) * RATE as f32;
        let (melody, loud) = (pitch * (1.0 + 0.2 * chance.next()), 0.15 + 0.15 * chance.next().abs());
        let (hissed, tilt) = (chance.next() > 0.6, 1.0 + 0.5 * chance.next());
        let pause = if chance.next() > 0.5 { length * 0.7 } else { length * 0.1 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "parts of a second")]
        let (voiced_for, silent_for) = (length as usize, pause as usize);
        for at in 0..voiced_for {
            let envelope = (at as f32 / length * std::f32::consts::PI).sin();
            phase = (phase + melody / RATE as f32).fract();
            let voiced: f32 = (1..20_u8)
                .map(|h| (f32::from(h) * phase * std::f32::consts::TAU).sin() / f32::from(h).powf(tilt))
                .sum();
            low += (chance.next() - low) * 0.3;
            let sound = if hissed { low } else { voiced * 0.5 + low * 0.05 };
            samples.push(sound * envelope * loud);
        }
        samples.extend(std::iter::repeat_n(0.0, silent_for));
    }
    samples.truncate(seconds * RATE as usize);
    samples
}

/// What comes back of it: after 60 ms, and from the walls, in all a quarter as loud; and a noise that is always there.
fn echo(played: &[f32]) -> Vec<f32> {
    let ways = [(2880, 0.18), (3300, -0.08), (3911, 0.05), (4630, 0.03), (6007, -0.015)];
    let mut chance = Chance(99);
    (0..played.len())
        .map(|at| {
            let back = |(late, share): &(usize, f32)| at.checked_sub(*late).map_or(0.0, |at| played[at] * share);
            ways.iter().map(back).sum::<f32>() + chance.next() * 0.0001
        })
        .collect()
}

fn energy(samples: &[f32]) -> f64 {
    samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len() as f64
}

fn decibels(of: f64, against: f64) -> f64 {
    10.0 * (of / against.max(1e-12)).log10()
}

/// What is sent where this is played and that is heard.
fn sent(wishes: Wishes, played: &[f32], heard: &[f32]) -> Vec<f32> {
    let mut processor = Sonora::new(wishes);
    let frames = played.chunks_exact(FRAME).zip(heard.chunks_exact(FRAME));
    frames
        .flat_map(|(far, near)| {
            processor.far(far.try_into().unwrap());
            let mut near: [f32; FRAME] = near.try_into().unwrap();
            processor.near(&mut near);
            near
        })
        .collect()
}

const ECHO: Wishes = Wishes { echo: true, ..Wishes::NONE };

#[test]
fn an_echo_is_gone() {
    let played = speech(1, 120.0, 12);
    let heard = echo(&played);
    for wishes in [ECHO, Wishes { noise: true, ..ECHO }] {
        let sent = sent(wishes, &played, &heard);
        let from = RATE as usize * 6;
        let loss = decibels(energy(&heard[from..]), energy(&sent[from..]));
        println!("{wishes:?}: echo return loss {loss:.1} dB");
        assert!(loss >= 40.0, "{wishes:?}: {loss} dB");
    }
}

/// Both speak at once: ours still comes through.
#[test]
fn who_speaks_against_it_is_heard() {
    let (played, mut ours) = (speech(1, 120.0, 16), speech(7, 210.0, 16));
    // It may learn the room first.
    let from = RATE as usize * 8;
    ours[..from].fill(0.0);
    let heard: Vec<_> = echo(&played).iter().zip(&ours).map(|(echo, ours)| echo + ours).collect();
    // Against itself without an echo: the filters alone turn things a little, and delay them.
    let alone = sent(ECHO, &vec![0.0; ours.len()], &ours);
    let both = sent(ECHO, &played, &heard);
    let loss = decibels(energy(&alone[from..]), energy(&both[from..]));
    println!("in double talk {loss:.1} dB of ours are lost");
    assert!(loss <= 3.0, "{loss} dB");
    let (mut same, mut all) = (0.0, 0.0);
    for (alone, both) in alone[from..].iter().zip(&both[from..]) {
        same += f64::from(*alone) * f64::from(*both);
        all += f64::from(*both).powi(2);
    }
    let alike = same / (all * energy(&alone[from..]) * (alone.len() - from) as f64).sqrt();
    assert!(alike > 0.9, "and it is what we said, by {alike}");
}

#[test]
fn a_fan_is_turned_down_and_a_low_voice_up() {
    let mut chance = Chance(5);
    let fan: Vec<_> = (0..RATE as usize * 6).map(|_| chance.next() * 0.01).collect();
    let silence = vec![0.0; fan.len()];
    let sent_fan = sent(Wishes { noise: true, ..Wishes::NONE }, &silence, &fan);
    let from = RATE as usize * 3;
    let down = decibels(energy(&fan[from..]), energy(&sent_fan[from..]));
    println!("noise is turned down by {down:.1} dB");
    assert!(down >= 8.0, "{down} dB");
    let low: Vec<_> = speech(3, 150.0, 10).iter().map(|sample| sample * 0.1).collect();
    let sent_low = sent(Wishes { gain: true, ..Wishes::NONE }, &vec![0.0; low.len()], &low);
    let from = RATE as usize * 6;
    let up = decibels(energy(&sent_low[from..]), energy(&low[from..]));
    println!("a low voice is turned up by {up:.1} dB");
    assert!(up >= 3.0, "{up} dB");
}

#[test]
fn garbage_stays_where_it_is() {
    let mut processor = Sonora::new(Wishes::default());
    let garbage = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e30, -0.0, f32::MIN_POSITIVE];
    for wishes in [Wishes::default(), ECHO, Wishes::NONE, Wishes::default()] {
        processor.wish(wishes);
        for round in 0..20 {
            let mut frame = std::array::from_fn(|at| garbage[(at * 7 + round) % garbage.len()]);
            processor.far(&frame);
            processor.near(&mut frame);
            assert!(frame.iter().all(|sample| sample.is_finite() && sample.abs() <= 1.5), "{wishes:?}");
        }
    }
    let mut frame = [0.0; FRAME];
    (0..50).for_each(|_| processor.near(&mut frame));
    assert!(energy(&frame) < 1e-4, "and is gone after it");
}

#[test]
fn what_is_played_waits_for_the_microphone_but_not_for_ever() {
    let far = FarEnd::default();
    (0..100_u8).for_each(|_| far.push(&[0.5; 700]));
    let waiting = std::iter::from_fn(|| far.pop()).count();
    assert_eq!(waiting, WAITING);
    far.push(&[0.5; FRAME - 1]);
    assert!(far.pop().is_none());
}
