//! Entity capabilities: a hash in the presence names what its sender can, so that it is asked once. XEP-0115 with SHA-1,
//! and XEP-0390, whose input cannot be made to look like another's, with SHA-256.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use crate::ns;
use crate::xep::disco::{Info, NODE};
use crate::xml::{El, Element, Reading as _, el};

/// A name for what an entity can.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caps {
    /// Of the software (XEP-0115); empty with XEP-0390.
    pub node: String,
    /// The hash, in base64.
    pub ver: String,
    /// `sha-1` and the like (XEP-0115), or [`SHA256`].
    pub hash: String,
}

/// XEP-0390 §4.4: with SHA-256, as a node begins.
pub const SHA256: &str = "urn:xmpp:caps#sha-256";

impl Caps {
    /// What a presence shows: XEP-0390's where there is one that we know.
    pub fn read(presence: &Element) -> Option<Self> {
        let hashes = presence.get_child("c", ns::CAPS2).into_iter().flat_map(Element::children);
        let sha256 = hashes.filter(|h| h.is("hash", ns::HASHES)).find(|h| h.get("algo") == Some("sha-256"));
        if let Some(ver) = sha256.map(Element::text).filter(|ver| !ver.trim().is_empty()) {
            return Some(Self { node: String::new(), ver: ver.trim().to_owned(), hash: SHA256.into() });
        }
        let c = presence.get_child("c", ns::CAPS)?;
        let attr = |name| c.get(name).map(str::to_owned);
        Some(Self { node: attr("node")?, ver: attr("ver")?, hash: attr("hash")? })
    }

    /// We can tell whether an answer is the one that was named.
    pub fn is_known(&self) -> bool {
        matches!(self.hash.as_str(), "sha-1" | SHA256)
    }

    /// The node an entity is asked about (XEP-0030) to learn what this stands for.
    pub fn to_ask(&self) -> String {
        if self.hash == SHA256 { format!("{SHA256}.{}", self.ver) } else { format!("{}#{}", self.node, self.ver) }
    }

    /// This stands for that answer and no other.
    pub fn vouches_for(&self, info: &Info) -> bool {
        match self.hash.as_str() {
            "sha-1" => info.sha1().as_deref() == Some(&self.ver),
            SHA256 => info.sha256() == self.ver,
            _ => false,
        }
    }

    fn write(&self) -> El {
        if self.hash == SHA256 {
            return el("c", ns::CAPS2).child(el("hash", ns::HASHES).attr("algo", "sha-256").text(&self.ver));
        }
        el("c", ns::CAPS).attr("hash", &self.hash).attr("node", &self.node).attr("ver", &self.ver)
    }
}

/// Both names of what we can.
pub fn ours() -> [Caps; 2] {
    let info = Info::ours();
    [
        Caps { node: NODE.into(), ver: info.sha1().unwrap_or_default(), hash: "sha-1".into() },
        Caps { node: String::new(), ver: info.sha256(), hash: SHA256.into() },
    ]
}

/// For our presence.
pub fn write_ours() -> [El; 2] {
    ours().map(|caps| caps.write())
}

impl Info {
    /// The verification string (XEP-0115 §5.1): `None` where the answer holds what must not be hashed (§5.4: anything
    /// twice, or a separator that could make two answers look alike).
    fn sha1(&self) -> Option<String> {
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

    /// XEP-0390 §4.2: each list sorted by its octets, each part ended by a character XML cannot carry.
    fn sha256(&self) -> String {
        let features = self.features.iter().map(|var| format!("{var}\x1f"));
        let identities =
            self.identities.iter().map(|i| format!("{}\x1f{}\x1f{}\x1f{}\x1f\x1e", i.category, i.kind, i.lang, i.name));
        let field = |var: &str, values: &[String]| {
            format!("{var}\x1f{}\x1e", sorted(values.iter().map(|value| format!("{value}\x1f"))))
        };
        let forms = self.forms.iter().map(|(form_type, fields)| {
            let first = field("FORM_TYPE", std::slice::from_ref(form_type));
            let fields = fields.iter().map(|(var, values)| field(var, values)).chain([first]);
            format!("{}\x1d", sorted(fields))
        });
        let input = format!("{}\x1c{}\x1c{}\x1c", sorted(features), sorted(identities), sorted(forms));
        BASE64.encode(Sha256::digest(input.as_bytes()))
    }
}

fn sorted(parts: impl Iterator<Item = String>) -> String {
    let mut parts: Vec<_> = parts.collect();
    parts.sort_unstable();
    parts.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xep::disco::Identity;

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
        assert_eq!(info.sha1().as_deref(), Some("QgayPKawpkPSDYmwT/WM94uAlu0="));
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
        assert_eq!(Info::read(&answer).unwrap().sha1().as_deref(), Some("q07IKJEyjvHSyhy//CH0CxmKi8w="));
    }

    #[test]
    fn answers_that_could_pose_as_others_have_no_hash() {
        let mut info = Info::ours();
        assert!(info.sha1().is_some());
        info.features.push("a<b".into());
        assert_eq!(info.sha1(), None);
        let mut info = Info::ours();
        info.features.push(ns::PING.into());
        assert_eq!(info.sha1(), None);
    }

    fn read(query: &str) -> Info {
        Info::read(&format!("<iq xmlns='jabber:client'>{query}</iq>").parse().unwrap()).unwrap()
    }

    // XEP-0390 §7.1 and §7.2.
    #[test]
    fn examples_of_the_second_version() {
        let simple = "<query xmlns='http://jabber.org/protocol/disco#info'>\
            <identity category='client' name='BombusMod' type='mobile'/>\
            <feature var='http://jabber.org/protocol/si'/>\
            <feature var='http://jabber.org/protocol/bytestreams'/>\
            <feature var='http://jabber.org/protocol/chatstates'/>\
            <feature var='http://jabber.org/protocol/disco#info'/>\
            <feature var='http://jabber.org/protocol/disco#items'/><feature var='urn:xmpp:ping'/>\
            <feature var='jabber:iq:time'/><feature var='jabber:iq:privacy'/>\
            <feature var='jabber:iq:version'/><feature var='http://jabber.org/protocol/rosterx'/>\
            <feature var='urn:xmpp:time'/><feature var='jabber:x:oob'/>\
            <feature var='http://jabber.org/protocol/ibb'/>\
            <feature var='http://jabber.org/protocol/si/profile/file-transfer'/>\
            <feature var='urn:xmpp:receipts'/><feature var='jabber:iq:roster'/>\
            <feature var='jabber:iq:last'/></query>";
        assert_eq!(read(simple).sha256(), "kzBZbkqJ3ADrj7v08reD1qcWUwNGHaidNUgD7nHpiw8=");
        let complex = "<query xmlns='http://jabber.org/protocol/disco#info'>\
            <identity category='client' name='Tkabber' type='pc' xml:lang='en'/>\
            <identity category='client' name='Ткаббер' type='pc' xml:lang='ru'/>\
            <feature var='games:board'/><feature var='http://jabber.org/protocol/activity'/>\
            <feature var='http://jabber.org/protocol/activity+notify'/>\
            <feature var='http://jabber.org/protocol/bytestreams'/>\
            <feature var='http://jabber.org/protocol/chatstates'/>\
            <feature var='http://jabber.org/protocol/commands'/>\
            <feature var='http://jabber.org/protocol/disco#info'/>\
            <feature var='http://jabber.org/protocol/disco#items'/>\
            <feature var='http://jabber.org/protocol/evil'/>\
            <feature var='http://jabber.org/protocol/feature-neg'/>\
            <feature var='http://jabber.org/protocol/geoloc'/>\
            <feature var='http://jabber.org/protocol/geoloc+notify'/>\
            <feature var='http://jabber.org/protocol/ibb'/>\
            <feature var='http://jabber.org/protocol/iqibb'/>\
            <feature var='http://jabber.org/protocol/mood'/>\
            <feature var='http://jabber.org/protocol/mood+notify'/>\
            <feature var='http://jabber.org/protocol/rosterx'/>\
            <feature var='http://jabber.org/protocol/si'/>\
            <feature var='http://jabber.org/protocol/si/profile/file-transfer'/>\
            <feature var='http://jabber.org/protocol/tune'/>\
            <feature var='http://www.facebook.com/xmpp/messages'/>\
            <feature var='http://www.xmpp.org/extensions/xep-0084.html#ns-metadata+notify'/>\
            <feature var='jabber:iq:avatar'/><feature var='jabber:iq:browse'/>\
            <feature var='jabber:iq:dtcp'/><feature var='jabber:iq:filexfer'/>\
            <feature var='jabber:iq:ibb'/><feature var='jabber:iq:inband'/>\
            <feature var='jabber:iq:jidlink'/><feature var='jabber:iq:last'/>\
            <feature var='jabber:iq:oob'/><feature var='jabber:iq:privacy'/>\
            <feature var='jabber:iq:roster'/><feature var='jabber:iq:time'/>\
            <feature var='jabber:iq:version'/><feature var='jabber:x:data'/>\
            <feature var='jabber:x:event'/><feature var='jabber:x:oob'/>\
            <feature var='urn:xmpp:avatar:metadata+notify'/><feature var='urn:xmpp:ping'/>\
            <feature var='urn:xmpp:receipts'/><feature var='urn:xmpp:time'/>\
            <x xmlns='jabber:x:data' type='result'><field type='hidden' var='FORM_TYPE'><value>\
            urn:xmpp:dataforms:softwareinfo</value></field><field var='software'><value>\
            Tkabber</value></field><field var='software_version'><value>\
            0.11.1-svn-20111216-mod (Tcl/Tk 8.6b2)</value></field><field var='os'><value>\
            Windows</value></field><field var='os_version'><value>XP</value></field></x></query>";
        assert_eq!(read(complex).sha256(), "u79ZroNJbdSWhdSp311mddz44oHHPsEBntQ5b1jqBSY=");
    }

    #[test]
    fn a_presence_shows_both_and_the_better_one_counts() {
        let [old, new] = ours();
        let presence = write_ours().into_iter().fold(el("presence", ns::CLIENT), El::child).into();
        assert_eq!(Caps::read(&presence), Some(new.clone()));
        assert_eq!(Caps::read(&el("presence", ns::CLIENT).child(old.write()).into()), Some(old.clone()));
        for caps in [old, new] {
            assert!(caps.is_known() && caps.vouches_for(&Info::ours()) && !caps.vouches_for(&Info::default()));
        }
    }
}
