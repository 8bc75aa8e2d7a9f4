//! What comes without a word of the person's: from whom, from where, and how much of it in a day.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use waxwing_contract::TransferStage;
use waxwing_history::{Batch, Result};
use waxwing_session::jid::BareJid;

use super::super::Core;
use super::host::host_of;
use super::send::UPLOAD_HOST;

/// Of one person's, in files of the largest size that comes unasked.
const FILES_A_DAY: u64 = 20;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What came, or was let come, unasked.
#[derive(Debug, Default)]
pub(super) struct Unasked(BTreeMap<BareJid, Day>);

#[derive(Debug)]
struct Day {
    began: Instant,
    /// Bytes of each, by what names it.
    files: BTreeMap<String, u64>,
}

impl Unasked {
    /// Lets one come, where it fits into the day; tried once more it counts once.
    fn lets(&mut self, peer: &BareJid, file: String, size: u64, most: u64, now: Instant) -> bool {
        let day = self.0.entry(peer.clone()).or_insert_with(|| Day { began: now, files: BTreeMap::new() });
        if now.saturating_duration_since(day.began) >= DAY {
            *day = Day { began: now, files: BTreeMap::new() };
        }
        let others: u64 = day.files.iter().filter(|(name, _)| **name != file).map(|(_, size)| size).sum();
        let fits = others.saturating_add(size) <= most;
        if fits {
            day.files.insert(file, size);
        }
        fits
    }
}

impl Core {
    /// Bytes that come unasked.
    pub(super) fn unasked(&self) -> u64 {
        u64::from(self.settings().receive_mb).saturating_mul(1_000_000)
    }

    /// Files of theirs come without a word: they are a contact, and the person wants it so.
    pub(super) fn comes_unasked(&self, peer: &BareJid) -> bool {
        self.people.roster.contains_key(peer) && !self.is_blocked(peer) && self.settings().receive_mb > 0
    }

    /// Whether one that a session offers is taken without a word. Taking it says that we are here.
    pub(super) fn takes_unasked(&mut self, peer: &BareJid, file: String, size: Option<u64>) -> bool {
        let may = self.comes_unasked(peer) && self.people.may_know(peer);
        may && size.is_some_and(|size| self.lets_come(peer, file, size))
    }

    /// Whether one that lies at an address is got without a word. Whoever has a host of their own there sees when and from
    /// where that is done; our own service knows it anyway.
    pub(super) fn gets_unasked(
        &mut self,
        b: &Batch<'_>,
        peer: &str,
        id: i64,
        url: &str,
        size: Option<u64>,
    ) -> Result<bool> {
        let Ok(peer) = BareJid::new(peer) else { return Ok(false) };
        let shown = self.settings().relay_only && self.kept.proxy.is_none() || !self.people.may_know(&peer);
        if shown && !is_at(url, b.read().value(UPLOAD_HOST)?.as_deref()) {
            return Ok(false);
        }
        // Where nobody says how large it is, it may become as large as what comes unasked.
        let size = size.unwrap_or_else(|| self.unasked());
        Ok(self.lets_come(&peer, id.to_string(), size))
    }

    fn lets_come(&mut self, peer: &BareJid, file: String, size: u64) -> bool {
        let largest = self.unasked();
        let most = largest.saturating_mul(FILES_A_DAY);
        size <= largest && self.files.unasked.lets(peer, file, size, most, Instant::now())
    }

    /// Bytes that files may take; whatever they want where nobody says.
    pub(super) fn files_quota(&self) -> Option<u64> {
        self.settings().keep_mb.map(|mb| u64::from(mb).saturating_mul(1_000_000))
    }

    /// Bytes that the others that come now are still to take.
    pub(super) fn reserved(&self, id: i64) -> u64 {
        let others = self.files.going.iter().filter(|(other, going)| **other != id && !going.outgoing);
        let coming =
            others.filter(|(_, going)| !matches!(going.stage, TransferStage::Waiting | TransferStage::Later { .. }));
        coming.map(|(_, going)| going.size.unwrap_or(0).saturating_sub(going.progress.done)).sum()
    }
}

/// Whether an address is at that host and port, also a sealed one.
fn is_at(url: &str, host: Option<&str>) -> bool {
    let sealed = waxwing_transfer::http::Sealed::parse(url);
    let there = host_of(sealed.as_ref().map_or(url, |sealed| &sealed.url));
    there.is_some() && there.as_deref() == host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_much_in_a_day_of_each() {
        let mut unasked = Unasked::default();
        let (juliet, nurse) =
            (BareJid::new("juliet@capulet.test").unwrap(), BareJid::new("nurse@capulet.test").unwrap());
        let now = Instant::now();
        let mut lets = |peer: &BareJid, file: &str, size, now| unasked.lets(peer, file.to_owned(), size, 100, now);
        assert!(lets(&juliet, "a", 60, now) && lets(&juliet, "b", 40, now));
        assert!(lets(&juliet, "a", 60, now), "the same once more");
        assert!(!lets(&juliet, "c", 1, now) && !lets(&juliet, "b", 41, now));
        assert!(lets(&juliet, "empty", 0, now));
        assert!(lets(&nurse, "c", 100, now), "it is of another");
        assert!(!lets(&juliet, "c", u64::MAX, now + DAY / 2));
        assert!(lets(&juliet, "c", 100, now + DAY));
    }

    #[test]
    fn at_our_own_service() {
        let own = Some("up.capulet.test:443");
        assert!(is_at("https://up.capulet.test/a/b.png", own));
        assert!(!is_at("https://up.capulet.test:5281/a/b.png", own));
        assert!(!is_at("https://up.capulet.test.evil.test/b.png", own));
        assert!(!is_at("https://up.capulet.test@evil.test/b.png", own));
        assert!(!is_at("http://up.capulet.test/", own));
        assert!(!is_at("nonsense", None));
        let secret = "0".repeat(88);
        assert!(is_at(&format!("aesgcm://up.capulet.test/b.png#{secret}"), own));
        assert!(!is_at(&format!("aesgcm://evil.test/b.png#{secret}"), own));
    }
}
