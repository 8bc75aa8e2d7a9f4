//! The account's share of the live views.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc;
use waxwing_contract::{
    Account as AccountItem, Contact, Conversation, LastFile, LastMessage, Presence, SubscriptionRequest,
};
use waxwing_history::app::Account as Kept;
use waxwing_history::{self as history, Read, Result, Store};
use waxwing_session::jid::BareJid;
use waxwing_session::xep::roster::Subscription;

use super::archive::Archive;
use super::avatar::Avatars;
use super::call::Calls;
use super::chat::Chats;
use super::disco::Disco;
use super::displayed::ReadElsewhere;
use super::link::Link;
use super::out::{Changed, Out};
use super::roster::People;
use super::tell::News;
use super::{Ask, Core, Shared};
use crate::colour::hue;
use crate::file::look::shown_kind;
use crate::people::{call, delivery, message, notify, offline, show, subscription};
use crate::vault::Vault;

impl Core {
    pub(super) fn load(
        kept: Kept,
        own: BareJid,
        shared: Arc<Shared>,
        vault: Arc<Vault>,
        itself: mpsc::WeakUnboundedSender<Ask>,
        store: &Store,
    ) -> Result<Self> {
        let read = store.read();
        Ok(Self {
            kept,
            password: None,
            remember: false,
            vault,
            own,
            shared,
            itself,
            link: Link::new(),
            inherited: None,
            import: None,
            was_bound: read.value(super::link::BOUND)?.as_deref() == Some("1"),
            read_elsewhere: ReadElsewhere::default(),
            test: None,
            people: People::load(&read)?,
            reach: super::reach::Reach::default(),
            blocked: std::collections::BTreeSet::new(),
            chats: Chats::default(),
            calls: Calls::default(),
            files: super::file::Files::default(),
            archive: Archive::default(),
            disco: Disco::default(),
            avatars: Avatars::load(&read)?,
            news: News::default(),
            out: Out::default(),
            awaiting: HashMap::new(),
            next_token: 0,
        })
    }

    fn id(&self, jid: &str) -> String {
        format!("{}/{jid}", self.kept.id)
    }

    /// What someone is called: by the person, by themselves, by their address.
    pub(super) fn name(&self, jid: &BareJid) -> String {
        let text = jid.to_string();
        let given = self.people.roster.get(jid).map(|item| item.name.as_str()).filter(|name| !name.is_empty());
        given.or_else(|| self.avatars.nickname(&text)).unwrap_or(&text).to_owned()
    }

    pub(super) fn presence_of(&self, jid: &BareJid) -> Presence {
        // Kept while a resumption may bring the session back, but nobody is seen from offline.
        let best = self.people.best(jid).filter(|_| self.link.is_online());
        best.map_or_else(offline, |p| Presence { show: show(p.show), status: p.status.clone(), priority: p.priority })
    }

    pub(super) fn is_blocked(&self, jid: &BareJid) -> bool {
        self.blocked.contains(&jid.to_string()) || self.blocked.contains(jid.domain().as_str())
    }

    pub(super) fn contact(&self, jid: &BareJid) -> Contact {
        let item = self.people.roster.get(jid);
        let text = jid.to_string();
        Contact {
            id: self.id(&text),
            order: 0,
            account: self.kept.id.clone(),
            name: self.name(jid),
            groups: item.map(|i| i.groups.clone()).unwrap_or_default(),
            subscription: subscription(item.map_or(Subscription::None, |i| i.subscription).name()),
            pending: item.is_some_and(|i| i.pending),
            pre_approved: item.is_some_and(|i| i.approved),
            blocked: self.is_blocked(jid),
            hue: hue(&text),
            avatar: self.avatars.picture(&text),
            presence: self.presence_of(jid),
            jid: text,
        }
    }

    fn conversation(&self, row: history::Conversation) -> Option<Conversation> {
        let jid = BareJid::new(&row.peer).ok()?;
        Some(Conversation {
            id: self.id(&row.peer),
            order: row.activity,
            account: self.kept.id.clone(),
            name: self.name(&jid),
            hue: hue(&row.peer),
            avatar: self.avatars.picture(&row.peer),
            presence: self.presence_of(&jid),
            last: row.last.map(|last| LastMessage {
                body: last.body,
                at: last.stamp,
                delivery: last.delivery.map(delivery),
                call: last.call.as_deref().and_then(call),
                file: last.file.map(|(name, kind)| LastFile { name, kind: shown_kind(kind) }),
            }),
            unread: row.unread,
            draft: row.draft,
            chat_state: self.chats.state(&row.peer),
            blocked: self.is_blocked(&jid),
            in_roster: self.people.roster.contains_key(&jid),
            notify: notify(&row.notify),
            callable: self.callable(&jid),
            peer: row.peer,
        })
    }

    fn requests(&self) -> Vec<SubscriptionRequest> {
        let requests = self.people.requests.iter();
        requests
            .map(|request| SubscriptionRequest {
                id: self.id(&request.jid),
                order: request.stamp,
                account: self.kept.id.clone(),
                jid: request.jid.clone(),
                name: request.name.clone(),
                message: request.message.clone(),
                hue: hue(&request.jid),
            })
            .collect()
    }

    pub fn show_account(&self) {
        let jid = self.own.to_string();
        let name = self.avatars.nickname(&jid).map_or_else(|| jid.clone(), str::to_owned);
        self.shared.views.account(AccountItem {
            id: self.kept.id.clone(),
            order: self.kept.position,
            name,
            hue: self.kept.hue.unwrap_or_else(|| hue(&jid)),
            coloured: self.kept.hue.is_some(),
            avatar: self.avatars.picture(&jid),
            session: self.link.state.clone(),
            presence: self.own_presence(),
            jid,
        });
    }

    /// Everything there is, replacing what was shown.
    pub fn show_all(&self, read: &Read<'_>) -> Result<()> {
        self.show_account();
        let contacts = self.people.roster.keys().map(|jid| self.contact(jid)).collect();
        let conversations = read.conversations()?.into_iter().filter_map(|row| self.conversation(row)).collect();
        self.shared.views.replace(&self.kept.id, contacts, self.requests(), conversations);
        Ok(())
    }

    /// What a transaction changed.
    pub(super) fn show(&self, read: &Read<'_>, changed: &Changed) -> Result<()> {
        if changed.everyone {
            self.show_all(read)?;
        } else {
            self.show_people(changed);
            let rows =
                changed.conversations.iter().chain(&changed.people).filter_map(|peer| {
                    read.conversation(peer).transpose().map(|row| row.map(|row| (self.id(peer), row)))
                });
            let rows = rows.collect::<Result<Vec<_>>>()?;
            let closed = rows.iter().filter(|(_, row)| !row.open).map(|(id, _)| id.clone()).collect();
            let open = rows.into_iter().filter(|(_, row)| row.open).filter_map(|(_, row)| self.conversation(row));
            self.shared.views.conversations(open.collect(), closed);
        }
        if changed.account {
            self.show_account();
        }
        if changed.requests {
            self.shared.views.requests(&self.kept.id, self.requests());
        }
        self.show_calls(&changed.calls);
        self.show_files(&changed.files);
        self.show_messages(read, changed)
    }

    fn show_people(&self, changed: &Changed) {
        let jids = changed.people.iter().filter_map(|jid| BareJid::new(jid).ok());
        let (here, gone): (Vec<_>, Vec<_>) = jids.partition(|jid| self.people.roster.contains_key(jid));
        let upsert = here.iter().map(|jid| self.contact(jid)).collect();
        let remove = gone.iter().map(|jid| self.id(&jid.to_string())).collect();
        self.shared.views.contacts(upsert, remove);
    }

    fn show_messages(&self, read: &Read<'_>, changed: &Changed) -> Result<()> {
        for (peer, id) in &changed.removed_messages {
            if !self.shared.views.is_watched(&self.kept.id, peer) {
                continue;
            }
            self.shared.views.timeline(&self.kept.id, peer, Vec::new(), vec![id.to_string()]);
        }
        let mut by_peer: HashMap<&str, Vec<i64>> = HashMap::new();
        for (peer, id) in &changed.messages {
            by_peer.entry(peer).or_default().push(*id);
        }
        for (peer, ids) in by_peer {
            if !self.shared.views.is_watched(&self.kept.id, peer) {
                continue;
            }
            let rows = ids.into_iter().map(|id| read.message(id).map(message));
            self.shared.views.timeline(&self.kept.id, peer, rows.collect::<Result<_>>()?, Vec::new());
        }
        Ok(())
    }
}
