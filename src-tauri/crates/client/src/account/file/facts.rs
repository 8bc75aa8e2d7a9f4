//! What is kept of a file beside what is shown: where it is to be had, what was promised, and how it is to be sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use waxwing_contract::{FileWay, WayReason};
use waxwing_session::xep::sharing;
use waxwing_transfer::file::{Algo, Hash};

/// As JSON beside the file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Facts {
    /// Addresses; none where a session brings it.
    pub sources: Vec<String>,
    /// Where it will be once all of it is there.
    pub place: Option<String>,
    /// Algorithms by their names, and what they make of it, in base64.
    pub hashes: Vec<(String, String)>,
    /// Never fetched unasked.
    pub attachment: bool,
    /// The person asked for it.
    pub wanted: bool,
    /// Not over an upload service.
    pub direct: bool,
    /// A photo keeps what it tells.
    pub original: bool,
    /// A folder, to be packed.
    pub folder: bool,
    /// It is as it will be sent.
    pub prepared: bool,
    /// A message of ours, by its id on the wire, that is sent after this file.
    pub then: Option<String>,
    /// The thumbnail's name (XEP-0231), where it is not here.
    pub cid: Option<String>,
    /// When it was changed last, as whoever offers it says.
    pub date: Option<String>,
    /// A session brought it, or is to bring it.
    pub by_session: bool,
    pub why: Option<WayReason>,
}

impl Facts {
    pub fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }

    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".into())
    }

    /// Those that can be checked and are worth it.
    pub fn promised(&self) -> Vec<Hash> {
        let known = self.hashes.iter().filter_map(|(algo, value)| hash(algo, value));
        known.filter(|hash| hash.algo.is_secure()).collect()
    }
}

/// A hash as it was written.
pub(super) fn hash(algo: &str, value: &str) -> Option<Hash> {
    Hash::new(Algo::read(algo)?, STANDARD.decode(value).ok()?)
}

/// SHA-256 among hashes that were promised.
pub(super) fn sha256(hashes: &[Hash]) -> Option<Vec<u8>> {
    hashes.iter().find(|hash| hash.algo == Algo::Sha256).map(|hash| hash.value.clone())
}

/// The same as it is written.
pub(super) fn written(sha256: &[u8]) -> sharing::Hash {
    sharing::Hash { algo: Algo::Sha256.name().to_owned(), value: STANDARD.encode(sha256) }
}

/// A way as it is kept.
pub(super) fn kept_way(way: FileWay) -> Option<String> {
    serde_json::to_string(&way).ok()
}
