//! What we say: kept first, then sent, until the server says that it has it.

use waxwing_contract::{Code, Failure};
use waxwing_history::{Batch, Delivery, NewMessage, Result, Sender};
use waxwing_session::jid::BareJid;
use waxwing_session::session::Command;
use waxwing_session::xep::message;
use waxwing_session::xml::{Element, to_string};

use super::Core;
use super::file::stanza_of;
use crate::failure::fail;

/// Largest stanza where the server does not say (XEP-0478): what common servers take.
const USUAL_LIMIT: usize = 256 * 1024;

impl Core {
    /// Keeps a message and sends it as soon as there is a stream.
    pub(super) fn say(
        &mut self,
        b: &Batch<'_>,
        peer: &BareJid,
        body: &str,
    ) -> Result<std::result::Result<i64, Failure>> {
        let body: String = body.chars().filter(|c| waxwing_session::xml::is_xml_char(*c)).collect();
        if body.trim().is_empty() {
            return Ok(Err(fail(Code::Empty, "there is nothing to send")));
        }
        let id = uuid::Uuid::new_v4().to_string();
        let peer_text = peer.to_string();
        let stanza = to_string(&message::text(&peer_text, &id, &body).into());
        let limit = self.stanza_limit();
        // Room for what the server adds on the way: addresses, ids, a delay.
        if stanza.len() + 1024 > limit {
            let message = format!("{} bytes, and the server takes {limit}", stanza.len());
            return Ok(Err(fail(Code::TooLong, message)));
        }
        let learnt = b.learn(&NewMessage {
            peer: &peer_text,
            sender: Sender::ThisDevice,
            resource: "",
            stanza_id: None,
            message_id: Some(&id),
            stamp: self.server_now(),
            body: &body,
            markable: false,
            delivery: Some(Delivery::Queued),
            live: true,
            follows: None,
            precedes: None,
            unread: false,
        })?;
        b.enter_outbox(learnt.id(), &stanza)?;
        b.set_draft(&peer_text, "")?;
        self.out.message(&peer_text, learnt.id());
        self.flush_outbox(b)?;
        Ok(Ok(learnt.id()))
    }

    /// Bytes of the largest stanza the server takes.
    pub(super) fn stanza_limit(&self) -> usize {
        self.link.connection.as_ref().and_then(|c| c.offers.max_bytes).unwrap_or(USUAL_LIMIT)
    }

    /// Sends what waits, in the order it was written. What may have arrived already waits for the archive to tell.
    pub(super) fn flush_outbox(&mut self, b: &Batch<'_>) -> Result<()> {
        if !self.link.is_online() {
            return Ok(());
        }
        let waiting = b.read().outbox()?;
        let unsure = waiting.iter().any(|w| w.attempted && w.queued);
        if unsure && self.archive.will_tell() {
            return Ok(());
        }
        for entry in waiting {
            // What is on its way is the session's to repeat.
            if !entry.queued {
                continue;
            }
            let row = b.read().message(entry.message)?;
            let Ok(mut stanza) = entry.stanza.parse::<Element>() else { continue };
            let late = self.server_now().saturating_sub(entry.stamp) > 30_000;
            if entry.attempted || late {
                // XEP-0198 §4, XEP-0203: sent late or again, with the time it was written.
                stanza.append_child(message::delay(entry.stamp).into());
            }
            b.attempt(entry.message)?;
            b.advance(entry.message, Delivery::Sending)?;
            let tag = u64::try_from(entry.message).ok();
            self.out.commands.push(Command::Send { stanza, tag });
            self.out.message(&row.peer, entry.message);
        }
        Ok(())
    }

    /// The server has these.
    pub(super) fn acknowledged(&mut self, b: &Batch<'_>, tags: &[u64]) -> Result<()> {
        for id in tags.iter().filter_map(|tag| i64::try_from(*tag).ok()) {
            b.leave_outbox(id)?;
            if b.advance(id, Delivery::OnServer)? {
                self.show_message(b, id)?;
            }
        }
        Ok(())
    }

    /// Nobody knows whether the server has these: back to the queue, to be compared with the archive first.
    pub(super) fn lost(&mut self, b: &Batch<'_>, tags: &[u64]) -> Result<()> {
        for id in tags.iter().filter_map(|tag| i64::try_from(*tag).ok()) {
            if b.requeue(id)? {
                self.show_message(b, id)?;
            }
        }
        Ok(())
    }

    /// The process or the session ended while these were on their way.
    pub fn requeue_all(&mut self, b: &Batch<'_>) -> Result<()> {
        for entry in b.read().outbox()? {
            if b.requeue(entry.message)? {
                self.show_message(b, entry.message)?;
            }
        }
        Ok(())
    }

    /// Tries a failed message again, with its id.
    pub(super) fn retry(&mut self, b: &Batch<'_>, id: i64) -> Result<()> {
        let row = b.read().message(id)?;
        if row.delivery == Some(Delivery::Failed) {
            let Some(stanza) = stanza_of(&row) else {
                // It is its file that failed.
                for file in &row.files {
                    self.start_file(b, file.id)?;
                }
                return Ok(());
            };
            let message_id = row.message_id.unwrap_or_default();
            b.enter_outbox(id, &stanza)?;
            b.revive(id)?;
            b.set_value(&sent_again_key(&message_id), &self.server_now().to_string())?;
            self.out.message(&row.peer, id);
        }
        self.flush_outbox(b)
    }

    pub(super) fn discard(&mut self, b: &Batch<'_>, id: i64) -> Result<()> {
        let row = b.read().message(id)?;
        for file in &row.files {
            self.cancel_file(b, file.id)?;
        }
        b.leave_outbox(id)?;
        b.discard(id)?;
        self.out.changed.removed_messages.push((row.peer.clone(), id));
        self.out.changed.conversations.insert(row.peer);
        Ok(())
    }

    fn show_message(&mut self, b: &Batch<'_>, id: i64) -> Result<()> {
        let row = b.read().message(id)?;
        self.out.message(&row.peer, id);
        Ok(())
    }
}

/// When the message with this id on the wire was sent again, by the server's clock, if it was.
pub(super) fn sent_again(b: &Batch<'_>, wire_id: &str) -> Result<Option<i64>> {
    Ok(b.read().value(&sent_again_key(wire_id))?.and_then(|stamp| stamp.parse().ok()))
}

fn sent_again_key(wire_id: &str) -> String {
    format!("sent-again:{wire_id}")
}
