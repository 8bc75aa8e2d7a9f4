//! How a failure crosses the border.

border! {
    /// What went wrong, for the interface to choose words and a way out by `code`; never by text.
    pub struct Failure {
        pub code: Code,
        /// RFC 6120 §8.3.3 (stanza) or §4.9.3 (stream) or §6.5 (SASL) condition, where one was received.
        pub condition: Option<String>,
        /// Which service failed or refused, where it is none that the person would think of: a name or an address.
        pub host: Option<String>,
        /// RFC 6120 §8.3.2 error type of a stanza error.
        pub retry: Option<Retry>,
        /// English, technical: shown behind a disclosure and copied, not the person's first sentence.
        pub message: String,
        /// With [`Code::Certificate`]: what the server showed.
        pub certificate: Option<Box<CertificateProblem>>,
    }

    /// RFC 6120 §8.3.2.
    pub enum Retry { Auth, Cancel, Continue, Modify, Wait }

    /// Kinds of failure; each has words of its own in the interface's catalogue (`failure.<code>`).
    #[derive(Copy, Eq, Hash)]
    pub enum Code {
        /// The command's name is not in the table.
        UnknownCommand,
        /// The request does not have the command's shape.
        InvalidRequest,
        /// The window may not call this command.
        Forbidden,
        /// Not an XMPP address (RFC 7622).
        InvalidAddress,
        /// Address and password do not match, or the account was closed.
        NotAuthorized,
        /// No password is at hand (no keyring, or it forgot): ask.
        PasswordNeeded,
        /// This address is signed in already.
        AlreadySignedIn,
        /// The name of the server cannot be found.
        HostNotFound,
        /// The host the person chose cannot be found.
        EndpointNotFound,
        /// Nothing listens there, or the network is down.
        Unreachable,
        /// The proxy is not there, or does not let us through.
        Proxy,
        /// The address lives in Tor, and no proxy is set.
        NeedsTor,
        /// A step took longer than its limit.
        Timeout,
        /// The certificate is not to be trusted; see `certificate`.
        Certificate,
        /// The server offers no encryption, or TLS failed otherwise.
        TlsFailed,
        /// The server offers no way of signing in that is safe and known.
        NoMechanism,
        /// Sign-ins were bound to their connection so far, and this one cannot be: the person has to say the password anew.
        BindingLost,
        /// What the server sent is not XMPP as we know it.
        Protocol,
        /// Another session took this one's place (stream error `conflict`).
        Conflict,
        /// The server ended the stream; `condition` says why.
        StreamEnded,
        /// No stream: the command needs the server.
        Offline,
        /// Server or peer answered with a stanza error; `condition` and `retry` are its own.
        Refused,
        /// The server of whom it is for cannot be reached from ours; `condition` says how that showed.
        TheirServerUnreachable,
        /// The server or peer does not offer what the command needs.
        NotSupported,
        /// Nothing with that id or address.
        NotFound,
        /// The message is empty.
        Empty,
        /// Not one message, presence or iq that can be sent; the condition says why: `not-xml`, `several`, `text`,
        /// `not-a-stanza`, `from`, `to` or `iq-type`.
        InvalidStanza,
        /// Not a file of an account's data that can be read; the message says why.
        InvalidFile,
        /// Longer than the server (or we) allow.
        TooLong,
        /// The server does not let people create accounts this way.
        RegistrationClosed,
        /// The name is taken.
        NameTaken,
        /// The disk is full: nothing was stored.
        DiskFull,
        /// The database was written by a newer Waxwing.
        DatabaseTooNew,
        /// The database is damaged; it was left as it is.
        DatabaseDamaged,
        /// Reading or writing failed otherwise.
        Storage,
        /// The system's keyring refused, or stayed locked.
        Keyring,
        /// The system's keyring did not take the password.
        PasswordNotKept,
        /// The system's keyring did not forget the secrets of an account that is gone.
        SecretNotRemoved,
        /// Another Waxwing uses this data folder.
        InUse,
        /// The folder cannot be written.
        ReadOnly,
        /// Not a link that can be followed.
        InvalidLink,
        /// More links at once than a person can mean.
        TooManyLinks,
        /// There is a call already, and one microphone.
        InCall,
        /// None of their devices takes calls.
        CannotBeCalled,
        /// The account's proxy carries no calls, and none goes around it.
        NoCallsOverProxy,
        /// There is no camera, or it cannot be opened.
        NoCamera,
        /// There is no microphone, or it cannot be opened.
        NoMicrophone,
        /// The screen or window cannot be seen, or is gone.
        NoScreen,
        /// There is no way to send a file to them: no upload service, and none of their devices takes one.
        NoWayForFiles,
        /// The file is larger than the upload service takes, and there is no other way; the condition is the limit in bytes.
        FileTooLarge,
        /// More or other bytes came than were promised; nothing of it was kept.
        FileNotAsPromised,
        /// The file cannot be decrypted: another key, or changed on the way.
        FileForged,
        /// The file is not there any more.
        FileGone,
        /// The file changed while it was sent.
        FileChanged,
        /// It is no file that can be sent.
        NotAFile,
        /// What is in the folder is more than can be packed.
        FolderTooLarge,
        /// The link leads into a private network, or not over TLS: it is not followed.
        UnsafeLink,
        /// The upload service has no room for us.
        ServiceFull,
        /// The upload service is too busy.
        ServiceBusy,
        /// The upload service does not answer any more.
        ServiceSilent,
        /// The upload service, or where the file is, refused.
        ServiceRefused,
        /// The file stopped on the way; going on is possible.
        Interrupted,
        /// There is no way between the two.
        NoWay,
        /// They did not want the file, or took it back.
        DeclinedByThem,
        /// The person did not want the file, or took it back.
        Cancelled,
        /// Files may take no more room on this computer.
        OverQuota,
        /// The photo cannot be read, and so not freed of what it tells.
        UnreadablePhoto,
        /// This desktop does not offer it.
        NoDesktop,
        /// The demo is not part of this installation.
        NoDemo,
        /// A fault of ours; the message is for the report.
        Internal,
    }

    /// A certificate that did not convince, as a person can judge it.
    pub struct CertificateProblem {
        pub fault: CertificateFault,
        /// The name that was asked for (the account's domain).
        pub host: String,
        /// SHA-256 of the DER, hex in pairs with colons; also what a pin holds.
        pub fingerprint: String,
        pub subject: String,
        pub issuer: String,
        /// The names it is valid for.
        pub names: Vec<String>,
        /// Milliseconds since 1970, UTC.
        #[ts(type = "number")]
        pub not_before: i64,
        /// Milliseconds since 1970, UTC.
        #[ts(type = "number")]
        pub not_after: i64,
    }

    /// The first thing wrong with a certificate.
    #[derive(Copy, Eq)]
    pub enum CertificateFault { Expired, NotYetValid, WrongName, UnknownIssuer, SelfSigned, Revoked, PinMismatch, Unusable }
}

impl Failure {
    /// A failure with a technical message and nothing more.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, condition: None, host: None, retry: None, message: message.into(), certificate: None }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {}", self.code, self.message)
    }
}

impl std::error::Error for Failure {}
