//! What a server has beside messages: upload (XEP-0363), and the archive's preferences (XEP-0441).

use crate::ns;
use crate::xep::disco::Info;
use crate::xml::{El, Element, Reading as _, el};

/// Most entries of an answer that are looked at.
const MOST: usize = 32;

/// Asks for a place to upload a file of so many bytes.
pub fn slot(name: &str, size: u64) -> El {
    el("request", ns::HTTP_UPLOAD)
        .attr("filename", name)
        .attr("size", size.to_string())
        .attr("content-type", "text/plain")
}

/// Whether an answer names a place to put a file, encrypted on the way.
pub fn is_slot(iq: &Element) -> bool {
    let put = iq.get_child("slot", ns::HTTP_UPLOAD).and_then(|slot| slot.get_child("put", ns::HTTP_UPLOAD));
    put.and_then(|put| put.get("url")).is_some_and(|url| url.starts_with("https://"))
}

/// Bytes of the largest file, where the service says (XEP-0363 §4); `None` where it is no upload service.
pub fn upload(info: &Info) -> Option<Option<u64>> {
    if !info.has(ns::HTTP_UPLOAD) {
        return None;
    }
    let form = info.forms.iter().find(|(kind, _)| kind == ns::HTTP_UPLOAD);
    let fields = form.map(|(_, fields)| fields.as_slice()).unwrap_or_default();
    let value = fields.iter().find(|(var, _)| var == "max-file-size").and_then(|(_, values)| values.first());
    Some(value.and_then(|value| value.parse().ok()))
}

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
        let info = Info::read(&iq("<query xmlns='http://jabber.org/protocol/disco#info'>\
            <feature var='urn:xmpp:http:upload:0'/><x xmlns='jabber:x:data' type='result'>\
            <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:http:upload:0</value></field>\
            <field var='max-file-size'><value>5242880</value></field></x></query>"));
        assert_eq!(upload(&info.unwrap()), Some(Some(5_242_880)));
        assert_eq!(upload(&Info::default()), None);
        let slot = |url: &str| {
            iq(&format!("<slot xmlns='urn:xmpp:http:upload:0'><put url='{url}'/><get url='{url}'/></slot>"))
        };
        assert!(is_slot(&slot("https://x.test/a")) && !is_slot(&slot("http://x.test/a")) && !is_slot(&iq("")));
        let items = iq("<query xmlns='http://jabber.org/protocol/disco#items'><item jid='up.x.test'/>\
            <item jid='x.test' node='n'/><item/></query>");
        assert_eq!(read_items(&items), ["up.x.test"]);
        assert_eq!(keeps_nothing(&iq("<prefs xmlns='urn:xmpp:mam:2' default='never'/>")), Some(true));
        assert_eq!(keeps_nothing(&iq("<prefs xmlns='urn:xmpp:mam:2' default='roster'/>")), Some(false));
        assert_eq!(keeps_nothing(&iq("")), None);
    }
}
