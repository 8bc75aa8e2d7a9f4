//! A file as two Dinos had it (tests/fixtures/files): we take the place of each of them, and come to the same.

use waxwing_xml::Reading as _;

use super::*;
use crate::ns;
use crate::s5b::Nominated;

const DINO: &str = include_str!("../../../../../../tests/fixtures/files/dino-0.4.2.xml");

/// What both have said in the session, with who said it, in the order in which it arrived.
fn steps() -> Vec<(FullJid, Jingle)> {
    let stanzas = DINO.lines().filter(|line| line.starts_with("<iq"));
    // A stanza inherits its namespace from the stream; what a server has passed on says from whom it is.
    let whole = |line: &str| line.replacen(' ', " xmlns='jabber:client' ", 1).parse().unwrap();
    let step = |stanza: Element| {
        let from = FullJid::new(stanza.get("from")?).ok()?;
        Some((from, Jingle::read(stanza.get_child("jingle", ns::JINGLE)?).unwrap()))
    };
    stanzas.map(whole).filter_map(step).collect()
}

fn dave() -> FullJid {
    FullJid::new("dave@xmpp.test/dino.ddave").unwrap()
}

fn erin() -> FullJid {
    FullJid::new("erin@xmpp.test/dino.derin").unwrap()
}

fn used(jingle: &Jingle) -> Option<s5b::Info> {
    let Some(Transport::S5b(transport)) = &jingle.contents.first()?.transport else { return None };
    transport.info.clone()
}

#[test]
fn each_step_is_understood_and_could_be_ours() {
    let steps = steps();
    let actions: Vec<_> = steps.iter().map(|(from, step)| (from.clone(), step.action)).collect();
    let expected = [
        (dave(), Action::SessionInitiate),
        (erin(), Action::SessionAccept),
        (erin(), Action::TransportInfo),
        (dave(), Action::TransportInfo),
        (erin(), Action::SessionTerminate),
    ];
    assert_eq!(actions, expected);
    for (_, step) in &steps {
        wired(step);
    }
    let file = steps[0].1.contents[0].file().unwrap();
    assert_eq!((file.name.as_deref(), file.size, &file.range), (Some("f200.bin"), Some(209_715_200), &None));
    for (owner, peer, step) in [(dave(), erin(), &steps[0].1), (erin(), dave(), &steps[1].1)] {
        let Some(Transport::S5b(transport)) = &step.contents[0].transport else { panic!("{step:?}") };
        assert_eq!(transport.candidates.len(), 5);
        assert_eq!(transport.dstaddr, Some(s5b::dstaddr(&transport.sid, &owner, &peer)));
    }
}

/// We send to Erin, as Dave did.
#[test]
fn it_goes_to_a_dino() {
    let steps = steps();
    let offer = &steps[0].1;
    let ways = policy(&[Way::S5b, Way::Ibb]);
    let (mut ours, act) = Transfer::offer(dave(), erin(), offer.sid.clone(), offer.contents.clone(), ways).unwrap();
    let Act::Request(said) = act else { panic!("{act:?}") };
    assert_eq!(said.contents, offer.contents, "as he did");
    let acts = ours.receive(&erin(), &steps[1].1).unwrap();
    let [Act::Accepted(names), Act::S5b { step: Step::Try(tried), .. }] = &acts[..] else { panic!("{acts:?}") };
    assert_eq!((names[0].as_str(), tried.len()), ("a-file-offer", 5));
    // He was connected to the first one as well.
    let connected = ours.connected("a-file-offer", &tried[0].cid);
    let [Act::S5b { step: Step::Leave(left), .. }, Act::Request(said)] = &connected[..] else {
        panic!("{connected:?}")
    };
    assert_eq!((left.len(), used(said)), (4, used(&steps[3].1)));
    assert_eq!(said.contents, steps[3].1.contents);
    let acts = ours.receive(&erin(), &steps[2].1).unwrap();
    let nominated = Nominated::Theirs(tried[0].clone());
    let step = Step::Use(nominated);
    assert_eq!(
        acts,
        [Act::S5b { content: "a-file-offer".into(), step }],
        "of the same priority, the initiator's choice"
    );
    ours.sent("a-file-offer");
    let acts = ours.receive(&erin(), &steps[4].1).unwrap();
    assert_eq!(acts, [Act::Received("a-file-offer".into()), ended(Condition::Success)]);
}

/// We receive from Dave, as Erin did.
#[test]
fn it_comes_from_a_dino() {
    let steps = steps();
    let mut ours = Transfer::offered(erin(), dave(), &steps[0].1, all(), &[]).unwrap();
    let transport = steps[1].1.contents[0].transport.clone().unwrap();
    let acts = ours.accept(vec![Taken { offset: 4096, ..taken("a-file-offer", transport) }]);
    let [Act::Request(accept), Act::S5b { step: Step::Try(tried), .. }] = &acts[..] else { panic!("{acts:?}") };
    let (said, theirs) = (&accept.contents[0], &steps[1].1.contents[0]);
    assert_eq!((&said.description, said.senders, &said.name), (&theirs.description, theirs.senders, &theirs.name));
    let Some(Transport::S5b(s5b)) = &said.transport else { panic!("{said:?}") };
    assert_eq!(s5b.candidates.len(), 3, "the proxies of his are not offered again");
    assert_eq!(ours.span("a-file-offer").unwrap().offset, 0, "he knows nothing of parts");
    let connected = ours.connected("a-file-offer", &tried[0].cid);
    let Some(Act::Request(said)) = connected.last() else { panic!("{connected:?}") };
    assert_eq!(used(said), used(&steps[2].1));
    let acts = ours.receive(&dave(), &steps[3].1).unwrap();
    let Some(s5b::Info::CandidateUsed(cid)) = used(&steps[3].1) else { panic!("{steps:?}") };
    let [Act::S5b { step: Step::Use(Nominated::Ours(candidate)), .. }] = &acts[..] else { panic!("{acts:?}") };
    assert_eq!(candidate.cid, cid);
    assert_eq!(ours.moved("a-file-offer", 209_715_200), []);
    let acts = ours.received("a-file-offer");
    let [Act::Request(_), Act::Request(end), Act::Ended(_)] = &acts[..] else { panic!("{acts:?}") };
    assert_eq!(end.reason, steps[4].1.reason);
}
