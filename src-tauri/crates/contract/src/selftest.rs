//! An account looked over: what works, what does not, and who can do something about it.

use crate::Failure;

border! {
    /// What was found, in the order it is shown.
    pub struct AccountCheck { pub checks: Vec<Check> }

    /// One thing that was tried. Its words are in the catalogue: `check.<checked>.<outcome>`.
    pub struct Check {
        pub checked: Checked,
        pub outcome: Outcome,
        /// Who can mend it; nobody where nothing is to be mended.
        pub fixer: Option<Fixer>,
        /// Milliseconds of [`Checked::RoundTrip`], bytes of the largest file with [`Checked::Upload`], relays of
        /// [`Checked::Relay`].
        #[ts(type = "number | null")]
        pub value: Option<u64>,
        /// What the server answered, where that was an error.
        pub failure: Option<Failure>,
    }

    #[derive(Copy, Eq, Hash)]
    pub enum Checked {
        /// Encrypted, and bound to this very connection.
        SignIn,
        /// A question to the server and its answer.
        RoundTrip,
        /// Short interruptions lose nothing (XEP-0198).
        Resuming,
        /// Asked how much it holds (XEP-0313).
        Archive,
        Carbons,
        /// Asked for a place to put a small file (XEP-0363); nothing is uploaded.
        Upload,
        /// Relays for calls through firewalls (XEP-0215).
        Relay,
    }

    #[derive(Copy, Eq)]
    pub enum Outcome {
        Good,
        /// The server does not offer it.
        Lacking,
        /// Offered, and it does not work.
        Failed,
        /// The archive keeps nothing, because the person once said so.
        Off,
    }

    #[derive(Copy, Eq)]
    pub enum Fixer {
        /// Whoever uses the account.
        You,
        /// Whoever runs the server.
        Operator,
    }
}
