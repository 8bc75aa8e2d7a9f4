//! Small pieces of data that stanzas name by their hash (XEP-0231).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::ns;
use crate::xep::avatar::id_of;
use crate::xml::{El, Element, el};

/// Bytes that are taken: what is larger goes another way (XEP-0231 §4).
const MOST: usize = 8 * 1024;

/// What names these bytes.
pub fn cid(bytes: &[u8]) -> String {
    format!("sha1+{}@bob.xmpp.org", id_of(bytes))
}

/// The hash (SHA-1, hexadecimal) in a name, or in a `cid:` of one.
pub fn hash_of(cid: &str) -> Option<&str> {
    let name = cid.strip_prefix("cid:").unwrap_or(cid);
    let hash = name.strip_suffix("@bob.xmpp.org")?.strip_prefix("sha1+")?;
    (hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(hash)
}

/// Asks whoever named it.
pub fn get(cid: &str) -> El {
    el("data", ns::BOB).attr("cid", cid.strip_prefix("cid:").unwrap_or(cid))
}

/// The answer to that.
pub fn data(cid: &str, media_type: &str, bytes: &[u8]) -> El {
    el("data", ns::BOB).attr("cid", cid).attr("type", media_type).attr("max-age", "86400").text(STANDARD.encode(bytes))
}

/// What an answer holds, if it is what the name promises.
pub fn read(iq: &Element, cid: &str) -> Option<Vec<u8>> {
    let text: String = iq.get_child("data", ns::BOB)?.text().split_ascii_whitespace().collect();
    if text.len() > MOST.div_ceil(3) * 4 {
        return None;
    }
    let bytes = STANDARD.decode(text).ok()?;
    hash_of(cid).filter(|hash| hash.eq_ignore_ascii_case(&id_of(&bytes))).map(|_| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_name_promises_is_taken() {
        let name = cid(b"small");
        let answer = |bytes: &[u8]| -> Element {
            el("iq", ns::CLIENT).attr("type", "result").child(data(&name, "image/png", bytes)).into()
        };
        assert_eq!(read(&answer(b"small"), &format!("cid:{name}")).as_deref(), Some(b"small".as_slice()));
        assert_eq!(read(&answer(b"other"), &name), None);
        let large = vec![7; MOST + 9];
        let answer: Element = el("iq", ns::CLIENT).child(data("x", "image/png", &large)).into();
        assert_eq!(read(&answer, &cid(&large)), None);
        assert_eq!(hash_of("cid:sha1+../../etc/passwd@bob.xmpp.org"), None);
    }
}
