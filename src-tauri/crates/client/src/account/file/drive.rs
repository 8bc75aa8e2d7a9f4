//! Which files move: as many at once as is good for all of them, the oldest first.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use waxwing_contract::TransferStage;
use waxwing_history::{Batch, File, FileState, Result};
use waxwing_session::jid::BareJid;
use waxwing_transfer::Progress;

use super::super::Core;
use super::facts::Facts;
use super::session::Session;
use super::taking::MOST_OPEN;

/// Files that come and go over HTTP at once; as many again that nobody asked for, and with each person from one to the other.
const AT_ONCE: usize = 3;
/// Bytes per second that are too few for what nobody asked for, and for how long.
const SLOW: u64 = 1_000;
const PATIENCE: Duration = Duration::from_secs(60);

/// What is being begun.
#[derive(Debug, Default)]
pub(super) struct Drive {
    runs: bool,
    /// Something may begin that could not before.
    due: bool,
}

/// Since when it is too slow.
#[derive(Debug, Default)]
pub(super) struct Drip(Option<Instant>);

impl Drip {
    /// Whether it has been too slow for too long.
    fn is_one(&mut self, now: Instant, speed: u64) -> bool {
        if speed >= SLOW {
            self.0 = None;
            return false;
        }
        now.saturating_duration_since(*self.0.get_or_insert(now)) >= PATIENCE
    }
}

impl Core {
    /// Begins what can begin. Whatever comes of that, and lets others begin, only says so: however many files fail at once,
    /// one is begun after the other.
    pub(in super::super) fn drive_files(&mut self, b: &Batch<'_>) -> Result<()> {
        self.files.drive.due = true;
        if std::mem::replace(&mut self.files.drive.runs, true) {
            return Ok(());
        }
        let mut done = Ok(());
        while done.is_ok() && std::mem::take(&mut self.files.drive.due) {
            done = self.begin_files(b);
        }
        self.files.drive.runs = false;
        done
    }

    /// The oldest first.
    fn begin_files(&mut self, b: &Batch<'_>) -> Result<()> {
        let waiting: Vec<_> =
            self.files.going.iter().filter(|(_, going)| going.may_begin()).map(|(id, _)| *id).collect();
        let mut full = BTreeSet::new();
        for id in waiting {
            let Some(unasked) = self.files.going.get(&id).map(|going| going.unasked) else { continue };
            if full.contains(&unasked) {
                continue;
            }
            let same = self.files.going.values().filter(|going| going.unasked == unasked);
            if same.filter(|going| going.is_active()).count() >= AT_ONCE {
                full.insert(unasked);
                continue;
            }
            let Some(file) = b.read().file(id)?.filter(|file| file.file.state == FileState::Moving) else {
                self.forget_going(id);
                continue;
            };
            let prepares = self.files.going.get(&id).is_some_and(|going| going.outgoing)
                && !Facts::read(&file.file.facts).prepared;
            if prepares {
                self.prepare_file(&file);
            } else if self.link.is_online() {
                self.begin_file(b, file)?;
            }
        }
        Ok(())
    }

    /// Whether one more may be offered to somebody: not more at once than they take, nor than go well beside each other.
    pub(super) fn may_offer(&self, peer: &BareJid) -> bool {
        let sessions = || self.files.sessions.values().filter(|session| session.peer == *peer && session.is_ours());
        let moves = |session: &&Session| {
            let going = session.lines.values().filter_map(|line| self.files.going.get(&line.file));
            going.into_iter().any(|going| !matches!(going.stage, TransferStage::Asking | TransferStage::Paused))
        };
        sessions().count() < MOST_OPEN && sessions().filter(moves).count() < AT_ONCE
    }

    /// How far a file over HTTP is. Answers whether it drips: what nobody asked for does not come on for ever.
    pub(in super::super) fn file_drips(&mut self, id: i64, progress: Progress) -> bool {
        self.file_progress(id, progress);
        let Some(going) = self.files.going.get_mut(&id) else { return false };
        let counts = going.unasked && going.stage == TransferStage::Moving && going.session.is_none();
        counts && going.drip.is_one(Instant::now(), going.progress.speed)
    }

    /// The person is asked whether they want it at all.
    pub(in super::super) fn set_aside(&mut self, b: &Batch<'_>, id: i64) -> Result<()> {
        tracing::info!(file = id, "a file that nobody asked for comes too slowly");
        self.forget_going(id);
        let Some(mut file) = b.read().file(id)? else { return Ok(()) };
        self.drop_part(&mut file, false);
        file.file.state = FileState::Offered;
        self.keep_file(b, &file)?;
        self.drive_files(b)
    }

    /// When the next file that waits for a time may go on.
    pub(in super::super) fn files_due(&self) -> Option<Instant> {
        let later = self.files.going.values().filter_map(|going| match going.stage {
            TransferStage::Later { at } if self.link.is_online() => Some(at),
            _ => None,
        });
        let wait = later.min().map(|at| u64::try_from(at.saturating_sub(crate::now())).unwrap_or(0));
        let later = wait.and_then(|wait| Instant::now().checked_add(Duration::from_millis(wait.max(50))));
        let later = later.into_iter().chain(self.relays_due());
        later.chain(self.files.sessions.values().filter_map(Session::due)).min()
    }

    /// Looks at the clock.
    pub(in super::super) fn tick_files(&mut self, b: &Batch<'_>) -> Result<()> {
        self.tick_relays(b)?;
        self.tick_sessions(b)?;
        self.drive_files(b)
    }

    fn begin_file(&mut self, b: &Batch<'_>, file: File) -> Result<()> {
        let outgoing = self.files.going.get(&file.id).is_some_and(|going| going.outgoing);
        if outgoing { self.send_file(b, file) } else { self.fetch_file(b, file) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drips_for_a_minute_is_one() {
        let began = Instant::now();
        let after = |seconds| began + Duration::from_secs(seconds);
        let mut drip = Drip::default();
        assert!(!drip.is_one(began, 10) && !drip.is_one(after(59), SLOW - 1));
        assert!(drip.is_one(after(60), 10));
        assert!(!drip.is_one(after(61), SLOW), "it is quicker now");
        assert!(!drip.is_one(after(62), 0) && !drip.is_one(after(121), 0) && drip.is_one(after(122), 0));
    }
}
