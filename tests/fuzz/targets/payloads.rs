//! Anything servers and people may answer or tell: what is read of it keeps its bounds, and can be written again.

use waxwing_session::policy::{self, Next};
use waxwing_session::stanza::{stanza_error, stream_error};
use waxwing_session::xep::disco::Info;
use waxwing_session::xep::presence::Presence;
use waxwing_session::xep::roster::{self, Roster};
use waxwing_session::xep::sharing::Files;
use waxwing_session::xep::time::{format_stamp, parse_stamp};
use waxwing_session::xep::upload::{self, Slot};
use waxwing_session::xep::vcard::VCard;
use waxwing_session::xep::{archive, avatar, blocking, caps::Caps, displayed, extdisco, services, time, version};
use waxwing_session::xml::{Element, Reading as _};

use super::{element, own};

pub fn run(data: &[u8]) {
    let Some(element) = element(data) else { return };
    // Some readers take the stanza, some what it carries.
    for element in std::iter::once(&element).chain(element.children()) {
        let _ = (archive::Fin::read(element), version::read(element), time::read(element));
        let _ = (blocking::jids(element), stanza_error(element));
        let _ = (displayed::event(element, &own()), displayed::read(element, &own()));
        let _ = (
            Slot::read(element),
            Files::read(element, Some("https://a.example/a")),
            extdisco::read(element),
            services::keeps_nothing(element),
        );
        assert!(services::read_items(element).len() <= 32);
        roster(element);
        disco(element);
        presence(element);
        pictures(element);
        if let Some(error) = stream_error(element)
            && let Next::Elsewhere(target) = policy::next(&error)
        {
            assert!(!target.host.is_empty() && target.host.len() <= 255 && target.port != 0);
        }
        for stamp in [element.text().as_str(), element.get("stamp").unwrap_or_default()] {
            let stamp = parse_stamp(stamp);
            assert!(stamp.is_none_or(|stamp| parse_stamp(&format_stamp(stamp)) == Some(stamp)), "{stamp:?}");
        }
    }
}

fn roster(query: &Element) {
    for item in Roster::read(query).items {
        let again = Roster::read(&roster::set(&item.jid, &item.name, &item.groups).into()).items;
        let [again] = &again[..] else { panic!("{again:?}") };
        assert_eq!((&again.jid, &again.name, &again.groups), (&item.jid, &item.name, &item.groups));
    }
}

/// A hash names what it names in any order, and nothing else.
fn disco(iq: &Element) {
    let (Some(caps), Some(mut info)) = (Caps::read(iq), Info::read(iq)) else { return };
    let vouched = caps.vouches_for(&info);
    info.identities.reverse();
    info.features.reverse();
    info.forms.reverse();
    assert_eq!(caps.vouches_for(&info), vouched, "{caps:?} {info:?}");
    info.features.push("urn:another".to_owned());
    assert!(!caps.vouches_for(&info) || !vouched, "{caps:?} {info:?}");
    let _ = (upload::limit(&info), caps.to_ask(), caps.is_known());
}

/// Presences are kept for the next process.
fn presence(stanza: &Element) {
    let Some(presence) = Presence::read(stanza, &own()) else { return };
    let kept = serde_json::to_string(&presence).expect("it can be kept");
    let again: Presence = serde_json::from_str(&kept).expect("it can be read again");
    assert_eq!(format!("{again:?}"), format!("{presence:?}"));
}

fn pictures(element: &Element) {
    let published = avatar::data(element);
    let pictures = [published, VCard::read(element).photo.and_then(|photo| avatar::decode(&photo))];
    for picture in pictures.into_iter().flatten() {
        assert!(picture.len() <= avatar::MAX_BYTES && avatar::id_of(&picture).len() == 40);
    }
    if let Some(avatar::Metadata::Picture { id }) = avatar::metadata_event(element) {
        assert!(id.len() == 40 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
    }
}
