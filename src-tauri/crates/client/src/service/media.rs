//! Pictures, sound and films of forms (XEP-0221): what came along, what has to be asked for, and what is elsewhere.

use std::collections::HashMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::oneshot;
use waxwing_contract::{Code, Failure, FieldMedia, FormMedia, GetFormMedia, MediaKind};
use waxwing_form::media::Kind;
use waxwing_form::{Media, Source};
use waxwing_session::ns;
use waxwing_session::xep::bob;
use waxwing_session::xml::{Element, Reading as _};
use waxwing_transfer::Control;
use waxwing_transfer::file::{self, Part};
use waxwing_transfer::http::Download;

use crate::account::Ask;
use crate::app::App;
use crate::failure::fail;
use crate::file::of_transfer;

/// Bytes of one that comes along, as text.
const LONGEST: usize = 4 * 1024 * 1024;
/// The same, before it is written as text.
const MOST_BYTES: u64 = 3 * 1024 * 1024;
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
            kind: kind(
                best.map(waxwing_form::Uri::kind).or(away.as_ref().map(|(kind, _)| *kind)).unwrap_or(Kind::Other),
            ),
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

/// What a file is by its first bytes, whoever claimed what. Blocks for as long as the disk takes.
fn shown_file(path: &Path) -> Option<String> {
    let kind = file::kind(path, "picture", None).ok()?;
    let bytes = std::fs::read(path).ok()?;
    let url = || format!("data:{};base64,{}", kind.media_type, STANDARD.encode(bytes));
    is_harmless(&kind.media_type).then(url)
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
    /// Asks whoever sent the form for what it names, or gets it from elsewhere, which the person agreed to.
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
        let data = match cid {
            Some(cid) => {
                let iq = self.fetch(&open.account, &open.of, bob::get(cid)).await?;
                iq.get_child("data", ns::BOB).and_then(url_of)
            }
            None => {
                let url = open.enclosed.shown(media).elsewhere.ok_or_else(nothing)?;
                self.get_away(&open.account, url).await?
            }
        };
        Ok(FormMedia { data: data.ok_or_else(nothing)? })
    }

    /// A picture, sound or film over HTTP; `None` where it is something else.
    async fn get_away(&self, account: &str, url: String) -> Result<Option<String>, Failure> {
        let (answer, came) = oneshot::channel();
        self.tell(account, Ask::Web(answer));
        let web = came.await.map_err(|_| fail(Code::NotFound, "no such account"))?;
        let folder = self.0.shared.accounts_folder.join(account).join("files");
        let part = tokio::task::spawn_blocking(move || Part::create(&folder)).await;
        let part =
            part.map_err(|error| fail(Code::Internal, error.to_string()))?.map_err(|error| of_transfer(&error))?;
        let getting =
            async { web.http().await?.download(&Download::new(url, MOST_BYTES), &part, &Control::new()).await };
        let got = getting.await.map_err(|error| of_transfer(&error));
        let path = part.path().to_owned();
        let read = tokio::task::spawn_blocking(move || {
            let read = got.map(|_| shown_file(&path));
            part.discard();
            read
        });
        read.await.map_err(|error| fail(Code::Internal, error.to_string()))?
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
