//! Settings of the application, and the application itself.

border! {
    /// What the person chose for the whole application.
    pub struct Settings {
        pub theme: Theme,
        /// Per cent: 50–200.
        pub zoom: u16,
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
    }

    #[derive(Copy, Eq)]
    pub enum Theme { System, Light, Dark }

    #[derive(Copy, Eq)]
    pub enum Density { Comfortable, Compact }

    /// A request that carries nothing.
    pub struct Nothing {}

    /// The window gained or lost the person's attention: drives XEP-0352 and read markers.
    pub struct SetFocus { pub focused: bool }

    pub struct AppInfo {
        pub version: String,
        pub data_folder: String,
        /// `demo.start` can work here.
        pub demo_available: bool,
        /// The report of the last crash, where there was one that nobody has read.
        pub crash_report: Option<String>,
        /// False where no keyring answers: passwords are then asked at each start.
        pub keyring: bool,
        /// Why the application's own data could not be opened; nothing else works then.
        pub fatal: Option<crate::Failure>,
    }

    pub struct Log { pub lines: Vec<String> }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            zoom: 100,
            language: "system".into(),
            density: Density::Comfortable,
            enter_sends: true,
            send_receipts: true,
            send_markers: true,
            send_chat_states: true,
        }
    }
}
