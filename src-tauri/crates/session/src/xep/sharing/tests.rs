//! As clients write them, and as nobody should.

use super::*;
use crate::xep::message::Payload;

fn read(payload: &str) -> Files {
    let message: Element = format!("<message xmlns='jabber:client'>{payload}</message>").parse().unwrap();
    Files::read(&message, Payload::read(&message).body.as_deref())
}

const URL: &str = "https://dl.example/x/a.jpg";
const FILE: &str = "<file xmlns='urn:xmpp:file:metadata:0'><media-type>image/jpeg</media-type><name>a.jpg</name>\
    <size>23456</size><width>1024</width><height>768</height><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>YQ==</hash>\
    <thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:sha1+aa@bob.xmpp.org' media-type='image/png' width='128' height='96'/>\
    </file>";

fn stateless(sources: &str) -> String {
    format!("<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline' id='f1'>{FILE}{sources}</file-sharing>")
}

fn at(url: &str) -> String {
    format!("<url-data xmlns='http://jabber.org/protocol/url-data' target='{url}'/>")
}

#[test]
fn a_bare_address_is_a_file_where_it_says_so() {
    let oob = |body: &str, url: &str| read(&format!("<body>{body}</body><x xmlns='jabber:x:oob'><url>{url}</url></x>"));
    let files = oob(URL, URL);
    assert_eq!(files.shared[0].sources, [URL]);
    assert!(files.body_repeats);
    // Words about an address, another address, or one that is none.
    for files in [
        oob(&format!("see {URL}"), URL),
        oob(URL, "https://other.example/"),
        oob("http://a.example/a", "http://a.example/a"),
        oob("file:///etc/passwd", "file:///etc/passwd"),
        read(&format!("<body>{URL}</body>")),
    ] {
        assert_eq!(files, Files::default());
    }
    let sealed = format!("aesgcm://dl.example/x#{}", "0".repeat(88));
    assert_eq!(read(&format!("<body>{sealed}</body>")).shared[0].sources, [sealed]);
}

#[test]
fn what_a_file_is_is_said_beside_it() {
    let sources = format!("<sources xmlns='urn:xmpp:sfs:0'>{}{}</sources>", at(URL), at("http://plain.example/"));
    let files = read(&format!(
        "{}<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body/></fallback><body>{URL}</body>\
         <x xmlns='jabber:x:oob'><url>{URL}</url></x>",
        stateless(&sources)
    ));
    let [shared] = &files.shared[..] else { panic!("{files:?}") };
    assert_eq!(shared.sources, [URL], "and no other, nor twice");
    assert_eq!((shared.file.size, shared.file.width, shared.file.height), (Some(23_456), Some(1024), Some(768)));
    assert_eq!(shared.file.hashes, [Hash { algo: "sha-256".into(), value: "YQ==".into() }]);
    assert_eq!(shared.file.thumbnail.as_ref().unwrap().width, Some(128));
    assert!(files.body_repeats && !shared.attachment);
}

/// Dino announces a file at once, and says where it is when it is there.
#[test]
fn a_file_is_announced_and_then_attached() {
    let announced = read(&stateless(""));
    assert!(announced.shared[0].sources.is_empty() && announced.attached.is_none());
    let attached = read(&format!(
        "<body>{URL}</body><x xmlns='jabber:x:oob'><url>{URL}</url></x>\
         <attach-to xmlns='urn:xmpp:message-attaching:1' id='m1'/><sources xmlns='urn:xmpp:sfs:0' id='f1'>{}</sources>",
        at(URL)
    ));
    let wanted = Attached { to: "m1".into(), id: Some("f1".into()), sources: vec![URL.into()] };
    assert_eq!(attached, Files { shared: Vec::new(), attached: Some(wanted), body_repeats: true });
}

#[test]
fn sims_are_read() {
    let files = read(&format!(
        "<body>Look</body><reference xmlns='urn:xmpp:reference:0' type='data'><media-sharing xmlns='urn:xmpp:sims:1'>\
         <file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><name>a.ogg</name><size>7</size></file>\
         <sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='{URL}'/></sources></media-sharing></reference>"
    ));
    assert_eq!(
        (files.shared[0].file.name.as_deref(), &files.shared[0].sources[..]),
        (Some("a.ogg"), &[URL.into()][..])
    );
    assert!(!files.body_repeats);
}

#[test]
fn what_cannot_be_is_left_out() {
    let long = "é".repeat(4000);
    let sources: String = (0..100).map(|n| at(&format!("https://a.example/{n}"))).collect();
    let files = read(&format!(
        "<file-sharing xmlns='urn:xmpp:sfs:0' disposition='attachment'><file xmlns='urn:xmpp:file:metadata:0'>\
         <name>{long}.jpeg</name><size>-5</size><width>99999999999</width><dimension>4096x2160</dimension>\
         <media-type>nonsense</media-type><hash xmlns='urn:xmpp:hashes:2'>YQ==</hash></file>\
         <sources xmlns='urn:xmpp:sfs:0'>{sources}</sources></file-sharing>"
    ));
    let [shared] = &files.shared[..] else { panic!("{files:?}") };
    let name = shared.file.name.as_ref().unwrap();
    assert!(name.len() <= 255 && name.ends_with("é.jpeg"), "{name}");
    assert_eq!((shared.file.size, shared.file.media_type.as_ref(), shared.file.hashes.len()), (None, None, 0));
    assert_eq!((shared.file.width, shared.file.height), (Some(4096), Some(2160)));
    assert!(shared.attachment && shared.sources.len() == SOURCES);
    assert_eq!(read("<file-sharing xmlns='urn:xmpp:sfs:0'/>"), Files::default());
    let many: String = (0..100).map(|_| stateless("")).collect();
    assert_eq!(read(&many).shared.len(), MOST);
}

#[test]
fn what_is_written_is_read() {
    let file = Metadata {
        name: Some("a b.ogg".into()),
        media_type: Some("audio/ogg".into()),
        size: Some(9),
        length: Some(2500),
        desc: Some("A song".into()),
        hashes: vec![Hash { algo: "sha-256".into(), value: "YQ==".into() }],
        ..Metadata::default()
    };
    let shared = Shared { id: Some("f1".into()), file, attachment: false, sources: vec![URL.into()] };
    let message: Element = crate::xep::message::text("bob@b.example", "m1", URL).children(shared.write()).into();
    let files = Files::read(&message, Some(URL));
    assert_eq!(files, Files { shared: vec![shared], attached: None, body_repeats: true });
}
