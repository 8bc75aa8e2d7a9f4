//! Whether an answer will do, and what of it is sent.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use xmpp_parsers::jid::Jid;

use crate::bound::{VALUE, VALUES};
use crate::field::{Field, FieldType, boolean};
use crate::trouble::{Fault, Trouble};
use crate::validation::Validation;

/// One value of an answer, and which of those that were given it is.
pub(crate) type Entry = (usize, String);

impl Field {
    /// What it is answered with before anybody answers: what the service filled in.
    pub fn start(&self) -> Vec<String> {
        self.start_entries().into_iter().map(|(_, value)| value).collect()
    }

    fn start_entries(&self) -> Vec<Entry> {
        match self.field_type {
            // What it shows is what it is.
            FieldType::Boolean => vec![(0, if self.is_true() { "1" } else { "0" }.to_owned())],
            _ if self.field_type.is_multi() => self.entries(&self.values),
            _ => self.entries(self.values.get(..1).unwrap_or_default()),
        }
    }

    /// Whether an answer is another one than the service filled in.
    pub fn is_changed(&self, values: &[String]) -> bool {
        let value = |(_, value): Entry| value;
        !self.entries(values).into_iter().map(value).eq(self.start_entries().into_iter().map(value))
    }

    /// Looks at an answer. What the service filled in itself is always good, though it may break its own rules.
    ///
    /// # Errors
    /// What is wrong with it, first of all.
    pub fn check(&self, values: &[String]) -> Result<(), Fault> {
        let fault = |at, trouble| Fault { var: self.var.clone().unwrap_or_default(), at, trouble };
        if !self.is_asked() {
            return Err(fault(None, Trouble::NotAsked));
        }
        if let Some(at) = values.iter().position(|value| value.len() > VALUE) {
            return Err(fault(Some(at), Trouble::TooLong { most: VALUE }));
        }
        if self.cut && !self.is_changed(values) {
            return if self.required { Err(fault(None, Trouble::Cut)) } else { Ok(()) };
        }
        let entries = self.entries(values);
        if entries.len() > VALUES {
            return Err(fault(None, Trouble::TooMany { max: VALUES }));
        }
        if entries.is_empty() && self.required {
            return Err(fault(None, Trouble::Required));
        }
        if !entries.is_empty() && !self.is_changed(values) {
            return Ok(());
        }
        self.check_count(entries.len()).map_err(|trouble| fault(None, trouble))?;
        let given: HashSet<_> = self.values.iter().map(|value| Cow::Borrowed(value.as_str())).collect();
        let given: HashSet<_> = given.into_iter().chain(self.start().into_iter().map(Cow::Owned)).collect();
        let options = self.offered();
        for (at, value) in entries.iter().filter(|(_, value)| !given.contains(value.as_str())) {
            let trouble = if self.field_type.is_list() && options.contains_key(value.as_str()) {
                Ok(())
            } else {
                self.check_value(value)
            };
            trouble.map_err(|trouble| fault(Some(*at), trouble))?;
        }
        Ok(())
    }

    fn check_count(&self, count: usize) -> Result<(), Trouble> {
        if !self.field_type.is_multi() && count > 1 {
            return Err(Trouble::TooMany { max: 1 });
        }
        let range = self.validation.as_ref().and_then(|validation| validation.list_range).unwrap_or_default();
        let number = |bound: Option<u32>| bound.and_then(|bound| usize::try_from(bound).ok());
        // Nobody can choose more than there is.
        let most = if self.is_open() { usize::MAX } else { self.options.len() };
        match (number(range.min).map(|min| min.min(most)), number(range.max)) {
            (Some(min), _) if count < min => Err(Trouble::TooFew { min }),
            (_, Some(max)) if count > max => Err(Trouble::TooMany { max }),
            _ => Ok(()),
        }
    }

    /// Looks at one value that was not offered.
    fn check_value(&self, value: &str) -> Result<(), Trouble> {
        let validate = || self.validation.as_ref().map_or(Ok(()), |validation| validation.check(value));
        match self.field_type {
            FieldType::Boolean => boolean(value).map(|_| ()).ok_or(Trouble::NotABoolean),
            FieldType::JidSingle | FieldType::JidMulti => {
                Jid::new(value).map(|_| ()).map_err(|_| Trouble::NotAnAddress)
            }
            FieldType::ListSingle | FieldType::ListMulti if !self.is_open() => Err(Trouble::NotAnOption),
            FieldType::TextSingle | FieldType::TextPrivate if value.contains(['\n', '\r']) => Err(Trouble::NotOneLine),
            FieldType::TextMulti if !self.is_of_lines() => Ok(()),
            _ => validate(),
        }
    }

    /// An answer as it is sent: each line of a text by itself, JIDs as they are compared and each once, options in their order,
    /// nothing that is empty unless an empty value is offered or a line of a text, and not yes is no.
    pub(crate) fn entries(&self, values: &[String]) -> Vec<Entry> {
        let given = values.iter().map(String::as_str).enumerate();
        let filled = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        match self.field_type {
            FieldType::Boolean => {
                let written = |value: &str| match boolean(value) {
                    Some(is) => Some(if is { "1" } else { "0" }.to_owned()),
                    None => filled(value.trim()),
                };
                let written: Vec<_> = given.filter_map(|(at, value)| Some((at, written(value)?))).collect();
                // It is never without an answer (XEP-0004 §3.3).
                if written.is_empty() { vec![(0, "0".to_owned())] } else { written }
            }
            FieldType::JidSingle | FieldType::JidMulti => {
                let mut seen = HashSet::new();
                let addresses = lines(values).filter_map(|(at, line)| Some((at, address(line.trim())?)));
                addresses.filter(|(_, address)| seen.insert(address.clone())).collect()
            }
            FieldType::ListSingle | FieldType::ListMulti => self.chosen(values),
            FieldType::TextMulti if self.is_of_lines() => {
                lines(values).filter_map(|(at, line)| Some((at, filled(line.trim())?))).collect()
            }
            FieldType::TextMulti => {
                let lines: Vec<_> = lines(values).map(|(at, line)| (at, line.to_owned())).collect();
                if lines.iter().all(|(_, line)| line.is_empty()) { Vec::new() } else { lines }
            }
            FieldType::TextSingle | FieldType::TextPrivate => {
                let is_text = self.validation.as_ref().is_none_or(|validation| validation.datatype.is_text());
                let trimmed = |value| if is_text { value } else { str::trim(value) };
                given.filter_map(|(at, value)| Some((at, filled(trimmed(value))?))).collect()
            }
            FieldType::Hidden | FieldType::Fixed => given.map(|(at, value)| (at, value.to_owned())).collect(),
        }
    }

    /// Each value once; those that are offered in the order they are offered in, the others behind.
    fn chosen(&self, values: &[String]) -> Vec<Entry> {
        let offered = self.offered();
        let mut seen = HashSet::new();
        let given = values.iter().enumerate();
        let given = given.filter(|(_, value)| !value.is_empty() || offered.contains_key(value.as_str()));
        let mut chosen: Vec<_> = given.filter(|(_, value)| seen.insert(*value)).collect();
        chosen.sort_by_key(|(_, value)| offered.get(value.as_str()).copied().unwrap_or(usize::MAX));
        chosen.into_iter().map(|(at, value)| (at, value.clone())).collect()
    }

    /// The value of each option, and its place.
    fn offered(&self) -> HashMap<&str, usize> {
        self.options
            .iter()
            .map(|option| option.value.as_str())
            .enumerate()
            .rev()
            .map(|(at, value)| (value, at))
            .collect()
    }

    fn is_of_lines(&self) -> bool {
        self.validation.as_ref().is_some_and(Validation::is_of_lines)
    }
}

/// All lines of all values, whichever way they end.
fn lines(values: &[String]) -> impl Iterator<Item = (usize, &str)> {
    let split = |value| str::split(value, '\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
    values.iter().map(String::as_str).flat_map(split).enumerate()
}

/// A JID as it is compared; as it was given where it is none.
fn address(text: &str) -> Option<String> {
    let jid = || Jid::new(text).map_or_else(|_| text.to_owned(), Jid::into_inner);
    (!text.is_empty()).then(jid)
}

#[cfg(test)]
mod tests;
