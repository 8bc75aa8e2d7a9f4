//! Presence: RFC 6121 §3 and §4, with XEP-0115 and 0390 (caps), XEP-0153 (avatar hash), XEP-0172 (nickname).

use serde::{Deserialize, Serialize};
use xmpp_parsers::jid::{BareJid, Jid};

use crate::ns;
use crate::stanza::stanza_error;
use crate::xep::caps::{self, Caps};
use crate::xml::{El, Element, Reading as _, el};

/// RFC 6121 §4.7.1; `Available` is the absence of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Available,
    Unavailable,
    Subscribe,
    Subscribed,
    Unsubscribe,
    Unsubscribed,
    Error,
    Probe,
}

/// RFC 6121 §4.7.2.1; `Online` is the absence of `<show/>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Show {
    Xa,
    Away,
    Dnd,
    Online,
    Chat,
}

impl Show {
    const NAMED: [(Self, &'static str); 4] =
        [(Self::Xa, "xa"), (Self::Away, "away"), (Self::Dnd, "dnd"), (Self::Chat, "chat")];
}

/// A presence stanza.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Presence {
    pub from: Jid,
    pub kind: Kind,
    pub show: Show,
    pub status: String,
    pub priority: i8,
    pub caps: Option<Caps>,
    /// XEP-0153: `Some("")` says that there is no picture, `None` that nothing is said.
    pub avatar: Option<String>,
    pub nick: Option<String>,
    /// With [`Kind::Error`]: why.
    pub condition: Option<String>,
}

impl Presence {
    /// Reads a stanza; without `from` it is our own account's.
    pub fn read(stanza: &Element, own: &BareJid) -> Option<Self> {
        let from = match stanza.get("from") {
            Some(from) => Jid::new(from).ok()?,
            None => own.clone().into(),
        };
        let kind = match stanza.get("type") {
            None => Kind::Available,
            Some("unavailable") => Kind::Unavailable,
            Some("subscribe") => Kind::Subscribe,
            Some("subscribed") => Kind::Subscribed,
            Some("unsubscribe") => Kind::Unsubscribe,
            Some("unsubscribed") => Kind::Unsubscribed,
            Some("probe") => Kind::Probe,
            Some(_) => Kind::Error,
        };
        let show = stanza.child_text("show", ns::CLIENT);
        let show = Show::NAMED.iter().find(|(_, name)| show.as_deref() == Some(name)).map_or(Show::Online, |(s, _)| *s);
        let photo = stanza.get_child("x", ns::VCARD_UPDATE).and_then(|x| x.get_child("photo", ns::VCARD_UPDATE));
        Some(Self {
            from,
            kind,
            show,
            status: stanza.child_text("status", ns::CLIENT).unwrap_or_default(),
            priority: stanza.child_text("priority", ns::CLIENT).and_then(|p| p.parse().ok()).unwrap_or(0),
            caps: Caps::read(stanza),
            avatar: photo.map(|photo| photo.text().trim().to_ascii_lowercase()),
            nick: stanza.child_text("nick", ns::NICK),
            condition: (kind == Kind::Error).then(|| stanza_error(stanza).condition),
        })
    }
}

/// Our availability.
pub fn available(show: Show, status: &str, priority: i8) -> El {
    let show = Show::NAMED.iter().find(|(s, _)| *s == show).map(|(_, name)| el("show", ns::CLIENT).text(name));
    let status = (!status.is_empty()).then(|| el("status", ns::CLIENT).text(status));
    let priority = (priority != 0).then(|| el("priority", ns::CLIENT).text(priority.to_string()));
    el("presence", ns::CLIENT).children(show).children(status).children(priority).children(caps::write_ours())
}

/// RFC 6121 §4.5.
pub fn unavailable() -> El {
    el("presence", ns::CLIENT).attr("type", "unavailable")
}

/// Asks for someone's presence (RFC 6121 §4.3).
pub fn probe(to: &BareJid) -> El {
    el("presence", ns::CLIENT).attr("to", to.to_string()).attr("type", "probe")
}

/// `subscribe`, `subscribed`, `unsubscribe` or `unsubscribed`; these go to bare JIDs (RFC 6121 §3.1.1).
pub fn subscription(to: &BareJid, kind: &str, message: &str) -> El {
    let status = (!message.is_empty()).then(|| el("status", ns::CLIENT).text(message));
    el("presence", ns::CLIENT).attr("to", to.to_string()).attr("type", kind).children(status)
}
