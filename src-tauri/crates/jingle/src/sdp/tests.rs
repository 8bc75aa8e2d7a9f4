use waxwing_xml::Element;

use super::*;
use crate::{Action, Jingle, Malformed};

/// What Chromium 156 offers for sound and picture, shortened to one of each kind of line.
const CHROMIUM: &str = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n\
a=extmap-allow-mixed\r\na=msid-semantic: WMS stream\r\n\
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 0 110\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n\
a=candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 192.0.2.2 rport 46154 generation 0 network-id 3 network-cost 10\r\n\
a=candidate:1 1 tcp 1518280447 192.0.2.2 9 typ host tcptype active generation 0\r\n\
a=candidate:2 1 udp 2122260223 0f2fbdd3-f3f5-4b8a-a222-1a3b0a9f3c1d.local 51254 typ host generation 0\r\n\
a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=ice-options:trickle\r\n\
a=fingerprint:sha-256 49:66:12:17:0D:1C:91:AE:57:4C:C6:36:DD:D5:97:D2:7D:62:C9:9A:7F:B9:A3:F4:70:03:E7:43:91:73:23:5E\r\n\
a=setup:actpass\r\na=mid:0\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=sendrecv\r\na=msid:stream audio\r\n\
a=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n\
a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:110 telephone-event/48000\r\n\
a=ssrc:3510681183 cname:loqPWNg7JMmrFUnr\r\na=ssrc:3510681183 msid:stream audio\r\n\
m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\n\
a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n\
a=fingerprint:sha-256 49:66:12:17:0D:1C:91:AE:57:4C:C6:36:DD:D5:97:D2:7D:62:C9:9A:7F:B9:A3:F4:70:03:E7:43:91:73:23:5E\r\n\
a=setup:actpass\r\na=mid:1\r\na=content:slides\r\na=extmap:13/sendonly urn:3gpp:video-orientation\r\na=sendonly\r\na=rtcp-mux\r\n\
a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n\
a=ssrc-group:FID 2231627014 632943048\r\na=ssrc:2231627014 cname:loqPWNg7JMmrFUnr\r\na=ssrc:632943048 cname:loqPWNg7JMmrFUnr\r\n\
m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n";

fn jingle(contents: Vec<crate::Content>, groups: Vec<crate::Group>) -> Jingle {
    Jingle { contents, groups, ..Jingle::new(Action::SessionInitiate, "5f3c") }
}

#[test]
fn an_offer_goes_there_and_back() {
    let sdp = CHROMIUM.replace("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n", "");
    let (contents, groups) = read(&sdp, Creator::Initiator).unwrap();
    assert_eq!(groups[0].contents, ["0", "1"]);
    assert_eq!(contents[0].ice().unwrap().candidates.len(), 1, "neither TCP nor names: {contents:?}");
    assert_eq!((contents[0].senders(), contents[1].senders()), (Senders::Both, Senders::Initiator));
    let over_the_wire: Element = jingle(contents, groups).write().into();
    let received = Jingle::read(&over_the_wire).unwrap();
    let again = write(&received.contents, &received.groups, &[], Creator::Initiator).unwrap();
    for line in sdp.lines() {
        // Not carried by Jingle, and of no use to whoever reads it.
        let lost = ["o=", "a=msid", "a=rtcp:9", "a=extmap-allow", "a=ice-options", "a=candidate"];
        assert!(
            lost.iter().any(|prefix| line.starts_with(prefix)) || again.lines().any(|l| l == line),
            "{line} in {again}"
        );
    }
    let related = "a=candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 192.0.2.2 rport 46154 \
                   generation 0 network-id 3 ufrag EsAw";
    assert!(again.contains(related), "{again}");
    assert_eq!(read(&again, Creator::Initiator).unwrap(), (received.contents, received.groups));
}

#[test]
fn directions_are_those_of_the_author() {
    for (senders, offered, answered) in [
        (Senders::Both, "sendrecv", "sendrecv"),
        (Senders::Initiator, "sendonly", "recvonly"),
        (Senders::Responder, "recvonly", "sendonly"),
        (Senders::None, "inactive", "inactive"),
    ] {
        assert_eq!(direction(senders, Creator::Initiator), offered);
        assert_eq!(direction(senders, Creator::Responder), answered);
        assert_eq!(super::senders(answered, Creator::Responder), Some(senders));
    }
}

#[test]
fn what_is_refused_keeps_its_place() {
    let sdp = CHROMIUM.replace("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n", "");
    let (contents, groups) = read(&sdp, Creator::Initiator).unwrap();
    let answer = write(&contents, &groups, &["0"], Creator::Responder).unwrap();
    assert!(answer.contains("a=group:BUNDLE 1\r\n") && answer.contains("m=audio 0 "), "{answer}");
    let (left, _) = read(&answer, Creator::Responder).unwrap();
    assert_eq!(left.iter().map(|content| content.name.as_str()).collect::<Vec<_>>(), ["1"]);
}

#[test]
fn nothing_is_begun_without_a_fingerprint() {
    let sdp = CHROMIUM.split("m=video").next().unwrap();
    let (mut contents, groups) = read(sdp, Creator::Initiator).unwrap();
    let Some(crate::Transport::Ice(transport)) = &mut contents[0].transport else { panic!("no ICE") };
    transport.fingerprint = None;
    assert_eq!(write(&contents, &groups, &[], Creator::Initiator), Err(Malformed("no fingerprint")));
    assert!(read(&sdp.replace("sha-256", "sha-1"), Creator::Initiator).is_err());
}

/// A session-initiate as Dino writes it, its parts replaced by a test's own.
fn dino(payload: &str, source: &str, transport: &str) -> Result<Jingle, Malformed> {
    let xml = format!(
        "<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='917b3b42' initiator='dave@xmpp.test/dino.ddave'>\
         <content senders='both' name='audio' creator='initiator'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'>\
         {payload}{source}<encryption><crypto crypto-suite='AES_CM_128_HMAC_SHA1_80' tag='1' key-params='inline:G5vc'/></encryption>\
         <rtcp-mux/></description><transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' {transport}</transport></content></jingle>"
    );
    Jingle::read(&xml.parse().unwrap())
}

const OPUS: &str = "<payload-type clockrate='48000' channels='2' name='opus' id='111'><parameter name='useinbandfec' value='1'/></payload-type>\
                    <payload-type clockrate='8000' name='PCMU' id='0'/>";
const TRANSPORT: &str = "ufrag='53eu' pwd='n7uJ1bOb0wwQ1kMM2qDgQJ'>\
    <candidate generation='0' network='0' foundation='1' ip='192.0.2.2' type='host' protocol='udp' id='e958d691' port='46679' component='1' priority='2015363327'/>\
    <candidate generation='0' network='0' foundation='2' ip='fd00::2' type='host' protocol='udp' id='2dc0df16' port='34575' component='1' priority='2015363583'/>\
    <fingerprint hash='sha-256' setup='actpass' xmlns='urn:xmpp:jingle:apps:dtls:0'>49:66:12:17:0d:1c:91:ae:57:4c:c6:36:dd:d5:97:d2:7d:62:c9:9a:7f:b9:a3:f4:70:03:e7:43:91:73:23:5e</fingerprint>";

#[test]
fn what_dino_offers_is_understood() {
    let jingle = dino(OPUS, "", TRANSPORT).unwrap();
    assert!(jingle.bundle().is_none());
    let sdp = write(&jingle.contents, &jingle.groups, &[], Creator::Initiator).unwrap();
    for line in [
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 0",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 useinbandfec=1",
        "a=mid:audio",
        "a=candidate:2 1 udp 2015363583 fd00::2 34575 typ host generation 0 network-id 0 ufrag 53eu",
        "a=setup:actpass",
    ] {
        assert!(sdp.lines().any(|l| l == line), "{line} in {sdp}");
    }
    assert!(!sdp.contains("crypto") && !sdp.contains("inline"), "{sdp}");
}

#[test]
fn no_line_is_smuggled_into_it() {
    let evil = "x&#13;&#10;a=evil";
    let payload = |attributes: &str, inner: &str| format!("<payload-type {attributes}>{inner}</payload-type>");
    let usual = "id='96' name='VP8' clockrate='90000'";
    for payload in [
        payload(&format!("id='96' name='{evil}' clockrate='90000'"), ""),
        payload("id='96 97' name='VP8' clockrate='90000'", ""),
        payload("id='-1' name='VP8' clockrate='90000'", ""),
        payload("id='200' name='VP8' clockrate='90000'", ""),
        payload("id='96' name='VP8/1' clockrate='90000'", ""),
        payload("id='96' name='VP8' clockrate='9e4'", ""),
        payload("id='96' name='VP8' clockrate='90000' channels='0'", ""),
        payload(usual, &format!("<parameter name='{evil}' value='1'/>")),
        payload(usual, &format!("<parameter name='a' value='{evil}'/>")),
        payload(usual, "<parameter name='a' value='1;b=2'/>"),
        payload(usual, &format!("<rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='{evil}'/>")),
        payload(usual, &format!("<rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='nack' subtype='{evil}'/>")),
    ] {
        assert!(dino(&payload, "", TRANSPORT).is_err(), "{payload}");
    }
    let source = |attributes: &str, inner: &str| {
        format!("<source xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' {attributes}>{inner}</source>")
    };
    for source in [
        source(&format!("ssrc='1{evil}'"), ""),
        source("ssrc='1'", &format!("<parameter name='cname' value='{evil}'/>")),
        source("ssrc='1'", &format!("<parameter name='{evil}' value='1'/>")),
        source("ssrc='1'", "<parameter name='cname' value='a&#x2028;b'/>"),
        format!("<rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='1' uri='{evil}'/>"),
        "<rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='1' uri='urn:a' senders='all'/>".to_owned(),
        format!("<ssrc-group xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' semantics='{evil}'/>"),
    ] {
        assert!(dino(OPUS, &source, TRANSPORT).is_err(), "{source}");
    }
    for transport in [
        TRANSPORT.replace("ufrag='53eu'", &format!("ufrag='53eu{evil}'")),
        TRANSPORT.replace("ufrag='53eu'", "ufrag='5'"),
        TRANSPORT.replace("pwd='n7uJ1bOb0wwQ1kMM2qDgQJ'", "pwd='short'"),
        TRANSPORT.replace("hash='sha-256'", &format!("hash='sha-256{evil}'")),
        TRANSPORT.replace("49:66", "4966"),
        TRANSPORT.replace("setup='actpass'", "setup='whatever'"),
    ] {
        assert!(dino(OPUS, "", &transport).is_err(), "{transport}");
    }
    // Candidates that are none are left out, and the others are good.
    for (from, to) in [
        ("ip='192.0.2.2'", format!("ip='{evil}'")),
        ("ip='192.0.2.2'", "ip='0f2fbdd3.local'".to_owned()),
        ("foundation='1'", format!("foundation='{evil}'")),
        ("protocol='udp' id='e958d691'", "protocol='tcp' id='e958d691'".to_owned()),
        ("port='46679'", "port='0'".to_owned()),
        ("port='46679'", "port='99999'".to_owned()),
        ("type='host' protocol='udp' id='e958d691'", format!("type='{evil}' protocol='udp' id='e958d691'")),
    ] {
        let jingle = dino(OPUS, "", &TRANSPORT.replacen(from, &to, 1)).unwrap();
        let left = &jingle.contents[0].ice().unwrap().candidates;
        assert_eq!(left.iter().map(|candidate| candidate.foundation.as_str()).collect::<Vec<_>>(), ["2"], "{to}");
        assert!(!write(&jingle.contents, &[], &[], Creator::Initiator).unwrap().contains("evil"));
    }
    let mut named = dino(OPUS, "", TRANSPORT).unwrap();
    named.contents[0].name = "audio\r\na=evil".into();
    assert!(Jingle::read(&named.write().into()).is_err(), "a content's name");
}

#[test]
fn there_is_an_end_to_everything() {
    let candidate = "<candidate component='1' foundation='1' generation='0' id='c' ip='192.0.2.2' network='0' port='5000' priority='1' protocol='udp' type='host'/>";
    let many = format!("ufrag='53eu' pwd='n7uJ1bOb0wwQ1kMM2qDgQJ'>{}", candidate.repeat(5000));
    assert_eq!(dino(OPUS, "", &many).unwrap().contents[0].ice().unwrap().candidates.len(), 64);
    let content = |name: usize| format!("<content creator='initiator' name='{name}'/>");
    let all: String = (0..17).map(content).collect();
    let xml = format!("<jingle xmlns='urn:xmpp:jingle:1' action='content-add' sid='1'>{all}</jingle>");
    assert_eq!(Jingle::read(&xml.parse().unwrap()), Err(Malformed("too many contents")));
}
