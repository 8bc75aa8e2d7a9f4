//! The engine against libwebrtc: everything between them is said in Jingle and read back.

use std::sync::Arc;
use std::time::Duration;

use harness::wait::SOON;
use harness::{Chromium, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::sync::mpsc::Receiver;
use waxwing_jingle::content::Creator;
use waxwing_jingle::rtp::Media;
use waxwing_jingle::{Action, Content, Group, Jingle, sdp};
use waxwing_media::codec::Codec;
use waxwing_media::sound::FRAME;
use waxwing_media::sound::voice::{Earpiece, Listening, Microphone, Speaking};
use waxwing_media::{Engine, Event, Told, TrackRemote, TrackRemoteEvent, Ways, Words};

/// A call in the page: `pc`, what it has heard, and the places it is to be reached at.
const PAGE: &str = "
    window.places = [];
    window.pc = new RTCPeerConnection();
    pc.onicecandidate = ({ candidate }) => candidate && places.push([candidate.sdpMid, candidate.candidate]);
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: arguments[0] });
    for (const track of stream.getTracks()) pc.addTrack(track, stream);
    window.context = new AudioContext({ sampleRate: 48000 });
    pc.ontrack = ({ track }) => {
      // Without an element that plays it, nothing is decoded.
      const element = document.body.appendChild(document.createElement(track.kind));
      element.srcObject = new MediaStream([track]);
      element.play();
      if (track.kind !== 'audio') return;
      window.analyser = new AnalyserNode(context, { fftSize: 4096 });
      context.createMediaStreamSource(element.srcObject).connect(analyser);
    };";

/// What the page hears at the moment: the strongest frequency in Hz, and how strong it is in decibels.
const HEARD: &str = "
    const strengths = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(strengths);
    const strongest = strengths.indexOf(Math.max(...strengths));
    return { state: pc.connectionState, hertz: strongest * 48000 / 4096, decibels: Math.max(...strengths) };";

/// Over the wire and back.
pub fn carried(contents: Vec<Content>, groups: Vec<Group>) -> Result<Jingle> {
    let jingle = Jingle { contents, groups, ..Jingle::new(Action::SessionInitiate, "5f3c") };
    Ok(Jingle::read(&jingle.write().into())?)
}

/// Both know what the other has said; now each learns where the other is, until media flow.
struct Call {
    page: Chromium,
    ours: Engine,
    events: Receiver<(usize, Event)>,
    told: usize,
    tracks: Vec<Arc<dyn TrackRemote>>,
    /// How many connections are.
    connected: usize,
}

impl Call {
    async fn begin(video: bool, side: Creator) -> Result<Self> {
        let page = Chromium::start().await?;
        page.run(PAGE, vec![json!(video)]).await?;
        let (ours, events) = Engine::new(Ways::default(), side)?;
        Ok(Self { page, ours, events, told: 0, tracks: Vec::new(), connected: 0 })
    }

    /// Tells each of the other's places until `ways` are found and `tracks` come in.
    async fn meet(&mut self, ways: usize, tracks: usize) -> Result<()> {
        let meeting = async {
            let mut look = tokio::time::interval(Duration::from_millis(20));
            while self.connected < ways || self.tracks.len() < tracks {
                look.tick().await;
                self.exchange().await?;
            }
            Ok(())
        };
        tokio::time::timeout(SOON, meeting).await.unwrap_or_else(|_| bail!("they did not meet"))
    }

    async fn exchange(&mut self) -> Result<()> {
        let places = self.page.run("return places.slice(arguments[0]);", vec![json!(self.told)]).await?;
        for place in places.as_array().into_iter().flatten() {
            self.told += 1;
            let (content, line) = (place[0].as_str().unwrap_or_default(), place[1].as_str().unwrap_or_default());
            if let Some(candidate) = sdp::read_candidate(line, self.told.to_string()) {
                self.ours.candidate(content, &candidate, None).await?;
            }
        }
        while let Ok(event) = self.events.try_recv() {
            let Told { contents, event, .. } = self.ours.told(event);
            match event {
                Event::Candidate { candidate, credentials } => {
                    let line = sdp::write_candidate(&candidate, Some(&credentials.ufrag));
                    let place = json!({ "candidate": line, "sdpMid": contents[0] });
                    self.page.run("await pc.addIceCandidate(arguments[0]);", vec![place]).await?;
                }
                Event::Connected => self.connected += 1,
                Event::Incoming(track) => self.tracks.push(track),
                Event::Failed => bail!("no way was found"),
                Event::Gathered | Event::Interrupted | Event::Channel(_) => {}
            }
        }
        Ok(())
    }

    async fn track(&self, media: Media) -> Result<Arc<dyn TrackRemote>> {
        for track in &self.tracks {
            if track.kind().await.to_string() == media.name() {
                return Ok(Arc::clone(track));
            }
        }
        bail!("no {} comes in", media.name())
    }

    /// Speaks a tone and listens, at a device's pace, until the tone is heard there; how loud it was here.
    async fn speak(&self, (_speaking, mut microphone): Speech, ear: &Earpiece) -> Result<f32> {
        let mut clock = tokio::time::interval(Duration::from_millis(20));
        let (mut out, mut loudest, mut heard) = ([0.0; FRAME], 0.0_f32, Value::Null);
        for frame in 0..500 {
            clock.tick().await;
            microphone.push(&tone(frame));
            ear.fill(&mut out);
            loudest = out.iter().fold(loudest, |most, sample| most.max(sample.abs()));
            if frame % 50 == 49 {
                heard = self.page.run(HEARD, vec![]).await?;
                let near = heard["hertz"].as_f64().is_some_and(|hertz| (hertz - 440.0).abs() < 24.0);
                if near && heard["decibels"].as_f64() > Some(-40.0) && loudest > 0.05 {
                    return Ok(loudest);
                }
            }
        }
        bail!("our tone is not heard there: {heard}, its beeps here at {loudest}")
    }
}

type Speech = (Speaking, Microphone);

pub fn tone(frame: usize) -> [f32; FRAME] {
    std::array::from_fn(|at| ((frame * FRAME + at) as f32 * 440.0 / 48_000.0 * std::f32::consts::TAU).sin() * 0.5)
}

/// Both speak and both hear.
async fn both_hear(call: &Call, speech: Speech) -> Result<()> {
    let (_listening, ear) = Listening::begin(call.track(Media::Audio).await?, Codec::Opus)?;
    let loudest = call.speak(speech, &ear).await?;
    ensure!(loudest > 0.05 && ear.counts().played > 20, "its beeps are not heard: {loudest}, {:?}", ear.counts());
    Ok(())
}

/// Something of the picture comes in.
async fn see(call: &Call) -> Result<()> {
    let picture = call.track(Media::Video).await?;
    let first = async {
        while let Some(event) = picture.poll().await {
            if let TrackRemoteEvent::OnRtpPacket(packet) = event
                && !packet.payload.is_empty()
            {
                return true;
            }
        }
        false
    };
    ensure!(tokio::time::timeout(Duration::from_secs(5), first).await?, "no picture comes in");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_calls_with_sound_and_picture_in_one_bundle() -> Result<()> {
    let mut call = Call::begin(true, Creator::Responder).await?;
    let offer = call.page.run("await pc.setLocalDescription(); return pc.localDescription.sdp;", vec![]).await?;
    let (contents, groups) = sdp::read(offer.as_str().unwrap_or_default(), Creator::Initiator)?;
    let offer = carried(contents, groups)?;
    ensure!(offer.bundle().is_some_and(|group| group.contents.len() == 2), "{:?}", offer.groups);
    let offer = Words { contents: offer.contents, groups: offer.groups };
    let (answer, senders) = call.ours.answer(&offer, &[Codec::Opus]).await?;
    let answer = carried(answer.contents, answer.groups)?;
    let text = sdp::write(&answer.contents, &answer.groups, &[], Creator::Responder)?;
    let description = json!({ "type": "answer", "sdp": text });
    call.page.run("await pc.setRemoteDescription(arguments[0]);", vec![description]).await?;
    let speech = Speaking::begin(senders[0].clone())?;
    call.meet(1, 2).await?;
    both_hear(&call, speech).await?;
    see(&call).await?;
    call.ours.close().await;
    Ok(())
}

/// Sound and picture in one bundle, and each with a way of its own.
#[tokio::test(flavor = "multi_thread")]
async fn it_is_called() -> Result<()> {
    for bundle in [true, false] {
        let mut call = Call::begin(true, Creator::Initiator).await?;
        let (offer, senders) = call.ours.offer(&[Codec::Opus, Codec::Vp8], bundle).await?;
        let offer = carried(offer.contents, offer.groups)?;
        ensure!(offer.bundle().is_some() == bundle && offer.contents.len() == 2, "{:?}", offer.groups);
        let text = sdp::write(&offer.contents, &offer.groups, &[], Creator::Initiator)?;
        let answering = "await pc.setRemoteDescription(arguments[0]); await pc.setLocalDescription(); \
                         return pc.localDescription.sdp;";
        let answer = call.page.run(answering, vec![json!({ "type": "offer", "sdp": text })]).await?;
        let (contents, groups) = sdp::read(answer.as_str().unwrap_or_default(), Creator::Responder)?;
        let answer = carried(contents, groups)?;
        call.ours.answered(&Words { contents: answer.contents, groups: answer.groups }).await?;
        let speech = Speaking::begin(senders[0].clone())?;
        call.meet(if bundle { 1 } else { 2 }, 2).await?;
        both_hear(&call, speech).await?;
        see(&call).await?;
        call.ours.close().await;
    }
    Ok(())
}
