//! Links to encrypted files (XEP-0454): the key is behind the `#`, which no server sees. They are never shown as links
//! and never handed to a browser.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use url::Url;

use super::target;
use crate::error::Error;
use crate::file::{hex, safe};
use crate::gcm::{Opener, Sealer};

const SCHEME: &str = "aesgcm";
const KEY: usize = 32;
/// Bytes of a preview at most.
const MAX_PREVIEW: usize = 64 * 1024;

/// What encrypts one file, and only one.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    key: [u8; KEY],
    /// 12 bytes when it is ours; others send 16 too.
    iv: Vec<u8>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// As of the system's randomness.
    pub fn random() -> Result<Self, Error> {
        let (mut key, mut iv) = ([0; KEY], vec![0; 12]);
        getrandom::fill(&mut key)
            .and_then(|()| getrandom::fill(&mut iv))
            .map_err(|error| Error::Disk { doing: "making a key", reason: error.to_string() })?;
        Ok(Self { key, iv })
    }

    /// From another form of sharing (XEP-0448); 12 or 16 bytes of IV.
    pub fn new(key: [u8; KEY], iv: &[u8]) -> Option<Self> {
        matches!(iv.len(), 12 | 16).then(|| Self { key, iv: iv.to_vec() })
    }

    /// The link to a file that was uploaded with this (XEP-0454 §3).
    ///
    /// # Errors
    /// [`Error::NotHttps`] and [`Error::Link`]: only https links become such.
    pub fn link(&self, get: &str) -> Result<String, Error> {
        let url = target::parse(get)?;
        let rest = url.as_str().strip_prefix("https").unwrap_or_default();
        Ok(format!("{SCHEME}{rest}#{}{}", hex(&self.iv), hex(&self.key)))
    }

    pub(crate) fn sealer(&self) -> Sealer {
        Sealer::new(&self.key, &self.iv)
    }

    pub(crate) fn opener(&self) -> Opener {
        Opener::new(&self.key, &self.iv)
    }
}

/// A message that is an encrypted file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Where the ciphertext is; https, without the key.
    pub url: String,
    pub secret: Secret,
    /// A JPEG to be decoded with the care that all of them need.
    pub preview: Option<Vec<u8>>,
}

impl Sealed {
    /// Strict (XEP-0454 §3): the link alone, or the link, a line break and a `data:image/jpeg` preview. Anything else
    /// is a message.
    pub fn parse(body: &str) -> Option<Self> {
        let (link, preview) = match body.split_once('\n') {
            Some((link, preview)) => (link, Some(preview)),
            None => (body, None),
        };
        let (address, fragment) = link.strip_prefix(SCHEME)?.split_once('#')?;
        if !address.starts_with("://") || link.contains(char::is_whitespace) {
            return None;
        }
        let url = target::parse(&format!("https{address}")).ok()?;
        let bytes = unhex(fragment)?;
        // The key is behind the IV, which is the rest.
        let (iv, key) = bytes.split_at(bytes.len().checked_sub(KEY)?);
        let secret = Secret::new(key.try_into().ok()?, iv)?;
        let preview = match preview {
            None => None,
            Some(data) if data.len() > MAX_PREVIEW => return None,
            Some(data) => {
                let data = data.strip_prefix("data:image/jpeg")?;
                let data = data.strip_prefix(";base64").unwrap_or(data).strip_prefix(',')?;
                Some(BASE64_STANDARD.decode(data).ok()?)
            }
        };
        Some(Self { url: url.into(), secret, preview })
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    // 12 or 16 bytes and the key.
    if !matches!(text.len(), 88 | 96) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// The last part of the path, decoded and made [`safe`].
pub fn file_name(url: &str) -> String {
    let url = Url::parse(url).ok();
    let last = url.as_ref().and_then(|url| url.path_segments()?.rfind(|part| !part.is_empty())).unwrap_or_default();
    safe(&percent_decode_str(last).decode_utf8_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// XEP-0454, example 1.
    const LINK: &str = "aesgcm://download.montague.tld/4a771ac1-f0b2-4a4a-9700-f2a26fa2bb67/tr%C3%A8s%20cool.jpg#8c3d050e9386ec173861778f68e9af38a97aaf82faa4063b4d0878a61261534410c8a84331eaac851759f587";

    #[test]
    fn the_example() {
        let sealed = Sealed::parse(LINK).unwrap();
        assert_eq!(sealed.secret.iv, [0x8c, 0x3d, 0x05, 0x0e, 0x93, 0x86, 0xec, 0x17, 0x38, 0x61, 0x77, 0x8f]);
        assert_eq!(sealed.secret.link(&sealed.url).unwrap(), LINK);
        assert!(!sealed.url.contains('#') && sealed.url.starts_with("https://download.montague.tld/4a77"));
        assert_eq!(file_name(&sealed.url), "très cool.jpg");
        assert_eq!(format!("{sealed:?}").matches("68e9").count(), 0, "no key in the log");
        let preview = Sealed::parse(&format!("{LINK}\ndata:image/jpeg,/9j/")).unwrap().preview.unwrap();
        assert_eq!(preview, [0xff, 0xd8, 0xff]);
        let (address, fragment) = LINK.split_once('#').unwrap();
        assert_eq!(Sealed::parse(&format!("{address}#{}", fragment.to_uppercase())), Some(sealed));
        let longer = Sealed::parse(&format!("{address}#{fragment}00112233")).unwrap();
        assert_eq!((longer.secret.iv.len(), longer.secret.key[31]), (16, 0x33));
    }

    #[test]
    fn what_is_a_message() {
        for body in [
            "",
            "aesgcm://a.example/x",
            "aesgcm://a.example/x#",
            &LINK.replace("aesgcm:", "https:"),
            &LINK.replace("aesgcm://", "aesgcm:"),
            &LINK[..LINK.len() - 1],
            &LINK[..LINK.len() - 2],
            &format!("{LINK}0"),
            &format!("{LINK}zz001122"),
            &format!(" {LINK}"),
            &format!("{LINK} "),
            &format!("see {LINK}"),
            &format!("{LINK}\n"),
            &format!("{LINK}\nhello"),
            &format!("{LINK}\ndata:text/html,/9j/"),
            &format!("{LINK}\ndata:image/jpeg,/9j/\n"),
            &format!("{LINK}\ndata:image/jpeg,{}", "A".repeat(MAX_PREVIEW)),
            &LINK.replace("download", "a:b@download"),
        ] {
            assert_eq!(Sealed::parse(body), None, "{body}");
        }
        assert_eq!(Secret::random().unwrap().link("http://a.example/x"), Err(Error::NotHttps));
    }

    #[test]
    fn names_in_links() {
        for (url, name) in [
            ("https://a.example/x/..%2f..%2fetc%2fpasswd", "passwd"),
            ("https://a.example/", "file"),
            ("https://a.example/a/b.jpg/?x=/c", "b.jpg"),
            ("https://a.example/%00%2e%2e", "file"),
            ("nonsense", "file"),
        ] {
            assert_eq!(file_name(url), name, "{url}");
        }
    }
}
