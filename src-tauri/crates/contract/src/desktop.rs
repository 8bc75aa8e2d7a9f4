//! What the desktop around the window offers, and what it asks of it.

use crate::Failure;

border! {
    /// What this desktop can do for us; what it lacks is said in words.
    pub struct Desktop {
        /// There is a tray with our icon. Without one, closing the window quits.
        pub tray: bool,
        /// What shows notifications; `None` where nothing does.
        pub notifications: Option<NotificationService>,
        /// Whether Waxwing starts at login; `None` where it cannot be arranged.
        pub start_at_login: Option<StartAtLogin>,
    }

    #[derive(Eq)]
    pub struct NotificationService {
        /// Such as `dunst 1.9.0`; empty where the system's own has no name.
        pub name: String,
        /// It shows buttons.
        pub actions: bool,
        /// It takes an answer in place.
        pub inline_reply: bool,
        /// It plays sounds.
        pub sound: bool,
        /// The person told it to hold notifications back.
        pub do_not_disturb: bool,
    }

    #[derive(Copy, Eq)]
    pub enum StartAtLogin {
        No,
        /// With its window.
        Shown,
        /// In the tray.
        Hidden,
    }

    /// Arranges (or ends) starting at login.
    #[derive(Copy, Eq)]
    pub struct SetStartAtLogin { pub start: StartAtLogin }

    /// The person closed the window: hides or quits, and keeps the choice where it is to be remembered.
    #[derive(Copy, Eq)]
    pub struct CloseWindow { pub hide: bool }

    /// Something asked from outside the window, waiting until the window has done it.
    pub struct Errand {
        pub id: String,
        #[ts(type = "number")]
        pub order: i64,
        pub task: Task,
    }

    /// What an errand asks.
    #[serde(tag = "task")]
    pub enum Task {
        /// Show a conversation; `compose` puts the cursor into its composer.
        OpenConversation { account: String, peer: String, compose: bool },
        /// Show who asks to see our presence.
        ShowRequests,
        /// Follow an `xmpp:` link. Nothing is sent without the person.
        FollowLink { link: Link },
        /// A link that could not be followed, or one too many.
        RefuseLink { failure: Failure },
        /// The keyring did not keep, or did not forget, what it was asked to.
        KeyringRefused { failure: Failure },
        /// The window is to be closed and the person has not said yet what that means.
        AskClose,
    }

    /// An `xmpp:` link as it was understood (RFC 5122, XEP-0147).
    #[derive(Eq)]
    pub struct Link {
        /// Bare JID.
        pub jid: String,
        pub action: LinkAction,
    }

    /// What a link wants done.
    #[derive(Eq)]
    #[serde(tag = "action")]
    pub enum LinkAction {
        /// A conversation, perhaps with words for the composer (XEP-0147 §8.1); they are never sent by themselves.
        Message { body: String },
        /// A person to add (XEP-0147 §8.2 `subscribe`, `roster`), perhaps with a name.
        Subscribe { name: String },
        /// A room (XEP-0045 §17.1).
        Join,
        /// An account to create (XEP-0077 §13.3).
        Register,
    }

    /// The window has done an errand.
    pub struct ErrandDone { pub id: String }

    /// Follows an `xmpp:` link; the window gets an errand.
    pub struct OpenLink { pub uri: String }
}
