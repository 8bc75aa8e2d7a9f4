//! The examples of XEP-0261 and 0047, two streams that talk to each other, and a peer that does not keep to the rules.

use super::*;

fn transport(attrs: &str) -> Result<Transport, Malformed> {
    Transport::read(&format!("<transport xmlns='urn:xmpp:jingle:transports:ibb:1' {attrs}/>").parse().unwrap())
}

fn element(name: &str, attrs: &str, text: &str) -> Element {
    format!("<{name} xmlns='http://jabber.org/protocol/ibb' {attrs}>{text}</{name}>").parse().unwrap()
}

fn data(seq: u32, text: &str) -> Element {
    element("data", &format!("sid='ib1' seq='{seq}'"), text)
}

/// Ann has opened a stream to Bob, in blocks of eight bytes.
fn pair(take: u64) -> (Stream, Stream) {
    let (mut ann, mut bob) = (Stream::new("ib1", 8, true, 0), Stream::new("ib1", 8, false, take));
    assert!(bob.open().is_none(), "it is not his to open");
    let open = ann.open().unwrap();
    assert_eq!(bob.receive(&open.into()), Ok(Said::Opened));
    ann.opened();
    assert!(ann.is_open() && bob.is_open() && ann.open().is_none());
    (ann, bob)
}

#[test]
fn the_examples_go_there_and_back() {
    let offer = transport("block-size='4096' sid='ch3d9s71'").unwrap();
    assert_eq!(offer, Transport::new("ch3d9s71", 4096));
    let messages = transport("block-size='4096' sid='ch3d9s71' stanza='message'").unwrap();
    assert!(messages.messages);
    for transport in [offer, messages, Transport { block_size: None, ..Transport::new("a", 1) }] {
        assert_eq!(Transport::read(&transport.write().into()), Ok(transport));
    }
}

#[test]
fn blocks_get_smaller_and_never_larger() {
    let offer = Transport::new("a", 4096);
    for (answer, agreed) in
        [("block-size='2048'", 2048), ("block-size='8192'", 4096), ("", 4096), ("block-size='70000'", 4096)]
    {
        assert_eq!(offer.agreed(&transport(&format!("sid='a' {answer}")).unwrap()), agreed);
    }
    for attrs in
        ["", "sid=''", "sid='a b'", "sid='a' block-size='0'", "sid='a' block-size='-1'", "sid='a' block-size='x'"]
    {
        assert!(transport(attrs).is_err(), "{attrs}");
    }
}

#[test]
fn bytes_go_both_ways() {
    let (mut ann, mut bob) = pair(11);
    assert_eq!((ann.room(), bob.left()), (8, 11));
    assert!(ann.data(b"").is_none() && ann.data(b"far too much").is_none());
    let block = ann.data(b"eight of").unwrap();
    assert_eq!((ann.room(), ann.waiting()), (0, 1), "one at a time");
    assert_eq!(bob.receive(&block.into()), Ok(Said::Data(b"eight of".to_vec())));
    ann.answered(false);
    let block: Element = ann.data(b"ten").unwrap().into();
    assert_eq!(block.get("seq"), Some("1"));
    assert_eq!(bob.receive(&block), Ok(Said::Data(b"ten".to_vec())));
    // She takes nothing.
    let block: Element = bob.data(b"thanks").unwrap().into();
    assert_eq!(block.get("seq"), Some("0"), "counted on its own");
    assert_eq!((ann.receive(&block), ann.is_broken()), (Err(Fault::TooMuch), true));
    let close = ann.close().unwrap();
    assert_eq!(bob.receive(&close.into()), Ok(Said::Closed));
    assert_eq!((bob.left(), bob.close().is_none(), ann.close().is_none()), (0, true, true));
}

#[test]
fn a_few_blocks_may_be_on_their_way() {
    let (ann, _) = pair(0);
    let mut ann = ann.with_window(99);
    let sent = std::iter::from_fn(|| ann.data(b"a")).count();
    assert_eq!(sent, usize::from(MOST_WAITING));
    ann.answered(false);
    assert_eq!(ann.room(), 8);
}

#[test]
fn after_the_last_number_comes_the_first() {
    let (mut ann, mut bob) = pair(LOTS);
    for n in 0..=65_536_u32 {
        let block: Element = ann.data(b"a").unwrap().into();
        assert_eq!(block.get("seq").unwrap(), (n % 65_536).to_string());
        assert!(bob.receive(&block).is_ok(), "{n}");
        ann.answered(false);
    }
}

const LOTS: u64 = 1 << 40;

#[test]
fn smaller_blocks_are_tried_until_they_are_too_small() {
    let mut ann = Stream::new("ib1", 4096, true, 0);
    let mut sizes = vec![];
    let mut open = ann.open();
    while let Some(element) = open {
        sizes.push(Element::from(element).get("block-size").unwrap().to_owned());
        open = ann.not_opened(true);
    }
    assert_eq!(sizes, ["4096", "2048", "1024", "512", "256"]);
    assert!(ann.close().is_none(), "it was never open");
    let mut ann = Stream::new("ib1", 4096, true, 0);
    ann.open();
    assert!(ann.not_opened(false).is_none() && ann.room() == 0);
}

#[test]
fn it_is_opened_as_agreed() {
    let open = |size: &str| element("open", &format!("sid='ib1' block-size='{size}' stanza='iq'"), "");
    let mut bob = Stream::new("ib1", 4096, false, 0);
    assert_eq!(bob.receive(&open("8192")), Err(Fault::TooLarge));
    for size in ["0", "", "x"] {
        assert_eq!(bob.receive(&open(size)), Err(Fault::Malformed));
    }
    assert_eq!(bob.receive(&data(0, "")), Err(Fault::UnknownStream), "not yet");
    assert_eq!(bob.receive(&open("1024")), Ok(Said::Opened));
    assert_eq!((bob.block(), bob.receive(&open("1024"))), (1024, Err(Fault::Unexpected)));
    let mut ann = Stream::new("ib1", 4096, true, 0);
    assert_eq!(ann.receive(&open("1024")), Err(Fault::Unexpected), "it is hers to open");
}

#[test]
fn what_is_no_block_breaks_it() {
    for (block, fault) in [
        (data(1, "QUJD"), Fault::Unexpected),
        (element("data", "sid='ib1'", "QUJD"), Fault::Malformed),
        (data(65_536, "QUJD"), Fault::Malformed),
        (data(0, "QUJ*"), Fault::Malformed),
        (data(0, "=AAA"), Fault::Malformed),
        (data(0, "BBBB=CCC"), Fault::Malformed),
        (data(0, "QUI"), Fault::Malformed),
        (data(0, "QUJ="), Fault::Malformed),
        (data(0, "QUJDRA==QUJD"), Fault::Malformed),
        (data(0, "QUJDREVGR0hJ"), Fault::Malformed),
        (data(0, &"A".repeat(1_000_000)), Fault::Malformed),
        (data(0, "QUJDREVG"), Fault::TooMuch),
    ] {
        let (_, mut bob) = pair(5);
        assert_eq!(bob.receive(&block), Err(fault), "{block:?}");
        assert!(bob.is_broken() && bob.room() == 0);
        assert_eq!(bob.receive(&data(0, "QUJD")), Err(Fault::UnknownStream), "nothing after it");
        assert!(bob.close().is_some() && bob.close().is_none());
    }
    let (_, mut bob) = pair(5);
    assert!(bob.receive(&data(0, "")).is_ok(), "no bytes are no harm");
    assert_eq!(bob.receive(&data(1, "\n  QU\r\nJD\t")), Ok(Said::Data(b"ABC".to_vec())), "as the example has it");
    assert_eq!(bob.receive(&data(1, "QUJD")), Err(Fault::Unexpected), "twice");
}

#[test]
fn what_is_of_another_stream_does_no_harm() {
    let (_, mut bob) = pair(5);
    for (name, attrs) in [("data", "sid='ib2' seq='0'"), ("close", "sid='ib2'"), ("open", "sid='ib2' block-size='1'")] {
        assert_eq!(bob.receive(&element(name, attrs, "")), Err(Fault::UnknownStream));
    }
    assert_eq!(bob.receive(&element("dance", "sid='ib1'", "")), Err(Fault::Malformed));
    assert_eq!(bob.receive(&element("close", "", "")), Err(Fault::Malformed));
    assert!(bob.is_open());
}

#[test]
fn what_they_refuse_breaks_it() {
    let (mut ann, mut bob) = pair(5);
    ann.data(b"a").unwrap();
    ann.answered(true);
    assert!(ann.is_broken() && ann.data(b"b").is_none());
    assert_eq!(bob.receive(&ann.close().unwrap().into()), Ok(Said::Closed));
    assert_eq!(bob.receive(&data(0, "QUJD")), Err(Fault::UnknownStream));
    assert_eq!(bob.left(), 5, "not all has come");
}

#[test]
fn each_fault_has_its_words() {
    for fault in [Fault::UnknownStream, Fault::Unexpected, Fault::Malformed, Fault::TooLarge, Fault::TooMuch] {
        let error: Element = fault.write().into();
        let (kind, condition) = fault.conditions();
        assert_eq!(error.get("type"), Some(kind));
        assert!(error.get_child(condition, "urn:ietf:params:xml:ns:xmpp-stanzas").is_some());
    }
}
