//! Conversations, messages and search.

use crate::{CallRecord, Callable, Failure, File, FileKind, Presence};

border! {
    /// One row of the list of conversations.
    pub struct Conversation {
        /// `account/peer`.
        pub id: String,
        /// Newest activity; larger is newer.
        #[ts(type = "number")]
        pub order: i64,
        pub account: String,
        /// Bare JID.
        pub peer: String,
        pub name: String,
        pub hue: u16,
        pub avatar: Option<String>,
        pub presence: Presence,
        pub last: Option<LastMessage>,
        pub unread: u32,
        /// Text typed and not sent; may be empty.
        pub draft: String,
        /// What the peer does just now (XEP-0085).
        pub chat_state: ChatState,
        pub blocked: bool,
        /// The peer is in the roster.
        pub in_roster: bool,
        pub notify: ConversationNotify,
        pub callable: Callable,
    }

    /// How one conversation differs from the settings for all.
    #[derive(Copy, Eq)]
    pub struct ConversationNotify {
        /// Nothing is told of it.
        pub muted: bool,
        /// Milliseconds since 1970, UTC, when that ends by itself.
        #[ts(type = "number | null")]
        pub muted_until: Option<i64>,
        /// What its notifications say; `None` as everywhere.
        pub preview: Option<crate::Preview>,
        /// Whether they sound; `None` as everywhere.
        pub sound: Option<bool>,
    }

    /// Keeps how a conversation differs.
    pub struct SetNotify { pub account: String, pub peer: String, pub notify: ConversationNotify }

    pub struct LastMessage {
        pub body: String,
        /// Milliseconds since 1970, UTC.
        #[ts(type = "number")]
        pub at: i64,
        /// Present on messages of our own.
        pub delivery: Option<Delivery>,
        /// It is a call.
        pub call: Option<CallRecord>,
        /// It is a file.
        pub file: Option<LastFile>,
    }

    /// The first file of a message.
    pub struct LastFile { pub name: String, pub kind: FileKind }

    /// XEP-0085 §5.1.
    #[derive(Copy, Eq)]
    pub enum ChatState { Active, Composing, Paused, Inactive, Gone }

    /// Names a conversation.
    #[derive(Eq, Hash)]
    pub struct ConversationId { pub account: String, pub peer: String }

    /// One message of a timeline.
    pub struct Message {
        pub id: String,
        /// Place in the timeline: unique in its conversation, larger is newer.
        #[ts(type = "number")]
        pub order: i64,
        /// Milliseconds since 1970, UTC: the archive's or sender's time where that may be trusted, else ours.
        #[ts(type = "number")]
        pub at: i64,
        pub outgoing: bool,
        /// Plain text as it was sent. Begins with `/me ` for an action (XEP-0245).
        pub body: String,
        /// Present on messages of our own.
        pub delivery: Option<Delivery>,
        /// With [`Delivery::Failed`]: why.
        pub failure: Option<Failure>,
        /// Sent by another device of ours.
        pub other_device: bool,
        /// It is a call; the body is empty.
        pub call: Option<CallRecord>,
        /// Files that are shared with it; the body is empty where it only says where they are.
        pub files: Vec<File>,
    }

    /// How far an own message came.
    #[derive(Copy, Eq)]
    pub enum Delivery {
        /// Kept here until there is a stream.
        Queued,
        /// Written to the stream.
        Sending,
        /// The server has it (XEP-0198 acknowledgement, or seen in the archive).
        OnServer,
        /// A device of theirs has it (XEP-0184).
        Delivered,
        /// They have seen it (XEP-0333).
        Read,
        /// Not sent; see `failure`. Can be retried.
        Failed,
    }

    /// Sends text. Answers as soon as the message is kept here; its progress shows in the timeline.
    pub struct SendMessage { pub account: String, pub peer: String, pub body: String }

    pub struct MessageId { pub account: String, pub id: String }

    /// What the person does in the composer; becomes a XEP-0085 state for peers who take it.
    pub struct SetTyping { pub account: String, pub peer: String, pub typing: bool }

    pub struct SetDraft { pub account: String, pub peer: String, pub text: String }

    /// The person has seen everything up to `order` with the window focused.
    pub struct MarkRead {
        pub account: String,
        pub peer: String,
        #[ts(type = "number")]
        pub order: i64,
    }

    /// A page of a timeline, read from history and, where that ends, from the archive (XEP-0313).
    pub struct GetPage { pub account: String, pub peer: String, pub at: PageAt, pub limit: u32 }

    /// Where a page lies.
    #[serde(tag = "kind")]
    pub enum PageAt {
        Newest,
        /// The messages just older than this order.
        Before {
            #[ts(type = "number")]
            order: i64,
        },
        /// The messages just newer than this order.
        After {
            #[ts(type = "number")]
            order: i64,
        },
        /// With this order in the middle.
        Around {
            #[ts(type = "number")]
            order: i64,
        },
    }

    /// A stretch of a timeline without holes, oldest first.
    pub struct Page {
        pub messages: Vec<Message>,
        /// Nothing is older, neither here nor in the archive.
        pub at_start: bool,
        /// Nothing is newer.
        pub at_end: bool,
        /// The first message that is unread, where the conversation has unread ones.
        #[ts(type = "number | null")]
        pub first_unread: Option<i64>,
    }

    /// Finds messages by words: every word must occur, the last one as a beginning. Newest first.
    pub struct SearchMessages {
        pub query: String,
        /// Only this conversation.
        pub within: Option<ConversationId>,
        /// From the previous answer, for the hits after those.
        pub cursor: Option<String>,
        /// 1–100.
        pub limit: u32,
    }

    pub struct SearchHits { pub hits: Vec<SearchHit>, pub cursor: Option<String> }

    pub struct SearchHit {
        pub account: String,
        pub peer: String,
        pub name: String,
        pub hue: u16,
        pub message: Message,
        /// An excerpt in pieces, the found words marked.
        pub excerpt: Vec<Excerpt>,
    }

    pub struct Excerpt { pub text: String, pub found: bool }
}

impl ConversationNotify {
    /// As everywhere.
    pub const USUAL: Self = Self { muted: false, muted_until: None, preview: None, sound: None };

    /// Nothing is told of it at `now` (milliseconds).
    pub fn is_muted(self, now: i64) -> bool {
        self.muted && self.muted_until.is_none_or(|until| now < until)
    }
}
