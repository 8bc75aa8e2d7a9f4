//! Commands of others (XEP-0050): begun, gone through step by step, and given up.

use crate::ns;
use crate::xml::{El, Element, Reading as _, el};

/// The namespace, and the node that lists them (§2.2).
pub const COMMANDS: &str = "http://jabber.org/protocol/commands";

/// Payloads of a step that are looked at.
const MOST: usize = 32;
/// Characters of a session's name that is kept.
const LONGEST: usize = 1024;

/// What is to be done (§3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Whatever is usual.
    Execute,
    Cancel,
    Prev,
    Next,
    Complete,
}

impl Action {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Execute => "execute",
            Self::Cancel => "cancel",
            Self::Prev => "prev",
            Self::Next => "next",
            Self::Complete => "complete",
        }
    }

    fn read(name: &str) -> Option<Self> {
        [Self::Prev, Self::Next, Self::Complete].into_iter().find(|action| action.name() == name)
    }
}

/// Where a command is (§3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Executing,
    Completed,
    Canceled,
}

/// How grave a note is (§3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gravity {
    Info,
    Warn,
    Error,
}

/// One step of a command, as the responder answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Names the session in further requests.
    pub session: Option<String>,
    pub status: Status,
    /// What can be done, in the order of the wizard: back, on, done. Giving up always can (§3.4).
    pub actions: Vec<Action>,
    /// Which of these is usual; `None` where nothing can be done any more.
    pub usual: Option<Action>,
    pub notes: Vec<(Gravity, String)>,
    /// Forms, addresses and others, in their order (§3.5).
    pub payloads: Vec<Element>,
}

/// Asks for a step. A form goes along with [`Action::Execute`], [`Action::Next`] and [`Action::Complete`].
pub fn request(node: &str, session: Option<&str>, action: Action, form: Option<El>) -> El {
    el("command", COMMANDS)
        .attr("node", node)
        .attr_opt("sessionid", session)
        .attr("action", action.name())
        .children(form)
}

impl Step {
    /// `None` where the answer is no command at all.
    pub fn read(iq: &Element) -> Option<Self> {
        let command = iq.get_child("command", COMMANDS)?;
        let status = match command.get("status").unwrap_or_default() {
            "completed" => Status::Completed,
            "canceled" | "cancelled" => Status::Canceled,
            _ => Status::Executing,
        };
        let inner = |child: &&Element| child.is("actions", COMMANDS) || child.is("note", COMMANDS);
        let notes = command.children().filter(|child| child.is("note", COMMANDS));
        let (actions, usual) = if status == Status::Executing { actions(command) } else { (Vec::new(), None) };
        Some(Self {
            session: command.get("sessionid").filter(|id| !id.is_empty() && id.len() <= LONGEST).map(str::to_owned),
            status,
            actions,
            usual,
            notes: notes.take(MOST).filter_map(note).collect(),
            payloads: command.children().filter(|child| !inner(child)).take(MOST).cloned().collect(),
        })
    }

    /// It is over and went wrong: who completes with a note of an error has failed (§4.3).
    pub fn has_failed(&self) -> bool {
        self.status == Status::Completed && self.notes.iter().any(|(gravity, _)| *gravity == Gravity::Error)
    }
}

fn note(note: &Element) -> Option<(Gravity, String)> {
    let text = note.text();
    let gravity = match note.get("type").unwrap_or_default() {
        "error" => Gravity::Error,
        "warn" => Gravity::Warn,
        _ => Gravity::Info,
    };
    (!text.trim().is_empty()).then(|| (gravity, text.trim().to_owned()))
}

/// Without a list there is one step, and doing it completes it; in a list `next` is usual where nothing else is said
/// (§3.4). What is usual and not in the list counts all the same: some forget to name it.
fn actions(command: &Element) -> (Vec<Action>, Option<Action>) {
    let Some(list) = command.get_child("actions", COMMANDS) else {
        return (vec![Action::Complete], Some(Action::Complete));
    };
    let mut all: Vec<_> = list.children().filter_map(|child| Action::read(child.name())).collect();
    let said = list.get("execute").and_then(Action::read);
    let usual = said.or_else(|| all.iter().copied().find(|action| *action == Action::Next));
    let usual = usual.or_else(|| all.iter().copied().find(|action| *action == Action::Complete));
    let usual = usual.unwrap_or(if all.is_empty() { Action::Complete } else { Action::Next });
    all.push(usual);
    all.sort_unstable();
    all.dedup();
    (all, Some(usual))
}

/// Why a step was not taken (§4.4), from an error's own condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    MalformedAction,
    BadAction,
    BadLocale,
    BadPayload,
    BadSession,
    SessionExpired,
}

impl Fault {
    /// `application` as in [`crate::StanzaError::application`].
    pub fn of(application: &str) -> Option<Self> {
        let name = application.strip_prefix('{')?.split_once('}').filter(|(ns, _)| *ns == COMMANDS)?.1;
        Some(match name {
            "malformed-action" => Self::MalformedAction,
            "bad-action" => Self::BadAction,
            "bad-locale" => Self::BadLocale,
            "bad-payload" => Self::BadPayload,
            "bad-sessionid" => Self::BadSession,
            "session-expired" => Self::SessionExpired,
            _ => return None,
        })
    }

    /// It has to be begun again.
    pub fn ends_it(self) -> bool {
        matches!(self, Self::BadSession | Self::SessionExpired)
    }
}

/// Addresses to look at (XEP-0066) in a payload: `https` alone.
pub fn link(payload: &Element) -> Option<(String, Option<String>)> {
    let url = payload.is("x", ns::OOB).then(|| payload.child_text("url", ns::OOB)).flatten()?;
    (url.starts_with("https://") && url.len() <= 4096).then(|| (url, payload.child_text("desc", ns::OOB)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(command: &str) -> Step {
        Step::read(&format!("<iq xmlns='jabber:client' type='result'>{command}</iq>").parse().unwrap()).unwrap()
    }

    fn of(inner: &str) -> Step {
        step(&format!("<command xmlns='{COMMANDS}' sessionid='s' node='n' status='executing'>{inner}</command>"))
    }

    #[test]
    fn without_actions_there_is_one_step() {
        let step = of("<x xmlns='jabber:x:data' type='form'/>");
        assert_eq!(
            (step.actions, step.usual, step.payloads.len()),
            (vec![Action::Complete], Some(Action::Complete), 1)
        );
    }

    #[test]
    fn next_is_usual_where_nothing_else_is_said() {
        let step = of("<actions><complete/><prev/><next/></actions>");
        assert_eq!(step.actions, [Action::Prev, Action::Next, Action::Complete]);
        assert_eq!(step.usual, Some(Action::Next));
        assert_eq!(of("<actions><prev/><complete/></actions>").usual, Some(Action::Complete));
        assert_eq!(of("<actions execute='complete'><next/><complete/></actions>").usual, Some(Action::Complete));
    }

    #[test]
    fn what_is_usual_can_be_done_though_it_is_not_listed() {
        let step = of("<actions execute='complete'><prev/></actions>");
        assert_eq!((step.actions, step.usual), (vec![Action::Prev, Action::Complete], Some(Action::Complete)));
        assert_eq!(of("<actions/>").actions, [Action::Complete]);
        assert_eq!(of("<actions><prev/></actions>").usual, Some(Action::Next));
    }

    #[test]
    fn notes_are_of_three_kinds_and_an_error_at_the_end_is_a_failure() {
        let step = step(&format!(
            "<command xmlns='{COMMANDS}' node='n' status='completed'><note type='error'> no </note><note>so</note>\
             <note type='warn'/></command>"
        ));
        assert_eq!(step.notes, [(Gravity::Error, "no".to_owned()), (Gravity::Info, "so".to_owned())]);
        assert!(step.has_failed() && step.actions.is_empty() && step.usual.is_none() && step.session.is_none());
    }

    #[test]
    fn faults_are_told_apart() {
        assert_eq!(Fault::of(&format!("{{{COMMANDS}}}session-expired")), Some(Fault::SessionExpired));
        assert!(Fault::SessionExpired.ends_it() && !Fault::BadPayload.ends_it());
        assert_eq!(Fault::of("{urn:x}session-expired"), None);
    }

    #[test]
    fn only_https_is_followed() {
        let link_of = |url: &str| {
            let text = format!("<x xmlns='jabber:x:oob'><url>{url}</url><desc>d</desc></x>");
            link(&text.parse().unwrap())
        };
        assert_eq!(link_of("https://x.test/"), Some(("https://x.test/".to_owned(), Some("d".to_owned()))));
        for other in ["http://x.test/", "javascript:alert(1)", "file:///etc/passwd"] {
            assert_eq!(link_of(other), None);
        }
    }

    #[test]
    fn a_request_names_its_session() {
        let request: Element = request("n", Some("s"), Action::Next, Some(el("x", ns::DATA_FORMS))).into();
        let text = crate::xml::to_string(&request);
        assert!(text.contains("sessionid=") && text.contains("next") && text.contains("jabber:x:data"), "{text}");
    }
}
