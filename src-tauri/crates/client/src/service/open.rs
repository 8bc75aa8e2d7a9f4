//! Forms that are open: kept whole, since what is hidden in them has to go back as it came.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use waxwing_contract::{Answer, CheckForm, Code, Failure, FieldFault, FormChecked};
use waxwing_form::{Answers, Form, Kind};
use waxwing_session::jid::Jid;
use waxwing_session::xml::{El, Element};

use super::form::fault;
use super::media::Enclosed;
use crate::app::App;
use crate::failure::fail;

/// Forms that are open at once; the oldest goes for a further one.
const MOST: usize = 64;

/// A form that somebody fills in.
pub(crate) struct Open {
    /// Of these, the one who asked.
    pub account: String,
    pub of: Jid,
    pub form: Form,
    /// The fields of old stand for a form: what is answered goes back in their way.
    legacy: bool,
    pub enclosed: Enclosed,
    /// When it was opened, compared to others.
    number: u64,
}

/// All forms that are open, by their ids.
#[derive(Default)]
pub(crate) struct OpenForms(Mutex<State>);

#[derive(Default)]
struct State {
    next: u64,
    open: HashMap<String, Arc<Open>>,
}

impl OpenForms {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a form, where anything can be asked of it later; answers its id.
    fn keep(&self, account: &str, of: &Jid, form: Form, legacy: bool, enclosed: Enclosed) -> (String, Arc<Open>) {
        let id = uuid::Uuid::new_v4().to_string();
        let mut state = self.state();
        let number = state.next;
        let is_kept = form.kind == Kind::Form || form.fields.iter().any(|field| !field.media.is_empty());
        let open = Arc::new(Open { account: account.to_owned(), of: of.clone(), form, legacy, enclosed, number });
        // What only tells something is never in the way of what is being filled in.
        if !is_kept {
            return (id, open);
        }
        if state.open.len() >= MOST
            && let Some(oldest) = state.open.iter().min_by_key(|(_, open)| open.number).map(|(id, _)| id.clone())
        {
            state.open.remove(&oldest);
        }
        state.next += 1;
        state.open.insert(id.clone(), Arc::clone(&open));
        (id, open)
    }

    pub fn get(&self, id: &str) -> Option<Arc<Open>> {
        self.state().open.get(id).cloned()
    }

    pub fn close(&self, id: &str) {
        self.state().open.remove(id);
    }
}

impl Open {
    /// What is answered, by the fields' places; what is not named stays as it was filled in.
    fn answers(&self, given: &[Answer]) -> Answers {
        let mut answers = Answers::of(&self.form);
        for answer in given {
            let field = usize::try_from(answer.field).ok().and_then(|at| self.form.fields.get(at));
            if let Some(var) = field.filter(|field| field.is_asked()).and_then(|field| field.var.as_deref()) {
                answers.set(var, answer.values.clone());
            }
        }
        answers
    }

    /// What keeps these from being handed in.
    pub fn faults(&self, given: &[Answer]) -> Vec<FieldFault> {
        let faults = self.form.check(&self.answers(given));
        faults.iter().filter_map(|found| fault(&self.form, found)).collect()
    }

    /// What is handed in, in the way it was asked: `form` takes a form, `legacy` the fields of old.
    ///
    /// # Errors
    /// As [`Open::submit`].
    pub fn hand_in(
        &self,
        given: &[Answer],
        form: fn(El) -> El,
        legacy: fn(&[(String, String)]) -> El,
    ) -> Result<El, Vec<FieldFault>> {
        if self.legacy {
            return self.legacy_values(given).map(|values| legacy(&values));
        }
        self.submit(given).map(form)
    }

    /// The answers as a form.
    ///
    /// # Errors
    /// What keeps it from being handed in.
    pub fn submit(&self, given: &[Answer]) -> Result<El, Vec<FieldFault>> {
        let of_form = |faults: Vec<_>| faults.iter().filter_map(|found| fault(&self.form, found)).collect();
        self.form.submit(&self.answers(given)).map_err(of_form)
    }

    fn legacy_values(&self, given: &[Answer]) -> Result<Vec<(String, String)>, Vec<FieldFault>> {
        let faults = self.faults(given);
        if !faults.is_empty() {
            return Err(faults);
        }
        let answers = self.answers(given);
        let vars = self.form.fields.iter().filter_map(|field| field.var.clone());
        Ok(vars.map(|var| (var.clone(), answers.get(&var).first().cloned().unwrap_or_default())).collect())
    }
}

impl App {
    /// A form that is open, of this account and address.
    pub(super) fn open_form(&self, id: &str) -> Result<Arc<Open>, Failure> {
        self.0.forms.get(id).ok_or_else(|| fail(Code::NotFound, "there is no such form"))
    }

    /// Keeps a form that came in a stanza, and shows it.
    pub(super) fn shown(
        &self,
        account: &str,
        of: &Jid,
        form: &Element,
        stanza: &Element,
    ) -> Option<waxwing_contract::Form> {
        let form = Form::read(form)?;
        Some(self.shown_form(account, of, form, false, Enclosed::read(stanza)))
    }

    pub(super) fn shown_form(
        &self,
        account: &str,
        of: &Jid,
        form: Form,
        legacy: bool,
        enclosed: Enclosed,
    ) -> waxwing_contract::Form {
        let (id, open) = self.0.forms.keep(account, of, form, legacy, enclosed);
        super::form::shown(id, &open)
    }

    pub(super) fn check_form(&self, check: &CheckForm) -> Result<FormChecked, Failure> {
        let open = self.open_form(&check.form)?;
        let asked: std::collections::HashSet<_> = check.answers.iter().map(|answer| answer.field).collect();
        let faults = open.faults(&check.answers).into_iter().filter(|fault| asked.contains(&fault.field)).collect();
        Ok(FormChecked { faults })
    }

    #[expect(clippy::unnecessary_wraps, reason = "a command's answer")]
    pub(super) fn close_form(&self, id: &str) -> Result<(), Failure> {
        self.0.forms.close(id);
        Ok(())
    }
}
