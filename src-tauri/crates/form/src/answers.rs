//! Answers to a form, and how they are handed in (XEP-0004 §3.1, 3.5 and 3.6).

use std::collections::{BTreeMap, BTreeSet};

use waxwing_xml::{El, el};

use crate::field::{Field, FieldType};
use crate::form::{FORM_TYPE, Form, Kind};
use crate::ns;
use crate::trouble::{Fault, Trouble};

/// What each field that is asked is answered with, by its name.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Answers {
    values: BTreeMap<String, Vec<String>>,
    /// Names of `text-private` fields.
    private: BTreeSet<String>,
}

/// Passwords are for nobody's log.
impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_map();
        for (var, values) in &self.values {
            match self.private.contains(var) {
                true => debug.entry(var, &format_args!("({})", values.len())),
                false => debug.entry(var, values),
            };
        }
        debug.finish()
    }
}

impl Answers {
    /// What the service filled in.
    pub fn of(form: &Form) -> Self {
        let asked = || form.fields.iter().filter(|field| field.is_asked());
        let named = |field: &Field| field.var.clone().unwrap_or_default();
        let private = asked().filter(|field| field.field_type == FieldType::TextPrivate);
        Self {
            values: asked().map(|field| (named(field), field.start())).collect(),
            private: private.map(named).collect(),
        }
    }

    /// The values of one answer; none for what is not asked.
    pub fn get(&self, var: &str) -> &[String] {
        self.values.get(var).map(Vec::as_slice).unwrap_or_default()
    }

    /// Answers one field; `false` where nothing is asked that is called so.
    pub fn set(&mut self, var: &str, values: Vec<String>) -> bool {
        self.values.get_mut(var).map(|answer| *answer = values).is_some()
    }
}

impl Form {
    /// What keeps the answers from being handed in, in the order of the fields; nothing where they will do.
    pub fn check(&self, answers: &Answers) -> Vec<Fault> {
        self.fields.iter().filter(|field| field.is_sent()).filter_map(|field| field.fault(answers)).collect()
    }

    /// Whether anything is answered otherwise than the service filled it in.
    pub fn is_changed(&self, answers: &Answers) -> bool {
        let asked = self.fields.iter().filter(|field| field.is_asked());
        asked
            .filter_map(|field| Some((field, field.var.as_deref()?)))
            .any(|(field, var)| field.is_changed(answers.get(var)))
    }

    /// `<x type='submit'/>`: hidden fields as they came, then what is answered. What was empty and still is, is left out, and so
    /// keeps the value it may have; what was emptied is sent empty.
    ///
    /// # Errors
    /// What [`Form::check`] has against it.
    pub fn submit(&self, answers: &Answers) -> Result<El, Vec<Fault>> {
        let faults = self.check(answers);
        if !faults.is_empty() {
            return Err(faults);
        }
        let sent = self.fields.iter().filter(|field| field.is_sent());
        Ok(root(Kind::Submit).children(sent.filter_map(|field| field.answer(answers))))
    }
}

impl Field {
    fn fault(&self, answers: &Answers) -> Option<Fault> {
        let var = self.var.clone()?;
        if self.is_hidden() {
            // Only the whole of it would be what the service gave away.
            return self.cut.then_some(Fault { var, at: None, trouble: Trouble::Cut });
        }
        self.check(answers.get(&var)).err()
    }

    /// `None` for what is left out.
    fn answer(&self, answers: &Answers) -> Option<El> {
        let var = self.var.as_deref()?;
        if self.is_hidden() {
            return Some(field(var, self.field_type, &self.values));
        }
        let given = answers.get(var);
        let values: Vec<_> = self.entries(given).into_iter().map(|(_, value)| value).collect();
        if !values.is_empty() {
            // It may be sent as one alone, but then the others would be lost.
            let several = !self.field_type.is_multi() && self.values.len() > 1 && !self.required;
            let left = (self.cut || several) && !self.is_changed(given);
            return (!left).then(|| field(var, self.field_type, &values));
        }
        let emptied = !self.start().is_empty();
        // An empty value is neither a JID nor an option: ejabberd takes back the whole form for one.
        let none = matches!(self.field_type, FieldType::JidMulti | FieldType::ListMulti);
        emptied.then(|| field(var, self.field_type, if none { &[] } else { const { &[String::new()] } }))
    }
}

/// `<x type='cancel'/>`: nothing is handed in.
pub fn cancel() -> El {
    root(Kind::Cancel)
}

/// A form that is handed in without having been asked for: what it is for, and its fields.
pub fn submission<'a>(form_type: &str, fields: impl IntoIterator<Item = (&'a str, Vec<String>)>) -> El {
    let form_type = field(FORM_TYPE, FieldType::Hidden, &[form_type.to_owned()]);
    let fields = fields.into_iter().map(|(var, values)| with_values(el("field", ns::DATA).attr("var", var), &values));
    root(Kind::Submit).child(form_type).children(fields)
}

fn root(kind: Kind) -> El {
    el("x", ns::DATA).attr("type", kind.name())
}

fn field(var: &str, field_type: FieldType, values: &[String]) -> El {
    with_values(el("field", ns::DATA).attr("type", field_type.name()).attr("var", var), values)
}

fn with_values(field: El, values: &[String]) -> El {
    let value = |value: &String| {
        let element = el("value", ns::DATA);
        if value.is_empty() { element } else { element.text(value) }
    };
    field.children(values.iter().map(value))
}

#[cfg(test)]
mod tests;
