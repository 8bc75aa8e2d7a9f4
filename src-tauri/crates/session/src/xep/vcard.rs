//! vCards: XEP-0054.

use crate::ns;
use crate::xml::{El, Element, Reading as _, el};

/// What is shown of a vCard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VCard {
    pub full_name: Option<String>,
    pub nickname: Option<String>,
    pub email: Option<String>,
    pub organisation: Option<String>,
    pub birthday: Option<String>,
    pub url: Option<String>,
    pub note: Option<String>,
    /// Base64 of the picture.
    pub photo: Option<String>,
}

/// Asks for a vCard.
pub fn get() -> El {
    el("vCard", ns::VCARD)
}

impl VCard {
    /// Reads an answer; an empty one is a vCard without anything.
    pub fn read(iq: &Element) -> Self {
        let Some(card) = iq.get_child("vCard", ns::VCARD) else { return Self::default() };
        let text = |name| card.child_text(name, ns::VCARD);
        let nested = |outer, inner| card.get_child(outer, ns::VCARD).and_then(|c| c.child_text(inner, ns::VCARD));
        Self {
            full_name: text("FN"),
            nickname: text("NICKNAME"),
            email: nested("EMAIL", "USERID"),
            organisation: nested("ORG", "ORGNAME"),
            birthday: text("BDAY"),
            url: text("URL"),
            note: text("DESC"),
            photo: nested("PHOTO", "BINVAL"),
        }
    }
}
