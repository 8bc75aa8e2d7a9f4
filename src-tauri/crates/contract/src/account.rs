//! Accounts and their sessions.

use crate::{Failure, Presence, Show};

border! {
    /// One account, as the rail and the settings show it.
    pub struct Account {
        /// A UUID; also the name of its folder.
        pub id: String,
        #[ts(type = "number")]
        pub order: i64,
        /// Bare JID.
        pub jid: String,
        pub name: String,
        /// The colour that tells this account from the others: the person's choice, else XEP-0392's. Hue angle, 0–359.
        pub hue: u16,
        /// The person chose the colour.
        pub coloured: bool,
        /// Key for `avatar.get`, where one is known.
        pub avatar: Option<String>,
        pub session: SessionState,
        /// What the person chose, kept over restarts; sent whenever online.
        pub presence: Presence,
    }

    /// Where the session of an account is.
    #[serde(tag = "state", rename_all_fields = "camelCase")]
    pub enum SessionState {
        /// The person signed this account out.
        Offline,
        /// On the way.
        Connecting { step: ConnectStep },
        /// Signed in; `catching_up` while the archive is being read.
        Online { catching_up: bool },
        /// Will try again by itself.
        Waiting {
            failure: Failure,
            /// Milliseconds since 1970, UTC, of the next attempt.
            #[ts(type = "number")]
            retry_at: i64,
        },
        /// Needs the person (wrong password, certificate, replaced by another session …).
        Stopped { failure: Failure },
    }

    /// The step a connection attempt is at.
    #[derive(Copy, Eq)]
    pub enum ConnectStep {
        /// The keyring is asked for the password; a person may have to unlock it.
        Keyring,
        Lookup,
        Tcp,
        Tls,
        SignIn,
    }

    /// Where to connect instead of what DNS says. The certificate must still match the account's domain.
    #[derive(Eq)]
    pub struct Endpoint {
        /// Name or IP address.
        pub host: String,
        pub port: u16,
        /// TLS from the first byte (XEP-0368) instead of STARTTLS.
        pub direct_tls: bool,
    }

    /// A SOCKS5 proxy on the way to the server, such as Tor's at 127.0.0.1:9050. It looks up names itself.
    #[derive(Eq)]
    pub struct Proxy {
        /// Name or IP address.
        pub host: String,
        pub port: u16,
    }

    /// How an account's server is reached from now on; connects anew.
    pub struct SetRoute { pub account: String, pub endpoint: Option<Endpoint>, pub proxy: Option<Proxy> }

    /// Signs in and keeps the account. Answers when the session is online, or fails and keeps nothing.
    pub struct SignIn {
        pub jid: String,
        pub password: String,
        pub endpoint: Option<Endpoint>,
        pub proxy: Option<Proxy>,
        /// Fingerprint of a certificate the person accepts for this account.
        pub pin: Option<String>,
        /// Keep the password for the next start.
        pub remember: bool,
    }

    /// The account a command made.
    pub struct AccountAdded { pub account: String }

    /// Asks `domain` what it wants to know of a new account (XEP-0077 §3.1).
    pub struct RegistrationFields {
        pub domain: String,
        pub endpoint: Option<Endpoint>,
        pub proxy: Option<Proxy>,
        pub pin: Option<String>,
    }

    /// The legacy fields of XEP-0077 §3.1.
    pub struct Registration {
        pub instructions: String,
        /// Names from XEP-0077 §14.1 such as `username`, `password`, `email`, in the server's order.
        pub fields: Vec<String>,
    }

    /// Creates an account with the legacy fields, then signs in as `account.signIn` does.
    pub struct Register {
        pub domain: String,
        pub endpoint: Option<Endpoint>,
        pub proxy: Option<Proxy>,
        pub pin: Option<String>,
        pub fields: Vec<RegistrationField>,
        /// Keep the password for the next start.
        pub remember: bool,
    }

    pub struct RegistrationField { pub name: String, pub value: String }

    /// Names an account.
    pub struct AccountId { pub account: String }

    /// A new password for the next attempt (after it was changed elsewhere, or where no keyring holds it).
    pub struct SetPassword { pub account: String, pub password: String, pub remember: bool }

    /// Accepts a certificate by its fingerprint, for this account alone, and tries again.
    pub struct PinCertificate { pub account: String, pub fingerprint: String }

    /// The colour that tells an account from the others: a hue angle, 0–359, or `None` for XEP-0392's own.
    pub struct SetColour { pub account: String, pub hue: Option<u16> }

    /// Own presence, kept and sent.
    pub struct SetPresence { pub account: String, pub show: Show, pub status: String, pub priority: i8 }

    /// What is known of an account's server and connection.
    pub struct AccountDetails {
        pub account: String,
        /// Full JID while online.
        pub bound: Option<String>,
        pub connection: Option<Connection>,
        /// Software name and version the server told (XEP-0092).
        pub server_software: Option<String>,
        /// While offline, as it was the last time.
        pub capabilities: Vec<ServerCapability>,
        /// Stanzas refused for depth or size since the application started.
        pub skipped_stanzas: u32,
        /// Difference of the server's clock to ours in milliseconds (XEP-0202), where it was asked.
        #[ts(type = "number | null")]
        pub clock_offset: Option<i64>,
        /// The pinned certificate's fingerprint.
        pub pin: Option<String>,
        /// As the person chose.
        pub endpoint: Option<Endpoint>,
        pub proxy: Option<Proxy>,
    }

    /// How the stream is secured.
    pub struct Connection {
        /// Host and port that answered.
        pub endpoint: String,
        pub direct_tls: bool,
        /// Such as `TLS 1.3`.
        pub tls: String,
        pub cipher: String,
        /// SASL mechanism that was used.
        pub mechanism: String,
        /// Channel binding type, where one protected the sign-in.
        pub channel_binding: Option<String>,
        /// SASL2 with Bind 2 rather than RFC 6120's own.
        pub sasl2: bool,
        /// The stream management session was resumed rather than bound anew.
        pub resumed: bool,
        pub certificate_fingerprint: String,
    }

    /// One thing a server can offer.
    pub struct ServerCapability { pub feature: Feature, pub offered: bool }

    /// What a person gains from a server's feature; each has words in the catalogue (`feature.<name>`).
    #[derive(Copy, Eq)]
    pub enum Feature { Archive, Carbons, StreamManagement, Pep, Blocking, RosterVersions, PreApproval, ClientState, Sasl2, ChannelBinding }
}
