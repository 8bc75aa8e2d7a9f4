//! Ways, and the change from one to another.

use super::*;
use crate::s5b::Nominated;

/// Ann offers a file over SOCKS5, which Bob accepts; both try what the other has.
fn s5b_pair(hers: &[&str], his: &[&str], policy: &Policy) -> (Transfer, Transfer, Vec<Act>, Vec<Act>) {
    let (mut ann, mut bob) = pair(vec![offer("f", 10, s5b("v1", hers))], policy);
    let acts = bob.accept(vec![taken("f", s5b("", his))]);
    let (for_ann, for_bob) = talk_back(&mut ann, &mut bob, acts);
    (ann, bob, for_ann, for_bob)
}

fn tried(acts: &[Act]) -> Vec<String> {
    let tries = |act: &Act| match act {
        Act::S5b { step: Step::Try(candidates), .. } => candidates.iter().map(|c| c.cid.clone()).collect(),
        _ => vec![],
    };
    acts.iter().flat_map(tries).collect()
}

fn uses(acts: &[Act]) -> Vec<Nominated> {
    let step = |act: &Act| if let Act::S5b { step: Step::Use(of), .. } = act { Some(of.clone()) } else { None };
    acts.iter().filter_map(step).collect()
}

#[test]
fn both_connect_and_take_the_same() {
    let (mut ann, mut bob, for_ann, for_bob) = s5b_pair(&["a1"], &["b1"], &all());
    assert_eq!((tried(&for_ann), tried(&for_bob)), (vec!["b1".to_owned()], vec!["a1".to_owned()]));
    let (hers, his) = (ann.dstaddrs("f").unwrap(), bob.dstaddrs("f").unwrap());
    assert_eq!((hers.0.len(), &hers.0, &hers.1), (40, &his.1, &his.0), "each says what the other expects");
    let acts = bob.connected("f", "a1");
    let (for_ann, _) = talk_back(&mut ann, &mut bob, acts);
    assert_eq!(for_ann, [Act::S5b { content: "f".into(), step: Step::Leave(vec!["b1".into()]) }, uses_of("a1", true)]);
    assert_eq!((ann.stage("f"), bob.stage("f")), (Some(Stage::Moving), Some(Stage::Moving)));
}

fn uses_of(cid: &str, ours: bool) -> Act {
    let candidate = candidate(cid, Kind::Direct);
    let of = if ours { Nominated::Ours(candidate) } else { Nominated::Theirs(candidate) };
    Act::S5b { content: "f".into(), step: Step::Use(of) }
}

#[test]
fn a_proxy_is_activated_before_bytes_go() {
    let (mut ann, mut bob) = pair(vec![offer("f", 10, s5b("v1", &["a1"]))], &all());
    let proxy = candidate("p", Kind::Proxy);
    let transport = s5b::Transport { candidates: vec![proxy.clone()], ..s5b::Transport::default() };
    let acts = bob.accept(vec![taken("f", Transport::S5b(transport))]);
    talk_back(&mut ann, &mut bob, acts);
    let acts = bob.unreachable("f", "a1");
    talk_back(&mut ann, &mut bob, acts);
    let acts = ann.connected("f", "p");
    let (for_ann, for_bob) = talk(&mut ann, &mut bob, acts);
    assert_eq!((for_ann, ann.stage("f")), (vec![], Some(Stage::Connecting)));
    assert_eq!(for_bob, [Act::S5b { content: "f".into(), step: Step::Activate(proxy.clone()) }]);
    let acts = bob.activated("f", true);
    let (for_ann, for_bob) = talk_back(&mut ann, &mut bob, acts);
    assert_eq!(uses(&for_ann), [Nominated::Theirs(proxy.clone())]);
    assert_eq!(uses(&for_bob), [Nominated::Ours(proxy)]);
}

#[test]
fn where_both_fail_the_initiator_takes_the_next() {
    let (mut ann, mut bob, ..) = s5b_pair(&["a1"], &["b1"], &policy(&[Way::S5b, Way::Ibb]));
    let acts = bob.unreachable("f", "a1");
    talk_back(&mut ann, &mut bob, acts);
    let acts = ann.unreachable("f", "b1");
    let (for_ann, for_bob) = talk(&mut ann, &mut bob, acts);
    assert_eq!(for_ann, [Act::Prepare { content: "f".into(), way: Way::Ibb }]);
    assert_eq!((for_bob, bob.stage("f")), (vec![Act::Stranded("f".into())], Some(Stage::Stranded)));
    assert_eq!(ann.replace("f", s5b("v2", &[])), [], "not the same again");
    let acts = ann.replace("f", ibb("ib2"));
    let (_, for_bob) = talk(&mut ann, &mut bob, acts);
    assert_eq!(for_bob, [Act::Replaced { content: "f".into(), transport: Box::new(ibb("ib2")) }]);
    let acts = bob.accept_transport("f", Transport::Ibb(ibb::Transport::new("", 1024)));
    let (for_ann, for_bob) = talk_back(&mut ann, &mut bob, acts);
    let [Act::InBand { stream: hers, .. }] = &for_ann[..] else { panic!("{for_ann:?}") };
    let [Act::InBand { stream: his, .. }] = &for_bob[..] else { panic!("{for_bob:?}") };
    assert_eq!((hers.sid(), hers.block(), hers.opens(), hers.left()), ("ib2", 1024, true, 0));
    assert_eq!((his.sid(), his.block(), his.opens(), his.left()), ("ib2", 1024, false, 10));
    assert_eq!((ann.way("f"), bob.way("f")), (Some(Way::Ibb), Some(Way::Ibb)));
    // And when that fails as well, it is over.
    let acts = ann.failed("f");
    assert_eq!(talk(&mut ann, &mut bob, acts).1, [ended(Condition::ConnectivityError)]);
}

#[test]
fn each_way_is_tried_once_and_in_order() {
    let (mut ann, mut bob) = pair(vec![offer("f", 10, channel(Form::Nested, 1, Setup::Actpass))], &all());
    let acts = bob.accept(vec![taken("f", channel(Form::Nested, 2, Setup::Active))]);
    let (for_ann, for_bob) = talk_back(&mut ann, &mut bob, acts);
    assert!(matches!(&for_ann[..], [Act::Accepted(_), Act::DataChannel { .. }]), "{for_ann:?}");
    assert!(matches!(&for_bob[..], [Act::DataChannel { .. }]), "{for_bob:?}");
    assert_eq!(ann.failed("f"), [Act::Prepare { content: "f".into(), way: Way::S5b }]);
    let acts = ann.replace("f", s5b("v1", &[]));
    talk(&mut ann, &mut bob, acts);
    let acts = bob.accept_transport("f", s5b("", &[]));
    let (for_ann, _) = talk_back(&mut ann, &mut bob, acts);
    assert_eq!(for_ann, [Act::Prepare { content: "f".into(), way: Way::Ibb }], "nothing to connect to");
    let acts = ann.replace("f", ibb("ib1"));
    talk(&mut ann, &mut bob, acts);
    let acts = bob.reject_transport("f");
    let (for_ann, for_bob) = talk_back(&mut ann, &mut bob, acts);
    assert_eq!((for_ann, for_bob), (vec![ended(Condition::FailedTransport)], vec![ended(Condition::FailedTransport)]));
}

#[test]
fn a_way_that_we_do_not_go_is_rejected_and_the_next_asked_for() {
    let (mut ann, act) = Transfer::offer(
        jid("ann"),
        jid("bob"),
        "ft1".into(),
        vec![offer("f", 10, channel(Form::SctpMap, 1, Setup::Actpass))],
        all(),
    )
    .unwrap();
    let Act::Request(offer) = act else { panic!("{act:?}") };
    let ways = policy(&[Way::DataChannel, Way::Ibb]);
    let mut bob = Transfer::offered(jid("bob"), jid("ann"), &wired(&offer), ways, &[]).unwrap();
    let acts = bob.accept(vec![taken("f", channel(Form::SctpMap, 2, Setup::Active))]);
    talk_back(&mut ann, &mut bob, acts);
    ann.failed("f");
    let acts = ann.replace("f", s5b("v1", &["a1"]));
    let (for_ann, for_bob) = talk(&mut ann, &mut bob, acts);
    assert_eq!(for_ann, [Act::Prepare { content: "f".into(), way: Way::Ibb }]);
    assert_eq!(for_bob, [Act::Stranded("f".into())]);
    assert_eq!(ann.failed("f")[1], ended(Condition::ConnectivityError), "we cannot either");
}

#[test]
fn an_error_in_answer_to_it_is_a_rejection() {
    let (mut ann, ..) = s5b_pair(&["a1"], &["b1"], &all());
    ann.failed("f");
    ann.failed("f");
    ann.replace("f", channel(Form::Nested, 1, Setup::Actpass));
    let acts = ann.answered(Action::TransportReplace, true);
    assert_eq!(acts, [Act::Prepare { content: "f".into(), way: Way::Ibb }]);
}

#[test]
fn only_the_initiator_asks_for_another_way() {
    let replace = |name: &str| {
        let contents = vec![Content { transport: Some(ibb("ib9")), ..Content::named(name) }];
        Jingle { contents, ..Jingle::new(Action::TransportReplace, "ft1") }
    };
    let (mut ann, mut bob, ..) = s5b_pair(&["a1"], &["b1"], &all());
    assert_eq!(ann.receive(&jid("bob"), &replace("f")), Err(Refusal::OutOfOrder));
    assert_eq!(bob.receive(&jid("ann"), &replace("g")), Err(Refusal::UnknownContent));
    assert_eq!(bob.failed("f").len(), 2, "we say that we reach nobody");
    assert_eq!(bob.failed("f"), [Act::Stranded("f".into())], "and wait for another way");
    assert!(bob.receive(&jid("ann"), &replace("f")).is_ok());
    assert_eq!(bob.receive(&jid("ann"), &replace("f")), Err(Refusal::OutOfOrder), "one at a time");
    assert_eq!(requests(&bob.failed("f")), [Action::SessionTerminate]);
    let (_, mut bob) = pair(vec![offer("f", 10, s5b("v1", &["a1"]))], &all());
    assert_eq!(bob.receive(&jid("ann"), &replace("f")), Err(Refusal::OutOfOrder), "not before it is accepted");
    let (_, mut bob) = moving(offer("f", 10, ibb("ib1")));
    bob.moved("f", 5);
    assert_eq!(bob.receive(&jid("ann"), &replace("f")), Err(Refusal::OutOfOrder), "not while bytes go");
    let (_, mut bob) = moving(offer("f", 10, ibb("ib1")));
    assert_eq!(requests(&bob.receive(&jid("ann"), &replace("f")).unwrap()), [Action::TransportReject], "not twice");
}

#[test]
fn strangers_do_not_learn_where_we_are() {
    let hidden = Policy { hidden: true, ..all() };
    let (mut ann, act) = Transfer::offer(
        jid("ann"),
        jid("bob"),
        "ft1".into(),
        vec![Content {
            transport: Some(Transport::S5b(s5b::Transport {
                sid: "v1".into(),
                candidates: vec![candidate("a1", Kind::Direct), candidate("p", Kind::Proxy)],
                ..s5b::Transport::default()
            })),
            ..offer("f", 10, ibb(""))
        }],
        hidden,
    )
    .unwrap();
    let Act::Request(offer) = act else { panic!("{act:?}") };
    let Some(Transport::S5b(offered)) = &offer.contents[0].transport else { panic!("{offer:?}") };
    assert_eq!(offered.candidates, [candidate("p", Kind::Proxy)]);
    let mut bob = Transfer::offered(jid("bob"), jid("ann"), &offer, all(), &[]).unwrap();
    let acts = bob.accept(vec![taken("f", s5b("", &["b1"]))]);
    let (for_ann, for_bob) = talk_back(&mut ann, &mut bob, acts);
    assert_eq!((tried(&for_ann), tried(&for_bob)), (vec![], vec!["p".to_owned()]));
    let acts = bob.connected("f", "p");
    let (for_ann, _) = talk_back(&mut ann, &mut bob, acts);
    assert_eq!(for_ann, [Act::S5b { content: "f".into(), step: Step::Activate(candidate("p", Kind::Proxy)) }]);
}

/// Both are on one server: its proxy knows them already.
#[test]
fn a_proxy_of_both_is_no_secret() {
    let proxies = |sid: &str, cid: &str| {
        let candidates = vec![Candidate { cid: cid.into(), ..candidate("p", Kind::Proxy) }];
        Transport::S5b(s5b::Transport { sid: sid.into(), candidates, ..s5b::Transport::default() })
    };
    let hidden = Policy { hidden: true, ..all() };
    let (mut ann, mut bob) = pair(vec![offer("f", 10, proxies("v1", "pa"))], &hidden);
    let acts = bob.accept(vec![taken("f", proxies("", "pb"))]);
    let (_, for_bob) = talk_back(&mut ann, &mut bob, acts);
    assert_eq!(tried(&for_bob), ["pa"]);
    let more = s5b::Transport { candidates: vec![candidate("late", Kind::Proxy)], ..s5b::Transport::default() };
    let more = s5b::Transport { sid: "v1".into(), ..more };
    let contents = vec![Content { transport: Some(Transport::S5b(more)), ..Content::named("f") }];
    let info = Jingle { contents, ..Jingle::new(Action::TransportInfo, "ft1") };
    assert_eq!(bob.receive(&jid("ann"), &info), Ok(vec![]), "and no other");
}

#[test]
fn places_of_a_data_channel_come_one_by_one() {
    for form in [Form::Nested, Form::SctpMap] {
        let (mut ann, mut bob) = pair(vec![offer("f", 10, channel(form, 1, Setup::Actpass))], &all());
        let place = |id: &str| {
            let line = "candidate:1 1 udp 2130706431 192.0.2.7 50000 typ host";
            crate::sdp::read_candidate(line, id.into()).unwrap()
        };
        // Before it is accepted, they are kept.
        let act = ann.candidate("f", place("c1")).unwrap();
        assert_eq!(talk(&mut ann, &mut bob, vec![act]), (vec![], vec![]));
        let acts = bob.accept(vec![taken("f", channel(form, 2, Setup::Active))]);
        assert!(requests(&acts) == [Action::SessionAccept] && acts.len() == 2);
        let Act::DataChannel { transport, .. } = &acts[1] else { panic!("{acts:?}") };
        assert_eq!((transport.ice.candidates.len(), transport.is_secured()), (1, true));
        talk_back(&mut ann, &mut bob, acts);
        let act = bob.candidate("f", place("c2")).unwrap();
        let (for_ann, _) = talk_back(&mut ann, &mut bob, vec![act]);
        let [Act::DataChannel { transport, .. }] = &for_ann[..] else { panic!("{for_ann:?}") };
        assert_eq!((transport.form, transport.ice.candidates[0].id.as_str()), (form, "c2"));
        ann.opened("f");
        assert_eq!(ann.stage("f"), Some(Stage::Moving));
    }
}

#[test]
fn conversations_wants_a_group_of_one() {
    let bundle = |form| {
        let (_, act) = Transfer::offer(
            jid("ann"),
            jid("bob"),
            "1".into(),
            vec![offer("f", 1, channel(form, 1, Setup::Actpass))],
            all(),
        )
        .unwrap();
        let Act::Request(jingle) = act else { panic!("{act:?}") };
        wired(&jingle).groups
    };
    assert_eq!(bundle(Form::Nested), [Group { semantics: "BUNDLE".into(), contents: vec!["f".into()] }]);
    assert_eq!(bundle(Form::SctpMap), []);
}
