//! The examples of XEP-0234, what clients write otherwise, and what nobody should.

use super::*;

fn read(inner: &str) -> Result<File, Malformed> {
    let xml = format!("<description xmlns='urn:xmpp:jingle:apps:file-transfer:5'>{inner}</description>");
    File::of(&xml.parse().unwrap())
}

fn file(inner: &str) -> File {
    read(&format!("<file>{inner}</file>")).unwrap()
}

/// Example 1 of §6.1, with the promise of §8.2.
#[test]
fn the_example_goes_there_and_back() {
    let example = file(
        "<date>1969-07-21T02:56:15Z</date><desc>This is a test. If this were a real file...</desc>\
         <media-type>text/plain</media-type><name>test.txt</name><range/><size>6144</size>\
         <hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>w0mcJylzCn+AfvuGdqkty2+KP48=</hash>\
         <hash-used xmlns='urn:xmpp:hashes:2' algo='sha-256'/>",
    );
    assert_eq!(example.date.as_deref(), Some("1969-07-21T02:56:15Z"));
    assert_eq!((example.name.as_deref(), example.size), (Some("test.txt"), Some(6144)));
    assert_eq!(example.media_type.as_deref(), Some("text/plain"));
    assert_eq!(example.range, Some(Range::default()));
    assert_eq!((example.hashes.len(), &example.used[..]), (1, &[Algo::Sha256][..]));
    assert_eq!(File::of(&example.describe().into()), Ok(example));
}

#[test]
fn a_range_goes_there_and_back() {
    let part = file(
        "<range offset='2048' length='1024'>\
         <hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>kHp5RSzW/h7Gm1etSf90Mr5PC/k=</hash></range>",
    );
    let range = part.range.clone().unwrap();
    assert_eq!((range.offset, range.length, range.hashes.len(), range.end()), (2048, Some(1024), 1, 3072));
    assert_eq!(File::of(&part.describe().into()), Ok(part));
    let whole: Element = Range::from(0).write().into();
    assert_eq!(whole.attrs().iter().count(), 0, "as if there were none");
}

#[test]
fn what_clients_write_otherwise_is_understood() {
    assert_eq!(file("<mediaType>image/png</mediaType>").media_type.as_deref(), Some("image/png"), "Conversations");
    assert_eq!(file("<hash xmlns='urn:xmpp:hashes:2' algo='sha-1'/>").used, [Algo::Sha1], "a hash that is still empty");
    let unknown =
        file("<date>yesterday</date><media-type>text</media-type><thumbnail xmlns='urn:xmpp:thumbs:1'/><size/>");
    assert_eq!(unknown, File::default());
    let hashes = "<hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>w0mcJylzCn+AfvuGdqkty2+KP48=</hash>".repeat(1000);
    assert_eq!(file(&hashes).hashes.len(), 1);
}

#[test]
fn numbers_have_their_bounds() {
    assert_eq!(file("<size>9223372036854775807</size>").size, Some(LARGEST));
    assert_eq!(file("<size>0</size>").size, Some(0));
    for size in ["9223372036854775808", "18446744073709551616", "-1", "+1", "1e3", "many", "1 2", "٣"] {
        assert!(read(&format!("<file><size>{size}</size></file>")).is_err(), "{size}");
    }
    for range in [
        "offset='-1'",
        "offset='x'",
        "length='9223372036854775808'",
        "offset='9223372036854775807' length='1'",
        "offset='101'",
        "offset='90' length='11'",
        "offset=''",
    ] {
        assert!(read(&format!("<file><size>100</size><range {range}/></file>")).is_err(), "{range}");
    }
    assert_eq!(file("<size>100</size><range offset='100'/>").range, Some(Range::from(100)), "nothing is left");
}

#[test]
fn long_words_are_cut() {
    let name = file(&format!("<name>{}.tar.gz</name>", "ä".repeat(5_000))).name.unwrap();
    assert!(name.len() <= LONGEST_NAME && name.ends_with("ä.gz"), "{name}");
    let name = file(&format!("<name>a.{}</name>", "b".repeat(10_000))).name.unwrap();
    assert_eq!(name.len(), LONGEST_NAME);
    assert_eq!(file(&format!("<desc>{}</desc>", "ä".repeat(5_000))).desc.unwrap().chars().count(), LONGEST_DESC);
    assert_eq!(file(&format!("<media-type>a/{}</media-type>", "b".repeat(5_000))).media_type, None);
    assert_eq!(file("<name>../../etc/passwd</name>").name.as_deref(), Some("../../etc/passwd"), "as it was said");
}

#[test]
fn there_is_one_file() {
    for inner in ["", "<file/><file/>", "<offer><file/></offer>", "<file xmlns='urn:xmpp:file:metadata:0'/>"] {
        assert_eq!(read(inner), Err(Malformed("not one file")), "{inner}");
    }
}

#[test]
fn files_are_known_by_what_is_in_them() {
    let hashed = |byte| Hash::new(Algo::Sha256, vec![byte; 32]).into_iter().collect::<Vec<_>>();
    let named = File { name: Some("a".into()), size: Some(1), ..File::default() };
    assert!(named.is_like(&named) && !File::default().is_like(&File::default()));
    let one = File { hashes: hashed(1), ..named.clone() };
    assert!(one.is_like(&File { hashes: hashed(1), ..File::default() }));
    assert!(!one.is_like(&File { hashes: hashed(2), ..named.clone() }));
    assert!(one.is_like(&named), "what is known of both is the same");
}
