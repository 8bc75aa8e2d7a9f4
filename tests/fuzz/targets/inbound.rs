//! Anything a stanza may claim. What is believed was said by who may say it, and what was wrapped was wrapped once.

use waxwing_session::inbound::{Archives, Incoming, Message, Way, read};
use waxwing_session::jid::{BareJid, Jid};
use waxwing_session::ns;
use waxwing_session::xml::{Element, Reading as _};

use super::{element, own};

pub fn run(data: &[u8]) {
    let Some(stanza) = element(data) else { return };
    let room = BareJid::new("room@rooms.example.test").expect("an address");
    let archives =
        Archives::from([("q1".to_owned(), ("iq1".to_owned(), own())), ("q2".to_owned(), ("iq2".to_owned(), room))]);
    match read(&stanza, &own(), &archives) {
        Ok(Incoming::Message(message)) => check(&message, &stanza, &archives),
        Ok(Incoming::Presence(presence)) => assert_eq!(presence.from, sender(&stanza)),
        Ok(Incoming::Request(request)) => {
            assert_eq!((request.from, Some(request.id.as_str())), (address(&stanza, "from"), stanza.get("id")));
            assert_eq!(stanza.get("type"), Some(if request.is_set { "set" } else { "get" }));
        }
        Err(_) => {}
    }
}

fn check(message: &Message, outer: &Element, archives: &Archives) {
    let inner = match &message.way {
        Way::Live => outer,
        Way::CarbonReceived | Way::CarbonSent => {
            assert_eq!(sender(outer), own(), "another's carbon");
            assert!(!matches!(outer.get("type"), Some("groupchat" | "error")));
            let sent = message.way == Way::CarbonSent;
            let ours = if sent { &message.from } else { &message.to };
            assert_eq!(ours.to_bare(), own(), "a carbon of another's message");
            forwarded(outer, if sent { "sent" } else { "received" }, ns::CARBONS)
        }
        Way::Archived { query, id } => {
            assert_eq!(sender(outer), archives[query].1, "another's archive");
            assert_eq!(message.stanza_id.as_ref(), Some(id));
            forwarded(outer, "result", ns::MAM)
        }
    };
    let wrapped = [("result", ns::MAM), ("sent", ns::CARBONS), ("received", ns::CARBONS)];
    assert!(!wrapped.iter().any(|(name, ns)| inner.has_child(*name, *ns)), "wrapped twice");
    assert_eq!(message.from, sender(inner));
    assert_eq!(message.to, address(inner, "to").unwrap_or_else(|| own().into()));
    assert_eq!(message.body, inner.get_child("body", ns::CLIENT).map(Element::text).filter(|body| !body.is_empty()));
    assert!(message.event.is_none() || message.way == Way::Live && message.from.resource().is_none());
    let from_server = |delay: &Element| {
        address(delay, "from").is_some_and(|from| from == own() || from.to_string() == own().domain().as_str())
    };
    let delays = inner.children().filter(|child| child.is("delay", ns::DELAY));
    let told = message.way != Way::Live || delays.into_iter().any(from_server);
    assert!(message.stamp().is_none() || told, "a time from who may not tell");
}

/// The message the first such child of a message forwards.
fn forwarded<'a>(outer: &'a Element, name: &str, ns: &str) -> &'a Element {
    let forwarded = outer.get_child(name, ns).and_then(|wrapper| wrapper.get_child("forwarded", ns::FORWARD));
    forwarded.and_then(|forwarded| forwarded.get_child("message", ns::CLIENT)).expect("it was unwrapped")
}

fn address(element: &Element, name: &str) -> Option<Jid> {
    element.get(name).and_then(|address| Jid::new(address).ok())
}

fn sender(element: &Element) -> Jid {
    address(element, "from").unwrap_or_else(|| own().into())
}
