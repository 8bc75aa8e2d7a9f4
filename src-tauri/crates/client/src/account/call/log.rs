//! Calls in the history: one row for each, whatever device it was on.

use waxwing_contract::{CallOutcome, CallRecord};
use waxwing_history::{Batch, Learnt, NewCall, Result};
use waxwing_jingle::message::{Ending, Said};
use waxwing_jingle::rtp::Media;
use waxwing_jingle::{Condition, Message as Word};
use waxwing_session::inbound::{Message, Way};
use waxwing_session::jid::{BareJid, FullJid};

use super::super::Core;
use super::hear::{NEWS, rank};
use crate::people;

/// Calls that wait for the end of the archive, at most.
const YOUNG: usize = 16;

/// Somebody called while the archive was not read yet.
pub(super) struct Young {
    pub from: FullJid,
    pub media: Vec<Media>,
    /// When, in milliseconds.
    pub said: i64,
}

fn json(record: CallRecord) -> String {
    serde_json::to_string(&record).unwrap_or_default()
}

impl Core {
    /// A call begins here.
    pub(super) fn log_call(
        &mut self,
        b: &Batch<'_>,
        peer: &BareJid,
        sid: &str,
        outgoing: bool,
        video: bool,
    ) -> Result<i64> {
        let peer = peer.to_string();
        let record = json(CallRecord { outgoing, video, outcome: None, seconds: 0, here: true });
        let call = NewCall { peer: &peer, outgoing, sid, stamp: self.server_now(), live: true, record: &record };
        let learnt = b.learn_call(&call)?;
        if let Learnt::Known(id) = learnt {
            b.record_call(id, &record, false)?;
        }
        self.out.message(&peer, learnt.id());
        Ok(learnt.id())
    }

    /// How a call of this device stands.
    pub(super) fn record_call(&mut self, b: &Batch<'_>, id: &str) -> Result<()> {
        let Some(going) = self.calls.going.get(id) else { return Ok(()) };
        let spoken = going.since.map_or(0, |since| crate::now().saturating_sub(since) / 1000);
        let record = CallRecord {
            outgoing: going.call.is_outgoing(),
            video: going.call.media().contains(&Media::Video),
            // What is on is kept as what it would be, should nothing more be kept of it.
            outcome: going.outcome().or(going.since.map(|_| CallOutcome::Completed)),
            seconds: u32::try_from(spoken).unwrap_or(0),
            here: true,
        };
        let (row, peer) = (going.row, going.call.peer().to_string());
        let missed = is_missed(record.outcome);
        b.record_call(row, &json(record), missed)?;
        if missed {
            self.out.changed.news.insert(peer.clone());
        }
        self.out.message(&peer, row);
        Ok(())
    }

    /// The process ended while these were going on.
    pub(in super::super) fn close_open_calls(&mut self, b: &Batch<'_>) -> Result<()> {
        for id in b.read().calls_recorded_as("%\"outcome\":null%", 1000)? {
            let row = b.read().message(id)?;
            let Some(record) = row.call.as_deref().and_then(people::call) else { continue };
            let outcome = if record.outgoing { CallOutcome::Cancelled } else { CallOutcome::Missed };
            b.record_call(id, &json(CallRecord { outcome: Some(outcome), ..record }), is_missed(Some(outcome)))?;
            self.out.message(&row.peer, id);
        }
        Ok(())
    }

    /// A word from the archive, or one that came too late: for the log, and perhaps still to be rung for.
    pub(super) fn archived_word(
        &mut self,
        b: &Batch<'_>,
        peer: &BareJid,
        message: &Message,
        word: &Word,
        from_us: bool,
    ) -> Result<()> {
        let said = message.stamp().unwrap_or_else(|| self.server_now());
        match (&word.said, message.from.clone().try_into_full()) {
            (Said::Propose(media), Ok(from)) if !from_us => {
                let fresh = self.server_now().saturating_sub(said) <= NEWS && self.archive.counts_unread();
                if fresh && self.calls.young.len() < YOUNG && b.read().call(&peer.to_string(), &word.id)?.is_none() {
                    self.calls.young.insert(word.id.clone(), Young { from, media: media.clone(), said });
                }
            }
            (Said::Ringing, _) => {}
            _ => drop(self.calls.young.remove(&word.id)),
        }
        let heard = Heard { said, live: message.way == Way::Live };
        self.log_word(b, peer, word, from_us, heard)
    }

    /// What a word says of a call that is none of this device, or is over here. `heard`: it was said just now.
    pub(super) fn log_word(
        &mut self,
        b: &Batch<'_>,
        peer: &BareJid,
        word: &Word,
        from_us: bool,
        Heard { said, live }: Heard,
    ) -> Result<()> {
        let known = b.read().call(&peer.to_string(), &word.id)?;
        if crossed(&word.said) {
            // Both had called, and the other call is the one that counts.
            let void = known.filter(|row| row.call.as_deref().and_then(people::call).is_some_and(|call| !call.here));
            if let Some(row) = void {
                b.forget_call(row.id)?;
                self.out.changed.removed_messages.push((row.peer.clone(), row.id));
                self.out.changed.conversations.insert(row.peer);
            }
            return Ok(());
        }
        let Some((outgoing, outcome)) = meaning(&word.said, from_us) else { return Ok(()) };
        let peer = peer.to_string();
        let video = matches!(&word.said, Said::Propose(media) if media.contains(&Media::Video));
        let news = live || self.archive.counts_unread();
        let (id, record, missed) = match known {
            Some(row) => {
                let Some(kept) = row.call.as_deref().and_then(people::call) else { return Ok(()) };
                // One of this device that goes on is told by itself.
                let Some(before) = kept.outcome else { return Ok(()) };
                let ours = kept.here && !(from_us && is_missed(Some(before)));
                let better = if rank(outcome) > rank(before) && !ours { outcome } else { before };
                if better == before && kept.video == (kept.video || video) {
                    return Ok(());
                }
                let record = CallRecord { video: kept.video || video, outcome: Some(better), ..kept };
                (row.id, record, is_missed(Some(better)))
            }
            // Who was not asked can say what they like.
            None if live && !from_us && !matches!(word.said, Said::Propose(_)) => return Ok(()),
            None => {
                let record = CallRecord { outgoing, video, outcome: Some(outcome), seconds: 0, here: false };
                let text = json(record);
                let call = NewCall { peer: &peer, outgoing, sid: &word.id, stamp: said, live: false, record: &text };
                // What was called long ago is history and no news.
                (b.learn_call(&call)?.id(), record, is_missed(Some(outcome)) && news)
            }
        };
        b.record_call(id, &json(record), missed)?;
        if missed && news {
            self.out.changed.news.insert(peer.clone());
        }
        self.out.message(&peer, id);
        Ok(())
    }
}

/// When a word was said, and whether that is now.
#[derive(Clone, Copy)]
pub(super) struct Heard {
    pub said: i64,
    pub live: bool,
}

/// Two called each other at once, and this call gives way (XEP-0353 §5.1).
fn crossed(said: &Said) -> bool {
    matches!(said, Said::Retract(ending) | Said::Reject(ending) if ending.tie_break)
}

fn is_missed(outcome: Option<CallOutcome>) -> bool {
    matches!(outcome, Some(CallOutcome::Missed | CallOutcome::MissedBusy))
}

/// Whose call it was, and how it ended as far as this word knows; nothing where it does not say.
fn meaning(said: &Said, from_us: bool) -> Option<(bool, CallOutcome)> {
    let says = |ending: &Ending, what: &Condition| ending.reason.as_ref().is_some_and(|r| r.condition == *what);
    Some(match said {
        Said::Propose(_) if from_us => (true, CallOutcome::NoAnswer),
        Said::Retract(ending) if from_us && says(ending, &Condition::Timeout) => (true, CallOutcome::NoAnswer),
        Said::Retract(_) if from_us => (true, CallOutcome::Cancelled),
        Said::Propose(_) | Said::Retract(_) => (false, CallOutcome::Missed),
        // Whoever takes or refuses a call is the one who was called.
        Said::Proceed | Said::Accept => (!from_us, CallOutcome::AnsweredElsewhere),
        Said::Reject(_) if from_us => (false, CallOutcome::DeclinedElsewhere),
        Said::Reject(ending) if says(ending, &Condition::Busy) => (true, CallOutcome::Busy),
        Said::Reject(_) => (true, CallOutcome::DeclinedThere),
        Said::Ringing | Said::Finish(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_call_it_was() {
        assert_eq!(meaning(&Said::Propose(vec![]), false), Some((false, CallOutcome::Missed)));
        assert_eq!(meaning(&Said::Proceed, true), Some((false, CallOutcome::AnsweredElsewhere)));
        assert_eq!(meaning(&Said::Proceed, false), Some((true, CallOutcome::AnsweredElsewhere)));
        assert_eq!(meaning(&Said::Reject(Condition::Busy.into()), false), Some((true, CallOutcome::Busy)));
        assert_eq!(meaning(&Said::Finish(Condition::Success.into()), true), None);
    }
}
