//! The tables of XEP-0260, and a peer that does not keep to them.

use super::*;
use crate::content::Creator;
use crate::refusal::Refusal;

fn read(attrs: &str, inner: &str) -> Result<Transport, Malformed> {
    let xml = format!("<transport xmlns='urn:xmpp:jingle:transports:s5b:1' {attrs}>{inner}</transport>");
    Transport::read(&xml.parse().unwrap())
}

fn candidate(cid: &str, kind: Kind, local: u16) -> Candidate {
    let jid = Jid::new("ann@example.test/x").unwrap();
    Candidate { cid: cid.into(), host: "192.0.2.7".into(), port: 5086, jid, priority: kind.priority(local), kind }
}

fn direct(cid: &str) -> Candidate {
    candidate(cid, Kind::Direct, 0)
}

fn proxy(cid: &str) -> Candidate {
    candidate(cid, Kind::Proxy, 0)
}

fn used(cid: &str) -> Info {
    Info::CandidateUsed(cid.into())
}

/// The example of §2.2, with its two hashes.
#[test]
fn the_example_goes_there_and_back() {
    let offer = read(
        "dstaddr='972b7bf47291ca609517f67f86b5081086052dad' mode='tcp' sid='vj3hs98y'",
        "<candidate cid='hft54dqy' host='192.168.4.1' jid='romeo@montague.lit/orchard' port='5086' priority='8257636' \
         type='direct'/><candidate cid='xmdh4b7i' host='123.456.7.8' jid='streamer.shakespeare.lit' port='7625' \
         priority='7878787' type='proxy'/>",
    )
    .unwrap();
    assert_eq!((offer.candidates[0].priority, offer.candidates[1].kind), (8_257_636, Kind::Proxy));
    assert_eq!(Transport::read(&offer.write().into()), Ok(offer.clone()));
    let (romeo, juliet) = ("romeo@montague.lit/orchard", "juliet@capulet.lit/balcony");
    let (romeo, juliet) = (FullJid::new(romeo).unwrap(), FullJid::new(juliet).unwrap());
    assert_eq!(Some(dstaddr("vj3hs98y", &romeo, &juliet)), offer.dstaddr);
    assert_eq!(dstaddr("vj3hs98y", &juliet, &romeo), "1a12fb7bc625e55f3ed5b29a53dbe0e4aa7d80ba");
}

#[test]
fn each_info_goes_there_and_back() {
    for info in [used("a"), Info::CandidateError, Info::Activated("a".into()), Info::ProxyError] {
        let transport = Transport { sid: "s".into(), info: Some(info), ..Transport::default() };
        assert_eq!(Transport::read(&transport.write().into()), Ok(transport));
    }
    for inner in ["<candidate-used/>", "<activated cid='a b'/>", "<candidate-used cid='a'/><candidate-error/>"] {
        assert!(read("sid='s'", inner).is_err(), "{inner}");
    }
}

#[test]
fn priorities_are_those_of_the_table() {
    for (kind, preference) in [(Kind::Direct, 126), (Kind::Assisted, 120), (Kind::Tunnel, 110), (Kind::Proxy, 10)] {
        assert_eq!(kind.priority(65535), preference * 65536 + 65535);
    }
}

#[test]
fn what_is_of_no_use_is_left_out_and_all_has_its_bounds() {
    let with = |change: (&str, &str)| {
        let attrs =
            [("cid", "a"), ("host", "h"), ("jid", "p.example"), ("port", "1"), ("priority", "1"), ("type", "proxy")];
        let attr = |(name, value): &(&str, &str)| {
            let value = if *name == change.0 { change.1 } else { value };
            format!("{name}='{value}' ")
        };
        let attrs: String = attrs.iter().map(attr).collect();
        read("sid='s'", &format!("<candidate {attrs}/>")).unwrap().candidates
    };
    assert_eq!(with(("", "")).len(), 1);
    for change in [
        ("cid", ""),
        ("cid", &"x".repeat(200)),
        ("host", "a b"),
        ("host", &"x".repeat(300)),
        ("jid", "@"),
        ("port", "0"),
        ("port", "65536"),
        ("port", "-1"),
        ("priority", "0"),
        ("priority", "4294967296"),
        ("type", "magic"),
    ] {
        assert_eq!(with(change), [], "{change:?}");
    }
    let many: String =
        (0..1000).map(|n| format!("<candidate cid='{n}' host='h' jid='p.example' priority='1'/>")).collect();
    let many = read("sid='s'", &many).unwrap().candidates;
    assert_eq!((many.len(), many[0].port, many[0].kind), (MOST_CANDIDATES, 1080, Kind::Direct));
    let twice = "<candidate cid='a' host='h' jid='p.example' priority='1'/>".repeat(2);
    assert_eq!(read("sid='s'", &twice).unwrap().candidates.len(), 1);
    assert_eq!(read(&format!("sid='s' dstaddr='{}'", "a".repeat(256)), "").unwrap().dstaddr, None);
    for attrs in ["", "sid=''", "sid='a b'", "sid='s' mode='udp'"] {
        assert!(read(attrs, "").is_err(), "{attrs}");
    }
}

#[test]
fn the_same_proxy_is_not_offered_twice() {
    let mut ours =
        Transport { candidates: vec![proxy("a"), Candidate { port: 1, ..proxy("b") }], ..Transport::default() };
    ours.leave_out(&[proxy("c")]);
    assert_eq!(ours.candidates.len(), 1);
}

/// One that has begun with these, and has nothing more to say about that.
fn begun(role: Creator, ours: &[Candidate], theirs: &[Candidate]) -> Nomination {
    let (nomination, steps) = Nomination::begin(role, ours.to_vec(), theirs.to_vec());
    assert!(matches!(&steps[..], [Step::Try(_)]), "{steps:?}");
    nomination
}

#[test]
fn they_are_tried_in_the_order_of_their_priority() {
    let theirs = [proxy("p"), candidate("a", Kind::Direct, 1), candidate("b", Kind::Direct, 2)];
    let (_, steps) = Nomination::begin(Creator::Initiator, vec![], theirs.to_vec());
    let [Step::Try(tried)] = &steps[..] else { panic!("{steps:?}") };
    assert_eq!(tried.iter().map(|candidate| &candidate.cid[..]).collect::<Vec<_>>(), ["b", "a", "p"]);
}

/// The four rows of §2.4, for either side.
#[test]
fn both_know_the_same_one() {
    let (low, high) = (candidate("low", Kind::Direct, 1), candidate("high", Kind::Direct, 2));
    let (hers, his) = (direct("hers"), direct("his"));
    // What Ann offers and Bob, which of it the other connects to, and what is taken.
    let rows = [
        (&hers, &his, false, false, None),
        (&hers, &his, true, false, Some("hers")),
        (&hers, &his, false, true, Some("his")),
        (&low, &high, true, true, Some("high")),
        (&high, &low, true, true, Some("high")),
        // Ann has begun: her choice is what Bob offered.
        (&hers, &his, true, true, Some("his")),
    ];
    for (hers, his, bob_connects, ann_connects, taken) in rows {
        let mut ann = begun(Creator::Initiator, std::slice::from_ref(hers), std::slice::from_ref(his));
        let mut bob = begun(Creator::Responder, std::slice::from_ref(his), std::slice::from_ref(hers));
        let tries = |side: &mut Nomination, cid: &str, connects: bool| {
            let steps = if connects { side.connected(cid) } else { side.unreachable(cid) };
            let [Step::Say(info)] = &steps[..] else { panic!("{steps:?}") };
            info.clone()
        };
        // Both have said it before they hear of each other.
        let (by_ann, by_bob) = (tries(&mut ann, &his.cid, ann_connects), tries(&mut bob, &hers.cid, bob_connects));
        let chosen = |steps: Vec<Step>| match &steps[..] {
            [Step::Failed] => None,
            [Step::Use(Nominated::Ours(candidate))] => Some((candidate.cid.clone(), true)),
            [Step::Use(Nominated::Theirs(candidate))] => Some((candidate.cid.clone(), false)),
            _ => panic!("{steps:?}"),
        };
        let (for_ann, for_bob) = (chosen(ann.hear(&by_bob).unwrap()), chosen(bob.hear(&by_ann).unwrap()));
        assert_eq!(for_ann, taken.map(|cid| (cid.to_owned(), cid == hers.cid)));
        assert_eq!(for_bob, taken.map(|cid| (cid.to_owned(), cid == his.cid)));
    }
}

#[test]
fn only_better_ones_are_tried_further() {
    let theirs = [candidate("better", Kind::Direct, 9), direct("same"), proxy("worse")];
    let mut ann = begun(Creator::Initiator, &[direct("ours")], &theirs);
    assert_eq!(ann.hear(&used("ours")).unwrap(), [Step::Leave(vec!["same".into(), "worse".into()])]);
    assert_eq!(ann.connected("worse"), [], "too late");
    assert_eq!(ann.add(vec![proxy("another")]), [], "of no use");
    let steps = ann.unreachable("better");
    assert_eq!(steps, [Step::Say(Info::CandidateError), Step::Use(Nominated::Ours(direct("ours")))]);
    // The last one goes as they say it.
    let mut ann = begun(Creator::Initiator, &[direct("ours")], &[proxy("worse")]);
    let steps = ann.hear(&used("ours")).unwrap();
    assert_eq!(steps[0], Step::Leave(vec!["worse".into()]));
    assert_eq!(steps[1..], [Step::Say(Info::CandidateError), Step::Use(Nominated::Ours(direct("ours")))]);
}

#[test]
fn whoever_offered_a_proxy_has_it_activated() {
    let mut ann = begun(Creator::Initiator, &[direct("a")], &[proxy("p")]);
    let mut bob = begun(Creator::Responder, &[proxy("p")], &[direct("a")]);
    assert_eq!(ann.connected("p"), [Step::Say(used("p"))]);
    assert_eq!(bob.hear(&used("p")).unwrap(), [], "a direct one would be better");
    assert_eq!(bob.unreachable("a"), [Step::Say(Info::CandidateError), Step::Activate(proxy("p"))]);
    assert_eq!(ann.hear(&Info::CandidateError).unwrap(), [], "not before it is activated");
    assert_eq!(ann.hear(&Info::Activated("q".into())), Err(Refusal::Malformed));
    let activated = Info::Activated("p".into());
    assert_eq!(bob.activated(true), [Step::Say(activated.clone()), Step::Use(Nominated::Ours(proxy("p")))]);
    assert_eq!(ann.hear(&activated).unwrap(), [Step::Use(Nominated::Theirs(proxy("p")))]);
    assert_eq!(ann.hear(&activated), Err(Refusal::OutOfOrder), "once");
}

#[test]
fn a_proxy_may_fail_on_either_side() {
    let failing = || {
        let mut ann = begun(Creator::Initiator, &[direct("a")], &[proxy("p")]);
        let mut bob = begun(Creator::Responder, &[proxy("p")], &[direct("a")]);
        ann.connected("p");
        ann.hear(&Info::CandidateError).unwrap();
        bob.unreachable("a");
        bob.hear(&used("p")).unwrap();
        (ann, bob)
    };
    let error = [Step::Say(Info::ProxyError), Step::Failed];
    let (mut ann, mut bob) = failing();
    assert_eq!(bob.activated(false), error);
    assert_eq!(ann.hear(&Info::ProxyError).unwrap(), [Step::Failed]);
    let (mut ann, mut bob) = failing();
    assert_eq!(ann.give_up(), error, "it was lost");
    assert_eq!(bob.hear(&Info::ProxyError).unwrap(), [Step::Failed]);
    assert_eq!(bob.activated(true), [], "too late");
    let (_, mut bob) = failing();
    bob.activated(true);
    assert_eq!(bob.hear(&Info::ProxyError).unwrap(), [Step::Failed], "it is theirs to say as well");
}

#[test]
fn nothing_is_said_twice_or_of_what_is_not_there() {
    let mut ann = begun(Creator::Initiator, &[direct("a")], &[direct("b")]);
    assert_eq!(ann.hear(&used("zzz")), Err(Refusal::Malformed), "never offered");
    assert_eq!(ann.hear(&used("b")), Err(Refusal::Malformed), "it is their own");
    for info in [Info::Activated("a".into()), Info::ProxyError] {
        assert_eq!(ann.hear(&info), Err(Refusal::OutOfOrder), "{info:?}");
    }
    ann.hear(&used("a")).unwrap();
    for info in [used("a"), used("b"), Info::CandidateError] {
        assert_eq!(ann.hear(&info), Err(Refusal::OutOfOrder), "{info:?}");
    }
}

#[test]
fn who_has_nothing_to_offer_says_so() {
    let (mut ann, steps) = Nomination::begin(Creator::Initiator, vec![], vec![]);
    assert_eq!(steps, [Step::Say(Info::CandidateError)]);
    assert_eq!(ann.hear(&Info::CandidateError).unwrap(), [Step::Failed]);
}

#[test]
fn it_does_not_take_for_ever() {
    let mut ann = begun(Creator::Initiator, &[direct("a")], &[direct("b"), proxy("p")]);
    let steps = ann.give_up();
    assert_eq!(steps, [Step::Leave(vec!["b".into(), "p".into()]), Step::Say(Info::CandidateError)]);
    assert_eq!(ann.give_up(), [Step::Failed], "they have said nothing");
    assert_eq!((ann.give_up(), ann.connected("b"), ann.activated(true)), (vec![], vec![], vec![]));
    assert_eq!(ann.hear(&used("a")), Err(Refusal::OutOfOrder));
}

#[test]
fn nobody_has_us_knock_at_every_door() {
    let all = |from: usize| (from..from + 40).map(|n| direct(&n.to_string())).collect::<Vec<_>>();
    let mut ann = begun(Creator::Initiator, &[], &[direct("0"), direct("a")]);
    ann.unreachable("0");
    assert_eq!(ann.add(vec![direct("0")]), [], "it was tried");
    let [Step::Try(more)] = &ann.add(all(1))[..] else { panic!("nothing more") };
    assert_eq!(more.len(), MOST_CANDIDATES - 2);
    assert_eq!(ann.add(all(100)), []);
}
