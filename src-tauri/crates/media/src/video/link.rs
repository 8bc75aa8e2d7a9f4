//! What one connection's two ends tell each other of how it goes: how much may be sent, and who wants a key frame.
//!
//! The engine keeps what comes by RTCP to itself, and its estimate in a chain that nobody else can look into. So this is a
//! link of that chain: it reads what passes, and shares what matters with those who encode and decode.

mod chain;

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rtc::rtcp;
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::reception_report::ReceptionReport;
use rtc::rtcp::sender_report::SenderReport;
use rtc::rtcp::transport_feedbacks::transport_layer_cc::TransportLayerCc;

use super::congestion::{Controller, LEAST};

pub(crate) use chain::install;

/// How much faster than the estimate a burst goes out: a key frame must not wait a second, nor fill all queues at once.
const BURST: f64 = 2.5;
/// And never slower than this, as all waits in one queue, sound too.
const PACE: f64 = 300_000.0;

/// Bits a second that sound takes, with all around it.
const SOUND: f64 = 60_000.0;

/// Seconds over which it is counted what is sent again.
const MENDED: f64 = 2.0;

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
    /// What they send, by its source.
    theirs: HashMap<u32, Theirs>,
    /// When which of our reports went out, by the middle of its time.
    reports: VecDeque<(u32, Instant)>,
    /// Bytes that are held back at the moment.
    waiting: usize,
    /// Bits that were sent again lately, each worth less the longer ago it was, and as of when.
    mended: (f64, Option<Instant>),
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
}

/// What they want to be told of what they send.
#[derive(Debug, Default)]
struct Theirs {
    remb: bool,
    nack: bool,
}

impl Link {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bits a second for what is sent from this source, when the other videos have theirs.
    pub fn share(&self, ssrc: u32, now: Instant) -> u32 {
        let state = self.state();
        let sound = state.ours.values().any(|ours| ours.bound && !ours.video);
        let target = state.controller.target(now) - if sound { SOUND } else { 0.0 } - state.mending(now);
        let all: f64 = state.ours.values().filter_map(|ours| ours.weight).sum();
        let own = state.ours.get(&ssrc).and_then(|ours| ours.weight).unwrap_or(1.0);
        rounded((target * own / all.max(own)).max(LEAST))
    }

    /// How long what is sent now is held back, as there is so much before it.
    pub fn backlog(&self, now: Instant) -> Duration {
        self.state().backlog(now)
    }

    /// There and back, as far as it is known.
    pub fn round_trip(&self) -> Option<Duration> {
        self.state().controller.round_trip()
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
        self.state().theirs.get(&ssrc).is_some_and(|theirs| theirs.remb)
    }

    /// Whether the sender of this source sends again what it is asked for (RFC 4585 §6.2.1).
    pub(crate) fn wants_nack(&self, ssrc: u32) -> bool {
        self.state().theirs.get(&ssrc).is_some_and(|theirs| theirs.nack)
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

    /// Bits a second that go into what is sent again, over the last seconds: what is encoded has to leave room for it.
    fn mending(&self, now: Instant) -> f64 {
        let (bits, at) = self.mended;
        let elapsed = at.map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        bits / MENDED * (-elapsed / MENDED).exp()
    }

    fn mend(&mut self, now: Instant, bytes: usize) {
        #[expect(clippy::cast_precision_loss, reason = "a packet")]
        let bits = bytes as f64 * 8.0;
        self.mended = (self.mending(now) * MENDED + bits, Some(now));
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
        } else if let Some(report) = packet.downcast_ref::<TransportLayerCc>() {
            self.controller.covered(report.base_sequence_number);
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

#[cfg(test)]
mod tests;
