//! Dates and times as XEP-0082 writes them, which is as XML Schema does: where the two differ, the latter overrules.
//!
//! A time zone may be missing. What is then compared with something that has one may lie up to 14 hours to either side (XML
//! Schema Part 2 §3.2.7.4), and counts as before or after it only where it is so in every zone.

use std::cmp::Ordering;

const DAY: i64 = 86_400;
/// The farthest zone.
const ZONE: i64 = 14 * 3600;

/// A point on one of the three lines: of days, of moments, or of the times of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// In seconds; from 1970 on where there is a date.
    seconds: i64,
    /// Digits of what is below a second, without zeros behind.
    fraction: String,
    zoned: bool,
}

impl Moment {
    /// `CCYY-MM-DD`, where XML Schema allows a zone.
    pub fn read_date(text: &str) -> Option<Self> {
        let (days, rest) = date(text)?;
        Self::at(days.checked_mul(DAY)?, String::new(), rest)
    }

    /// `hh:mm:ss[.sss][TZD]`
    pub fn read_time(text: &str) -> Option<Self> {
        let (seconds, fraction, rest) = time(text)?;
        Self::at(seconds, fraction, rest)
    }

    /// `CCYY-MM-DDThh:mm:ss[.sss][TZD]`: XEP-0082 wants the zone, XML Schema does not.
    pub fn read_date_time(text: &str) -> Option<Self> {
        let (days, rest) = date(text)?;
        let (seconds, fraction, rest) = time(rest.strip_prefix('T')?)?;
        Self::at(days.checked_mul(DAY)?.checked_add(seconds)?, fraction, rest)
    }

    fn at(seconds: i64, fraction: String, rest: &str) -> Option<Self> {
        let zone = if rest.is_empty() { None } else { Some(zone(rest)?) };
        let seconds = seconds.checked_sub(zone.unwrap_or(0))?;
        Some(Self { seconds, fraction, zoned: zone.is_some() })
    }

    /// Whether it is before the other one, wherever on earth either is meant.
    pub fn is_before(&self, other: &Self) -> bool {
        let apart = if self.zoned == other.zoned { 0 } else { ZONE };
        let later = self.seconds.saturating_add(apart).cmp(&other.seconds);
        // Digits after the point are in order as text.
        later.then_with(|| self.fraction.cmp(&other.fraction)) == Ordering::Less
    }
}

/// As many digits as given, and no other.
fn digits(text: &str, count: usize) -> Option<(i64, &str)> {
    let (number, rest) = text.split_at_checked(count)?;
    let all = number.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| number.parse().ok()).flatten().map(|number| (number, rest))
}

/// Days since 1970, and what stands behind the date.
fn date(text: &str) -> Option<(i64, &str)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    // More than four digits have no zero in front; nine are enough for everybody.
    if !(4..=9).contains(&length) || (length > 4 && text.starts_with('0')) {
        return None;
    }
    let (year, rest) = digits(text, length)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let year = if negative { -year } else { year };
    let leap = year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0);
    let most = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=most).contains(&day).then(|| (days(year, month, day), rest))
}

/// Days since 1970 in the calendar that is used now, also before it was; the year is taken to begin in March, so that the
/// day that is sometimes there is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// Seconds since midnight, what is below a second, and what stands behind the time.
fn time(text: &str) -> Option<(i64, String, &str)> {
    let (hour, rest) = digits(text, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (fraction, rest) = rest.split_at_checked(length).filter(|(fraction, _)| !fraction.is_empty())?;
            (fraction.trim_end_matches('0').to_owned(), rest)
        }
        None => (String::new(), rest),
    };
    // XML Schema has the midnight at the end of a day as well.
    let midnight = hour == 24 && minute == 0 && second == 0 && fraction.is_empty();
    let fits = (hour < 24 || midnight) && minute < 60 && second < 60;
    fits.then_some((hour * 3600 + minute * 60 + second, fraction, rest))
}

/// Seconds ahead of UTC.
fn zone(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, rest) = text.strip_prefix('+').map(|rest| (1, rest)).or_else(|| Some((-1, text.strip_prefix('-')?)))?;
    let (hours, rest) = digits(rest, 2)?;
    let (minutes, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let seconds = hours * 3600 + minutes * 60;
    (rest.is_empty() && minutes < 60 && seconds <= ZONE).then_some(sign * seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        Moment::read_date_time(text).unwrap()
    }

    #[test]
    fn the_moon_was_walked_on_at_one_moment() {
        assert_eq!(moment("1969-07-21T02:56:15Z"), moment("1969-07-20T21:56:15-05:00"));
        assert_eq!(moment("1969-07-21T02:56:15Z").seconds, -14_159_025);
        assert_eq!(moment("2000-01-01T00:00:00Z").seconds, 946_684_800);
        assert_eq!(moment("1999-12-31T24:00:00Z"), moment("2000-01-01T00:00:00.000Z"));
    }

    #[test]
    fn the_calendar_has_the_days_it_has() {
        for date in
            ["1776-07-04", "2024-02-29", "2000-02-29", "12024-01-01", "-0044-03-15", "0000-02-29", "2024-01-01Z"]
        {
            assert!(Moment::read_date(date).is_some(), "{date}");
        }
        for date in [
            "2023-02-29",
            "1900-02-29",
            "2024-04-31",
            "2024-13-01",
            "2024-00-01",
            "2024-01-00",
            "24-01-01",
            "02024-01-01",
            "2024-1-1",
            "2024/01/01",
            "20240101",
            "2024-01-01T00:00:00Z",
            "2024-01-01 ",
            "9999999999-01-01",
            "٢٠٢٤-01-01",
            "",
        ] {
            assert_eq!(Moment::read_date(date), None, "{date}");
        }
    }

    #[test]
    fn times_are_those_of_a_day() {
        for time in
            ["16:00:00", "00:00:00Z", "23:59:59.999999999999999999999", "12:00:00+14:00", "24:00:00", "10:20:30-05:30"]
        {
            assert!(Moment::read_time(time).is_some(), "{time}");
        }
        for time in [
            "24:00:01",
            "16:00",
            "16:60:00",
            "16:00:60",
            "1:00:00",
            "16:00:00.",
            "16:00:00+14:01",
            "16:00:00z",
            "16:00:00+0100",
        ] {
            assert_eq!(Moment::read_time(time), None, "{time}");
        }
    }

    #[test]
    fn moments_are_in_order_over_zones_and_below_a_second() {
        let before = |one: &str, other: &str| moment(one).is_before(&moment(other));
        assert!(before("2003-10-06T11:22:00-07:00", "2003-10-06T18:22:01Z"));
        assert!(!before("2003-10-06T11:22:00-07:00", "2003-10-06T18:22:00Z"));
        assert!(before("2003-10-06T11:22:00.45Z", "2003-10-06T11:22:00.5Z"));
        assert!(!before("2003-10-06T11:22:00.50Z", "2003-10-06T11:22:00.5Z"));
        assert!(before("-0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"));
    }

    #[test]
    fn without_a_zone_only_what_is_so_everywhere_counts() {
        let before = |one: &str, other: &str| moment(one).is_before(&moment(other));
        assert!(!before("2003-10-06T00:00:00", "2003-10-06T13:00:00Z"));
        assert!(before("2003-10-06T00:00:00", "2003-10-06T14:00:01Z"));
        assert!(before("2003-10-06T00:00:00", "2003-10-06T00:00:01"));
    }
}
