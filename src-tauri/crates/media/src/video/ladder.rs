//! How large and how often pictures are sent, by what may be sent and what this machine can encode. Time is an argument.
//!
//! It goes down soon, as too much shows at once, and up slowly, so that it does not go up and down.

use std::time::{Duration, Instant};

/// What is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Filmed: movement matters, and less sharp is better than less often.
    Camera,
    /// Drawn: text has to stay sharp, and less often is better.
    Screen,
}

/// A step: pixels, pictures a second, and bits a second that this takes at least, and at most to any use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pixels: usize,
    pub rate: u32,
    least: u32,
    most: u32,
}

const fn step(pixels: usize, rate: u32, least: u32, most: u32) -> Step {
    Step { pixels, rate, least, most }
}

/// Best first.
const CAMERA: [Step; 7] = [
    step(1920 * 1080, 30, 2_600_000, 4_500_000),
    step(1280 * 720, 30, 1_100_000, 2_500_000),
    step(960 * 540, 30, 650_000, 1_500_000),
    step(640 * 360, 30, 350_000, 900_000),
    step(480 * 270, 20, 200_000, 500_000),
    step(320 * 180, 15, 110_000, 250_000),
    step(320 * 180, 8, 0, 150_000),
];

const SCREEN: [Step; 6] = [
    step(2560 * 1440, 15, 1_800_000, 5_000_000),
    step(1920 * 1080, 15, 900_000, 3_500_000),
    step(1920 * 1080, 8, 400_000, 2_000_000),
    step(1920 * 1080, 5, 250_000, 1_000_000),
    step(1280 * 720, 5, 130_000, 600_000),
    step(960 * 540, 4, 0, 300_000),
];

/// Too little for this long is not a moment's.
const DOWN: Duration = Duration::from_millis(800);
/// Enough for this long is for good.
const UP: Duration = Duration::from_secs(5);
/// More than a step takes, by this share, before it is gone to.
const ROOM: f64 = 1.2;
/// And less than it takes, before it is left.
const TIGHT: f64 = 0.9;

/// Shares of the time between two pictures that encoding one may take: more is too much, and less leaves room.
const BUSY: f64 = 0.7;
const IDLE: f64 = 0.3;
/// How fast the encoder works, from the best it does to the worst.
const SPEEDS: [u8; 4] = [6, 8, 10, 12];

#[derive(Debug)]
pub struct Ladder {
    content: Content,
    at: usize,
    /// No better than this, as this machine is too slow.
    bound: usize,
    speed: usize,
    tight: Option<Instant>,
    roomy: Option<Instant>,
    /// Of the time between two pictures, the mean share that encoding takes.
    load: f64,
    loaded: Option<Instant>,
    lazy: Option<Instant>,
}

impl Ladder {
    /// Begins where so many bits a second suffice.
    pub fn new(content: Content, bitrate: u32) -> Self {
        let steps = steps(content);
        let at = steps.iter().position(|step| step.least <= bitrate).unwrap_or(steps.len() - 1);
        Self { content, at, bound: 0, speed: 1, tight: None, roomy: None, load: 0.0, loaded: None, lazy: None }
    }

    fn steps(&self) -> &'static [Step] {
        steps(self.content)
    }

    pub fn step(&self) -> Step {
        self.steps()[self.at]
    }

    /// How fast the encoder is to work.
    pub fn speed(&self) -> u8 {
        SPEEDS[self.speed]
    }

    /// Pixels of what is sent of a picture of this size, of the same shape; both even.
    pub fn size(&self, width: usize, height: usize) -> (usize, usize) {
        let pixels = self.step().pixels;
        if width * height <= pixels {
            return (width & !1, height & !1);
        }
        #[expect(clippy::cast_precision_loss, reason = "pixels")]
        let scale = (pixels as f64 / (width * height) as f64).sqrt();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "pixels"
        )]
        let scaled = |side: usize| ((side as f64 * scale).round() as usize).max(2) & !1;
        (scaled(width), scaled(height))
    }

    /// Bits a second to encode with, of those that may be sent.
    pub fn bitrate(&self, share: u32) -> u32 {
        share.min(self.step().most)
    }

    /// So many bits a second may be sent now, of pictures of this size.
    pub fn bitrate_is(&mut self, now: Instant, share: u32, source: (usize, usize)) {
        let share = f64::from(share);
        let last = self.steps().len() - 1;
        self.tight = (share < f64::from(self.step().least) * TIGHT).then(|| self.tight.unwrap_or(now));
        // What is larger than the source is no better.
        let better = self.at.checked_sub(1).filter(|better| {
            let same = self.steps()[*better].rate == self.step().rate;
            *better >= self.bound && (!same || self.step().pixels < source.0 * source.1)
        });
        let roomy = better.is_some_and(|better| share > f64::from(self.steps()[better].least) * ROOM);
        self.roomy = roomy.then(|| self.roomy.unwrap_or(now));
        if lasts(self.tight, now, DOWN) && self.at < last {
            // As far as it takes at once: each step more is another key frame.
            let fits = self.steps().iter().position(|step| f64::from(step.least) <= share);
            self.go(fits.unwrap_or(last).max(self.at + 1));
        } else if let Some(better) = better.filter(|_| lasts(self.roomy, now, UP)) {
            self.go(better);
        }
    }

    /// Encoding a picture took so long.
    pub fn encoded(&mut self, now: Instant, took: Duration) {
        let share = took.as_secs_f64() * f64::from(self.step().rate);
        self.load = 0.9 * self.load + 0.1 * share;
        self.loaded = (self.load > BUSY).then(|| self.loaded.unwrap_or(now));
        self.lazy = (self.load < IDLE).then(|| self.lazy.unwrap_or(now));
        if lasts(self.loaded, now, DOWN) {
            if self.speed + 1 < SPEEDS.len() {
                self.speed += 1;
            } else if self.at + 1 < self.steps().len() {
                self.bound = self.at + 1;
                self.go(self.bound);
            }
            (self.loaded, self.load) = (None, BUSY / 2.0 + IDLE / 2.0);
        } else if lasts(self.lazy, now, UP * 2) {
            if self.bound > 0 {
                self.bound -= 1;
            } else {
                // The best quality is for machines that have all the time.
                self.speed = self.speed.saturating_sub(1).max(usize::from(self.load > IDLE / 3.0));
            }
            self.lazy = None;
        }
    }

    fn go(&mut self, to: usize) {
        (self.at, self.tight, self.roomy) = (to, None, None);
    }
}

fn steps(content: Content) -> &'static [Step] {
    match content {
        Content::Camera => &CAMERA,
        Content::Screen => &SCREEN,
    }
}

fn lasts(since: Option<Instant>, now: Instant, time: Duration) -> bool {
    since.is_some_and(|since| now.saturating_duration_since(since) >= time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HD: (usize, usize) = (1280, 720);

    /// Tells it of a bitrate ten times a second; the sizes it went through.
    fn tell(ladder: &mut Ladder, from: Instant, seconds: u64, share: u32) -> Vec<(usize, usize)> {
        let mut sizes = Vec::new();
        for tenth in 0..seconds * 10 {
            ladder.bitrate_is(from + Duration::from_millis(tenth * 100), share, HD);
            sizes.push(ladder.size(HD.0, HD.1));
        }
        sizes.dedup();
        sizes
    }

    #[test]
    fn less_room_makes_smaller_pictures_and_more_makes_larger_ones_slowly() {
        let begin = Instant::now();
        let mut ladder = Ladder::new(Content::Camera, 1_500_000);
        assert_eq!(ladder.size(HD.0, HD.1), HD);
        assert_eq!(tell(&mut ladder, begin, 3, 400_000), [HD, (640, 360)]);
        let later = begin + Duration::from_secs(10);
        assert_eq!(tell(&mut ladder, later, 4, 1_500_000), [(640, 360)]);
        assert_eq!(tell(&mut ladder, later + Duration::from_secs(4), 20, 1_500_000), [(640, 360), (960, 540), HD]);
        // A moment is nothing.
        let later = begin + Duration::from_secs(60);
        for tenth in 0..7 {
            ladder.bitrate_is(later + Duration::from_millis(tenth * 100), 100_000, HD);
        }
        // And at its edge, it stays where it is.
        let edge = tell(&mut ladder, later + Duration::from_secs(1), 60, 1_050_000);
        assert_eq!(edge.len(), 1, "{edge:?}");
    }

    #[test]
    fn a_screen_is_shown_less_often_before_it_is_less_sharp() {
        let begin = Instant::now();
        let screen = (1920, 1080);
        let mut ladder = Ladder::new(Content::Screen, 1_500_000);
        assert_eq!((ladder.size(screen.0, screen.1), ladder.step().rate), (screen, 15));
        for tenth in 0..20 {
            ladder.bitrate_is(begin + Duration::from_millis(tenth * 100), 300_000, screen);
        }
        assert_eq!((ladder.size(screen.0, screen.1), ladder.step().rate), (screen, 5));
    }

    #[test]
    fn what_is_larger_than_the_source_is_no_better() {
        let begin = Instant::now();
        let mut ladder = Ladder::new(Content::Camera, 400_000);
        for tenth in 0..600 {
            ladder.bitrate_is(begin + Duration::from_millis(tenth * 100), 8_000_000, (640, 480));
        }
        assert_eq!(ladder.size(640, 480), (640, 480));
        assert_eq!(ladder.step(), CAMERA[2]);
        // Any shape is kept, and any size even.
        assert_eq!(Ladder::new(Content::Camera, 0).size(1080, 1920), (180, 320));
        assert_eq!(Ladder::new(Content::Camera, 0).size(5, 3), (4, 2));
    }

    #[test]
    fn a_slow_machine_gets_less_to_do_and_gets_over_it() {
        let begin = Instant::now();
        let mut ladder = Ladder::new(Content::Camera, 1_500_000);
        let mut millis = 0;
        let mut work = |ladder: &mut Ladder, frames: u32, per_pixel: f64| {
            for _ in 0..frames {
                let (width, height) = ladder.size(HD.0, HD.1);
                let pixels = (width * height) as f64 * if ladder.speed() > 8 { 0.8 } else { 1.0 };
                ladder.encoded(begin + Duration::from_millis(millis), Duration::from_secs_f64(pixels * per_pixel));
                ladder.bitrate_is(begin + Duration::from_millis(millis), 1_500_000, HD);
                millis += 33;
            }
        };
        // 40 ms for a picture of 1280 × 720, of 33 there are.
        work(&mut ladder, 600, 0.040 / (1280.0 * 720.0));
        assert_eq!(ladder.size(HD.0, HD.1), (960, 540));
        assert_eq!(ladder.speed(), 12);
        work(&mut ladder, 900, 0.004 / (1280.0 * 720.0));
        assert_eq!(ladder.size(HD.0, HD.1), HD);
    }
}
