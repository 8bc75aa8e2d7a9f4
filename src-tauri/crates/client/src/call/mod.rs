//! Calls of all accounts: there is one microphone, and one of them has it.

pub(crate) mod devices;
pub(crate) mod gear;
pub(crate) mod line;
pub(crate) mod pictures;
mod quality;
mod shown;
mod talk;
pub(crate) mod ways;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use waxwing_contract::{AcceptCall, AnyCommand, CallId, Failure, HangUp};

use crate::account::Ask;
use crate::app::App;

/// A call: its account and its id.
pub(crate) type Key = (String, String);

/// Calls that may ring at once; who calls beyond that finds us busy.
const MOST_RINGING: usize = 4;
/// Of these, calls of people who are no contacts: friends come through.
const STRANGERS: usize = 2;

/// Decides which call has microphone and loudspeaker.
#[derive(Default)]
pub(crate) struct Arbiter(Mutex<State>);

#[derive(Default)]
struct State {
    speaking: Option<Key>,
    /// And whether it is of a stranger.
    ringing: BTreeMap<Key, bool>,
}

impl Arbiter {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call is to ring; false where we speak already, or enough rings.
    pub fn ring(&self, key: &Key, stranger: bool) -> bool {
        let mut state = self.state();
        let strangers = state.ringing.values().filter(|stranger| **stranger).count();
        let room = state.ringing.len() < MOST_RINGING && !(stranger && strangers >= STRANGERS);
        let free = state.speaking.is_none() && room;
        if free {
            state.ringing.insert(key.clone(), stranger);
        }
        free
    }

    /// A call takes the microphone; false where another has it.
    pub fn take(&self, key: &Key) -> bool {
        let mut state = self.state();
        if state.speaking.as_ref().is_some_and(|other| other != key) {
            return false;
        }
        state.ringing.remove(key);
        state.speaking = Some(key.clone());
        true
    }

    /// A call neither rings nor speaks any more.
    pub fn leave(&self, key: &Key) {
        let mut state = self.state();
        state.ringing.remove(key);
        if state.speaking.as_ref() == Some(key) {
            state.speaking = None;
        }
    }

    /// The call that has the microphone.
    pub fn speaking(&self) -> Option<Key> {
        self.state().speaking.clone()
    }

    /// The calls that ring.
    pub fn ringing(&self) -> Vec<Key> {
        self.state().ringing.keys().cloned().collect()
    }
}

impl App {
    /// Takes a call: whoever is spoken to is left for it, and whatever rings beside it finds us busy.
    pub(crate) async fn accept_call(&self, request: AcceptCall) -> Result<Value, Failure> {
        let arbiter = &self.0.shared.arbiter;
        let key = (request.account.clone(), request.id.clone());
        if let Some((account, id)) = arbiter.speaking().filter(|speaking| *speaking != key) {
            let hang_up = HangUp(CallId { account: account.clone(), id });
            // It may have ended just now.
            let _ = self.ask(&account, AnyCommand::HangUp(hang_up)).await;
        }
        let answered = self.ask(&request.account.clone(), AnyCommand::AcceptCall(request)).await?;
        for (account, id) in arbiter.ringing().into_iter().filter(|ringing| *ringing != key) {
            self.tell(&account, Ask::Busy(id));
        }
        Ok(answered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        ("account".into(), name.into())
    }

    #[test]
    fn one_call_has_the_microphone() {
        let arbiter = Arbiter::default();
        assert!(arbiter.ring(&key("a"), false) && arbiter.ring(&key("b"), false));
        assert!(arbiter.take(&key("a")));
        assert!(!arbiter.take(&key("b")), "two speak at once");
        assert!(!arbiter.ring(&key("c"), false), "rings beside a conversation");
        assert_eq!(arbiter.ringing(), [key("b")]);
        arbiter.leave(&key("a"));
        assert!(arbiter.take(&key("b")) && arbiter.take(&key("b")));
        assert_eq!(arbiter.speaking(), Some(key("b")));
    }

    #[test]
    fn not_everyone_may_ring_at_once() {
        let arbiter = Arbiter::default();
        let ring =
            |name: &str, stranger| (0..10).filter(|n| arbiter.ring(&key(&format!("{name}{n}")), stranger)).count();
        assert_eq!(ring("stranger", true), STRANGERS);
        assert_eq!(ring("friend", false), MOST_RINGING - STRANGERS);
    }
}
