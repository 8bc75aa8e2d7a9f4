//! What a server has beside messages: where its services are, and the archive's preferences (XEP-0441).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::ns;
use crate::xml::{El, Element, Reading as _, el};

/// Most entries of an answer that are looked at.
const MOST: usize = 32;

/// Asks for the addresses a server has services at (XEP-0030 §4).
pub fn items() -> El {
    el("query", ns::DISCO_ITEMS)
}

/// Those addresses.
pub fn read_items(iq: &Element) -> Vec<String> {
    let query = iq.get_child("query", ns::DISCO_ITEMS);
    let items = query.into_iter().flat_map(Element::children).filter(|item| item.is("item", ns::DISCO_ITEMS));
    items
        .filter(|item| item.get("node").is_none())
        .filter_map(|item| item.get("jid"))
        .take(MOST)
        .map(str::to_owned)
        .collect()
}

/// Entries of a page that are asked for, and most that are looked at where a service knows no pages.
const PAGE: usize = 100;
const ALL: usize = 10_000;

/// One of what is at an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub jid: String,
    pub node: Option<String>,
    pub name: Option<String>,
}

/// What is at an entity, or a page of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Items {
    pub items: Vec<Item>,
    /// Where the next page begins (XEP-0059 §2.1); `None` at the end.
    pub after: Option<String>,
    pub count: Option<u32>,
    /// There were more than are looked at.
    pub cut: bool,
}

/// Asks for a page of what is at an entity (XEP-0030 §4.6): services that know no pages answer with all.
pub fn page_of_items(node: Option<&str>, after: Option<&str>) -> El {
    let after = after.map(|after| el("after", ns::RSM).text(after));
    let set = el("set", ns::RSM).child(el("max", ns::RSM).text(PAGE.to_string())).children(after);
    el("query", ns::DISCO_ITEMS).attr_opt("node", node).child(set)
}

impl Items {
    pub fn read(iq: &Element) -> Self {
        let Some(query) = iq.get_child("query", ns::DISCO_ITEMS) else { return Self::default() };
        let mut listed = query.children().filter(|item| item.is("item", ns::DISCO_ITEMS));
        let text = |item: &Element, name: &str| item.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
        let item =
            |item: &Element| Some(Item { jid: text(item, "jid")?, node: text(item, "node"), name: text(item, "name") });
        let mut items: Vec<Item> = Vec::new();
        let mut places = HashMap::new();
        for found in listed.by_ref().take(ALL).filter_map(item) {
            match places.entry((found.jid.clone(), found.node.clone())) {
                Entry::Vacant(place) => {
                    place.insert(items.len());
                    items.push(found);
                }
                // Servers list what they have, and then what they are told to list: the name counts.
                Entry::Occupied(place) => {
                    if let Some(before) = items.get_mut(*place.get()) {
                        before.name = before.name.take().or(found.name);
                    }
                }
            }
        }
        let cut = listed.next().is_some();
        let set = query.get_child("set", ns::RSM);
        let last = set.and_then(|set| set.child_text("last", ns::RSM));
        let count = set.and_then(|set| set.child_text("count", ns::RSM)).and_then(|count| count.parse().ok());
        // An empty page is the end; so is one that brings us to the last of all.
        let done = items.is_empty() || count == Some(u32::try_from(items.len()).unwrap_or(u32::MAX));
        Self { items, after: last.filter(|_| !done), count, cut }
    }
}

/// Asks what the archive keeps.
pub fn archive_preferences() -> El {
    el("prefs", ns::MAM)
}

/// Whether the person switched the archive off; `None` where the answer does not tell.
pub fn keeps_nothing(iq: &Element) -> Option<bool> {
    let default = iq.get_child("prefs", ns::MAM)?.get("default")?.to_owned();
    Some(default == "never")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iq(payload: &str) -> Element {
        format!("<iq xmlns='jabber:client' type='result'>{payload}</iq>").parse().unwrap()
    }

    #[test]
    fn items_come_in_pages_or_all_at_once() {
        const ITEMS: &str = "http://jabber.org/protocol/disco#items";
        let item = "<item jid='a.test' node='n' name='A'/><item/>";
        let set = |inner: &str| format!("<set xmlns='http://jabber.org/protocol/rsm'>{inner}</set>");
        let read = |inner: &str| Items::read(&iq(&format!("<query xmlns='{ITEMS}'>{inner}</query>")));
        let all = read(item);
        assert_eq!((all.items.len(), all.after, all.items[0].name.as_deref()), (1, None, Some("A")));
        let page = read(&format!("{item}{}", set("<last>z</last><count>7</count>")));
        assert_eq!((page.after.as_deref(), page.count), (Some("z"), Some(7)));
        assert_eq!(read(&set("<last>z</last>")).after, None);
        assert_eq!(read(&format!("{item}{}", set("<last>z</last><count>1</count>"))).after, None);
        let many = read(&(0..=ALL).map(|at| format!("<item jid='a{at}'/>")).collect::<String>());
        assert!(many.cut && many.items.len() == ALL);
        let twice = read("<item jid='a'/><item jid='b' name='B'/><item jid='a' name='A'/><item jid='b' name='C'/>");
        assert_eq!(twice.items.iter().map(|item| item.name.as_deref()).collect::<Vec<_>>(), [Some("A"), Some("B")]);
    }

    #[test]
    fn reads_what_servers_answer() {
        let items = iq("<query xmlns='http://jabber.org/protocol/disco#items'><item jid='up.x.test'/>\
            <item jid='x.test' node='n'/><item/></query>");
        assert_eq!(read_items(&items), ["up.x.test"]);
        assert_eq!(keeps_nothing(&iq("<prefs xmlns='urn:xmpp:mam:2' default='never'/>")), Some(true));
        assert_eq!(keeps_nothing(&iq("<prefs xmlns='urn:xmpp:mam:2' default='roster'/>")), Some(false));
        assert_eq!(keeps_nothing(&iq("")), None);
    }
}
