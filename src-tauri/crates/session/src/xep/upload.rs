//! A place for a file on the server (XEP-0363).

use crate::error::StanzaError;
use crate::ns;
use crate::xep::disco::Info;
use crate::xep::time::parse_stamp;
use crate::xml::{El, Element, Reading as _, el};

/// Headers that may be asked for (XEP-0363 §5); all others are left out.
const HEADERS: [&str; 3] = ["Authorization", "Cookie", "Expires"];
/// Characters of the longest address or header that is taken.
const LONGEST: usize = 4096;
/// Headers in all.
const MOST: usize = 16;

/// What the file is for (XEP-0363 §9); a service may keep it for another time, or take another size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be seen in a conversation; what is meant where nothing is said.
    Message,
    /// A picture of oneself.
    Profile,
}

/// Where a file is put, and where it is to be found then.
#[derive(Clone, PartialEq, Eq)]
pub struct Slot {
    /// `https`, as all of them.
    pub put: String,
    pub headers: Vec<(&'static str, String)>,
    pub get: String,
}

/// Its headers open the way to the service.
impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot").field("get", &self.get).finish_non_exhaustive()
    }
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// More than so many bytes, where it says.
    TooLarge {
        limit: Option<u64>,
    },
    /// Too much was put lately: again at this time, in milliseconds since 1970, where it says.
    Later {
        stamp: Option<i64>,
    },
    Otherwise,
}

/// Asks for a place for a file of so many bytes.
pub fn request(name: &str, size: u64, media_type: &str, purpose: Purpose) -> El {
    let purpose = match purpose {
        Purpose::Message => None,
        Purpose::Profile => Some(el("profile", ns::HTTP_UPLOAD_PURPOSE)),
    };
    el("request", ns::HTTP_UPLOAD)
        .attr("filename", name)
        .attr("size", size.to_string())
        .attr("content-type", media_type)
        .children(purpose)
}

impl Slot {
    /// `None` where it is none, or leads anywhere but over TLS.
    pub fn read(iq: &Element) -> Option<Self> {
        let slot = iq.get_child("slot", ns::HTTP_UPLOAD)?;
        let url = |name| {
            let url = slot.get_child(name, ns::HTTP_UPLOAD)?.get("url")?;
            (url.starts_with("https://") && url.len() <= LONGEST).then(|| url.to_owned())
        };
        let header = |header: &Element| {
            let name = header.get("name")?.replace(['\r', '\n'], "");
            let name = *HEADERS.iter().find(|known| known.eq_ignore_ascii_case(name.trim()))?;
            let value = header.text().replace(['\r', '\n'], "");
            (value.len() <= LONGEST).then(|| (name, value.trim().to_owned()))
        };
        let all = slot.get_child("put", ns::HTTP_UPLOAD).into_iter().flat_map(Element::children);
        let all = all.filter(|child| child.is("header", ns::HTTP_UPLOAD)).take(MOST);
        Some(Self { put: url("put")?, headers: all.filter_map(header).collect(), get: url("get")? })
    }
}

/// Bytes of the largest file, where the service says (XEP-0363 §4); `None` where it is no upload service.
pub fn limit(info: &Info) -> Option<Option<u64>> {
    if !info.has(ns::HTTP_UPLOAD) {
        return None;
    }
    let form = info.forms.iter().find(|(kind, _)| kind == ns::HTTP_UPLOAD);
    let fields = form.map(|(_, fields)| fields.as_slice()).unwrap_or_default();
    let value = fields.iter().find(|(var, _)| var == "max-file-size").and_then(|(_, values)| values.first());
    Some(value.and_then(|value| value.parse().ok()))
}

/// Why a service refused (XEP-0363 §6).
pub fn refused(error: &StanzaError) -> Refused {
    let is = |name: &str| error.application.as_deref() == Some(&format!("{{{}}}{name}", ns::HTTP_UPLOAD));
    let detail = error.detail.as_deref();
    if is("file-too-large") {
        return Refused::TooLarge { limit: detail.and_then(|text| text.parse().ok()) };
    }
    // ejabberd says it by the kind of its error alone.
    if is("retry") || error.kind == "wait" {
        return Refused::Later { stamp: detail.and_then(parse_stamp) };
    }
    Refused::Otherwise
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stanza::stanza_error;

    fn iq(payload: &str) -> Element {
        format!("<iq xmlns='jabber:client' type='result'>{payload}</iq>").parse().unwrap()
    }

    fn slot(put: &str, headers: &str, get: &str) -> Option<Slot> {
        Slot::read(&iq(&format!(
            "<slot xmlns='urn:xmpp:http:upload:0'><put url='{put}'>{headers}</put><get url='{get}'/></slot>"
        )))
    }

    #[test]
    fn a_place_is_reached_over_tls_alone() {
        let found = slot("https://up.test/a", "", "https://down.test/a").unwrap();
        assert_eq!((found.put.as_str(), found.get.as_str()), ("https://up.test/a", "https://down.test/a"));
        assert_eq!(slot("http://up.test/a", "", "https://down.test/a"), None);
        assert_eq!(slot("https://up.test/a", "", "http://down.test/a"), None);
        assert_eq!(slot("https://up.test/a", "", &format!("https://{}", "a".repeat(LONGEST))), None);
        assert_eq!(Slot::read(&iq("")), None);
    }

    #[test]
    fn only_headers_that_are_named_are_taken_and_none_makes_two() {
        let headers = "<header name='authorization'>Basic Zm9v&#xA;X-Evil: 1</header><header name='X-Other'>1</header>\
            <header name='Cook&#xA;ie'> a=b </header><header>lost</header>";
        let found = slot("https://up.test/a", headers, "https://down.test/a").unwrap();
        let wanted = [("Authorization", "Basic Zm9vX-Evil: 1".to_owned()), ("Cookie", "a=b".to_owned())];
        assert_eq!(found.headers, wanted);
        assert!(!format!("{found:?}").contains("Zm9v"), "{found:?}");
    }

    #[test]
    fn says_what_it_is_for() {
        let request: Element = request("a.png", 9, "image/png", Purpose::Profile).into();
        assert_eq!((request.get("size"), request.get("content-type")), (Some("9"), Some("image/png")));
        assert!(request.get_child("profile", ns::HTTP_UPLOAD_PURPOSE).is_some());
    }

    #[test]
    fn a_service_says_how_much_it_takes() {
        let info = |value: &str| {
            Info::read(&iq(&format!(
                "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:xmpp:http:upload:0'/>\
                 <x xmlns='jabber:x:data' type='result'>\
                 <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:http:upload:0</value></field>\
                 <field var='max-file-size'><value>{value}</value></field></x></query>"
            )))
        };
        assert_eq!(limit(&info("5242880").unwrap()), Some(Some(5_242_880)));
        assert_eq!(limit(&info("much").unwrap()), Some(None));
        assert_eq!(limit(&Info::default()), None);
    }

    #[test]
    fn says_why_not() {
        let error = |kind: &str, own: &str| {
            let error: Element = format!(
                "<iq xmlns='jabber:client' type='error'><error type='{kind}'>\
                 <not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>{own}</error></iq>"
            )
            .parse()
            .unwrap();
            refused(&stanza_error(&error))
        };
        let own =
            "<file-too-large xmlns='urn:xmpp:http:upload:0'><max-file-size>20000</max-file-size></file-too-large>";
        assert_eq!(error("modify", own), Refused::TooLarge { limit: Some(20_000) });
        assert_eq!(
            error("modify", "<file-too-large xmlns='urn:xmpp:http:upload:0'/>"),
            Refused::TooLarge { limit: None }
        );
        let own = "<retry xmlns='urn:xmpp:http:upload:0' stamp='1970-01-01T00:00:01Z'/>";
        assert_eq!(error("wait", own), Refused::Later { stamp: Some(1000) });
        assert_eq!(error("wait", ""), Refused::Later { stamp: None });
        assert_eq!(error("cancel", "<file-too-large xmlns='urn:other'/>"), Refused::Otherwise);
    }
}
