//! What is sent is encrypted once more, whatever way it goes (XEP-0391). Here is only the place for it: the envelope is
//! opened and made where the keys are.

use waxwing_xml::{El, Element, Reading as _, el};

use crate::ns;
use crate::token::line;

/// Bytes that are added to what is sent: the tag of AES-GCM.
pub const TAG: u64 = 16;

/// `<security/>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Security {
    /// The content's; Dino does not write it, Conversations ignores what is without it.
    pub name: Option<String>,
    /// By its URI; with or without `:0` at the end (interop).
    pub cipher: String,
    /// The namespace of what the envelope is made with.
    pub kind: String,
    /// Key and initialization vector, for those only who can open it.
    pub envelope: Option<Element>,
}

impl Security {
    /// What is not said is empty: it is of no use then.
    pub fn read(element: &Element) -> Self {
        let attr = |name: &str| element.get(name).and_then(|text| line(text, 256)).map(str::to_owned);
        Self {
            name: attr("name"),
            cipher: attr("cipher").unwrap_or_default(),
            kind: attr("type").unwrap_or_default(),
            envelope: element.children().next().cloned(),
        }
    }

    pub fn write(&self) -> El {
        el("security", ns::JET)
            .attr_opt("name", self.name.as_ref())
            .attr("cipher", &self.cipher)
            .attr("type", &self.kind)
            .children(self.envelope.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Dino writes it: without a name.
    #[test]
    fn it_goes_there_and_back() {
        let xml = "<security xmlns='urn:xmpp:jingle:jet:0' cipher='urn:xmpp:ciphers:aes-128-gcm-nopadding' \
             type='eu.siacs.conversations.axolotl'><encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/>\
             </encrypted></security>";
        let security = Security::read(&xml.parse().unwrap());
        assert_eq!((&security.name, security.kind.as_str()), (&None, "eu.siacs.conversations.axolotl"));
        assert!(security.envelope.is_some());
        assert_eq!(Security::read(&security.write().into()), security);
        let bare = Security::read(&"<security xmlns='urn:xmpp:jingle:jet:0'/>".parse().unwrap());
        assert_eq!((bare.cipher.as_str(), bare.envelope), ("", None));
    }
}
