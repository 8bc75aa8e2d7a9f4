//! Pictures, sound and films of forms (XEP-0221): what came along, what has to be asked for, and what is elsewhere.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use waxwing_contract::{Code, Failure, FieldMedia, FormMedia, GetFormMedia, MediaKind};
use waxwing_form::media::Kind;
use waxwing_form::{Media, Source};
use waxwing_session::ns;
use waxwing_session::xep::bob;
use waxwing_session::xml::{Element, Reading as _};

use crate::app::App;
use crate::failure::fail;

/// Bytes of one that comes along, as text.
const LONGEST: usize = 4 * 1024 * 1024;
/// How many may.
const MOST: usize = 32;

/// Data that came in the stanza of a form (XEP-0231 §2.1), by its name; as `data:` URLs.
#[derive(Default)]
pub(crate) struct Enclosed(HashMap<String, String>);

impl Enclosed {
    /// Looks beside the form and around it.
    pub fn read(stanza: &Element) -> Self {
        let around = std::iter::once(stanza).chain(stanza.children());
        let data = around.flat_map(Element::children).filter(|child| child.is("data", ns::BOB)).take(MOST);
        Self(data.filter_map(|data| Some((data.get("cid")?.to_owned(), url_of(data)?))).collect())
    }

    /// The first alternative that can be shown, in the service's order.
    pub fn shown(&self, media: &Media) -> FieldMedia {
        let here = |source: &Source| match source {
            Source::Cid(cid) => self.0.get(cid).cloned(),
            Source::Data(url) => Some(url.clone()),
            _ => None,
        };
        let best = media.uris.iter().find(|uri| !matches!(uri.source, Source::Refused(_) | Source::Http(_)));
        let away = media.uris.iter().find_map(|uri| match &uri.source {
            Source::Http(url) if url.starts_with("https://") => Some((uri.kind(), url.clone())),
            _ => None,
        });
        FieldMedia {
            kind: kind(best.map(|uri| uri.kind()).or(away.as_ref().map(|(kind, _)| *kind)).unwrap_or(Kind::Other)),
            width: media.width,
            height: media.height,
            data: best.and_then(|uri| here(&uri.source)),
            elsewhere: away.map(|(_, url)| url).filter(|_| best.is_none()),
        }
    }
}

fn kind(kind: Kind) -> MediaKind {
    match kind {
        Kind::Image => MediaKind::Image,
        Kind::Audio => MediaKind::Audio,
        Kind::Video => MediaKind::Video,
        Kind::Other => MediaKind::Other,
    }
}

/// Nothing but pictures, sound and films, and of these none that is a document of its own.
fn is_harmless(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '.' | '+');
    let shown = ["image/", "audio/", "video/"].iter().any(|kind| essence.starts_with(kind));
    shown && essence.chars().all(plain) && !essence.contains("svg") && !essence.contains("xml")
}

fn url_of(data: &Element) -> Option<String> {
    let media_type = data.get("type").filter(|media_type| is_harmless(media_type))?;
    let text: String = data.text().split_ascii_whitespace().collect();
    if text.len() > LONGEST || STANDARD.decode(&text).is_err() {
        return None;
    }
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    Some(format!("data:{essence};base64,{text}"))
}

impl App {
    /// Asks whoever sent the form for what it names.
    pub(super) async fn form_media(&self, get: &GetFormMedia) -> Result<FormMedia, Failure> {
        let nothing = || fail(Code::NotFound, "there is no such picture, sound or film");
        let open = self.open_form(&get.form)?;
        let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let field = open.form.fields.get(at(get.field)).ok_or_else(nothing)?;
        let media = field.media.get(at(get.media)).ok_or_else(nothing)?;
        if let Some(data) = open.enclosed.shown(media).data {
            return Ok(FormMedia { data });
        }
        let cid = media.uris.iter().find_map(|uri| match &uri.source {
            Source::Cid(cid) => Some(cid),
            _ => None,
        });
        let iq = self.fetch(&open.account, &open.of, bob::get(cid.ok_or_else(nothing)?)).await?;
        let data = iq.get_child("data", ns::BOB).and_then(url_of).ok_or_else(nothing)?;
        Ok(FormMedia { data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enclosed(inner: &str) -> Enclosed {
        let text = format!("<iq xmlns='jabber:client' type='result'><query xmlns='q'>{inner}</query></iq>");
        Enclosed::read(&text.parse().unwrap())
    }

    #[test]
    fn what_came_along_is_shown_and_nothing_that_could_do_more() {
        let data = |cid: &str, kind: &str| format!("<data xmlns='urn:xmpp:bob' cid='{cid}' type='{kind}'>aGk=</data>");
        let all = ["image/png", "image/svg+xml", "text/html", "audio/ogg; codecs=opus", "image/png\"><script"];
        let all: Vec<_> =
            all.iter().enumerate().map(|(at, kind)| data(&at.to_string(), &kind.replace('"', ""))).collect();
        let found = enclosed(&all[..4].concat());
        let mut names: Vec<_> = found.0.into_iter().collect();
        names.sort();
        let expected = [("0", "data:image/png;base64,aGk="), ("3", "data:audio/ogg;base64,aGk=")];
        assert_eq!(names, expected.map(|(cid, url)| (cid.to_owned(), url.to_owned())));
        assert!(!is_harmless("image/png\"><script") && !is_harmless("image/svg+xml"));
    }
}
