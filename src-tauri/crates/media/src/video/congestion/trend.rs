//! Whether a queue grows somewhere on the way: packets arrive further apart than they were sent. After libwebrtc's trendline.

use std::collections::VecDeque;
use std::time::Instant;

use rtc::interceptor::{ArrivalGroupAccumulator, PacketReport};

/// Groups of packets that a line is laid through.
const WINDOW: usize = 20;
/// Of each delay, what goes into the smoothed one.
const FRESH: f64 = 0.1;
/// What the slope is multiplied with, apart from the number of groups, before it is compared.
const GAIN: f64 = 4.0;
/// Milliseconds that it has to be too large for.
const LONG: f64 = 10.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Queue {
    #[default]
    Steady,
    Grows,
    Shrinks,
}

#[derive(Debug)]
pub struct Trend {
    groups: ArrivalGroupAccumulator,
    begun: Option<Instant>,
    seen: u32,
    /// Milliseconds behind the first.
    behind: f64,
    smoothed: f64,
    /// Milliseconds since it begun, and behind at that time.
    points: VecDeque<(f64, f64)>,
    threshold: f64,
    updated: Option<f64>,
    before: f64,
    /// How often, and since when, it is too large.
    over: Option<(u32, f64)>,
    queue: Queue,
}

impl Default for Trend {
    fn default() -> Self {
        Self {
            groups: ArrivalGroupAccumulator::default(),
            begun: None,
            seen: 0,
            behind: 0.0,
            smoothed: 0.0,
            points: VecDeque::new(),
            threshold: 12.5,
            updated: None,
            before: 0.0,
            over: None,
            queue: Queue::Steady,
        }
    }
}

impl Trend {
    pub fn queue(&self) -> Queue {
        self.queue
    }

    pub fn packet(&mut self, report: &PacketReport) {
        let Some(group) = self.groups.accumulate(report) else { return };
        // A clock that jumped, or a machine that slept, is no queue.
        if !group.delta_ms.is_finite() || group.delta_ms.abs() > 3_000.0 {
            *self = Self::default();
            return;
        }
        let begun = *self.begun.get_or_insert(group.at);
        let at = group.at.saturating_duration_since(begun).as_secs_f64() * 1000.0;
        self.seen = self.seen.saturating_add(1);
        self.behind += group.delta_ms;
        self.smoothed = (1.0 - FRESH) * self.smoothed + FRESH * self.behind;
        self.points.push_back((at, self.smoothed));
        if self.points.len() > WINDOW {
            self.points.pop_front();
        }
        let slope = if self.points.len() == WINDOW { slope(&self.points) } else { 0.0 };
        self.judge(at, slope * f64::from(self.seen.min(60)) * GAIN);
    }

    fn judge(&mut self, at: f64, trend: f64) {
        self.queue = if trend > self.threshold {
            let (times, since) = self.over.map_or((1, at), |(times, since)| (times + 1, since));
            self.over = Some((times, since));
            if times > 1 && at - since >= LONG && trend >= self.before { Queue::Grows } else { Queue::Steady }
        } else {
            self.over = None;
            if trend < -self.threshold { Queue::Shrinks } else { Queue::Steady }
        };
        self.before = trend;
        self.adapt(at, trend.abs());
    }

    /// Where delays vary anyway, it takes more (draft §5.4); a single jump teaches nothing.
    fn adapt(&mut self, at: f64, size: f64) {
        let elapsed = (at - self.updated.replace(at).unwrap_or(at)).clamp(0.0, 100.0);
        if size <= self.threshold + 15.0 {
            let gain = if size < self.threshold { 0.039 } else { 0.0087 };
            self.threshold = (self.threshold + gain * (size - self.threshold) * elapsed).clamp(6.0, 600.0);
        }
    }
}

/// Of the line that lies nearest to all points.
fn slope(points: &VecDeque<(f64, f64)>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few points")]
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (above, below) = points.iter().fold((0.0, 0.0), |(above, below), point| {
        (above + (point.0 - x) * (point.1 - y), below + (point.0 - x).powi(2))
    });
    if below > 0.0 { above / below } else { 0.0 }
}
