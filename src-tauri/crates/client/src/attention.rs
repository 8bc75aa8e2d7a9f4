//! Whether, and in how many words, the person is told of something while they look elsewhere.

use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;
use waxwing_contract::{ConversationNotify, Preview, Settings, Show};

/// Characters of a message that a notification shows.
const LONGEST: usize = 300;

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attention {
    /// Shown, in place of what was shown of the same conversation before.
    Show(Notice),
    /// No longer news: read here or elsewhere, or settled.
    Clear(Subject),
}

/// What a notification is about: there is at most one for each.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    Conversation {
        account: String,
        peer: String,
    },
    /// Someone asks to see our presence.
    Request {
        account: String,
        jid: String,
    },
    /// It rings.
    Call {
        account: String,
        id: String,
        video: bool,
    },
    /// How a notification looks.
    Trial,
}

/// A notification without its words: those are the desktop's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub subject: Subject,
    /// `None` where the person wants it untold.
    pub name: Option<String>,
    pub body: Option<String>,
    /// Unread messages it stands for.
    pub count: u32,
    /// The newest of them is a call that was missed.
    pub missed_call: bool,
    pub sound: bool,
}

/// What is known when something new came.
pub(crate) struct Situation<'a> {
    pub settings: &'a Settings,
    pub notify: ConversationNotify,
    /// Own presence.
    pub show: Show,
    /// The person looks at the conversation just now.
    pub looking: bool,
    pub blocked: bool,
    /// Milliseconds since 1970, UTC.
    pub now: i64,
    /// Minutes after midnight, local.
    pub minute: u16,
}

/// How much is told; `None`: nothing.
pub(crate) fn told(situation: &Situation<'_>) -> Option<Preview> {
    let Situation { settings, notify, show, looking, blocked, now, minute } = situation;
    let quiet = settings.quiet_hours.is_some_and(|hours| hours.covers(*minute));
    if !settings.notify || quiet || *show == Show::Dnd || *looking || *blocked || notify.is_muted(*now) {
        return None;
    }
    Some(notify.preview.unwrap_or(settings.preview))
}

impl Notice {
    /// With as many words as `preview` allows.
    pub(crate) fn new(subject: Subject, preview: Preview, name: &str, body: &str, count: u32, sound: bool) -> Self {
        Self {
            subject,
            name: (preview != Preview::Nothing).then(|| name.to_owned()),
            body: (preview == Preview::NameAndText).then(|| shortened(body)),
            count,
            missed_call: false,
            sound,
        }
    }
}

fn shortened(body: &str) -> String {
    let mut text: String = body.chars().take(LONGEST).collect();
    if body.chars().nth(LONGEST).is_some() {
        text.push('…');
    }
    text
}

/// Told before anyone listens, this much waits: accounts are there before the window.
const WAITING: usize = 256;

/// The way to whoever shows notifications.
pub(crate) struct Told {
    sender: mpsc::UnboundedSender<Attention>,
    /// Until someone listens.
    waiting: Mutex<Option<mpsc::UnboundedReceiver<Attention>>>,
}

impl Told {
    pub fn new() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        Self { sender, waiting: Mutex::new(Some(receiver)) }
    }

    /// Where everything comes out, also what was told before. There is one listener: a further one hears nothing.
    pub fn listen(&self) -> mpsc::UnboundedReceiver<Attention> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        waiting.unwrap_or_else(|| mpsc::unbounded_channel().1)
    }

    pub fn tell(&self, attention: Attention) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.as_ref().is_none_or(|waiting| waiting.len() < WAITING) {
            let _ = self.sender.send(attention);
        }
    }
}

/// Minutes after midnight by the local clock.
pub(crate) fn minute_of_day() -> u16 {
    let now = jiff::Zoned::now();
    u16::from(now.hour().unsigned_abs()) * 60 + u16::from(now.minute().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_contract::QuietHours;

    fn usual(settings: &Settings) -> Situation<'_> {
        Situation {
            settings,
            notify: ConversationNotify::USUAL,
            show: Show::Online,
            looking: false,
            blocked: false,
            now: 1_000,
            minute: 12 * 60,
        }
    }

    #[test]
    fn silence_has_many_reasons() {
        let settings = Settings::default();
        assert_eq!(told(&usual(&settings)), Some(Preview::NameAndText));
        let muted = ConversationNotify { muted: true, ..ConversationNotify::USUAL };
        let for_now = ConversationNotify { muted_until: Some(1_001), ..muted };
        let no_more = ConversationNotify { muted_until: Some(1_000), ..muted };
        assert_eq!(told(&Situation { notify: muted, ..usual(&settings) }), None);
        assert_eq!(told(&Situation { notify: for_now, ..usual(&settings) }), None);
        assert!(told(&Situation { notify: no_more, ..usual(&settings) }).is_some());
        assert_eq!(told(&Situation { show: Show::Dnd, ..usual(&settings) }), None);
        assert_eq!(told(&Situation { looking: true, ..usual(&settings) }), None);
        assert_eq!(told(&Situation { blocked: true, ..usual(&settings) }), None);
        let quiet = Settings { quiet_hours: Some(QuietHours { from: 700, to: 730 }), ..Settings::default() };
        assert_eq!(told(&usual(&quiet)), None);
        assert_eq!(told(&usual(&Settings { notify: false, ..Settings::default() })), None);
    }

    #[test]
    fn a_conversation_may_say_less_than_the_others() {
        let settings = Settings::default();
        let shy = ConversationNotify { preview: Some(Preview::Nothing), ..ConversationNotify::USUAL };
        assert_eq!(told(&Situation { notify: shy, ..usual(&settings) }), Some(Preview::Nothing));
        let subject = Subject::Trial;
        let notice = Notice::new(subject.clone(), Preview::Name, "Juliet", "words", 1, true);
        assert_eq!((notice.name.as_deref(), notice.body), (Some("Juliet"), None));
        let notice = Notice::new(subject.clone(), Preview::Nothing, "Juliet", "words", 1, true);
        assert_eq!((notice.name, notice.body), (None, None));
        let notice = Notice::new(subject, Preview::NameAndText, "Juliet", &"ü".repeat(1000), 1, true);
        assert_eq!(notice.body.unwrap().chars().count(), LONGEST + 1);
    }
}
