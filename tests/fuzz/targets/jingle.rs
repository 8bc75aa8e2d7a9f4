//! Anything a peer may say of calls and files, step by step: what is read can be written and read again, nothing is taken that
//! was not promised, and what is over is over.

use waxwing_jingle::content::{Content, Senders, Transport};
use waxwing_jingle::file::File;
use waxwing_jingle::ibb::{self, Said, Stream};
use waxwing_jingle::s5b::{self, Step, Streamhost};
use waxwing_jingle::session::{Session, State};
use waxwing_jingle::transfer::{Act, Policy, Taken, Transfer};
use waxwing_jingle::{Action, Jingle, Message, Refusal, Way, ns};
use waxwing_session::jid::FullJid;
use waxwing_session::xml::Element;

use super::element;

/// Bytes that are taken.
const TAKE: u64 = 20;

pub fn run(data: &[u8]) {
    let Some(element) = element(data) else { return };
    let elements: Vec<_> = std::iter::once(&element).chain(element.children()).collect();
    let mut steps = Vec::new();
    for element in &elements {
        let _ = (Message::of(element), Streamhost::read(element));
        let Ok(jingle) = Jingle::read(element) else { continue };
        let written = Element::from(jingle.write());
        assert!(Jingle::read(&written).is_ok(), "{written:?}");
        if jingle.action == Action::SessionInitiate {
            let _ = Session::offered(address("mira"), address("ann"), &jingle);
        }
        steps.push(jingle);
    }
    streams(&elements);
    if let Some(first) = steps.first() {
        receiving(first, &steps[1..]);
        sending(first, &steps);
    }
}

fn address(name: &str) -> FullJid {
    FullJid::new(&format!("{name}@example.test/x")).expect("an address")
}

fn all() -> Policy {
    Policy { ways: Way::ALL.to_vec(), hidden: false }
}

/// Two streams of the same id as theirs, of which they have opened one, and we the other.
fn streams(elements: &[&Element]) {
    for opens in [false, true] {
        let mut stream = Stream::new("s", 8, opens, TAKE);
        if stream.open().is_some() {
            stream.opened();
        }
        let mut taken = 0;
        for element in elements.iter().filter(|element| element.has_ns(ns::IBB)) {
            if let Ok(Said::Data(bytes)) = stream.receive(element) {
                assert!(bytes.len() <= usize::from(stream.block()));
                taken += bytes.len() as u64;
            }
            assert_eq!(taken + stream.left(), TAKE, "each byte counts once");
            let _ = stream.is_broken().then(|| stream.close());
        }
    }
}

/// They offer, we take it, and then they say the rest.
fn receiving(offer: &Jingle, steps: &[Jingle]) {
    let Ok(mut transfer) = Transfer::offered(address("mira"), address("ann"), offer, all(), &[]) else { return };
    let part = |content: &Content| {
        Some(Taken { content: content.name.clone(), transport: ours(content)?, offset: 1, file: None })
    };
    let acts = transfer.accept(offer.contents.iter().filter_map(part).collect());
    follow(&mut transfer, acts);
    receive(&mut transfer, steps);
}

/// We offer, and they say all of it.
fn sending(first: &Jingle, steps: &[Jingle]) {
    let offer = |content: &Content| {
        let file = File { size: Some(TAKE), ..File::default() };
        Some(Content::file_of(&content.name, file, Senders::Initiator, content.transport.clone()?))
    };
    let contents = steps.iter().find(|step| step.action == Action::SessionAccept).unwrap_or(first).contents.iter();
    let contents: Vec<_> = contents.filter_map(offer).collect();
    let transfer = Transfer::offer(address("mira"), address("ann"), first.sid.clone(), contents, all());
    let Ok((mut transfer, act)) = transfer else { return };
    follow(&mut transfer, vec![act]);
    receive(&mut transfer, steps);
}

fn receive(transfer: &mut Transfer, steps: &[Jingle]) {
    for step in steps {
        let over = transfer.state() == State::Ended;
        let answer = transfer.receive(&address("ann"), step);
        assert!(!over || answer == Err(Refusal::UnknownSession), "{answer:?}");
        follow(transfer, answer.unwrap_or_default());
    }
}

/// What we have for a way of theirs.
fn ours(content: &Content) -> Option<Transport> {
    Some(match content.transport.as_ref()? {
        Transport::S5b(theirs) => {
            Transport::S5b(s5b::Transport { sid: theirs.sid.clone(), ..s5b::Transport::default() })
        }
        Transport::Ibb(theirs) => Transport::Ibb(ibb::Transport::new(&theirs.sid, ibb::BLOCK)),
        other => other.clone(),
    })
}

/// Does what is to be done, every other time without success.
fn follow(transfer: &mut Transfer, acts: Vec<Act>) {
    let mut open = std::collections::VecDeque::from(acts);
    let mut done = 0;
    while let Some(act) = open.pop_front() {
        done += 1;
        assert!(done < 10_000, "it does not come to an end");
        open.extend(match act {
            Act::Request(jingle) => {
                let written = Element::from(jingle.write());
                assert!(Jingle::read(&written).is_ok(), "{written:?}");
                transfer.answered(jingle.action, false)
            }
            Act::S5b { content, step: Step::Try(candidates) } => {
                let tried = |(at, candidate): (usize, s5b::Candidate)| match at % 2 {
                    0 => transfer.unreachable(&content, &candidate.cid),
                    _ => transfer.connected(&content, &candidate.cid),
                };
                candidates.into_iter().enumerate().flat_map(tried).collect()
            }
            Act::S5b { content, step: Step::Activate(_) } => transfer.activated(&content, done % 2 == 0),
            Act::InBand { content, stream } => {
                assert!(stream.left() == 0 || transfer.sends(&content) == Some(false));
                transfer.failed(&content)
            }
            Act::Replaced { content, transport } => {
                let theirs = Content { transport: Some(*transport), ..Content::named(&content) };
                ours(&theirs).map(|ours| transfer.accept_transport(&content, ours)).unwrap_or_default()
            }
            Act::Prepare { content, .. } => transfer.failed(&content),
            _ => Vec::new(),
        });
    }
}
