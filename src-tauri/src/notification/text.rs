//! A notice in words.

use waxwing_client::attention::{Notice, Subject};

use crate::words::Words;

/// Heading and text of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub summary: String,
    pub body: String,
}

/// What a notice says, in no more words than it carries.
pub fn text(notice: &Notice, words: Words) -> Text {
    let count = notice.count.to_string();
    match &notice.subject {
        Subject::Conversation { .. } => {
            let summary = match &notice.name {
                Some(name) if notice.count > 1 => words.with("notification.from", &[("name", name), ("count", &count)]),
                Some(name) => name.clone(),
                None => "Waxwing".into(),
            };
            let untold = match notice.count {
                _ if notice.missed_call => words.text("notification.missedCall"),
                0 | 1 => words.text("notification.message"),
                _ => words.with("notification.messages", &[("count", &count)]),
            };
            let body = notice.body.clone().filter(|_| !notice.missed_call);
            Text { summary, body: body.unwrap_or(untold) }
        }
        Subject::Request { .. } => Text {
            summary: match &notice.name {
                Some(name) => words.with("notification.requestFrom", &[("name", name)]),
                None => words.text("notification.request"),
            },
            body: notice.body.clone().unwrap_or_default(),
        },
        Subject::Call { video, .. } => Text {
            summary: match &notice.name {
                Some(name) => {
                    let key = if *video { "notification.videoCallFrom" } else { "notification.callFrom" };
                    words.with(key, &[("name", name)])
                }
                None => words.text("notification.call"),
            },
            body: String::new(),
        },
        Subject::Trial => Text {
            summary: notice.name.as_ref().map_or_else(|| "Waxwing".into(), |_| words.text("notification.tryName")),
            body: words.text(if notice.body.is_some() { "notification.try" } else { "notification.message" }),
        },
    }
}

/// The buttons of a notice: key and words.
pub fn actions(subject: &Subject, words: Words) -> Vec<(&'static str, String)> {
    let with =
        |keys: &[&'static str]| keys.iter().map(|key| (*key, words.text(&format!("notification.{key}")))).collect();
    match subject {
        Subject::Conversation { .. } => with(&["reply", "mute"]),
        Subject::Request { .. } | Subject::Call { .. } => with(&["accept", "decline"]),
        Subject::Trial => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(name: Option<&str>, body: Option<&str>, count: u32) -> Notice {
        let subject = Subject::Conversation { account: "1".into(), peer: "juliet@capulet.test".into() };
        Notice {
            subject,
            name: name.map(str::to_owned),
            body: body.map(str::to_owned),
            count,
            missed_call: false,
            sound: false,
        }
    }

    #[test]
    fn says_as_much_as_it_may() {
        let words = Words::of("en");
        let said = |name, body, count| {
            let Text { summary, body } = text(&notice(name, body, count), words);
            (summary, body)
        };
        assert_eq!(said(Some("Juliet"), Some("Hello"), 1), ("Juliet".into(), "Hello".into()));
        assert_eq!(said(Some("Juliet"), Some("Hello"), 3), ("Juliet (3)".into(), "Hello".into()));
        assert_eq!(said(Some("Juliet"), None, 1), ("Juliet".into(), "New message".into()));
        assert_eq!(said(None, None, 2), ("Waxwing".into(), "New messages: 2".into()));
    }
}
