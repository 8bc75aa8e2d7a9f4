//! A call as two Dinos had it (tests/fixtures/calls): everything they said is understood.

use waxwing_xml::{Element, Reading as _};
use xmpp_parsers::jid::FullJid;

use crate::session::Session;
use crate::{Action, Condition, Jingle, Message, ns};

const DINO: &str = include_str!("../../../../tests/fixtures/calls/dino-0.4.2.xml");

/// The stanzas of the call that a client received.
fn received() -> Vec<Element> {
    let stanzas = DINO.lines().filter(|line| line.starts_with("<message") || line.starts_with("<iq"));
    // A stanza inherits its namespace from the stream.
    let whole = |line: &str| line.replacen(' ', " xmlns='jabber:client' ", 1).parse().unwrap();
    stanzas.map(whole).filter(|stanza: &Element| stanza.get("from").is_some()).collect()
}

#[test]
fn each_message_and_each_step_is_understood() {
    let stanzas = received();
    let said: Vec<_> = stanzas.iter().filter_map(|stanza| Message::read(stanza).unwrap()).collect();
    assert!(said.len() >= 3, "{said:?}");
    let steps = stanzas.iter().filter_map(|stanza| stanza.get_child("jingle", ns::JINGLE));
    let steps: Vec<_> = steps.map(|jingle| Jingle::read(jingle).unwrap()).collect();
    for action in [Action::SessionInitiate, Action::SessionAccept, Action::SessionTerminate] {
        assert!(steps.iter().any(|step| step.action == action), "{action:?}");
    }
    let ids: std::collections::BTreeSet<_> = steps.iter().map(|step| step.sid.as_str()).collect();
    assert_eq!(ids.into_iter().collect::<Vec<_>>(), [said[0].id.as_str()]);
}

/// Their fingerprints are sealed for each other: somebody who cannot open them does not take the call.
#[test]
fn what_is_sealed_for_others_is_not_taken() {
    let jid = |text: &str| FullJid::new(text).unwrap();
    let stanzas = received();
    let mut steps = stanzas.iter().filter_map(|stanza| Jingle::read(stanza.get_child("jingle", ns::JINGLE)?).ok());
    let offer = steps.find(|step| step.action == Action::SessionInitiate).unwrap();
    assert_eq!(offer.contents.iter().filter(|content| content.ice().is_some_and(|ice| ice.sealed)).count(), 2);
    let refused = Session::offered(jid("erin@xmpp.test/a"), jid("dave@xmpp.test/b"), &offer).unwrap_err();
    assert_eq!(refused.condition, Condition::SecurityError);
}
