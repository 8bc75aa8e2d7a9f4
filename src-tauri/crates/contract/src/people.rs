//! Roster, presence, subscriptions and blocking.

border! {
    /// A presence, own or another's.
    pub struct Presence {
        pub show: Show,
        /// The person's own words; may be empty.
        pub status: String,
        pub priority: i8,
    }

    /// Availability: RFC 6121 §4.7.2.1 plus the two ends.
    #[derive(Copy, Eq)]
    pub enum Show { Offline, Online, Chat, Away, Xa, Dnd }

    /// Someone in the roster, or known otherwise.
    pub struct Contact {
        /// `account/jid`.
        pub id: String,
        #[ts(type = "number")]
        pub order: i64,
        pub account: String,
        /// Bare JID.
        pub jid: String,
        /// The roster's name, else what they call themselves, else the JID.
        pub name: String,
        pub groups: Vec<String>,
        pub subscription: Subscription,
        /// We asked to see their presence and they have not answered.
        pub pending: bool,
        /// They may see our presence as soon as they ask (RFC 6121 §3.4).
        pub pre_approved: bool,
        pub blocked: bool,
        /// XEP-0392 hue angle, 0–359.
        pub hue: u16,
        pub avatar: Option<String>,
        /// The most available of their resources.
        pub presence: Presence,
    }

    /// RFC 6121 §2.1.2.5.
    #[derive(Copy, Eq)]
    pub enum Subscription { None, To, From, Both }

    /// Someone asks to see our presence.
    pub struct SubscriptionRequest {
        /// `account/jid`.
        pub id: String,
        #[ts(type = "number")]
        pub order: i64,
        pub account: String,
        pub jid: String,
        /// What they call themselves (XEP-0172), where the request said so; may be empty.
        pub name: String,
        /// The words that came with the request; may be empty.
        pub message: String,
        pub hue: u16,
    }

    /// Puts a person into the roster and asks to see their presence; they may see ours at once.
    pub struct AddContact {
        pub account: String,
        pub jid: String,
        pub name: String,
        pub groups: Vec<String>,
        /// Words for the request; may be empty.
        pub message: String,
    }

    /// Names one person of one account.
    pub struct ContactId { pub account: String, pub jid: String }

    /// Sets name and groups.
    pub struct UpdateContact { pub account: String, pub jid: String, pub name: String, pub groups: Vec<String> }

    /// What to do about a subscription (RFC 6121 §3).
    pub struct Subscribe { pub account: String, pub jid: String, pub action: SubscriptionAction }

    /// RFC 6121 §3.1–3.4.
    #[derive(Copy, Eq)]
    pub enum SubscriptionAction {
        /// Ask to see their presence.
        Request,
        /// Stop seeing theirs.
        Unsubscribe,
        /// Let them see ours; also answers a request, and before one it is a pre-approval.
        Approve,
        /// Refuse a request, or stop showing them ours.
        Deny,
    }

    /// Blocks or unblocks an address (XEP-0191): a bare JID, a full JID or a domain.
    pub struct SetBlocked { pub account: String, pub jid: String, pub blocked: bool }

    pub struct BlockList { pub jids: Vec<String> }

    /// A person at a closer look.
    pub struct ContactDetails {
        pub contact: Contact,
        /// From their vCard (XEP-0054), where they have one.
        pub full_name: Option<String>,
        pub nickname: Option<String>,
        pub email: Option<String>,
        pub organisation: Option<String>,
        pub birthday: Option<String>,
        pub url: Option<String>,
        pub note: Option<String>,
        pub devices: Vec<Device>,
    }

    /// One resource of a person.
    pub struct Device {
        pub resource: String,
        pub presence: Presence,
        /// Client name from disco identity (XEP-0115), or XEP-0092.
        pub client: Option<String>,
    }

    /// Asks for a picture by the key an item carried.
    pub struct GetAvatar { pub account: String, pub key: String }

    /// A picture as a `data:` URL of an image type that was sniffed from its bytes (PNG, JPEG, WebP or GIF).
    pub struct Avatar { pub url: String }
}
