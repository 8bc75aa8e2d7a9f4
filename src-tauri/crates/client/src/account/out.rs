//! What a transaction leads to once it is committed.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use waxwing_contract::Failure;
use waxwing_session::session::Command;
use waxwing_session::xml::Element;

use super::Reply;
use super::resume::Begun;

/// Collected while a transaction runs.
#[derive(Default)]
pub(crate) struct Out {
    /// A session that began, rather than went on.
    pub begun: Option<Begun>,
    pub commands: Vec<Command>,
    /// Questions that change nothing, and so need not wait for the commit.
    pub questions: Vec<Command>,
    pub changed: Changed,
    pub replies: Vec<(Reply, Result<Value, Failure>)>,
}

/// What has to be shown anew.
#[derive(Default)]
pub(crate) struct Changed {
    pub account: bool,
    pub requests: bool,
    /// All contacts and conversations: a new roster, or presence gone.
    pub everyone: bool,
    /// Bare JIDs.
    pub people: BTreeSet<String>,
    pub conversations: BTreeSet<String>,
    /// Calls, by our id.
    pub calls: BTreeSet<String>,
    /// Files that move, or do not any more.
    pub files: BTreeSet<i64>,
    /// Messages, with their peer.
    pub messages: BTreeSet<(String, i64)>,
    pub removed_messages: Vec<(String, i64)>,
    /// Peers who said something that is news.
    pub news: BTreeSet<String>,
    /// Who asks anew to see our presence.
    pub asked: BTreeSet<String>,
}

impl Out {
    pub fn send(&mut self, stanza: impl Into<Element>) {
        self.commands.push(Command::Send { stanza: stanza.into(), tag: None });
    }

    pub fn nonza(&mut self, element: impl Into<Element>) {
        self.commands.push(Command::Nonza(element.into()));
    }

    pub fn reply(&mut self, reply: Reply, answer: Result<Value, Failure>) {
        self.replies.push((reply, answer));
    }

    pub fn answer(&mut self, reply: Reply, answer: impl Serialize) {
        self.reply(reply, Ok(serde_json::to_value(answer).unwrap_or_default()));
    }

    pub fn message(&mut self, peer: &str, id: i64) {
        self.changed.messages.insert((peer.to_owned(), id));
        self.changed.conversations.insert(peer.to_owned());
    }
}
