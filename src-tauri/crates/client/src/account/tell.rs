//! What of the news the person is told while they look elsewhere.

use std::collections::BTreeSet;

use waxwing_contract::SessionState;
use waxwing_history::{Read, Result};
use waxwing_session::jid::BareJid;

use super::Core;
use super::out::Changed;
use crate::attention::{Attention, Notice, Situation, Subject, minute_of_day, told};
use crate::{now, people};

/// What was told, and what waits to be.
#[derive(Default)]
pub(crate) struct News {
    /// Peers who spoke while the archive was being read: told once, when all of it is known.
    waiting: BTreeSet<String>,
    pub(super) told: BTreeSet<Subject>,
}

impl Core {
    /// Tells what a transaction brought, and takes back what is no news any more.
    pub(super) fn tell(&mut self, read: &Read<'_>, changed: &Changed) -> Result<()> {
        self.take_back(read, changed)?;
        self.news.waiting.extend(changed.news.iter().cloned());
        for jid in &changed.asked {
            self.tell_request(jid);
        }
        if self.link.state == (SessionState::Online { catching_up: true }) {
            return Ok(());
        }
        for peer in std::mem::take(&mut self.news.waiting) {
            self.tell_messages(read, &peer)?;
        }
        Ok(())
    }

    /// Read here or elsewhere, answered: it is settled.
    fn take_back(&mut self, read: &Read<'_>, changed: &Changed) -> Result<()> {
        if self.news.told.is_empty() {
            return Ok(());
        }
        let mut settled = Vec::new();
        for subject in &self.news.told {
            let over = match subject {
                Subject::Conversation { peer, .. } => {
                    (changed.everyone || changed.conversations.contains(peer))
                        && read.conversation(peer)?.is_none_or(|row| row.unread == 0)
                }
                Subject::Request { jid, .. } => {
                    changed.requests && !self.people.requests.iter().any(|request| request.jid == *jid)
                }
                // Whoever calls takes theirs back.
                Subject::Call { .. } | Subject::Trial => false,
            };
            if over {
                settled.push(subject.clone());
            }
        }
        for subject in settled {
            self.news.told.remove(&subject);
            self.shared.told.tell(Attention::Clear(subject));
        }
        Ok(())
    }

    /// The account ends: nothing of it stays on the screen.
    pub fn take_all_back(&mut self) {
        for subject in std::mem::take(&mut self.news.told) {
            self.shared.told.tell(Attention::Clear(subject));
        }
    }

    fn tell_messages(&mut self, read: &Read<'_>, peer: &str) -> Result<()> {
        let (Some(row), Ok(jid)) = (read.conversation(peer)?, BareJid::new(peer)) else { return Ok(()) };
        let Some(newest) = read.newest_unread(peer)? else { return Ok(()) };
        let (settings, notify) = (self.settings(), people::notify(&row.notify));
        let situation = Situation {
            settings: &settings,
            notify,
            show: self.own_presence().show,
            looking: self.is_looked_at(peer),
            blocked: self.is_blocked(&jid),
            now: now(),
            minute: minute_of_day(),
        };
        let Some(preview) = told(&situation) else { return Ok(()) };
        let subject = Subject::Conversation { account: self.kept.id.clone(), peer: peer.to_owned() };
        let sound = notify.sound.unwrap_or(settings.notification_sound);
        // A file has no words but its name.
        let file = newest.file.filter(|_| newest.body.is_empty()).map(|(name, _)| format!("📎 {name}"));
        let body = file.unwrap_or(newest.body);
        let notice = Notice::new(subject.clone(), preview, &self.name(&jid), &body, row.unread, sound);
        let notice = Notice { missed_call: newest.call, ..notice };
        self.news.told.insert(subject);
        self.shared.told.tell(Attention::Show(notice));
        Ok(())
    }

    fn tell_request(&mut self, jid: &str) {
        let Ok(address) = BareJid::new(jid) else { return };
        let settings = self.settings();
        let situation = Situation {
            settings: &settings,
            notify: waxwing_contract::ConversationNotify::USUAL,
            show: self.own_presence().show,
            looking: false,
            blocked: self.is_blocked(&address),
            now: now(),
            minute: minute_of_day(),
        };
        let Some(preview) = told(&situation) else { return };
        let request = self.people.requests.iter().find(|request| request.jid == jid);
        let words = request.map(|request| request.message.clone()).unwrap_or_default();
        let subject = Subject::Request { account: self.kept.id.clone(), jid: jid.to_owned() };
        // The address and not a name: the one they give themselves proves nothing.
        let notice = Notice::new(subject.clone(), preview, jid, &words, 1, settings.notification_sound);
        self.news.told.insert(subject);
        self.shared.told.tell(Attention::Show(notice));
    }

    /// The window is looked at and shows this conversation.
    fn is_looked_at(&self, peer: &str) -> bool {
        let looking = self.shared.looking.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.shared.focused.load(std::sync::atomic::Ordering::Relaxed)
            && looking.as_ref().is_some_and(|at| at.account == self.kept.id && at.peer == peer)
    }
}
