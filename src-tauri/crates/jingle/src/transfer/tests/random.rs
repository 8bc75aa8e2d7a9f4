//! Anything at any time, from the peer and from our own side: nothing panics, and what must hold, holds. Each run is the same.

use super::*;
use crate::s5b::Info as S5bInfo;

/// A generator whose numbers look random (Knuth's constants).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }

    fn name(&mut self) -> String {
        self.pick(&["f", "g", "h", "z"]).to_owned()
    }

    fn cid(&mut self) -> String {
        self.pick(&["a1", "b1", "p", "zzz"]).to_owned()
    }

    fn transport(&mut self) -> Transport {
        let mut stream = s5b("v1", &["a1", "b1"]);
        if let Transport::S5b(stream) = &mut stream {
            stream.candidates.push(candidate("p", Kind::Proxy));
            let infos = [S5bInfo::CandidateUsed(self.cid()), S5bInfo::CandidateError, S5bInfo::Activated(self.cid())];
            let said = self.roll(2) == 0;
            stream.info = said.then(|| self.pick(&[&infos[..], &[S5bInfo::ProxyError]].concat()));
        }
        let (byte, form) = (self.pick(&[1, 2]), self.pick(&[Form::Nested, Form::SctpMap]));
        let ways = [stream, ibb("v1"), channel(form, byte, Setup::Active), Transport::Ice(ice(byte, Setup::Active))];
        self.pick(&ways)
    }

    fn content(&mut self) -> Content {
        let senders = self.pick(&[Senders::Initiator, Senders::Responder, Senders::Both, Senders::None]);
        let range = self.pick(&[None, Some(Range::default()), Some(Range::from(7)), Some(Range::from(u64::MAX >> 1))]);
        let size = self.pick(&[None, Some(0), Some(10), Some(u64::MAX >> 1)]);
        let file = File { range, size, ..file(0) };
        let content = Content::file_of(self.name(), file, senders, self.transport());
        match self.roll(8) {
            0 => Content { transport: None, ..content },
            1 => Content { description: None, ..content },
            _ => content,
        }
    }

    fn jingle(&mut self) -> Jingle {
        let action = self.pick(&[
            Action::SessionAccept,
            Action::SessionAccept,
            Action::TransportInfo,
            Action::TransportInfo,
            Action::TransportReplace,
            Action::TransportAccept,
            Action::TransportReject,
            Action::ContentAdd,
            Action::ContentAccept,
            Action::ContentReject,
            Action::ContentRemove,
            Action::SessionInfo,
        ]);
        let creator = Creator::Initiator;
        let infos = [
            Info::Received { creator, content: Some(self.name()) },
            Info::Checksum { creator, content: None, file: Box::new(file(1)) },
        ];
        let info = (action == Action::SessionInfo).then(|| self.pick(&infos));
        Jingle { contents: vec![self.content()], info, ..Jingle::new(action, "ft1") }
    }

    /// Something that we do, or that becomes of what we did.
    fn ours(&mut self, us: &mut Transfer) -> Vec<Act> {
        let (name, cid, transport) = (self.name(), self.cid(), self.transport());
        let taken = Taken { content: name.clone(), transport: transport.clone(), offset: 7, file: None };
        match self.roll(24) {
            0 => us.accept(vec![taken]),
            1 => us.accept_contents(vec![taken]),
            2 => us.add(self.content()).map(|act| act.into_iter().collect()).unwrap_or_default(),
            3 => us.replace(&name, transport),
            4 => us.accept_transport(&name, transport),
            5 => us.reject_transport(&name),
            6 => us.connected(&name, &cid),
            7 => us.unreachable(&name, &cid),
            8 => us.activated(&name, self.roll(2) == 0),
            9 => us.failed(&name),
            10 => us.moved(&name, self.pick(&[0, 3, 5, u64::MAX])),
            11 => us.sent(&name),
            12 => us.received(&name),
            13 => us.answered(self.pick(&[Action::ContentAdd, Action::TransportReplace]), self.roll(2) == 0),
            14 => us.abort(&name, Condition::Cancel),
            _ => {
                us.opened(&name);
                vec![]
            }
        }
    }
}

#[test]
fn nothing_breaks_it() {
    let mut lived = 0;
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let contents = vec![offer("f", 10, s5b("v1", &["a1"])), request("g", 7, ibb("v1"))];
        let (mut ann, mut bob) = pair(contents, &all());
        // Mostly after both have agreed: before, it is soon over.
        if dice.roll(4) > 0 {
            let acts = bob.accept(vec![taken("f", s5b("", &["b1"])), taken("g", ibb(""))]);
            talk_back(&mut ann, &mut bob, acts);
        }
        let (mut us, peer) = if dice.roll(2) == 0 { (ann, jid("bob")) } else { (bob, jid("ann")) };
        for _ in 0..60 {
            let over = us.state() == State::Ended;
            let Ok(jingle) = Jingle::read(&dice.jingle().write().into()) else { continue };
            let answer = if dice.roll(2) == 0 { us.receive(&peer, &jingle) } else { Ok(dice.ours(&mut us)) };
            let acts = answer.unwrap_or_default();
            for act in &acts {
                if let Act::Request(jingle) = act {
                    wired(jingle);
                }
            }
            assert!(!over || acts.iter().all(|act| matches!(act, Act::Received(_))), "{acts:?}");
            holds(&us);
            let far = |part: &Part| !matches!(part.stage, Stage::Pending | Stage::Connecting | Stage::Stranded);
            lived += usize::from(us.state() == State::Active && us.parts.iter().any(far));
        }
    }
    assert!(lived > 500, "it goes far enough for something to break: {lived}");
}

fn holds(us: &Transfer) {
    assert!(us.parts.len() <= MOST_CONTENTS && us.asked.len() <= 100);
    for (at, part) in us.parts.iter().enumerate() {
        assert!(us.parts[..at].iter().all(|before| before.name != part.name), "two of a name");
        let mut ways = part.tried.clone();
        ways.sort_unstable();
        ways.dedup();
        assert_eq!(ways.len(), part.tried.len(), "a way twice");
        assert!(part.open.is_some() || part.stage != Stage::Pending, "agreed on, and nothing follows");
        let agreed = part.open.is_none() && us.state() == State::Active;
        assert!(!agreed || part.file.size.is_none_or(|size| part.offset + part.length.unwrap_or(0) <= size));
        let connected = matches!(part.stage, Stage::Connecting | Stage::Moving);
        assert!(!agreed || !connected || (part.ours.is_some() && part.theirs.is_some()), "a way of one side");
    }
}
