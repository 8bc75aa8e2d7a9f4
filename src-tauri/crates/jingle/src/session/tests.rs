//! Two sessions that talk to each other, and what one does with a peer that does not keep to the rules.

use super::*;
use crate::content::Description;
use crate::refusal::Refusal;
use crate::rtp::{Media, Payload};

fn jid(name: &str) -> FullJid {
    FullJid::new(&format!("{name}@example.test/x")).unwrap()
}

fn ours(byte: u8, setup: Setup) -> ice::Transport {
    let hash = ice::Hash::Sha256;
    ice::Transport {
        credentials: Credentials::new(&format!("uf{byte:02}"), "n7uJ1bOb0wwQ1kMM2qDgQJ"),
        fingerprint: Some(Fingerprint { hash, value: vec![byte; 32], setup }),
        ..ice::Transport::default()
    }
}

fn content(name: &str, media: Media, byte: u8, setup: Setup) -> Content {
    let opus = Payload {
        id: 111,
        name: "opus".into(),
        clockrate: 48000,
        channels: 2,
        ptime: None,
        maxptime: None,
        parameters: vec![],
        feedback: vec![],
        report_interval: None,
    };
    let description = crate::rtp::Description { payloads: vec![opus], ..crate::rtp::Description::new(media) };
    Content {
        description: Some(Description::Rtp(description)),
        transport: Some(Transport::Ice(ours(byte, setup))),
        ..Content::named(name)
    }
}

fn offer(byte: u8) -> Content {
    content("0", Media::Audio, byte, Setup::Actpass)
}

fn answer(name: &str, byte: u8) -> Content {
    content(name, Media::Audio, byte, Setup::Active)
}

fn video(name: &str, byte: u8, setup: Setup) -> Content {
    content(name, Media::Video, byte, setup)
}

/// Over the wire and back: what is written can be read.
fn sent(jingle: &Jingle) -> Jingle {
    let read = Jingle::read(&jingle.write().into()).unwrap();
    assert_eq!(&read, jingle);
    read
}

/// Ann has called Bob.
fn pair() -> (Session, Session) {
    let (ann, offered) = Session::offer(jid("ann"), jid("bob"), "5f3c".into(), vec![offer(1)], vec![]);
    let bob = Session::offered(jid("bob"), jid("ann"), &sent(&offered)).unwrap();
    (ann, bob)
}

/// And Bob has answered.
fn call() -> (Session, Session) {
    let (mut ann, mut bob) = pair();
    ann.answered(Action::SessionInitiate, false);
    let accept = bob.accept(vec![answer("0", 2)], vec![]);
    bob.answered(Action::SessionAccept, false);
    let followed = ann.receive(&sent(&accept)).unwrap();
    assert_eq!(followed, Event::Accepted(vec![answer("0", 2)]).into());
    (ann, bob)
}

#[test]
fn it_is_offered_accepted_and_ended() {
    let (mut ann, mut bob) = call();
    assert_eq!((ann.state(), bob.state()), (State::Active, State::Active));
    let end = bob.end(Condition::Success).unwrap();
    assert_eq!(end.responder, Some(jid("bob").into()));
    assert_eq!(ann.receive(&sent(&end)).unwrap(), Event::Ended(Condition::Success.into()).into());
    assert_eq!((ann.end(Condition::Success), bob.end(Condition::Success)), (None, None));
    assert_eq!(ann.receive(&end), Err(Refusal::UnknownSession));
}

#[test]
fn candidates_come_before_it_is_accepted_as_well() {
    let (mut ann, mut bob) = pair();
    let line = "candidate:1 1 udp 2130706431 192.0.2.7 50000 typ host";
    let candidate = crate::sdp::read_candidate(line, "c1".into()).unwrap();
    let credentials = ours(1, Setup::Actpass).credentials.unwrap();
    let info = ann.candidate("0", credentials.clone(), candidate.clone()).unwrap();
    let told = Event::Candidates { content: "0".into(), candidates: vec![candidate.clone()], complete: false };
    assert_eq!(bob.receive(&sent(&info)).unwrap(), told.into());
    assert!(ann.candidate("1", credentials, candidate).is_none(), "a content that is not there");
}

#[test]
fn everything_has_its_time() {
    let (mut ann, mut bob) = pair();
    let out_of_order = Err(Refusal::OutOfOrder);
    assert_eq!(
        ann.receive(&Jingle { contents: vec![offer(9)], ..Jingle::new(Action::SessionInitiate, "5f3c") }),
        out_of_order
    );
    let accept = |name: &str| Jingle { contents: vec![answer(name, 2)], ..Jingle::new(Action::SessionAccept, "5f3c") };
    assert_eq!(bob.receive(&accept("0")), out_of_order, "the one who is called accepts");
    assert_eq!(ann.receive(&accept("7")), Err(Refusal::UnknownContent));
    let add = Jingle { contents: vec![video("1", 2, Setup::Actpass)], ..Jingle::new(Action::ContentAdd, "5f3c") };
    assert_eq!(ann.receive(&add), out_of_order);
    for action in [Action::ContentAccept, Action::TransportAccept, Action::TransportReject] {
        assert_eq!(
            ann.receive(&Jingle { contents: vec![Content::named("0")], ..Jingle::new(action, "5f3c") }),
            out_of_order
        );
    }
    let unknown = Jingle { info: Some(Info::Other), ..Jingle::new(Action::SessionInfo, "5f3c") };
    assert_eq!(ann.receive(&unknown), Err(Refusal::UnsupportedInfo));
    assert_eq!(ann.receive(&Jingle::new(Action::SessionInfo, "5f3c")).unwrap(), Followed::default(), "are you there?");
    assert_eq!(ann.state(), State::Pending);
}

#[test]
fn nothing_unencrypted_is_begun_or_taken() {
    let bare = |change: fn(&mut ice::Transport)| {
        let mut content = offer(1);
        let Some(Transport::Ice(transport)) = &mut content.transport else { panic!("no ICE") };
        change(transport);
        Jingle { contents: vec![content], ..Jingle::new(Action::SessionInitiate, "5f3c") }
    };
    for change in [(|t| t.fingerprint = None) as fn(&mut ice::Transport), |t| t.credentials = None] {
        let refused = Session::offered(jid("bob"), jid("ann"), &bare(change)).unwrap_err();
        assert_eq!(refused.condition, Condition::SecurityError);
    }
    let (mut ann, _) = pair();
    // An answer that does not say who begins is none.
    let accept = Jingle { contents: vec![offer(2)], ..Jingle::new(Action::SessionAccept, "5f3c") };
    let followed = ann.receive(&accept).unwrap();
    assert_eq!(followed.then[0].reason, Some(Condition::SecurityError.into()));
    assert_eq!(ann.state(), State::Ended);
}

#[test]
fn nobody_takes_the_place_of_who_was_there() {
    let (mut ann, _) = call();
    let contents = vec![Content { description: None, ..answer("0", 3) }];
    let followed = ann.receive(&Jingle { contents, ..Jingle::new(Action::TransportInfo, "5f3c") }).unwrap();
    assert_eq!(followed.events, [Event::Ended(Condition::SecurityError.into())]);
    assert_eq!(followed.then[0].action, Action::SessionTerminate);
}

/// The names of what is taken away, of which alone is told.
fn removed(events: &[Event]) -> Vec<String> {
    let [Event::Removed(contents)] = events else { panic!("{events:?}") };
    contents.iter().map(|content| content.name.clone()).collect()
}

#[test]
fn more_is_asked_for_and_agreed_to_or_not() {
    let (mut ann, mut bob) = call();
    let add = bob.add(video("1", 2, Setup::Actpass));
    let asked = ann.receive(&sent(&add)).unwrap();
    assert_eq!(asked, Event::Asked(vec![video("1", 2, Setup::Actpass)]).into());
    let accept = ann.accept_content(vec![video("1", 1, Setup::Active)]);
    assert_eq!(bob.receive(&sent(&accept)).unwrap(), Event::Added(vec![video("1", 1, Setup::Active)]).into());
    assert_eq!(bob.receive(&accept), Err(Refusal::OutOfOrder), "once");

    let add = ann.add(video("2", 1, Setup::Actpass));
    bob.receive(&sent(&add)).unwrap();
    let reject = bob.reject_content(&["2".into()], Condition::Decline);
    assert_eq!(removed(&ann.receive(&sent(&reject)).unwrap().events), ["2"]);
    assert!(ann.content("2").is_none() && bob.content("2").is_none() && bob.content("1").is_some());
}

/// Movim answers what is asked for in addition with another `session-accept`.
#[test]
fn a_second_accept_agrees_to_what_was_asked_for() {
    let (mut ann, _) = call();
    ann.add(video("1", 1, Setup::Actpass));
    let contents = vec![video("1", 2, Setup::Active)];
    let followed = ann.receive(&Jingle { contents: contents.clone(), ..Jingle::new(Action::SessionAccept, "5f3c") });
    assert_eq!(followed.unwrap(), Event::Added(contents).into());
}

#[test]
fn where_both_ask_at_once_the_initiator_counts() {
    let (mut ann, mut bob) = call();
    let (hers, his) = (ann.add(video("1", 1, Setup::Actpass)), bob.add(video("1b", 2, Setup::Actpass)));
    assert_eq!(ann.receive(&his), Err(Refusal::TieBreak));
    assert!(bob.receive(&hers).is_ok());

    let (mut ann, mut bob) = call();
    let (hers, his) = (ann.send_in("0", false).unwrap(), bob.send_in("0", false).unwrap());
    assert_eq!(ann.receive(&his), Err(Refusal::TieBreak));
    let senders = Senders::None;
    assert_eq!(bob.receive(&hers).unwrap(), Event::Modified { content: "0".into(), senders }.into());
}

#[test]
fn nobody_makes_us_send() {
    let (mut ann, mut bob) = call();
    let stop = bob.send_in("0", false).unwrap();
    bob.answered(Action::ContentModify, false);
    let told = |senders| Followed::from(Event::Modified { content: "0".into(), senders });
    assert_eq!(ann.receive(&sent(&stop)).unwrap(), told(Senders::Initiator));
    assert!(ann.send_in("0", true).is_none(), "it is so already");
    let modify = |senders| {
        let contents = vec![Content { senders: Some(senders), ..Content::named("0") }];
        Jingle { contents, ..Jingle::new(Action::ContentModify, "5f3c") }
    };
    assert_eq!(ann.receive(&modify(Senders::None)).unwrap(), told(Senders::None), "they may ask us to stop");
    assert_eq!(ann.receive(&modify(Senders::Both)).unwrap(), told(Senders::Responder), "and not to begin");
    let (mut ann, _) = pair();
    assert!(ann.send_in("0", false).is_none(), "not before it is on");
    assert_eq!(ann.receive(&modify(Senders::Initiator)).unwrap(), told(Senders::Initiator), "Dino does");
}

#[test]
fn what_is_taken_away_leaves_the_rest_or_ends_it() {
    let (mut ann, mut bob) = call();
    let add = bob.add(video("1", 2, Setup::Actpass));
    ann.receive(&add).unwrap();
    ann.accept_content(vec![video("1", 1, Setup::Active)]);
    let remove =
        |name: &str| Jingle { contents: vec![Content::named(name)], ..Jingle::new(Action::ContentRemove, "5f3c") };
    assert_eq!(removed(&ann.receive(&remove("1")).unwrap().events), ["1"]);
    assert_eq!(ann.receive(&remove("1")), Err(Refusal::UnknownContent));
    let followed = ann.receive(&remove("0")).unwrap();
    assert_eq!(followed.then[0].reason, Some(Condition::Success.into()));
}

#[test]
fn the_ways_are_looked_for_anew_by_either() {
    let (mut ann, mut bob) = call();
    let new = |name: &str| Credentials::new(name, "abcdefghijklmnopqrstuv").unwrap();
    let place = || crate::sdp::read_candidate("candidate:1 1 udp 1 192.0.2.7 50000 typ host", "c1".into()).unwrap();
    let restart = bob.restart(&["0".into()], &new("newb"));
    let told = Event::Restart { contents: vec!["0".into()], credentials: new("newb"), answer: false };
    assert_eq!(ann.receive(&sent(&restart)).unwrap(), told.into());
    let answer = ann.candidate("0", new("newa"), place()).unwrap();
    let followed = bob.receive(&sent(&answer)).unwrap();
    assert_eq!(
        followed.events[0],
        Event::Restart { contents: vec!["0".into()], credentials: new("newa"), answer: true }
    );
    assert!(matches!(followed.events[1], Event::Candidates { .. }));
    // Both at once: the initiator's counts, and is answered.
    let (hers, his) = (ann.restart(&["0".into()], &new("her2")), bob.restart(&["0".into()], &new("his2")));
    assert_eq!(ann.receive(&his), Err(Refusal::TieBreak));
    bob.answered(Action::TransportInfo, true);
    let told = Event::Restart { contents: vec!["0".into()], credentials: new("her2"), answer: false };
    assert_eq!(bob.receive(&hers).unwrap(), told.into());
}

#[test]
fn what_is_refused_is_as_if_we_had_not_asked() {
    let (mut ann, mut bob) = call();
    ann.send_in("0", false).unwrap();
    let undone = Event::Modified { content: "0".into(), senders: Senders::Both };
    assert_eq!(ann.answered(Action::ContentModify, true), [undone]);
    assert!(ann.send_in("0", false).is_some(), "it can be asked again");
    ann.add(video("1", 1, Setup::Actpass));
    assert_eq!(removed(&ann.answered(Action::ContentAdd, true)), ["1"]);
    let his = bob.add(video("2", 2, Setup::Actpass));
    assert!(ann.receive(&sent(&his)).is_ok(), "it does not stand in the way of theirs");
}

/// Dino has credentials of its own for each content.
#[test]
fn two_ways_side_by_side_are_no_restart() {
    let contents = vec![content("audio", Media::Audio, 1, Setup::Actpass), video("video", 2, Setup::Actpass)];
    let offer = Jingle { contents, ..Jingle::new(Action::SessionInitiate, "5f3c") };
    let mut bob = Session::offered(jid("bob"), jid("ann"), &offer).unwrap();
    for (name, byte) in [("audio", 1), ("video", 2)] {
        let transport = ice::Transport { fingerprint: None, ..ours(byte, Setup::Actpass) };
        let contents = vec![Content { transport: Some(Transport::Ice(transport)), ..Content::named(name) }];
        let followed = bob.receive(&Jingle { contents, ..Jingle::new(Action::TransportInfo, "5f3c") }).unwrap();
        assert_eq!(followed.events, [], "{name}");
    }
}

#[test]
fn another_way_is_declined_in_order() {
    let (mut ann, _) = call();
    let transport = Some(Transport::Other("urn:xmpp:jingle:transports:raw-udp:1".into()));
    let contents = vec![Content { transport, ..Content::named("0") }];
    let followed = ann.receive(&Jingle { contents, ..Jingle::new(Action::TransportReplace, "5f3c") }).unwrap();
    assert_eq!((followed.then[0].action, followed.events.len()), (Action::TransportReject, 0));
}
