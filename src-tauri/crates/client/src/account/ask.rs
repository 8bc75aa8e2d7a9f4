//! What is asked of an account, and where its answer goes.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::sync::oneshot;
use waxwing_contract::{AnyCommand, Failure};
use waxwing_transfer::Error;

use crate::call::line::News as LineNews;
use crate::file::carry::Report;
use crate::file::courier::{Got, News as FileNews, Web};
use crate::service::Question;

/// Where an answer goes; the first one counts.
#[derive(Debug, Clone)]
pub(crate) struct Reply(Arc<Mutex<Option<Sender>>>);

type Sender = oneshot::Sender<Result<Value, Failure>>;

impl Reply {
    /// A reply, and where its answer comes out.
    pub fn new() -> (Self, oneshot::Receiver<Result<Value, Failure>>) {
        let (sender, receiver) = oneshot::channel();
        (Self(Arc::new(Mutex::new(Some(sender)))), receiver)
    }

    pub fn send(&self, answer: Result<Value, Failure>) {
        if let Some(sender) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Whoever asked may have gone.
            let _ = sender.send(answer);
        }
    }
}

/// What the application asks of an account.
pub(crate) enum Ask {
    /// A command of the contract that names this account.
    Command(Box<AnyCommand>, Reply),
    /// Something is asked of somebody, on behalf of the application.
    Question(Box<Question>),
    /// The account's HTTP, for what the person wants to look at.
    Web(oneshot::Sender<Web>),
    /// The window's attention changed.
    Focus,
    /// The computer slept and wakes.
    NetworkChanged,
    /// How long messages are kept may have changed.
    Sweep,
    /// Somebody looks at the console.
    Watch,
    /// Somebody else is spoken to: the call of this id does not ring any more.
    Busy(String),
    /// What a call's line tells.
    Line(String, Box<LineNews>),
    /// What a task of a file tells, by the file's id.
    File(i64, Box<FileNews>),
    /// What a session brought has its name, or cannot get it; by the file's id, as it outlives the session.
    Kept(i64, Box<Result<Got, Error>>),
    /// What a task of a session tells.
    Session(Box<Report>),
    /// What the keyring said.
    Password(Result<Option<String>, Failure>),
    /// Sign out and end; answers when the database is closed.
    End(oneshot::Sender<()>),
}
