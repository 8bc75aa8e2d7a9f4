//! Settings of the application, and the application itself.

use std::collections::BTreeMap;

border! {
    /// What the person chose for the whole application.
    pub struct Settings {
        pub theme: Theme,
        /// Per cent: 50–200; for screens that have none of their own.
        pub zoom: u16,
        /// The same for one screen each, by its size as the interface sees it (`1280x800@1`).
        pub zoom_by_screen: BTreeMap<String, u16>,
        /// `en`, `de`, or `system`.
        pub language: String,
        pub density: Density,
        /// Enter sends and Shift+Enter breaks the line; the other way round when false.
        pub enter_sends: bool,
        /// Tell peers that a message arrived (XEP-0184).
        pub send_receipts: bool,
        /// Tell peers that a message was seen (XEP-0333).
        pub send_markers: bool,
        /// Tell peers that we type (XEP-0085).
        pub send_chat_states: bool,
        /// Tell of new messages while nobody looks at them.
        pub notify: bool,
        pub preview: Preview,
        pub notification_sound: bool,
        /// When nothing is told, whatever day it is.
        pub quiet_hours: Option<QuietHours>,
        /// What closing the window means.
        pub on_close: OnClose,
        /// Messages older than this many days are removed from this computer; `None` keeps all.
        pub keep_days: Option<u32>,
        /// Of the computer's devices, by their ids; `None` is the system's own choice.
        pub microphone: Option<String>,
        pub loudspeaker: Option<String>,
        pub camera: Option<String>,
        /// It rings when somebody calls.
        pub ringtone: bool,
        /// What the loudspeaker plays is taken out of what the microphone hears.
        pub echo_cancellation: bool,
        /// What sounds all the time is turned down.
        pub noise_suppression: bool,
        /// Who speaks low is turned up.
        pub gain_control: bool,
        /// Calls go through relays only: nobody called learns our addresses.
        pub relay_only: bool,
        /// Files of contacts up to so many MB come by themselves; 0 asks always.
        pub receive_mb: u32,
        /// How many MB files may take on this computer; `None` as much as there is.
        pub keep_mb: Option<u32>,
        /// Photos are freed of what they tell of their camera and place before they are sent.
        pub strip_photos: bool,
        /// Where no keyring answers: keep passwords in a file only the person can read.
        pub password_file: bool,
    }

    /// What a notification says.
    #[derive(Copy, Eq)]
    pub enum Preview { NameAndText, Name, Nothing }

    /// From one time of day to another, in minutes after midnight by the local clock; past midnight where `to` is
    /// smaller.
    #[derive(Copy, Eq)]
    pub struct QuietHours { pub from: u16, pub to: u16 }

    /// What closing the window means, where there is a tray to hide in.
    #[derive(Copy, Eq)]
    pub enum OnClose {
        /// Not chosen yet: ask once.
        Ask,
        Hide,
        Quit,
    }

    #[derive(Copy, Eq)]
    pub enum Theme { System, Light, Dark }

    #[derive(Copy, Eq)]
    pub enum Density { Comfortable, Compact }

    /// A request that carries nothing.
    pub struct Nothing {}

    /// The window gained or lost the person's attention: drives XEP-0352, read markers and notifications.
    pub struct SetFocus {
        pub focused: bool,
        /// The conversation on the page, where there is one.
        pub conversation: Option<crate::ConversationId>,
    }

    pub struct AppInfo {
        pub version: String,
        pub data_folder: String,
        /// `demo.start` can work here.
        pub demo_available: bool,
        /// The report of the last crash, where there was one that nobody has read.
        pub crash_report: Option<String>,
        /// Where passwords are kept.
        pub passwords: PasswordStore,
        /// Names of settings that were nonsense and are as new.
        pub reset_settings: Vec<String>,
        /// Why the application's own data could not be opened; nothing else works then.
        pub fatal: Option<crate::Failure>,
    }

    pub struct Log { pub lines: Vec<String> }

    /// Where passwords outlive the process.
    #[derive(Copy, Eq)]
    pub enum PasswordStore {
        /// The system's keyring.
        Keyring,
        /// A file that only its owner can read, unencrypted.
        File,
        /// A file like that, named at the start of the program: no choice of the person's at the window.
        NamedFile,
        /// Nowhere as things are: there is a keyring, and it refused the last time.
        Refused,
        /// Nowhere: they are asked at each start.
        Nowhere,
    }

    /// What is kept on this computer.
    pub struct Storage { pub accounts: Vec<StoredAccount> }

    pub struct StoredAccount {
        pub account: String,
        pub jid: String,
        /// Bytes of its folder.
        #[ts(type = "number")]
        pub bytes: u64,
        pub messages: u32,
        /// Milliseconds since 1970, UTC, of the oldest message.
        #[ts(type = "number | null")]
        pub oldest: Option<i64>,
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            zoom: 100,
            zoom_by_screen: BTreeMap::new(),
            language: "system".into(),
            density: Density::Comfortable,
            enter_sends: true,
            send_receipts: true,
            send_markers: true,
            send_chat_states: true,
            notify: true,
            preview: Preview::NameAndText,
            notification_sound: true,
            quiet_hours: None,
            on_close: OnClose::Ask,
            keep_days: None,
            microphone: None,
            loudspeaker: None,
            camera: None,
            ringtone: true,
            echo_cancellation: true,
            noise_suppression: true,
            gain_control: true,
            relay_only: false,
            receive_mb: 10,
            keep_mb: None,
            strip_photos: true,
            password_file: false,
        }
    }
}

impl QuietHours {
    /// Whether `minute` of the day is one of them.
    pub fn covers(self, minute: u16) -> bool {
        if self.from <= self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_may_pass_midnight() {
        let night = QuietHours { from: 22 * 60, to: 7 * 60 };
        assert!(night.covers(23 * 60) && night.covers(0) && night.covers(6 * 60 + 59));
        assert!(!night.covers(7 * 60) && !night.covers(12 * 60));
        let noon = QuietHours { from: 720, to: 780 };
        assert!(noon.covers(720) && !noon.covers(780));
        assert!(!QuietHours { from: 60, to: 60 }.covers(60), "no time at all");
    }
}
