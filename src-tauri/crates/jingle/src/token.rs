//! Text from others that ends up in SDP: whatever ends a line or a word there is refused.

use crate::Malformed;

/// A word: visible ASCII, no spaces. `most` is its length in characters.
pub(crate) fn word(text: &str, most: usize) -> Option<&str> {
    let fits = !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then_some(text)
}

/// Text within a line: no controls and nothing that some reader takes for the end of a line. `most` is its length in bytes.
pub(crate) fn line(text: &str, most: usize) -> Option<&str> {
    let ends = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    (text.len() <= most && !text.contains(ends)).then_some(text)
}

/// RFC 8839 §5.4: `ice-char`.
pub(crate) fn ice(text: &str, least: usize) -> Option<&str> {
    let char = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    (text.len() >= least && text.len() <= 256 && text.bytes().all(char)).then_some(text)
}

/// A required attribute that is a word.
pub(crate) fn required(value: Option<&str>, what: &'static str) -> Result<String, Malformed> {
    value.and_then(|value| word(value, 256)).map(str::to_owned).ok_or(Malformed(what))
}
