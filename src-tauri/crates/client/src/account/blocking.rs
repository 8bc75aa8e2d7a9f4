//! Blocking (XEP-0191).

use std::collections::BTreeSet;

use waxwing_contract::{BlockList, Code, SetBlocked};
use waxwing_session::jid::Jid;
use waxwing_session::stanza::{iq_error, iq_result};
use waxwing_session::xep::blocking;
use waxwing_session::xml::Element;
use waxwing_session::{IqError, ns};

use super::events::Awaiting;
use super::{Core, Reply};
use crate::failure::{fail, of_iq};

type Answer = Result<Element, IqError>;

impl Core {
    pub(super) fn ask_block_list(&mut self) {
        self.ask(None, blocking::get(), false, Awaiting::BlockList);
    }

    pub(super) fn block_list(&mut self, answer: &Answer) {
        let Ok(iq) = answer else { return };
        if let Some(list) = iq.get_child("blocklist", ns::BLOCKING) {
            self.blocked = blocking::jids(list).into_iter().collect();
            self.out.changed.everyone = true;
        }
    }

    /// Another device of ours blocked or unblocked; from anyone else this is nothing.
    pub(super) fn blocking_push(&mut self, from: Option<&Jid>, id: &str, payload: &Element) {
        if from.is_some_and(|from| from.resource().is_some() || from.to_bare() != self.own) {
            let from = from.map(Jid::to_string);
            self.out.send(iq_error(id, from.as_deref(), "cancel", "service-unavailable"));
            return;
        }
        let jids: BTreeSet<String> = blocking::jids(payload).into_iter().collect();
        match payload.name() {
            "block" => self.blocked.extend(jids),
            "unblock" if jids.is_empty() => self.blocked.clear(),
            "unblock" => self.blocked.retain(|jid| !jids.contains(jid)),
            _ => {}
        }
        self.out.send(iq_result(id, None, None));
        self.out.changed.everyone = true;
    }

    pub(super) fn set_blocked(&mut self, set: &SetBlocked, reply: Reply) {
        if !self.disco.blocking() {
            self.out.reply(reply, Err(fail(Code::NotSupported, "the server does not offer blocking")));
            return;
        }
        let awaiting = Awaiting::BlockingSet { jid: set.jid.clone(), blocked: set.blocked, reply };
        self.ask(None, blocking::set(&set.jid, set.blocked), true, awaiting);
    }

    pub(super) fn blocking_answer(&mut self, jid: String, blocked: bool, reply: Reply, answer: Answer) {
        match answer {
            Ok(_) => {
                if blocked {
                    self.blocked.insert(jid);
                } else {
                    self.blocked.remove(&jid);
                }
                self.out.changed.everyone = true;
                self.out.answer(reply, ());
            }
            Err(error) => self.out.reply(reply, Err(of_iq(&error))),
        }
    }

    pub(super) fn get_block_list(&mut self, reply: Reply) {
        let jids = self.blocked.iter().cloned().collect();
        self.out.answer(reply, BlockList { jids });
    }
}
