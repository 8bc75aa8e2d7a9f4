//! Two of our own connections, each told what the other says in Jingle.

use std::sync::Arc;
use std::time::Duration;

use harness::wait::SOON;
use harness::{Result, bail, ensure};
use tokio::sync::mpsc::Receiver;
use waxwing_jingle::content::Creator;
use waxwing_jingle::ice::Kind;
use waxwing_media::codec::Codec;
use waxwing_media::sound::FRAME;
use waxwing_media::sound::voice::{Listening, Speaking};
use waxwing_media::{Connection, Event, TrackRemote, Ways};

use crate::chromium::{carried, tone};

/// What one side found out.
struct Met {
    incoming: Arc<dyn TrackRemote>,
    kinds: Vec<Kind>,
}

/// One side's events, until it is connected and hears something.
async fn meet(events: &mut Receiver<Event>, content: &str, other: &Connection) -> Result<Met> {
    let (mut connected, mut incoming, mut kinds) = (false, None, Vec::new());
    while let Some(event) = events.recv().await {
        match event {
            Event::Candidate { candidate, credentials } => {
                kinds.push(candidate.kind);
                other.candidate(content, &candidate, Some(&credentials.ufrag)).await?;
            }
            Event::Connected => connected = true,
            Event::Incoming(track) => incoming = Some(track),
            Event::Failed => bail!("no way was found"),
            Event::Gathered | Event::Interrupted | Event::Channel(_) => {}
        }
        if let (true, Some(incoming)) = (connected, &incoming) {
            return Ok(Met { incoming: Arc::clone(incoming), kinds });
        }
    }
    bail!("the connection ended")
}

/// Connects two by these ways and has one hear a tone of the other; the kinds of places they told each other of.
pub async fn speak(hers: &Ways, his: &Ways) -> Result<Vec<Kind>> {
    let (ann, mut from_ann) = Connection::open(hers, Creator::Initiator).await?;
    let (bob, mut from_bob) = Connection::open(his, Creator::Responder).await?;
    let sender = ann.add(Codec::Opus).await?;
    let (contents, groups) = ann.offer().await?;
    let offer = carried(contents, groups)?;
    bob.offered(&offer.contents, &offer.groups).await?;
    let back = bob.add(Codec::Opus).await?;
    let (contents, groups) = bob.answer().await?;
    let answer = carried(contents, groups)?;
    ann.answered(&answer.contents, &answer.groups).await?;
    let content = &offer.contents[0].name;
    let (_speaking, mut microphone) = Speaking::begin(sender)?;
    let (_speaking_back, mut his_microphone) = Speaking::begin(back)?;
    let mut clock = tokio::time::interval(Duration::from_millis(20));
    // Both speak from the beginning: a track is told of with its first packet.
    let speaking = async {
        for frame in 0.. {
            clock.tick().await;
            microphone.push(&tone(frame));
            his_microphone.push(&tone(frame));
        }
    };
    let hearing = async {
        let meeting =
            async { tokio::try_join!(meet(&mut from_ann, content, &bob), meet(&mut from_bob, content, &ann)) };
        let (ann, bob) = tokio::time::timeout(SOON, meeting).await.unwrap_or_else(|_| bail!("they did not meet"))?;
        let (_listening, ear) = Listening::begin(bob.incoming, Codec::Opus)?;
        let mut clock = tokio::time::interval(Duration::from_millis(20));
        let (mut out, mut loudest) = ([0.0; FRAME], 0.0_f32);
        for _ in 0..100 {
            clock.tick().await;
            ear.fill(&mut out);
            loudest = out.iter().fold(loudest, |most, sample| most.max(sample.abs()));
        }
        ensure!(loudest > 0.3, "nothing is heard: {loudest}, {:?}", ear.counts());
        Ok([ann.kinds, bob.kinds].concat())
    };
    let kinds = tokio::select! { heard = hearing => heard, () = speaking => bail!("it spoke for ever") };
    ann.close().await;
    bob.close().await;
    kinds
}
