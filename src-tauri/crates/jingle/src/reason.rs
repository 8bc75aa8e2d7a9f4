//! Why something ends (XEP-0166 §7.4).

use waxwing_xml::{El, Element, Reading as _, el};

use crate::ns;

/// The defined conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Another session is to be used, by its id.
    AlternativeSession(Option<String>),
    Busy,
    Cancel,
    ConnectivityError,
    Decline,
    Expired,
    FailedApplication,
    FailedTransport,
    GeneralError,
    Gone,
    IncompatibleParameters,
    MediaError,
    SecurityError,
    Success,
    Timeout,
    UnsupportedApplications,
    UnsupportedTransports,
}

const NAMES: [(&str, Condition); 16] = [
    ("busy", Condition::Busy),
    ("cancel", Condition::Cancel),
    ("connectivity-error", Condition::ConnectivityError),
    ("decline", Condition::Decline),
    ("expired", Condition::Expired),
    ("failed-application", Condition::FailedApplication),
    ("failed-transport", Condition::FailedTransport),
    ("general-error", Condition::GeneralError),
    ("gone", Condition::Gone),
    ("incompatible-parameters", Condition::IncompatibleParameters),
    ("media-error", Condition::MediaError),
    ("security-error", Condition::SecurityError),
    ("success", Condition::Success),
    ("timeout", Condition::Timeout),
    ("unsupported-applications", Condition::UnsupportedApplications),
    ("unsupported-transports", Condition::UnsupportedTransports),
];

impl Condition {
    /// Its name on the wire.
    pub fn name(&self) -> &'static str {
        NAMES.iter().find(|(_, known)| known == self).map_or("alternative-session", |(name, _)| name)
    }

    fn read(element: &Element) -> Option<Self> {
        if element.name() == "alternative-session" {
            return Some(Self::AlternativeSession(element.child_text("sid", ns::JINGLE)));
        }
        // Dino writes `failed_transport`.
        let name = element.name().replace('_', "-");
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, condition)| condition.clone())
    }
}

/// What an application adds to a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// There is no such file, or not for them (XEP-0234 §9.1).
    FileNotAvailable,
    /// Larger than there is room for, or than was said (XEP-0234 §9.2).
    FileTooLarge,
}

impl Detail {
    const ALL: [Self; 2] = [Self::FileNotAvailable, Self::FileTooLarge];

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::FileNotAvailable => "file-not-available",
            Self::FileTooLarge => "file-too-large",
        }
    }
}

/// A condition, and words of the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub condition: Condition,
    /// At most [`Reason::LONGEST`] characters of them.
    pub text: Option<String>,
    pub detail: Option<Detail>,
}

impl From<Condition> for Reason {
    fn from(condition: Condition) -> Self {
        Self { condition, text: None, detail: None }
    }
}

impl From<Detail> for Reason {
    /// With the condition that belongs to it.
    fn from(detail: Detail) -> Self {
        let condition = match detail {
            Detail::FileNotAvailable => Condition::FailedApplication,
            Detail::FileTooLarge => Condition::MediaError,
        };
        Self { detail: Some(detail), ..condition.into() }
    }
}

impl Reason {
    /// Characters of the other side's words that are kept.
    pub const LONGEST: usize = 500;

    /// Reads `<reason/>`; an unknown condition is a general error.
    pub fn read(element: &Element) -> Self {
        let condition = element.children().filter(|child| child.has_ns(ns::JINGLE)).find_map(Condition::read);
        let text = element.child_text("text", ns::JINGLE).map(|text| text.chars().take(Self::LONGEST).collect());
        let named = |child: &Element| Detail::ALL.into_iter().find(|detail| child.is(detail.name(), ns::FILE_ERRORS));
        let detail = element.children().find_map(named);
        Self { condition: condition.unwrap_or(Condition::GeneralError), text, detail }
    }

    pub fn write(&self) -> El {
        let mut condition = el(self.condition.name(), ns::JINGLE);
        if let Condition::AlternativeSession(Some(sid)) = &self.condition {
            condition = condition.child(el("sid", ns::JINGLE).text(sid));
        }
        let text = self.text.iter().map(|text| el("text", ns::JINGLE).text(text));
        let detail = self.detail.map(|detail| el(detail.name(), ns::FILE_ERRORS));
        el("reason", ns::JINGLE).child(condition).children(detail).children(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_seventeen_go_there_and_back() {
        let mut all: Vec<_> = NAMES.iter().map(|(_, condition)| condition.clone()).collect();
        all.push(Condition::AlternativeSession(Some("other".into())));
        assert_eq!(all.len(), 17);
        for condition in all {
            let reason = Reason { text: Some("because".into()), ..condition.into() };
            assert_eq!(Reason::read(&reason.write().into()), reason);
        }
    }

    #[test]
    fn what_is_with_a_file_goes_there_and_back() {
        for detail in Detail::ALL {
            let reason = Reason::from(detail);
            assert_eq!(Reason::read(&reason.write().into()), reason);
        }
    }

    #[test]
    fn what_clients_write_otherwise_is_understood() {
        let read = |inner: &str| {
            let xml = format!("<reason xmlns='urn:xmpp:jingle:1'>{inner}</reason>");
            Reason::read(&xml.parse().unwrap()).condition
        };
        assert_eq!(read("<failed_transport/>"), Condition::FailedTransport);
        assert_eq!(read("<text>bye</text><success/>"), Condition::Success);
        assert_eq!(read("<weather/>"), Condition::GeneralError);
        assert_eq!(read(""), Condition::GeneralError);
    }
}
