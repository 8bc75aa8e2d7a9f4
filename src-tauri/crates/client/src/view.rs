//! Live views: what is shown, and who looks at it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::sync::watch;
use waxwing_contract::{
    Account, Call, Contact, Conversation, ConversationNotify, Errand, Item, Message, Recording, StreamElement,
    SubscriptionRequest, Transfer, TrialStep, Update, View,
};

/// A stream of updates; dropping it ends the subscription.
pub struct Subscription {
    updates: mpsc::UnboundedReceiver<Value>,
}

impl Subscription {
    /// The next update as JSON of [`Update`]; `None` when the view is gone.
    pub async fn next(&mut self) -> Option<Value> {
        self.updates.recv().await
    }

    /// A further update that is there already.
    pub fn try_next(&mut self) -> Option<Value> {
        self.updates.try_recv().ok()
    }
}

/// The items of one view, or for a timeline only their movement.
struct Feed<T> {
    items: BTreeMap<String, T>,
    /// A timeline holds nothing: history does.
    keeps: bool,
    rev: u64,
    subscribers: Vec<mpsc::UnboundedSender<Value>>,
}

impl<T: Item + PartialEq> Feed<T> {
    fn new(keeps: bool) -> Self {
        Self { items: BTreeMap::new(), keeps, rev: 0, subscribers: Vec::new() }
    }

    fn subscribe(&mut self, items: Vec<T>) -> Subscription {
        let (sender, updates) = mpsc::unbounded_channel();
        let snapshot = Update::Snapshot { rev: self.rev, items };
        let _ = sender.send(serde_json::to_value(snapshot).unwrap_or_default());
        self.subscribers.push(sender);
        Subscription { updates }
    }

    fn publish(&mut self, upsert: Vec<T>, remove: Vec<String>) {
        let upsert: Vec<T> = if self.keeps {
            upsert.into_iter().filter(|item| self.items.get(item.id()) != Some(item)).collect()
        } else {
            upsert
        };
        let mut remove = remove;
        if self.keeps {
            remove.retain(|id| self.items.remove(id).is_some());
            self.items.extend(upsert.iter().map(|item| (item.id().to_owned(), item.clone())));
        }
        if upsert.is_empty() && remove.is_empty() {
            return;
        }
        self.rev += 1;
        self.subscribers.retain(|subscriber| !subscriber.is_closed());
        if self.subscribers.is_empty() {
            return;
        }
        let delta = serde_json::to_value(Update::Delta { rev: self.rev, upsert, remove }).unwrap_or_default();
        self.subscribers.retain(|subscriber| subscriber.send(delta.clone()).is_ok());
    }
}

/// All views of the application.
pub(crate) struct Views {
    accounts: Mutex<Feed<Account>>,
    roster: Mutex<Feed<Contact>>,
    requests: Mutex<Feed<SubscriptionRequest>>,
    conversations: Mutex<Feed<Conversation>>,
    errands: Mutex<Feed<Errand>>,
    calls: Mutex<Feed<Call>>,
    transfers: Mutex<Feed<Transfer>>,
    recording: Mutex<Feed<Recording>>,
    trial: Mutex<Feed<TrialStep>>,
    /// Moves whenever something a tray shows may have changed.
    glance: watch::Sender<()>,
    timelines: Mutex<HashMap<(String, String), Feed<Message>>>,
    consoles: Mutex<HashMap<String, Feed<StreamElement>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn subscribe<T: Item + PartialEq>(feed: &Mutex<Feed<T>>) -> Subscription {
    let mut feed = locked(feed);
    let items = feed.items.values().cloned().collect();
    feed.subscribe(items)
}

/// Publishes an account's whole share of a view: what it no longer holds is removed.
fn replace<T: Item + PartialEq>(feed: &Mutex<Feed<T>>, prefix: &str, items: Vec<T>) {
    let mut feed = locked(feed);
    let here: std::collections::HashSet<&str> = items.iter().map(Item::id).collect();
    let gone = feed.items.keys().filter(|id| id.starts_with(prefix) && !here.contains(id.as_str()));
    let gone = gone.cloned().collect();
    feed.publish(items, gone);
}

impl Views {
    pub fn new() -> Self {
        Self {
            accounts: Mutex::new(Feed::new(true)),
            roster: Mutex::new(Feed::new(true)),
            requests: Mutex::new(Feed::new(true)),
            conversations: Mutex::new(Feed::new(true)),
            errands: Mutex::new(Feed::new(true)),
            calls: Mutex::new(Feed::new(true)),
            transfers: Mutex::new(Feed::new(true)),
            recording: Mutex::new(Feed::new(true)),
            trial: Mutex::new(Feed::new(true)),
            glance: watch::channel(()).0,
            timelines: Mutex::new(HashMap::new()),
            consoles: Mutex::new(HashMap::new()),
        }
    }

    /// Subscribes; `newest` reads the newest page of a timeline.
    pub fn subscribe<E>(
        &self,
        view: &View,
        newest: impl FnOnce(&str, &str) -> Result<Vec<Message>, E>,
    ) -> Result<Subscription, E> {
        Ok(match view {
            View::Accounts => subscribe(&self.accounts),
            View::Roster => subscribe(&self.roster),
            View::Requests => subscribe(&self.requests),
            View::Conversations => subscribe(&self.conversations),
            View::Calls => subscribe(&self.calls),
            View::Transfers => subscribe(&self.transfers),
            View::Recording => subscribe(&self.recording),
            View::Trial => subscribe(&self.trial),
            View::Errands => subscribe(&self.errands),
            View::Timeline { account, peer } => {
                // Read under the lock: what is published meanwhile comes after the snapshot.
                let mut timelines = locked(&self.timelines);
                let items = newest(account, peer)?;
                timelines.retain(|_, feed| feed.subscribers.iter().any(|s| !s.is_closed()));
                let key = (account.clone(), peer.clone());
                timelines.entry(key).or_insert_with(|| Feed::new(false)).subscribe(items)
            }
            View::Console { account } => {
                let mut consoles = locked(&self.consoles);
                consoles.entry(account.clone()).or_insert_with(|| Feed::new(false)).subscribe(Vec::new())
            }
        })
    }

    pub fn account(&self, account: Account) {
        locked(&self.accounts).publish(vec![account], Vec::new());
        self.glance.send_replace(());
    }

    pub fn contacts(&self, upsert: Vec<Contact>, remove: Vec<String>) {
        locked(&self.roster).publish(upsert, remove);
    }

    pub fn conversations(&self, upsert: Vec<Conversation>, remove: Vec<String>) {
        locked(&self.conversations).publish(upsert, remove);
        self.glance.send_replace(());
    }

    /// Publishes all of an account's contacts, requests and conversations.
    pub fn replace(
        &self,
        account: &str,
        contacts: Vec<Contact>,
        requests: Vec<SubscriptionRequest>,
        conversations: Vec<Conversation>,
    ) {
        let prefix = format!("{account}/");
        replace(&self.roster, &prefix, contacts);
        replace(&self.requests, &prefix, requests);
        replace(&self.conversations, &prefix, conversations);
        self.glance.send_replace(());
    }

    pub fn calls(&self, upsert: Vec<Call>, remove: Vec<String>) {
        locked(&self.calls).publish(upsert, remove);
    }

    pub fn transfers(&self, upsert: Vec<Transfer>, remove: Vec<String>) {
        locked(&self.transfers).publish(upsert, remove);
    }

    /// How a voice message is spoken; nothing where there is none.
    pub fn recording(&self, recording: Option<Recording>) {
        let remove = if recording.is_none() { vec!["recording".to_owned()] } else { Vec::new() };
        locked(&self.recording).publish(recording.into_iter().collect(), remove);
    }

    /// How a trial of devices goes; nothing where there is none.
    pub fn trial(&self, step: Option<TrialStep>) {
        let remove = if step.is_none() { vec!["trial".to_owned()] } else { Vec::new() };
        locked(&self.trial).publish(step.into_iter().collect(), remove);
    }

    pub fn requests(&self, account: &str, requests: Vec<SubscriptionRequest>) {
        replace(&self.requests, &format!("{account}/"), requests);
    }

    /// Whether anyone looks at a timeline.
    pub fn is_watched(&self, account: &str, peer: &str) -> bool {
        locked(&self.timelines)
            .get(&(account.to_owned(), peer.to_owned()))
            .is_some_and(|feed| feed.subscribers.iter().any(|s| !s.is_closed()))
    }

    pub fn timeline(&self, account: &str, peer: &str, upsert: Vec<Message>, remove: Vec<String>) {
        if let Some(feed) = locked(&self.timelines).get_mut(&(account.to_owned(), peer.to_owned())) {
            feed.publish(upsert, remove);
        }
    }

    /// Shows what went over an account's stream; false where nobody looks.
    pub fn console(&self, account: &str, elements: Vec<StreamElement>) -> bool {
        let mut consoles = locked(&self.consoles);
        let Some(feed) = consoles.get_mut(account) else { return false };
        feed.publish(elements, Vec::new());
        let watched = !feed.subscribers.is_empty();
        if !watched {
            consoles.remove(account);
        }
        watched
    }

    /// An account is gone.
    pub fn remove_account(&self, account: &str) {
        self.replace(account, Vec::new(), Vec::new(), Vec::new());
        locked(&self.accounts).publish(Vec::new(), vec![account.to_owned()]);
        locked(&self.timelines).retain(|(id, _), _| id != account);
        locked(&self.consoles).remove(account);
    }

    /// Errands that wait.
    pub fn errands(&self) -> Vec<Errand> {
        locked(&self.errands).items.values().cloned().collect()
    }

    pub fn change_errands(&self, upsert: Vec<Errand>, remove: Vec<String>) {
        locked(&self.errands).publish(upsert, remove);
    }

    /// Moves whenever something a tray shows may have changed.
    pub fn glances(&self) -> watch::Receiver<()> {
        self.glance.subscribe()
    }

    /// Something a tray shows may have changed.
    pub fn glance(&self) {
        self.glance.send_replace(());
    }

    /// Unread messages in conversations that are not muted at `now`.
    pub fn unread(&self, now: i64) -> u32 {
        let conversations = locked(&self.conversations);
        let loud = conversations.items.values().filter(|c| !c.notify.is_muted(now));
        loud.fold(0, |sum, c| sum.saturating_add(c.unread))
    }

    /// What the list calls the peer of a conversation.
    pub fn name_of(&self, account: &str, peer: &str) -> Option<String> {
        let id = format!("{account}/{peer}");
        let conversations = locked(&self.conversations);
        conversations.items.get(&id).map(|conversation| conversation.name.clone())
    }

    /// How the notifications of a conversation in the list differ.
    pub fn notify_of(&self, account: &str, peer: &str) -> Option<ConversationNotify> {
        let id = format!("{account}/{peer}");
        locked(&self.conversations).items.get(&id).map(|conversation| conversation.notify)
    }

    pub fn accounts_snapshot(&self) -> Vec<Account> {
        locked(&self.accounts).items.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(id: &str, name: &str) -> SubscriptionRequest {
        SubscriptionRequest {
            id: id.into(),
            order: 0,
            account: "a".into(),
            jid: "j@x.test".into(),
            name: name.into(),
            message: String::new(),
            hue: 0,
        }
    }

    #[test]
    fn a_snapshot_then_only_what_changed() {
        let feed = Mutex::new(Feed::new(true));
        replace(&feed, "a/", vec![request("a/1", "one"), request("a/2", "two")]);
        replace(&feed, "b/", vec![request("b/1", "one")]);
        let mut subscription = subscribe(&feed);
        let snapshot = subscription.try_next().unwrap();
        assert_eq!((snapshot["kind"].as_str(), snapshot["items"].as_array().unwrap().len()), (Some("snapshot"), 3));
        replace(&feed, "a/", vec![request("a/1", "one"), request("a/3", "three")]);
        let delta = subscription.try_next().unwrap();
        assert_eq!(delta["rev"].as_u64(), snapshot["rev"].as_u64().map(|rev| rev + 1));
        assert_eq!(delta["upsert"].as_array().unwrap().len(), 1);
        assert_eq!(delta["remove"][0], "a/2");
        replace(&feed, "a/", vec![request("a/1", "one"), request("a/3", "three")]);
        assert!(subscription.try_next().is_none(), "nothing changed");
    }
}
