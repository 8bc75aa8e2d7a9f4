//! Several files in one session.

use super::*;

fn three() -> Vec<Content> {
    vec![offer("f", 1, ibb("ib1")), offer("g", 2, ibb("ib2")), offer("h", 3, ibb("ib3"))]
}

/// Bob takes the first two, and they go.
fn two() -> (Transfer, Transfer) {
    let (mut ann, mut bob) = pair(three(), &all());
    let acts = bob.accept(vec![taken("f", ibb("")), taken("g", ibb(""))]);
    let (for_ann, _) = talk_back(&mut ann, &mut bob, acts);
    assert_eq!(for_ann[0], Act::Accepted(vec!["f".into(), "g".into()]));
    assert_eq!(for_ann[1], Act::Removed { content: "h".into(), reason: None });
    for name in ["f", "g"] {
        ann.opened(name);
        bob.opened(name);
    }
    (ann, bob)
}

#[test]
fn some_are_taken_and_each_ends_on_its_own() {
    let (mut ann, mut bob) = two();
    assert_eq!((ann.names(), bob.names()), (vec!["f".into(), "g".into()], vec!["f".into(), "g".into()]));
    ann.sent("f");
    ann.sent("g");
    let acts = bob.received("g");
    assert_eq!(requests(&acts), [Action::SessionInfo]);
    assert_eq!(talk_back(&mut ann, &mut bob, acts).0, [Act::Received("g".into())]);
    let acts = bob.received("f");
    assert_eq!(requests(&acts), [Action::SessionInfo, Action::SessionTerminate]);
    assert_eq!(talk_back(&mut ann, &mut bob, acts).0, [Act::Received("f".into()), ended(Condition::Success)]);
}

#[test]
fn one_or_all_are_given_up() {
    let (mut ann, mut bob) = two();
    let acts = bob.abort("f", Condition::Cancel);
    let removed = Act::Removed { content: "f".into(), reason: Some(Condition::Cancel.into()) };
    let (for_ann, for_bob) = talk_back(&mut ann, &mut bob, acts);
    assert_eq!((for_ann, for_bob), (vec![removed.clone()], vec![removed]));
    assert_eq!((ann.stage("f"), ann.stage("g")), (None, Some(Stage::Moving)));
    let acts = ann.abort("g", Condition::Cancel);
    assert_eq!(talk(&mut ann, &mut bob, acts).1, [ended(Condition::Cancel)], "nothing is left");
    // With what is done, the rest may be given up by either.
    let (mut ann, mut bob) = two();
    ann.sent("f");
    let acts = bob.received("f");
    talk_back(&mut ann, &mut bob, acts);
    assert_eq!(bob.abort("f", Condition::Cancel), [], "it is done");
    let contents = vec![Content::named("f"), Content::named("g")];
    let remove = Jingle { contents, ..Jingle::new(Action::ContentRemove, "ft1") };
    let acts = bob.receive(&jid("ann"), &remove).unwrap();
    assert_eq!(requests(&acts), [Action::SessionTerminate]);
    assert_eq!((bob.stage("f"), &acts[2]), (Some(Stage::Done), &ended(Condition::Success)));
}

#[test]
fn one_may_be_taken_back_before_any_is_accepted() {
    let (mut ann, mut bob) = pair(three(), &all());
    let acts = ann.abort("h", Condition::Cancel);
    assert_eq!(requests(&acts), [Action::ContentRemove]);
    talk(&mut ann, &mut bob, acts);
    assert_eq!(bob.names(), ["f", "g"]);
    let remove = Jingle {
        contents: vec![Content::named("f"), Content::named("g")],
        ..Jingle::new(Action::ContentRemove, "ft1")
    };
    let acts = bob.receive(&jid("ann"), &remove).unwrap();
    assert_eq!(acts.last(), Some(&ended(Condition::Decline)), "nothing is left");
}

#[test]
fn more_is_offered_and_agreed_to_or_not() {
    let (mut ann, mut bob) = moving(offer("f", 10, ibb("ib1")));
    assert_eq!(ann.add(offer("f", 1, ibb("ib2"))), Ok(None), "there is one of that name");
    // Bob offers, as the responder: he sends.
    let theirs = Content::file_of("b", file(5), Senders::Responder, ibb("ib2"));
    let act = bob.add(theirs.clone()).unwrap().unwrap();
    let (for_ann, _) = talk_back(&mut ann, &mut bob, vec![act]);
    let theirs = Content { creator: Creator::Responder, ..theirs };
    assert_eq!(for_ann, [Act::Asked(vec![theirs])]);
    assert_eq!((ann.sends("b"), bob.sends("b")), (Some(false), Some(true)));
    let acts = ann.accept_contents(vec![taken("b", ibb(""))]);
    let (for_ann, for_bob) = talk(&mut ann, &mut bob, acts);
    assert!(matches!(&for_ann[..], [Act::InBand { .. }]), "{for_ann:?}");
    assert!(matches!(&for_bob[..], [Act::Accepted(_), Act::InBand { .. }]), "{for_bob:?}");

    let act = ann.add(offer("a", 1, ibb("ib3"))).unwrap().unwrap();
    talk(&mut ann, &mut bob, vec![act]);
    let acts = bob.abort("a", Condition::Decline);
    assert_eq!(requests(&acts), [Action::ContentReject]);
    let removed = Act::Removed { content: "a".into(), reason: Some(Condition::Decline.into()) };
    assert_eq!(talk_back(&mut ann, &mut bob, acts).0, [removed]);
}

#[test]
fn what_we_cannot_take_is_rejected() {
    let (mut ann, mut bob) = moving(offer("f", 10, ibb("ib1")));
    let sealed = crate::Security { name: None, cipher: "c".into(), kind: "k".into(), envelope: None };
    let unknown = Transport::Other("urn:xmpp:jingle:transports:raw-udp:1".into());
    for (content, condition) in [
        (Content { security: Some(sealed), ..offer("a", 1, ibb("ib2")) }, Condition::SecurityError),
        (Content { transport: Some(unknown), ..offer("a", 1, ibb("ib2")) }, Condition::UnsupportedTransports),
        (Content { description: None, ..offer("a", 1, ibb("ib2")) }, Condition::UnsupportedApplications),
    ] {
        let add = Jingle { contents: vec![content], ..Jingle::new(Action::ContentAdd, "ft1") };
        let acts = bob.receive(&jid("ann"), &add).unwrap();
        let [Act::Request(reject)] = &acts[..] else { panic!("{acts:?}") };
        assert_eq!((reject.action, &reject.reason), (Action::ContentReject, &Some(condition.into())));
    }
    assert_eq!(bob.names(), ["f"]);
    let act = ann.add(offer("a", 1, ibb("ib2"))).unwrap().unwrap();
    assert_eq!(ann.answered(Action::ContentAdd, true), [Act::Removed { content: "a".into(), reason: None }]);
    drop(act);
}

#[test]
fn where_both_add_one_of_a_name_the_initiator_counts() {
    let (mut ann, mut bob) = moving(offer("f", 10, ibb("ib1")));
    let hers = ann.add(offer("x", 1, ibb("ib2"))).unwrap().unwrap();
    let his = bob.add(Content::file_of("x", file(5), Senders::Responder, ibb("ib3"))).unwrap().unwrap();
    let (Act::Request(hers), Act::Request(his)) = (hers, his) else { panic!("no requests") };
    assert_eq!(ann.receive(&jid("bob"), &his), Err(Refusal::TieBreak));
    let acts = bob.receive(&jid("ann"), &hers).unwrap();
    assert!(matches!(&acts[..], [Act::Removed { .. }, Act::Asked(_)]), "{acts:?}");
    assert_eq!(bob.answered(Action::ContentAdd, true), [], "theirs stays");
    assert_eq!(bob.sends("x"), Some(false));
}

#[test]
fn there_is_an_end_to_it() {
    let (mut ann, mut bob) = moving(offer("f", 10, ibb("ib1")));
    let add = |n: usize| {
        let content = offer(&format!("n{n}"), 1, ibb("ib2"));
        Jingle { contents: vec![content], ..Jingle::new(Action::ContentAdd, "ft1") }
    };
    for n in 1..MOST_CONTENTS {
        assert!(bob.receive(&jid("ann"), &add(n)).is_ok(), "{n}");
    }
    assert_eq!(bob.receive(&jid("ann"), &add(99)), Err(Refusal::Malformed));
    assert_eq!(bob.add(offer("mine", 1, ibb("ib2"))), Ok(None));
    assert_eq!(ann.receive(&jid("bob"), &add(1)).map(|acts| acts.len()), Ok(1));
}
