//! What is sent over RTP (XEP-0167 §4, with XEP-0293, 0294, 0339 and 0507 in it).

use waxwing_xml::{El, Element, Reading as _, el};

use crate::content::Senders;
use crate::token::{line, required, word};
use crate::{Malformed, ns};

/// Bounds of what is read; more than any client offers.
const PAYLOADS: usize = 64;
const PARAMETERS: usize = 32;
const EXTENSIONS: usize = 32;
const SOURCES: usize = 64;
const LONGEST_VALUE: usize = 1024;

/// XEP-0167 §4: what an `m=` line begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Media {
    Audio,
    Video,
}

impl Media {
    pub fn name(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }

    pub fn read(name: &str) -> Option<Self> {
        [Self::Audio, Self::Video].into_iter().find(|media| media.name() == name)
    }
}

/// `<description/>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    pub media: Media,
    /// Best first.
    pub payloads: Vec<Payload>,
    /// For all payloads.
    pub feedback: Vec<Feedback>,
    pub extensions: Vec<Extension>,
    /// One- and two-byte extensions may be mixed (XEP-0294 §4).
    pub mixed: bool,
    pub sources: Vec<Source>,
    pub source_groups: Vec<SourceGroup>,
    pub rtcp_mux: bool,
    pub rtcp_reduced: bool,
    /// XEP-0507: `slides` for a shared screen.
    pub category: Option<String>,
    /// SDES is demanded (XEP-0167 §7). We have DTLS and never that.
    pub encryption_required: bool,
}

impl Description {
    /// One with nothing in it yet.
    pub fn new(media: Media) -> Self {
        Self {
            media,
            payloads: Vec::new(),
            feedback: Vec::new(),
            extensions: Vec::new(),
            mixed: false,
            sources: Vec::new(),
            source_groups: Vec::new(),
            rtcp_mux: true,
            rtcp_reduced: false,
            category: None,
            encryption_required: false,
        }
    }
}

/// One way to encode (XEP-0167 §4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    pub id: u8,
    /// As it was written; compared without regard to case.
    pub name: String,
    /// Hz. Zero where it was not said: static payloads need not.
    pub clockrate: u32,
    pub channels: u8,
    /// Milliseconds of sound in a packet.
    pub ptime: Option<u32>,
    pub maxptime: Option<u32>,
    pub parameters: Vec<Parameter>,
    pub feedback: Vec<Feedback>,
    /// Milliseconds between regular reports (XEP-0293 §4).
    pub report_interval: Option<u32>,
}

/// A format parameter; some have a value only, as those of RED and DTMF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: Option<String>,
    pub value: String,
}

/// XEP-0293.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    pub kind: String,
    pub subtype: Option<String>,
}

/// XEP-0294.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    pub id: u16,
    pub uri: String,
    pub senders: Senders,
}

/// XEP-0339.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub ssrc: u32,
    pub parameters: Vec<(String, Option<String>)>,
}

/// XEP-0339: sources that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceGroup {
    pub semantics: String,
    pub ssrcs: Vec<u32>,
}

impl Description {
    /// # Errors
    /// It is of other media than sound and pictures, says something that is no number where one belongs, or holds text that
    /// could be taken for more of SDP than it is.
    pub fn read(element: &Element) -> Result<Self, Malformed> {
        let media = element.get("media").and_then(Media::read).ok_or(Malformed("media that are not known"))?;
        let of = |name: &'static str, ns: &'static str| element.children().filter(move |child| child.is(name, ns));
        let payloads = of("payload-type", ns::RTP).take(PAYLOADS).map(Payload::read).collect::<Result<Vec<_>, _>>()?;
        let category = element.get_child("category", ns::CATEGORY).and_then(|category| category.get("name"));
        Ok(Self {
            media,
            payloads,
            feedback: Feedback::of(element)?,
            extensions: of("rtp-hdrext", ns::RTP_HDREXT)
                .take(EXTENSIONS)
                .map(Extension::read)
                .collect::<Result<_, _>>()?,
            mixed: element.get_child("extmap-allow-mixed", ns::RTP_HDREXT).is_some(),
            sources: of("source", ns::SSMA).take(SOURCES).map(Source::read).collect::<Result<_, _>>()?,
            source_groups: of("ssrc-group", ns::SSMA).take(SOURCES).map(SourceGroup::read).collect::<Result<_, _>>()?,
            rtcp_mux: element.get_child("rtcp-mux", ns::RTP).is_some(),
            rtcp_reduced: element.get_child("rtcp-reduced-size", ns::RTP).is_some(),
            category: category.and_then(|name| word(name, 32)).map(str::to_owned),
            encryption_required: element
                .get_child("encryption", ns::RTP)
                .is_some_and(|encryption| matches!(encryption.get("required"), Some("true" | "1"))),
        })
    }

    pub fn write(&self) -> El {
        el("description", ns::RTP)
            .attr("media", self.media.name())
            .children(self.payloads.iter().map(Payload::write))
            .children(self.feedback.iter().map(Feedback::write))
            .children(self.extensions.iter().map(Extension::write))
            .children(self.mixed.then(|| el("extmap-allow-mixed", ns::RTP_HDREXT)))
            .children(self.source_groups.iter().map(SourceGroup::write))
            .children(self.sources.iter().map(Source::write))
            .children(self.category.iter().map(|name| el("category", ns::CATEGORY).attr("name", name)))
            .children(self.rtcp_mux.then(|| el("rtcp-mux", ns::RTP)))
            .children(self.rtcp_reduced.then(|| el("rtcp-reduced-size", ns::RTP)))
    }
}

impl Payload {
    fn read(element: &Element) -> Result<Self, Malformed> {
        let number = |name: &str| element.get(name).map(|value| value.parse::<u32>().map_err(|_| NUMBER)).transpose();
        let id = element.get("id").and_then(|id| id.parse().ok()).filter(|id| *id <= 127).ok_or(NUMBER)?;
        let name = match element.get("name") {
            Some(name) => word(name, 64).filter(|name| !name.contains('/')).ok_or(Malformed("a payload's name"))?,
            None => "",
        };
        let parameters = element.children().filter(|child| child.is("parameter", ns::RTP));
        Ok(Self {
            id,
            name: name.to_owned(),
            clockrate: number("clockrate")?.unwrap_or(0),
            channels: match number("channels")? {
                None => 1,
                Some(channels) => u8::try_from(channels).ok().filter(|channels| *channels > 0).ok_or(NUMBER)?,
            },
            ptime: number("ptime")?,
            maxptime: number("maxptime")?,
            parameters: parameters.take(PARAMETERS).map(Parameter::read).collect::<Result<_, _>>()?,
            feedback: Feedback::of(element)?,
            report_interval: element
                .get_child("rtcp-fb-trr-int", ns::RTCP_FB)
                .and_then(|interval| interval.get("value")?.parse().ok()),
        })
    }

    fn write(&self) -> El {
        let number = |value: Option<u32>| value.map(|value| value.to_string());
        let interval = |value: u32| el("rtcp-fb-trr-int", ns::RTCP_FB).attr("value", value.to_string());
        el("payload-type", ns::RTP)
            .attr("id", self.id.to_string())
            .attr_opt("name", Some(&self.name).filter(|name| !name.is_empty()))
            .attr_opt("clockrate", number(Some(self.clockrate).filter(|rate| *rate > 0)))
            .attr_opt("channels", number(Some(u32::from(self.channels)).filter(|channels| *channels != 1)))
            .attr_opt("ptime", number(self.ptime))
            .attr_opt("maxptime", number(self.maxptime))
            .children(self.parameters.iter().map(Parameter::write))
            .children(self.feedback.iter().map(Feedback::write))
            .children(self.report_interval.map(interval))
    }
}

const NUMBER: Malformed = Malformed("a number that is none");

impl Parameter {
    fn read(element: &Element) -> Result<Self, Malformed> {
        let wrong = Malformed("a parameter");
        let name =
            element.get("name").map(|name| word(name, 64).filter(|name| !name.contains(['=', ';'])).ok_or(wrong));
        let value = line(element.get("value").unwrap_or_default(), LONGEST_VALUE).filter(|value| !value.contains(';'));
        Ok(Self { name: name.transpose()?.map(str::to_owned), value: value.ok_or(wrong)?.to_owned() })
    }

    fn write(&self) -> El {
        el("parameter", ns::RTP).attr_opt("name", self.name.as_ref()).attr("value", &self.value)
    }
}

impl Feedback {
    fn of(element: &Element) -> Result<Vec<Self>, Malformed> {
        let all = element.children().filter(|child| child.is("rtcp-fb", ns::RTCP_FB));
        all.take(PARAMETERS).map(Self::read).collect()
    }

    fn read(element: &Element) -> Result<Self, Malformed> {
        let kind = required(element.get("type"), "feedback without a type")?;
        let subtype = element.get("subtype").map(|subtype| required(Some(subtype), "a feedback's subtype"));
        Ok(Self { kind, subtype: subtype.transpose()? })
    }

    fn write(&self) -> El {
        el("rtcp-fb", ns::RTCP_FB).attr("type", &self.kind).attr_opt("subtype", self.subtype.as_ref())
    }
}

impl Extension {
    fn read(element: &Element) -> Result<Self, Malformed> {
        let id = element.get("id").and_then(|id| id.parse().ok()).ok_or(NUMBER)?;
        let uri = required(element.get("uri"), "a header extension without a URI")?;
        Ok(Self { id, uri, senders: element.get("senders").map_or(Ok(Senders::Both), Senders::read)? })
    }

    fn write(&self) -> El {
        let senders = Some(self.senders.name()).filter(|_| self.senders != Senders::Both);
        el("rtp-hdrext", ns::RTP_HDREXT)
            .attr("id", self.id.to_string())
            .attr("uri", &self.uri)
            .attr_opt("senders", senders)
    }
}

impl Source {
    fn read(element: &Element) -> Result<Self, Malformed> {
        let wrong = Malformed("a source's parameter");
        let parameters =
            element.children().filter(|child| child.is("parameter", ns::SSMA)).take(PARAMETERS).map(|child| {
                let name = child
                    .get("name")
                    .and_then(|name| word(name, 64))
                    .filter(|name| !name.contains(':'))
                    .ok_or(wrong)?;
                let value = child.get("value").map(|value| line(value, LONGEST_VALUE).ok_or(wrong)).transpose()?;
                Ok((name.to_owned(), value.map(str::to_owned)))
            });
        Ok(Self { ssrc: ssrc(element)?, parameters: parameters.collect::<Result<_, Malformed>>()? })
    }

    fn write(&self) -> El {
        let parameter = |(name, value): &(String, Option<String>)| {
            el("parameter", ns::SSMA).attr("name", name).attr_opt("value", value.as_ref())
        };
        el("source", ns::SSMA).attr("ssrc", self.ssrc.to_string()).children(self.parameters.iter().map(parameter))
    }
}

fn ssrc(element: &Element) -> Result<u32, Malformed> {
    element.get("ssrc").and_then(|ssrc| ssrc.parse().ok()).ok_or(NUMBER)
}

impl SourceGroup {
    fn read(element: &Element) -> Result<Self, Malformed> {
        let semantics = required(element.get("semantics"), "a group of sources without a meaning")?;
        let sources = element.children().filter(|child| child.is("source", ns::SSMA)).take(SOURCES);
        Ok(Self { semantics, ssrcs: sources.map(ssrc).collect::<Result<_, _>>()? })
    }

    fn write(&self) -> El {
        let source = |ssrc: &u32| el("source", ns::SSMA).attr("ssrc", ssrc.to_string());
        el("ssrc-group", ns::SSMA).attr("semantics", &self.semantics).children(self.ssrcs.iter().map(source))
    }
}
