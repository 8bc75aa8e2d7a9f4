//! The end, in every state.

use super::*;

fn promised() -> Content {
    let file = File { used: vec![Algo::Sha256], ..file(10) };
    Content::file_of("f", file, Senders::Initiator, ibb("ib1"))
}

fn hash(byte: u8) -> Hash {
    Hash::new(Algo::Sha256, vec![byte; 32]).unwrap()
}

#[test]
fn what_was_promised_is_told() {
    let (mut ann, mut bob) = moving(promised());
    assert!(bob.awaits_checksum("f") && !ann.awaits_checksum("f"));
    assert_eq!(ann.checksum("f", vec![]), None);
    let act = ann.checksum("f", vec![hash(1)]).unwrap();
    let (_, for_bob) = talk(&mut ann, &mut bob, vec![act]);
    let [Act::Checksum { content, file }] = &for_bob[..] else { panic!("{for_bob:?}") };
    assert_eq!((content.as_str(), &file.hashes), ("f", &vec![hash(1)]));
    assert!(!bob.awaits_checksum("f"));
    assert_eq!(bob.file("f").unwrap().hashes, [hash(1)]);
    // It cannot be taken back.
    let act = ann.checksum("f", vec![hash(2)]).unwrap();
    talk(&mut ann, &mut bob, vec![act]);
    assert_eq!(bob.file("f").unwrap().hashes, [hash(1)]);
    let (ann, _) = moving(offer("f", 10, ibb("ib1")));
    assert_eq!(ann.checksum("f", vec![hash(1)]), None, "it was not promised");
}

#[test]
fn of_a_part_the_part_is_told() {
    let (mut ann, mut bob) = pair(vec![promised()], &all());
    let acts = bob.accept(vec![Taken { offset: 4, ..taken("f", ibb("")) }]);
    talk_back(&mut ann, &mut bob, acts);
    let act = ann.checksum("f", vec![hash(1)]).unwrap();
    let (_, for_bob) = talk(&mut ann, &mut bob, vec![act]);
    let [Act::Checksum { file, .. }] = &for_bob[..] else { panic!("{for_bob:?}") };
    assert_eq!(file.range, Some(Range { offset: 4, length: Some(6), hashes: vec![hash(1)] }));
    assert!(file.hashes.is_empty() && !bob.awaits_checksum("f"));
}

/// As Conversations writes it: without a creator, and with two hashes.
#[test]
fn what_conversations_tells_is_understood() {
    let (_, mut bob) = moving(offer("f", 10, ibb("ib1")));
    let xml = "<jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='ft1'>\
         <checksum xmlns='urn:xmpp:jingle:apps:file-transfer:5' name='f'><file>\
         <hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>w0mcJylzCn+AfvuGdqkty2+KP48=</hash>\
         <hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>2XarmwTlNxDAMkvymloX3S5+VbylNrJt/l5QyPa+YoU=</hash>\
         </file></checksum></jingle>";
    let acts = bob.receive(&jid("ann"), &Jingle::read(&xml.parse().unwrap()).unwrap()).unwrap();
    assert!(matches!(&acts[..], [Act::Checksum { file, .. }] if file.hashes.len() == 2), "{acts:?}");
    assert_eq!(bob.file("f").unwrap().hashes.len(), 2);
}

/// Dino only ends the session; and it may know of the last byte before we do.
#[test]
fn an_end_in_success_says_that_it_has_come() {
    let success = || Jingle { reason: Some(Condition::Success.into()), ..Jingle::new(Action::SessionTerminate, "ft1") };
    let (mut ann, _) = moving(offer("f", 10, ibb("ib1")));
    ann.sent("f");
    let acts = ann.receive(&jid("bob"), &success()).unwrap();
    assert_eq!(acts, [Act::Received("f".into()), ended(Condition::Success)]);
    let (mut ann, _) = moving(offer("f", 10, ibb("ib1")));
    ann.moved("f", 4);
    let acts = ann.receive(&jid("bob"), &success()).unwrap();
    assert_eq!(acts, [Act::Received("f".into()), ended(Condition::Success)], "they know of the rest before we do");
    let (mut ann, _) = moving(offer("f", 10, ibb("ib1")));
    assert_eq!(ann.receive(&jid("bob"), &success()).unwrap(), [ended(Condition::Success)], "nothing has gone");
    let (mut ann, _) = pair(vec![offer("f", 10, ibb("ib1"))], &all());
    assert_eq!(ann.receive(&jid("bob"), &success()).unwrap(), [ended(Condition::Success)], "nor been agreed on");
    let silent = Jingle::new(Action::SessionTerminate, "ft1");
    let (mut ann, _) = moving(offer("f", 10, ibb("ib1")));
    ann.sent("f");
    assert_eq!(ann.receive(&jid("bob"), &silent).unwrap(), [ended(Condition::Gone)], "without a word of it");
    let (_, mut bob) = moving(offer("f", 10, ibb("ib1")));
    bob.receive(&jid("ann"), &success()).unwrap();
    assert_eq!(bob.stage("f"), Some(Stage::Moving), "that is for us to know");
}

#[test]
fn reasons_are_understood_as_clients_write_them() {
    for (inner, condition) in [
        ("<decline/>", Condition::Decline),
        ("<cancel/>", Condition::Cancel),
        ("<busy/>", Condition::Busy),
        ("<failed_transport/>", Condition::FailedTransport),
        ("<connectivity_error/>", Condition::ConnectivityError),
        ("<weather/>", Condition::GeneralError),
    ] {
        let xml = format!(
            "<jingle xmlns='urn:xmpp:jingle:1' action='session-terminate' sid='ft1'><reason>{inner}</reason></jingle>"
        );
        let end = Jingle::read(&xml.parse().unwrap()).unwrap();
        let (mut ann, mut bob) = pair(vec![offer("f", 10, ibb("ib1"))], &all());
        assert_eq!(bob.receive(&jid("ann"), &end).unwrap(), [ended(condition.clone())]);
        assert_eq!(ann.receive(&jid("bob"), &end).unwrap(), [ended(condition.clone())]);
        let (mut ann, mut bob) = moving(offer("f", 10, ibb("ib1")));
        ann.sent("f");
        assert_eq!(ann.receive(&jid("bob"), &end).unwrap(), [ended(condition.clone())]);
        assert_eq!(bob.receive(&jid("ann"), &end).unwrap(), [ended(condition)]);
        assert_eq!(bob.receive(&jid("ann"), &end), Err(Refusal::UnknownSession), "it is over");
    }
}

#[test]
fn more_than_promised_is_not_taken() {
    let (mut ann, mut bob) = moving(offer("f", 10, ibb("ib1")));
    assert_eq!(bob.moved("f", 10), []);
    let acts = bob.moved("f", 11);
    let reason = Reason::from(Detail::FileTooLarge);
    assert_eq!(acts[1], Act::Ended(reason.clone()));
    assert_eq!(talk_back(&mut ann, &mut bob, acts).0, [Act::Ended(reason)]);
}

#[test]
fn what_broke_on_the_way_is_given_up() {
    let (mut ann, mut bob) = moving(offer("f", 10, ibb("ib1")));
    ann.moved("f", 5);
    let acts = ann.failed("f");
    assert_eq!(talk(&mut ann, &mut bob, acts).1, [ended(Condition::FailedTransport)]);
    let (mut ann, mut bob) = moving(offer("f", 10, ibb("ib1")));
    let acts = bob.abort("f", Condition::Timeout);
    assert_eq!(talk_back(&mut ann, &mut bob, acts).0, [ended(Condition::Timeout)]);
    let (mut ann, _) = moving(offer("f", 10, ibb("ib1")));
    ann.sent("f");
    assert_eq!(ann.failed("f"), [], "it is for them to say whether it has come");
}

#[test]
fn nothing_is_something_too() {
    let (mut ann, mut bob) = pair(vec![offer("f", 0, ibb("ib1"))], &all());
    let acts = bob.accept(vec![taken("f", ibb(""))]);
    let (_, for_bob) = talk_back(&mut ann, &mut bob, acts);
    let [Act::InBand { stream, .. }] = &for_bob[..] else { panic!("{for_bob:?}") };
    assert_eq!((stream.left(), bob.span("f").unwrap().length), (0, Some(0)));
    ann.opened("f");
    bob.opened("f");
    ann.sent("f");
    let acts = bob.received("f");
    assert_eq!(talk_back(&mut ann, &mut bob, acts).0, [Act::Received("f".into()), ended(Condition::Success)]);
}

#[test]
fn whoever_knows_nothing_of_it_is_not_told() {
    let (mut ann, mut bob) = pair(vec![offer("f", 10, ibb("ib1"))], &all());
    assert_eq!(ann.answered(Action::SessionInitiate, true), [ended(Condition::FailedApplication)]);
    bob.accept(vec![taken("f", ibb(""))]);
    assert_eq!(bob.answered(Action::SessionInfo, true), []);
    assert_eq!(bob.answered(Action::SessionAccept, true), [ended(Condition::FailedApplication)]);
    assert_eq!(bob.failed("f"), []);
}
