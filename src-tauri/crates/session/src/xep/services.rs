//! What a server has beside messages: where its services are, and the archive's preferences (XEP-0441).

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
    fn reads_what_servers_answer() {
        let items = iq("<query xmlns='http://jabber.org/protocol/disco#items'><item jid='up.x.test'/>\
            <item jid='x.test' node='n'/><item/></query>");
        assert_eq!(read_items(&items), ["up.x.test"]);
        assert_eq!(keeps_nothing(&iq("<prefs xmlns='urn:xmpp:mam:2' default='never'/>")), Some(true));
        assert_eq!(keeps_nothing(&iq("<prefs xmlns='urn:xmpp:mam:2' default='roster'/>")), Some(false));
        assert_eq!(keeps_nothing(&iq("")), None);
    }
}
