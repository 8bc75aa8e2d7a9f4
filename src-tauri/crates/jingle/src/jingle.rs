//! `<jingle/>` (XEP-0166 §7).

use waxwing_xml::{El, Element, Reading as _, el};
use xmpp_parsers::jid::Jid;

use crate::content::{Content, Creator};
use crate::file::File;
use crate::message::LONGEST_ID;
use crate::reason::Reason;
use crate::token::{required, word};
use crate::{Malformed, ns};

/// Contents of one session; more than any call has.
pub const MOST_CONTENTS: usize = 16;

/// XEP-0166 §7.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    ContentAccept,
    ContentAdd,
    ContentModify,
    ContentReject,
    ContentRemove,
    DescriptionInfo,
    SecurityInfo,
    SessionAccept,
    SessionInfo,
    SessionInitiate,
    SessionTerminate,
    TransportAccept,
    TransportInfo,
    TransportReject,
    TransportReplace,
}

const ACTIONS: [(&str, Action); 15] = [
    ("content-accept", Action::ContentAccept),
    ("content-add", Action::ContentAdd),
    ("content-modify", Action::ContentModify),
    ("content-reject", Action::ContentReject),
    ("content-remove", Action::ContentRemove),
    ("description-info", Action::DescriptionInfo),
    ("security-info", Action::SecurityInfo),
    ("session-accept", Action::SessionAccept),
    ("session-info", Action::SessionInfo),
    ("session-initiate", Action::SessionInitiate),
    ("session-terminate", Action::SessionTerminate),
    ("transport-accept", Action::TransportAccept),
    ("transport-info", Action::TransportInfo),
    ("transport-reject", Action::TransportReject),
    ("transport-replace", Action::TransportReplace),
];

impl Action {
    pub fn name(self) -> &'static str {
        ACTIONS.iter().find(|(_, action)| *action == self).map_or("session-info", |(name, _)| name)
    }

    fn read(name: &str) -> Option<Self> {
        ACTIONS.iter().find(|(known, _)| *known == name).map(|(_, action)| *action)
    }

    /// Whether contents belong to it (XEP-0166 §7.2).
    fn has_contents(self) -> bool {
        !matches!(self, Self::SessionInfo | Self::SessionTerminate)
    }
}

/// What `session-info` carries (XEP-0167 §8, XEP-0234 §8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Info {
    Active,
    Hold,
    Unhold,
    Ringing,
    /// By the content's name; all of them where none is named.
    Mute(Option<String>),
    Unmute(Option<String>),
    /// A file has come, whole and in order; the only one where none is named.
    Received {
        creator: Creator,
        content: Option<String>,
    },
    /// What a file hashes to, now that all of it was sent; the only one where none is named.
    Checksum {
        creator: Creator,
        content: Option<String>,
        file: Box<File>,
    },
    /// Not known to us.
    Other,
}

/// Contents that share something (XEP-0338): with `BUNDLE`, one transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub semantics: String,
    /// Names of contents.
    pub contents: Vec<String>,
}

impl Group {
    pub const BUNDLE: &str = "BUNDLE";

    fn read(element: &Element) -> Result<Self, Malformed> {
        let contents = element.children().filter(|child| child.is("content", ns::GROUPING)).take(MOST_CONTENTS);
        Ok(Self {
            semantics: required(element.get("semantics"), "a group without a meaning")?,
            contents: contents
                .map(|child| required(child.get("name"), "a group of nameless contents"))
                .collect::<Result<_, _>>()?,
        })
    }

    fn write(&self) -> El {
        let content = |name: &String| el("content", ns::GROUPING).attr("name", name);
        el("group", ns::GROUPING).attr("semantics", &self.semantics).children(self.contents.iter().map(content))
    }
}

/// One step of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jingle {
    pub action: Action,
    pub sid: String,
    pub initiator: Option<Jid>,
    pub responder: Option<Jid>,
    pub groups: Vec<Group>,
    pub contents: Vec<Content>,
    pub reason: Option<Reason>,
    /// Only with `session-info`; nothing is a question whether one is still there (XEP-0166 §6.8).
    pub info: Option<Info>,
}

impl Jingle {
    /// An action and nothing more.
    pub fn new(action: Action, sid: impl Into<String>) -> Self {
        let sid = sid.into();
        Self {
            action,
            sid,
            initiator: None,
            responder: None,
            groups: vec![],
            contents: vec![],
            reason: None,
            info: None,
        }
    }

    /// What shares one transport, where something does.
    pub fn bundle(&self) -> Option<&Group> {
        self.groups.iter().find(|group| group.semantics == Group::BUNDLE && group.contents.len() > 1)
    }

    pub fn content(&self, name: &str) -> Option<&Content> {
        self.contents.iter().find(|content| content.name == name)
    }

    /// # Errors
    /// An unknown action, no id, too much of something, a name twice, or text that does not belong into SDP.
    pub fn read(element: &Element) -> Result<Self, Malformed> {
        let action = element.get("action").and_then(Action::read).ok_or(Malformed("an unknown action"))?;
        let sid =
            element.get("sid").and_then(|sid| word(sid, LONGEST_ID)).ok_or(Malformed("a session without an id"))?;
        let of = |name: &'static str, ns: &'static str| element.children().filter(move |child| child.is(name, ns));
        if of("content", ns::JINGLE).count() > MOST_CONTENTS {
            return Err(Malformed("too many contents"));
        }
        let contents = of("content", ns::JINGLE).map(Content::read).collect::<Result<Vec<_>, _>>()?;
        if action.has_contents() && contents.is_empty() {
            return Err(Malformed("nothing that it is about"));
        }
        let twice = |(at, content): (usize, &Content)| contents[..at].iter().any(|before| before.name == content.name);
        if contents.iter().enumerate().any(twice) {
            return Err(Malformed("two contents of one name"));
        }
        // Nobody is trusted for who they say they are: addresses that are none are as if they were not there.
        let jid = |name: &str| element.get(name).and_then(|jid| Jid::new(jid).ok());
        let about = |child: &&Element| !matches!(child.name(), "content" | "reason" | "group");
        Ok(Self {
            action,
            sid: sid.to_owned(),
            initiator: jid("initiator"),
            responder: jid("responder"),
            groups: of("group", ns::GROUPING).take(MOST_CONTENTS).map(Group::read).collect::<Result<_, _>>()?,
            contents,
            reason: element.get_child("reason", ns::JINGLE).map(Reason::read),
            info: if action == Action::SessionInfo {
                element.children().find(about).map(Info::read).transpose()?
            } else {
                None
            },
        })
    }

    pub fn write(&self) -> El {
        el("jingle", ns::JINGLE)
            .attr("action", self.action.name())
            .attr_opt("initiator", self.initiator.as_ref().map(ToString::to_string))
            .attr_opt("responder", self.responder.as_ref().map(ToString::to_string))
            .attr("sid", &self.sid)
            .children(self.groups.iter().map(Group::write))
            .children(self.contents.iter().map(Content::write))
            .children(self.reason.iter().map(Reason::write))
            .children(self.info.iter().filter_map(Info::write))
    }
}

impl Info {
    fn read(element: &Element) -> Result<Self, Malformed> {
        let name = || element.get("name").and_then(|name| word(name, 256)).map(str::to_owned);
        let (creator, content) = (Creator::of(element), name());
        if element.is("received", ns::FILE) {
            return Ok(Self::Received { creator, content });
        }
        if element.is("checksum", ns::FILE) {
            return Ok(Self::Checksum { creator, content, file: Box::new(File::of(element)?) });
        }
        if !element.has_ns(ns::RTP_INFO) {
            return Ok(Self::Other);
        }
        Ok(match element.name() {
            "active" => Self::Active,
            "hold" => Self::Hold,
            "unhold" => Self::Unhold,
            "ringing" => Self::Ringing,
            "mute" => Self::Mute(name()),
            "unmute" => Self::Unmute(name()),
            _ => Self::Other,
        })
    }

    fn write(&self) -> Option<El> {
        let named = |element: El, name: &Option<String>| {
            let creator = name.as_ref().map(|_| Creator::Initiator.name());
            element.attr_opt("creator", creator).attr_opt("name", name.as_ref())
        };
        Some(match self {
            Self::Active => el("active", ns::RTP_INFO),
            Self::Hold => el("hold", ns::RTP_INFO),
            Self::Unhold => el("unhold", ns::RTP_INFO),
            Self::Ringing => el("ringing", ns::RTP_INFO),
            Self::Mute(name) => named(el("mute", ns::RTP_INFO), name),
            Self::Unmute(name) => named(el("unmute", ns::RTP_INFO), name),
            Self::Received { creator, content } => {
                el("received", ns::FILE).attr("creator", creator.name()).attr_opt("name", content.as_ref())
            }
            Self::Checksum { creator, content, file } => el("checksum", ns::FILE)
                .attr("creator", creator.name())
                .attr_opt("name", content.as_ref())
                .child(file.write()),
            Self::Other => return None,
        })
    }
}
