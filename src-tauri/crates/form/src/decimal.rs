//! Decimal numbers of any length (XML Schema Part 2 §3.3.3), compared as they are written: none is rounded.

use std::cmp::Ordering;

/// A decimal number without what does not change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    /// Never of zero.
    negative: bool,
    /// Without zeros in front; empty below one.
    whole: String,
    /// Without zeros behind; empty for whole numbers.
    fraction: String,
}

impl Decimal {
    /// `None` for what is no decimal number; there are no exponents.
    pub fn read(text: &str) -> Option<Self> {
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let negative = negative && !(whole.is_empty() && fraction.is_empty());
        Some(Self { negative, whole: whole.to_owned(), fraction: fraction.to_owned() })
    }

    /// Reads a whole number; a point is no part of one, whatever follows it.
    pub fn read_whole(text: &str) -> Option<Self> {
        if text.contains('.') { None } else { Self::read(text) }
    }

    /// What puts it in order with others of the same sign: digits after the point are in order as text.
    fn size(&self) -> (usize, &str, &str) {
        (self.whole.len(), &self.whole, &self.fraction)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.size().cmp(&other.size()),
            (true, true) => other.size().cmp(&self.size()),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::read(text).unwrap()
    }

    #[test]
    fn numbers_are_in_order_however_long_they_are() {
        let ordered = [
            "-100000000000000000000000000000000000000001",
            "-100000000000000000000000000000000000000000",
            "-10.5",
            "-10.05",
            "-9",
            "-0.1",
            "0",
            "0.09",
            "0.1",
            "+1",
            "1.00000000000000000000000000000000000000001",
            "9.9",
            "10",
            "99999999999999999999999999999999999999999",
        ];
        for pair in ordered.windows(2) {
            assert!(decimal(pair[0]) < decimal(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn one_number_can_be_written_in_several_ways() {
        for (one, other) in [("1", "+001.000"), ("-0", "0"), (".5", "0.50"), ("7.", "7"), ("-.0", "+0")] {
            assert_eq!(decimal(one), decimal(other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_number_is_not_read_as_one() {
        for text in ["", "+", "-", ".", "1e5", "1,5", "0x10", "1.2.3", "--1", " 1", "٣", "1-"] {
            assert_eq!(Decimal::read(text), None, "{text:?}");
        }
        assert_eq!(Decimal::read_whole("5.0"), None);
        assert!(Decimal::read_whole("-5").is_some());
    }
}
