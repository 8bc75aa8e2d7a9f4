//! Sending encoded frames.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rtc::media::Sample;
use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodingParameters, RTCRtpEncodingParameters};
use webrtc::media_stream::MediaStreamTrack;
use webrtc::media_stream::track_local::static_sample::TrackLocalStaticSample;
use webrtc::rtp_transceiver::RtpSender;

use crate::Error;
use crate::codec::{Codec, kind};
use crate::video::link::Link;

/// What goes out of one content.
#[derive(Clone)]
pub struct Sender {
    pub(crate) track: Arc<TrackLocalStaticSample>,
    pub(crate) rtp: Arc<dyn RtpSender>,
    ssrc: u32,
    codec: Codec,
    link: Arc<Link>,
    /// What is agreed on, and what it is called in this call.
    agreed: Arc<OnceLock<(Codec, u8)>>,
    /// Both have said what they take: before, the engine knows but our own wishes.
    settled: Arc<AtomicBool>,
}

/// A track of one codec, with a source of its own.
pub(crate) fn track(codec: Codec, stream: &str, ssrc: u32) -> Result<Arc<TrackLocalStaticSample>, Error> {
    let coding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
        codec: codec.parameters(),
        ..Default::default()
    };
    let name = codec.media().name().to_owned();
    // The other side's engine tells tracks apart by this, and by nothing else where it is ours.
    let id = format!("{name}{ssrc:08x}");
    let track = MediaStreamTrack::new(stream.to_owned(), id, name, kind(codec.media()), vec![coding]);
    let track = TrackLocalStaticSample::new(Instant::now(), track).map_err(|error| Error::Setup(error.to_string()))?;
    Ok(Arc::new(track))
}

impl Sender {
    pub(crate) fn new(
        track: Arc<TrackLocalStaticSample>,
        rtp: Arc<dyn RtpSender>,
        ssrc: u32,
        codec: Codec,
        link: Arc<Link>,
        settled: Arc<AtomicBool>,
    ) -> Self {
        Self { track, rtp, ssrc, codec, link, agreed: Arc::default(), settled }
    }

    /// What we began with; another of the same media may be agreed on.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// How it goes on the connection that this goes over.
    pub fn link(&self) -> &Arc<Link> {
        &self.link
    }

    /// What tells this from other sources (RFC 3550 §3).
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Sends a frame, or a packet's worth of sound, of the codec that was agreed on, that lasts for `duration`. Does not wait
    /// for the network.
    ///
    /// # Errors
    /// No codec was agreed on, or the connection is gone.
    pub async fn send(&self, frame: Bytes, duration: Duration) -> Result<(), Error> {
        let (codec, payload_type) = self.agreed().await?;
        // The track counts by the clock of what we began with.
        let duration = duration * codec.clockrate() / self.codec.clockrate();
        let sample = Sample { data: frame, duration, ..Sample::new(Instant::now()) };
        self.track.sample_writer(self.ssrc, payload_type).write_sample(&sample).await.map_err(sending)
    }

    /// Lets time go by in which nothing is sent: what comes next is that much later.
    ///
    /// # Errors
    /// As [`Sender::send`].
    pub async fn pause(&self, duration: Duration) -> Result<(), Error> {
        // Nothing makes no packet, but takes its time.
        self.send(Bytes::new(), duration).await
    }

    /// The codec that was agreed on and its payload type: the one we began with where they have it, else our next best.
    ///
    /// # Errors
    /// None was, or not yet.
    pub async fn agreed(&self) -> Result<(Codec, u8), Error> {
        if let Some(known) = self.agreed.get() {
            return Ok(*known);
        }
        if !self.settled.load(Ordering::Relaxed) {
            return Err(Error::Sending("nothing is agreed on yet".into()));
        }
        let theirs = self.rtp.get_parameters().await.map_err(sending)?.rtp_parameters.codecs;
        let number = |codec: Codec| {
            let wanted = codec.parameters().mime_type;
            let theirs = theirs.iter().find(|theirs| theirs.rtp_codec.mime_type.eq_ignore_ascii_case(&wanted))?;
            Some((codec, theirs.payload_type))
        };
        let others = Codec::ALL.into_iter().filter(|codec| codec.media() == self.codec.media());
        let agreed = std::iter::once(self.codec).chain(others).find_map(number);
        let agreed = agreed.ok_or_else(|| Error::Sending("no codec was agreed on".into()))?;
        Ok(*self.agreed.get_or_init(|| agreed))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
fn sending(error: rtc::shared::error::Error) -> Error {
    Error::Sending(error.to_string())
}
