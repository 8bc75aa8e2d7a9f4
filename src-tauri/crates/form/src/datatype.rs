//! What a value is a value of (XEP-0122 §3.1): the datatypes of XML Schema that are registered for forms, their whole family of
//! whole numbers, and the one of XEP-0060.

use crate::date::Moment;
use crate::decimal::Decimal;
use crate::trouble::Trouble;

/// A datatype; those that are not known are read as text (XEP-0122 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Datatype {
    #[default]
    String,
    AnyUri,
    Boolean,
    Date,
    DateTime,
    Decimal,
    Double,
    Language,
    Time,
    /// One of XML Schema's whole numbers.
    Whole(Whole),
    /// A whole number or `max` (XEP-0060 §16.6).
    IntegerOrMax,
    /// What it is called; its values are as those of text.
    Unknown(String),
}

/// Whole numbers, and between which they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// With its prefix.
    pub name: &'static str,
    pub min: Option<&'static str>,
    pub max: Option<&'static str>,
}

const fn whole(name: &'static str, min: Option<&'static str>, max: Option<&'static str>) -> Whole {
    Whole { name, min, max }
}

const WHOLE: [Whole; 13] = [
    whole("xs:byte", Some("-128"), Some("127")),
    whole("xs:int", Some("-2147483648"), Some("2147483647")),
    whole("xs:integer", None, None),
    whole("xs:long", Some("-9223372036854775808"), Some("9223372036854775807")),
    whole("xs:negativeInteger", None, Some("-1")),
    whole("xs:nonNegativeInteger", Some("0"), None),
    whole("xs:nonPositiveInteger", None, Some("0")),
    whole("xs:positiveInteger", Some("1"), None),
    whole("xs:short", Some("-32768"), Some("32767")),
    whole("xs:unsignedByte", Some("0"), Some("255")),
    whole("xs:unsignedInt", Some("0"), Some("4294967295")),
    whole("xs:unsignedLong", Some("0"), Some("18446744073709551615")),
    whole("xs:unsignedShort", Some("0"), Some("65535")),
];

const NAMES: [(&str, Datatype); 9] = [
    ("xs:string", Datatype::String),
    ("xs:anyURI", Datatype::AnyUri),
    ("xs:boolean", Datatype::Boolean),
    ("xs:date", Datatype::Date),
    ("xs:dateTime", Datatype::DateTime),
    ("xs:decimal", Datatype::Decimal),
    ("xs:double", Datatype::Double),
    ("xs:language", Datatype::Language),
    ("xs:time", Datatype::Time),
];

const INTEGER_OR_MAX: &str = "pubsub:integer-or-max";

/// A value that has its place in an order, where its datatype has one.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    Decimal(Decimal),
    Double(f64),
    Moment(Moment),
    /// Neither before nor after anything.
    Unordered,
}

impl Scalar {
    /// Whether it is certainly before the other.
    pub fn is_before(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Decimal(one), Self::Decimal(other)) => one < other,
            (Self::Double(one), Self::Double(other)) => one < other,
            (Self::Moment(one), Self::Moment(other)) => one.is_before(other),
            _ => false,
        }
    }
}

impl Datatype {
    /// Reads the attribute; what is missing is text.
    pub fn read(name: Option<&str>) -> Self {
        let name = name.unwrap_or_default().trim();
        if name.is_empty() {
            return Self::String;
        }
        if let Some((_, datatype)) = NAMES.iter().find(|(known, _)| *known == name) {
            return datatype.clone();
        }
        if let Some(whole) = WHOLE.iter().find(|whole| whole.name == name) {
            return Self::Whole(*whole);
        }
        // XEP-0060 has it without the prefix, Prosody with it.
        if name == INTEGER_OR_MAX || name == "integer-or-max" {
            return Self::IntegerOrMax;
        }
        Self::Unknown(name.chars().take(100).collect())
    }

    /// Its name, with the prefix.
    pub fn name(&self) -> &str {
        match self {
            Self::Whole(whole) => whole.name,
            Self::IntegerOrMax => INTEGER_OR_MAX,
            Self::Unknown(name) => name,
            _ => NAMES.iter().find(|(_, known)| known == self).map_or("xs:string", |(name, _)| name),
        }
    }

    /// Whether blanks around a value are part of it.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::String | Self::Unknown(_))
    }

    /// Whether one value can be less than another, so that a range says something.
    pub fn is_ordered(&self) -> bool {
        !matches!(self, Self::String | Self::Unknown(_) | Self::AnyUri | Self::Boolean | Self::Language)
    }

    /// Reads a value of this datatype.
    ///
    /// # Errors
    /// It is none.
    pub fn value(&self, text: &str) -> Result<Scalar, Trouble> {
        if self.is_text() {
            return Ok(Scalar::Unordered);
        }
        let text = text.trim();
        let unordered = |fits: bool, trouble| if fits { Ok(Scalar::Unordered) } else { Err(trouble) };
        match self {
            Self::AnyUri => unordered(is_uri(text), Trouble::NotAUri),
            Self::Boolean => unordered(matches!(text, "0" | "1" | "true" | "false"), Trouble::NotABoolean),
            Self::Language => unordered(is_language(text), Trouble::NotALanguage),
            Self::Date => Moment::read_date(text).map(Scalar::Moment).ok_or(Trouble::NotADate),
            Self::Time => Moment::read_time(text).map(Scalar::Moment).ok_or(Trouble::NotATime),
            Self::DateTime => Moment::read_date_time(text).map(Scalar::Moment).ok_or(Trouble::NotADateTime),
            Self::Decimal => Decimal::read(text).map(Scalar::Decimal).ok_or(Trouble::NotANumber),
            Self::Double => double(text).map(Scalar::Double).ok_or(Trouble::NotANumber),
            Self::IntegerOrMax if text == "max" => Ok(Scalar::Unordered),
            Self::Whole(whole) => whole.value(text),
            Self::IntegerOrMax => Decimal::read_whole(text).map(Scalar::Decimal).ok_or(Trouble::NotAWholeNumber),
            Self::String | Self::Unknown(_) => Ok(Scalar::Unordered),
        }
    }
}

impl Whole {
    fn value(self, text: &str) -> Result<Scalar, Trouble> {
        let number = Decimal::read_whole(text).ok_or(Trouble::NotAWholeNumber)?;
        match (self.min.and_then(Decimal::read), self.max.and_then(Decimal::read)) {
            (Some(min), _) if number < min => Err(Trouble::TooSmall { min: self.min.unwrap_or_default().to_owned() }),
            (_, Some(max)) if number > max => Err(Trouble::TooLarge { max: self.max.unwrap_or_default().to_owned() }),
            _ => Ok(Scalar::Decimal(number)),
        }
    }
}

/// XML Schema Part 2 §3.3.5; Rust would take some words more.
fn double(text: &str) -> Option<f64> {
    match text {
        "INF" | "+INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        _ => {
            let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
            Decimal::read(mantissa).and(Decimal::read_whole(exponent))?;
            text.parse().ok()
        }
    }
}

/// Nearly everything is a reference to something, also a relative one: what no URI may hold tells the rest apart.
fn is_uri(text: &str) -> bool {
    let never = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"');
    !text.is_empty() && !text.contains(never)
}

/// RFC 1766, as XML Schema has it.
fn is_language(text: &str) -> bool {
    let is_short = |part: &str| (1..=8).contains(&part.len());
    let mut parts = text.split('-');
    parts.next().is_some_and(|first| is_short(first) && first.bytes().all(|byte| byte.is_ascii_alphabetic()))
        && parts.all(|part| is_short(part) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests;
