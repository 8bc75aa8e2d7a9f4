//! Two people and their devices, with a server between them that copies what one device says to the others.

use std::collections::VecDeque;

use super::*;
use crate::Refusal;
use crate::content::{Description, Transport};
use crate::ice::{self, Credentials, Fingerprint, Hash, Setup};
use crate::rtp::{self, Payload};

const NOW: u64 = 1_000_000;

fn jid(text: &str) -> FullJid {
    FullJid::new(text).unwrap()
}

fn ann() -> FullJid {
    jid("ann@example.test/pc")
}

fn bob() -> FullJid {
    jid("bob@example.test/desk")
}

fn phone() -> FullJid {
    jid("bob@example.test/phone")
}

/// What an engine would say.
fn contents(media: &[Media], setup: Setup) -> Vec<Content> {
    let payload = Payload {
        id: 96,
        name: "codec".into(),
        clockrate: 90_000,
        channels: 1,
        ptime: None,
        maxptime: None,
        parameters: vec![],
        feedback: vec![],
        report_interval: None,
    };
    let transport = ice::Transport {
        credentials: Credentials::new("ufrag", "n7uJ1bOb0wwQ1kMM2qDgQJ"),
        fingerprint: Some(Fingerprint { hash: Hash::Sha256, value: vec![7; 32], setup }),
        ..ice::Transport::default()
    };
    let content = |media: &Media| Content {
        description: Some(Description::Rtp(rtp::Description {
            payloads: vec![payload.clone()],
            ..rtp::Description::new(*media)
        })),
        transport: Some(Transport::Ice(transport.clone())),
        ..Content::named(media.name())
    };
    media.iter().map(content).collect()
}

/// A device, and the call it has, where it has one.
struct Device {
    jid: FullJid,
    call: Option<Call>,
    /// Phases it went through, in short.
    seen: Vec<Phase>,
}

/// Everybody there is.
struct World {
    devices: Vec<Device>,
    on_the_way: VecDeque<(FullJid, Act)>,
}

impl World {
    fn of(jids: &[FullJid]) -> Self {
        let device = |jid: &FullJid| Device { jid: jid.clone(), call: None, seen: Vec::new() };
        Self { devices: jids.iter().map(device).collect(), on_the_way: VecDeque::new() }
    }

    fn calls(&mut self, from: &FullJid, to: &FullJid, id: &str, media: &[Media]) {
        let (call, acts) = Call::start(from.clone(), to.to_bare(), id.into(), media.to_vec(), NOW);
        self.device(from).call = Some(call);
        self.does(from, acts);
    }

    fn device(&mut self, jid: &FullJid) -> &mut Device {
        self.devices.iter_mut().find(|device| device.jid == *jid).unwrap()
    }

    fn call(&mut self, jid: &FullJid) -> &mut Call {
        self.device(jid).call.as_mut().unwrap()
    }

    fn phase(&mut self, jid: &FullJid) -> Phase {
        self.call(jid).phase().clone()
    }

    /// A device does what its call says, and everything that follows from it is done.
    fn does(&mut self, who: &FullJid, acts: Vec<Act>) {
        self.on_the_way.extend(acts.into_iter().map(|act| (who.clone(), act)));
        while let Some((who, act)) = self.on_the_way.pop_front() {
            let more = self.one(&who, act);
            self.on_the_way.extend(more);
        }
    }

    fn one(&mut self, who: &FullJid, act: Act) -> Vec<(FullJid, Act)> {
        let own = |acts: Vec<Act>| acts.into_iter().map(|act| (who.clone(), act)).collect();
        match act {
            Act::Message { to, message } => self.carry(who, &to, &message),
            Act::Request { to, jingle } => {
                let jingle = Jingle::read(&jingle.write().into()).unwrap();
                let Some(call) = &mut self.device(&to).call else { return Vec::new() };
                let received = call.receive(who, &jingle, NOW);
                let refused = received.is_err();
                let mut acts: Vec<_> = received.unwrap_or_default().into_iter().map(|act| (to.clone(), act)).collect();
                acts.extend::<Vec<_>>(own(self.call(who).answered(jingle.action, refused)));
                acts
            }
            Act::Offer(media) => own(self.call(who).offer(contents(&media, Setup::Actpass), vec![])),
            Act::Answer(offer) => {
                let media: Vec<_> = media_of(&offer);
                let acts = self.call(who).answer(contents(&media, Setup::Active), vec![]);
                let mut acts: Vec<_> = own(acts);
                // The engine would find the way a little later.
                acts.extend::<Vec<_>>(own(self.call(who).connected()));
                acts
            }
            Act::Session(Event::Accepted(_)) => own(self.call(who).connected()),
            Act::Phase => {
                let phase = self.phase(who);
                self.device(who).seen.push(phase);
                Vec::new()
            }
            Act::Session(_) | Act::Introduce(_) => Vec::new(),
        }
    }

    /// To the devices of whom it is for, and as copies to the sender's own others; those copied to have their own as well.
    fn carry(&mut self, who: &FullJid, to: &Jid, message: &Message) -> Vec<(FullJid, Act)> {
        let mut acts = Vec::new();
        for at in 0..self.devices.len() {
            let device = &mut self.devices[at];
            let own = device.jid.to_bare() == who.to_bare();
            let meant =
                device.jid.to_bare() == to.to_bare() && to.resource().is_none_or(|r| r == device.jid.resource());
            if device.jid == *who {
                continue;
            }
            let done = match &mut device.call {
                Some(call) if own && call.id() == message.id => call.hear_own(&message.said),
                Some(call) if meant && call.id() == message.id => call.hear(who, &message.said, NOW),
                Some(call) if meant => call.cross(who, message, NOW).unwrap_or_default(),
                None if meant => {
                    let Said::Propose(media) = &message.said else { continue };
                    let (call, acts) =
                        Call::proposed(device.jid.clone(), who.clone(), message.id.clone(), media.clone(), true, NOW);
                    device.call = Some(call);
                    acts
                }
                _ => Vec::new(),
            };
            acts.extend(done.into_iter().map(|act| (self.devices[at].jid.clone(), act)));
        }
        acts
    }

    fn act(&mut self, who: &FullJid, act: impl FnOnce(&mut Call) -> Vec<Act>) {
        let acts = act(self.call(who));
        self.does(who, acts);
    }
}

#[test]
fn one_device_takes_it_and_the_others_stop_ringing() {
    let mut world = World::of(&[ann(), bob(), phone()]);
    world.calls(&ann(), &bob(), "5f3c", &[Media::Audio]);
    assert_eq!(world.phase(&ann()), Phase::Calling { reached: true });
    assert_eq!((world.phase(&bob()), world.phase(&phone())), (Phase::Ringing, Phase::Ringing));
    world.act(&phone(), |call| call.accept(&[Media::Audio], NOW));
    assert_eq!(world.phase(&bob()), Phase::Ended(Outcome::Elsewhere { declined: false }));
    assert_eq!((world.phase(&ann()), world.phase(&phone())), (Phase::Active, Phase::Active));
    assert_eq!(world.call(&ann()).device(), Some(&phone()));
    world.act(&ann(), Call::hang_up);
    let completed = Phase::Ended(Outcome::Completed);
    assert_eq!((world.phase(&ann()), world.phase(&phone())), (completed.clone(), completed));
    let seen = [Phase::Ringing, Phase::Connecting, Phase::Active, Phase::Ended(Outcome::Completed)];
    assert_eq!(world.device(&phone()).seen, seen, "each once");
}

#[test]
fn a_call_is_declined_for_all_devices() {
    for (busy, told) in [(false, Outcome::Declined { by_us: false }), (true, Outcome::Busy)] {
        let mut world = World::of(&[ann(), bob(), phone()]);
        world.calls(&ann(), &bob(), "5f3c", &[Media::Audio]);
        world.act(&bob(), |call| call.decline(busy));
        assert_eq!(world.phase(&ann()), Phase::Ended(told));
        assert_eq!(world.phase(&bob()), Phase::Ended(Outcome::Declined { by_us: true }));
        assert_eq!(world.phase(&phone()), Phase::Ended(Outcome::Elsewhere { declined: true }));
    }
}

#[test]
fn who_gives_up_is_missed() {
    let mut world = World::of(&[ann(), bob(), phone()]);
    world.calls(&ann(), &bob(), "5f3c", &[Media::Audio]);
    world.act(&ann(), Call::hang_up);
    assert_eq!(world.phase(&ann()), Phase::Ended(Outcome::Cancelled));
    assert_eq!(
        (world.phase(&bob()), world.phase(&phone())),
        (Phase::Ended(Outcome::Missed), Phase::Ended(Outcome::Missed))
    );
    world.act(&bob(), |call| call.accept(&[Media::Audio], NOW));
    assert_eq!(world.phase(&bob()), Phase::Ended(Outcome::Missed), "too late");
}

#[test]
fn nobody_rings_for_ever() {
    let mut world = World::of(&[ann()]);
    world.calls(&ann(), &bob(), "5f3c", &[Media::Audio]);
    world.act(&ann(), |call| call.tick(NOW + RING - 1));
    assert_eq!(world.phase(&ann()), Phase::Calling { reached: false });
    let acts = world.call(&ann()).tick(NOW + RING);
    assert!(matches!(&acts[0], Act::Message { message: Message { said: Said::Retract(_), .. }, .. }), "{acts:?}");
    assert_eq!(world.phase(&ann()), Phase::Ended(Outcome::NoAnswer));

    let (mut ringing, _) = Call::proposed(bob(), ann(), "5f3c".into(), vec![Media::Audio], false, NOW);
    assert_eq!(ringing.tick(NOW + RING), [Act::Phase], "nothing is said to who called");
    assert_eq!(ringing.phase(), &Phase::Ended(Outcome::Missed));

    let (mut taken, _) = Call::proposed(bob(), ann(), "5f3c".into(), vec![Media::Audio], false, NOW);
    taken.accept(&[Media::Audio], NOW);
    taken.tick(NOW + CONNECT);
    assert_eq!(taken.phase(), &Phase::Ended(Outcome::Failed(Condition::ConnectivityError)));
    assert_eq!(taken.deadline(), None);
}

#[test]
fn strangers_do_not_learn_that_it_rings() {
    let (_, acts) = Call::proposed(bob(), ann(), "5f3c".into(), vec![Media::Audio], false, NOW);
    assert_eq!(acts, [Act::Phase]);
}

#[test]
fn where_both_call_one_call_is_left() {
    for (hers, his) in [("a", "b"), ("b", "a")] {
        let mut world = World::of(&[ann(), bob()]);
        let (call, acts) = Call::start(ann(), bob().to_bare(), hers.into(), vec![Media::Audio], NOW);
        world.device(&ann()).call = Some(call);
        let (call, his_acts) = Call::start(bob(), ann().to_bare(), his.into(), vec![Media::Video, Media::Audio], NOW);
        world.device(&bob()).call = Some(call);
        world.on_the_way.extend(his_acts.into_iter().map(|act| (bob(), act)));
        world.does(&ann(), acts);
        assert_eq!((world.phase(&ann()), world.phase(&bob())), (Phase::Active, Phase::Active), "{hers} {his}");
        assert_eq!(world.call(&ann()).id(), "a");
        assert_eq!(world.call(&bob()).id(), "a");
        assert_eq!(world.call(&ann()).is_outgoing(), hers == "a");
        assert_eq!(world.call(&ann()).sends(), [Media::Audio], "she never meant to be seen");
    }
}

#[test]
fn an_offer_has_no_more_than_was_agreed_to() {
    let (mut call, _) = Call::proposed(bob(), ann(), "5f3c".into(), vec![Media::Audio], true, NOW);
    let offer = |media: &[Media]| Jingle {
        contents: contents(media, Setup::Actpass),
        ..Jingle::new(Action::SessionInitiate, "5f3c")
    };
    assert_eq!(call.receive(&ann(), &offer(&[Media::Audio]), NOW), Err(Refusal::OutOfOrder), "it still rings");
    call.accept(&[Media::Audio], NOW);
    assert_eq!(call.receive(&phone(), &offer(&[Media::Audio]), NOW), Err(Refusal::UnknownSession), "somebody else");
    let acts = call.receive(&ann(), &offer(&[Media::Audio, Media::Video]), NOW).unwrap();
    let Act::Request { jingle, .. } = &acts[0] else { panic!("{acts:?}") };
    assert_eq!(
        (jingle.action, jingle.reason.clone()),
        (Action::SessionTerminate, Some(Condition::SecurityError.into()))
    );
    assert_eq!(call.phase(), &Phase::Ended(Outcome::Failed(Condition::SecurityError)));
}

#[test]
fn a_call_that_does_not_ask_first_rings_as_well() {
    let (mut hers, acts) = Call::start_at(ann(), bob(), "5f3c".into(), vec![Media::Audio], NOW);
    assert_eq!(acts, [Act::Introduce(bob()), Act::Offer(vec![Media::Audio]), Act::Phase]);
    let acts = hers.offer(contents(&[Media::Audio], Setup::Actpass), vec![]);
    let [Act::Request { jingle, .. }] = &acts[..] else { panic!("{acts:?}") };
    let (mut his, acts) = Call::initiated(bob(), ann(), (**jingle).clone(), true, NOW).unwrap();
    let [Act::Phase, Act::Request { jingle: ringing, .. }] = &acts[..] else { panic!("{acts:?}") };
    hers.receive(&bob(), ringing, NOW).unwrap();
    assert_eq!(hers.phase(), &Phase::Calling { reached: true });
    let acts = his.accept(&[Media::Audio], NOW);
    assert!(matches!(&acts[..], [Act::Introduce(_), Act::Phase, Act::Answer(_)]), "{acts:?}");
    let acts = his.answer(contents(&[Media::Audio], Setup::Active), vec![]);
    let [Act::Request { jingle: accept, .. }] = &acts[..] else { panic!("{acts:?}") };
    hers.receive(&bob(), accept, NOW).unwrap();
    assert_eq!(hers.phase(), &Phase::Connecting);
    assert_eq!(hers.deadline(), Some(NOW + CONNECT));

    let (mut declined, _) = Call::initiated(bob(), ann(), (**jingle).clone(), false, NOW).unwrap();
    let acts = declined.decline(true);
    let [Act::Request { jingle: end, .. }, Act::Phase] = &acts[..] else { panic!("{acts:?}") };
    assert_eq!(end.reason, Some(Condition::Busy.into()));
}

/// Gajim has no encryption for calls: they are refused, and it is said why.
#[test]
fn what_is_not_encrypted_does_not_ring() {
    let mut bare = contents(&[Media::Audio], Setup::Actpass);
    let Some(Transport::Ice(transport)) = &mut bare[0].transport else { panic!("no ICE") };
    transport.fingerprint = None;
    let offer = Jingle { contents: bare, ..Jingle::new(Action::SessionInitiate, "5f3c") };
    let refused = Call::initiated(bob(), ann(), offer, true, NOW).unwrap_err();
    assert_eq!(refused.condition, Condition::SecurityError);
}

/// While the engine still makes the offer, the person gives up: nothing is offered any more.
#[test]
fn who_hung_up_offers_nothing() {
    let (mut calling, _) = Call::start(ann(), bob().to_bare(), "5f3c".into(), vec![Media::Audio], NOW);
    calling.hear(&bob(), &Said::Proceed, NOW);
    let acts = calling.hang_up();
    assert!(matches!(&acts[0], Act::Message { message: Message { said: Said::Retract(_), .. }, .. }), "{acts:?}");
    assert_eq!(calling.offer(contents(&[Media::Audio], Setup::Actpass), vec![]), []);
    let (mut taken, _) = Call::proposed(bob(), ann(), "5f3c".into(), vec![Media::Audio], true, NOW);
    taken.accept(&[Media::Audio], NOW);
    assert_eq!(taken.hear(&ann(), &Said::Retract(Ending::default()), NOW), [Act::Phase]);
    assert_eq!(taken.phase(), &Phase::Ended(Outcome::Missed), "they gave no reason, as most");
}

#[test]
fn others_have_no_say_in_it() {
    let mallory = jid("mallory@example.test/x");
    let (mut call, _) = Call::proposed(bob(), ann(), "5f3c".into(), vec![Media::Audio], true, NOW);
    for from in [&mallory, &jid("ann@example.test/other")] {
        assert_eq!(call.hear(from, &Said::Retract(Ending::default()), NOW), []);
    }
    assert_eq!(call.phase(), &Phase::Ringing);
    let (mut calling, _) = Call::start(ann(), bob().to_bare(), "5f3c".into(), vec![Media::Audio], NOW);
    assert_eq!(calling.hear(&mallory, &Said::Proceed, NOW), []);
    assert_eq!(calling.phase(), &Phase::Calling { reached: false });
    assert_eq!(calling.hear(&bob(), &Said::Proceed, NOW).len(), 3);
    assert_eq!(calling.hear(&phone(), &Said::Proceed, NOW), [], "the first one has it");
    assert_eq!(calling.device(), Some(&bob()));
}

#[test]
fn what_does_not_arrive_ends_it() {
    let (mut calling, _) = Call::start(ann(), bob().to_bare(), "5f3c".into(), vec![Media::Audio], NOW);
    assert_eq!(calling.bounced(), [Act::Phase]);
    assert_eq!(calling.phase(), &Phase::Ended(Outcome::Failed(Condition::Gone)));

    let (mut calling, _) = Call::start(ann(), bob().to_bare(), "5f3c".into(), vec![Media::Audio], NOW);
    calling.hear(&bob(), &Said::Proceed, NOW);
    calling.offer(contents(&[Media::Audio], Setup::Actpass), vec![]);
    let acts = calling.answered(Action::SessionInitiate, true);
    assert!(
        matches!(&acts[..], [Act::Message { message: Message { said: Said::Retract(_), .. }, .. }, Act::Phase]),
        "{acts:?}"
    );
    assert_eq!(calling.phase(), &Phase::Ended(Outcome::Failed(Condition::FailedApplication)));
}
