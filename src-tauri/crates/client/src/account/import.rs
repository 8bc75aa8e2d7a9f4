//! Taking over an account's data from a file (XEP-0227): people, who is blocked, and what was said. A file may be of
//! another address of the person's; their password and what others keep of them are not in it.

use waxwing_contract::{Code, ImportPart, Imported, SubscriptionAction};
use waxwing_history::{Batch, Delivery, Learnt, NewMessage, Result, Sender};
use waxwing_session::inbound::{Kind, Message};
use waxwing_session::jid::{BareJid, Jid};
use waxwing_session::xep::blocking;
use waxwing_session::xep::pie::{Piece, Reader};
use waxwing_session::xep::roster::{self, Item, Subscription};

use super::events::Awaiting;
use super::{Core, Reply};
use crate::failure::fail;

/// A file under way.
#[derive(Default)]
pub(crate) struct Import {
    reader: Reader,
    /// Whose file it is.
    own: Option<BareJid>,
    told: Imported,
}

impl Core {
    /// The next part of a file; what it holds is taken over at once.
    pub(super) fn import(&mut self, b: &Batch<'_>, part: &ImportPart, reply: Reply) -> Result<()> {
        if part.first {
            self.import = Some(Box::default());
        }
        let Some(mut import) = self.import.take() else {
            self.out.reply(reply, Err(fail(Code::InvalidFile, "a file has a beginning")));
            return Ok(());
        };
        let mut pieces = Vec::new();
        let read = import.reader.feed(&part.text, part.last, &mut pieces);
        for piece in pieces {
            self.take_over(b, &mut import, piece)?;
        }
        // What was said long ago is no news.
        b.read_all()?;
        // What came before the fault has come, and is told with it.
        import.told.failure = read.err().map(|why| fail(Code::InvalidFile, why));
        self.out.answer(reply, import.told.clone());
        self.import = Some(import).filter(|import| !part.last && import.told.failure.is_none());
        Ok(())
    }

    fn take_over(&mut self, b: &Batch<'_>, import: &mut Import, piece: Piece) -> Result<()> {
        match piece {
            Piece::Account(jid) => {
                import.told.from = Some(jid.to_string());
                import.own = Some(jid);
            }
            Piece::Roster(roster) => {
                for item in roster.items {
                    import.told.contacts += u32::from(self.take_over_contact(b, &item)?);
                }
            }
            Piece::Blocked(jids) => {
                for jid in jids {
                    import.told.blocked += u32::from(self.take_over_blocked(&jid));
                }
            }
            Piece::Message(message) => match self.take_over_message(b, import, &message)? {
                Some(Learnt::New(id)) => {
                    import.told.messages += 1;
                    let row = b.read().message(id)?;
                    self.out.message(&row.peer, id);
                }
                Some(_) => import.told.known += 1,
                None => import.told.left_out += 1,
            },
            Piece::Request(jid, _) if self.people.requests.iter().any(|request| request.jid == jid.to_string()) => {}
            // Only a server that has a request can answer it.
            Piece::Request(..) | Piece::Other(_) => import.told.left_out += 1,
        }
        Ok(())
    }

    /// Whoever is no contact yet becomes one, and both are asked to see each other again where they did.
    fn take_over_contact(&mut self, b: &Batch<'_>, item: &Item) -> Result<bool> {
        if item.jid == self.own
            || item.subscription == Subscription::Remove
            || self.people.roster.contains_key(&item.jid)
        {
            return Ok(false);
        }
        self.ask(None, roster::set(&item.jid, &item.name, &item.groups), true, Awaiting::Carried);
        if matches!(item.subscription, Subscription::From | Subscription::Both) {
            self.subscribe(b, &item.jid, SubscriptionAction::Approve, "")?;
        }
        if matches!(item.subscription, Subscription::To | Subscription::Both) || item.pending {
            self.subscribe(b, &item.jid, SubscriptionAction::Request, "")?;
        }
        Ok(true)
    }

    fn take_over_blocked(&mut self, jid: &str) -> bool {
        let news = self.disco.blocking() && Jid::new(jid).is_ok() && !self.blocked.contains(jid);
        if news {
            self.ask(None, blocking::set(jid, true), true, Awaiting::Carried);
        }
        news
    }

    /// `None` where it is no message between two people.
    fn take_over_message(&self, b: &Batch<'_>, import: &Import, message: &Message) -> Result<Option<Learnt>> {
        let (Some(own), Some(stamp), Some(body)) = (&import.own, message.stamp(), message.body.as_deref()) else {
            return Ok(None);
        };
        // What was said after now was not; on top of its conversation it would stay for good.
        let in_time = stamp <= self.server_now().saturating_add(super::chat::AHEAD);
        if !in_time || message.from_room || !matches!(message.kind, Kind::Chat | Kind::Normal) {
            return Ok(None);
        }
        let outgoing = message.is_outgoing(own);
        let peer = if outgoing { message.to.to_bare() } else { message.from.to_bare() };
        // What one said to oneself stays so.
        let peer = if peer == *own { self.own.clone() } else { peer }.to_string();
        let message_id = message.origin_id.as_deref().filter(|_| outgoing).or(message.id.as_deref());
        if message_id.is_none()
            && let Some(id) = b.read().said(&peer, outgoing, stamp, body)?
        {
            return Ok(Some(Learnt::Known(id)));
        }
        let learnt = b.learn(&NewMessage {
            peer: &peer,
            sender: if outgoing { Sender::OtherDevice } else { Sender::Peer },
            resource: message.from.resource().map_or("", |resource| resource.as_str()),
            stanza_id: None,
            message_id,
            stamp,
            body,
            markable: false,
            delivery: outgoing.then_some(Delivery::OnServer),
            live: false,
            follows: None,
            precedes: None,
            unread: false,
        })?;
        Ok(Some(learnt))
    }
}
