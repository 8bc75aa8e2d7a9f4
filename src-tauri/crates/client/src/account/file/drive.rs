//! Which files move: as many at once as is good for all of them, the oldest first.

use std::time::{Duration, Instant};

use waxwing_contract::TransferStage;
use waxwing_history::{Batch, File, FileState, Result};

use super::super::Core;
use super::facts::Facts;
use super::session::Session;

/// Files that come and go over HTTP at once.
const AT_ONCE: usize = 3;

/// What is being begun.
#[derive(Debug, Default)]
pub(super) struct Drive {
    runs: bool,
    /// Something may begin that could not before.
    due: bool,
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
        for id in waiting {
            let busy = self.files.going.values().filter(|going| going.is_active()).count();
            let Some(file) = b.read().file(id)?.filter(|file| file.file.state == FileState::Moving) else {
                self.forget_going(id);
                continue;
            };
            let prepares = self.files.going.get(&id).is_some_and(|going| going.outgoing)
                && !Facts::read(&file.file.facts).prepared;
            if busy >= AT_ONCE {
                break;
            }
            if prepares {
                self.prepare_file(&file);
            } else if self.link.is_online() {
                self.begin_file(b, file)?;
            }
        }
        Ok(())
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
