use super::*;

fn own() -> BareJid {
    BareJid::new("mira@example.test").unwrap()
}

fn parse(xml: &str) -> Result<Incoming, &'static str> {
    let archives = Archives::from([("q1".to_owned(), ("iq1".to_owned(), own()))]);
    read(&xml.parse().unwrap(), &own(), &archives)
}

fn message_of(xml: &str) -> Message {
    match parse(xml) {
        Ok(Incoming::Message(message)) => *message,
        other => panic!("not a message: {other:?}"),
    }
}

fn carbon(outer_from: &str, direction: &str, inner: &str) -> String {
    format!(
        "<message xmlns='jabber:client' from='{outer_from}' to='mira@example.test/home' type='chat'>\
         <{direction} xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded></{direction}></message>"
    )
}

const INNER_SENT: &str = "<message xmlns='jabber:client' from='mira@example.test/phone' to='juliet@capulet.test' type='chat' id='a'><body>hi</body></message>";
const INNER_RECEIVED: &str = "<message xmlns='jabber:client' from='juliet@capulet.test/x' to='mira@example.test/phone' type='chat'><body>hi</body></message>";

#[test]
fn carbons_of_our_own_account_are_unwrapped() {
    let sent = message_of(&carbon("mira@example.test", "sent", INNER_SENT));
    assert_eq!((sent.way.clone(), sent.body.as_deref()), (Way::CarbonSent, Some("hi")));
    assert!(sent.is_outgoing(&own()));
    let received = message_of(&carbon("mira@example.test", "received", INNER_RECEIVED));
    assert_eq!(received.from.to_string(), "juliet@capulet.test/x");
    assert!(!received.is_outgoing(&own()));
}

#[test]
fn forged_carbons_are_dropped_whole() {
    for (from, direction, inner) in [
        ("evil@example.test", "sent", INNER_SENT),
        ("mira@example.test/phone", "received", INNER_RECEIVED),
        ("evil.test", "received", INNER_RECEIVED),
        // A carbon of a message that is not ours.
        ("mira@example.test", "sent", INNER_RECEIVED),
        ("mira@example.test", "received", INNER_SENT),
        ("mira@example.test", "received", ""),
    ] {
        assert!(parse(&carbon(from, direction, inner)).is_err(), "{from} {direction}");
    }
    let groupchat = carbon("mira@example.test", "sent", INNER_SENT).replacen("type='chat'", "type='groupchat'", 1);
    assert!(parse(&groupchat).is_err());
}

#[test]
fn forwards_are_unwrapped_once() {
    let nested = carbon("mira@example.test", "received", &carbon("mira@example.test", "sent", INNER_SENT));
    assert!(parse(&nested).is_err());
    let behind_private = nested.replace("<sent ", "<private xmlns='urn:xmpp:carbons:2'/><sent ");
    assert!(parse(&behind_private).is_err());
    let in_archive = archived("mira@example.test", "q1", &carbon("mira@example.test", "sent", INNER_SENT));
    assert!(parse(&in_archive).is_err());
}

fn archived(from: &str, query: &str, inner: &str) -> String {
    format!(
        "<message xmlns='jabber:client' from='{from}'><result xmlns='urn:xmpp:mam:2' queryid='{query}' id='s1'>\
         <forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-11-20T10:00:00Z'/>{inner}</forwarded></result></message>"
    )
}

#[test]
fn archive_results_only_from_the_archive_asked() {
    let message = message_of(&archived("mira@example.test", "q1", INNER_RECEIVED));
    assert_eq!(message.stanza_id.as_deref(), Some("s1"));
    assert_eq!(message.stamp(), Some(1_795_168_800_000));
    assert!(parse(&archived("mira@example.test", "q2", INNER_RECEIVED)).is_err(), "unknown query");
    assert!(parse(&archived("evil@example.test", "q1", INNER_RECEIVED)).is_err(), "someone else");
    assert!(parse(&archived("mira@example.test/x", "q1", INNER_RECEIVED)).is_err(), "a device");
}

fn live(extra: &str) -> Message {
    message_of(&format!(
        "<message xmlns='jabber:client' from='juliet@capulet.test/b' to='mira@example.test' type='chat' id='m'><body>x</body>{extra}</message>"
    ))
}

#[test]
fn stanza_ids_only_ours_and_only_one() {
    let id = |by: &str, id: &str| format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='{id}'/>");
    assert_eq!(live(&id("mira@example.test", "1")).stanza_id.as_deref(), Some("1"));
    assert_eq!(live(&id("evil@example.test", "1")).stanza_id, None);
    assert_eq!(live(&(id("mira@example.test", "1") + &id("mira@example.test", "2"))).stanza_id, None);
    let both = id("evil@example.test", "9") + &id("mira@example.test", "1");
    assert_eq!(live(&both).stanza_id.as_deref(), Some("1"));
}

#[test]
fn only_our_server_says_when() {
    let delay = |from: &str| format!("<delay xmlns='urn:xmpp:delay' from='{from}' stamp='2026-11-20T10:00:00Z'/>");
    assert!(live(&delay("example.test")).said.is_some());
    assert!(live(&delay("mira@example.test")).said.is_some());
    assert!(live(&delay("juliet@capulet.test")).said.is_none());
    assert!(live("<delay xmlns='urn:xmpp:delay' stamp='2026-11-20T10:00:00Z'/>").said.is_none());
}

#[test]
fn the_first_body_counts() {
    let two = message_of(
        "<message xmlns='jabber:client' from='a@b.test' type='chat'><body>one</body><body>two</body></message>",
    );
    assert_eq!(two.body.as_deref(), Some("one"));
}

#[test]
fn events_only_from_bare_addresses() {
    let event = "<event xmlns='http://jabber.org/protocol/pubsub#event'/>";
    assert!(live(event).event.is_none(), "a device publishes nothing");
    let pep = format!("<message xmlns='jabber:client' from='juliet@capulet.test' type='headline'>{event}</message>");
    assert!(message_of(&pep).event.is_some());
}

#[test]
fn malformed_addresses_are_dropped() {
    assert!(parse("<message xmlns='jabber:client' from='@@@' type='chat'><body>x</body></message>").is_err());
    assert!(parse("<iq xmlns='jabber:client' type='get' from='a@b.test'/>").is_err(), "no id");
}
