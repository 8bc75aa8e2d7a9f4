//! Calls.

border! {
    /// A call that rings, goes on, or has just ended.
    pub struct Call {
        pub id: String,
        /// When it began here, in milliseconds since 1970, UTC.
        #[ts(type = "number")]
        pub order: i64,
        pub account: String,
        /// Bare JID.
        pub peer: String,
        pub name: String,
        pub hue: u16,
        pub avatar: Option<String>,
        pub outgoing: bool,
        /// It was begun with video.
        pub video: bool,
        pub phase: CallPhase,
        pub ours: OurSide,
        pub theirs: TheirSide,
        /// Since it is on.
        pub quality: Option<CallQuality>,
        /// They are no contact: nothing tells them where we are.
        pub stranger: bool,
    }

    /// How far a call is.
    #[serde(tag = "phase")]
    pub enum CallPhase {
        /// We call; `reached` once it rings there.
        Calling { reached: bool },
        /// It rings here.
        Ringing,
        /// Taken; the ways are being found.
        Connecting,
        /// We can hear each other, since `since` (milliseconds since 1970, UTC). `interrupted`: nothing comes through just
        /// now, and another way is looked for.
        Active {
            #[ts(type = "number")]
            since: i64,
            interrupted: bool,
        },
        /// With something to say; it stays until it is dismissed.
        Ended { outcome: CallOutcome, trouble: Option<CallTrouble> },
    }

    /// How a call ended.
    #[derive(Copy, Eq)]
    pub enum CallOutcome {
        /// There was a conversation.
        Completed,
        /// It rang here, and nobody took it.
        Missed,
        /// It rang there, and nobody took it.
        NoAnswer,
        /// Given up before it was taken.
        Cancelled,
        /// We did not take it.
        DeclinedHere,
        DeclinedThere,
        /// They speak to somebody else.
        Busy,
        /// It rang here while we spoke to somebody else.
        MissedBusy,
        /// Another device of ours took it.
        AnsweredElsewhere,
        /// Another device of ours did not take it.
        DeclinedElsewhere,
        Failed,
    }

    /// Why a call failed, as far as it is known.
    #[derive(Eq)]
    #[serde(tag = "trouble")]
    pub enum CallTrouble {
        /// No way between the two: `relay` where we had a relay.
        NoWay { relay: bool },
        /// Only a relay may be used, and there is none.
        NoRelay,
        /// They do not encrypt, or not with the key they promised.
        NotEncrypted,
        /// They speak no codec of ours, or want something else than calls.
        Incompatible,
        /// Their client or server does not know of it, or they are gone.
        Unreachable,
        /// The account is connected through a proxy, which carries no calls.
        Proxy,
        /// The sound system or the engine failed here.
        Ours { message: String },
        /// What else they say: Jingle's condition (XEP-0166 §7.4).
        Theirs { condition: String },
    }

    /// What we send.
    pub struct OurSide {
        pub muted: bool,
        /// We have put them on hold.
        pub holding: bool,
        /// The camera is on.
        pub camera: bool,
        /// The screen is shown.
        pub screen: bool,
        /// There is no microphone: we only listen.
        pub listening_only: bool,
        /// A device is gone, and another is used.
        pub changed_device: bool,
    }

    /// What they send.
    #[derive(Copy, Eq)]
    pub struct TheirSide {
        pub muted: bool,
        pub camera: bool,
        pub screen: bool,
        /// They have put us on hold.
        pub holding: bool,
    }

    /// How well it goes.
    #[derive(Copy)]
    pub struct CallQuality {
        pub verdict: Verdict,
        /// Share of what they sent that did not come, of the last seconds, in per cent.
        pub lost_here: f32,
        /// Of what we sent.
        pub lost_there: f32,
        /// Round trip, in milliseconds.
        pub round_trip: Option<u32>,
        /// How long sound is held back against jitter, in milliseconds.
        pub held_back: u32,
        /// Share of their sound that did not come in time and was made up, since the call began, in per cent.
        pub concealed: f32,
        /// Share of the time in which their picture stood still, since it was first seen, in per cent.
        pub frozen: f32,
        /// Kilobits a second.
        pub received: u32,
        pub sent: u32,
        /// It goes through a relay.
        pub relayed: bool,
    }

    /// In a word.
    #[derive(Copy, Eq)]
    pub enum Verdict {
        Good,
        /// What comes from them is damaged.
        WeakThere,
        /// What we send is.
        WeakHere,
        /// It takes long both ways.
        Slow,
    }

    /// How a call went, in the timeline.
    #[derive(Copy, Eq)]
    pub struct CallRecord {
        pub outgoing: bool,
        pub video: bool,
        /// `None` while it goes on.
        pub outcome: Option<CallOutcome>,
        /// Seconds that were spoken.
        pub seconds: u32,
        /// It was made or taken on this device.
        #[serde(default)]
        pub here: bool,
    }

    /// Pictures of a call.
    #[derive(Copy, Eq, Hash)]
    pub enum PictureOf { TheirCamera, TheirScreen, OurCamera, OurScreen }

    /// Whether somebody can be called.
    #[derive(Copy, Eq)]
    pub enum Callable {
        /// None of their devices takes calls.
        No,
        Audio,
        Video,
        /// None of them is there: it may ring all the same.
        Unknown,
    }

    /// Calls somebody; the call shows in the view.
    pub struct StartCall { pub account: String, pub peer: String, pub video: bool }

    /// Names a call.
    #[derive(Eq, Hash)]
    pub struct CallId { pub account: String, pub id: String }

    /// Takes a call, with the camera or without.
    pub struct AcceptCall { pub account: String, pub id: String, pub video: bool }

    /// Nothing is heard of us while it is muted.
    pub struct MuteCall { pub account: String, pub id: String, pub muted: bool }

    /// Puts them on hold: neither hears the other, and the call stays.
    pub struct HoldCall { pub account: String, pub id: String, pub held: bool }

    /// Shows the camera, or nothing.
    pub struct SetCamera { pub account: String, pub id: String, pub on: bool }

    /// Shows a screen or a window, by its id.
    pub struct ShareScreen { pub account: String, pub id: String, pub showable: String }

    /// Sends a tone of a telephone's keypad: one of `0`–`9`, `*`, `#`, `A`–`D`.
    pub struct DialTone { pub account: String, pub id: String, pub tone: String }
}
