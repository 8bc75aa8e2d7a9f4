//! What two processes take of the machine while a file goes from one to the other.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use harness::Result;
use harness::carrier::Journey;
use tokio::task::JoinHandle;
use waxwing_contract::TransferStage;

use super::{BENCH, Carried};
use crate::{figure, median, processes};

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(100);
/// Megabytes over what was before.
const MOST: f64 = 40.0;
/// Megabytes that the second half may take more than the first: what is looked at is never quite the same.
const FLAT: f64 = 2.0;

/// Milliseconds since 1970, and the bytes of each.
type Sample = (u64, [u64; 2]);

/// Looks on. Dropping it ends that.
pub struct Looking {
    processes: [u32; 2],
    idle: [u64; 2],
    cpu: [Duration; 2],
    samples: Arc<Mutex<Vec<Sample>>>,
    task: JoinHandle<()>,
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What it was.
pub struct Taken {
    /// Seconds of the processor.
    cpu: [f64; 2],
    idle: [u64; 2],
    samples: Vec<Sample>,
}

impl Looking {
    /// What they take now is what they take when they do nothing.
    pub fn begin(processes: [u32; 2]) -> Result<Self> {
        let (idle, cpu) = (memory(processes)?, cpu(processes)?);
        let samples = Arc::<Mutex<Vec<Sample>>>::default();
        let kept = Arc::clone(&samples);
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(LOOK);
            loop {
                ticks.tick().await;
                // It ends with them.
                let Ok(sample) = memory(processes) else { return };
                kept.lock().unwrap_or_else(PoisonError::into_inner).push((now(), sample));
            }
        });
        Ok(Self { processes, idle, cpu, samples, task })
    }

    pub fn end(self) -> Result<Taken> {
        let after = cpu(self.processes)?;
        let cpu = [0, 1].map(|at| (after[at].saturating_sub(self.cpu[at])).as_secs_f64());
        let samples = std::mem::take(&mut *self.samples.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Taken { cpu, idle: self.idle, samples })
    }
}

/// Tells what a file of so many bytes took in all rounds: of the processor what is in the middle, of memory the worst.
pub fn tell(case: &str, size: u64, rounds: &[Carried]) {
    for (at, who) in ["who sends", "who receives"].into_iter().enumerate() {
        let mut cpu: Vec<_> = rounds.iter().map(|round| round.taken.cpu[at] * 1e9 / size as f64).collect();
        figure(BENCH, case, &format!("processor of {who}, of a GB, median"), median(&mut cpu), "s", None);
        let most = rounds.iter().map(|round| round.taken.most(at)).fold(0.0, f64::max);
        let metric = format!("memory (PSS) of {who} over idle, at most");
        figure(BENCH, case, &metric, most, "MB", Some((&format!("<= {MOST}"), most <= MOST)));
        let journeys = rounds.iter().map(|round| (&round.taken, [&round.sent, &round.came][at]));
        // What is over too soon tells nothing.
        if let Some(more) = journeys.filter_map(|(taken, journey)| taken.growth(at, journey)).reduce(f64::max) {
            let metric = format!("memory of {who}, in the second half more than in the first, at most");
            figure(BENCH, case, &metric, more, "MB", Some((&format!("<= {FLAT}"), more <= FLAT)));
        }
    }
}

impl Taken {
    fn over(&self, at: usize, sample: &Sample) -> f64 {
        (sample.1[at] as f64 - self.idle[at] as f64) / 1e6
    }

    /// Megabytes over idle.
    fn most(&self, at: usize) -> f64 {
        self.samples.iter().map(|sample| self.over(at, sample)).fold(0.0, f64::max)
    }

    /// The most of the second half of the time in which bytes went, less the most of the first.
    fn growth(&self, at: usize, journey: &Journey) -> Option<f64> {
        let (begun, done) = moving(journey);
        let middle = begun.midpoint(done);
        let half = |from: u64, to: u64| {
            let inside = self.samples.iter().filter(|(moment, _)| (from..to).contains(moment));
            inside.map(|sample| self.over(at, sample)).reduce(f64::max)
        };
        Some(half(middle, done)? - half(begun, middle)?)
    }
}

/// When bytes went.
fn moving(journey: &Journey) -> (u64, u64) {
    let begun = journey.at(TransferStage::Moving).unwrap_or(journey.begun);
    (begun, journey.at(TransferStage::Finishing).unwrap_or(journey.here))
}

fn memory(processes: [u32; 2]) -> Result<[u64; 2]> {
    let [one, other] = processes.map(|pid| processes::proportional(&[pid]));
    Ok([one?, other?])
}

fn cpu(processes: [u32; 2]) -> Result<[Duration; 2]> {
    let [one, other] = processes.map(|pid| processes::cpu(&[pid]));
    Ok([one?, other?])
}

/// As the clients tell their moments.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
