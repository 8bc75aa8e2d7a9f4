//! Somebody who watches what goes over an account's streams, signing in included. Costs next to nothing where nobody does;
//! secrets are not shown.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::ns;
use crate::xml::{Element, Reading as _, set_attr};

/// An element that went over the stream.
#[derive(Debug, Clone)]
pub struct Seen {
    pub outgoing: bool,
    /// With what opens doors taken out.
    pub element: Element,
    /// How many went by before it that were too many to show.
    pub missed: u32,
}

/// Where whoever watches is found, by every stream of an account.
#[derive(Debug, Clone, Default)]
pub struct Watch(Arc<Mutex<Option<Tap>>>);

impl Watch {
    /// Shows elements to the other end of `to` until that is closed, in place of whoever watched before.
    pub fn show_to(&self, to: mpsc::Sender<Seen>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Tap { to, missed: 0 });
    }

    /// Whether somebody watches.
    pub fn is_on(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|tap| !tap.to.is_closed())
    }

    pub(crate) fn show(&self, outgoing: bool, element: &Element) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take_if(|tap| !tap.show(outgoing, element));
    }
}

/// The way to whoever watches. A stream does not wait for them.
#[derive(Debug)]
struct Tap {
    to: mpsc::Sender<Seen>,
    missed: u32,
}

impl Tap {
    /// Shows an element; false where nobody watches any more.
    fn show(&mut self, outgoing: bool, element: &Element) -> bool {
        match self.to.try_reserve() {
            Ok(place) => {
                let mut element = element.clone();
                redact(&mut element, 0);
                place.send(Seen { outgoing, element, missed: std::mem::take(&mut self.missed) });
                true
            }
            Err(TrySendError::Full(())) => {
                self.missed = self.missed.saturating_add(1);
                true
            }
            Err(TrySendError::Closed(())) => false,
        }
    }
}

/// What takes a secret's place.
pub const REDACTED: &str = "•••";

/// Attributes that are secrets wherever they stand: a relay's password (XEP-0215), tokens (XEP-0484, XEP-0401).
const ATTRIBUTES: [&str; 4] = ["password", "token", "secret", "credentials"];
/// Elements whose text is one.
const ELEMENTS: [&str; 3] = ["password", "token", "secret"];
/// Namespaces in which every text is one: what is said while signing in can be tried against guessed passwords.
const EXCHANGES: [&str; 3] = [ns::SASL, ns::SASL2, ns::SCRAM_UPGRADE];
/// But for these, which only name things.
const NAMES: [&str; 5] = ["mechanism", "authorization-identifier", "software", "device", "task"];
/// Bounds of what is looked at: those of [`crate::limits`], and what we write ourselves is shallow.
const DEEPEST: usize = crate::limits::MAX_DEPTH;

fn redact(element: &mut Element, depth: usize) {
    for name in ATTRIBUTES {
        if element.get(name).is_some() {
            set_attr(element, name, REDACTED);
        }
    }
    let secret_header = element.has_ns(ns::HTTP_UPLOAD) && element.name() == "header";
    // XEP-0004: the field a password is typed into, and answers to it.
    let secret_field = element.is("field", ns::DATA_FORMS)
        && (element.get("type") == Some("text-private")
            || element.get("var").is_some_and(|var| var.to_ascii_lowercase().contains("password")));
    if secret_field {
        for value in element.children_mut().filter(|child| child.name() == "value") {
            conceal(value);
        }
    } else if secret_header || element.children().next().is_none() && is_secret(element) {
        conceal(element);
    }
    if depth < DEEPEST {
        for child in element.children_mut() {
            redact(child, depth + 1);
        }
    }
}

fn is_secret(element: &Element) -> bool {
    let exchanged = EXCHANGES.iter().any(|ns| element.has_ns(*ns)) && !NAMES.contains(&element.name());
    exchanged || ELEMENTS.contains(&element.name())
}

fn conceal(element: &mut Element) {
    if !element.text().is_empty() {
        element.take_nodes();
        element.append_text(REDACTED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::to_string;

    fn shown(xml: &str) -> String {
        let mut element: Element = xml.parse().unwrap();
        redact(&mut element, 0);
        to_string(&element)
    }

    #[test]
    fn nothing_that_opens_a_door_is_shown() {
        for xml in [
            "<iq xmlns='jabber:client'><query xmlns='jabber:iq:register'><username>mira</username><password>s3cret</password></query></iq>",
            "<presence xmlns='jabber:client'><x xmlns='http://jabber.org/protocol/muc'><password>s3cret</password></x></presence>",
            "<iq xmlns='jabber:client'><services xmlns='urn:xmpp:extdisco:2'><service username='u' password='s3cret'/></services></iq>",
            "<iq xmlns='jabber:client'><slot xmlns='urn:xmpp:http:upload:0'><put url='x'><header name='Authorization'>s3cret</header></put></slot></iq>",
            "<iq xmlns='jabber:client'><x xmlns='jabber:x:data'><field type='text-private' var='x'><value>s3cret</value></field></x></iq>",
            "<iq xmlns='jabber:client'><x xmlns='jabber:x:data'><field var='muc#roomconfig_PassWord'><value>s3cret</value></field></x></iq>",
            "<success xmlns='urn:xmpp:sasl:2'><token xmlns='urn:xmpp:fast:0' token='s3cret' expiry='never'/></success>",
            "<authenticate xmlns='urn:xmpp:sasl:2'><initial-response>s3cret</initial-response></authenticate>",
            "<success xmlns='urn:xmpp:sasl:2'><additional-data>s3cret</additional-data></success>",
            "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>s3cret</challenge>",
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>s3cret</auth>",
            "<task-data xmlns='urn:xmpp:sasl:2'><hash xmlns='urn:xmpp:scram-upgrade:0'>s3cret</hash></task-data>",
        ] {
            let shown = shown(xml);
            assert!(!shown.contains("s3cret") && shown.contains(REDACTED), "{shown}");
        }
        let plain = "<message xmlns='jabber:client' to='a@b.test'><body>password: hunter2</body></message>";
        assert!(shown(plain).contains("hunter2"), "what people write is theirs to see");
        for public in [
            "<c xmlns='urn:xmpp:caps'><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>hunter2</hash></c>",
            "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>hunter2</mechanism></mechanisms>",
            "<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>hunter2</authorization-identifier></success>",
        ] {
            assert!(shown(public).contains("hunter2"), "{public}");
        }
    }

    #[test]
    fn a_stream_does_not_wait_for_who_watches() {
        let (to, mut seen) = mpsc::channel(1);
        let mut tap = Tap { to, missed: 0 };
        let element = Element::bare("r", ns::SM);
        assert!(tap.show(true, &element) && tap.show(false, &element) && tap.show(false, &element));
        assert_eq!(seen.try_recv().unwrap().missed, 0);
        assert!(tap.show(true, &element));
        let next = seen.try_recv().unwrap();
        assert_eq!((next.outgoing, next.missed), (true, 2));
        drop(seen);
        assert!(!tap.show(true, &element));
    }
}
