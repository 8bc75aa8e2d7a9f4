//! Two sides that talk to each other, and what one does with a peer that does not keep to the rules.

mod finish;
mod hostile;
mod random;
mod recorded;
mod several;
mod way;

use super::*;
use crate::content::Senders;
use crate::datachannel::Form;
use crate::file::Range;
use crate::hash::{Algo, Hash};
use crate::ice::{self, Credentials, Fingerprint, Setup};
use crate::reason::Detail;
use crate::refusal::Refusal;
use crate::s5b::{Candidate, Kind, Step};
use waxwing_xml::Element;
use xmpp_parsers::jid::Jid;

fn jid(name: &str) -> FullJid {
    FullJid::new(&format!("{name}@example.test/x")).unwrap()
}

fn policy(ways: &[Way]) -> Policy {
    Policy { ways: ways.to_vec(), hidden: false }
}

fn all() -> Policy {
    policy(&Way::ALL)
}

fn candidate(cid: &str, kind: Kind) -> Candidate {
    let jid = Jid::new("proxy.example.test").unwrap();
    Candidate { cid: cid.into(), host: format!("{cid}.test"), port: 5086, jid, priority: kind.priority(0), kind }
}

fn s5b(sid: &str, cids: &[&str]) -> Transport {
    let candidates = cids.iter().map(|cid| candidate(cid, Kind::Direct)).collect();
    Transport::S5b(s5b::Transport { sid: sid.into(), candidates, ..s5b::Transport::default() })
}

fn ibb(sid: &str) -> Transport {
    Transport::Ibb(ibb::Transport::new(sid, 4096))
}

fn ice(byte: u8, setup: Setup) -> ice::Transport {
    let hash = ice::Hash::Sha256;
    ice::Transport {
        credentials: Credentials::new(&format!("uf{byte:02}"), "n7uJ1bOb0wwQ1kMM2qDgQJ"),
        fingerprint: Some(Fingerprint { hash, value: vec![byte; 32], setup }),
        ..ice::Transport::default()
    }
}

fn channel(form: Form, byte: u8, setup: Setup) -> Transport {
    Transport::DataChannel(datachannel::Transport::new(form, 262_144, ice(byte, setup)))
}

fn file(size: u64) -> File {
    File { name: Some("a.bin".into()), size: Some(size), range: Some(Range::default()), ..File::default() }
}

fn offer(name: &str, size: u64, transport: Transport) -> Content {
    Content::file_of(name, file(size), Senders::Initiator, transport)
}

fn request(name: &str, offset: u64, transport: Transport) -> Content {
    let file = File { range: Some(Range::from(offset)), size: None, ..file(0) };
    Content::file_of(name, file, Senders::Responder, transport)
}

fn taken(content: &str, transport: Transport) -> Taken {
    Taken { content: content.into(), transport, offset: 0, file: None }
}

/// Over the wire and back: what is written can be read. Places of a data channel may look like those of any other.
fn wired(jingle: &Jingle) -> Jingle {
    let written = Element::from(jingle.write());
    let read = Jingle::read(&written).unwrap();
    assert_eq!(Element::from(read.write()), written);
    read
}

/// Ann has offered or asked for something.
fn pair(contents: Vec<Content>, policy: &Policy) -> (Transfer, Transfer) {
    let (ann, act) = Transfer::offer(jid("ann"), jid("bob"), "ft1".into(), contents, policy.clone()).unwrap();
    let Act::Request(offer) = act else { panic!("{act:?}") };
    let bob = Transfer::offered(jid("bob"), jid("ann"), &wired(&offer), policy.clone(), &[]).unwrap();
    (ann, bob)
}

/// Does what one of both wants done, until nobody has anything to say; all else of it is for the one and the other.
fn talk(ann: &mut Transfer, bob: &mut Transfer, acts: Vec<Act>) -> (Vec<Act>, Vec<Act>) {
    let from_ann = |act: &Act| matches!(act, Act::Request(jingle) if jingle.initiator.is_some());
    assert!(acts.iter().all(|act| !matches!(act, Act::Request(_)) || from_ann(act)));
    let (mut for_ann, mut for_bob) = (vec![], vec![]);
    let mut open: std::collections::VecDeque<_> = acts.into_iter().map(|act| (true, act)).collect();
    while let Some((of_ann, act)) = open.pop_front() {
        let Act::Request(jingle) = act else {
            if of_ann {
                for_ann.push(act);
            } else {
                for_bob.push(act);
            }
            continue;
        };
        let (from, to) = if of_ann { (&mut *ann, &mut *bob) } else { (&mut *bob, &mut *ann) };
        let answer = to.receive(&from.own.clone(), &wired(&jingle));
        let then = from.answered(jingle.action, answer.is_err());
        open.extend(then.into_iter().map(|act| (of_ann, act)));
        open.extend(answer.unwrap_or_default().into_iter().map(|act| (!of_ann, act)));
    }
    (for_ann, for_bob)
}

/// The same where Bob begins.
fn talk_back(ann: &mut Transfer, bob: &mut Transfer, acts: Vec<Act>) -> (Vec<Act>, Vec<Act>) {
    let (for_bob, for_ann) = talk(bob, ann, acts);
    (for_ann, for_bob)
}

/// Ann's one file goes between stanzas, and nothing of it has gone yet.
fn moving(content: Content) -> (Transfer, Transfer) {
    let name = content.name.clone();
    let (mut ann, mut bob) = pair(vec![content], &all());
    let acts = bob.accept(vec![Taken { file: Some(file(10)), ..taken(&name, ibb("")) }]);
    let (for_ann, for_bob) = talk_back(&mut ann, &mut bob, acts);
    assert!(matches!(&for_ann[..], [Act::Accepted(_), Act::InBand { .. }]), "{for_ann:?}");
    assert!(matches!(&for_bob[..], [Act::InBand { .. }]), "{for_bob:?}");
    ann.opened(&name);
    bob.opened(&name);
    assert_eq!((ann.stage(&name), bob.stage(&name)), (Some(Stage::Moving), Some(Stage::Moving)));
    (ann, bob)
}

fn ended(condition: Condition) -> Act {
    Act::Ended(condition.into())
}

/// What a request of the acts is.
fn requests(acts: &[Act]) -> Vec<Action> {
    let action = |act: &Act| if let Act::Request(jingle) = act { Some(jingle.action) } else { None };
    acts.iter().filter_map(action).collect()
}

#[test]
fn a_file_is_offered_sent_and_received() {
    let (mut ann, mut bob) = moving(offer("f", 10, ibb("ib1")));
    assert_eq!((ann.sends("f"), bob.sends("f")), (Some(true), Some(false)));
    assert_eq!(bob.file("f").unwrap().name.as_deref(), Some("a.bin"));
    assert_eq!(bob.span("f"), Some(Span { offset: 0, length: Some(10), wire: Some(10) }));
    assert_eq!(bob.moved("f", 10), []);
    assert_eq!((ann.moved("f", 10), ann.sent("f")), (vec![], vec![]));
    assert_eq!(ann.stage("f"), Some(Stage::Sent), "not before they say so");
    let acts = bob.received("f");
    assert_eq!(requests(&acts), [Action::SessionInfo, Action::SessionTerminate]);
    let (for_ann, for_bob) = talk_back(&mut ann, &mut bob, acts);
    assert_eq!(for_ann, [Act::Received("f".into()), ended(Condition::Success)]);
    assert_eq!(for_bob, [ended(Condition::Success)]);
    assert_eq!((ann.stage("f"), bob.stage("f")), (Some(Stage::Done), Some(Stage::Done)));
    assert_eq!((ann.end(Condition::Cancel), bob.received("f")), (vec![], vec![]));
}

#[test]
fn a_file_is_asked_for() {
    let (mut ann, mut bob) = moving(request("f", 0, ibb("ib1")));
    assert_eq!((ann.sends("f"), bob.sends("f")), (Some(false), Some(true)));
    assert_eq!(ann.file("f").unwrap().size, Some(10), "what it is, they know");
    bob.sent("f");
    let (acts, _) = (ann.received("f"), ());
    let (for_ann, for_bob) = talk(&mut ann, &mut bob, acts);
    assert_eq!(for_bob, [Act::Received("f".into()), ended(Condition::Success)]);
    assert_eq!(for_ann, [ended(Condition::Success)]);
    let (_, mut bob) = pair(vec![request("f", 0, ibb("ib1"))], &all());
    let Some(Act::Request(end)) = bob.end(Detail::FileNotAvailable).into_iter().next() else { panic!("nothing") };
    let reason = wired(&end).reason.unwrap();
    assert_eq!((reason.condition, reason.detail), (Condition::FailedApplication, Some(Detail::FileNotAvailable)));
}

#[test]
fn it_is_declined_or_thought_better_of() {
    let (mut ann, mut bob) = pair(vec![offer("f", 10, ibb("ib1"))], &all());
    let acts = bob.accept(vec![]);
    assert_eq!(talk_back(&mut ann, &mut bob, acts).0, [ended(Condition::Decline)]);
    let (mut ann, mut bob) = pair(vec![offer("f", 10, ibb("ib1"))], &all());
    let acts = ann.end(Condition::Cancel);
    assert_eq!(talk(&mut ann, &mut bob, acts).1, [ended(Condition::Cancel)]);
    assert_eq!((bob.accept(vec![taken("f", ibb(""))]), bob.state()), (vec![], State::Ended));
}

#[test]
fn it_goes_on_where_it_was_only_where_the_answer_says_so() {
    let agreed = |content: Content, offset| {
        let (mut ann, mut bob) = pair(vec![content], &all());
        let acts = bob.accept(vec![Taken { offset, file: Some(file(10)), ..taken("f", ibb("")) }]);
        talk_back(&mut ann, &mut bob, acts);
        assert_eq!(ann.span("f"), bob.span("f"));
        ann.span("f").map(|span| (span.offset, span.length))
    };
    assert_eq!(agreed(offer("f", 10, ibb("ib1")), 4), Some((4, Some(6))));
    let whole = Content::file_of("f", File { range: None, ..file(10) }, Senders::Initiator, ibb("ib1"));
    assert_eq!(agreed(whole, 4), Some((0, Some(10))), "no parts can be asked for");
    assert_eq!(agreed(request("f", 4, ibb("ib1")), 4), Some((4, Some(6))));
    assert_eq!(agreed(request("f", 4, ibb("ib1")), 0), Some((0, Some(10))), "from the beginning");
    assert_eq!(agreed(request("f", 4, ibb("ib1")), 7), Some((0, Some(10))), "not what was asked for");
    let part = File { range: Some(Range { length: Some(3), ..Range::from(4) }), ..file(10) };
    let part = Content::file_of("f", part, Senders::Initiator, ibb("ib1"));
    assert_eq!(agreed(part, 4), Some((4, Some(3))));
}

#[test]
fn where_both_offer_the_same_the_lower_id_counts() {
    let asks = |own: &str, peer: &str, sid: &str, content: Content| {
        let (transfer, act) = Transfer::offer(jid(own), jid(peer), sid.into(), vec![content], all()).unwrap();
        let Act::Request(offer) = act else { panic!("{act:?}") };
        (transfer, *offer)
    };
    let wanted = Content::file_of("r", file(10), Senders::Responder, ibb("ib2"));
    let (ann, hers) = asks("ann", "bob", "1", offer("f", 10, ibb("ib1")));
    let (bob, his) = asks("bob", "ann", "2", wanted.clone());
    assert_eq!(ann.ties(&jid("bob"), &his), Some(Creator::Initiator));
    assert_eq!(bob.ties(&jid("ann"), &hers), Some(Creator::Responder));
    let (bob, his) = asks("bob", "ann", "1", wanted);
    assert_eq!(ann.ties(&jid("bob"), &his), Some(Creator::Initiator), "of the same id, the lower address");
    assert_eq!(bob.ties(&jid("ann"), &hers), Some(Creator::Responder));
    assert_eq!(ann.ties(&jid("eve"), &his), None);
    let (_, another) = asks("bob", "ann", "0", offer("f", 10, ibb("ib2")));
    assert_eq!(ann.ties(&jid("bob"), &another), None, "each sends one");
}

#[test]
fn a_new_address_ends_it() {
    let (mut ann, mut bob) = moving(offer("f", 10, ibb("ib1")));
    assert_eq!(ann.rebound(&jid("ann")), []);
    let acts = ann.rebound(&FullJid::new("ann@example.test/y").unwrap());
    assert_eq!(acts[1], ended(Condition::ConnectivityError));
    assert_eq!(talk(&mut ann, &mut bob, acts).1, [ended(Condition::ConnectivityError)]);
}
