//! What a session consists of (XEP-0166 §7.3).

use waxwing_xml::{El, Element, Reading as _, el};

use crate::file::File;
use crate::security::Security;
use crate::token::required;
use crate::{Malformed, datachannel, ibb, ice, ns, rtp, s5b};

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

    /// As an element says it.
    pub(crate) fn of(element: &Element) -> Self {
        match element.get("creator") {
            Some("responder") => Self::Responder,
            // Some leave it out, most always say this.
            _ => Self::Initiator,
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
    File(File),
    /// Another application, by its namespace.
    Other(String),
}

/// How it gets there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    Ice(ice::Transport),
    DataChannel(datachannel::Transport),
    S5b(s5b::Transport),
    Ibb(ibb::Transport),
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
    /// What is sent is encrypted once more (XEP-0391).
    pub security: Option<Security>,
}

impl Content {
    /// One that is only named.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            creator: Creator::Initiator,
            name: name.into(),
            senders: None,
            description: None,
            transport: None,
            security: None,
        }
    }

    /// A file that the session's initiator offers, or asks for where the responder is who sends (XEP-0234 §4.1).
    pub fn file_of(name: impl Into<String>, file: File, senders: Senders, transport: Transport) -> Self {
        Self {
            senders: Some(senders),
            description: Some(Description::File(file)),
            transport: Some(transport),
            ..Self::named(name)
        }
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

    pub fn file(&self) -> Option<&File> {
        match &self.description {
            Some(Description::File(file)) => Some(file),
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
        let creator = Creator::of(element);
        let one = |name: &str| element.children().find(|child| child.name() == name);
        let ice = |transport: &Element| ice::Transport::read(transport).map(Transport::Ice);
        let description = one("description").map(|description| match description.ns().as_str() {
            ns::RTP => rtp::Description::read(description).map(Description::Rtp),
            ns::FILE => File::of(description).map(Description::File),
            other => Ok(Description::Other(other.to_owned())),
        });
        let transport = one("transport").map(|transport| match transport.ns().as_str() {
            // Where somebody calls, a data channel beside it is of no interest.
            ns::ICE_UDP if matches!(description, Some(Ok(Description::Rtp(_)))) => ice(transport),
            ns::ICE_UDP | ns::DATA_CHANNEL => match datachannel::Transport::read(transport)? {
                Some(channel) => Ok(Transport::DataChannel(channel)),
                None => ice(transport),
            },
            ns::S5B => s5b::Transport::read(transport).map(Transport::S5b),
            ns::JINGLE_IBB => ibb::Transport::read(transport).map(Transport::Ibb),
            other => Ok(Transport::Other(other.to_owned())),
        });
        Ok(Self {
            creator,
            name: required(element.get("name"), "a content without a name")?,
            senders: element.get("senders").map(Senders::read).transpose()?,
            description: description.transpose()?,
            transport: transport.transpose()?,
            security: element.get_child("security", ns::JET).map(Security::read),
        })
    }

    pub(crate) fn write(&self) -> El {
        let mut content = el("content", ns::JINGLE)
            .attr("creator", self.creator.name())
            .attr("name", &self.name)
            .attr_opt("senders", self.senders.map(Senders::name));
        content = match &self.description {
            Some(Description::Rtp(description)) => content.child(description.write()),
            Some(Description::File(file)) => content.child(file.describe()),
            Some(Description::Other(ns)) => content.child(el("description", ns)),
            None => content,
        };
        content = match &self.transport {
            Some(Transport::Ice(transport)) => content.child(transport.write()),
            Some(Transport::DataChannel(transport)) => content.child(transport.write()),
            Some(Transport::S5b(transport)) => content.child(transport.write()),
            Some(Transport::Ibb(transport)) => content.child(transport.write()),
            Some(Transport::Other(ns)) => content.child(el("transport", ns)),
            None => content,
        };
        content.children(self.security.iter().map(Security::write))
    }
}
