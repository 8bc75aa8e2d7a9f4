//! What one connection's two ends tell each other of how it goes: how much may be sent, and who wants a key frame.
//!
//! The engine keeps what comes by RTCP to itself, and its estimate in a chain that nobody else can look into. So this is a
//! link of that chain: it reads what passes, and shares what matters with those who encode and decode.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rtc::interceptor::{
    BandwidthEstimator, CongestionControlBuilder, Interceptor, PacerBuilder, Packet, PacketReport, Registry, Slot,
    StreamInfo, TaggedPacket,
};
use rtc::rtcp;
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::reception_report::ReceptionReport;
use rtc::rtcp::sender_report::SenderReport;
use rtc::sansio::Protocol;
use rtc::shared::error::Error;

use super::congestion::{Controller, LEAST};

/// Wire-most of all: sees all that comes, and all that goes as it goes.
const PLACE: usize = 500;
/// Just above the one that holds packets back.
const GATE: usize = 3_500;

/// How much faster than the estimate a burst goes out: a key frame must not wait a second, nor fill all queues at once.
const BURST: f64 = 2.5;
/// And never slower than this, as all waits in one queue, sound too.
const PACE: f64 = 300_000.0;
/// What is sent again has to wait no longer than this, or is left out: it would make all later.
const AGAIN: Duration = Duration::from_millis(300);
/// It is sent again no sooner than that, whoever asks, and at least once in so long where it takes so long to get there.
const SOONEST: Duration = Duration::from_millis(30);
const LATEST: Duration = Duration::from_millis(500);
/// A part of what may be sent is for what is sent again, and so many bytes at once.
const MENDING: f64 = 0.4;
const AT_ONCE: f64 = 12_000.0;
/// Packets of which it is known when they were sent.
const SENT: usize = 4096;
/// Where nobody reports how it goes, the encoder alone holds back.
const UNPACED: f64 = 10_000_000.0;

/// Bits a second that sound takes, with all around it.
const SOUND: f64 = 60_000.0;

/// RTP's clock of all video.
const VIDEO: u32 = 90_000;

/// Sender reports whose answers may come yet.
const REPORTS: usize = 32;

/// Sources of either side that are kept in mind.
const SOURCES: usize = 64;

/// One connection's.
#[derive(Debug, Default)]
pub struct Link(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    controller: Controller,
    /// What we send, by its source.
    ours: HashMap<u32, Ours>,
    /// Of what they send, what they want to be told REMB of.
    theirs: HashMap<u32, bool>,
    /// When which of our reports went out, by the middle of its time.
    reports: VecDeque<(u32, Instant)>,
    /// Bytes that are held back at the moment.
    waiting: usize,
}

#[derive(Debug, Default)]
struct Ours {
    /// It is sent at all.
    bound: bool,
    video: bool,
    /// How often a key frame was asked for.
    wanted: u64,
    /// The last request that counts itself (RFC 5104 §4.3.1): by whom, and its number.
    counted: Option<(u32, u8)>,
    /// Of all video, how large a part is this.
    weight: Option<f64>,
    /// Of 256, as they told last.
    lost: u8,
}

impl Link {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bits a second for what is sent from this source, when the other videos have theirs.
    pub fn share(&self, ssrc: u32, now: Instant) -> u32 {
        let state = self.state();
        let sound = state.ours.values().any(|ours| ours.bound && !ours.video);
        let target = state.controller.target(now) - if sound { SOUND } else { 0.0 };
        let all: f64 = state.ours.values().filter_map(|ours| ours.weight).sum();
        let own = state.ours.get(&ssrc).and_then(|ours| ours.weight).unwrap_or(1.0);
        rounded((target * own / all.max(own)).max(LEAST))
    }

    /// How long what is sent now is held back, as there is so much before it.
    pub fn backlog(&self, now: Instant) -> Duration {
        self.state().backlog(now)
    }

    /// How often a key frame of this source was asked for.
    pub fn keys_wanted(&self, ssrc: u32) -> u64 {
        self.state().ours.get(&ssrc).map_or(0, |ours| ours.wanted)
    }

    /// Video is sent from this source, and is to have so large a part of what all have; nothing where it is sent no more.
    pub(crate) fn weigh(&self, ssrc: u32, weight: Option<f64>) {
        if let Some(ours) = self.state().ours(ssrc) {
            ours.weight = weight;
        }
    }

    /// Whether the sender of this source is to be told how much can come (REMB): it asked for that, and does not find out by
    /// itself (transport-cc).
    pub(crate) fn wants_remb(&self, ssrc: u32) -> bool {
        self.state().theirs.get(&ssrc).copied().unwrap_or_default()
    }

    /// How it goes, on the way to them.
    pub fn quality(&self, now: Instant) -> Quality {
        let state = self.state();
        Quality {
            target: rounded(state.controller.target(now)),
            loss: state.controller.loss(),
            round_trip: state.controller.round_trip(),
        }
    }
}

/// The way to the other side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Bits a second that may be sent in all.
    pub target: u32,
    /// The share of packets that was lost lately, 0 to 1.
    pub loss: f64,
    /// There and back, as their reports tell.
    pub round_trip: Option<Duration>,
}

impl State {
    /// Bits a second that go out at most.
    fn pace(&self, now: Instant) -> f64 {
        (BURST * self.controller.target(now)).max(PACE)
    }

    fn backlog(&self, now: Instant) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "a few packets")]
        let bits = self.waiting as f64 * 8.0;
        Duration::from_secs_f64(bits / self.pace(now))
    }

    /// What we know of a source of ours; nothing where there are too many to be true.
    fn ours(&mut self, ssrc: u32) -> Option<&mut Ours> {
        if self.ours.len() >= SOURCES && !self.ours.contains_key(&ssrc) {
            return None;
        }
        Some(self.ours.entry(ssrc).or_default())
    }

    fn heard(&mut self, now: Instant, packet: &dyn rtcp::Packet) {
        let packet = packet.as_any();
        if let Some(loss) = packet.downcast_ref::<PictureLossIndication>() {
            self.ask(loss.media_ssrc);
        } else if let Some(request) = packet.downcast_ref::<FullIntraRequest>() {
            for entry in &request.fir {
                let number = Some((request.sender_ssrc, entry.sequence_number));
                let Some(ours) = self.ours.get_mut(&entry.ssrc) else { continue };
                // Said again, in case it was lost.
                if ours.counted != number {
                    ours.counted = number;
                    self.ask(entry.ssrc);
                }
            }
        } else if let Some(estimate) = packet.downcast_ref::<ReceiverEstimatedMaximumBitrate>() {
            self.controller.limited(now, estimate.bitrate.into());
        } else if let Some(report) = packet.downcast_ref::<ReceiverReport>() {
            self.reported(now, &report.reports);
        } else if let Some(report) = packet.downcast_ref::<SenderReport>() {
            self.reported(now, &report.reports);
        }
    }

    fn ask(&mut self, ssrc: u32) {
        // Only of what is there: who asks must not fill our memory.
        if let Some(ours) = self.ours.get_mut(&ssrc) {
            ours.wanted = ours.wanted.wrapping_add(1);
        }
    }

    fn reported(&mut self, now: Instant, reports: &[ReceptionReport]) {
        let any_video = self.ours.values().any(|ours| ours.video && ours.bound);
        for report in reports {
            let sent = self.reports.iter().find(|(time, _)| *time == report.last_sender_report && *time != 0);
            let held = Duration::from_secs_f64(f64::from(report.delay) / 65_536.0);
            let round_trip = sent.map(|(_, at)| now.saturating_duration_since(*at).saturating_sub(held));
            let Some(ours) = self.ours.get_mut(&report.ssrc) else { continue };
            ours.lost = report.fraction_lost;
            // A few packets of sound tell little.
            if ours.video || !any_video {
                self.controller.report(now, f64::from(report.fraction_lost) / 256.0, round_trip);
            }
        }
    }

    fn said(&mut self, now: Instant, packet: &dyn rtcp::Packet) {
        if let Some(report) = packet.as_any().downcast_ref::<SenderReport>() {
            #[expect(clippy::cast_possible_truncation, reason = "the middle of it is what is told back")]
            let middle = (report.ntp_time >> 16) as u32;
            self.reports.truncate(REPORTS - 1);
            self.reports.push_front((middle, now));
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded bits a second")]
fn rounded(bitrate: f64) -> u32 {
    bitrate.clamp(0.0, 1e9) as u32
}

/// Puts the link into a connection's chain, and what it needs to know and to hold back.
pub(crate) fn install(link: &Arc<Link>, registry: Registry) -> Registry {
    let control = CongestionControlBuilder::new(Estimator(Arc::clone(link))).build();
    registry
        .with(Slot::from(PLACE), Tap { link: Arc::clone(link), reads: VecDeque::new(), writes: VecDeque::new() })
        .with(Slot::CongestionControl, control)
        .with(Slot::from(GATE), Gate::new(link))
        .with(Slot::Pacer, PacerBuilder::new().with_target_bitrate(UNPACED).build())
}

/// Told by the engine of each packet's fate; what it answers is how fast packets go out.
struct Estimator(Arc<Link>);

impl BandwidthEstimator for Estimator {
    fn on_reports(&mut self, now: Instant, reports: &[PacketReport]) {
        self.0.state().controller.packets(now, reports);
    }

    fn target_bitrate(&self) -> f64 {
        let state = self.0.state();
        state.pace(Instant::now())
    }
}

struct Tap {
    link: Arc<Link>,
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Tap {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, message: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(packets) = &message.message.packet {
            let mut state = self.link.state();
            packets.iter().for_each(|packet| state.heard(message.now, packet.as_ref()));
        }
        self.reads.push_back(message);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, message: TaggedPacket) -> Result<(), Error> {
        match &message.message.packet {
            Packet::Rtcp(packets) => {
                let mut state = self.link.state();
                packets.iter().for_each(|packet| state.said(message.now, packet.as_ref()));
            }
            Packet::Rtp(packet) => {
                let mut state = self.link.state();
                state.waiting = state.waiting.saturating_sub(packet.payload.len());
            }
            _ => {}
        }
        self.writes.push_back(message);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }
}

/// Keeps what is asked for again and again from stopping all: the engine sends what is lost each time it is asked for.
struct Gate {
    link: Arc<Link>,
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
    /// When each packet went by last.
    sent: HashMap<(u32, u16), Instant>,
    /// Bytes that may be sent again now, as of then.
    mending: (f64, Option<Instant>),
}

impl Gate {
    fn new(link: &Arc<Link>) -> Self {
        let (reads, writes) = (VecDeque::new(), VecDeque::new());
        Self { link: Arc::clone(link), reads, writes, sent: HashMap::new(), mending: (AT_ONCE, None) }
    }

    /// Whether there is room to send so many bytes again.
    fn mends(&mut self, now: Instant, target: f64, size: usize) -> bool {
        let (left, at) = self.mending;
        let seconds = at.map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        let left = (left + seconds * target * MENDING / 8.0).min(AT_ONCE);
        #[expect(clippy::cast_precision_loss, reason = "a packet")]
        let size = size as f64;
        let enough = left >= size;
        self.mending = (if enough { left - size } else { left }, Some(now));
        enough
    }

    fn lets(&mut self, now: Instant, packet: &rtc::rtp::Packet) -> bool {
        let key = (packet.header.ssrc, packet.header.sequence_number);
        let link = Arc::clone(&self.link);
        let mut state = link.state();
        if let Some(last) = self.sent.get(&key) {
            let pause = state.controller.round_trip().unwrap_or_default().clamp(SOONEST, LATEST);
            let elapsed = now.saturating_duration_since(*last);
            // Long ago, it was another packet of that number.
            let again = elapsed < Duration::from_secs(10);
            let target = state.controller.target(now);
            let no_room = elapsed < pause || state.backlog(now) > AGAIN;
            if again && (no_room || !self.mends(now, target, packet.payload.len())) {
                return false;
            }
        }
        state.waiting += packet.payload.len();
        if self.sent.len() >= SENT {
            self.sent.retain(|_, at| now.saturating_duration_since(*at) < Duration::from_secs(2));
        }
        if self.sent.len() < SENT {
            self.sent.insert(key, now);
        }
        true
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Gate {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, message: TaggedPacket) -> Result<(), Error> {
        self.reads.push_back(message);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, message: TaggedPacket) -> Result<(), Error> {
        let lets = match &message.message.packet {
            Packet::Rtp(packet) => self.lets(message.now, packet),
            _ => true,
        };
        if lets {
            self.writes.push_back(message);
        }
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }
}

impl Interceptor for Gate {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

impl Interceptor for Tap {
    fn bind_local_stream(&mut self, info: &StreamInfo) {
        if let Some(ours) = self.link.state().ours(info.ssrc) {
            (ours.bound, ours.video) = (true, info.clock_rate == VIDEO);
        }
    }

    fn unbind_local_stream(&mut self, info: &StreamInfo) {
        if let Some(ours) = self.link.state().ours.get_mut(&info.ssrc) {
            ours.bound = false;
        }
    }

    fn bind_remote_stream(&mut self, info: &StreamInfo) {
        let told = info
            .rtp_header_extensions
            .iter()
            .any(|extension| extension.uri.ends_with("transport-wide-cc-extensions-01"));
        let wants = info.rtcp_feedback.iter().any(|feedback| feedback.typ == "goog-remb");
        let mut state = self.link.state();
        if state.theirs.len() < SOURCES {
            state.theirs.insert(info.ssrc, wants && !told);
        }
    }

    fn unbind_remote_stream(&mut self, info: &StreamInfo) {
        self.link.state().theirs.remove(&info.ssrc);
    }
}

#[cfg(test)]
mod tests;
