//! What we can encode and decode, best first.

use std::sync::Arc;

use rtc::interceptor::{NackResponderBuilder, Registry, Slot};
use rtc::peer_connection::configuration::interceptor_registry::{configure_rtcp_reports, configure_twcc};
use rtc::peer_connection::configuration::media_engine::{
    MIME_TYPE_OPUS, MIME_TYPE_PCMA, MIME_TYPE_PCMU, MIME_TYPE_VP8, MediaEngine,
};
use rtc::rtp_transceiver::rtp_sender::{RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RtpCodecKind};
use waxwing_jingle::content::Content;
use waxwing_jingle::rtp::Media;
use webrtc::media_stream::track_remote::TrackRemote;

use crate::Error;
use crate::video::link::{self, Link};

/// Packets that can be sent again: some seconds of the best there is.
const SENT: u16 = 2048;

/// A way to encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// RFC 7587, 48 kHz, with what repairs a lost packet in the next (FEC).
    Opus,
    /// G.711, 8 kHz, for whoever knows nothing else.
    Pcmu,
    Pcma,
    /// RFC 7741.
    Vp8,
}

impl Codec {
    pub const ALL: [Self; 4] = [Self::Opus, Self::Pcmu, Self::Pcma, Self::Vp8];

    pub fn media(self) -> Media {
        if self == Self::Vp8 { Media::Video } else { Media::Audio }
    }

    /// The best of the same media that they offer, or this where they offer none of ours.
    #[must_use]
    pub fn among(self, offered: &[Content]) -> Self {
        let offers = |codec: &Self| {
            let rtp = offered.iter().filter_map(Content::rtp).filter(|rtp| rtp.media == self.media());
            rtp.flat_map(|rtp| &rtp.payloads).any(|payload| payload.name.eq_ignore_ascii_case(codec.name()))
        };
        Self::ALL.into_iter().find(offers).unwrap_or(self)
    }

    /// Its name in a payload type, which is compared without regard to case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::Vp8 => "VP8",
        }
    }

    /// Hz of RTP's clock.
    pub fn clockrate(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::Pcmu | Self::Pcma => 8_000,
            Self::Vp8 => 90_000,
        }
    }

    /// What it is called by where we offer; an answer takes the other side's number.
    pub fn payload_type(self) -> u8 {
        match self {
            Self::Opus => 111,
            Self::Pcmu => 0,
            Self::Pcma => 8,
            Self::Vp8 => 98,
        }
    }

    fn numbered(self) -> RTCRtpCodecParameters {
        RTCRtpCodecParameters { rtp_codec: self.parameters(), payload_type: self.payload_type() }
    }

    /// As the engine has it.
    pub(crate) fn parameters(self) -> RTCRtpCodec {
        let feedback = |typ: &str, parameter: &str| RTCPFeedback { typ: typ.into(), parameter: parameter.into() };
        let (mime, channels, fmtp) = match self {
            Self::Opus => (MIME_TYPE_OPUS, 2, "minptime=10;useinbandfec=1"),
            Self::Pcmu => (MIME_TYPE_PCMU, 0, ""),
            Self::Pcma => (MIME_TYPE_PCMA, 0, ""),
            Self::Vp8 => (MIME_TYPE_VP8, 0, ""),
        };
        let video = [("goog-remb", ""), ("ccm", "fir"), ("nack", ""), ("nack", "pli")];
        let wanted: &[_] = if self == Self::Vp8 { &video } else { &[] };
        RTCRtpCodec {
            mime_type: mime.to_owned(),
            clock_rate: self.clockrate(),
            channels,
            sdp_fmtp_line: fmtp.to_owned(),
            rtcp_feedback: wanted.iter().map(|(typ, parameter)| feedback(typ, parameter)).collect(),
        }
    }
}

/// What comes in on a track.
pub async fn media_of(track: &dyn TrackRemote) -> Media {
    let mut video = track.kind().await == RtpCodecKind::Video;
    // One that nothing was said of (XEP-0339) has no kind; what it is sent with has.
    for ssrc in track.ssrcs().await {
        video |= track.codec(ssrc).await.is_some_and(|codec| codec.mime_type.starts_with("video/"));
    }
    if video { Media::Video } else { Media::Audio }
}

/// All of sound, as the engine has them.
pub(crate) fn of_sound() -> Vec<RTCRtpCodecParameters> {
    Codec::ALL.into_iter().filter(|codec| codec.media() == Media::Audio).map(Codec::numbered).collect()
}

pub(crate) fn kind(media: Media) -> RtpCodecKind {
    match media {
        Media::Audio => RtpCodecKind::Audio,
        Media::Video => RtpCodecKind::Video,
    }
}

/// What the engine negotiates, where it is the one way of all contents (`all`) or not, and what stands between it and the
/// network: lost packets are sent again, reports tell how it goes, and when each packet came is told back.
pub(crate) fn engine(link: &Arc<Link>, all: bool) -> Result<(MediaEngine, Registry), Error> {
    let setup = |error: rtc::shared::error::Error| Error::Setup(error.to_string());
    let mut media = MediaEngine::default();
    for codec in Codec::ALL {
        media.register_codec(codec.numbered(), kind(codec.media())).map_err(setup)?;
    }
    // What is lost of theirs is asked for where its frames are put together ([`crate::video::missing`]): there it is known
    // what is of use still.
    let responder = NackResponderBuilder::new().with_size(SENT).build();
    let registry = configure_rtcp_reports(Registry::new().with(Slot::NackResponder, responder));
    // libwebrtc counts the packets of all its ways together, and would take those of the other ways for lost. Who has no
    // bundle is told how much can come (REMB).
    let registry = if all { configure_twcc(registry, &mut media).map_err(setup)? } else { registry };
    Ok((media, link::install(link, registry)))
}
