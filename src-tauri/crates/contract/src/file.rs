//! Files: what messages have of them, how they are chosen and sent, and how they come.

use crate::Failure;

border! {
    /// A file of a message.
    pub struct File {
        /// Unique in its account.
        pub id: String,
        /// Without paths, controls and the like; never empty.
        pub name: String,
        /// As its first bytes say where it is here, else as the sender does; may be empty.
        pub media_type: String,
        pub kind: FileKind,
        /// Bytes.
        #[ts(type = "number | null")]
        pub size: Option<u64>,
        /// Points.
        pub width: Option<u32>,
        pub height: Option<u32>,
        /// Milliseconds of sound or video.
        #[ts(type = "number | null")]
        pub length: Option<u64>,
        /// A small picture as a `data:` URL.
        pub thumbnail: Option<String>,
        pub state: FileState,
        /// With [`FileState::Failed`] and [`FileState::Cancelled`], and where something else stands in its way.
        pub failure: Option<Failure>,
        /// How it went, or goes.
        pub way: Option<FileWay>,
        /// Why it went that way, where another is usual.
        pub why: Option<WayReason>,
        /// It can be shown in place: a picture, sound or video that is what it seems to be.
        pub inline: bool,
    }

    /// What it is for the person.
    #[derive(Copy, Eq)]
    pub enum FileKind { Image, Audio, Video, Archive, Text, Other }

    /// Where it is.
    #[derive(Copy, Eq)]
    pub enum FileState {
        /// The sender says that it will come, and not yet where from.
        Announced,
        /// It can be had; whether is for the person to say.
        Offered,
        /// It waits, comes or goes: see [`Transfer`].
        Moving,
        /// It is on this computer.
        Here,
        /// See `failure`; can be tried again.
        Failed,
        /// Somebody did not want it, before or while it moved: `failure` says who ([`Code::Cancelled`](crate::Code),
        /// [`Code::DeclinedByThem`](crate::Code)). What we send is out of the queue then, and can be tried again.
        Cancelled,
        /// It was here and is no more.
        Missing,
    }

    /// By which way bytes go.
    #[derive(Copy, Eq)]
    pub enum FileWay {
        /// Over the upload service of the sender (XEP-0363).
        Upload,
        /// From one to the other, encrypted between the two (XEP-0343).
        DataChannel,
        /// From one to the other (XEP-0260).
        Direct,
        /// By a proxy (XEP-0065).
        Proxy,
        /// Between the stanzas (XEP-0261).
        InBand,
    }

    /// Why a file goes another way than over the upload service.
    #[derive(Copy, Eq)]
    #[serde(tag = "reason")]
    pub enum WayReason {
        /// It is larger than the service takes; bytes.
        TooLarge {
            #[ts(type = "number")]
            limit: u64,
        },
        /// The server has no such service.
        NoService,
        /// The person wanted it.
        Chosen,
    }

    /// A file that is on its way, or waits for it.
    pub struct Transfer {
        /// `account/file`.
        pub id: String,
        /// When it began, in milliseconds since 1970, UTC.
        #[ts(type = "number")]
        pub order: i64,
        pub account: String,
        /// Bare JID.
        pub peer: String,
        /// The file's id.
        pub file: String,
        pub name: String,
        pub outgoing: bool,
        pub stage: TransferStage,
        /// Bytes that are where they should be.
        #[ts(type = "number")]
        pub done: u64,
        #[ts(type = "number | null")]
        pub total: Option<u64>,
        /// Bytes per second, lately; 0 where nothing moves.
        #[ts(type = "number")]
        pub speed: u64,
        /// Seconds until the end, at that speed.
        #[ts(type = "number | null")]
        pub left: Option<u64>,
        pub way: Option<FileWay>,
        pub why: Option<WayReason>,
    }

    /// How far a transfer is.
    #[derive(Copy, Eq)]
    #[serde(tag = "stage")]
    pub enum TransferStage {
        /// It is read, packed or measured.
        Preparing,
        /// Others go first, or there is no stream.
        Waiting,
        /// The service was too busy; again at this time (milliseconds since 1970, UTC).
        Later {
            #[ts(type = "number")]
            at: i64,
        },
        /// They are asked whether they want it.
        Asking,
        /// A way is looked for.
        Connecting,
        Moving,
        Paused,
        /// All bytes went; what came is looked over, or they do so.
        Finishing,
    }

    /// A file that can be sent: chosen, dropped, pasted, recorded, or of another message.
    pub struct Staged {
        pub id: String,
        pub name: String,
        pub media_type: String,
        pub kind: FileKind,
        /// Bytes; of a folder, of all that is in it.
        #[ts(type = "number")]
        pub size: u64,
        pub width: Option<u32>,
        pub height: Option<u32>,
        /// A small picture as a `data:` URL.
        pub thumbnail: Option<String>,
        /// A folder: it is packed before it is sent.
        pub folder: bool,
    }

    pub struct StagedFiles { pub files: Vec<Staged> }

    /// Lets the person choose files, or one folder. Answers without any where they think better of it.
    #[derive(Copy, Eq)]
    pub struct PickFiles { pub folder: bool }

    /// Brings in a part of a file that the window has and the disk has not: dropped, pasted or recorded.
    #[derive(Eq)]
    pub struct PutFile {
        /// As the first part was answered; `None` begins one.
        pub id: Option<String>,
        pub name: String,
        /// Base64, in order; at most 1 MiB of bytes at once.
        pub data: String,
        /// Nothing follows.
        pub last: bool,
    }

    /// How far that is.
    pub struct FilePut {
        pub id: String,
        /// With the last part.
        pub staged: Option<Staged>,
    }

    /// Ends a recording: it is a file to be sent, or nothing.
    #[derive(Copy, Eq)]
    pub struct StopRecording { pub keep: bool }

    /// A voice message while it is spoken.
    pub struct Recording {
        /// `recording`.
        pub id: String,
        #[ts(type = "number")]
        pub order: i64,
        /// Milliseconds until now.
        #[ts(type = "number")]
        pub length: u64,
        /// How loud it is, 0–1.
        pub level: f32,
        /// Nothing is heard: there is no microphone, or it went.
        pub failure: Option<Failure>,
    }

    /// Forgets a file that was to be sent.
    #[derive(Eq)]
    pub struct Unstage { pub id: String }

    /// Sends files, each as a message of its own, and then the words. Answers as soon as they are kept.
    pub struct SendFiles {
        pub account: String,
        pub peer: String,
        /// Ids of staged ones.
        pub files: Vec<String>,
        /// What is said to them; may be empty.
        pub caption: String,
        /// Photos keep what they tell of their camera and place.
        pub original: bool,
        /// Not over an upload service.
        pub direct: bool,
    }

    /// Names a file.
    #[derive(Eq, Hash)]
    pub struct FileId { pub account: String, pub id: String }

    /// Where a copy is now.
    pub struct FileSaved {
        /// `None` where the person thought better of it.
        pub path: Option<String>,
    }

    /// What a conversation has of files and links, newest first.
    #[derive(Eq)]
    pub struct GetGallery {
        pub account: String,
        pub peer: String,
        pub what: GalleryOf,
        /// Older than this message's order.
        #[ts(type = "number | null")]
        pub before: Option<i64>,
        /// 1–200.
        pub limit: u32,
    }

    #[derive(Copy, Eq)]
    pub enum GalleryOf {
        /// Pictures and videos.
        Media,
        /// All other files.
        Files,
        /// Addresses of the web in what was said.
        Links,
    }

    pub struct Gallery {
        pub items: Vec<GalleryItem>,
        /// Nothing is older.
        pub at_start: bool,
    }

    pub struct GalleryItem {
        /// The message's id, and its place.
        pub message: String,
        #[ts(type = "number")]
        pub order: i64,
        #[ts(type = "number")]
        pub at: i64,
        pub outgoing: bool,
        pub file: Option<File>,
        pub link: Option<String>,
    }
}
