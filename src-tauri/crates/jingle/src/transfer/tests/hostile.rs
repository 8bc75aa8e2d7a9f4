//! What nobody should send.

use super::*;
use crate::s5b::Info as S5bInfo;

fn about(action: Action, content: Content) -> Jingle {
    Jingle { contents: vec![content], ..Jingle::new(action, "ft1") }
}

fn info(sid: &str, info: S5bInfo) -> Jingle {
    let transport = s5b::Transport { sid: sid.into(), info: Some(info), ..s5b::Transport::default() };
    about(Action::TransportInfo, Content { transport: Some(Transport::S5b(transport)), ..Content::named("f") })
}

/// Both try to connect.
fn connecting() -> (Transfer, Transfer) {
    let (mut ann, mut bob) = pair(vec![offer("f", 10, s5b("v1", &["a1"]))], &all());
    let acts = bob.accept(vec![taken("f", s5b("", &["b1"]))]);
    talk_back(&mut ann, &mut bob, acts);
    (ann, bob)
}

fn used(cid: &str) -> S5bInfo {
    S5bInfo::CandidateUsed(cid.into())
}

#[test]
fn nobody_else_speaks_for_the_peer() {
    let (mut ann, _) = connecting();
    let end = Jingle::new(Action::SessionTerminate, "ft1");
    let another = FullJid::new("bob@example.test/y").unwrap();
    assert_eq!(ann.receive(&another, &end), Err(Refusal::UnknownSession), "another device of his");
    assert_eq!(ann.receive(&jid("eve"), &end), Err(Refusal::UnknownSession));
    assert_eq!(ann.receive(&jid("bob"), &Jingle::new(Action::SessionTerminate, "ft2")), Err(Refusal::UnknownSession));
    assert_eq!(ann.state(), State::Active);
}

#[test]
fn everything_has_its_time() {
    let (mut ann, mut bob) = pair(vec![offer("f", 10, s5b("v1", &["a1"]))], &all());
    let accept = || about(Action::SessionAccept, offer("f", 10, s5b("v1", &[])));
    assert_eq!(bob.receive(&jid("ann"), &accept()), Err(Refusal::OutOfOrder), "the one who is asked accepts");
    assert_eq!(bob.receive(&jid("ann"), &info("v1", used("a1"))), Err(Refusal::OutOfOrder));
    assert_eq!(ann.receive(&jid("bob"), &info("v1", used("a1"))), Err(Refusal::OutOfOrder));
    let unknown = about(Action::SessionAccept, offer("z", 10, s5b("v1", &[])));
    assert_eq!(ann.receive(&jid("bob"), &unknown), Err(Refusal::UnknownContent));
    for action in [
        Action::SessionInitiate,
        Action::ContentAdd,
        Action::ContentAccept,
        Action::ContentReject,
        Action::TransportAccept,
        Action::TransportReject,
        Action::TransportReplace,
    ] {
        let refused = ann.receive(&jid("bob"), &about(action, offer("f", 10, ibb("ib1"))));
        assert_eq!(refused, Err(Refusal::OutOfOrder), "{action:?}");
        assert_eq!(bob.receive(&jid("ann"), &about(action, offer("f", 10, ibb("ib1")))), Err(Refusal::OutOfOrder));
    }
    for action in [Action::ContentModify, Action::SecurityInfo] {
        assert_eq!(ann.receive(&jid("bob"), &about(action, Content::named("f"))), Err(Refusal::NotImplemented));
    }
    assert_eq!(ann.receive(&jid("bob"), &about(Action::DescriptionInfo, Content::named("f"))), Ok(vec![]));
    assert!(ann.receive(&jid("bob"), &accept()).is_ok());
    assert_eq!(ann.receive(&jid("bob"), &accept()), Err(Refusal::OutOfOrder), "once");
}

#[test]
fn infos_are_about_what_is_there() {
    let (mut ann, mut bob) = moving(offer("f", 10, ibb("ib1")));
    let inform = |info| Jingle { info: Some(info), ..Jingle::new(Action::SessionInfo, "ft1") };
    let creator = Creator::Initiator;
    let received = |name: Option<&str>| inform(Info::Received { creator, content: name.map(Into::into) });
    let checksum = || inform(Info::Checksum { creator, content: None, file: Box::default() });
    assert_eq!(ann.receive(&jid("bob"), &received(Some("z"))), Err(Refusal::UnknownContent));
    assert_eq!(bob.receive(&jid("ann"), &received(Some("f"))), Err(Refusal::OutOfOrder), "they send it");
    assert_eq!(ann.receive(&jid("bob"), &checksum()), Err(Refusal::OutOfOrder), "we send it");
    assert_eq!(bob.receive(&jid("ann"), &checksum()).map(|acts| acts.len()), Ok(1));
    assert_eq!(ann.receive(&jid("bob"), &received(None)), Ok(vec![]));
    assert_eq!(ann.stage("f"), Some(Stage::Moving), "we know better");
    assert_eq!(ann.receive(&jid("bob"), &inform(Info::Ringing)), Err(Refusal::UnsupportedInfo));
    assert_eq!(ann.receive(&jid("bob"), &Jingle::new(Action::SessionInfo, "ft1")), Ok(vec![]), "are you there?");
    let (mut ann, _) = pair(vec![offer("f", 1, ibb("ib1")), offer("g", 1, ibb("ib2"))], &all());
    assert_eq!(ann.receive(&jid("bob"), &received(Some("f"))), Err(Refusal::OutOfOrder), "it was not sent");
    assert_eq!(ann.receive(&jid("bob"), &received(None)), Err(Refusal::Malformed), "which one?");
}

#[test]
fn nothing_is_said_of_another_stream_or_twice() {
    let (mut ann, _) = connecting();
    assert_eq!(ann.receive(&jid("bob"), &info("v2", used("a1"))), Err(Refusal::Malformed), "not of this stream");
    assert_eq!(ann.receive(&jid("bob"), &info("v1", used("zzz"))), Err(Refusal::Malformed), "never offered");
    assert_eq!(ann.receive(&jid("bob"), &info("v1", S5bInfo::Activated("a1".into()))), Err(Refusal::OutOfOrder));
    assert!(ann.receive(&jid("bob"), &info("v1", used("a1"))).is_ok());
    assert_eq!(ann.receive(&jid("bob"), &info("v1", used("a1"))), Err(Refusal::OutOfOrder), "twice");
    assert_eq!(ann.receive(&jid("bob"), &info("v1", S5bInfo::CandidateError)), Err(Refusal::OutOfOrder));
    let stray = Content { transport: Some(ibb("v1")), ..Content::named("f") };
    assert_eq!(ann.receive(&jid("bob"), &about(Action::TransportInfo, stray)), Err(Refusal::Malformed));
    let none = Content::named("f");
    assert_eq!(ann.receive(&jid("bob"), &about(Action::TransportInfo, none)), Err(Refusal::Malformed));
}

#[test]
fn what_is_late_does_no_harm() {
    let (mut ann, mut bob) = connecting();
    ann.failed("f");
    ann.failed("f");
    ann.failed("f");
    let acts = ann.replace("f", ibb("ib1"));
    talk(&mut ann, &mut bob, acts);
    assert_eq!(ann.receive(&jid("bob"), &info("v1", used("a1"))), Ok(vec![]), "of a way that was left");
    let second = Content { transport: Some(ibb("ib2")), ..Content::named("f") };
    assert_eq!(ann.receive(&jid("bob"), &about(Action::TransportInfo, second)), Err(Refusal::NotImplemented));
    for transport in [ibb("ib2"), s5b("ib1", &[])] {
        let accept = Content { transport: Some(transport), ..Content::named("f") };
        assert_eq!(ann.receive(&jid("bob"), &about(Action::TransportAccept, accept)), Err(Refusal::Malformed));
    }
}

/// Either all of a request is followed or nothing.
#[test]
fn half_of_a_request_is_none() {
    let (mut ann, mut bob) = pair(vec![offer("f", 1, s5b("v1", &["a1"])), offer("g", 1, s5b("v2", &["a2"]))], &all());
    let acts = bob.accept(vec![taken("f", s5b("", &["b1"])), taken("g", s5b("", &["b2"]))]);
    talk_back(&mut ann, &mut bob, acts);
    let said = |name: &str, sid: &str, cid: &str| {
        let transport = s5b::Transport { sid: sid.into(), info: Some(used(cid)), ..s5b::Transport::default() };
        Content { transport: Some(Transport::S5b(transport)), ..Content::named(name) }
    };
    let both = |cid: &str| Jingle {
        contents: vec![said("f", "v1", "a1"), said("g", "v2", cid)],
        ..Jingle::new(Action::TransportInfo, "ft1")
    };
    assert_eq!(ann.receive(&jid("bob"), &both("zzz")), Err(Refusal::Malformed));
    assert!(ann.receive(&jid("bob"), &both("a2")).is_ok(), "as if it had not been asked");
}

#[test]
fn an_offer_that_we_cannot_take_is_declined_with_the_reason() {
    let refused = |content: Content, opened: &[&str]| {
        let offer = about(Action::SessionInitiate, content);
        Transfer::offered(jid("bob"), jid("ann"), &offer, all(), opened).map(|_| ()).map_err(|reason| reason.condition)
    };
    let sealed = crate::Security { name: None, cipher: "c".into(), kind: "k".into(), envelope: None };
    let sealed = || Content { security: Some(sealed.clone()), ..offer("f", 10, ibb("ib1")) };
    assert_eq!(refused(sealed(), &[]), Err(Condition::SecurityError));
    assert_eq!(refused(sealed(), &["g"]), Err(Condition::SecurityError));
    assert_eq!(refused(sealed(), &["f"]), Ok(()));
    let bare = Transport::DataChannel(datachannel::Transport::new(Form::Nested, 1, ice::Transport::default()));
    assert_eq!(refused(offer("f", 1, bare), &[]), Err(Condition::SecurityError), "nothing is sent without a key");
    let plain = Transport::Ice(ice(1, Setup::Actpass));
    assert_eq!(refused(offer("f", 1, plain), &[]), Err(Condition::UnsupportedTransports));
    let call = crate::Description::Rtp(crate::rtp::Description::new(crate::rtp::Media::Audio));
    let call = Content { description: Some(call), ..offer("f", 1, ibb("ib1")) };
    assert_eq!(refused(call, &[]), Err(Condition::UnsupportedApplications));
    let nobody = Content { senders: Some(Senders::None), ..offer("f", 1, ibb("ib1")) };
    assert_eq!(refused(nobody, &[]), Err(Condition::IncompatibleParameters));
    let unsaid = Content { senders: None, ..offer("f", 1, ibb("ib1")) };
    assert_eq!(refused(unsaid, &[]), Ok(()), "then it is offered");
}

#[test]
fn of_several_the_rest_is_left() {
    let unknown = Transport::Other("urn:xmpp:jingle:transports:raw-udp:1".into());
    let contents = vec![offer("f", 1, unknown), offer("g", 1, ibb("ib1"))];
    let jingle = Jingle { contents, ..Jingle::new(Action::SessionInitiate, "ft1") };
    let bob = Transfer::offered(jid("bob"), jid("ann"), &jingle, all(), &[]).unwrap();
    assert_eq!(bob.names(), ["g"]);
}

#[test]
fn encryption_adds_its_tag() {
    let sealed = crate::Security { name: None, cipher: "c".into(), kind: "k".into(), envelope: None };
    let content = Content { security: Some(sealed), ..offer("f", 10, ibb("ib1")) };
    let jingle = about(Action::SessionInitiate, content);
    let mut bob = Transfer::offered(jid("bob"), jid("ann"), &jingle, all(), &["f"]).unwrap();
    assert_eq!(bob.span("f"), Some(Span { offset: 0, length: Some(10), wire: Some(26) }));
    let acts = bob.accept(vec![taken("f", ibb(""))]);
    assert!(matches!(&acts[1], Act::InBand { stream, .. } if stream.left() == 26), "{acts:?}");
}

#[test]
fn an_answer_keeps_to_the_question() {
    let ends = |answer: Content| {
        let (mut ann, _) = pair(vec![offer("f", 10, s5b("v1", &["a1"]))], &all());
        let acts = ann.receive(&jid("bob"), &about(Action::SessionAccept, answer)).unwrap();
        assert_eq!(requests(&acts[..1]), [Action::SessionTerminate]);
        let [_, Act::Ended(reason)] = &acts[..] else { panic!("{acts:?}") };
        reason.condition.clone()
    };
    let answer = || offer("f", 10, s5b("v1", &[]));
    let ranged = |offset, length| {
        let range = Some(Range { length, ..Range::from(offset) });
        Content::file_of("f", File { range, size: None, ..file(0) }, Senders::Initiator, s5b("v1", &[]))
    };
    assert_eq!(ends(offer("f", 10, s5b("v2", &[]))), Condition::FailedTransport);
    assert_eq!(ends(offer("f", 10, ibb("v1"))), Condition::FailedTransport);
    assert_eq!(ends(Content { transport: None, ..answer() }), Condition::FailedTransport);
    assert_eq!(ends(Content { senders: Some(Senders::Responder), ..answer() }), Condition::IncompatibleParameters);
    let call = crate::Description::Rtp(crate::rtp::Description::new(crate::rtp::Media::Audio));
    assert_eq!(ends(Content { description: Some(call), ..answer() }), Condition::UnsupportedApplications);
    assert_eq!(ends(ranged(11, None)), Condition::IncompatibleParameters, "beyond the file");
    assert_eq!(ends(ranged(5, Some(6))), Condition::IncompatibleParameters);
    assert_eq!(ends(ranged(u64::MAX >> 1, Some(u64::MAX >> 1))), Condition::IncompatibleParameters);
    // What is asked for by its hash is that, and no other.
    let hashed = |byte| File { hashes: vec![Hash::new(Algo::Sha256, vec![byte; 32]).unwrap()], ..file(10) };
    let asked = Content::file_of("f", hashed(1), Senders::Responder, ibb("ib1"));
    let (mut ann, _) = pair(vec![asked], &all());
    let answer = Content::file_of("f", hashed(2), Senders::Responder, ibb("ib1"));
    let acts = ann.receive(&jid("bob"), &about(Action::SessionAccept, answer)).unwrap();
    assert_eq!(acts[1], ended(Condition::FailedApplication));
}

#[test]
fn nobody_takes_the_place_of_who_was_there() {
    let (mut ann, mut bob) = pair(vec![offer("f", 10, channel(Form::Nested, 1, Setup::Actpass))], &all());
    let acts = bob.accept(vec![taken("f", channel(Form::Nested, 2, Setup::Active))]);
    talk_back(&mut ann, &mut bob, acts);
    let another = Content { transport: Some(channel(Form::Nested, 3, Setup::Active)), ..Content::named("f") };
    let acts = ann.receive(&jid("bob"), &about(Action::TransportInfo, another)).unwrap();
    assert_eq!(acts[1], ended(Condition::SecurityError));
}

#[test]
fn candidates_that_come_early_have_their_bounds() {
    let (_, mut bob) = pair(vec![offer("f", 10, s5b("v1", &["a1"]))], &all());
    for n in 0..100 {
        let content = Content { transport: Some(s5b("v1", &[&format!("c{n}")])), ..Content::named("f") };
        assert_eq!(bob.receive(&jid("ann"), &about(Action::TransportInfo, content)), Ok(vec![]));
    }
    let acts = bob.accept(vec![taken("f", s5b("", &[]))]);
    let Act::S5b { step: Step::Try(tried), .. } = &acts[1] else { panic!("{acts:?}") };
    assert_eq!(tried.len(), s5b::MOST_CANDIDATES);
}
