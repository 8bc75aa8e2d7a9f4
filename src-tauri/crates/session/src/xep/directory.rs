//! Directories that are searched (XEP-0055).

use crate::ns;
use crate::xml::{El, Element, Reading as _, el};

/// The namespace, which is the feature and the form's type too.
pub const SEARCH: &str = "jabber:iq:search";

/// The four fields of old (§4), in the order they are shown in.
pub const LEGACY: [&str; 4] = ["nick", "first", "last", "email"];
/// People of an answer that are looked at.
const MOST: usize = 10_000;

/// What a directory asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The form counts, whatever stands beside it (§3.2).
    Form(Element),
    Legacy {
        instructions: String,
        fields: Vec<&'static str>,
    },
}

/// What a directory found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Form(Element),
    /// Each with its address, and then the fields of old.
    Legacy(Vec<[String; 5]>),
}

/// Asks what can be searched for.
pub fn get() -> El {
    el("query", SEARCH)
}

/// Searches with a form.
pub fn search(form: El) -> El {
    el("query", SEARCH).child(form)
}

/// Searches with the fields of old; what is empty is left out.
pub fn search_legacy(fields: &[(String, String)]) -> El {
    let filled = fields.iter().filter(|(_, value)| !value.trim().is_empty());
    el("query", SEARCH).children(filled.map(|(name, value)| el(name, SEARCH).text(value)))
}

impl Asked {
    /// `None` where it cannot be searched.
    pub fn read(iq: &Element) -> Option<Self> {
        let query = iq.get_child("query", SEARCH)?;
        if let Some(form) = query.get_child("x", ns::DATA_FORMS) {
            return Some(Self::Form(form.clone()));
        }
        let fields: Vec<_> = LEGACY.into_iter().filter(|name| query.get_child(*name, SEARCH).is_some()).collect();
        let instructions = query.child_text("instructions", SEARCH).unwrap_or_default();
        (!fields.is_empty()).then_some(Self::Legacy { instructions, fields })
    }
}

impl Found {
    /// An answer without anything is one that found nothing (§2.2).
    pub fn read(iq: &Element) -> Self {
        let Some(query) = iq.get_child("query", SEARCH) else { return Self::Legacy(Vec::new()) };
        if let Some(form) = query.get_child("x", ns::DATA_FORMS) {
            return Self::Form(form.clone());
        }
        let items = query.children().filter(|item| item.is("item", SEARCH)).take(MOST);
        Self::Legacy(items.filter_map(person).collect())
    }
}

fn person(item: &Element) -> Option<[String; 5]> {
    let text = |name: &str| item.child_text(name, SEARCH).unwrap_or_default();
    let [nick, first, last, email] = LEGACY.map(text);
    Some([item.get("jid")?.to_owned(), nick, first, last, email])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iq(inner: &str) -> Element {
        format!("<iq xmlns='jabber:client' type='result'><query xmlns='{SEARCH}'>{inner}</query></iq>").parse().unwrap()
    }

    #[test]
    fn a_form_counts_before_the_fields_of_old() {
        let both = iq("<first/><x xmlns='jabber:x:data' type='form'/>");
        assert!(matches!(Asked::read(&both), Some(Asked::Form(_))));
        let old = iq("<instructions>Fill in</instructions><last/><nick/><key/>");
        let Some(Asked::Legacy { instructions, fields }) = Asked::read(&old) else { panic!("no fields") };
        assert_eq!((instructions.as_str(), fields), ("Fill in", vec!["nick", "last"]));
        assert_eq!(Asked::read(&iq("")), None);
    }

    #[test]
    fn people_are_found_or_nobody() {
        let found = Found::read(&iq("<item jid='a@x.test'><last>B</last><first>A</first></item><item/>"));
        let person = ["a@x.test", "", "A", "B", ""].map(str::to_owned);
        assert_eq!(found, Found::Legacy(vec![person]));
        assert_eq!(Found::read(&iq("")), Found::Legacy(Vec::new()));
        let nothing = "<iq xmlns='jabber:client' type='result'/>".parse().unwrap();
        assert_eq!(Found::read(&nothing), Found::Legacy(Vec::new()));
    }

    #[test]
    fn what_is_empty_is_not_searched_for() {
        let query: Element =
            search_legacy(&[("nick", " "), ("last", "Capulet")].map(|(name, value)| (name.into(), value.into())))
                .into();
        assert_eq!(query.children().map(Element::name).collect::<Vec<_>>(), ["last"]);
    }
}
