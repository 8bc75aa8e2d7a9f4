//! One transfer as a client holds it: how far it is, and the buttons pause, go on and cancel.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::error::Error;

/// Between two reports, so that nobody draws more often than anyone sees.
const REPORT: Duration = Duration::from_millis(100);
/// While nothing moves, the gauge is looked at so often: the last bytes count, and a speed does not last.
pub(crate) const LULL: Duration = Duration::from_secs(1);
/// How much of the past the speed is an average of.
const WINDOW: f64 = 3.0;

/// How far it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file that are where they should be, those of earlier tries included.
    pub done: u64,
    /// Bytes of the whole file, where that is known.
    pub total: Option<u64>,
    /// Bytes per second, lately.
    pub speed: u64,
    /// Until the end, at that speed.
    pub left: Option<Duration>,
    pub paused: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Run,
    Pause,
    Cancel,
}

#[derive(Debug)]
struct Meter {
    now: Progress,
    /// When and where the last report was.
    last: Option<(Instant, u64)>,
    speed: f64,
}

/// The buttons and the gauge of a transfer; clones are the same one. What is dropped is cancelled too.
#[derive(Debug, Clone)]
pub struct Control(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    wish: watch::Sender<Wish>,
    progress: watch::Sender<Progress>,
    meter: Mutex<Meter>,
}

impl Default for Control {
    fn default() -> Self {
        Self::new()
    }
}

impl Control {
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            wish: watch::Sender::new(Wish::Run),
            progress: watch::Sender::new(Progress::default()),
            meter: Mutex::new(Meter { now: Progress::default(), last: None, speed: 0.0 }),
        }))
    }

    /// At most ten reports a second, and one at the end.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.0.progress.subscribe()
    }

    /// Stops reading and writing; the other side may lose patience before it goes on.
    pub fn pause(&self) {
        self.wish(Wish::Pause);
    }

    /// After [`Control::pause`].
    pub fn resume(&self) {
        self.wish(Wish::Run);
    }

    /// For good: whatever is running ends with [`Error::Cancelled`].
    pub fn cancel(&self) {
        self.wish(Wish::Cancel);
    }

    fn wish(&self, wish: Wish) {
        self.0.wish.send_if_modified(|now| {
            let changes = *now != wish && *now != Wish::Cancel;
            if changes {
                *now = wish;
            }
            changes
        });
        self.report(true);
    }

    /// A transfer begins, or begins again, of which `done` bytes are there.
    pub(crate) fn begin(&self, done: u64, total: Option<u64>) {
        {
            let mut meter = self.0.meter.lock().unwrap_or_else(PoisonError::into_inner);
            meter.now.done = done;
            meter.now.total = total;
            meter.last = None;
            meter.speed = 0.0;
        }
        self.report(true);
    }

    pub(crate) fn advance(&self, bytes: usize) {
        self.0.meter.lock().unwrap_or_else(PoisonError::into_inner).now.done += bytes as u64;
        self.report(false);
    }

    /// Bytes of the file that are where they should be: right now, and not as of the last report.
    pub fn done(&self) -> u64 {
        self.0.meter.lock().unwrap_or_else(PoisonError::into_inner).now.done
    }

    /// Everything is where it should be.
    pub(crate) fn end(&self) {
        self.report(true);
    }

    pub(crate) fn report(&self, now: bool) {
        let progress = {
            let mut meter = self.0.meter.lock().unwrap_or_else(PoisonError::into_inner);
            let at = Instant::now();
            let done = meter.now.done;
            let (since, before) = *meter.last.get_or_insert((at, done));
            let elapsed = at - since;
            if !now && elapsed < REPORT {
                return;
            }
            if elapsed >= REPORT {
                meter.measure(elapsed.as_secs_f64(), before);
                meter.last = Some((at, meter.now.done));
            }
            meter.now.paused = *self.0.wish.borrow() == Wish::Pause;
            meter.now
        };
        self.0.progress.send_replace(progress);
    }

    /// Waits while it is paused.
    pub(crate) async fn gate(&self) -> Result<(), Error> {
        if *self.0.wish.borrow() == Wish::Run {
            return Ok(());
        }
        let mut wishes = self.0.wish.subscribe();
        let wish = wishes.wait_for(|wish| *wish != Wish::Pause).await.map_or(Wish::Cancel, |wish| *wish);
        if wish == Wish::Cancel { Err(Error::Cancelled) } else { Ok(()) }
    }

    pub(crate) async fn cancelled(&self) -> Error {
        let _ = self.0.wish.subscribe().wait_for(|wish| *wish == Wish::Cancel).await;
        Error::Cancelled
    }

    /// Does one step, which may take `idle` at most. A pause is not counted.
    pub(crate) async fn step<T>(&self, idle: Duration, step: impl Future<Output = T>) -> Result<T, Error> {
        self.gate().await?;
        tokio::pin!(step);
        let mut since = Instant::now();
        loop {
            let left = idle.saturating_sub(since.elapsed());
            tokio::select! {
                biased;
                done = &mut step => return Ok(done),
                cancelled = self.cancelled() => return Err(cancelled),
                () = sleep(left.min(LULL)) => {
                    if *self.0.wish.borrow() != Wish::Run {
                        self.gate().await?;
                        since = Instant::now();
                    } else if since.elapsed() >= idle {
                        return Err(Error::Stalled(idle));
                    }
                    self.report(false);
                }
            }
        }
    }

    pub(crate) fn is_paused(&self) -> bool {
        *self.0.wish.borrow() == Wish::Pause
    }
}

impl Meter {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a speed is never negative, and need not be exact to the byte"
    )]
    fn measure(&mut self, elapsed: f64, before: u64) {
        let speed = self.now.done.saturating_sub(before) as f64 / elapsed;
        // The first counts in full, later ones by how much of the window they are.
        let weight = if self.speed == 0.0 { 1.0 } else { 1.0 - (-elapsed / WINDOW).exp() };
        self.speed += (speed - self.speed) * weight;
        self.now.speed = self.speed as u64;
        self.now.left = self.now.total.filter(|_| self.now.speed > 0).map(|total| {
            let left = total.saturating_sub(self.now.done);
            Duration::from_secs((left as f64 / self.speed).ceil().min(1e9) as u64)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn speed_and_time_left() {
        let control = Control::new();
        let progress = control.progress();
        control.begin(1000, Some(11_000));
        for _ in 0..10 {
            sleep(Duration::from_millis(100)).await;
            control.advance(100);
        }
        let now = *progress.borrow();
        assert_eq!((now.done, now.speed, now.left), (2000, 1000, Some(Duration::from_secs(9))));
        assert!(!now.paused);
        control.pause();
        assert!(progress.borrow().paused);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_bytes_count_and_a_speed_does_not_last() {
        let control = Control::new();
        let progress = control.progress();
        control.begin(0, Some(100_000));
        control.advance(50_000);
        assert_eq!(progress.borrow().done, 0, "not so soon");
        let stalled = control.step(Duration::from_secs(30), std::future::pending::<()>()).await;
        assert!(matches!(stalled, Err(Error::Stalled(_))));
        let now = *progress.borrow();
        assert!(now.done == 50_000 && now.speed < 10, "{now:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_no_stall_and_a_cancel_is_for_good() {
        let control = Control::new();
        let idle = Duration::from_secs(5);
        assert_eq!(control.step(idle, std::future::pending::<()>()).await, Err(Error::Stalled(idle)));
        control.pause();
        let held = tokio::spawn({
            let control = control.clone();
            async move { control.step(idle, async { 7 }).await }
        });
        sleep(Duration::from_secs(3600)).await;
        assert!(!held.is_finished());
        control.resume();
        assert_eq!(held.await.unwrap(), Ok(7));
        control.cancel();
        control.resume();
        assert_eq!(control.step(idle, async { 7 }).await, Err(Error::Cancelled));
    }
}
