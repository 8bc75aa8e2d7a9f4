//! Namespaces.

pub const JINGLE: &str = "urn:xmpp:jingle:1";
pub const ERRORS: &str = "urn:xmpp:jingle:errors:1";
pub const MESSAGE: &str = "urn:xmpp:jingle-message:0";
pub const RTP: &str = "urn:xmpp:jingle:apps:rtp:1";
pub const RTP_INFO: &str = "urn:xmpp:jingle:apps:rtp:info:1";
pub const RTP_ERRORS: &str = "urn:xmpp:jingle:apps:rtp:errors:1";
pub const RTCP_FB: &str = "urn:xmpp:jingle:apps:rtp:rtcp-fb:0";
pub const RTP_HDREXT: &str = "urn:xmpp:jingle:apps:rtp:rtp-hdrext:0";
pub const SSMA: &str = "urn:xmpp:jingle:apps:rtp:ssma:0";
pub const GROUPING: &str = "urn:xmpp:jingle:apps:grouping:0";
pub const CATEGORY: &str = "urn:xmpp:jingle:apps:category:0";
pub const ICE_UDP: &str = "urn:xmpp:jingle:transports:ice-udp:1";
pub const DTLS: &str = "urn:xmpp:jingle:apps:dtls:0";
/// Said by Conversations in `<transport/>`.
pub const ICE_OPTION: &str = "http://gultsch.de/xmpp/drafts/jingle/transports/ice-udp/option";
/// A fingerprint sealed with OMEMO.
pub const DTLS_OMEMO: &str = "http://gultsch.de/xmpp/drafts/omemo/dlts-srtp-verification";
pub const HINTS: &str = "urn:xmpp:hints";
pub const FILE: &str = "urn:xmpp:jingle:apps:file-transfer:5";
pub const FILE_ERRORS: &str = "urn:xmpp:jingle:apps:file-transfer:errors:0";
pub const HASHES: &str = "urn:xmpp:hashes:2";
pub const S5B: &str = "urn:xmpp:jingle:transports:s5b:1";
pub const BYTESTREAMS: &str = "http://jabber.org/protocol/bytestreams";
pub const JINGLE_IBB: &str = "urn:xmpp:jingle:transports:ibb:1";
pub const IBB: &str = "http://jabber.org/protocol/ibb";
/// Data channels as Conversations has them.
pub const DATA_CHANNEL: &str = "urn:xmpp:jingle:transports:webrtc-datachannel:1";
/// Data channels as XEP-0343 has them.
pub const DTLS_SCTP: &str = "urn:xmpp:jingle:transports:dtls-sctp:1";
/// Encrypted transports.
pub const JET: &str = "urn:xmpp:jingle:jet:0";
