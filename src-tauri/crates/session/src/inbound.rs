//! Who may say what: verifies stanzas, unwraps carbons and archive results once, and types them.
//!
//! Each rule here was a vulnerability in some client once. What breaks one is dropped whole, never repaired.

use std::collections::HashMap;

use xmpp_parsers::jid::{BareJid, Jid};

use crate::error::StanzaError;
use crate::ns;
use crate::stanza::stanza_error;
use crate::xep::message::{ChatState, Marker, Payload};
use crate::xep::presence::Presence;
use crate::xep::sharing::Files;
use crate::xep::time::parse_micros;
use crate::xml::{Element, Reading as _};

/// Open archive queries: queryid → (IQ id, archive asked).
pub type Archives = HashMap<String, (String, BareJid)>;

/// A stanza that may say what it says.
#[derive(Debug)]
pub enum Incoming {
    Message(Box<Message>),
    Presence(Presence),
    Request(Request),
}

/// How a message came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// To this device, or to the bare JID.
    Live,
    /// Another device of ours received it (XEP-0280).
    CarbonReceived,
    /// Another device of ours sent it (XEP-0280).
    CarbonSent,
    /// From our archive (XEP-0313): the query, and the archive's id for it.
    Archived { query: String, id: String },
}

/// RFC 6121 §5.2.2; `groupchat` belongs to rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Chat,
    Error,
    Groupchat,
    Headline,
    Normal,
}

/// A message, unwrapped.
#[derive(Debug, Clone)]
pub struct Message {
    pub way: Way,
    pub from: Jid,
    pub to: Jid,
    pub kind: Kind,
    pub id: Option<String>,
    /// Our archive's id for it, where the message names exactly one (XEP-0359 §5). Only to be trusted where our
    /// server announces that it sets these.
    pub stanza_id: Option<String>,
    pub origin_id: Option<String>,
    /// When it was sent, in microseconds since 1970, where someone entitled says so (XEP-0203).
    pub said: Option<i64>,
    pub body: Option<String>,
    pub chat_state: Option<ChatState>,
    /// The sender wants a receipt (XEP-0184).
    pub wants_receipt: bool,
    /// The message this is a receipt for.
    pub receipt: Option<String>,
    /// The sender wants to know when it is seen (XEP-0333).
    pub markable: bool,
    pub marker: Option<Marker>,
    pub error: Option<StanzaError>,
    /// A PEP event: the node and its items (XEP-0163).
    pub event: Option<Element>,
    /// Someone who is no contact may call themselves so (XEP-0172).
    pub nick: Option<String>,
    /// Sent through a room: a private message of an occupant (XEP-0045 §7.5).
    pub from_room: bool,
    /// What is said of a call (XEP-0353).
    pub call: Option<Element>,
    /// What it shares.
    pub files: Files,
}

impl Message {
    /// When it was sent, in milliseconds.
    pub fn stamp(&self) -> Option<i64> {
        self.said.map(|micros| micros.div_euclid(1000))
    }

    /// One of ours sent it.
    pub fn is_outgoing(&self, own: &BareJid) -> bool {
        self.from.to_bare() == *own && self.to.to_bare() != *own || self.way == Way::CarbonSent
    }
}

/// A request to us, to be answered whatever it asks (RFC 6120 §8.2.3).
#[derive(Debug)]
pub struct Request {
    pub from: Option<Jid>,
    pub id: String,
    pub is_set: bool,
    pub payload: Option<Element>,
}

/// Verifies and types a stanza other than an answer.
///
/// # Errors
/// Why it is dropped.
pub fn read(stanza: &Element, own: &BareJid, archives: &Archives) -> Result<Incoming, &'static str> {
    match stanza.name() {
        "message" => message(stanza, own, archives).map(|message| Incoming::Message(Box::new(message))),
        "presence" => Presence::read(stanza, own).map(Incoming::Presence).ok_or("presence without a sender"),
        "iq" => {
            let from = address(stanza, "from")?;
            let id = stanza.get("id").ok_or("a request without an id")?.to_owned();
            let is_set = stanza.get("type") == Some("set");
            if !is_set && stanza.get("type") != Some("get") {
                return Err("an iq without a known type");
            }
            Ok(Incoming::Request(Request { from, id, is_set, payload: stanza.children().next().cloned() }))
        }
        _ => Err("no stanza"),
    }
}

fn address(stanza: &Element, name: &str) -> Result<Option<Jid>, &'static str> {
    stanza.get(name).map(|jid| Jid::new(jid).map_err(|_| "a malformed address")).transpose()
}

fn message(outer: &Element, own: &BareJid, archives: &Archives) -> Result<Message, &'static str> {
    let from = address(outer, "from")?.unwrap_or_else(|| own.clone().into());
    let of_own_account = from.resource().is_none() && from.to_bare() == *own;
    if let Some(result) = outer.get_child("result", ns::MAM) {
        return archived(result, &from, own, archives);
    }
    for (name, way) in [("sent", Way::CarbonSent), ("received", Way::CarbonReceived)] {
        if let Some(carbon) = outer.get_child(name, ns::CARBONS) {
            if !of_own_account {
                return Err("a carbon from someone else");
            }
            if matches!(outer.get("type"), Some("groupchat" | "error")) {
                return Err("a carbon of a wrong type");
            }
            return carbon_copy(carbon, way, own);
        }
    }
    let said = trusted_delay(outer, own);
    Ok(plain(outer, from, own, Way::Live, said)?.with_ids(outer, own))
}

/// `<forwarded/>` with its message and time.
fn forwarded(wrapper: &Element) -> Result<(&Element, Option<i64>), &'static str> {
    let forwarded = wrapper.get_child("forwarded", ns::FORWARD).ok_or("nothing was forwarded")?;
    let inner = forwarded.get_child("message", ns::CLIENT).ok_or("no message was forwarded")?;
    let wraps = |c: &Element| c.is("result", ns::MAM) || c.has_ns(ns::CARBONS) && c.name() != "private";
    if inner.children().any(wraps) {
        return Err("forwarded twice");
    }
    let said = forwarded.get_child("delay", ns::DELAY).and_then(|d| parse_micros(d.get("stamp")?));
    Ok((inner, said))
}

fn carbon_copy(carbon: &Element, way: Way, own: &BareJid) -> Result<Message, &'static str> {
    let (inner, said) = forwarded(carbon)?;
    let from = address(inner, "from")?.unwrap_or_else(|| own.clone().into());
    let to = address(inner, "to")?.unwrap_or_else(|| own.clone().into());
    let ours = if way == Way::CarbonSent { &from } else { &to };
    if ours.to_bare() != *own {
        return Err("a carbon of someone else's message");
    }
    let said = trusted_delay(inner, own).or(said);
    Ok(plain(inner, from, own, way, said)?.with_ids(inner, own))
}

fn archived(result: &Element, from: &Jid, own: &BareJid, archives: &Archives) -> Result<Message, &'static str> {
    let query = result.get("queryid").unwrap_or_default();
    let (_, archive) = archives.get(query).ok_or("an archive result nobody asked for")?;
    if from.resource().is_some() || from.to_bare() != *archive {
        return Err("an archive result from someone else");
    }
    let id = result.get("id").ok_or("an archive result without an id")?.to_owned();
    let (inner, said) = forwarded(result)?;
    let from = address(inner, "from")?.unwrap_or_else(|| own.clone().into());
    let way = Way::Archived { query: query.to_owned(), id: id.clone() };
    let mut message = plain(inner, from, own, way, said)?.with_ids(inner, own);
    // The archive's own word, not what the message carries.
    message.stanza_id = Some(id);
    Ok(message)
}

/// A message of a file somebody kept (XEP-0227 §4.8, §4.12): whose file it is vouches for all of it.
pub(crate) fn kept(element: &Element, own: &BareJid) -> Option<Message> {
    let (inner, said) = match element.name() {
        "result" if element.has_ns(ns::MAM) => forwarded(element).ok()?,
        "message" if element.has_ns(ns::CLIENT) => {
            let delay = element.get_child("delay", ns::DELAY);
            (element, delay.and_then(|delay| parse_micros(delay.get("stamp")?)))
        }
        _ => return None,
    };
    let from = address(inner, "from").ok()?.unwrap_or_else(|| own.clone().into());
    let way = Way::Archived { query: String::new(), id: String::new() };
    let message = plain(inner, from, own, way, said).ok()?.with_ids(inner, own);
    // Another archive's ids are none of ours's.
    Some(Message { stanza_id: None, ..message })
}

/// XEP-0203 §4: only our server or account may say when.
fn trusted_delay(message: &Element, own: &BareJid) -> Option<i64> {
    message.children().filter(|c| c.is("delay", ns::DELAY)).find_map(|delay| {
        let from = Jid::new(delay.get("from")?).ok()?;
        let ours = (from.resource().is_none() && from.to_bare() == *own)
            || (from.node().is_none() && from.resource().is_none() && from.domain() == own.domain());
        parse_micros(delay.get("stamp").filter(|_| ours)?)
    })
}

fn plain(message: &Element, from: Jid, own: &BareJid, way: Way, said: Option<i64>) -> Result<Message, &'static str> {
    let to = address(message, "to")?.unwrap_or_else(|| own.clone().into());
    let kind = match message.get("type") {
        Some("chat") => Kind::Chat,
        Some("error") => Kind::Error,
        Some("groupchat") => Kind::Groupchat,
        Some("headline") => Kind::Headline,
        _ => Kind::Normal,
    };
    let payload = Payload::read(message);
    // PEP: a node's content belongs to whoever published it, and to nobody they name.
    let event = message.get_child("event", ns::PUBSUB_EVENT).filter(|_| way == Way::Live && from.resource().is_none());
    let files = Files::read(message, payload.body.as_deref());
    Ok(Message {
        files,
        way,
        from,
        to,
        kind,
        id: message.get("id").map(str::to_owned),
        stanza_id: None,
        origin_id: None,
        said,
        body: payload.body,
        chat_state: payload.chat_state,
        wants_receipt: payload.wants_receipt,
        receipt: payload.receipt,
        markable: payload.markable,
        marker: payload.marker,
        error: (kind == Kind::Error).then(|| stanza_error(message)),
        event: event.cloned(),
        nick: message.child_text("nick", ns::NICK),
        from_room: message.get_child("x", ns::MUC_USER).is_some(),
        call: message.children().find(|child| child.has_ns(ns::CALL_MESSAGE)).cloned(),
    })
}

impl Message {
    fn with_ids(mut self, element: &Element, own: &BareJid) -> Self {
        let own = own.to_string();
        let mut by_us = element.children().filter(|c| c.is("stanza-id", ns::SID) && c.get("by") == Some(&own));
        self.stanza_id = match (by_us.next(), by_us.next()) {
            (Some(only), None) => only.get("id").map(str::to_owned),
            _ => None,
        };
        let origin = element.get_child("origin-id", ns::SID).and_then(|o| o.get("id"));
        self.origin_id = origin.map(str::to_owned);
        self
    }
}

#[cfg(test)]
mod tests;
