//! What goes over an account's stream, for those who want to see it.

border! {
    /// An element that went over a stream while somebody looked. Secrets are taken out.
    pub struct StreamElement {
        /// A number that grows.
        pub id: String,
        #[ts(type = "number")]
        pub order: i64,
        /// Milliseconds since 1970, UTC.
        #[ts(type = "number")]
        pub at: i64,
        /// We sent it.
        pub outgoing: bool,
        pub kind: ElementKind,
        /// Who it is to or from, where it says.
        pub peer: Option<String>,
        /// As XML text, cut where it is very long.
        pub xml: String,
        /// How many went by just before that were too many to show.
        pub missed: u32,
    }

    /// RFC 6120 §8; what is none of the three is `Other`, such as acknowledgements (XEP-0198).
    #[derive(Copy, Eq)]
    pub enum ElementKind { Message, Presence, Iq, Other }

    /// Sends one stanza as it was written, without keeping it. An IQ without an id gets one.
    pub struct SendXml { pub account: String, pub xml: String }
}
