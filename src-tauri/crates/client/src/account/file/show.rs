//! Files and transfers as they are shown.

use std::collections::BTreeSet;

use waxwing_contract::{self as contract, Transfer};
use waxwing_history::FileKind;

use super::super::Core;

impl Core {
    /// What moves of these, and what does not any more.
    pub(in super::super) fn show_files(&self, files: &BTreeSet<i64>) {
        let (moving, gone): (Vec<i64>, Vec<i64>) = files.iter().partition(|id| self.files.going.contains_key(id));
        let upsert: Vec<_> = moving.into_iter().filter_map(|id| self.transfer(id)).collect();
        let remove: Vec<_> = gone.into_iter().map(|id| format!("{}/{id}", self.kept.id)).collect();
        if !upsert.is_empty() || !remove.is_empty() {
            self.shared.views.transfers(upsert, remove);
        }
    }

    pub(super) fn show_transfer(&self, id: i64) {
        self.shared.views.transfers(self.transfer(id).into_iter().collect(), Vec::new());
    }

    fn transfer(&self, id: i64) -> Option<Transfer> {
        let going = self.files.going.get(&id)?;
        let moves = matches!(going.stage, contract::TransferStage::Moving);
        Some(Transfer {
            id: format!("{}/{id}", self.kept.id),
            order: going.began,
            account: self.kept.id.clone(),
            peer: going.peer.clone(),
            file: id.to_string(),
            name: going.name.clone(),
            outgoing: going.outgoing,
            stage: going.stage,
            done: going.progress.done,
            total: going.progress.total.or(going.size),
            speed: if moves { going.progress.speed } else { 0 },
            left: going.progress.left.filter(|_| moves).map(|left| left.as_secs()),
            way: going.way,
            why: going.why,
        })
    }
}

/// The kind of a staged file as it is kept.
pub(super) fn kept_kind(kind: contract::FileKind) -> FileKind {
    match kind {
        contract::FileKind::Image => FileKind::Image,
        contract::FileKind::Audio => FileKind::Audio,
        contract::FileKind::Video => FileKind::Video,
        contract::FileKind::Archive => FileKind::Archive,
        contract::FileKind::Text => FileKind::Text,
        contract::FileKind::Other => FileKind::Other,
    }
}
