//! What the parser need not see.
//!
//! A name or an attribute of 8 KiB ends the parser's stream, and its time grows with the depth. Both are well-formed XML
//! that a stranger can have our server pass on, and a stream that ended is resumed with the same stanza again. So
//! over-long names and values are cut before they are parsed, in a way that is seen afterwards ([`is_cut`]), and what
//! lies too deep to be kept ([`MAX_DEPTH`]) is left out. Everything else passes as it is, and what is not well-formed is
//! for the parser to refuse.

use std::hash::{BuildHasher as _, DefaultHasher, Hasher as _, RandomState};
use std::sync::LazyLock;

use crate::limits::MAX_DEPTH;

/// Deepest open element that passes: one more than is kept, inside the stream's own, so that it is seen to be too deep.
const DEEPEST: usize = MAX_DEPTH + 2;
/// Bytes of a value that pass.
const LONGEST_VALUE: usize = 7000;
/// Bytes of each side of a name's colon that pass.
const LONGEST_NAME: usize = 1000;
/// Bytes of a reference; a longer one is none.
const LONGEST_REFERENCE: usize = 12;
/// Stands before the hash of what was cut; it is of this process, so that nobody can write it.
static MARK: LazyLock<String> = LazyLock::new(|| format!("x{:016x}", KEY.hash_one("mark")));
const HASH_DIGITS: usize = 16;
const CDATA: &[u8] = b"[CDATA[";
/// Nobody can make two different names come out alike.
static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// A name or value the sieve has cut.
pub(crate) fn is_cut(text: &str) -> bool {
    let start = text.len().checked_sub(HASH_DIGITS).and_then(|at| text.get(..at));
    start.is_some_and(|start| start.len() > LONGEST_NAME && start.ends_with(MARK.as_str()))
}

/// Where in the XML the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Text,
    /// Behind a `<`, which is held back until it is known what it opens.
    Open,
    Name,
    /// In a tag, between names and values.
    Tag,
    /// In a value that ends with this quote.
    Value(u8),
    /// Behind `<!` and so many bytes of [`CDATA`].
    Bang(usize),
    /// In a CDATA section, behind so many `]`.
    Cdata(u8),
    /// Behind `<!-`.
    Dash,
    /// In a comment, behind so many `-`.
    Comment(u8),
    /// In what the parser allows at its start alone.
    Instruction,
    /// Behind what the parser refuses.
    Refused,
}

/// Passes XML on in pieces of any size.
pub(crate) struct Sieve {
    at: At,
    /// Open elements.
    depth: usize,
    /// What is read now does not pass.
    drop: bool,
    /// The tag is an end tag.
    end: bool,
    /// The tag's last byte was a `/`.
    slash: bool,
    /// Bytes of the present name or value that have passed.
    passed: usize,
    /// A reference began in it and has not ended.
    reference: bool,
    /// What was cut from it: different ones have to stay different, for two attributes must not have one name.
    rest: Option<DefaultHasher>,
}

impl Default for Sieve {
    fn default() -> Self {
        Self { at: At::Text, depth: 0, drop: false, end: false, slash: false, passed: 0, reference: false, rest: None }
    }
}

impl Sieve {
    /// Appends to `out` what passes of the next piece.
    pub fn pass(&mut self, mut piece: &[u8], out: &mut Vec<u8>) {
        while let Some(&byte) = piece.first() {
            let taken = match self.at {
                At::Text => self.run(piece, b'<', out),
                At::Value(quote) => self.value(piece, quote, out),
                _ => {
                    self.byte(byte, out);
                    1
                }
            };
            piece = piece.get(taken..).unwrap_or_default();
        }
    }

    fn emit(&self, bytes: &[u8], out: &mut Vec<u8>) {
        if !self.drop {
            out.extend_from_slice(bytes);
        }
    }

    /// Text up to a tag.
    fn run(&mut self, piece: &[u8], until: u8, out: &mut Vec<u8>) -> usize {
        let length = piece.iter().position(|byte| *byte == until);
        self.emit(&piece[..length.unwrap_or(piece.len())], out);
        let Some(length) = length else { return piece.len() };
        self.at = At::Open;
        length + 1
    }

    fn value(&mut self, piece: &[u8], quote: u8, out: &mut Vec<u8>) -> usize {
        let length = piece.iter().position(|byte| *byte == quote);
        let content = &piece[..length.unwrap_or(piece.len())];
        let whole = content.len().min(LONGEST_VALUE.saturating_sub(self.passed));
        let (whole, long) = content.split_at(if self.rest.is_none() { whole } else { 0 });
        self.emit(whole, out);
        self.passed += whole.len();
        let last = |byte: u8| whole.iter().rposition(|b| *b == byte);
        match (last(b'&'), last(b';')) {
            (Some(begun), ended) => self.reference = ended.is_none_or(|ended| ended < begun),
            (None, Some(_)) => self.reference = false,
            (None, None) => {}
        }
        long.iter().for_each(|byte| self.long_value(*byte, out));
        let Some(length) = length else { return piece.len() };
        self.finish(out);
        self.emit(&[quote], out);
        self.at = At::Tag;
        length + 1
    }

    /// A byte past the longest: it passes only where a character or a reference would be torn apart.
    fn long_value(&mut self, byte: u8, out: &mut Vec<u8>) {
        let in_reference = self.reference && self.passed < LONGEST_VALUE + LONGEST_REFERENCE;
        if self.rest.is_none() && (in_reference || is_continuation(byte)) {
            self.emit(&[byte], out);
            self.passed += 1;
            self.reference &= byte != b';';
        } else {
            self.rest.get_or_insert_with(|| KEY.build_hasher()).write_u8(byte);
        }
    }

    fn name(&mut self, byte: u8, out: &mut Vec<u8>) {
        if self.rest.is_none() && (self.passed < LONGEST_NAME || is_continuation(byte)) {
            self.emit(&[byte], out);
            self.passed += 1;
        } else {
            self.rest.get_or_insert_with(|| KEY.build_hasher()).write_u8(byte);
        }
    }

    /// The present name (or a side of it) or value is over.
    fn finish(&mut self, out: &mut Vec<u8>) {
        if let Some(rest) = self.rest.take() {
            self.emit(format!("{}{:0HASH_DIGITS$x}", *MARK, rest.finish()).as_bytes(), out);
        }
        (self.passed, self.reference) = (0, false);
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        match self.at {
            At::Open => self.open(byte, out),
            At::Name if matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'=' | b'/' | b'>' | b'"' | b'\'' | b'<') => {
                self.finish(out);
                self.at = At::Tag;
                self.tag(byte, out);
            }
            At::Name if byte == b':' => {
                self.finish(out);
                self.emit(b":", out);
            }
            At::Name => self.name(byte, out),
            At::Tag => self.tag(byte, out),
            At::Bang(matched) if CDATA.get(matched) == Some(&byte) => {
                self.at = At::Bang(matched + 1);
                if matched + 1 == CDATA.len() {
                    self.emit(b"<!", out);
                    self.emit(CDATA, out);
                    self.at = At::Cdata(0);
                }
            }
            At::Bang(0) if byte == b'-' => self.at = At::Dash,
            At::Dash if byte == b'-' => {
                // Of streams the parser refuses them, in files it skips them.
                out.extend_from_slice(b"<!--");
                self.at = At::Comment(0);
            }
            At::Comment(dashes) => {
                out.push(byte);
                self.at = match byte {
                    b'-' => At::Comment(dashes.saturating_add(1).min(2)),
                    b'>' if dashes == 2 => At::Text,
                    _ => At::Comment(0),
                };
            }
            At::Dash => {
                out.extend_from_slice(b"<!-");
                out.push(byte);
                self.at = At::Refused;
            }
            At::Bang(matched) => {
                // A document type, which nobody may send.
                out.extend_from_slice(b"<!");
                out.extend_from_slice(CDATA.get(..matched).unwrap_or_default());
                out.push(byte);
                self.at = At::Refused;
            }
            At::Cdata(brackets) => {
                self.emit(&[byte], out);
                self.at = match byte {
                    b']' => At::Cdata(brackets.saturating_add(1).min(2)),
                    b'>' if brackets == 2 => At::Text,
                    _ => At::Cdata(0),
                };
            }
            At::Instruction => {
                out.push(byte);
                if byte == b'>' {
                    self.at = At::Text;
                }
            }
            At::Refused => out.push(byte),
            At::Text | At::Value(_) => {}
        }
    }

    /// The byte that tells what a `<` opens.
    fn open(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            b'!' => self.at = At::Bang(0),
            b'?' => {
                out.extend_from_slice(b"<?");
                self.at = At::Instruction;
            }
            _ => {
                (self.end, self.slash) = (byte == b'/', false);
                self.drop = self.depth + usize::from(!self.end) > DEEPEST;
                self.at = At::Name;
                if self.end {
                    self.emit(b"</", out);
                } else {
                    self.emit(b"<", out);
                    self.byte(byte, out);
                }
            }
        }
    }

    fn tag(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            b'"' | b'\'' => {
                self.emit(&[byte], out);
                self.at = At::Value(byte);
            }
            b'>' => {
                self.emit(b">", out);
                if self.end {
                    self.depth = self.depth.saturating_sub(1);
                } else if !self.slash {
                    self.depth += 1;
                }
                self.drop = self.depth > DEEPEST;
                self.at = At::Text;
            }
            b' ' | b'\t' | b'\r' | b'\n' | b'=' | b'/' | b'<' => self.emit(&[byte], out),
            _ => {
                self.at = At::Name;
                self.name(byte, out);
            }
        }
        self.slash = byte == b'/';
    }
}

/// Of a character of UTF-8 that began before.
fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sifted(xml: &str, piece: usize) -> String {
        let (mut sieve, mut out) = (Sieve::default(), Vec::new());
        xml.as_bytes().chunks(piece).for_each(|piece| sieve.pass(piece, &mut out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_within_bounds_passes_as_it_is() {
        let xml = "<?xml version='1.0'?><a:b xmlns:a = \"u'>\" c='<\">/' /><d> ]]&gt; \u{e9}</d >\
                   <e><![CDATA[<f g='x\">]] ]]]></e><!-- <i> - -- > --><h/>";
        for piece in [1, 2, 7, 1000] {
            assert_eq!(sifted(xml, piece), xml);
        }
    }

    #[test]
    fn what_lies_too_deep_is_left_out() {
        let nested = |depth: usize, inside: &str| "<a b='>'>".repeat(depth) + inside + &"</a>".repeat(depth);
        for piece in [1, 5, 4096] {
            assert_eq!(sifted(&nested(DEEPEST, "text"), piece), nested(DEEPEST, "text"));
            assert_eq!(sifted(&nested(DEEPEST, "x<b c='/'/>y"), piece), nested(DEEPEST, "xy"));
            assert_eq!(sifted(&nested(5000, "<![CDATA[</a>]]>"), piece), nested(DEEPEST, ""));
        }
        let after = nested(5000, "") + "<after/>";
        assert_eq!(sifted(&after, 64), nested(DEEPEST, "") + "<after/>");
    }

    #[test]
    fn long_names_and_values_are_cut_and_stay_different() {
        let read = |xml: &str| {
            let xml = sifted(xml, 100);
            assert!(xml.len() < 50_000);
            xml.parse::<crate::xml::Element>().unwrap_or_else(|error| panic!("{error}: {xml}"))
        };
        let long = |end: &str| "\u{e9}".repeat(4999) + end;
        let name = |end: &str| "n".repeat(4999) + end;
        let (one, two) = (name("1"), name("2"));
        let element = read(&format!(
            "<p:{one} xmlns:p='{}' xmlns:q='{}' p:a='1' q:a='2' {one}='1' {two}='{}'/>",
            long("1"),
            long("2"),
            long("&amp;")
        ));
        assert!(is_cut(element.name()) && is_cut(&element.ns()));
        let attrs: Vec<_> = element.attrs().iter().collect();
        assert_eq!(attrs.len(), 4);
        assert_eq!(attrs.iter().filter(|((ns, name), _)| is_cut(ns.as_str()) || is_cut(name.as_str())).count(), 4);
        assert_eq!(attrs.iter().filter(|(_, value)| is_cut(value)).count(), 1);
        // The end tag matches, and a prefix may be long.
        let prefix = name("");
        let inner = read(&format!("<{prefix}:{one} xmlns:{prefix}='u'><{prefix}:b/></{prefix}:{one}>"));
        assert!(inner.get_child("b", "u").is_some());
    }

    #[test]
    fn references_and_characters_are_not_torn_apart() {
        for offset in 0..8 {
            for part in ["&amp;", "\u{e9}", "\u{1F600}", "&#x1F600;"] {
                let xml = format!("<a xmlns='u' b='{}{}'/>", "x".repeat(offset), part.repeat(LONGEST_VALUE));
                let element: crate::xml::Element = sifted(&xml, 333).parse().unwrap();
                assert!(element.attrs().iter().all(|(_, value)| is_cut(value)), "{part}");
            }
        }
        assert!(!is_cut("") && !is_cut("\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}"));
    }
}
