//! Hashes of files (XEP-0300), any number of them in one reading.

use std::fmt::{self, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use blake2::Digest as _;
use sha3::Digest as _;

use crate::error::Error;

/// How a hash is made. MD5 is never one of them, and SHA-1 shows that bytes got lost, not that somebody changed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
    Sha3_256,
    Sha3_512,
    Blake2b256,
    Blake2b512,
}

const NAMES: [(&str, Algorithm); 9] = [
    ("sha-1", Algorithm::Sha1),
    ("sha-256", Algorithm::Sha256),
    ("sha-512", Algorithm::Sha512),
    ("sha3-256", Algorithm::Sha3_256),
    ("sha3-512", Algorithm::Sha3_512),
    ("blake2b-256", Algorithm::Blake2b256),
    ("blake2b-512", Algorithm::Blake2b512),
    // As they were called before.
    ("id-blake2b256", Algorithm::Blake2b256),
    ("id-blake2b512", Algorithm::Blake2b512),
];

impl Algorithm {
    /// As XEP-0300 names it.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, known)| *known == self).map_or("sha-256", |(name, _)| name)
    }

    /// `None` for those that are not known or not to be used.
    pub fn read(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, algorithm)| *algorithm)
    }

    /// Whether nobody can make another file of the same hash.
    pub fn is_secure(self) -> bool {
        self != Self::Sha1
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hash {
    pub algorithm: Algorithm,
    pub value: Vec<u8>,
}

impl Hash {
    pub fn new(algorithm: Algorithm, value: impl Into<Vec<u8>>) -> Self {
        Self { algorithm, value: value.into() }
    }

    /// As it stands in a `<hash/>`.
    pub fn base64(&self) -> String {
        BASE64_STANDARD.encode(&self.value)
    }

    /// Lower case.
    pub fn hex(&self) -> String {
        self.value.iter().fold(String::new(), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
    }
}

enum State {
    Ring(Box<ring::digest::Context>),
    Sha3_256(Box<sha3::Sha3_256>),
    Sha3_512(Box<sha3::Sha3_512>),
    Blake2b256(Box<blake2::Blake2b<blake2::digest::consts::U32>>),
    Blake2b512(Box<blake2::Blake2b512>),
}

/// Several hashes at once.
#[derive(Default)]
pub struct Hasher(Vec<(Algorithm, State)>);

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(algorithm, _)| algorithm)).finish()
    }
}

impl Hasher {
    /// Each of them once.
    pub fn new(algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let mut hasher = Self::default();
        for algorithm in algorithms {
            if hasher.0.iter().all(|(other, _)| *other != algorithm) {
                hasher.0.push((algorithm, State::new(algorithm)));
            }
        }
        hasher
    }

    pub fn update(&mut self, bytes: &[u8]) {
        for (_, state) in &mut self.0 {
            match state {
                State::Ring(state) => state.update(bytes),
                State::Sha3_256(state) => state.update(bytes),
                State::Sha3_512(state) => state.update(bytes),
                State::Blake2b256(state) => state.update(bytes),
                State::Blake2b512(state) => state.update(bytes),
            }
        }
    }

    /// In the order they were asked for.
    pub fn finish(self) -> Vec<Hash> {
        let value = |state| match state {
            State::Ring(state) => state.finish().as_ref().to_vec(),
            State::Sha3_256(state) => state.finalize().to_vec(),
            State::Sha3_512(state) => state.finalize().to_vec(),
            State::Blake2b256(state) => state.finalize().to_vec(),
            State::Blake2b512(state) => state.finalize().to_vec(),
        };
        self.0.into_iter().map(|(algorithm, state)| Hash { algorithm, value: value(state) }).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl State {
    fn new(algorithm: Algorithm) -> Self {
        let ring = |algorithm| Self::Ring(Box::new(ring::digest::Context::new(algorithm)));
        match algorithm {
            Algorithm::Sha1 => ring(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY),
            Algorithm::Sha256 => ring(&ring::digest::SHA256),
            Algorithm::Sha512 => ring(&ring::digest::SHA512),
            Algorithm::Sha3_256 => Self::Sha3_256(Box::default()),
            Algorithm::Sha3_512 => Self::Sha3_512(Box::default()),
            Algorithm::Blake2b256 => Self::Blake2b256(Box::default()),
            Algorithm::Blake2b512 => Self::Blake2b512(Box::default()),
        }
    }
}

/// Holds what was computed against what was promised. A promise of an algorithm that was not computed is passed over.
///
/// # Errors
/// [`Error::Hash`] with the first that differs.
pub fn check(found: &[Hash], promised: &[Hash]) -> Result<(), Error> {
    for hash in promised {
        let same =
            found.iter().filter(|other| other.algorithm == hash.algorithm).all(|other| other.value == hash.value);
        if !same {
            return Err(Error::Hash(hash.algorithm));
        }
    }
    Ok(())
}

/// The hashes of a file on disk, read in steps of 256 KiB. Blocks.
///
/// # Errors
/// As of the disk.
pub fn hash(path: &Path, algorithms: &[Algorithm]) -> Result<Vec<Hash>, Error> {
    let mut hasher = Hasher::new(algorithms.iter().copied());
    let file = super::open(path)?;
    crate::disk::feed(&file, u64::MAX, &mut |bytes| hasher.update(bytes))?;
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(algorithm: Algorithm, bytes: &[u8]) -> String {
        let mut hasher = Hasher::new([algorithm, algorithm]);
        bytes.chunks(3).for_each(|chunk| hasher.update(chunk));
        let hashes = hasher.finish();
        assert_eq!(hashes.len(), 1);
        hashes[0].hex()
    }

    /// FIPS 180-2, FIPS 202 and RFC 7693 of “abc”.
    #[test]
    fn known_answers() {
        let starts = [
            (Algorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (Algorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (Algorithm::Sha512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"),
            (Algorithm::Sha3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
            (Algorithm::Sha3_512, "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"),
            (Algorithm::Blake2b256, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"),
            (Algorithm::Blake2b512, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"),
        ];
        for (algorithm, start) in starts {
            assert!(of(algorithm, b"abc").starts_with(start), "{algorithm}");
            assert_eq!(Algorithm::read(algorithm.name()), Some(algorithm));
        }
        assert_eq!(Algorithm::read("ID-BLAKE2B256"), Some(Algorithm::Blake2b256));
        assert_eq!(Algorithm::read("md5"), None);
    }

    #[test]
    fn a_promise_is_kept_or_not() {
        let found = [Hash::new(Algorithm::Sha256, [1; 32]), Hash::new(Algorithm::Sha1, [2; 20])];
        assert_eq!(check(&found, &found), Ok(()));
        assert_eq!(check(&found, &[]), Ok(()));
        assert_eq!(check(&found, &[Hash::new(Algorithm::Sha512, [9; 64])]), Ok(()));
        let wrong = [found[0].clone(), Hash::new(Algorithm::Sha1, [3; 20])];
        assert_eq!(check(&found, &wrong), Err(Error::Hash(Algorithm::Sha1)));
        assert_eq!(check(&found, &[Hash::new(Algorithm::Sha256, [])]), Err(Error::Hash(Algorithm::Sha256)));
    }
}
