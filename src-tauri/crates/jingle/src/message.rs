//! Asking before a session is opened (XEP-0353): the call rings on every device, and one of them answers.

use waxwing_xml::{El, Element, Reading as _, el};

use crate::reason::{Condition, Reason};
use crate::rtp::Media;
use crate::token::word;
use crate::{Malformed, ns};

/// Longest id of a session that is taken, in characters.
pub const LONGEST_ID: usize = 128;

/// One of the messages, with the id that will be the session's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    pub said: Said,
}

/// What it says (XEP-0353 §3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Whoever sends it wants to call, with these media in the order they came.
    Propose(Vec<Media>),
    /// A device of the called rings.
    Ringing,
    /// The device it comes from takes the call.
    Proceed,
    /// What was `proceed` up to version 0.5, said to one's own devices; Dino still says it.
    Accept,
    Reject(Ending),
    Retract(Ending),
    Finish(Ending),
}

/// Why it is over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ending {
    pub reason: Option<Reason>,
    /// Both had called: the other's call is the one to take (XEP-0353 §5.1).
    pub tie_break: bool,
    /// The call goes on in a session of this id (XEP-0353 §5.3).
    pub migrated: Option<String>,
}

impl From<Condition> for Ending {
    fn from(condition: Condition) -> Self {
        Self { reason: Some(condition.into()), ..Self::default() }
    }
}

impl Ending {
    fn read(element: &Element) -> Self {
        let migrated = element.get_child("migrated", ns::MESSAGE).and_then(|migrated| migrated.get("to"));
        Self {
            reason: element.get_child("reason", ns::JINGLE).map(Reason::read),
            tie_break: element.get_child("tie-break", ns::MESSAGE).is_some(),
            migrated: migrated.and_then(|id| word(id, LONGEST_ID)).map(str::to_owned),
        }
    }
}

impl Message {
    /// What a message stanza says of a call; `None` where it says nothing of one.
    ///
    /// # Errors
    /// It has no id that could be a session's.
    pub fn read(stanza: &Element) -> Result<Option<Self>, Malformed> {
        stanza.child_in(ns::MESSAGE).map_or(Ok(None), Self::of)
    }

    /// The same of the payload itself.
    ///
    /// # Errors
    /// It has no id that could be a session's.
    pub fn of(element: &Element) -> Result<Option<Self>, Malformed> {
        let said = match element.name() {
            "propose" => {
                let descriptions = element.children().filter(|child| child.is("description", ns::RTP));
                let media: Vec<_> = descriptions.filter_map(|child| Media::read(child.get("media")?)).take(2).collect();
                // Files and other things are asked for in the same way.
                if media.is_empty() {
                    return Ok(None);
                }
                Said::Propose(media)
            }
            "ringing" => Said::Ringing,
            "proceed" => Said::Proceed,
            "accept" => Said::Accept,
            "reject" => Said::Reject(Ending::read(element)),
            "retract" => Said::Retract(Ending::read(element)),
            "finish" => Said::Finish(Ending::read(element)),
            _ => return Ok(None),
        };
        let id = element.get("id").and_then(|id| word(id, LONGEST_ID)).ok_or(Malformed("a call without an id"))?;
        Ok(Some(Self { id: id.to_owned(), said }))
    }

    /// The payloads of the message stanza: it is to be kept for devices that are away (XEP-0353 §3).
    pub fn write(&self) -> [El; 2] {
        let (name, ending) = match &self.said {
            Said::Propose(_) => ("propose", None),
            Said::Ringing => ("ringing", None),
            Said::Proceed => ("proceed", None),
            Said::Accept => ("accept", None),
            Said::Reject(ending) => ("reject", Some(ending)),
            Said::Retract(ending) => ("retract", Some(ending)),
            Said::Finish(ending) => ("finish", Some(ending)),
        };
        let mut element = el(name, ns::MESSAGE).attr("id", &self.id);
        if let Said::Propose(media) = &self.said {
            element =
                element.children(media.iter().map(|media| el("description", ns::RTP).attr("media", media.name())));
        }
        if let Some(Ending { reason, tie_break, migrated }) = ending {
            element = element
                .children(reason.iter().map(Reason::write))
                .children(tie_break.then(|| el("tie-break", ns::MESSAGE)))
                .children(migrated.iter().map(|id| el("migrated", ns::MESSAGE).attr("to", id)));
        }
        [element, el("store", ns::HINTS)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(payload: &str) -> Result<Option<Message>, Malformed> {
        Message::read(&format!("<message xmlns='jabber:client'>{payload}</message>").parse().unwrap())
    }

    #[test]
    fn each_goes_there_and_back() {
        let migrated = Ending { migrated: Some("new".into()), ..Condition::Expired.into() };
        for said in [
            Said::Propose(vec![Media::Audio, Media::Video]),
            Said::Ringing,
            Said::Proceed,
            Said::Accept,
            Said::Reject(Condition::Busy.into()),
            Said::Retract(Ending { tie_break: true, ..Condition::Expired.into() }),
            Said::Finish(migrated),
        ] {
            let message = Message { id: "5f3c".into(), said };
            let stanza: Element = el("message", "jabber:client").children(message.write()).into();
            assert_eq!(Message::read(&stanza).unwrap(), Some(message));
        }
    }

    #[test]
    fn what_clients_add_or_leave_out_does_not_matter() {
        let propose = read(
            "<propose xmlns='urn:xmpp:jingle-message:0' id='a'>\
             <description xmlns='urn:xmpp:jingle:apps:rtp:1' media='video'/>\
             <description xmlns='urn:xmpp:jingle:apps:rtp:1' media='smell'/>\
             <description xmlns='urn:xmpp:jingle:apps:file-transfer:5'/></propose>",
        );
        assert_eq!(propose.unwrap().unwrap().said, Said::Propose(vec![Media::Video]));
        let reject = read(
            "<reject xmlns='urn:xmpp:jingle-message:0' id='a'><description xmlns='urn:xmpp:jingle:apps:rtp:1'/></reject>",
        );
        assert_eq!(reject.unwrap().unwrap().said, Said::Reject(Ending::default()));
        assert_eq!(read("<propose xmlns='urn:xmpp:jingle-message:0' id='a'/>").unwrap(), None, "of nothing we know");
        assert_eq!(read("<body>hello</body>").unwrap(), None);
        assert_eq!(read("<wave xmlns='urn:xmpp:jingle-message:0' id='a'/>").unwrap(), None);
    }

    #[test]
    fn an_id_is_a_word() {
        for id in ["", "a b", "a&#10;b", &"x".repeat(200)] {
            assert!(read(&format!("<proceed xmlns='urn:xmpp:jingle-message:0' id='{id}'/>")).is_err(), "{id}");
        }
    }
}
