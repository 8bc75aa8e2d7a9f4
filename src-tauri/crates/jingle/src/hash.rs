//! Hashes of files (XEP-0300), by the names they have on the wire.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use waxwing_xml::{El, Element, Reading as _, el};

use crate::ns;

/// Hashes read from one element; the rest is left out.
pub(crate) const MOST: usize = 8;

/// Those that are known; MD5 is never one of them. SHA-1 shows that bytes got lost, not that somebody changed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algo {
    Sha1,
    Sha256,
    Sha512,
    Sha3_256,
    Sha3_512,
    Blake2b256,
    Blake2b512,
}

const NAMES: [(&str, Algo); 9] = [
    ("sha-1", Algo::Sha1),
    ("sha-256", Algo::Sha256),
    ("sha-512", Algo::Sha512),
    ("sha3-256", Algo::Sha3_256),
    ("sha3-512", Algo::Sha3_512),
    ("blake2b-256", Algo::Blake2b256),
    ("blake2b-512", Algo::Blake2b512),
    // As they were called before.
    ("id-blake2b256", Algo::Blake2b256),
    ("id-blake2b512", Algo::Blake2b512),
];

impl Algo {
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, algo)| *algo == self).map_or("sha-256", |(name, _)| name)
    }

    /// `None` for those that are not known or not to be used.
    pub fn read(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, algo)| *algo)
    }

    /// What a client says of itself that knows it (XEP-0300 §5).
    pub fn feature(self) -> String {
        format!("urn:xmpp:hash-function-text-names:{}", self.name())
    }

    /// How many bytes it yields.
    pub fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 | Self::Sha3_256 | Self::Blake2b256 => 32,
            Self::Sha512 | Self::Sha3_512 | Self::Blake2b512 => 64,
        }
    }

    /// Whether nobody can make another file of the same hash.
    pub fn is_secure(self) -> bool {
        self != Self::Sha1
    }

    /// Those that are promised in `parent`: `<hash-used/>`, or a hash that is still empty (XEP-0234 §5).
    pub(crate) fn of(parent: &Element) -> Vec<Self> {
        let promised = |child: &&Element| {
            child.is("hash-used", ns::HASHES) || (child.is("hash", ns::HASHES) && child.text().trim().is_empty())
        };
        let mut algos: Vec<_> =
            parent.children().filter(promised).take(MOST).filter_map(|child| Self::read(child.get("algo")?)).collect();
        algos.dedup();
        algos
    }

    pub(crate) fn write(self) -> El {
        el("hash-used", ns::HASHES).attr("algo", self.name())
    }
}

impl std::fmt::Display for Algo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What a file, or a part of it, hashes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hash {
    pub algo: Algo,
    /// As many bytes as [`Algo::bytes`] says.
    pub value: Vec<u8>,
}

impl Hash {
    /// `None` where its length is not that of the algorithm.
    pub fn new(algo: Algo, value: Vec<u8>) -> Option<Self> {
        (value.len() == algo.bytes()).then_some(Self { algo, value })
    }

    /// `None` for what is not known, and for what is no hash: it is then as if it had not been said.
    pub fn read(element: &Element) -> Option<Self> {
        let text = element.text();
        let text = text.trim();
        // The longest has 88 characters.
        let value = (text.len() <= 128).then(|| BASE64_STANDARD.decode(text).ok()).flatten()?;
        Self::new(Algo::read(element.get("algo")?)?, value)
    }

    /// The known ones in `parent`, each algorithm once.
    pub(crate) fn of(parent: &Element) -> Vec<Self> {
        let mut hashes: Vec<Self> = Vec::new();
        let found = parent.children().filter(|child| child.is("hash", ns::HASHES)).take(MOST);
        for hash in found.filter_map(Self::read) {
            if hashes.iter().all(|before| before.algo != hash.algo) {
                hashes.push(hash);
            }
        }
        hashes
    }

    pub fn write(&self) -> El {
        el("hash", ns::HASHES).attr("algo", self.algo.name()).text(BASE64_STANDARD.encode(&self.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(algo: &str, text: &str) -> Option<Hash> {
        Hash::read(&format!("<hash xmlns='urn:xmpp:hashes:2' algo='{algo}'>{text}</hash>").parse().unwrap())
    }

    #[test]
    fn all_go_there_and_back() {
        for (_, algo) in NAMES {
            let hash = Hash::new(algo, vec![7; algo.bytes()]).unwrap();
            assert_eq!(Hash::read(&hash.write().into()), Some(hash));
            assert_eq!(Algo::read(algo.name()), Some(algo));
        }
    }

    #[test]
    fn what_is_no_hash_or_not_to_be_used_is_as_if_it_were_not_there() {
        assert!(read("sha-1", " w0mcJylzCn+AfvuGdqkty2+KP48=\n").is_some(), "the one of XEP-0234");
        assert_eq!(read("id-blake2b256", &BASE64_STANDARD.encode([1; 32])).map(|h| h.algo), Some(Algo::Blake2b256));
        for (algo, text) in [
            ("md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
            ("sha-256", "w0mcJylzCn+AfvuGdqkty2+KP48="),
            ("sha-1", "552da749930852c69ae5d2141d3766b1"),
            ("sha-1", "w0mc*ylzCn+AfvuGdqkty2+KP48="),
            ("sha-1", ""),
            ("whirlpool", "w0mcJylzCn+AfvuGdqkty2+KP48="),
            ("sha-512", &"A".repeat(100_000)),
        ] {
            assert_eq!(read(algo, text), None, "{algo}");
        }
    }
}
