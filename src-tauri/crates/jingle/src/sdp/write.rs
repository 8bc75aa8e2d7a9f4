//! Writing SDP for the engine.

use std::fmt::Write as _;

use super::{direction, write_candidate};
use crate::content::{Content, Creator, Senders};
use crate::jingle::Group;
use crate::rtp::{Description, Extension, Feedback, Parameter, Payload};
use crate::{Malformed, ice};

/// Lines, each ended as RFC 8866 §5 has it.
pub(super) struct Lines(pub(super) String);

impl Lines {
    /// Those of every description.
    pub(super) fn begin() -> Self {
        let mut lines = Self(String::new());
        // An id is of no use: each description stands for itself.
        for line in ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"] {
            lines.line(format_args!("{line}"));
        }
        lines
    }

    pub(super) fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = write!(self.0, "{line}\r\n");
    }
}

/// A whole description, written by `author`, of contents that share one connection: all of them where there is a `BUNDLE`
/// group, else one. Those named in `rejected` keep their place and are refused (RFC 3264 §6).
///
/// # Errors
/// A content is no RTP over ICE, or has no credentials or fingerprint: what is not encrypted is not begun.
pub fn write(contents: &[Content], groups: &[Group], rejected: &[&str], author: Creator) -> Result<String, Malformed> {
    let mut lines = Lines::begin();
    for Group { semantics, contents: names } in groups {
        let kept = names.iter().filter(|name| contents.iter().any(|content| content.name == **name));
        let names: String =
            kept.filter(|name| !rejected.contains(&name.as_str())).flat_map(|name| [" ", name]).collect();
        if !names.is_empty() {
            lines.line(format_args!("a=group:{semantics}{names}"));
        }
    }
    for content in contents {
        let refused = rejected.contains(&content.name.as_str());
        section(&mut lines, content, refused, author)?;
    }
    Ok(lines.0)
}

fn section(lines: &mut Lines, content: &Content, refused: bool, author: Creator) -> Result<(), Malformed> {
    let description = content.rtp().ok_or(Malformed("no RTP"))?;
    let named = description.payloads.iter().filter(|payload| is_named(payload));
    let formats: String = named.map(|payload| format!(" {}", payload.id)).collect();
    let port = if refused { 0 } else { 9 };
    lines.line(format_args!("m={} {port} UDP/TLS/RTP/SAVPF{formats}", description.media.name()));
    lines.line(format_args!("c=IN IP4 0.0.0.0"));
    lines.line(format_args!("a=mid:{}", content.name));
    if refused {
        lines.line(format_args!("a=inactive"));
        // The engine wants to know its formats all the same.
        description.payloads.iter().filter(|payload| is_named(payload)).for_each(|named| payload(lines, named));
        return Ok(());
    }
    transport(lines, content.ice().ok_or(Malformed("no ICE"))?)?;
    lines.line(format_args!("a={}", direction(content.senders(), author)));
    rtp(lines, description, author);
    Ok(())
}

pub(super) fn transport(lines: &mut Lines, transport: &ice::Transport) -> Result<(), Malformed> {
    let credentials = transport.credentials.as_ref().ok_or(Malformed("no ICE credentials"))?;
    let fingerprint = transport.fingerprint.as_ref().ok_or(Malformed("no fingerprint"))?;
    lines.line(format_args!("a=ice-ufrag:{}", credentials.ufrag));
    lines.line(format_args!("a=ice-pwd:{}", credentials.pwd));
    lines.line(format_args!("a=ice-options:trickle"));
    lines.line(format_args!("a=fingerprint:{} {}", fingerprint.hash.name(), fingerprint.text()));
    lines.line(format_args!("a=setup:{}", fingerprint.setup.name()));
    for candidate in &transport.candidates {
        lines.line(format_args!("a={}", write_candidate(candidate, Some(&credentials.ufrag))));
    }
    Ok(())
}

fn rtp(lines: &mut Lines, description: &Description, author: Creator) {
    if description.rtcp_mux {
        lines.line(format_args!("a=rtcp-mux"));
    }
    if description.rtcp_reduced {
        lines.line(format_args!("a=rtcp-rsize"));
    }
    if description.mixed {
        lines.line(format_args!("a=extmap-allow-mixed"));
    }
    for Extension { id, uri, senders } in &description.extensions {
        match senders {
            Senders::Both => lines.line(format_args!("a=extmap:{id} {uri}")),
            one => lines.line(format_args!("a=extmap:{id}/{} {uri}", direction(*one, author))),
        }
    }
    if let Some(category) = &description.category {
        lines.line(format_args!("a=content:{category}"));
    }
    description.payloads.iter().filter(|payload| is_named(payload)).for_each(|named| payload(lines, named));
    feedback(lines, "*", &description.feedback);
    let longest = |of: fn(&Payload) -> Option<u32>| description.payloads.iter().filter_map(of).max();
    for (name, value) in [("ptime", longest(|p| p.ptime)), ("maxptime", longest(|p| p.maxptime))] {
        if let Some(value) = value {
            lines.line(format_args!("a={name}:{value}"));
        }
    }
    for group in &description.source_groups {
        let ssrcs: String = group.ssrcs.iter().map(|ssrc| format!(" {ssrc}")).collect();
        lines.line(format_args!("a=ssrc-group:{}{ssrcs}", group.semantics));
    }
    for source in &description.sources {
        for (name, value) in &source.parameters {
            match value {
                Some(value) => lines.line(format_args!("a=ssrc:{} {name}:{value}", source.ssrc)),
                None => lines.line(format_args!("a=ssrc:{} {name}", source.ssrc)),
            }
        }
    }
}

/// What nobody can know the meaning of is not passed on.
fn is_named(payload: &Payload) -> bool {
    !payload.name.is_empty() && payload.clockrate > 0
}

fn payload(lines: &mut Lines, Payload { id, name, clockrate, channels, parameters, feedback: own, .. }: &Payload) {
    match channels {
        1 => lines.line(format_args!("a=rtpmap:{id} {name}/{clockrate}")),
        channels => lines.line(format_args!("a=rtpmap:{id} {name}/{clockrate}/{channels}")),
    }
    let parameter = |Parameter { name, value }: &Parameter| match name {
        // As the stanza library writes RED's, which has no name.
        Some(name) if value.is_empty() => name.clone(),
        Some(name) => format!("{name}={value}"),
        None => value.clone(),
    };
    let parameters: Vec<_> = parameters.iter().map(parameter).collect();
    if !parameters.is_empty() {
        lines.line(format_args!("a=fmtp:{id} {}", parameters.join(";")));
    }
    feedback(lines, &id.to_string(), own);
}

fn feedback(lines: &mut Lines, payload: &str, feedback: &[Feedback]) {
    for Feedback { kind, subtype } in feedback {
        match subtype {
            Some(subtype) => lines.line(format_args!("a=rtcp-fb:{payload} {kind} {subtype}")),
            None => lines.line(format_args!("a=rtcp-fb:{payload} {kind}")),
        }
    }
}
