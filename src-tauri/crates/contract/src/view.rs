//! Live views: a snapshot, then deltas.

use crate::{
    Account, Call, Contact, Conversation, Errand, Message, Recording, StreamElement, SubscriptionRequest, Transfer,
    TrialStep,
};

border! {
    /// What can be subscribed to.
    #[derive(Eq, Hash)]
    #[serde(tag = "view")]
    pub enum View {
        /// Items: [`Account`].
        Accounts,
        /// Items: [`Contact`], of all accounts.
        Roster,
        /// Items: [`SubscriptionRequest`], of all accounts.
        Requests,
        /// Items: [`Conversation`], of all accounts.
        Conversations,
        /// Items: [`Call`], of all accounts.
        Calls,
        /// Items: [`Transfer`], of all accounts.
        Transfers,
        /// One item, while a voice message is spoken: [`Recording`].
        Recording,
        /// One item, while devices are tried: [`TrialStep`].
        Trial,
        /// Items: [`Errand`]: what the desktop asks of the window.
        Errands,
        /// Items: [`Message`]. The snapshot is the newest page; older ones come by `timeline.page`. Deltas may concern
        /// messages outside what the interface holds: those it leaves alone.
        Timeline { account: String, peer: String },
        /// Items: [`StreamElement`], from now on; nothing is watched before somebody subscribes.
        Console { account: String },
    }
}

/// An item of a view.
pub trait Item: serde::Serialize + Clone {
    /// Its key, unique in the view.
    fn id(&self) -> &str;
}

macro_rules! items {
    ($($item:ident),*) => {$(impl Item for $item {
        fn id(&self) -> &str { &self.id }
    })*};
}
items!(
    Account,
    Call,
    Contact,
    SubscriptionRequest,
    Conversation,
    Errand,
    Message,
    Recording,
    StreamElement,
    Transfer,
    TrialStep
);

/// What a subscriber receives, in order. A gap in `rev` means: subscribe again.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Update<T> {
    /// Everything there is.
    Snapshot {
        /// Revision this snapshot shows.
        #[ts(type = "number")]
        rev: u64,
        /// The items, in no particular order.
        items: Vec<T>,
    },
    /// What changed since `rev - 1`.
    Delta {
        /// One more than the update before.
        #[ts(type = "number")]
        rev: u64,
        /// New or changed items, whole.
        upsert: Vec<T>,
        /// Ids that are gone.
        remove: Vec<String>,
    },
}
