//! Stream management (XEP-0198): what was received, handled, sent and acknowledged. Pure.

use std::collections::{BTreeSet, VecDeque};

use crate::xml::Element;

/// The state of one stream management session; outlives the streams it is resumed on.
#[derive(Debug, Default)]
pub struct StreamManagement {
    /// `id` of `<enabled/>`; `None` where the session cannot be resumed.
    pub id: Option<String>,
    /// How long the server keeps it, in seconds, where it said.
    pub max: Option<u64>,
    /// Stanzas received since enabling.
    received: u64,
    /// All up to here are handled: the `h` we tell.
    handled: u64,
    /// Handled out of turn.
    handled_early: BTreeSet<u64>,
    /// Stanzas sent since enabling.
    sent: u64,
    /// The server's `h`, unwrapped.
    acknowledged: u64,
    unacknowledged: VecDeque<Sent>,
}

/// A stanza the server has not acknowledged.
#[derive(Debug, Clone)]
pub struct Sent {
    pub stanza: Element,
    /// The sender's name for it, reported when it is acknowledged.
    pub tag: Option<u64>,
}

/// The server acknowledged more than was sent: its state is not ours (XEP-0198 §4).
#[derive(Debug, PartialEq, Eq)]
pub struct TooMany;

impl StreamManagement {
    /// Counts an incoming stanza and answers its number, from 1.
    pub fn receive(&mut self) -> u64 {
        self.received += 1;
        self.received
    }

    /// Everything up to and including `seq` is safe with us.
    pub fn handle_up_to(&mut self, seq: u64) {
        self.handled = self.handled.max(seq.min(self.received));
        self.advance();
    }

    /// This one is; those before it may not be yet.
    pub fn handle_one(&mut self, seq: u64) {
        self.handled_early.insert(seq);
        self.advance();
    }

    fn advance(&mut self) {
        while self.handled_early.remove(&(self.handled + 1)) {
            self.handled += 1;
        }
        self.handled_early = self.handled_early.split_off(&(self.handled + 1));
    }

    /// The `h` to tell the server: handled stanzas modulo 2³².
    pub fn h(&self) -> u32 {
        wrapped(self.handled)
    }

    /// Everything received is handled.
    pub fn is_level(&self) -> bool {
        self.handled == self.received
    }

    /// Remembers an outgoing stanza.
    pub fn send(&mut self, sent: Sent) {
        self.sent += 1;
        self.unacknowledged.push_back(sent);
    }

    /// How many stanzas wait for acknowledgement.
    pub fn waiting(&self) -> usize {
        self.unacknowledged.len()
    }

    /// Applies the server's `h`; answers the tags of what is now acknowledged.
    ///
    /// # Errors
    /// [`TooMany`] where `h` counts more than was sent.
    pub fn acknowledge(&mut self, h: u32) -> Result<Vec<u64>, TooMany> {
        let news = u64::from(h.wrapping_sub(wrapped(self.acknowledged)));
        if news > self.unacknowledged.len() as u64 {
            return Err(TooMany);
        }
        self.acknowledged += news;
        let count = usize::try_from(news).map_err(|_| TooMany)?;
        Ok(self.unacknowledged.drain(..count).filter_map(|sent| sent.tag).collect())
    }

    /// What has to be sent again after a resumption, in order.
    pub fn unacknowledged(&self) -> impl Iterator<Item = &Sent> {
        self.unacknowledged.iter()
    }

    /// Ends the session; what was not acknowledged goes back to whoever sent it.
    pub fn into_unacknowledged(self) -> Vec<Sent> {
        self.unacknowledged.into()
    }

    /// After a resumption: stanzas received but not handled will come again, so they are counted anew.
    pub fn rewind_received(&mut self) {
        self.received = self.handled;
        self.handled_early.clear();
    }
}

#[expect(clippy::cast_possible_truncation, reason = "XEP-0198 §4: counters are modulo 2^32")]
fn wrapped(count: u64) -> u32 {
    count as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(tag: u64) -> Sent {
        Sent { stanza: Element::bare("message", "jabber:client"), tag: Some(tag) }
    }

    #[test]
    fn acknowledges_in_order_and_once() {
        let mut sm = StreamManagement::default();
        for tag in 1..=3 {
            sm.send(sent(tag));
        }
        assert_eq!(sm.acknowledge(2), Ok(vec![1, 2]));
        assert_eq!(sm.acknowledge(2), Ok(vec![]));
        assert_eq!(sm.acknowledge(4), Err(TooMany));
        assert_eq!(sm.acknowledge(1), Err(TooMany), "h never goes back");
        assert_eq!(sm.acknowledge(3), Ok(vec![3]));
    }

    #[test]
    fn counters_wrap_at_32_bits() {
        let mut sm =
            StreamManagement { acknowledged: u64::from(u32::MAX), sent: u64::from(u32::MAX), ..Default::default() };
        sm.send(sent(1));
        sm.send(sent(2));
        assert_eq!(sm.acknowledge(1), Ok(vec![1, 2]));
        let mut sm = StreamManagement { received: 1 << 32, handled: 1 << 32, ..Default::default() };
        assert_eq!(sm.h(), 0);
        sm.receive();
        sm.handle_up_to((1 << 32) + 1);
        assert_eq!(sm.h(), 1);
    }

    #[test]
    fn tells_only_what_is_handled_without_a_hole() {
        let mut sm = StreamManagement::default();
        for _ in 0..4 {
            sm.receive();
        }
        sm.handle_one(2);
        sm.handle_one(3);
        assert_eq!(sm.h(), 0);
        sm.handle_up_to(1);
        assert_eq!(sm.h(), 3);
        sm.handle_up_to(100);
        assert_eq!(sm.h(), 4, "not more than was received");
    }

    #[test]
    fn unhandled_stanzas_are_counted_again_after_resumption() {
        let mut sm = StreamManagement::default();
        for _ in 0..3 {
            sm.receive();
        }
        sm.handle_up_to(1);
        sm.rewind_received();
        assert_eq!(sm.receive(), 2);
    }
}
