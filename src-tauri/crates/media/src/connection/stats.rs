//! How a connection goes.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use rtc::peer_connection::transport::RTCIceCandidateType;
use rtc::statistics::StatsSelector;
use rtc::statistics::report::{RTCStatsReport, RTCStatsReportEntry};
use rtc::statistics::stats::ice_candidate::RTCIceCandidateStats;
use rtc::statistics::stats::ice_candidate_pair::RTCIceCandidatePairStats;

use super::Connection;

/// How a connection goes, since the last time this was asked where it is a rate, else lately.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stats {
    /// There and back; nothing as long as it is not known.
    pub round_trip: Option<Duration>,
    /// The share of packets that were lost on the way to us, and on the way to them, 0 to 1.
    pub lost_in: f64,
    pub lost_out: f64,
    /// Bits a second.
    pub bitrate_in: f64,
    pub bitrate_out: f64,
    pub route: Option<Route>,
}

/// Where packets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// By a relay, of ours or of theirs.
    pub relayed: bool,
    pub ipv6: bool,
}

/// What was counted when it was asked last.
#[derive(Debug, Default)]
pub(super) struct Counted {
    at: Option<Instant>,
    bytes_in: u64,
    bytes_out: u64,
    packets_in: u64,
    lost_in: i64,
}

impl Connection {
    pub async fn stats(&self) -> Stats {
        let now = Instant::now();
        let report = self.inner.get_stats(now, StatsSelector::None).await;
        let quality = self.link.quality(now);
        let mut stats = Stats {
            round_trip: round_trip(&report).or(quality.round_trip),
            lost_out: quality.loss,
            route: route(&report),
            ..Stats::default()
        };
        if let Some(route) = &mut stats.route {
            route.relayed |= self.is_their_relay().await;
        }
        let mut new = Counted { at: Some(now), ..Counted::default() };
        for stream in report.inbound_rtp_streams() {
            let received = &stream.received_rtp_stream_stats;
            new.bytes_in += stream.bytes_received + stream.header_bytes_received;
            new.packets_in += received.packets_received;
            new.lost_in += received.packets_lost;
        }
        for stream in report.outbound_rtp_streams() {
            new.bytes_out += stream.sent_rtp_stream_stats.bytes_sent + stream.header_bytes_sent;
        }
        let mut counted = self.counted.lock().await;
        stats.rates(&counted, &new);
        *counted = new;
        stats
    }

    /// Who is heard from before we are told of that place is somebody's without a name (RFC 8445 §7.3.1.3); the engine
    /// keeps the pair when it learns that it is their relay.
    async fn is_their_relay(&self) -> bool {
        let Some(sender) = self.inner.get_senders().await.into_iter().next() else { return false };
        let Ok(Some(transport)) = sender.transport().await else { return false };
        let ice = transport.ice_transport();
        let Ok(Some(pair)) = ice.get_selected_candidate_pair().await else { return false };
        let theirs = pair.remote();
        let told = ice.get_remote_candidates().await.unwrap_or_default();
        told.iter().any(|one| {
            one.typ == RTCIceCandidateType::Relay && (&one.address, one.port) == (&theirs.address, theirs.port)
        })
    }
}

impl Stats {
    #[expect(clippy::cast_precision_loss, reason = "bytes of some seconds")]
    fn rates(&mut self, old: &Counted, new: &Counted) {
        let Some(seconds) = old.at.zip(new.at).map(|(old, new)| (new - old).as_secs_f64()) else { return };
        if seconds > 0.0 {
            let rate = |new: u64, old: u64| new.saturating_sub(old) as f64 * 8.0 / seconds;
            self.bitrate_in = rate(new.bytes_in, old.bytes_in);
            self.bitrate_out = rate(new.bytes_out, old.bytes_out);
        }
        let lost = new.lost_in.saturating_sub(old.lost_in).max(0) as f64;
        let came = new.packets_in.saturating_sub(old.packets_in) as f64;
        self.lost_in = if lost + came > 0.0 { lost / (lost + came) } else { 0.0 };
    }
}

fn selected(report: &RTCStatsReport) -> Option<&RTCIceCandidatePairStats> {
    let id = report.transport().map(|transport| transport.selected_candidate_pair_id.as_str());
    let is = |pair: &&RTCIceCandidatePairStats| Some(pair.stats.id.as_str()) == id;
    report.candidate_pairs().find(is).or_else(|| report.candidate_pairs().find(|pair| pair.nominated))
}

fn round_trip(report: &RTCStatsReport) -> Option<Duration> {
    let seconds = selected(report)?.current_round_trip_time;
    Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero())
}

fn route(report: &RTCStatsReport) -> Option<Route> {
    let pair = selected(report)?;
    let local = candidate(report, "RTCLocalIceCandidate", &pair.local_candidate_id)?;
    let remote = candidate(report, "RTCRemoteIceCandidate", &pair.remote_candidate_id);
    let relay = |one: &RTCIceCandidateStats| one.candidate_type == RTCIceCandidateType::Relay;
    let address =
        [remote, Some(local)].into_iter().flatten().find_map(|one| one.address.as_ref()?.parse::<IpAddr>().ok());
    Some(Route {
        relayed: relay(local) || remote.is_some_and(relay),
        ipv6: address.is_some_and(|address| address.is_ipv6()),
    })
}

/// A pair names it without what is before its name everywhere else.
fn candidate<'a>(report: &'a RTCStatsReport, kind: &str, id: &str) -> Option<&'a RTCIceCandidateStats> {
    match report.get(&format!("{kind}_{id}"))? {
        RTCStatsReportEntry::LocalCandidate(candidate) | RTCStatsReportEntry::RemoteCandidate(candidate) => {
            Some(candidate)
        }
        _ => None,
    }
}
