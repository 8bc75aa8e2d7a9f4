//! A file that moves, beside its row: how far it is, what runs for it, and whether the person lets it.

use std::time::Instant;

use tokio::task::AbortHandle;
use waxwing_contract::{FileWay, TransferStage, WayReason};
use waxwing_history::{File, Message};
use waxwing_session::jid::Jid;
use waxwing_transfer::{Control, Progress};

use super::drive::Drip;
use super::facts::Facts;
use super::quiet::Quiet;

/// A file that is on its way, or waits for it.
pub(super) struct Going {
    pub peer: String,
    pub name: String,
    pub outgoing: bool,
    pub began: i64,
    pub stage: TransferStage,
    /// What it was paused in.
    pub paused: TransferStage,
    pub control: Control,
    pub task: Option<AbortHandle>,
    pub progress: Progress,
    pub size: Option<u64>,
    pub way: Option<FileWay>,
    pub why: Option<WayReason>,
    /// Tries that failed since it got further than ever.
    pub failed: usize,
    /// Bytes of the try that got furthest.
    pub furthest: u64,
    pub quiet: Quiet,
    /// Who has it, or is to take it, over HTTP.
    pub host: Option<String>,
    /// The session that brings or takes it.
    pub session: Option<String>,
    /// All of it came and gets its name: what becomes of the session does not matter any more.
    pub settles: bool,
    /// It comes without anybody here having asked for it.
    pub unasked: bool,
    pub drip: Drip,
}

impl Drop for Going {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl Going {
    pub fn new(file: &File, message: &Message, facts: &Facts) -> Self {
        Self {
            peer: message.peer.clone(),
            name: file.file.name.clone(),
            // What we sent and do not have is got, as what another device of ours has sent.
            outgoing: message.outgoing && file.file.path.is_some(),
            began: crate::now(),
            stage: TransferStage::Waiting,
            paused: TransferStage::Waiting,
            control: Control::new(),
            task: None,
            progress: Progress::default(),
            size: file.file.size,
            way: None,
            why: facts.why,
            failed: 0,
            furthest: 0,
            quiet: Quiet::new(Instant::now()),
            host: None,
            session: None,
            settles: false,
            unasked: !message.outgoing && !facts.wanted,
            drip: Drip::default(),
        }
    }

    /// It keeps others waiting: what is paused does not, nor what goes from one to the other.
    pub fn is_active(&self) -> bool {
        let runs = self.task.is_some() || matches!(self.stage, TransferStage::Connecting);
        runs && self.session.is_none() && self.stage != TransferStage::Paused
    }

    pub fn may_begin(&self) -> bool {
        let due = match self.stage {
            TransferStage::Waiting => true,
            TransferStage::Later { at } => at <= crate::now(),
            _ => false,
        };
        due && self.task.is_none() && self.session.is_none()
    }

    /// The upload service is asked for a place.
    pub fn begin_upload(&mut self, service: &Jid) {
        self.host = Some(service.to_string());
        (self.stage, self.way) = (TransferStage::Connecting, Some(FileWay::Upload));
        self.quiet.begin(Instant::now());
    }

    /// As it will be sent, from the next place that is free on.
    pub fn prepared(&mut self, name: &str, size: u64) {
        self.stop();
        name.clone_into(&mut self.name);
        self.size = Some(size);
        self.enter(TransferStage::Waiting);
    }

    /// It comes to a stage; what the person has paused stays so.
    pub fn enter(&mut self, stage: TransferStage) {
        match self.stage {
            TransferStage::Paused => self.paused = stage,
            _ => self.stage = stage,
        }
    }

    /// Nothing of it moves from here on, however far it is. Not in its last moments, which nobody can stop.
    pub fn pause(&mut self) {
        if !matches!(self.stage, TransferStage::Paused | TransferStage::Finishing) {
            self.control.pause();
            (self.paused, self.stage) = (self.stage, TransferStage::Paused);
        }
    }

    /// It goes on where it was; what nothing runs for begins anew.
    pub fn go_on(&mut self) {
        self.control.resume();
        let held = self.task.is_some() || self.session.is_some();
        match self.stage {
            TransferStage::Paused if held => self.stage = self.paused,
            TransferStage::Paused | TransferStage::Later { .. } => {
                self.control = Control::new();
                self.stage = TransferStage::Waiting;
            }
            _ => {}
        }
    }

    /// Nothing runs for it any more.
    pub fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.control = Control::new();
        self.progress.speed = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn going(stage: TransferStage) -> Going {
        Going {
            peer: "juliet@example.test".into(),
            name: "a.bin".into(),
            outgoing: true,
            began: 0,
            stage,
            paused: TransferStage::Waiting,
            control: Control::new(),
            task: None,
            progress: Progress::default(),
            size: None,
            way: None,
            why: None,
            failed: 0,
            furthest: 0,
            quiet: Quiet::new(Instant::now()),
            host: None,
            session: None,
            settles: false,
            unasked: false,
            drip: Drip::default(),
        }
    }

    #[test]
    fn a_pause_holds_whatever_happens() {
        let mut file = going(TransferStage::Asking);
        file.session = Some("s".into());
        file.pause();
        file.enter(TransferStage::Connecting);
        file.enter(TransferStage::Moving);
        assert_eq!((file.stage, file.is_active()), (TransferStage::Paused, false));
        assert!(file.control.progress().borrow().paused, "its bytes wait as well");
        file.go_on();
        assert_eq!((file.stage, file.control.progress().borrow().paused), (TransferStage::Moving, false));
    }

    #[test]
    fn what_nothing_runs_for_begins_anew() {
        for stage in [TransferStage::Waiting, TransferStage::Later { at: i64::MAX }, TransferStage::Connecting] {
            let mut file = going(stage);
            file.pause();
            assert!(!file.may_begin());
            file.go_on();
            assert!(file.may_begin() && !file.control.progress().borrow().paused);
        }
        let mut file = going(TransferStage::Preparing);
        file.pause();
        file.prepared("a.zip", 10);
        assert_eq!((file.stage, file.size), (TransferStage::Paused, Some(10)));
        file.go_on();
        assert_eq!(file.stage, TransferStage::Waiting);
        let mut file = going(TransferStage::Finishing);
        file.pause();
        assert_eq!(file.stage, TransferStage::Finishing);
    }
}
