//! Registering at services, and with one's own server (XEP-0077), over a session.

use crate::ns;
use crate::xml::{El, Element, Reading as _, el};

/// The fields of old (§13.4.1), in the order they are shown in.
pub const LEGACY: [&str; 17] = [
    "username", "nick", "password", "name", "first", "last", "email", "address", "city", "state", "zip", "phone",
    "url", "date", "misc", "text", "key",
];

/// What is asked of who registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// One is already.
    pub registered: bool,
    pub asked: Asked,
    /// Another place to do it at (§5), `https` alone.
    pub link: Option<(String, Option<String>)>,
}

/// A form counts before fields, and these before an address elsewhere (§4, §6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    Form(Element),
    Legacy {
        instructions: String,
        /// Each with what it holds now.
        fields: Vec<(&'static str, String)>,
    },
    /// See [`Registration::link`].
    Nothing,
}

/// Asks what is to be filled in.
pub fn get() -> El {
    el("query", ns::REGISTER)
}

/// Registers with a form.
pub fn submit(form: El) -> El {
    el("query", ns::REGISTER).child(form)
}

/// Registers with the fields of old.
pub fn submit_legacy(fields: &[(String, String)]) -> El {
    el("query", ns::REGISTER).children(fields.iter().map(|(name, value)| el(name, ns::REGISTER).text(value)))
}

/// Ends it (§3.2).
pub fn remove() -> El {
    el("query", ns::REGISTER).child(el("remove", ns::REGISTER))
}

impl Registration {
    /// `None` where nobody can register.
    pub fn read(iq: &Element) -> Option<Self> {
        let query = iq.get_child("query", ns::REGISTER)?;
        let is_there = |name: &str| query.get_child(name, ns::REGISTER).is_some();
        let text = |name: &str| query.child_text(name, ns::REGISTER).unwrap_or_default();
        let fields: Vec<_> = LEGACY.into_iter().filter(|name| is_there(name)).map(|name| (name, text(name))).collect();
        let asked = match query.get_child("x", ns::DATA_FORMS) {
            Some(form) => Asked::Form(form.clone()),
            None if fields.is_empty() => Asked::Nothing,
            None => Asked::Legacy { instructions: text("instructions"), fields },
        };
        let link = query.children().find_map(crate::xep::adhoc::link);
        let registered = is_there("registered");
        let something = registered || link.is_some() || asked != Asked::Nothing;
        something.then_some(Self { registered, asked, link })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inner: &str) -> Option<Registration> {
        let query = format!("<query xmlns='jabber:iq:register'>{inner}</query>");
        Registration::read(&format!("<iq xmlns='jabber:client' type='result'>{query}</iq>").parse().unwrap())
    }

    const FORM: &str = "<x xmlns='jabber:x:data' type='form'/>";
    const FIELDS: &str = "<instructions>All</instructions><username>mira</username><password/>";
    const LINK: &str = "<x xmlns='jabber:x:oob'><url>https://x.test/join</url></x>";

    /// §6: all seven combinations.
    #[test]
    fn a_form_counts_before_fields_and_these_before_an_address() {
        for inner in
            [FORM.to_owned(), format!("{FIELDS}{FORM}"), format!("{FORM}{LINK}"), format!("{FIELDS}{FORM}{LINK}")]
        {
            assert!(matches!(read(&inner).unwrap().asked, Asked::Form(_)), "{inner}");
        }
        for inner in [FIELDS.to_owned(), format!("{FIELDS}{LINK}")] {
            let Asked::Legacy { instructions, fields } = read(&inner).unwrap().asked else { panic!("{inner}") };
            let expected = vec![("username", "mira".to_owned()), ("password", String::new())];
            assert_eq!((instructions.as_str(), fields), ("All", expected));
        }
        let only = read(LINK).unwrap();
        assert_eq!((only.asked, only.link), (Asked::Nothing, Some(("https://x.test/join".to_owned(), None))));
        assert_eq!(read(""), None);
    }

    #[test]
    fn who_is_registered_is_told() {
        assert!(read("<registered/>").unwrap().registered && !read(FIELDS).unwrap().registered);
    }
}
