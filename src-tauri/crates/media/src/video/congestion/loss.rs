//! How much of what was sent is lost: counted over so many packets that chance does not tell, and without those whose fate
//! nobody told. Time is an argument.

use std::collections::HashMap;
use std::time::Instant;

use rtc::interceptor::PacketReport;

use super::{MANY, SETTLED};

/// Packets of which a share can be told. Of twenty, which is what libwebrtc takes, three are lost by chance every few seconds
/// where 5 % are; of so many, more than a tenth about once in a hundred times.
const ENOUGH: usize = 100;
/// So many lost ones are many, if not all came together yet.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a constant")]
const TOO_MANY: usize = (ENOUGH as f64 * MANY) as usize;
/// Sources whose numbers are kept in mind.
const SOURCES: usize = 64;

#[derive(Debug, Default)]
pub struct Loss {
    lost: usize,
    counted: usize,
    since: Option<Instant>,
    /// Of each source, the newest number that was sent.
    newest: HashMap<u32, u16>,
    /// What came before this number was told of in a report that was lost itself.
    from: Option<u16>,
}

impl Loss {
    /// A report begins with this number. Each begins where the one before ended, so that where that was lost, nothing is known
    /// of what is between: it is not lost for that (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).
    pub fn covered(&mut self, from: u16) {
        self.from.get_or_insert(from);
    }

    /// Whether nobody told of it.
    pub fn is_unknown(&self, report: &PacketReport) -> bool {
        let before = |from: u16| report.twcc_sequence_number.wrapping_sub(from) > u16::MAX / 2;
        !report.arrived && report.is_twcc && self.from.is_some_and(before)
    }

    /// A packet's fate, in the order they were sent. What was sent before the last cut says nothing of what is sent now.
    pub fn packet(&mut self, report: &PacketReport, cut: Option<Instant>) {
        let again = self.is_again(report);
        if self.is_unknown(report) || again || cut.is_some_and(|cut| report.departure < cut) {
            return;
        }
        self.counted += 1;
        self.lost += usize::from(!report.arrived);
    }

    /// It was sent before. Where an earlier one has come, this one is thrown away by the other side before it is counted
    /// (RFC 3711 §3.3.2): it looks like a lost one and is none.
    fn is_again(&mut self, report: &PacketReport) -> bool {
        let number = report.rtp_sequence_number;
        if self.newest.len() >= SOURCES && !self.newest.contains_key(&report.ssrc) {
            return false;
        }
        match self.newest.insert(report.ssrc, number) {
            Some(newest) if report.is_twcc && number.wrapping_sub(newest).wrapping_sub(1) > u16::MAX / 2 => {
                self.newest.insert(report.ssrc, newest);
                true
            }
            _ => false,
        }
    }

    /// The share that was lost, 0 to 1, once there is enough to tell, after all of a report.
    pub fn share(&mut self, now: Instant) -> Option<f64> {
        self.from = None;
        let begun = *self.since.get_or_insert(now);
        let enough = self.counted >= ENOUGH || self.lost > TOO_MANY;
        if !enough || now.saturating_duration_since(begun) < SETTLED {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "a few packets")]
        let share = self.lost as f64 / self.counted as f64;
        (self.lost, self.counted, self.since) = (0, 0, Some(now));
        Some(share)
    }
}
