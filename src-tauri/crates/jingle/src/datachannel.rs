//! Data channels: a stream within DTLS over ICE, written in two ways. Conversations has a transport of its own around that of
//! XEP-0176; in XEP-0343 it is that of XEP-0176 with an element in it.

use waxwing_xml::{El, Element, Reading as _, el};

use crate::{Malformed, ice, ns};

/// Where SCTP is, as everybody has it.
pub const PORT: u16 = 5000;
/// Bytes of a message where nothing is said of it (RFC 8841 §6.1).
pub const MESSAGE: u64 = 65_536;
/// Streams that are written; more than is ever used.
const STREAMS: u16 = 1024;
const PROTOCOL: &str = "webrtc-datachannel";

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `urn:xmpp:jingle:transports:webrtc-datachannel:1`, with the transport of XEP-0176 in it.
    Nested,
    /// The transport of XEP-0176, with `<sctpmap/>` in it (XEP-0343).
    SctpMap,
}

/// `<transport/>`. Labels are of no meaning: the first channel is the one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transport {
    pub form: Form,
    /// SCTP's port. Not said where only candidates are.
    pub port: Option<u16>,
    /// Bytes of a message that they take; 0 is as many as one likes. Only in the nested form.
    pub max_message_size: Option<u64>,
    pub ice: ice::Transport,
}

impl Transport {
    /// An offer or answer of ours; `max_message_size` in bytes.
    pub fn new(form: Form, max_message_size: u64, ice: ice::Transport) -> Self {
        let max_message_size = (form == Form::Nested).then_some(max_message_size);
        Self { form, port: Some(PORT), max_message_size, ice }
    }

    /// With nothing but places to be reached at, for a `transport-info`.
    #[must_use]
    pub fn trickle(&self, ice: ice::Transport) -> Self {
        Self { form: self.form, port: None, max_message_size: None, ice }
    }

    /// Bytes that a message to them may have.
    pub fn longest_message(&self) -> u64 {
        match self.max_message_size {
            Some(0) => u64::MAX,
            Some(size) => size,
            None => MESSAGE,
        }
    }

    /// Encrypted with a key that can be checked: without, nothing is begun.
    pub fn is_secured(&self) -> bool {
        self.ice.fingerprint.is_some() && self.ice.credentials.is_some()
    }

    /// Reads either form; `None` for a transport of XEP-0176 without `<sctpmap/>`.
    ///
    /// # Errors
    /// A port or size that is none, or what [`ice::Transport::read`] has against it.
    pub fn read(element: &Element) -> Result<Option<Self>, Malformed> {
        if element.has_ns(ns::DATA_CHANNEL) {
            return Self::read_nested(element).map(Some);
        }
        // In either place of the specification the port is called otherwise.
        let port = |map: &Element| map.get("number").or_else(|| map.get("port")).map_or(Ok(PORT), port_of);
        let Some(map) = element.get_child("sctpmap", ns::DTLS_SCTP) else { return Ok(None) };
        if map.get("protocol").is_some_and(|protocol| protocol != PROTOCOL) {
            return Err(Malformed("no data channels"));
        }
        let ice = ice::Transport::read(element)?;
        Ok(Some(Self { form: Form::SctpMap, port: Some(port(map)?), max_message_size: None, ice }))
    }

    fn read_nested(element: &Element) -> Result<Self, Malformed> {
        let size = element.get("max-message-size");
        let ice = element.get_child("transport", ns::ICE_UDP).ok_or(Malformed("a data channel without a way"))?;
        Ok(Self {
            form: Form::Nested,
            port: element.get("sctp-port").map(port_of).transpose()?,
            max_message_size: size
                .map(|size| size.parse().map_err(|_| Malformed("the size of messages")))
                .transpose()?,
            ice: ice::Transport::read(ice)?,
        })
    }

    pub fn write(&self) -> El {
        let port = self.port.map(|port| port.to_string());
        match self.form {
            Form::Nested => el("transport", ns::DATA_CHANNEL)
                .attr_opt("sctp-port", port)
                .attr_opt("max-message-size", self.max_message_size.map(|size| size.to_string()))
                .child(self.ice.write()),
            Form::SctpMap => self.ice.write().children(port.map(|port| {
                el("sctpmap", ns::DTLS_SCTP)
                    .attr("number", port)
                    .attr("protocol", PROTOCOL)
                    .attr("streams", STREAMS.to_string())
            })),
        }
    }
}

fn port_of(text: &str) -> Result<u16, Malformed> {
    text.parse().ok().filter(|port| *port > 0).ok_or(Malformed("an SCTP port"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ICE: &str = "ufrag='8hhy' pwd='asd88fgpdd777uzjYhagZg'";
    const FINGERPRINT: &str = "<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256' setup='actpass'>\
        02:1A:CC:54:27:AB:EB:9C:53:3F:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1:7A:03:A2:7D:F9:B0:7F:46:19:B2</fingerprint>";
    const CANDIDATE: &str = "<candidate component='1' foundation='1' generation='0' id='a' ip='10.0.1.1' network='1' \
        port='8998' priority='2130706431' protocol='udp' type='host'/>";

    fn read(xml: &str) -> Result<Option<Transport>, Malformed> {
        Transport::read(&xml.parse().unwrap())
    }

    fn nested(attrs: &str, inner: &str) -> Result<Option<Transport>, Malformed> {
        read(&format!(
            "<transport xmlns='urn:xmpp:jingle:transports:webrtc-datachannel:1' {attrs}>\
             <transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' {ICE}>{inner}</transport></transport>"
        ))
    }

    fn mapped(map: &str) -> Result<Option<Transport>, Malformed> {
        read(&format!("<transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' {ICE}>{map}{FINGERPRINT}</transport>"))
    }

    fn there_and_back(transport: &Transport) -> Transport {
        Transport::read(&transport.write().into()).unwrap().unwrap()
    }

    #[test]
    fn what_conversations_writes_goes_there_and_back() {
        let offer = nested("sctp-port='5000' max-message-size='262144'", FINGERPRINT).unwrap().unwrap();
        assert_eq!((offer.form, offer.port, offer.longest_message()), (Form::Nested, Some(5000), 262_144));
        assert!(offer.is_secured());
        assert_eq!(there_and_back(&offer), offer);
        let trickle = nested("", CANDIDATE).unwrap().unwrap();
        assert_eq!((trickle.port, trickle.ice.candidates.len(), trickle.is_secured()), (None, 1, false));
        assert_eq!(offer.trickle(trickle.ice.clone()), trickle);
        assert_eq!(there_and_back(&trickle), trickle);
    }

    /// Example 1 of XEP-0343.
    #[test]
    fn what_the_specification_has_goes_there_and_back() {
        let map = "<sctpmap xmlns='urn:xmpp:jingle:transports:dtls-sctp:1' number='5001' \
                   protocol='webrtc-datachannel' streams='1024'/>";
        let offer = mapped(map).unwrap().unwrap();
        assert_eq!((offer.form, offer.port, offer.longest_message()), (Form::SctpMap, Some(5001), MESSAGE));
        assert!(offer.is_secured());
        assert_eq!(there_and_back(&offer), offer);
        let trickle: Element = offer.trickle(offer.ice.clone()).write().into();
        assert!(trickle.has_ns(ns::ICE_UDP) && trickle.get_child("sctpmap", ns::DTLS_SCTP).is_none());
        assert_eq!(Transport::read(&trickle), Ok(None), "no more than XEP-0176");
    }

    #[test]
    fn all_has_its_bounds() {
        for attrs in
            ["sctp-port='0'", "sctp-port='65536'", "sctp-port='x'", "max-message-size='-1'", "max-message-size='x'"]
        {
            assert!(nested(attrs, "").is_err(), "{attrs}");
        }
        assert_eq!(nested("max-message-size='0'", "").unwrap().unwrap().longest_message(), u64::MAX);
        assert!(read("<transport xmlns='urn:xmpp:jingle:transports:webrtc-datachannel:1'/>").is_err());
        for attrs in ["number='0'", "port='65536'", "number='5000' protocol='telepathy'"] {
            assert!(mapped(&format!("<sctpmap xmlns='urn:xmpp:jingle:transports:dtls-sctp:1' {attrs}/>")).is_err());
        }
        let map = "<sctpmap xmlns='urn:xmpp:jingle:transports:dtls-sctp:1' port='7'/>";
        assert_eq!(mapped(map).unwrap().unwrap().port, Some(7));
        assert_eq!(mapped("").unwrap(), None);
    }
}
