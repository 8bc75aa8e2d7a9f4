//! Two engines in a call over a relay, with all that is agreed on said in Jingle.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;
use waxwing_jingle::content::{Content, Creator};
use waxwing_jingle::ice::Kind;
use waxwing_jingle::{Action, Jingle};
use waxwing_media::codec::Codec;
use waxwing_media::sender::Sender;
use waxwing_media::video::{Encoded, Incoming};
use waxwing_media::{Engine, Event, Told, Ways, Words};

use crate::relay::Relay;

pub const SOON: Duration = Duration::from_secs(15);

pub type Shown = (String, Incoming, mpsc::Receiver<Encoded>);

/// One side.
pub struct Side {
    pub engine: Arc<Mutex<Engine>>,
    /// Video that comes in, by its content.
    pub shown: mpsc::Receiver<Shown>,
    pub connected: mpsc::Receiver<Vec<String>>,
}

/// One at a time: each has to keep up with the clock.
static ALONE: Mutex<()> = Mutex::const_new(());

pub struct Call {
    pub ann: Side,
    pub bob: Side,
    pub relay: Arc<Relay>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    _alone: tokio::sync::MutexGuard<'static, ()>,
}

impl Drop for Call {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// Over the wire and back.
pub fn carried(action: Action, words: Words) -> Words {
    let Words { contents, groups } = words;
    let jingle = Jingle { contents, groups, ..Jingle::new(action, "5f3c") };
    let read = Jingle::read(&jingle.write().into()).unwrap();
    Words { contents: read.contents, groups: read.groups }
}

impl Call {
    /// Ann calls Bob, and both send all of this.
    pub async fn begin(codecs: &[Codec], bundle: bool) -> (Self, Vec<Sender>, Vec<Sender>) {
        let alone = ALONE.lock().await;
        let ways = Ways { addresses: vec!["127.0.0.1:0".into()], ..Ways::default() };
        let (mut ann, hers) = Engine::new(ways.clone(), Creator::Initiator).unwrap();
        let (mut bob, his) = Engine::new(ways, Creator::Responder).unwrap();
        let (offer, her_senders) = ann.offer(codecs, bundle).await.unwrap();
        let (answer, his_senders) = bob.answer(&carried(Action::SessionInitiate, offer), codecs).await.unwrap();
        ann.answered(&carried(Action::SessionAccept, answer)).await.unwrap();
        let (ann, bob) = (Arc::new(Mutex::new(ann)), Arc::new(Mutex::new(bob)));
        // Where each content has a way of its own, no relay stands between.
        let relay = Arc::new(Relay::open().await);
        let between = bundle.then(|| Arc::clone(&relay));
        let (her, her_task) = side(0, &ann, hers, &bob, between.clone());
        let (his, his_task) = side(1, &bob, his, &ann, between);
        let mut call = Self { ann: her, bob: his, relay, tasks: vec![her_task, his_task], _alone: alone };
        for side in [&mut call.ann, &mut call.bob] {
            timeout(SOON, side.connected.recv()).await.expect("they connect soon").unwrap();
        }
        (call, her_senders, his_senders)
    }
}

fn side(
    number: usize,
    own: &Arc<Mutex<Engine>>,
    mut events: mpsc::Receiver<(usize, Event)>,
    other: &Arc<Mutex<Engine>>,
    relay: Option<Arc<Relay>>,
) -> (Side, tokio::task::JoinHandle<()>) {
    let (shown, watch) = mpsc::channel(8);
    let (found, connected) = mpsc::channel(32);
    let (engine, own, other) = (Arc::clone(own), Arc::clone(own), Arc::clone(other));
    let task = tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            let Told { contents, event } = own.lock().await.told(event);
            match event {
                Event::Candidate { mut candidate, credentials } if candidate.kind == Kind::Host => {
                    if let Some(relay) = &relay {
                        let place = relay.place(number, (candidate.address, candidate.port).into());
                        (candidate.address, candidate.port) = (place.ip(), place.port());
                    }
                    // Over the wire, it comes after the content that it is for.
                    while let Err(error) =
                        other.lock().await.candidate(&contents[0], &candidate, Some(&credentials.ufrag)).await
                    {
                        assert!(error.to_string().contains("there is no content"), "{error}");
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
                Event::Connected => found.send(contents).await.unwrap(),
                Event::Incoming(track) => {
                    assert_eq!(contents.len(), 1, "it is known where it belongs");
                    let link = own.lock().await.link(&contents[0]).unwrap();
                    let (incoming, frames) = Incoming::begin(track, link);
                    let _ = shown.send((contents[0].clone(), incoming, frames)).await;
                }
                Event::Failed => panic!("the way is lost"),
                _ => {}
            }
        }
    });
    (Side { engine, shown: watch, connected }, task)
}

impl Side {
    pub async fn shown(&mut self) -> Shown {
        timeout(SOON, self.shown.recv()).await.expect("video comes soon").unwrap()
    }
}

/// What is added over the wire.
pub fn added(action: Action, words: Words) -> Vec<Content> {
    carried(action, words).contents
}
