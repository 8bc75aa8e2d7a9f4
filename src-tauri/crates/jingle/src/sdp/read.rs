//! Reading the engine's SDP.

use super::{read_candidate, senders};
use crate::Malformed;
use crate::content::{Content, Creator, Description, Senders, Transport};
use crate::ice::{self, Credentials, Fingerprint, Setup};
use crate::jingle::Group;
use crate::rtp::{self, Extension, Feedback, Media, Parameter, Payload, Source, SourceGroup};

/// What the engine said about the way, for all sections or one.
#[derive(Default, Clone)]
pub(super) struct Way<'a> {
    ufrag: Option<&'a str>,
    pwd: Option<&'a str>,
    fingerprint: Option<(&'a str, &'a str)>,
    setup: Option<Setup>,
}

/// The contents and groups a description of `author` stands for; refused sections are left out. Candidates are named by
/// their place.
///
/// # Errors
/// A section without a name, of other media, or a value that is none.
pub fn read(sdp: &str, author: Creator) -> Result<(Vec<Content>, Vec<Group>), Malformed> {
    let lines: Vec<&str> = sdp.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let mut sections = lines.split(|line| line.starts_with("m="));
    let starts = lines.iter().filter(|line| line.starts_with("m="));
    let (mut shared, mut groups) = (Way::default(), Vec::new());
    for line in sections.next().unwrap_or_default() {
        shared.read(line);
        if let Some(group) = line.strip_prefix("a=group:") {
            let mut words = group.split_ascii_whitespace().map(str::to_owned);
            let semantics = words.next().ok_or(Malformed("a group without a meaning"))?;
            groups.push(Group { semantics, contents: words.collect() });
        }
    }
    let mut contents = Vec::new();
    for (start, rest) in starts.zip(sections) {
        contents.extend(section(start, rest, &shared, author)?);
    }
    Ok((contents, groups))
}

impl<'a> Way<'a> {
    pub(super) fn read(&mut self, line: &'a str) {
        if let Some(ufrag) = line.strip_prefix("a=ice-ufrag:") {
            self.ufrag = Some(ufrag);
        } else if let Some(pwd) = line.strip_prefix("a=ice-pwd:") {
            self.pwd = Some(pwd);
        } else if let Some(fingerprint) = line.strip_prefix("a=fingerprint:") {
            self.fingerprint = fingerprint.split_once(' ');
        } else if let Some(setup) = line.strip_prefix("a=setup:") {
            self.setup = Setup::read(setup);
        }
    }

    pub(super) fn transport(&self) -> Result<ice::Transport, Malformed> {
        let credentials = self.ufrag.zip(self.pwd).and_then(|(ufrag, pwd)| Credentials::new(ufrag, pwd));
        let setup = self.setup.unwrap_or(Setup::Actpass);
        let fingerprint = self.fingerprint.and_then(|(hash, text)| Fingerprint::parse(hash, text, setup));
        Ok(ice::Transport {
            credentials: Some(credentials.ok_or(Malformed("no ICE credentials"))?),
            fingerprint: Some(fingerprint.ok_or(Malformed("no fingerprint"))?),
            ..ice::Transport::default()
        })
    }
}

fn section(start: &str, rest: &[&str], shared: &Way<'_>, author: Creator) -> Result<Option<Content>, Malformed> {
    let mut words = start.trim_start_matches("m=").split_ascii_whitespace();
    let media = words.next().and_then(Media::read).ok_or(Malformed("media that are not known"))?;
    if words.next() == Some("0") {
        return Ok(None);
    }
    let mut description = rtp::Description { rtcp_mux: false, ..rtp::Description::new(media) };
    for id in words.skip(1) {
        let id = id.parse().map_err(|_| Malformed("a format that is no number"))?;
        description.payloads.push(Payload {
            id,
            name: String::new(),
            clockrate: 0,
            channels: 1,
            ptime: None,
            maxptime: None,
            parameters: Vec::new(),
            feedback: Vec::new(),
            report_interval: None,
        });
    }
    let (mut way, mut name, mut sends, mut candidates) = (shared.clone(), None, Senders::Both, Vec::new());
    for line in rest {
        way.read(line);
        let Some(attribute) = line.strip_prefix("a=") else { continue };
        let (key, value) = attribute.split_once(':').unwrap_or((attribute, ""));
        match key {
            "mid" => name = Some(value.to_owned()),
            "candidate" => candidates.extend(read_candidate(line, candidates.len().to_string())),
            _ => match senders(key, author) {
                Some(senders) => sends = senders,
                None => described(&mut description, key, value, author)?,
            },
        }
    }
    Ok(Some(Content {
        creator: Creator::Initiator,
        name: name.ok_or(Malformed("a section without a name"))?,
        senders: Some(sends),
        description: Some(Description::Rtp(description)),
        transport: Some(Transport::Ice(ice::Transport { candidates, ..way.transport()? })),
        security: None,
    }))
}

/// An attribute of the description; those that Jingle has no words for are passed over.
fn described(description: &mut rtp::Description, key: &str, value: &str, author: Creator) -> Result<(), Malformed> {
    let wrong = Malformed("an attribute that cannot be read");
    let (first, rest) = value.split_once(' ').unwrap_or((value, ""));
    match key {
        "rtcp-mux" => description.rtcp_mux = true,
        "rtcp-rsize" => description.rtcp_reduced = true,
        "extmap-allow-mixed" => description.mixed = true,
        "content" => description.category = Some(value.to_owned()),
        "rtpmap" => {
            let mut parts = rest.split('/');
            let (name, clockrate) = parts.next().zip(parts.next()).ok_or(wrong)?;
            let clockrate = clockrate.parse().map_err(|_| wrong)?;
            if let Some(payload) = payload(description, first) {
                (payload.name, payload.clockrate) = (name.to_owned(), clockrate);
                payload.channels = parts.next().map_or(Ok(1), str::parse).map_err(|_| wrong)?;
            }
        }
        "fmtp" => {
            let parameters =
                rest.split(';').map(str::trim).filter(|pair| !pair.is_empty()).map(|pair| match pair.split_once('=') {
                    Some((name, value)) => Parameter { name: Some(name.to_owned()), value: value.to_owned() },
                    None => Parameter { name: None, value: pair.to_owned() },
                });
            if let Some(payload) = payload(description, first) {
                payload.parameters.extend(parameters);
            }
        }
        "rtcp-fb" => {
            let (kind, subtype) =
                rest.split_once(' ').map_or((rest, None), |(kind, subtype)| (kind, Some(subtype.to_owned())));
            let feedback = Feedback { kind: kind.to_owned(), subtype };
            if first == "*" {
                description.feedback.push(feedback);
            } else if let Some(payload) = payload(description, first) {
                payload.feedback.push(feedback);
            }
        }
        "extmap" => {
            let (id, only) = first.split_once('/').map_or((first, None), |(id, only)| (id, senders(only, author)));
            let uri = rest.split(' ').next().unwrap_or_default().to_owned();
            description.extensions.push(Extension {
                id: id.parse().map_err(|_| wrong)?,
                uri,
                senders: only.unwrap_or_default(),
            });
        }
        "ssrc" => source(description, first.parse().map_err(|_| wrong)?, rest),
        "ssrc-group" => {
            let ssrcs = rest.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong)?;
            description.source_groups.push(SourceGroup { semantics: first.to_owned(), ssrcs });
        }
        _ => {}
    }
    Ok(())
}

fn payload<'a>(description: &'a mut rtp::Description, id: &str) -> Option<&'a mut Payload> {
    let id: u8 = id.parse().ok()?;
    description.payloads.iter_mut().find(|payload| payload.id == id)
}

fn source(description: &mut rtp::Description, ssrc: u32, parameter: &str) {
    let (name, value) =
        parameter.split_once(':').map_or((parameter, None), |(name, value)| (name, Some(value.to_owned())));
    let parameter = (name.to_owned(), value);
    match description.sources.iter_mut().find(|source| source.ssrc == ssrc) {
        Some(source) => source.parameters.push(parameter),
        None => description.sources.push(Source { ssrc, parameters: vec![parameter] }),
    }
}
