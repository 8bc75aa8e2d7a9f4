//! Sending encoded frames.

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
    /// What the codec is called in this call, once that is agreed on.
    payload_type: Arc<OnceLock<u8>>,
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
    ) -> Self {
        Self { track, rtp, ssrc, codec, link, payload_type: Arc::default() }
    }

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

    /// Sends a frame, or a packet's worth of sound, that lasts for `duration`. Does not wait for the network.
    ///
    /// # Errors
    /// The codec was not agreed on, or the connection is gone.
    pub async fn send(&self, frame: Bytes, duration: Duration) -> Result<(), Error> {
        let payload_type = match self.payload_type.get() {
            Some(known) => *known,
            None => self.agreed().await?,
        };
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

    async fn agreed(&self) -> Result<u8, Error> {
        let agreed = self.rtp.get_parameters().await.map_err(sending)?.rtp_parameters.codecs;
        let wanted = self.codec.parameters().mime_type;
        let agreed = agreed.iter().find(|codec| codec.rtp_codec.mime_type.eq_ignore_ascii_case(&wanted));
        let payload_type = agreed.ok_or_else(|| Error::Sending(format!("{wanted} was not agreed on")))?.payload_type;
        Ok(*self.payload_type.get_or_init(|| payload_type))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
fn sending(error: rtc::shared::error::Error) -> Error {
    Error::Sending(error.to_string())
}
