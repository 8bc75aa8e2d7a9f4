//! Two of our own connections, with everything between them said in Jingle: bundled and not.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;
use waxwing_jingle::session::{self, Session};
use waxwing_jingle::{Action, Jingle, Transport};
use webrtc::media_stream::track_remote::TrackRemoteEvent;

use super::*;

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
                Event::Gathered | Event::Interrupted => {}
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

#[tokio::test(flavor = "multi_thread")]
async fn two_of_ours_hear_each_other() {
    let (mut ann, mut bob) = (Side::open(Creator::Initiator).await, Side::open(Creator::Responder).await);
    let jid = |name: &str| format!("{name}@example.test/x").parse().unwrap();
    let hers = ann.connection.add(Codec::Opus).await.unwrap();
    let (contents, groups) = ann.connection.offer().await.unwrap();
    let (mut her_session, offer) = Session::offer(jid("ann"), jid("bob"), "5f3c".into(), contents, groups);
    let offer = carried(&offer);
    let mut his_session = Session::offered(jid("bob"), jid("ann"), &offer).unwrap();
    ann.content.clone_from(&offer.contents[0].name);
    bob.content.clone_from(&offer.contents[0].name);

    bob.connection.offered(&offer.contents, &offer.groups).await.unwrap();
    let his = bob.connection.add(Codec::Opus).await.unwrap();
    let (contents, groups) = bob.connection.answer().await.unwrap();
    let Some(Transport::Ice(transport)) = &contents[0].transport else { panic!("no ICE") };
    assert_eq!(transport.fingerprint.as_ref().unwrap().setup, waxwing_jingle::ice::Setup::Active);
    let accept = carried(&his_session.accept(contents, groups));
    assert_eq!(accept.action, Action::SessionAccept);
    let followed = her_session.receive(&accept).unwrap();
    let [session::Event::Accepted(contents)] = &followed.events[..] else { panic!("{followed:?}") };
    ann.connection.answered(contents, &accept.groups).await.unwrap();

    let talking = [talk(hers, b"said by ann"), talk(his, b"said by bob")];
    let (heard_by_ann, heard_by_bob) = connect_both(&mut ann, &mut bob).await;
    assert_eq!(packet(&heard_by_ann).await.as_ref(), b"said by bob");
    assert_eq!(packet(&heard_by_bob).await.as_ref(), b"said by ann");
    talking.iter().for_each(tokio::task::JoinHandle::abort);
    ann.connection.close().await;
    bob.connection.close().await;
}
