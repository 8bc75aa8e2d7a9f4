//! Stream management (XEP-0198): what was received, handled, sent and acknowledged. Pure.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use xmpp_parsers::jid::FullJid;

use crate::negotiate::Offers;
use crate::xml::Element;

/// What a process needs to resume the session of an earlier one, together with the `h` that was reached (XEP-0198 §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumption {
    /// `id` of `<enabled/>`.
    pub id: String,
    pub jid: FullJid,
    /// A resumed stream need not tell them again.
    pub offers: Offers,
}

/// The state of one stream management session; outlives the streams it is resumed on.
#[derive(Debug, Default)]
pub struct StreamManagement {
    /// `id` of `<enabled/>`; `None` where the session cannot be resumed.
    pub id: Option<String>,
    /// Stanzas received since enabling.
    received: u64,
    /// All up to here are handled: the `h` we tell.
    handled: u64,
    /// An earlier process had the session: what it sent is not known here.
    inherited: bool,
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
    /// Takes over the session of an earlier process, which had handled `h` stanzas.
    pub fn inherited(id: String, h: u32) -> Self {
        let handled = u64::from(h);
        Self { id: Some(id), received: handled, handled, inherited: true, ..Self::default() }
    }

    /// Counts an incoming stanza and answers its number, from 1.
    pub fn receive(&mut self) -> u64 {
        self.received += 1;
        self.received
    }

    /// Stanzas received since enabling.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Everything up to and including `seq` is safe with us.
    pub fn handle_up_to(&mut self, seq: u64) {
        self.handled = self.handled.max(seq.min(self.received));
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

    /// The server resumed the session and says how many stanzas of ours it has; answers the tags of what it has. In an
    /// inherited session its word is the only one there is.
    ///
    /// # Errors
    /// [`TooMany`] where `h` counts more than was sent.
    pub fn resumed(&mut self, h: u32) -> Result<Vec<u64>, TooMany> {
        if std::mem::take(&mut self.inherited) {
            self.sent = u64::from(h);
            self.acknowledged = self.sent;
        }
        let tags = self.acknowledge(h)?;
        // Stanzas received but not handled will come again, so they are counted anew.
        self.received = self.handled;
        Ok(tags)
    }

    /// What has to be sent again after a resumption, in order.
    pub fn unacknowledged(&self) -> impl Iterator<Item = &Sent> {
        self.unacknowledged.iter()
    }

    /// Ends the session; what was not acknowledged goes back to whoever sent it.
    pub fn into_unacknowledged(self) -> Vec<Sent> {
        self.unacknowledged.into()
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
    fn tells_only_what_is_handled() {
        let mut sm = StreamManagement::default();
        for _ in 0..4 {
            sm.receive();
        }
        assert_eq!(sm.h(), 0);
        sm.handle_up_to(3);
        assert_eq!(sm.h(), 3);
        sm.handle_up_to(2);
        assert_eq!(sm.h(), 3, "never back");
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
        assert_eq!(sm.resumed(0), Ok(vec![]));
        assert_eq!(sm.receive(), 2);
    }

    #[test]
    fn an_inherited_session_goes_on_from_both_counts() {
        let mut sm = StreamManagement::inherited("s1".into(), 7);
        assert_eq!(sm.h(), 7);
        assert_eq!(sm.resumed(40), Ok(vec![]));
        sm.send(sent(1));
        assert_eq!(sm.acknowledge(41), Ok(vec![1]));
        assert_eq!(sm.receive(), 8);
        // Only the process that took over lacks the count.
        assert_eq!(sm.resumed(99), Err(TooMany));
    }
}
