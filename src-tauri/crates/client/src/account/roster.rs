//! Roster, subscriptions and presence (RFC 6121 §2–4).

use std::collections::{BTreeMap, HashMap};

use waxwing_contract::{AddContact, SubscriptionAction, UpdateContact};
use waxwing_history::{self as history, Batch, Result};
use waxwing_session::jid::{BareJid, Jid};
use waxwing_session::stanza::{iq_error, iq_result};
use waxwing_session::xep::presence::{self, Kind, Presence};
use waxwing_session::xep::roster::{self, Item, Roster, Subscription};
use waxwing_session::xml::Element;

use super::events::Awaiting;
use super::{Core, Reply};
use crate::failure::is_out_of_reach;
use crate::now;

/// Version of the roster that is kept.
const VERSION: &str = "roster-version";

/// Characters of a request's words that are kept.
const LONGEST_REQUEST: usize = 500;
/// And of what someone who asks calls themselves.
const LONGEST_NICK: usize = 100;
/// Requests that are kept; who else asks is asked for again by the server at the next session.
const MAX_REQUESTS: usize = 200;

/// Most resources of one person that are kept; more is no person.
const MAX_DEVICES: usize = 64;

/// Resource → presence, for available ones.
pub(crate) type Presences = HashMap<BareJid, BTreeMap<String, Presence>>;

/// Everyone in the roster, and who is there.
#[derive(Default)]
pub(crate) struct People {
    pub roster: BTreeMap<BareJid, Item>,
    pub presence: Presences,
    pub requests: Vec<history::Request>,
}

impl People {
    pub fn load(read: &history::Read<'_>) -> Result<Self> {
        let items = read.roster()?.into_iter().filter_map(|contact| {
            let jid = BareJid::new(&contact.jid).ok()?;
            let item = Item {
                jid: jid.clone(),
                name: contact.name,
                subscription: Subscription::parse(&contact.subscription),
                pending: contact.pending,
                approved: contact.approved,
                groups: serde_json::from_str(&contact.groups).unwrap_or_default(),
            };
            Some((jid, item))
        });
        Ok(Self { roster: items.collect(), presence: HashMap::new(), requests: read.requests()? })
    }

    /// Those are there whom the server will not tell again, where it resumed an earlier process's session; else it tells.
    pub fn start_over(&mut self, own: &BareJid, left: Option<Presences>) {
        self.presence = left.unwrap_or_default();
        self.presence.retain(|jid, _| jid == own || self.roster.contains_key(jid));
    }

    /// They may see our presence, so they may also know that we received, read and type.
    pub fn may_know(&self, jid: &BareJid) -> bool {
        self.roster.get(jid).is_some_and(|i| matches!(i.subscription, Subscription::From | Subscription::Both))
    }

    /// The most available of someone's devices: by priority, then by availability.
    pub fn best(&self, jid: &BareJid) -> Option<&Presence> {
        self.presence.get(jid)?.values().max_by_key(|p| (p.priority, p.show))
    }
}

fn kept(item: &Item) -> history::Contact {
    history::Contact {
        jid: item.jid.to_string(),
        name: item.name.clone(),
        subscription: item.subscription.name().to_owned(),
        pending: item.pending,
        approved: item.approved,
        groups: serde_json::to_string(&item.groups).unwrap_or_else(|_| "[]".into()),
    }
}

impl Core {
    /// Asks for what changed since the version we hold.
    pub(super) fn ask_roster(&mut self, b: &Batch<'_>) -> Result<()> {
        let versions = self.link.connection.as_ref().is_some_and(|c| c.offers.roster_versions);
        let held = if versions { Some(b.read().value(VERSION)?.unwrap_or_default()) } else { None };
        self.ask(None, roster::get(held.as_deref()), false, Awaiting::Roster);
        Ok(())
    }

    /// An answer without a query says that nothing changed (RFC 6121 §2.6.3).
    pub(super) fn roster_answer(&mut self, b: &Batch<'_>, iq: &Element) -> Result<()> {
        let Some(query) = iq.get_child("query", waxwing_session::ns::ROSTER) else { return Ok(()) };
        let Roster { ver, items } = Roster::read(query);
        b.set_roster(&items.iter().map(kept).collect::<Vec<_>>())?;
        b.set_value(VERSION, ver.as_deref().unwrap_or_default())?;
        self.people.roster = items.into_iter().map(|item| (item.jid.clone(), item)).collect();
        self.out.changed.everyone = true;
        Ok(())
    }

    /// A roster push, from our own account and no one else (RFC 6121 §2.1.6).
    pub(super) fn roster_push(&mut self, b: &Batch<'_>, from: Option<&Jid>, id: &str, query: &Element) -> Result<()> {
        let ours = from.is_none_or(|from| from.resource().is_none() && from.to_bare() == self.own);
        if !ours {
            self.out.send(iq_error(id, from.map(Jid::to_string).as_deref(), "cancel", "service-unavailable"));
            return Ok(());
        }
        let Roster { ver, items } = Roster::read(query);
        let [item] = &items[..] else {
            self.out.send(iq_error(id, from.map(Jid::to_string).as_deref(), "modify", "bad-request"));
            return Ok(());
        };
        if item.subscription == Subscription::Remove {
            b.remove_contact(&item.jid.to_string())?;
            b.set_value(&approved_key(&item.jid), "")?;
            self.people.roster.remove(&item.jid);
            self.people.presence.remove(&item.jid);
        } else {
            b.put_contact(&kept(item))?;
            self.people.roster.insert(item.jid.clone(), item.clone());
            if matches!(item.subscription, Subscription::From | Subscription::Both) {
                self.settle_request(b, &item.jid)?;
            }
        }
        if let Some(ver) = ver {
            b.set_value(VERSION, &ver)?;
        }
        self.out.send(iq_result(id, None, None));
        self.out.changed.people.insert(item.jid.to_string());
        Ok(())
    }

    pub(super) fn presence(&mut self, b: &Batch<'_>, presence: Presence) -> Result<()> {
        let jid = presence.from.to_bare();
        if presence.kind != Kind::Error {
            self.reach.heard_from(jid.domain().as_str());
        }
        match presence.kind {
            Kind::Available | Kind::Unavailable => self.availability(b, jid, presence)?,
            Kind::Subscribe => self.asked(b, &jid, &presence)?,
            Kind::Unsubscribe => self.settle_request(b, &jid)?,
            // The roster push tells the new state; an error says that nobody is there.
            Kind::Subscribed | Kind::Unsubscribed | Kind::Probe => {}
            Kind::Error
                if self.people.roster.contains_key(&jid)
                    && presence.condition.as_deref().is_some_and(is_out_of_reach) =>
            {
                self.out_of_reach(&jid);
            }
            Kind::Error => {
                self.people.presence.remove(&jid);
                self.out.changed.people.insert(jid.to_string());
            }
        }
        Ok(())
    }

    fn availability(&mut self, b: &Batch<'_>, jid: BareJid, presence: Presence) -> Result<()> {
        // Strangers show themselves to no purpose.
        if jid != self.own && !self.people.roster.contains_key(&jid) {
            return Ok(());
        }
        let resource = presence.from.resource().map(|r| r.as_str().to_owned()).unwrap_or_default();
        self.out.changed.people.insert(jid.to_string());
        if presence.kind == Kind::Unavailable {
            self.device_gone(b, &presence.from)?;
            let gone = self.people.presence.get_mut(&jid).is_some_and(|devices| {
                devices.remove(&resource);
                devices.is_empty()
            });
            if gone {
                self.people.presence.remove(&jid);
                self.chats.forget_state(&jid.to_string());
            }
            return Ok(());
        }
        self.learn_caps(&presence);
        if let (Some(picture), true) = (&presence.avatar, jid == self.own || self.people.roster.contains_key(&jid)) {
            self.vcard_avatar(b, &jid, picture)?;
        }
        let devices = self.people.presence.entry(jid).or_default();
        if devices.len() < MAX_DEVICES || devices.contains_key(&resource) {
            devices.insert(resource, presence);
        }
        Ok(())
    }

    /// Someone asks to see our presence: the person decides, unless they did when they added them.
    fn asked(&mut self, b: &Batch<'_>, jid: &BareJid, presence: &Presence) -> Result<()> {
        if self.people.may_know(jid) || b.read().value(&approved_key(jid))?.as_deref() == Some("1") {
            self.out.send(presence::subscription(jid, "subscribed", ""));
            // It was said once and holds once.
            return b.set_value(&approved_key(jid), "");
        }
        let waits = self.people.requests.iter().any(|r| r.jid == jid.to_string());
        if !waits && self.people.requests.len() >= MAX_REQUESTS {
            tracing::warn!("more ask to see the presence than are kept");
            return Ok(());
        }
        let request = history::Request {
            jid: jid.to_string(),
            name: presence.nick.iter().flat_map(|nick| nick.chars().take(LONGEST_NICK)).collect(),
            message: presence.status.chars().take(LONGEST_REQUEST).collect(),
            stamp: now(),
        };
        b.put_request(&request)?;
        // Servers tell of one that waits at every session; it is news once.
        if !waits {
            self.out.changed.asked.insert(jid.to_string());
        }
        self.people.requests.retain(|r| r.jid != request.jid);
        self.people.requests.push(request);
        self.out.changed.requests = true;
        Ok(())
    }

    fn settle_request(&mut self, b: &Batch<'_>, jid: &BareJid) -> Result<()> {
        let jid = jid.to_string();
        b.remove_request(&jid)?;
        self.people.requests.retain(|r| r.jid != jid);
        self.out.changed.requests = true;
        Ok(())
    }

    pub(super) fn add_contact(&mut self, b: &Batch<'_>, jid: &BareJid, add: &AddContact, reply: Reply) -> Result<()> {
        self.ask(None, roster::set(jid, &add.name, &add.groups), true, Awaiting::Done(reply));
        self.subscribe(b, jid, SubscriptionAction::Approve, "")?;
        self.subscribe(b, jid, SubscriptionAction::Request, &add.message)
    }

    pub(super) fn update_contact(&mut self, jid: &BareJid, update: &UpdateContact, reply: Reply) {
        self.ask(None, roster::set(jid, &update.name, &update.groups), true, Awaiting::Done(reply));
    }

    pub(super) fn remove_contact(&mut self, b: &Batch<'_>, jid: &BareJid, reply: Reply) -> Result<()> {
        b.set_value(&approved_key(jid), "")?;
        self.ask(None, roster::remove(jid), true, Awaiting::Done(reply));
        Ok(())
    }

    pub(super) fn subscribe(
        &mut self,
        b: &Batch<'_>,
        jid: &BareJid,
        action: SubscriptionAction,
        message: &str,
    ) -> Result<()> {
        let kind = match action {
            SubscriptionAction::Request => "subscribe",
            SubscriptionAction::Unsubscribe => "unsubscribe",
            SubscriptionAction::Approve => "subscribed",
            SubscriptionAction::Deny => "unsubscribed",
        };
        let asked = self.people.requests.iter().any(|r| r.jid == jid.to_string());
        let pre_approval = self.link.connection.as_ref().is_some_and(|c| c.offers.pre_approval);
        if action == SubscriptionAction::Approve && !asked && !self.people.may_know(jid) && !pre_approval {
            // The server cannot keep it (RFC 6121 §3.4), so we do: the request is answered when it comes.
            return b.set_value(&approved_key(jid), "1");
        }
        self.out.send(presence::subscription(jid, kind, message));
        if action == SubscriptionAction::Deny {
            b.set_value(&approved_key(jid), "")?;
        }
        if matches!(action, SubscriptionAction::Approve | SubscriptionAction::Deny) {
            self.settle_request(b, jid)?;
        }
        Ok(())
    }
}

fn approved_key(jid: &BareJid) -> String {
    format!("approved:{jid}")
}
