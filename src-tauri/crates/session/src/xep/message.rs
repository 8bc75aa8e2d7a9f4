//! What a chat message carries.
//!
//! RFC 6121 §5.2 (body), XEP-0085 (chat states), XEP-0184 (receipts), XEP-0203 (delay), XEP-0333 (markers),
//! XEP-0334 (processing hints), XEP-0359 (origin ids).

use crate::ns;
use crate::xep::time::format_stamp;
use crate::xml::{El, Element, Reading as _, el};

/// XEP-0085 §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatState {
    Active,
    Composing,
    Paused,
    Inactive,
    Gone,
}

impl ChatState {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Active, "active"),
        (Self::Composing, "composing"),
        (Self::Paused, "paused"),
        (Self::Inactive, "inactive"),
        (Self::Gone, "gone"),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("active", |(_, name)| name)
    }
}

/// XEP-0333 §4: the message with this id was received or displayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marker {
    Received(String),
    Displayed(String),
}

/// The payloads of a message that concern chat.
#[derive(Debug, Default)]
pub struct Payload {
    pub body: Option<String>,
    pub chat_state: Option<ChatState>,
    pub wants_receipt: bool,
    pub receipt: Option<String>,
    pub markable: bool,
    pub marker: Option<Marker>,
}

impl Payload {
    /// Reads a message, whatever it lacks.
    pub fn read(message: &Element) -> Self {
        let state = message.child_in(ns::CHAT_STATES).map(Element::name);
        let marker = message.children().filter(|c| c.has_ns(ns::MARKERS)).find_map(|c| {
            let id = c.get("id")?.to_owned();
            match c.name() {
                "received" => Some(Marker::Received(id)),
                // `acknowledged` of older versions says more than displayed.
                "displayed" | "acknowledged" => Some(Marker::Displayed(id)),
                _ => None,
            }
        });
        Self {
            body: message.get_child("body", ns::CLIENT).map(Element::text).filter(|body| !body.is_empty()),
            chat_state: ChatState::ALL.iter().find(|(_, name)| Some(*name) == state).map(|(state, _)| *state),
            wants_receipt: message.get_child("request", ns::RECEIPTS).is_some(),
            receipt: message.get_child("received", ns::RECEIPTS).and_then(|r| r.get("id")).map(str::to_owned),
            markable: message.get_child("markable", ns::MARKERS).is_some(),
            marker,
        }
    }
}

/// A text message. Its id is its origin id, so that every copy of it can be known again (XEP-0359 §3).
pub fn text(to: &str, id: &str, body: &str) -> El {
    el("message", ns::CLIENT)
        .attr("type", "chat")
        .attr("to", to)
        .attr("id", id)
        .child(el("body", ns::CLIENT).text(body))
        .child(el("active", ns::CHAT_STATES))
        .child(el("request", ns::RECEIPTS))
        .child(el("markable", ns::MARKERS))
        .child(el("origin-id", ns::SID).attr("id", id))
}

/// When a message was first sent, for one that is sent late or again (XEP-0198 §4, XEP-0203).
pub fn delay(stamp: i64) -> El {
    el("delay", ns::DELAY).attr("stamp", format_stamp(stamp))
}

/// XEP-0085 §5: a state of its own, not worth keeping.
pub fn chat_state(to: &str, state: ChatState) -> El {
    el("message", ns::CLIENT)
        .attr("type", "chat")
        .attr("to", to)
        .child(el(state.name(), ns::CHAT_STATES))
        .child(el("no-store", ns::HINTS))
}

/// XEP-0184 §5.
pub fn receipt(to: &str, id: &str, of: &str) -> El {
    el("message", ns::CLIENT)
        .attr("type", "chat")
        .attr("to", to)
        .attr("id", id)
        .child(el("received", ns::RECEIPTS).attr("id", of))
        .child(el("store", ns::HINTS))
}

/// XEP-0333 §4.
pub fn displayed(to: &str, id: &str, of: &str) -> El {
    el("message", ns::CLIENT)
        .attr("type", "chat")
        .attr("to", to)
        .attr("id", id)
        .child(el("displayed", ns::MARKERS).attr("id", of))
        .child(el("store", ns::HINTS))
}
