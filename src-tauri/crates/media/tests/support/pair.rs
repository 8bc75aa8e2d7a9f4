//! Two of our own connections that have found each other on this machine.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;
use waxwing_jingle::content::Creator;
use waxwing_media::codec::Codec;
use waxwing_media::sender::Sender;
use waxwing_media::sound::FRAME;
use waxwing_media::sound::coder::Encoder;
use waxwing_media::{Connection, Event, TrackRemote, Ways};

use super::SOON;

/// Ann has called Bob.
pub struct Pair {
    pub ann: Connection,
    pub bob: Connection,
    pub hers: Sender,
    pub his: Sender,
    pub heard_by_ann: Arc<dyn TrackRemote>,
    pub heard_by_bob: Arc<dyn TrackRemote>,
}

async fn found(events: &mut mpsc::Receiver<Event>, content: &str, other: &Connection) -> Arc<dyn TrackRemote> {
    let (mut connected, mut incoming) = (false, None);
    loop {
        match events.recv().await.expect("the connection lives") {
            Event::Candidate { candidate, credentials } => {
                other.candidate(content, &candidate, Some(&credentials.ufrag)).await.unwrap();
            }
            Event::Connected => connected = true,
            Event::Incoming(track) => incoming = Some(track),
            Event::Failed => panic!("no way was found"),
            _ => {}
        }
        if let (true, Some(track)) = (connected, &incoming) {
            return Arc::clone(track);
        }
    }
}

/// A track is told of with its first packet.
fn silence(sender: Sender) -> tokio::task::JoinHandle<()> {
    let packet = Encoder::new(Codec::Opus).unwrap().encode(&[0.0; FRAME]).unwrap();
    tokio::spawn(async move {
        loop {
            let _ = sender.send(packet.clone(), Duration::from_millis(20)).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
}

impl Pair {
    pub async fn connect() -> Self {
        let ways = Ways { addresses: vec!["127.0.0.1:0".into()], ..Ways::default() };
        let (ann, mut at_ann) = Connection::open(&ways, Creator::Initiator).await.unwrap();
        let (bob, mut at_bob) = Connection::open(&ways, Creator::Responder).await.unwrap();
        let hers = ann.add(Codec::Opus).await.unwrap();
        let (contents, groups) = ann.offer().await.unwrap();
        bob.offered(&contents, &groups).await.unwrap();
        let his = bob.add(Codec::Opus).await.unwrap();
        let (answer, groups) = bob.answer().await.unwrap();
        ann.answered(&answer, &groups).await.unwrap();
        let talking = [silence(hers.clone()), silence(his.clone())];
        let name = &contents[0].name;
        let both = async { tokio::join!(found(&mut at_ann, name, &bob), found(&mut at_bob, name, &ann)) };
        let (heard_by_ann, heard_by_bob) = timeout(SOON, both).await.expect("they find each other soon");
        talking.iter().for_each(tokio::task::JoinHandle::abort);
        tokio::spawn(async move { while at_ann.recv().await.is_some() {} });
        tokio::spawn(async move { while at_bob.recv().await.is_some() {} });
        Self { ann, bob, hers, his, heard_by_ann, heard_by_bob }
    }
}
