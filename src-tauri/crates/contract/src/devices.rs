//! What calls are made with.

border! {
    /// What there is at the moment.
    pub struct MediaDevices {
        pub microphones: Vec<MediaDevice>,
        pub loudspeakers: Vec<MediaDevice>,
        pub cameras: Vec<MediaDevice>,
        /// The sound system cannot be reached, and why.
        pub silent: Option<String>,
    }

    pub struct MediaDevice {
        /// Stays the same when it is plugged in again.
        pub id: String,
        pub name: String,
        /// Taken where none is chosen.
        pub is_default: bool,
    }

    /// Tries devices as they are chosen in the settings; ends what was being tried.
    #[derive(Copy, Eq)]
    pub struct TryDevices { pub what: Trial }

    /// What is tried.
    #[derive(Copy, Eq)]
    pub enum Trial {
        /// Says a few words back.
        Microphone,
        /// Plays a tone.
        Loudspeaker,
        /// Nothing: what goes on is ended.
        Nothing,
    }

    /// How a trial goes: one item of its view.
    pub struct TrialStep {
        pub id: String,
        #[ts(type = "number")]
        pub order: i64,
        pub step: TrialPhase,
        /// How loud it is, from 0 to 1.
        pub level: f32,
        /// Milliseconds until the next phase.
        pub left: u32,
    }

    #[derive(Copy, Eq)]
    pub enum TrialPhase { Recording, Playing, Done, NoMicrophone, NoLoudspeaker }

    /// Asks which of this computer's screens and windows can be shown.
    pub struct Showables { pub list: Vec<Showable> }

    /// A screen or a window.
    pub struct Showable {
        pub id: String,
        pub title: String,
        /// A whole screen.
        pub screen: bool,
        /// Whatever the person says when the desktop asks, which it does once it is to be shown; the rest says nothing then.
        pub asked: bool,
        pub width: u32,
        pub height: u32,
        /// A `data:` URL of what it shows, small.
        pub thumbnail: Option<String>,
    }
}
