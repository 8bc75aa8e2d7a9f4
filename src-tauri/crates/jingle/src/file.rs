//! What a file is (XEP-0234 §5), and what is told of it while it is on its way (§8).

use std::str::FromStr as _;

use waxwing_xml::{El, Element, Reading as _, el};
use xmpp_parsers::date::DateTime;

use crate::hash::{Algo, Hash};
use crate::token::word;
use crate::{Malformed, ns};

/// The largest file there can be: what is counted with a sign elsewhere still holds it.
pub const LARGEST: u64 = u64::MAX >> 1;
/// Bytes of a name that are kept, with its extension: longer ones no system can store.
pub const LONGEST_NAME: usize = 255;
/// Characters of a description that are kept.
pub const LONGEST_DESC: usize = 1000;

/// `<file/>`. Everything in it is what the other side says: a name may be a path, a media type or a size may be a lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    /// When it was changed last, as XEP-0082 writes it.
    pub date: Option<String>,
    pub desc: Option<String>,
    pub media_type: Option<String>,
    /// At most [`LONGEST_NAME`] bytes, and not to be used on a disk as it is.
    pub name: Option<String>,
    /// Bytes of the whole file, at most [`LARGEST`]; never those of a range alone.
    pub size: Option<u64>,
    pub range: Option<Range>,
    pub hashes: Vec<Hash>,
    /// Hashes that are told once they are known (§8.2).
    pub used: Vec<Algo>,
}

/// A part of a file; empty, it says that parts can be asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Range {
    /// Bytes before it.
    pub offset: u64,
    /// Bytes in it; all up to the end of the file where it is not said.
    pub length: Option<u64>,
    /// Of this part alone.
    pub hashes: Vec<Hash>,
}

impl File {
    /// Reads `<file/>`. Names and descriptions are cut; what is of no use is left out.
    ///
    /// # Errors
    /// A size or range that is no number or beyond [`LARGEST`], or a range beyond the file.
    pub fn read(element: &Element) -> Result<Self, Malformed> {
        let text = |name: &str| element.child_text(name, ns::FILE);
        let size = text("size").map(|size| number(&size).ok_or(Malformed("the size of a file"))).transpose()?;
        let range = element.get_child("range", ns::FILE).map(Range::read).transpose()?;
        if let (Some(size), Some(range)) = (size, &range)
            && range.end() > size
        {
            return Err(Malformed("a range beyond the file"));
        }
        // Conversations reads and writes the latter.
        let media_type = text("media-type").or_else(|| text("mediaType"));
        Ok(Self {
            date: text("date").filter(|date| date.len() <= 64 && DateTime::from_str(date).is_ok()),
            desc: text("desc").map(|desc| desc.chars().take(LONGEST_DESC).collect()),
            media_type: media_type.filter(|text| word(text, 127).is_some_and(|text| text.contains('/'))),
            name: text("name").map(|name| cut(&name)),
            size,
            range,
            hashes: Hash::of(element),
            used: Algo::of(element),
        })
    }

    /// Reads the `<file/>` of `<description/>`.
    ///
    /// # Errors
    /// There is not exactly one, or [`File::read`] has something against it.
    pub fn of(parent: &Element) -> Result<Self, Malformed> {
        let mut files = parent.children().filter(|child| child.is("file", ns::FILE));
        match (files.next(), files.next()) {
            (Some(file), None) => Self::read(file),
            _ => Err(Malformed("not one file")),
        }
    }

    pub fn write(&self) -> El {
        let text = |name: &str, text: &Option<String>| text.as_ref().map(|text| el(name, ns::FILE).text(text));
        el("file", ns::FILE)
            .children(text("date", &self.date))
            .children(text("desc", &self.desc))
            .children(text("media-type", &self.media_type))
            .children(text("name", &self.name))
            .children(self.size.map(|size| el("size", ns::FILE).text(size.to_string())))
            .children(self.range.iter().map(Range::write))
            .children(self.hashes.iter().map(Hash::write))
            .children(self.used.iter().map(|algo| algo.write()))
    }

    /// `<description/>`, with this file alone.
    pub fn describe(&self) -> El {
        el("description", ns::FILE).child(self.write())
    }

    /// Takes in what it hashes to; what is known already stays.
    pub fn learn(&mut self, hashes: &[Hash]) {
        for hash in hashes {
            if self.hashes.iter().all(|known| known.algo != hash.algo) {
                self.hashes.push(hash.clone());
            }
        }
    }

    /// Whether it is known to hash to something else.
    pub fn contradicts(&self, hash: &Hash) -> bool {
        self.hashes.iter().any(|known| known.algo == hash.algo && known != hash)
    }

    /// Whether both may be the same file: a hash of both is the same, or, where there is none, name and size.
    pub fn is_like(&self, other: &Self) -> bool {
        let pair =
            |hash: &Hash| other.hashes.iter().find(|theirs| theirs.algo == hash.algo).map(|theirs| hash == theirs);
        let hashes: Vec<_> = self.hashes.iter().filter_map(pair).collect();
        if hashes.is_empty() {
            return self.name.is_some() && (&self.name, self.size) == (&other.name, other.size);
        }
        hashes.into_iter().all(|same| same)
    }
}

impl Range {
    /// From there to the end.
    pub fn from(offset: u64) -> Self {
        Self { offset, ..Self::default() }
    }

    /// Bytes up to where it is known to reach.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.length.unwrap_or(0))
    }

    fn read(element: &Element) -> Result<Self, Malformed> {
        let attr = |name: &str| element.get(name).map(|text| number(text).ok_or(Malformed("a range"))).transpose();
        let range = Self { offset: attr("offset")?.unwrap_or(0), length: attr("length")?, hashes: Hash::of(element) };
        if range.end() > LARGEST { Err(Malformed("a range")) } else { Ok(range) }
    }

    fn write(&self) -> El {
        el("range", ns::FILE)
            .attr_opt("offset", (self.offset > 0).then(|| self.offset.to_string()))
            .attr_opt("length", self.length.map(|length| length.to_string()))
            .children(self.hashes.iter().map(Hash::write))
    }
}

/// Digits alone, without a sign.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|number| *number <= LARGEST)
}

/// Keeps the extension: by it, clients tell what a file is.
fn cut(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let extension = name.rfind('.').map(|at| &name[at..]).filter(|extension| extension.len() <= 16).unwrap_or_default();
    let stem = name.floor_char_boundary(LONGEST_NAME - extension.len());
    format!("{}{extension}", &name[..stem])
}

#[cfg(test)]
mod tests;
