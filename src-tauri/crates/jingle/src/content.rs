//! What a session consists of (XEP-0166 §7.3).

use waxwing_xml::{El, Element, Reading as _, el};

use crate::token::required;
use crate::{Malformed, ice, ns, rtp};

/// Who brought a content in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creator {
    Initiator,
    Responder,
}

impl Creator {
    pub fn name(self) -> &'static str {
        match self {
            Self::Initiator => "initiator",
            Self::Responder => "responder",
        }
    }

    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }
}

/// Who sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Senders {
    #[default]
    Both,
    Initiator,
    Responder,
    None,
}

impl Senders {
    const ALL: [Self; 4] = [Self::Both, Self::Initiator, Self::Responder, Self::None];

    pub fn name(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Initiator => "initiator",
            Self::Responder => "responder",
            Self::None => "none",
        }
    }

    /// # Errors
    /// It is none of the four.
    pub fn read(name: &str) -> Result<Self, Malformed> {
        Self::ALL.into_iter().find(|senders| senders.name() == name).ok_or(Malformed("senders"))
    }

    /// Whether that side sends.
    pub fn includes(self, side: Creator) -> bool {
        match self {
            Self::Both => true,
            Self::Initiator => side == Creator::Initiator,
            Self::Responder => side == Creator::Responder,
            Self::None => false,
        }
    }

    /// What is left where a side does or does not send.
    #[must_use]
    pub fn with(self, side: Creator, sends: bool) -> Self {
        let of = |other: Creator| if other == side { sends } else { self.includes(other) };
        match (of(Creator::Initiator), of(Creator::Responder)) {
            (true, true) => Self::Both,
            (true, false) => Self::Initiator,
            (false, true) => Self::Responder,
            (false, false) => Self::None,
        }
    }
}

/// What is exchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Description {
    Rtp(rtp::Description),
    /// Another application, by its namespace.
    Other(String),
}

/// How it gets there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    Ice(ice::Transport),
    /// Another way, by its namespace.
    Other(String),
}

/// `<content/>`. Contents are told apart by name alone: clients do not agree on the creator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub creator: Creator,
    /// A word of at most 256 visible ASCII characters; Conversations takes 16.
    pub name: String,
    /// Absent is both, except where a content is modified.
    pub senders: Option<Senders>,
    pub description: Option<Description>,
    pub transport: Option<Transport>,
}

impl Content {
    /// One that is only named.
    pub fn named(name: impl Into<String>) -> Self {
        Self { creator: Creator::Initiator, name: name.into(), senders: None, description: None, transport: None }
    }

    /// Who sends.
    pub fn senders(&self) -> Senders {
        self.senders.unwrap_or_default()
    }

    pub fn rtp(&self) -> Option<&rtp::Description> {
        match &self.description {
            Some(Description::Rtp(description)) => Some(description),
            _ => None,
        }
    }

    pub fn ice(&self) -> Option<&ice::Transport> {
        match &self.transport {
            Some(Transport::Ice(transport)) => Some(transport),
            _ => None,
        }
    }

    pub(crate) fn read(element: &Element) -> Result<Self, Malformed> {
        let creator = match element.get("creator") {
            Some("responder") => Creator::Responder,
            // Some leave it out, most always say this.
            _ => Creator::Initiator,
        };
        let one = |name: &str| element.children().find(|child| child.name() == name);
        let description = one("description").map(|description| match description.ns().as_str() {
            ns::RTP => rtp::Description::read(description).map(Description::Rtp),
            other => Ok(Description::Other(other.to_owned())),
        });
        let transport = one("transport").map(|transport| match transport.ns().as_str() {
            ns::ICE_UDP => ice::Transport::read(transport).map(Transport::Ice),
            other => Ok(Transport::Other(other.to_owned())),
        });
        Ok(Self {
            creator,
            name: required(element.get("name"), "a content without a name")?,
            senders: element.get("senders").map(Senders::read).transpose()?,
            description: description.transpose()?,
            transport: transport.transpose()?,
        })
    }

    pub(crate) fn write(&self) -> El {
        let mut content = el("content", ns::JINGLE)
            .attr("creator", self.creator.name())
            .attr("name", &self.name)
            .attr_opt("senders", self.senders.map(Senders::name));
        content = match &self.description {
            Some(Description::Rtp(description)) => content.child(description.write()),
            Some(Description::Other(ns)) => content.child(el("description", ns)),
            None => content,
        };
        match &self.transport {
            Some(Transport::Ice(transport)) => content.child(transport.write()),
            Some(Transport::Other(ns)) => content.child(el("transport", ns)),
            None => content,
        }
    }
}
