//! Removing what is not to be kept: by its age, or all of it.

use std::time::{Duration, Instant};

use waxwing_contract::Failure;
use waxwing_history::Batch;

use super::file::YOUNG;
use super::{Account, Core, Reply};
use crate::failure::of_history;
use crate::storage::DAY;

/// How often old messages are looked for.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// Messages removed in one transaction: the account answers in between.
const AT_ONCE: u32 = 2000;

impl Account {
    /// Removes a lot of what is older than the person wants kept, and then files that nothing names, where it is time to look.
    pub fn sweep(&mut self) {
        // By the server's clock: one of ours that is years ahead would cost the whole history.
        if !self.core.link.is_online() || self.swept.is_some_and(|at| at.elapsed() < EVERY) {
            return;
        }
        let removed = match self.core.settings().keep_days {
            Some(days) => {
                self.remove_before(self.core.server_now().saturating_sub(i64::from(days).saturating_mul(DAY)))
            }
            None => Ok(0),
        };
        match removed {
            Ok(0) => {
                self.swept = Some(Instant::now());
                // Also where all messages are kept: files are left behind by what was replaced, discarded or cut off.
                if let Err(error) = self.core.sweep_files(&self.store.read(), YOUNG) {
                    self.halt(of_history(&error));
                }
            }
            Ok(removed) => tracing::info!(removed, "old messages are gone"),
            Err(error) => self.halt(of_history(&error)),
        }
    }

    /// Removes every message of the account from this computer.
    pub fn wipe(&mut self, reply: &Reply) {
        let wiped = self.wipe_all().map_err(|error| of_history(&error));
        reply.send(wiped.map(|()| serde_json::Value::Null).map_err(|failure: Failure| failure));
    }

    fn wipe_all(&mut self) -> waxwing_history::Result<()> {
        // What still moves would bring its file after all.
        self.transact(|core, _| {
            core.forget_files();
            Ok(())
        })?;
        while self.remove_before(i64::MAX)? > 0 {}
        self.transact(|core, b| {
            core.out.changed.everyone = true;
            b.forget_archive()
        })?;
        self.core.sweep_files(&self.store.read(), Duration::ZERO)?;
        self.store.shrink()
    }

    fn remove_before(&mut self, stamp: i64) -> waxwing_history::Result<usize> {
        self.transact(|core, b| core.remove_before(b, stamp))
    }
}

impl Core {
    fn remove_before(&mut self, b: &Batch<'_>, stamp: i64) -> waxwing_history::Result<usize> {
        let removed = b.remove_before(stamp, AT_ONCE)?;
        let count = removed.len();
        for (peer, id) in removed {
            self.out.changed.conversations.insert(peer.clone());
            self.out.changed.removed_messages.push((peer, id));
        }
        Ok(count)
    }
}
