//! A data channel as SDP and back (RFC 8841): a description with nothing else in it.

use super::read::Way;
use super::read_candidate;
use super::write::{Lines, transport};
use crate::datachannel::{Form, PORT, Transport};
use crate::{Malformed, ice};

const MEDIA: &str = "m=application";

/// A whole description of one data channel, whose content is called `name`.
///
/// # Errors
/// There are no credentials or no fingerprint: what is not encrypted is not begun.
pub fn write_channel(name: &str, channel: &Transport) -> Result<String, Malformed> {
    let mut lines = Lines::begin();
    lines.line(format_args!("a=group:BUNDLE {name}"));
    lines.line(format_args!("{MEDIA} 9 UDP/DTLS/SCTP webrtc-datachannel"));
    lines.line(format_args!("c=IN IP4 0.0.0.0"));
    lines.line(format_args!("a=mid:{name}"));
    transport(&mut lines, &channel.ice)?;
    lines.line(format_args!("a=sctp-port:{}", channel.port.unwrap_or(PORT)));
    if let Some(size) = channel.max_message_size {
        lines.line(format_args!("a=max-message-size:{size}"));
    }
    Ok(lines.0)
}

/// The name and the transport that a description of the engine stands for, to be written in that form. Candidates are named
/// by their place.
///
/// # Errors
/// It is of something else, refused, without a name, or has a value that is none.
pub fn read_channel(sdp: &str, form: Form) -> Result<(String, Transport), Malformed> {
    let (mut way, mut name, mut candidates) = (Way::default(), None, Vec::new());
    let (mut port, mut size, mut media) = (None, None, Vec::new());
    for line in sdp.lines().map(str::trim_end) {
        way.read(line);
        if line.starts_with("m=") {
            media.push(line);
        } else if let Some(mid) = line.strip_prefix("a=mid:") {
            name = Some(mid.to_owned());
        } else if let Some(text) = line.strip_prefix("a=sctp-port:") {
            port = Some(text.parse().map_err(|_| Malformed("an SCTP port"))?);
        } else if let Some(text) = line.strip_prefix("a=max-message-size:") {
            size = Some(text.parse().map_err(|_| Malformed("the size of messages"))?);
        } else if line.starts_with("a=candidate:") {
            candidates.extend(read_candidate(line, candidates.len().to_string()));
        }
    }
    let [media] = &media[..] else { return Err(Malformed("not one section")) };
    let mut words = media.split_ascii_whitespace();
    if words.next() != Some(MEDIA) || words.next() == Some("0") {
        return Err(Malformed("no data channel"));
    }
    let ice = ice::Transport { candidates, ..way.transport()? };
    let max_message_size = size.filter(|_| form == Form::Nested);
    let channel = Transport { form, port: Some(port.unwrap_or(PORT)), max_message_size, ice };
    Ok((name.ok_or(Malformed("a section without a name"))?, channel))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ice::{Credentials, Fingerprint, Hash, Setup};

    /// As Chromium writes it, with what it says of itself left out.
    const SDP: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
        a=extmap-allow-mixed\r\na=msid-semantic: WMS\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n\
        c=IN IP4 0.0.0.0\r\na=candidate:1 1 udp 2130706431 192.0.2.7 50000 typ host generation 0\r\n\
        a=ice-ufrag:8hhy\r\na=ice-pwd:asd88fgpdd777uzjYhagZgaa\r\na=ice-options:trickle\r\n\
        a=fingerprint:sha-256 02:1A:CC:54:27:AB:EB:9C:53:3F:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1:7A:03:A2:7D:F9:B0:7F:46:\
        19:B2\r\na=setup:actpass\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n";

    #[test]
    fn what_an_engine_says_goes_there_and_back() {
        let (name, channel) = read_channel(SDP, Form::Nested).unwrap();
        assert_eq!((name.as_str(), channel.port, channel.max_message_size), ("0", Some(5000), Some(262_144)));
        assert!(channel.is_secured() && channel.ice.candidates.len() == 1);
        let written = write_channel(&name, &channel).unwrap();
        assert_eq!(read_channel(&written, Form::Nested).unwrap(), (name.clone(), channel));
        let (_, mapped) = read_channel(SDP, Form::SctpMap).unwrap();
        assert_eq!(mapped.max_message_size, None, "there is no place for it");
        assert!(!write_channel(&name, &mapped).unwrap().contains("max-message-size"));
    }

    #[test]
    fn what_is_no_channel_is_refused() {
        for (from, to) in [
            ("m=application 9", "m=application 0"),
            ("m=application", "m=audio"),
            ("a=mid:0\r\n", ""),
            ("a=sctp-port:5000", "a=sctp-port:x"),
            ("a=max-message-size:262144", "a=max-message-size:-1"),
            ("a=ice-ufrag:8hhy\r\n", ""),
            ("a=fingerprint:sha-256", "a=fingerprint:md5"),
            ("a=mid:0", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0"),
        ] {
            assert!(read_channel(&SDP.replace(from, to), Form::Nested).is_err(), "{to}");
        }
        let bare = Transport::new(Form::Nested, 1, ice::Transport::default());
        assert!(write_channel("0", &bare).is_err());
    }

    /// What is written is of what was read from others, who put no line into it.
    #[test]
    fn nothing_ends_a_line_early() {
        let credentials = Credentials::new("8hhy", "asd88fgpdd777uzjYhagZgaa");
        let fingerprint = Some(Fingerprint { hash: Hash::Sha256, value: vec![7; 32], setup: Setup::Active });
        let ice = ice::Transport { credentials, fingerprint, ..ice::Transport::default() };
        let written = write_channel("0", &Transport::new(Form::Nested, 0, ice)).unwrap();
        assert!(written.lines().all(|line| line.as_bytes().get(1) == Some(&b'=')), "{written}");
    }
}
