//! Hashes of files (XEP-0300), any number of them in one reading.

use std::fmt::{self, Write as _};
use std::path::Path;

use blake2::Digest as _;
use sha3::Digest as _;
use waxwing_jingle::hash::{Algo, Hash};

use super::Stopped;
use crate::disk::CHUNK;
use crate::error::Error;

/// Lower case.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
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
pub struct Hasher(Vec<(Algo, State)>);

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(algorithm, _)| algorithm)).finish()
    }
}

impl Hasher {
    /// Each of them once.
    pub fn new(algorithms: impl IntoIterator<Item = Algo>) -> Self {
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
        self.0.into_iter().map(|(algorithm, state)| Hash { algo: algorithm, value: value(state) }).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl State {
    fn new(algorithm: Algo) -> Self {
        let ring = |algorithm| Self::Ring(Box::new(ring::digest::Context::new(algorithm)));
        match algorithm {
            Algo::Sha1 => ring(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY),
            Algo::Sha256 => ring(&ring::digest::SHA256),
            Algo::Sha512 => ring(&ring::digest::SHA512),
            Algo::Sha3_256 => Self::Sha3_256(Box::default()),
            Algo::Sha3_512 => Self::Sha3_512(Box::default()),
            Algo::Blake2b256 => Self::Blake2b256(Box::default()),
            Algo::Blake2b512 => Self::Blake2b512(Box::default()),
        }
    }
}

/// Holds what was computed against what was promised. A promise of an algorithm that was not computed is passed over.
///
/// # Errors
/// [`Error::Hash`] with the first that differs.
pub fn check(found: &[Hash], promised: &[Hash]) -> Result<(), Error> {
    for hash in promised {
        let same = found.iter().filter(|other| other.algo == hash.algo).all(|other| other.value == hash.value);
        if !same {
            return Err(Error::Hash(hash.algo));
        }
    }
    Ok(())
}

/// The hashes of a file on disk, read in steps of 256 KiB, as long as somebody waits for them. Blocks.
///
/// # Errors
/// [`Error::Cancelled`], and as of the disk.
pub fn hash(path: &Path, algorithms: &[Algo], stopped: &Stopped) -> Result<Vec<Hash>, Error> {
    let mut hasher = Hasher::new(algorithms.iter().copied());
    let file = super::open(path)?;
    loop {
        stopped.check()?;
        if crate::disk::feed(&file, CHUNK as u64, &mut |bytes| hasher.update(bytes))? == 0 {
            return Ok(hasher.finish());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(algo: Algo, byte: u8) -> Hash {
        Hash { algo, value: vec![byte; algo.bytes()] }
    }

    fn of(algorithm: Algo, bytes: &[u8]) -> String {
        let mut hasher = Hasher::new([algorithm, algorithm]);
        bytes.chunks(3).for_each(|chunk| hasher.update(chunk));
        let hashes = hasher.finish();
        assert_eq!(hashes.len(), 1);
        hex(&hashes[0].value)
    }

    /// FIPS 180-2, FIPS 202 and RFC 7693 of “abc”.
    #[test]
    fn known_answers() {
        let starts = [
            (Algo::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (Algo::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (Algo::Sha512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"),
            (Algo::Sha3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
            (Algo::Sha3_512, "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"),
            (Algo::Blake2b256, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"),
            (Algo::Blake2b512, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"),
        ];
        for (algorithm, start) in starts {
            assert!(of(algorithm, b"abc").starts_with(start), "{algorithm}");
            assert_eq!(Algo::read(algorithm.name()), Some(algorithm));
        }
        assert_eq!(Algo::read("ID-BLAKE2B256"), Some(Algo::Blake2b256));
        assert_eq!(Algo::read("md5"), None);
    }

    #[test]
    fn a_promise_is_kept_or_not() {
        let found = [made(Algo::Sha256, 1), made(Algo::Sha1, 2)];
        assert_eq!(check(&found, &found), Ok(()));
        assert_eq!(check(&found, &[]), Ok(()));
        assert_eq!(check(&found, &[made(Algo::Sha512, 9)]), Ok(()));
        let wrong = [found[0].clone(), made(Algo::Sha1, 3)];
        assert_eq!(check(&found, &wrong), Err(Error::Hash(Algo::Sha1)));
        assert_eq!(check(&found, &[Hash { algo: Algo::Sha256, value: Vec::new() }]), Err(Error::Hash(Algo::Sha256)));
    }
}
