//! Discovery: XEP-0030, and XEP-0115 which names its answers by a hash.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha1::{Digest as _, Sha1};

use crate::ns;
use crate::xep::presence::Caps;
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

const FEATURES: [&str; 12] = [
    ns::CAPS,
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
];

impl Info {
    /// Ours.
    pub fn ours() -> Self {
        let identity =
            Identity { category: "client".into(), kind: "pc".into(), lang: String::new(), name: "Waxwing".into() };
        Self { identities: vec![identity], features: FEATURES.map(str::to_owned).to_vec(), forms: Vec::new() }
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

    /// The verification string (XEP-0115 §5.1): `None` where the answer holds what must not be hashed (§5.4: anything
    /// twice, or a separator that could make two answers look alike).
    pub fn caps_hash(&self) -> Option<String> {
        let mut text = String::new();
        let mut identities: Vec<_> =
            self.identities.iter().map(|i| format!("{}/{}/{}/{}", i.category, i.kind, i.lang, i.name)).collect();
        let mut features = self.features.clone();
        let mut forms = self.forms.clone();
        identities.sort();
        features.sort();
        forms.sort();
        let doubled = |list: &[String]| list.windows(2).any(|pair| pair[0] == pair[1]);
        if doubled(&identities) || doubled(&features) || forms.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return None;
        }
        let fields = forms.iter().flat_map(|(_, fields)| fields);
        let values = fields.flat_map(|(var, values)| values.iter().chain([var]));
        if identities.iter().chain(&features).chain(values).any(|part| part.contains('<')) {
            return None;
        }
        let mut push = |part: &str| {
            text.push_str(part);
            text.push('<');
        };
        identities.iter().chain(&features).for_each(|part| push(part));
        for (form_type, fields) in &mut forms {
            push(form_type);
            fields.sort();
            for (var, values) in fields {
                push(var);
                values.sort();
                values.iter().for_each(|value| push(value));
            }
        }
        Some(BASE64.encode(Sha1::digest(text.as_bytes())))
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

/// Our own caps, for presence.
pub fn our_caps() -> Caps {
    Caps { node: NODE.into(), ver: Info::ours().caps_hash().unwrap_or_default(), hash: "sha-1".into() }
}

/// Asks what an entity is and can.
pub fn get_info(node: Option<&str>) -> El {
    el("query", ns::DISCO_INFO).attr_opt("node", node)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(category: &str, kind: &str, lang: &str, name: &str) -> Identity {
        Identity { category: category.into(), kind: kind.into(), lang: lang.into(), name: name.into() }
    }

    // XEP-0115 §5.2.
    #[test]
    fn simple_example() {
        let info = Info {
            identities: vec![identity("client", "pc", "", "Exodus 0.9.1")],
            features: [
                "http://jabber.org/protocol/disco#info",
                "http://jabber.org/protocol/disco#items",
                "http://jabber.org/protocol/muc",
                "http://jabber.org/protocol/caps",
            ]
            .map(str::to_owned)
            .to_vec(),
            forms: vec![],
        };
        assert_eq!(info.caps_hash().as_deref(), Some("QgayPKawpkPSDYmwT/WM94uAlu0="));
    }

    // XEP-0115 §5.3.
    #[test]
    fn complex_example() {
        let answer: Element = "<iq xmlns='jabber:client'><query xmlns='http://jabber.org/protocol/disco#info'>\
            <identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>\
            <identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>\
            <feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>\
            <feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>\
            <x xmlns='jabber:x:data' type='result'>\
            <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>\
            <field var='ip_version'><value>ipv4</value><value>ipv6</value></field>\
            <field var='os'><value>Mac</value></field><field var='os_version'><value>10.5.1</value></field>\
            <field var='software'><value>Psi</value></field><field var='software_version'><value>0.11</value></field>\
            </x></query></iq>"
            .parse()
            .unwrap();
        assert_eq!(Info::read(&answer).unwrap().caps_hash().as_deref(), Some("q07IKJEyjvHSyhy//CH0CxmKi8w="));
    }

    #[test]
    fn answers_that_could_pose_as_others_have_no_hash() {
        let mut info = Info::ours();
        assert!(info.caps_hash().is_some());
        info.features.push("a<b".into());
        assert_eq!(info.caps_hash(), None);
        let mut info = Info::ours();
        info.features.push(ns::PING.into());
        assert_eq!(info.caps_hash(), None);
    }
}
