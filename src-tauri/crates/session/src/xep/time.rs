//! Times: XEP-0082 (formats), XEP-0202 (entity time).

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use crate::ns;
use crate::xml::{El, Element, Reading as _, el};

/// Milliseconds since 1970 of a XEP-0082 date-time, where [`format_stamp`] can write it again: in UTC, an offset can push
/// the first and last days out of the four digits a year has.
pub fn parse_stamp(stamp: &str) -> Option<i64> {
    parse_micros(stamp).map(|micros| micros.div_euclid(1000))
}

/// The same in microseconds: some servers tell that much, and several messages fit in a millisecond.
pub fn parse_micros(stamp: &str) -> Option<i64> {
    let time = OffsetDateTime::parse(stamp.trim(), &Rfc3339).ok()?.checked_to_offset(UtcOffset::UTC)?;
    if time.year() < 0 {
        return None;
    }
    i64::try_from(time.unix_timestamp_nanos().div_euclid(1000)).ok()
}

/// A XEP-0082 date-time in UTC.
pub fn format_stamp(milliseconds: i64) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000)
        .ok()
        .and_then(|time| time.format(&format).ok())
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".into())
}

/// Asks an entity for its time.
pub fn get() -> El {
    el("time", ns::TIME)
}

/// Tells our time. Always UTC: where someone lives is not for everyone who asks.
pub fn ours(now: i64) -> El {
    el("time", ns::TIME).child(el("tzo", ns::TIME).text("+00:00")).child(el("utc", ns::TIME).text(format_stamp(now)))
}

/// Their time, in milliseconds since 1970.
pub fn read(iq: &Element) -> Option<i64> {
    parse_stamp(&iq.get_child("time", ns::TIME)?.child_text("utc", ns::TIME)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_both_ways() {
        assert_eq!(parse_stamp("1970-01-01T00:00:01Z"), Some(1000));
        assert_eq!(parse_stamp("2026-11-20T12:00:00.123+02:00"), parse_stamp("2026-11-20T10:00:00.123Z"));
        assert_eq!(format_stamp(1000), "1970-01-01T00:00:01.000Z");
        assert_eq!(parse_stamp("yesterday"), None);
        for edge in ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"] {
            assert_eq!(parse_stamp(edge).map(format_stamp).and_then(|stamp| parse_stamp(&stamp)), parse_stamp(edge));
        }
        assert_eq!(parse_stamp("0000-01-01T00:00:00+00:01"), None);
        assert_eq!(parse_stamp("9999-12-31T23:59:59-00:01"), None);
        assert_eq!(parse_stamp(&format_stamp(1_795_168_800_123)), Some(1_795_168_800_123));
    }
}
