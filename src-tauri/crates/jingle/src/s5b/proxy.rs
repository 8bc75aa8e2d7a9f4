//! What is said to a proxy (XEP-0065).

use waxwing_xml::{El, Element, Reading as _, el};
use xmpp_parsers::jid::{FullJid, Jid};

use super::{MOST_CANDIDATES, PORT};
use crate::ns;
use crate::token::word;

/// Where a proxy listens (XEP-0065 §4): to be offered as a candidate of the kind [`super::Kind::Proxy`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Streamhost {
    pub jid: Jid,
    /// A word of at most 255 visible ASCII characters.
    pub host: String,
    pub port: u16,
}

impl Streamhost {
    /// Asks a proxy where it listens: an `iq` of type `get`.
    pub fn ask() -> El {
        el("query", ns::BYTESTREAMS)
    }

    /// Its answer, `<query/>`; what is of no use is left out.
    pub fn read(query: &Element) -> Vec<Self> {
        let read = |element: &Element| {
            Some(Self {
                jid: Jid::new(element.get("jid")?).ok()?,
                host: word(element.get("host")?, 255)?.to_owned(),
                port: element.get("port").map_or(Some(PORT), |port| port.parse().ok()).filter(|port| *port > 0)?,
            })
        };
        let found = query.children().filter(|child| child.is("streamhost", ns::BYTESTREAMS)).take(MOST_CANDIDATES);
        found.filter_map(read).collect()
    }
}

/// Has a proxy of ours pass bytes on, once both are connected to it: an `iq` of type `set` (XEP-0065 §6.3.5).
pub fn activate(sid: &str, peer: &FullJid) -> El {
    el("query", ns::BYTESTREAMS).attr("sid", sid).child(el("activate", ns::BYTESTREAMS).text(peer.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_where_it_listens() {
        let query = "<query xmlns='http://jabber.org/protocol/bytestreams'>\
             <streamhost host='24.24.24.1' jid='streamer.example.com' port='7625'/>\
             <streamhost host='2001:db8::1' jid='streamer.example.com'/>\
             <streamhost host='24.24.24.1' jid='streamer.example.com' port='0'/>\
             <streamhost host='24.24.24.1' jid='@' port='1'/><streamhost jid='streamer.example.com'/></query>";
        let jid = Jid::new("streamer.example.com").unwrap();
        let expected = [
            Streamhost { jid: jid.clone(), host: "24.24.24.1".into(), port: 7625 },
            Streamhost { jid, host: "2001:db8::1".into(), port: 1080 },
        ];
        assert_eq!(Streamhost::read(&query.parse().unwrap()), expected);
    }

    #[test]
    fn it_is_told_for_whom() {
        let peer = FullJid::new("romeo@montague.lit/orchard").unwrap();
        let query: Element = activate("a73sjjvkla37jfea", &peer).into();
        assert_eq!(query.get("sid"), Some("a73sjjvkla37jfea"));
        assert_eq!(query.child_text("activate", ns::BYTESTREAMS).as_deref(), Some("romeo@montague.lit/orchard"));
    }
}
