//! What comes by RTCP, and what follows.

use rtc::rtcp::payload_feedbacks::full_intra_request::FirEntry;

use std::sync::Arc;

use rtc::interceptor::{Interceptor as _, StreamInfo};

use super::chain::Tap;
use super::*;

fn bound(ssrc: u32, clock_rate: u32) -> (Arc<Link>, Tap) {
    let link = Arc::new(Link::default());
    let mut tap = Tap::new(&link);
    tap.bind_local_stream(&StreamInfo { ssrc, clock_rate, ..StreamInfo::default() });
    (link, tap)
}

#[test]
fn key_frames_are_asked_for_of_what_is_there() {
    let (link, _tap) = bound(7, VIDEO);
    let now = Instant::now();
    let lost = |media_ssrc| PictureLossIndication { sender_ssrc: 1, media_ssrc };
    link.state().heard(now, &lost(7));
    link.state().heard(now, &lost(8));
    assert_eq!((link.keys_wanted(7), link.keys_wanted(8)), (1, 0));
    let full = |number| FullIntraRequest {
        sender_ssrc: 1,
        media_ssrc: 0,
        fir: vec![FirEntry { ssrc: 7, sequence_number: number }, FirEntry { ssrc: 9, sequence_number: number }],
    };
    for (number, wanted) in [(1, 2), (1, 2), (2, 3)] {
        link.state().heard(now, &full(number));
        assert_eq!(link.keys_wanted(7), wanted, "FIR {number}");
    }
}

#[test]
fn what_may_be_sent_is_shared() {
    let (link, mut tap) = bound(7, VIDEO);
    let now = Instant::now();
    let estimate = ReceiverEstimatedMaximumBitrate { sender_ssrc: 1, bitrate: 900_000.0, ssrcs: vec![7] };
    link.state().heard(now, &estimate);
    assert_eq!(link.share(7, now), 900_000);
    link.weigh(7, Some(1.0));
    link.weigh(8, Some(2.0));
    assert_eq!((link.share(7, now), link.share(8, now)), (300_000, 600_000));
    tap.bind_local_stream(&StreamInfo { ssrc: 9, clock_rate: 48_000, ..StreamInfo::default() });
    assert_eq!(link.share(8, now), 560_000);
    link.weigh(8, None);
    assert_eq!(link.share(7, now), 840_000);
}

#[test]
fn a_round_trip_is_measured_and_loss_heeded() {
    let (link, _tap) = bound(7, VIDEO);
    let begin = Instant::now();
    link.state().said(begin, &SenderReport { ssrc: 7, ntp_time: 0x0001_2345_6789_0000, ..SenderReport::default() });
    let report = ReceptionReport {
        ssrc: 7,
        fraction_lost: 128,
        last_sender_report: 0x2345_6789,
        // Half a second.
        delay: 32_768,
        ..ReceptionReport::default()
    };
    let heard = begin + Duration::from_millis(580);
    link.state().heard(heard, &ReceiverReport { ssrc: 1, reports: vec![report], ..ReceiverReport::default() });
    let quality = link.quality(heard);
    assert_eq!(quality.round_trip, Some(Duration::from_millis(80)));
    assert!((quality.loss - 0.5).abs() < 0.01 && quality.target < 1_200_000, "{quality:?}");
}

#[test]
fn they_are_told_what_they_asked_for() {
    let (link, mut tap) = bound(7, VIDEO);
    let feedback = |typ: &str| rtc::interceptor::RTCPFeedback { typ: typ.into(), parameter: String::new() };
    let uri = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01".to_owned();
    let extension = rtc::interceptor::RTPHeaderExtension { uri, id: 3 };
    let remb = StreamInfo { ssrc: 1, rtcp_feedback: vec![feedback("goog-remb")], ..StreamInfo::default() };
    tap.bind_remote_stream(&remb);
    tap.bind_remote_stream(&StreamInfo { ssrc: 2, rtp_header_extensions: vec![extension], ..remb.clone() });
    tap.bind_remote_stream(&StreamInfo { ssrc: 3, rtcp_feedback: vec![feedback("nack")], ..remb });
    assert_eq!([1, 2, 3, 4].map(|ssrc| link.wants_remb(ssrc)), [true, false, false, false]);
    assert_eq!([1, 2, 3, 4].map(|ssrc| link.wants_nack(ssrc)), [false, false, true, false]);
}
