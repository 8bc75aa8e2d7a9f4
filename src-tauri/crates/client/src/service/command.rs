//! Commands (XEP-0050), step by step.

use waxwing_contract::{
    Code, CommandAction, CommandNote, CommandState, CommandStep, Failure, NoteKind, RunCommand, ServiceCommands,
    ServiceId, WebLink,
};
use waxwing_session::IqError;
use waxwing_session::jid::Jid;
use waxwing_session::ns;
use waxwing_session::xep::adhoc::{self, Action, Fault, Gravity, Status, Step};
use waxwing_session::xep::services::{Items, page_of_items};
use waxwing_session::xml::Element;

use super::look::item;
use crate::app::App;
use crate::failure::{fail, of_iq};

impl App {
    /// All commands: whoever answers for others' is not believed (§5).
    pub(super) async fn service_commands(&self, service: &ServiceId) -> Result<ServiceCommands, Failure> {
        let place = self.place_of(service)?;
        let (mut commands, mut after) = (Vec::new(), None);
        loop {
            let ask = page_of_items(Some(adhoc::COMMANDS), after.as_deref());
            let page = Items::read(&self.fetch(&service.account, &place, ask).await?);
            let own = page.items.into_iter().filter(|item| item.node.is_some() && item.jid == place.to_string());
            commands.extend(own.map(item));
            match page.after.filter(|next| after.as_ref() != Some(next) && commands.len() < MOST) {
                Some(next) => after = Some(next),
                None => return Ok(ServiceCommands { commands }),
            }
        }
    }

    /// Begins one, goes on, or gives it up. What the service does not take is told in the step: what was filled in stands.
    pub(super) async fn run_command(&self, run: &RunCommand) -> Result<CommandStep, Failure> {
        let place = self.place(&run.account, &run.address)?;
        let action = match run.action {
            None => Action::Execute,
            Some(CommandAction::Cancel) => Action::Cancel,
            Some(CommandAction::Prev) => Action::Prev,
            Some(CommandAction::Next) => Action::Next,
            Some(CommandAction::Complete) => Action::Complete,
        };
        // Nothing of a form goes back with going back or giving up (§3.4).
        let open = match &run.form {
            Some(id) if !matches!(action, Action::Cancel | Action::Prev) => Some(self.open_form(id)?),
            _ => None,
        };
        let form = match open.as_ref().map(|open| open.submit(&run.answers)).transpose() {
            Ok(form) => form,
            Err(faults) => return Ok(CommandStep { faults, ..stays(run, None) }),
        };
        let request = adhoc::request(&run.node, run.session.as_deref(), action, form);
        match self.question(&run.account, &place, request, true).await? {
            Ok(iq) => {
                let step = Step::read(&iq).ok_or_else(|| fail(Code::Protocol, "the answer is no step of a command"))?;
                if let Some(form) = &run.form {
                    self.0.forms.close(form);
                }
                Ok(self.step(&run.account, &place, step, &iq))
            }
            Err(error) => Ok(self.refused(run, &place, &error)),
        }
    }

    fn step(&self, account: &str, place: &Jid, step: Step, iq: &Element) -> CommandStep {
        let failed = step.has_failed();
        let payloads = || step.payloads.iter();
        let link = |payload: &Element| adhoc::link(payload).map(|(url, text)| WebLink { url, text });
        CommandStep {
            forms: payloads().filter_map(|payload| self.shown(account, place, payload, command_of(iq))).collect(),
            links: payloads().filter_map(link).collect(),
            session: step.session,
            state: match step.status {
                Status::Executing => CommandState::Executing,
                Status::Completed => CommandState::Completed,
                Status::Canceled => CommandState::Canceled,
            },
            notes: step.notes.into_iter().map(note).collect(),
            actions: step.actions.into_iter().filter_map(shown_action).collect(),
            usual: step.usual.and_then(shown_action),
            faults: Vec::new(),
            failure: failed.then(|| fail(Code::Refused, "the command ended with an error")),
        }
    }

    fn refused(&self, run: &RunCommand, place: &Jid, error: &IqError) -> CommandStep {
        let mut step = stays(run, Some(of_iq(error)));
        let IqError::Refused(refusal) = error else { return step };
        if refusal.application.as_deref().and_then(Fault::of).is_some_and(Fault::ends_it) {
            // To be begun again; what was answered is the interface's to keep.
            step.session = None;
        }
        // Another form in its place is what is asked now.
        let form = refusal.form.as_deref().and_then(|form| self.shown(&run.account, place, form, form));
        step.forms.extend(form);
        step
    }
}

/// Commands of one entity.
const MOST: usize = 10_000;

/// Nothing moved.
fn stays(run: &RunCommand, failure: Option<Failure>) -> CommandStep {
    CommandStep {
        session: run.session.clone(),
        state: CommandState::Executing,
        notes: Vec::new(),
        forms: Vec::new(),
        links: Vec::new(),
        actions: Vec::new(),
        usual: None,
        faults: Vec::new(),
        failure,
    }
}

fn command_of(iq: &Element) -> &Element {
    iq.get_child("command", adhoc::COMMANDS).or_else(|| iq.get_child("x", ns::DATA_FORMS)).unwrap_or(iq)
}

fn note((gravity, text): (Gravity, String)) -> CommandNote {
    let kind = match gravity {
        Gravity::Info => NoteKind::Info,
        Gravity::Warn => NoteKind::Warn,
        Gravity::Error => NoteKind::Error,
    };
    CommandNote { kind, text }
}

fn shown_action(action: Action) -> Option<CommandAction> {
    match action {
        Action::Prev => Some(CommandAction::Prev),
        Action::Next => Some(CommandAction::Next),
        Action::Complete => Some(CommandAction::Complete),
        Action::Execute | Action::Cancel => None,
    }
}
