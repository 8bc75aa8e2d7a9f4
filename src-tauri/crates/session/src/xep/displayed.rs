//! What was displayed on any of the account's devices (XEP-0490): a private PEP node (XEP-0223), an item for each chat.

use xmpp_parsers::jid::BareJid;

use crate::ns;
use crate::xml::{El, Element, Reading as _, el};

/// Everything in a chat up to the message of this id is displayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Displayed {
    pub chat: BareJid,
    /// Given by our own archive (XEP-0359).
    pub stanza_id: String,
}

/// The items of an event of our own account; nothing where it is another's node.
pub fn event(event: &Element, own: &BareJid) -> Vec<Displayed> {
    let items = event.get_child("items", ns::PUBSUB_EVENT).filter(|items| items.get("node") == Some(ns::DISPLAYED));
    read_items(items, own)
}

/// The items of an answer to [`get`].
pub fn read(iq: &Element, own: &BareJid) -> Vec<Displayed> {
    read_items(iq.get_child("pubsub", ns::PUBSUB).and_then(|pubsub| pubsub.get_child("items", ns::PUBSUB)), own)
}

/// Rooms give ids of their own; what names another archive than ours is not about a person.
fn read_items(items: Option<&Element>, own: &BareJid) -> Vec<Displayed> {
    let items = items.into_iter().flat_map(Element::children).filter(|item| item.name() == "item");
    items
        .filter_map(|item| {
            let ids = item.get_child("displayed", ns::DISPLAYED)?.children().filter(|id| id.is("stanza-id", ns::SID));
            let [id] = ids.collect::<Vec<_>>()[..] else { return None };
            let ours = id.get("by").is_some_and(|by| BareJid::new(by).is_ok_and(|by| by == *own));
            let stanza_id = id.get("id").filter(|_| ours)?.to_owned();
            Some(Displayed { chat: BareJid::new(item.get("id")?).ok()?, stanza_id })
        })
        .collect()
}

/// Asks for all of them.
pub fn get() -> El {
    el("pubsub", ns::PUBSUB).child(el("items", ns::PUBSUB).attr("node", ns::DISPLAYED))
}

/// What a marker's message takes along to a server that publishes by itself (§3.4.3), and what is published otherwise.
pub fn element(own: &BareJid, stanza_id: &str) -> El {
    let id = el("stanza-id", ns::SID).attr("by", own.to_string()).attr("id", stanza_id);
    el("displayed", ns::DISPLAYED).child(id)
}

/// Publishes one; nobody else may see it.
pub fn publish(own: &BareJid, displayed: &Displayed) -> El {
    let item = el("item", ns::PUBSUB).attr("id", displayed.chat.to_string()).child(element(own, &displayed.stanza_id));
    let field = |var: &str, value: &str| {
        el("field", ns::DATA_FORMS).attr("var", var).child(el("value", ns::DATA_FORMS).text(value))
    };
    let options = el("x", ns::DATA_FORMS)
        .attr("type", "submit")
        .child(field("FORM_TYPE", ns::PUBLISH_OPTIONS).attr("type", "hidden"))
        .child(field("pubsub#persist_items", "true"))
        .child(field("pubsub#max_items", "max"))
        .child(field("pubsub#send_last_published_item", "never"))
        .child(field("pubsub#access_model", "whitelist"));
    el("pubsub", ns::PUBSUB)
        .child(el("publish", ns::PUBSUB).attr("node", ns::DISPLAYED).child(item))
        .child(el("publish-options", ns::PUBSUB).child(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_chats_of_our_own_archive_and_no_others() {
        let own = BareJid::new("juliet@capulet.lit").unwrap();
        let item = |chat: &str, by: &str, more: &str| {
            format!(
                "<item id='{chat}'><displayed xmlns='urn:xmpp:mds:displayed:0'><stanza-id xmlns='urn:xmpp:sid:0' \
                by='{by}' id='a'/>{more}</displayed></item>"
            )
        };
        let items = item("romeo@montague.lit", "juliet@capulet.lit", "")
            + &item("room@muc.test", "room@muc.test", "")
            + &item(
                "two@x.test",
                "juliet@capulet.lit",
                "<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@capulet.lit' id='b'/>",
            )
            + &item("@", "juliet@capulet.lit", "")
            + "<item id='none@x.test'/>";
        let event: Element = format!(
            "<event xmlns='http://jabber.org/protocol/pubsub#event'>\
            <items node='urn:xmpp:mds:displayed:0'>{items}</items></event>"
        )
        .parse()
        .unwrap();
        let read = super::event(&event, &own);
        assert_eq!(read, [Displayed { chat: BareJid::new("romeo@montague.lit").unwrap(), stanza_id: "a".into() }]);
        let other: Element =
            "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='x'/></event>".parse().unwrap();
        assert!(super::event(&other, &own).is_empty());
    }
}
