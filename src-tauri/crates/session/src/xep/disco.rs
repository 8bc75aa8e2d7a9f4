//! Discovery (XEP-0030). Its answers are named by a hash in [`crate::xep::caps`].

use crate::ns;
use crate::xml::{El, Element, Reading as _, el};

/// XEP-0030 §3.1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    pub category: String,
    pub kind: String,
    pub lang: String,
    pub name: String,
}

/// `FORM_TYPE`, then each field with its values.
pub type Form = (String, Vec<(String, Vec<String>)>);

/// What an entity is and can.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Info {
    pub identities: Vec<Identity>,
    pub features: Vec<String>,
    /// Extension forms (XEP-0128).
    pub forms: Vec<Form>,
}

/// What we answer; the node names us in caps.
pub const NODE: &str = "https://waxwing.invalid/caps";

const FEATURES: [&str; 14] = [
    ns::CAPS,
    ns::CAPS2,
    ns::CHAT_STATES,
    ns::DISCO_INFO,
    ns::DISCO_ITEMS,
    ns::PING,
    ns::RECEIPTS,
    ns::MARKERS,
    ns::SID,
    ns::TIME,
    ns::VERSION,
    "http://jabber.org/protocol/nick",
    "urn:xmpp:avatar:metadata+notify",
    "urn:xmpp:mds:displayed:0+notify",
];

/// Calls (interop of what clients look for: XEP-0166, 0167, 0176, 0320, 0353, 0293, 0294, 0338, 0339, 0507).
const CALLS: [&str; 12] = [
    ns::JINGLE,
    ns::CALL_MESSAGE,
    "urn:xmpp:jingle:apps:rtp:1",
    "urn:xmpp:jingle:apps:rtp:audio",
    "urn:xmpp:jingle:apps:rtp:video",
    "urn:xmpp:jingle:apps:category:0",
    "urn:xmpp:jingle:apps:rtp:rtcp-fb:0",
    "urn:xmpp:jingle:apps:rtp:rtp-hdrext:0",
    "urn:xmpp:jingle:apps:dtls:0",
    "urn:xmpp:jingle:transports:ice-udp:1",
    "urn:ietf:rfc:5576",
    "urn:ietf:rfc:5888",
];

/// Files, however they come (XEP-0234, 0260, 0261, 0065, 0066, 0231, 0264, 0300, 0385, 0446, 0447, 0343).
const FILES: [&str; 15] = [
    ns::JINGLE_FILE,
    "urn:xmpp:jingle:transports:webrtc-datachannel:1",
    "urn:xmpp:jingle:transports:dtls-sctp:1",
    "urn:xmpp:jingle:transports:s5b:1",
    "urn:xmpp:jingle:transports:ibb:1",
    "http://jabber.org/protocol/bytestreams",
    "http://jabber.org/protocol/ibb",
    "urn:xmpp:hashes:2",
    "urn:xmpp:hash-function-text-names:sha-256",
    ns::OOB,
    ns::BOB,
    ns::SFS,
    ns::FILE_METADATA,
    ns::THUMBNAILS,
    ns::SIMS,
];

impl Info {
    /// Ours.
    pub fn ours() -> Self {
        let identity =
            Identity { category: "client".into(), kind: "pc".into(), lang: String::new(), name: "Waxwing".into() };
        Self {
            identities: vec![identity],
            features: FEATURES.iter().chain(&CALLS).chain(&FILES).map(|feature| (*feature).to_owned()).collect(),
            forms: Vec::new(),
        }
    }

    /// Reads a `disco#info` answer.
    pub fn read(iq: &Element) -> Option<Self> {
        let query = iq.get_child("query", ns::DISCO_INFO)?;
        let attr = |e: &Element, name: &str| e.get(name).unwrap_or_default().to_owned();
        let mut info = Self::default();
        for child in query.children() {
            match child.name() {
                "identity" => info.identities.push(Identity {
                    category: attr(child, "category"),
                    kind: attr(child, "type"),
                    lang: child.attr_ns("http://www.w3.org/XML/1998/namespace", "lang").unwrap_or_default().to_owned(),
                    name: attr(child, "name"),
                }),
                "feature" => info.features.push(attr(child, "var")),
                "x" if child.has_ns(ns::DATA_FORMS) => info.forms.extend(form(child)),
                _ => {}
            }
        }
        Some(info)
    }

    /// Whether a feature is offered.
    pub fn has(&self, feature: &str) -> bool {
        self.features.iter().any(|f| f == feature)
    }

    /// Writes the answer to a query about `node`.
    pub fn write(&self, node: Option<&str>) -> El {
        let identities = self.identities.iter().map(|i| {
            el("identity", ns::DISCO_INFO).attr("category", &i.category).attr("type", &i.kind).attr("name", &i.name)
        });
        let features = self.features.iter().map(|var| el("feature", ns::DISCO_INFO).attr("var", var));
        el("query", ns::DISCO_INFO).attr_opt("node", node).children(identities).children(features)
    }
}

fn form(form: &Element) -> Option<Form> {
    let mut fields: Vec<(String, Vec<String>)> = form
        .children()
        .filter(|c| c.name() == "field")
        .map(|field| {
            let values = field.children().filter(|c| c.name() == "value").map(Element::text).collect();
            (field.get("var").unwrap_or_default().to_owned(), values)
        })
        .collect();
    let form_type = fields.iter().position(|(var, _)| var == "FORM_TYPE").map(|at| fields.remove(at))?;
    Some((form_type.1.into_iter().next()?, fields))
}

/// Asks what an entity is and can.
pub fn get_info(node: Option<&str>) -> El {
    el("query", ns::DISCO_INFO).attr_opt("node", node)
}
