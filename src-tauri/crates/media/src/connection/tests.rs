//! Two of our own connections, with everything between them said in Jingle: bundled and not.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;
use waxwing_jingle::content::Description;
use waxwing_jingle::session::{self, Session};
use waxwing_jingle::{Action, Jingle, Transport};
use webrtc::media_stream::track_remote::TrackRemoteEvent;

use super::*;
use crate::sound::FRAME;
use crate::sound::tone::{share, tone};
use crate::sound::voice::{Listening, Speaking};

const SOON: Duration = Duration::from_secs(10);

fn loopback() -> Ways {
    Ways { addresses: vec!["127.0.0.1:0".into()], ..Ways::default() }
}

/// One side of a call of one connection.
struct Side {
    connection: Connection,
    events: mpsc::Receiver<Event>,
    /// Contents by the transport of which candidates are told.
    content: String,
}

impl Side {
    async fn open(side: Creator) -> Self {
        let (connection, events) = Connection::open(&loopback(), side).await.unwrap();
        Self { connection, events, content: String::new() }
    }
}

/// Each tells the other of its places until both are connected; what comes in at each.
async fn connect_both(ann: &mut Side, bob: &mut Side) -> (Arc<dyn TrackRemote>, Arc<dyn TrackRemote>) {
    let one = async |events: &mut mpsc::Receiver<Event>, content: &str, other: &Connection| {
        let (mut connected, mut incoming) = (false, None);
        loop {
            match events.recv().await.expect("the connection lives") {
                Event::Candidate { candidate, credentials } => {
                    other.candidate(content, &candidate, Some(&credentials.ufrag)).await.unwrap();
                }
                Event::Connected => connected = true,
                Event::Incoming(track) => incoming = Some(track),
                Event::Failed => panic!("no way was found"),
                Event::Gathered | Event::Interrupted | Event::Channel(_) => {}
            }
            if let (true, Some(track)) = (connected, &incoming) {
                return Arc::clone(track);
            }
        }
    };
    let both = async {
        tokio::join!(
            one(&mut ann.events, &ann.content, &bob.connection),
            one(&mut bob.events, &bob.content, &ann.connection)
        )
    };
    timeout(SOON, both).await.expect("they connect soon")
}

/// Over the wire and back.
fn carried(jingle: &Jingle) -> Jingle {
    Jingle::read(&jingle.write().into()).unwrap()
}

async fn packet(track: &Arc<dyn TrackRemote>) -> Bytes {
    let first = async {
        loop {
            if let TrackRemoteEvent::OnRtpPacket(packet) = track.poll().await.expect("the track goes on")
                && !packet.payload.is_empty()
            {
                return packet.payload;
            }
        }
    };
    timeout(SOON, first).await.expect("something comes soon")
}

/// Says something again and again, as nothing is heard before both have found each other.
fn talk(sender: Sender, words: &'static [u8]) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            let _ = sender.send(Bytes::from_static(words), Duration::from_millis(20)).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
}

/// Ann has called Bob, and both hear each other.
struct Talk {
    ann: Side,
    bob: Side,
    hers: Sender,
    his: Sender,
    heard_by_ann: Arc<dyn TrackRemote>,
    heard_by_bob: Arc<dyn TrackRemote>,
}

async fn talk_with(codec: Codec) -> Talk {
    talk_where(codec, |_| {}).await
}

/// The offer is changed on its way.
async fn talk_where(codec: Codec, change: impl FnOnce(&mut [Content])) -> Talk {
    let (mut ann, mut bob) = (Side::open(Creator::Initiator).await, Side::open(Creator::Responder).await);
    let jid = |name: &str| format!("{name}@example.test/x").parse().unwrap();
    let hers = ann.connection.add(codec).await.unwrap();
    let (contents, groups) = ann.connection.offer().await.unwrap();
    // A microphone is on before it is known what is agreed on.
    assert!(hers.send(Bytes::from_static(b"too early"), Duration::from_millis(20)).await.is_err());
    let (mut her_session, offer) = Session::offer(jid("ann"), jid("bob"), "5f3c".into(), contents, groups);
    let mut offer = carried(&offer);
    change(&mut offer.contents);
    let mut his_session = Session::offered(jid("bob"), jid("ann"), &offer).unwrap();
    ann.content.clone_from(&offer.contents[0].name);
    bob.content.clone_from(&offer.contents[0].name);

    bob.connection.offered(&offer.contents, &offer.groups).await.unwrap();
    let his = bob.connection.add(codec.among(&offer.contents)).await.unwrap();
    let (contents, groups) = bob.connection.answer().await.unwrap();
    let Some(Transport::Ice(transport)) = &contents[0].transport else { panic!("no ICE") };
    assert_eq!(transport.fingerprint.as_ref().unwrap().setup, waxwing_jingle::ice::Setup::Active);
    let accept = carried(&his_session.accept(contents, groups));
    assert_eq!(accept.action, Action::SessionAccept);
    let followed = her_session.receive(&accept).unwrap();
    let [session::Event::Accepted(contents)] = &followed.events[..] else { panic!("{followed:?}") };
    ann.connection.answered(contents, &accept.groups).await.unwrap();

    // A track is told of with its first packet.
    let talking = [talk(hers.clone(), b"said by ann"), talk(his.clone(), b"said by bob")];
    let (heard_by_ann, heard_by_bob) = connect_both(&mut ann, &mut bob).await;
    assert_eq!(packet(&heard_by_ann).await.as_ref(), b"said by bob");
    assert_eq!(packet(&heard_by_bob).await.as_ref(), b"said by ann");
    talking.iter().for_each(tokio::task::JoinHandle::abort);
    Talk { ann, bob, hers, his, heard_by_ann, heard_by_bob }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_ours_hear_each_other() {
    for codec in [Codec::Opus, Codec::Pcmu] {
        let Talk { ann, bob, .. } = talk_with(codec).await;
        ann.connection.close().await;
        bob.connection.close().await;
    }
}

/// A tone spoken at one end is heard at the other, each way another, and not while it is muted.
#[tokio::test(flavor = "multi_thread")]
async fn a_tone_is_heard_at_the_other_end() {
    a_tone_is_heard(talk_with(Codec::Opus).await).await;
}

/// Whoever knows no Opus is spoken to in G.711, whichever of the two called.
#[tokio::test(flavor = "multi_thread")]
async fn a_tone_is_heard_where_opus_is_not_known() {
    let talk = talk_where(Codec::Opus, |contents| {
        for content in contents {
            let Some(Description::Rtp(rtp)) = &mut content.description else { panic!("no sound") };
            rtp.payloads.retain(|payload| payload.name.eq_ignore_ascii_case("PCMA"));
        }
    });
    let talk = talk.await;
    assert_eq!(talk.hers.agreed().await.unwrap(), (Codec::Pcma, 8));
    a_tone_is_heard(talk).await;
}

async fn a_tone_is_heard(talk: Talk) {
    let Talk { ann, bob, hers, his, heard_by_ann, heard_by_bob } = talk;
    let (her_speech, mut her_microphone) = Speaking::begin(hers).unwrap();
    let (_his_speech, mut his_microphone) = Speaking::begin(his).unwrap();
    let (_a, her_ear) = Listening::begin(heard_by_ann, Codec::Opus).unwrap();
    let (_b, his_ear) = Listening::begin(heard_by_bob, Codec::Opus).unwrap();
    // Devices that work to the clock, as real ones do.
    let mut clock = tokio::time::interval(Duration::from_millis(20));
    let mut second = async |count: usize| {
        let (mut at_her, mut at_his) = (Vec::new(), Vec::new());
        let mut out = [0.0; FRAME];
        for frame in 0..count {
            clock.tick().await;
            her_microphone.push(&tone(440.0, frame));
            his_microphone.push(&tone(900.0, frame));
            her_ear.fill(&mut out);
            at_her.extend(out);
            his_ear.fill(&mut out);
            at_his.extend(out);
        }
        (at_her, at_his)
    };
    // On a busy machine not in each second.
    let mut said = (0.0, 0.0);
    for _ in 0..15 {
        let (at_her, at_his) = second(50).await;
        assert!(share(&at_her, 440.0) < 0.05 && share(&at_his, 900.0) < 0.05, "who hears herself");
        said = (share(&at_her, 900.0), share(&at_his, 440.0));
        if said.0 > 0.8 && said.1 > 0.8 {
            break;
        }
    }
    assert!(said.0 > 0.8 && said.1 > 0.8, "{said:?}");
    assert!(her_ear.level() > 0.3 && her_speech.level() > 0.3, "{}", her_ear.level());
    her_speech.mute(true);
    let loudest = |samples: &[f32]| samples.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
    let mut loud = (0.0, 1.0);
    for _ in 0..15 {
        let (at_her, at_his) = second(25).await;
        loud = (loudest(&at_her), loudest(&at_his));
        if loud.1 < 0.01 && loud.0 > 0.3 {
            break;
        }
    }
    assert!(loud.1 < 0.01 && loud.0 > 0.3, "{loud:?}");
    ann.connection.close().await;
    bob.connection.close().await;
}

/// Who is asked for sound and picture may take the sound alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_content_may_be_declined() {
    let (ann, bob) = (Side::open(Creator::Initiator).await, Side::open(Creator::Responder).await);
    ann.connection.add(Codec::Opus).await.unwrap();
    ann.connection.add(Codec::Vp8).await.unwrap();
    let (contents, groups) = ann.connection.offer().await.unwrap();
    bob.connection.offered(&contents, &groups).await.unwrap();
    bob.connection.add(Codec::Opus).await.unwrap();
    let (contents, groups) = bob.connection.answer().await.unwrap();
    assert_eq!(contents.len(), 2);
    ann.connection.answered(&contents[..1], &groups).await.unwrap();
}
