//! What of it stands in the engine's chain.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rtc::interceptor::{
    BandwidthEstimator, CongestionControlBuilder, Interceptor, PacerBuilder, Packet, PacketReport, Registry, Slot,
    StreamInfo, TaggedPacket,
};
use rtc::sansio::Protocol;
use rtc::shared::error::Error;

use super::{Link, SOURCES, Theirs, VIDEO};

/// Wire-most of all: sees all that comes, and all that goes as it goes.
const PLACE: usize = 500;
/// Just above the one that holds packets back.
const GATE: usize = 3_500;
/// Where nobody reports how it goes, the encoder alone holds back.
const UNPACED: f64 = 10_000_000.0;
/// What is sent again has to wait no longer than this, or is left out: it would make all later.
const AGAIN: Duration = Duration::from_millis(300);
/// It is sent again no sooner than that, whoever asks, and at least once in so long where it takes so long to get there.
const SOONEST: Duration = Duration::from_millis(20);
const LATEST: Duration = Duration::from_millis(500);
/// So many times in a round trip: whether the last one arrives shows only after it, and one of ten is lost again, or what
/// asked for it. Where a queue is full, once has to do.
const TIMES: u32 = 3;
/// Requests come earlier and later than they were sent.
const SLACK: Duration = Duration::from_millis(5);
/// A part of what may be sent is for what is sent again, and so many bytes at once.
const MENDING: f64 = 0.4;
const AT_ONCE: f64 = 12_000.0;
/// Packets of which it is known when they were sent.
const SENT: usize = 4096;

/// Puts the link into a connection's chain, and what it needs to know and to hold back.
pub(crate) fn install(link: &Arc<Link>, registry: Registry) -> Registry {
    let control = CongestionControlBuilder::new(Estimator(Arc::clone(link))).build();
    registry
        .with(Slot::from(PLACE), Tap::new(link))
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

pub(super) struct Tap {
    link: Arc<Link>,
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl Tap {
    pub(super) fn new(link: &Arc<Link>) -> Self {
        Self { link: Arc::clone(link), reads: VecDeque::new(), writes: VecDeque::new() }
    }
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
            let trip = state.controller.round_trip().unwrap_or_default();
            let times = if state.controller.loses_many() { 1 } else { TIMES };
            // They ask as often: who asks a bit early is answered too.
            let pause = (trip * 9 / 10 / times).clamp(SOONEST - SLACK, LATEST);
            let elapsed = now.saturating_duration_since(*last);
            // Long ago, it was another packet of that number.
            let again = elapsed < Duration::from_secs(10);
            let target = state.controller.target(now);
            let no_room = elapsed < pause || state.backlog(now) > AGAIN;
            if again {
                if no_room || !self.mends(now, target, packet.payload.len()) {
                    return false;
                }
                state.mend(now, packet.payload.len());
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
        let wants = |typ: &str| info.rtcp_feedback.iter().any(|one| one.typ == typ && one.parameter.is_empty());
        let theirs = Theirs { remb: wants("goog-remb") && !told, nack: wants("nack") };
        let mut state = self.link.state();
        if state.theirs.len() < SOURCES {
            state.theirs.insert(info.ssrc, theirs);
        }
    }

    fn unbind_remote_stream(&mut self, info: &StreamInfo) {
        self.link.state().theirs.remove(&info.ssrc);
    }
}
