//! Pictures, sound and films in a form (XEP-0221).
//!
//! Nothing is fetched here, and what may be is for others to decide: fetching tells the service, and whoever it names, an
//! address. What could do more than be looked at or listened to is told apart at once.

use waxwing_xml::{Element, Reading as _};

use crate::bound::{Budget, Cut, TEXT, VALUE};
use crate::ns;

/// `<media/>`: one thing, in alternatives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Media {
    /// In pixels; a hint, and perhaps absurd.
    pub height: Option<u16>,
    pub width: Option<u16>,
    /// Where it is, the preferred place first; the same in all of them.
    pub uris: Vec<Uri>,
}

/// `<uri/>`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uri {
    /// What it is said to be, with its parameters; `None` where that is no media type.
    pub media_type: Option<String>,
    pub source: Source,
}

/// Where something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// With whoever sent the form (XEP-0231): the name, without `cid:`.
    Cid(String),
    /// At an address, of any host.
    Http(String),
    /// In the URI itself; a picture, sound or film by its own account.
    Data(String),
    /// Nowhere we go.
    Refused(String),
}

/// What can be done with media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Image,
    Audio,
    Video,
    Other,
}

impl Media {
    pub(crate) fn read(element: &Element, budget: &mut Budget) -> Self {
        let size = |name: &str| element.get(name).and_then(|text| text.trim().parse().ok()).filter(|size| *size > 0);
        let mut media = Self { height: size("height"), width: size("width"), uris: Vec::new() };
        for uri in element.children().filter(|child| ns::is_inner(child, "uri", ns::MEDIA)) {
            if !budget.take(Cut::Media) {
                break;
            }
            media.uris.extend(Uri::read(uri, budget));
        }
        media
    }
}

impl Uri {
    fn read(element: &Element, budget: &mut Budget) -> Option<Self> {
        let text = budget.whole(element.text().trim(), VALUE, Cut::Media)?;
        let media_type = element.get("type").map(str::trim).filter(|text| essence(text).is_some());
        let media_type = media_type.and_then(|text| budget.whole(text, 255, Cut::Media));
        (!text.is_empty()).then(|| Self { media_type, source: Source::of(text) })
    }

    /// What it is said to be.
    pub fn kind(&self) -> Kind {
        self.media_type.as_deref().and_then(essence).map_or(Kind::Other, |essence| Kind::of(&essence))
    }
}

impl Kind {
    fn of(essence: &str) -> Self {
        match essence.split('/').next() {
            Some("image") => Self::Image,
            Some("audio") => Self::Audio,
            Some("video") => Self::Video,
            _ => Self::Other,
        }
    }
}

impl Source {
    fn of(uri: String) -> Self {
        let scheme = uri.split_once(':').map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
        let odd = uri.contains(|c: char| c.is_control() || c.is_whitespace());
        match scheme {
            Some((scheme, rest)) if scheme == "cid" && !odd && !rest.is_empty() && rest.len() <= TEXT => {
                Self::Cid(rest.to_owned())
            }
            Some((scheme, rest)) if matches!(scheme.as_str(), "http" | "https") && !odd && has_host(rest) => {
                Self::Http(uri)
            }
            // Base 64 may have been broken into lines.
            Some((scheme, rest)) if scheme == "data" && is_shown(rest) => Self::Data(uri),
            _ => Self::Refused(uri),
        }
    }
}

fn has_host(rest: &str) -> bool {
    let authority = rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?', '#', '\\']).next());
    authority
        .and_then(|authority| authority.rsplit('@').next())
        .is_some_and(|host| !host.is_empty() && !host.starts_with(':'))
        && rest.len() <= TEXT
}

/// Whether a `data:` URI holds what is looked at or listened to; SVG is a document with scripts and links.
fn is_shown(rest: &str) -> bool {
    let essence = rest.split_once(',').and_then(|(head, _)| essence(head));
    essence.is_some_and(|essence| Kind::of(&essence) != Kind::Other && !essence.starts_with("image/svg"))
}

/// `type/subtype` in lower case, without parameters; `None` for what is no media type (RFC 2045 §5.1).
fn essence(text: &str) -> Option<String> {
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_token = |text: &str| {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        (1..=127).contains(&text.len()) && text.bytes().all(token)
    };
    let (one, other) = essence.split_once('/')?;
    (is_token(one) && is_token(other)).then_some(essence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(attributes: &str, inner: &str) -> Media {
        let xml = format!("<media xmlns='urn:xmpp:media-element' {attributes}>{inner}</media>");
        Media::read(&xml.parse().unwrap(), &mut Budget::new())
    }

    fn source(uri: &str) -> Source {
        Source::of(uri.to_owned())
    }

    #[test]
    fn alternatives_keep_their_order() {
        let media = read(
            "height='80' width='290'",
            "<uri type='audio/x-wav'>\n http://a.example/s.wav?F3A6292C\n </uri>\
             <uri type='audio/ogg; codecs=speex'>cid:sha1+a15a505e360702b79c75a5f67773072ed392f52a@bob.xmpp.org</uri>\
             <uri>https://a.example/s.mp3</uri><uri type='audio/mpeg'/>",
        );
        assert_eq!((media.height, media.width), (Some(80), Some(290)));
        assert_eq!(
            media.uris.iter().map(|uri| uri.source.clone()).collect::<Vec<_>>(),
            [
                Source::Http("http://a.example/s.wav?F3A6292C".into()),
                Source::Cid("sha1+a15a505e360702b79c75a5f67773072ed392f52a@bob.xmpp.org".into()),
                Source::Http("https://a.example/s.mp3".into()),
            ]
        );
        assert_eq!(media.uris[1].media_type.as_deref(), Some("audio/ogg; codecs=speex"));
        assert_eq!(media.uris.iter().map(Uri::kind).collect::<Vec<_>>(), [Kind::Audio, Kind::Audio, Kind::Other]);
    }

    #[test]
    fn sizes_that_are_none_are_left_out() {
        for size in ["0", "-5", "wide", "70000", "1e3", "80px", ""] {
            assert_eq!(read(&format!("width='{size}'"), "").width, None, "{size}");
        }
        assert_eq!(read("width='65535'", "").width, Some(65535));
    }

    #[test]
    fn what_could_do_something_is_refused() {
        for uri in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "java\nscript:alert(1)",
            "file:///etc/passwd",
            "ftp://a.example/x.png",
            "http:/a.example",
            "http://",
            "https://:80/x",
            "https://user@/x",
            "http://a.example/x y",
            "//a.example/x.png",
            "x.png",
            "cid:",
            "data:text/html,<script>alert(1)</script>",
            "data:image/svg+xml;base64,AAAA",
            "data:,x",
            "data:image/png",
            "blob:http://a.example/1",
            "vbscript:x",
        ] {
            assert_eq!(source(uri), Source::Refused(uri.into()));
        }
        assert_eq!(source("data:image/png;base64,iVBO\nRw0K"), Source::Data("data:image/png;base64,iVBO\nRw0K".into()));
        assert_eq!(source("HTTPS://a.example/x"), Source::Http("HTTPS://a.example/x".into()));
    }

    #[test]
    fn a_type_is_one_or_is_not_said() {
        let kind = |text: &str| read("", &format!("<uri type='{text}'>cid:x</uri>")).uris[0].kind();
        assert_eq!((kind("IMAGE/PNG"), kind("video/mpeg; a=b")), (Kind::Image, Kind::Video));
        assert_eq!((kind("image"), kind("image/(b)"), kind("text/html")), (Kind::Other, Kind::Other, Kind::Other));
    }

    #[test]
    fn only_so_many_are_taken() {
        let mut budget = Budget::new();
        let xml = format!("<media xmlns='urn:xmpp:media-element'>{}</media>", "<uri>cid:x</uri>".repeat(1_001));
        assert_eq!(Media::read(&xml.parse().unwrap(), &mut budget).uris.len(), 1_000);
        assert_eq!(budget.cut, [Cut::Media].into());
    }
}
