//! Files that a message shares: by their bare address (XEP-0066), statelessly (XEP-0447, with XEP-0446 for what they are), and
//! as SIMS had it (XEP-0385). What is said of a file is what the sender says: a name may be a path, a size or type a lie.

mod metadata;
#[cfg(test)]
mod tests;

pub use metadata::{Hash, Metadata, Thumbnail};

use crate::ns;
use crate::xml::{El, Element, Reading as _, el};

/// Files of one message.
const MOST: usize = 32;
/// Addresses of one file.
const SOURCES: usize = 8;
/// Characters of the longest of them.
const LONGEST: usize = 4096;

/// A file that is shared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shared {
    /// What the sender calls it, to add to it later.
    pub id: Option<String>,
    pub file: Metadata,
    /// Not to be shown among the words, but to be kept (XEP-0447 §3.2): never fetched unasked.
    pub attachment: bool,
    /// Where it is to be had, `https` and `aesgcm`; none while it is on its way to there.
    pub sources: Vec<String>,
}

/// Where a file is that was announced in another message (XEP-0447 §4): not a message of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The id of that message (XEP-0367).
    pub to: String,
    /// Which of its files.
    pub id: Option<String>,
    pub sources: Vec<String>,
}

/// What a message has of files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    pub shared: Vec<Shared>,
    pub attached: Option<Attached>,
    /// The words only repeat the address, for those who know nothing else.
    pub body_repeats: bool,
}

impl Files {
    /// Reads a message with these words.
    pub fn read(message: &Element, body: Option<&str>) -> Self {
        let attached = Attached::read(message);
        let sharing = message.children().filter(|child| child.is("file-sharing", ns::SFS));
        let sims = message.children().filter(|child| child.is("reference", ns::REFERENCES));
        let mut shared: Vec<_> = sharing.filter_map(Shared::read).take(MOST).collect();
        if shared.is_empty() {
            shared = sims.filter_map(Shared::read_sims).take(MOST).collect();
        }
        let bare = body.map(str::trim).filter(|body| is_bare(message, body));
        if let (true, None, Some(url)) = (shared.is_empty(), &attached, bare) {
            shared.push(Shared { sources: vec![url.to_owned()], ..Shared::default() });
        }
        let known = |url: &str| {
            let attached = attached.iter().flat_map(|attached| &attached.sources);
            shared.iter().flat_map(|shared| &shared.sources).chain(attached).any(|source| source == url)
        };
        let falls_back =
            message.children().any(|child| child.is("fallback", ns::FALLBACK) && child.get("for") == Some(ns::SFS));
        let body_repeats = body.is_some_and(|body| known(body.trim())) || falls_back && !shared.is_empty();
        Self { shared, attached, body_repeats }
    }
}

/// The words are nothing but the address of a file: said beside them (XEP-0066 §3), or by its scheme (XEP-0454 §3).
fn is_bare(message: &Element, body: &str) -> bool {
    let beside = message.get_child("x", ns::OOB).and_then(|oob| oob.child_text("url", ns::OOB));
    is_source(body) && (beside.as_deref() == Some(body) || body.starts_with("aesgcm://"))
}

/// Somewhere a file can be had from.
fn is_source(url: &str) -> bool {
    let known = url.starts_with("https://") || url.starts_with("aesgcm://");
    known && url.len() <= LONGEST && !url.contains(char::is_whitespace)
}

impl Shared {
    fn read(element: &Element) -> Option<Self> {
        let file = Metadata::read(element.get_child("file", ns::FILE_METADATA)?);
        let sources = element.get_child("sources", ns::SFS).map(sources).unwrap_or_default();
        let attachment = element.get("disposition") == Some("attachment");
        Some(Self { id: element.get("id").map(str::to_owned), file, attachment, sources })
    }

    fn read_sims(reference: &Element) -> Option<Self> {
        let sharing = reference.get_child("media-sharing", ns::SIMS)?;
        let file = Metadata::read(sharing.get_child("file", ns::JINGLE_FILE)?);
        let all = sharing.get_child("sources", ns::SIMS)?.children();
        let all = all.filter(|source| source.is("reference", ns::REFERENCES)).filter_map(|source| source.get("uri"));
        let sources = all.filter(|url| is_source(url)).take(SOURCES).map(str::to_owned).collect();
        Some(Self { file, sources, ..Self::default() })
    }

    /// For a message whose words are the first address: so everybody understands one of the ways it is said.
    pub fn write(&self) -> Vec<El> {
        let url = |url: &String| el("url-data", ns::URL_DATA).attr("target", url);
        let sources = el("sources", ns::SFS).children(self.sources.iter().map(url));
        let sharing = el("file-sharing", ns::SFS)
            .attr("disposition", if self.attachment { "attachment" } else { "inline" })
            .attr_opt("id", self.id.as_ref())
            .child(self.file.write())
            .child(sources);
        let Some(first) = self.sources.first() else { return vec![sharing] };
        vec![
            sharing,
            el("fallback", ns::FALLBACK).attr("for", ns::SFS).child(el("body", ns::FALLBACK)),
            el("x", ns::OOB).child(el("url", ns::OOB).text(first)),
        ]
    }
}

impl Attached {
    fn read(message: &Element) -> Option<Self> {
        let to = message.get_child("attach-to", ns::ATTACHING)?.get("id")?.to_owned();
        let all = message.get_child("sources", ns::SFS)?;
        Some(Self { to, id: all.get("id").map(str::to_owned), sources: sources(all) })
    }
}

fn sources(element: &Element) -> Vec<String> {
    let all = element.children().filter(|source| source.is("url-data", ns::URL_DATA));
    let all = all.filter_map(|source| source.get("target")).filter(|url| is_source(url));
    all.take(SOURCES).map(str::to_owned).collect()
}
