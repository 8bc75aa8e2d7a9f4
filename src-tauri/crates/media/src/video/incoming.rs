//! Video that comes in: whole frames for whoever shows them, and what the sender has to be told for that.

mod arrivals;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rtc::rtcp;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate;
use rtc::rtcp::transport_feedbacks::transport_layer_nack::{TransportLayerNack, nack_pairs_from_sequence_numbers};
use rtc::rtp;
use tokio::sync::{Notify, mpsc};
use tokio::time::{MissedTickBehavior, interval, sleep_until};
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};

use super::assemble::{Assembler, Counts, Encoded};
use super::freezes::{Freezes, Watch};
use super::link::Link;
use super::missing::{Missing, patience};
use super::playout::Playout;
use arrivals::Arrivals;

/// Frames that wait to be shown; who lets more wait gets none up to the next key frame.
const WAITING: usize = 8;
/// How often it is looked whether something was waited for too long.
const LOOK: Duration = Duration::from_millis(20);
/// A key frame is on its way by itself, at first.
const FIRST: Duration = Duration::from_millis(150);
/// It takes so long to come, and longer where the way is narrow: each that is asked for then makes all of them later. So the
/// pause is twice as long each time, up to the last.
const AGAIN: Duration = Duration::from_millis(400);
const AT_LEAST: Duration = Duration::from_millis(3200);

/// What was seen so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Seen {
    pub counts: Counts,
    pub freezes: Freezes,
    /// Frames that were whole, and for which the one who shows them had no room.
    pub overrun: u64,
    pub key_frames: u64,
    /// How often a key frame was asked for.
    pub asked: u64,
    /// Frames a second, lately.
    pub rate: f64,
    /// How long frames are held back at the moment, so that they are shown regularly.
    pub delay: Duration,
    /// Pixels of the picture, and how often that changed.
    pub size: (u32, u32),
    pub size_changes: u32,
}

#[derive(Debug, Default)]
struct Shared {
    seen: Mutex<Seen>,
    resting: AtomicBool,
    wanted: Notify,
}

/// Video of one content. Dropping it ends it.
#[derive(Debug)]
pub struct Incoming {
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

impl Incoming {
    /// Takes what comes on this track, of a connection with this link. Where frames are not taken out soon, all up to the next
    /// key frame are left out, so that what is shown is never old.
    pub fn begin(track: Arc<dyn TrackRemote>, link: Arc<Link>) -> (Self, mpsc::Receiver<Encoded>) {
        let (frames, output) = mpsc::channel(WAITING);
        let shared = Arc::new(Shared::default());
        let work = Work {
            track,
            link,
            shared: Arc::clone(&shared),
            frames,
            missing: Missing::default(),
            assembler: Assembler::new(),
            playout: Playout::default(),
            watch: Watch::default(),
            rested: false,
            keys: Keys::default(),
            arrivals: Arrivals::default(),
            round_trip: None,
            ssrc: None,
        };
        (Self { shared, task: tokio::spawn(work.run()) }, output)
    }

    /// What is shown cannot go on without a key frame. Asked for again and again until there is one, but not too often.
    pub fn request_key(&self) {
        self.shared.wanted.notify_one();
    }

    /// They do not mean to send, or do again: what does not come then is not late.
    pub fn rest(&self, resting: bool) {
        self.shared.resting.store(resting, Ordering::Relaxed);
    }

    pub fn seen(&self) -> Seen {
        *self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// When to ask for a key frame.
#[derive(Debug, Default)]
struct Keys {
    needed: Option<Instant>,
    asked: Option<Instant>,
    pause: Duration,
}

impl Keys {
    /// Whether to ask now, where one is needed or not.
    fn ask(&mut self, now: Instant, needed: bool) -> bool {
        if !needed {
            (self.needed, self.pause) = (None, Duration::ZERO);
            return false;
        }
        let since = *self.needed.get_or_insert(now);
        let due = match self.asked {
            Some(asked) => now.saturating_duration_since(asked) >= self.pause.max(AGAIN),
            None => now.saturating_duration_since(since) >= FIRST,
        };
        if due {
            self.asked = Some(now);
            self.pause = (self.pause * 2).clamp(AGAIN, AT_LEAST);
        }
        due
    }
}

struct Work {
    track: Arc<dyn TrackRemote>,
    link: Arc<Link>,
    shared: Arc<Shared>,
    frames: mpsc::Sender<Encoded>,
    missing: Missing,
    assembler: Assembler,
    playout: Playout,
    watch: Watch,
    /// It rested when the last frame came.
    rested: bool,
    keys: Keys,
    arrivals: Arrivals,
    /// There and back, as it was lately.
    round_trip: Option<Duration>,
    /// Of the last packet.
    ssrc: Option<u32>,
}

impl Work {
    async fn run(mut self) {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looks = 0u32;
        loop {
            let next = self.next();
            tokio::select! {
                event = self.track.poll() => match event {
                    Some(TrackRemoteEvent::OnRtpPacket(packet)) => self.packet(&packet),
                    Some(TrackRemoteEvent::OnEnded) | None => return,
                    Some(_) => {}
                },
                _ = look.tick() => looks = looks.wrapping_add(1),
                () = at(next) => {}
                () = self.shared.wanted.notified() => self.skip(),
                () = self.frames.closed() => return,
            }
            let now = Instant::now();
            self.give(now);
            self.tell(now).await;
            // Rates are of interest to people, not to every packet.
            if looks.is_multiple_of(10) {
                self.round_trip = self.link.round_trip();
                self.assembler.set_patience(patience(self.round_trip));
                self.show();
            }
        }
    }

    fn packet(&mut self, packet: &rtp::Packet) {
        let header = &packet.header;
        if self.ssrc.replace(header.ssrc) != Some(header.ssrc) {
            self.missing = Missing::default();
        }
        self.missing.packet(Instant::now(), header.sequence_number);
        self.assembler.packet(header.sequence_number, header.timestamp, header.marker, &packet.payload);
        if self.link.wants_remb(header.ssrc) {
            let length = packet.payload.len() + 12;
            self.arrivals.packet(Instant::now(), header.sequence_number, header.timestamp, length);
        }
    }

    /// When there is something to do, if nothing happens before.
    fn next(&self) -> Option<Instant> {
        let shown = self.playout.next().filter(|_| self.frames.capacity() > 0);
        shown.into_iter().chain(self.missing.next(self.round_trip)).min()
    }

    /// Nothing that is here is of use.
    fn skip(&mut self) {
        self.assembler.skip();
        self.playout.clear();
    }

    /// Gives out what is whole, when its time has come, as long as it is taken.
    fn give(&mut self, now: Instant) {
        let mut overrun = 0;
        while let Some(frame) = self.assembler.frame(now) {
            let (key, size) = (frame.key, (frame.width, frame.height));
            let mut seen = self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.size != size {
                seen.size_changes += u32::from(seen.size != (0, 0));
                seen.size = size;
            }
            seen.key_frames += u64::from(key);
            drop(seen);
            if !self.playout.put(now, frame) {
                overrun += 1;
                self.skip();
            }
        }
        while self.frames.capacity() > 0
            && let Some(frame) = self.playout.take(now)
            && self.frames.try_send(frame).is_ok()
        {
            let resting = self.shared.resting.load(Ordering::Relaxed);
            if std::mem::replace(&mut self.rested, resting) || resting {
                self.watch.pause();
            }
            self.watch.frame(now);
        }
        if self.playout.is_old(now) {
            overrun += 1;
            self.skip();
        }
        if overrun > 0 {
            self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).overrun += overrun;
        }
    }

    /// Tells the sender what it has to know.
    async fn tell(&mut self, now: Instant) {
        let Some(media_ssrc) = self.ssrc else { return };
        let mut packets: Vec<Box<dyn rtcp::Packet>> = Vec::new();
        if let Some(begin) = self.assembler.begin() {
            self.missing.begin(begin);
        }
        let missing = self.missing.ask(now, self.round_trip);
        if !missing.is_empty() && self.link.wants_nack(media_ssrc) {
            let nacks = nack_pairs_from_sequence_numbers(&missing);
            packets.push(Box::new(TransportLayerNack { sender_ssrc: 1, media_ssrc, nacks }));
        }
        // Where nobody takes them, a whole picture is of no use.
        if self.keys.ask(now, self.assembler.needs_key() && self.frames.capacity() > 0) {
            packets.push(Box::new(PictureLossIndication { sender_ssrc: 1, media_ssrc }));
            self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).asked += 1;
        }
        if let Some(bitrate) = self.arrivals.news(now) {
            packets.push(Box::new(ReceiverEstimatedMaximumBitrate {
                sender_ssrc: 1,
                bitrate,
                ssrcs: vec![media_ssrc],
            }));
        }
        if !packets.is_empty()
            && let Err(error) = self.track.write_rtcp(packets).await
        {
            tracing::debug!(%error, "the sender of a video was not told what it had to know");
        }
    }

    fn show(&self) {
        let mut seen = self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
        (seen.counts, seen.freezes, seen.rate) = (self.assembler.counts(), self.watch.freezes(), self.watch.rate());
        seen.delay = self.playout.delay();
    }
}

/// At this time, or never.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time.into()).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_frame_is_asked_for_until_it_comes_and_not_too_often() {
        let begin = Instant::now();
        let mut keys = Keys::default();
        let mut asked = Vec::new();
        for millis in (0..2000).step_by(10) {
            if keys.ask(begin + Duration::from_millis(millis), true) {
                asked.push(millis);
            }
        }
        assert_eq!(asked, [150, 550, 1350]);
        let at = |millis| begin + Duration::from_millis(millis);
        assert!(!keys.ask(at(1600), false));
        assert!(!keys.ask(at(1610), true), "the last is not long ago");
        assert!(keys.ask(at(1750), true), "and no first one is under way");
    }
}
