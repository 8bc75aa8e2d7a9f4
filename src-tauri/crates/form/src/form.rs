//! A form, as it was received (XEP-0004, with XEP-0068's type of forms).

use std::collections::{BTreeSet, HashSet};

use waxwing_xml::{Element, Reading as _};

use crate::bound::{Budget, Cut};
use crate::field::{Field, FieldType};
use crate::layout::{self, Page};
use crate::ns;
use crate::table::Table;

/// The field that names what a form is for (XEP-0068).
pub const FORM_TYPE: &str = "FORM_TYPE";

/// What is done with the form: its `type` (XEP-0004 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    /// It is to be filled in.
    #[default]
    Form,
    /// It has been.
    Submit,
    /// It will not be.
    Cancel,
    /// It tells something.
    Result,
}

impl Kind {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Submit => "submit",
            Self::Cancel => "cancel",
            Self::Result => "result",
        }
    }

    /// What is not said is to be filled in, unless it has a table; what is not known can only be looked at.
    fn read(element: &Element) -> Self {
        let table = || element.children().any(|child| child.is("reported", ns::DATA) || child.is("item", ns::DATA));
        match element.get("type").unwrap_or_default().trim() {
            "form" => Self::Form,
            "submit" => Self::Submit,
            "cancel" => Self::Cancel,
            "" if !table() => Self::Form,
            _ => Self::Result,
        }
    }
}

/// `<x/>`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    pub kind: Kind,
    pub title: Option<String>,
    /// In paragraphs.
    pub instructions: Vec<String>,
    /// In the order they are shown in where there is no layout.
    pub fields: Vec<Field>,
    pub table: Option<Table>,
    /// Where everything stands; empty where the form does not say.
    pub layout: Vec<Page>,
    /// What of it there is too much of: the rest of that is missing here.
    pub cut: BTreeSet<Cut>,
}

impl Form {
    /// Reads `<x/>`, whatever is odd about it; `None` for what is no form at all.
    pub fn read(element: &Element) -> Option<Self> {
        if !element.is("x", ns::DATA) {
            return None;
        }
        let mut budget = Budget::new();
        let mut form = Self { kind: Kind::read(element), ..Self::default() };
        let mut seen = HashSet::new();
        for child in element.children().filter(|child| child.has_ns(ns::DATA)) {
            match child.name() {
                "title" if form.title.is_none() => form.title = budget.words(&child.text()),
                "instructions" => {
                    let words = budget.words(&child.text());
                    form.instructions.extend(words.filter(|_| budget.take(Cut::Instructions)));
                }
                "field" if budget.take(Cut::Fields) => {
                    let mut field = Field::read(child, &mut budget);
                    // Without a type it counts as hidden where it is handed in (XEP-0068 §5).
                    let is_named = form.kind == Kind::Submit && field.var.as_deref() == Some(FORM_TYPE);
                    if is_named && child.get("type").is_none() {
                        field.field_type = FieldType::Hidden;
                    }
                    let var = field.var.as_ref().filter(|_| field.field_type != FieldType::Fixed);
                    field.repeated = var.is_some_and(|var| !seen.insert(var.clone()));
                    form.fields.push(field);
                }
                _ => {}
            }
        }
        form.table = Table::read(element, &mut budget);
        form.layout = layout::read(element, &form.fields, form.table.is_some(), &mut budget);
        form.cut = budget.cut;
        Some(form)
    }

    /// Reads the first form inside `parent`.
    pub fn of(parent: &Element) -> Option<Self> {
        parent.children().find_map(Self::read)
    }

    /// What it is for (XEP-0068): only a hidden field says so, save where a form is handed in.
    pub fn form_type(&self) -> Option<&str> {
        let field = self.field(FORM_TYPE).filter(|field| field.is_hidden() || self.kind == Kind::Submit)?;
        field.value().filter(|value| !value.is_empty())
    }

    /// The field that is called so.
    pub fn field(&self, var: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.var.as_deref() == Some(var) && field.field_type != FieldType::Fixed)
    }

    /// The first value of the field that is called so.
    pub fn value(&self, var: &str) -> Option<&str> {
        self.field(var)?.value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(attributes: &str, inner: &str) -> Form {
        Form::read(&format!("<x xmlns='jabber:x:data' {attributes}>{inner}</x>").parse().unwrap()).unwrap()
    }

    #[test]
    fn only_a_form_is_one() {
        for other in ["<x xmlns='jabber:x:oob'/>", "<y xmlns='jabber:x:data'/>"] {
            assert_eq!(Form::read(&other.parse().unwrap()), None, "{other}");
        }
        let parent = "<query xmlns='q'><x xmlns='jabber:x:oob'/><x xmlns='jabber:x:data' type='form'/></query>";
        assert_eq!(Form::of(&parent.parse().unwrap()), Some(Form::default()));
    }

    #[test]
    fn the_four_types_are_known_and_others_are_looked_at() {
        for kind in [Kind::Form, Kind::Submit, Kind::Cancel, Kind::Result] {
            assert_eq!(read(&format!("type='{}'", kind.name()), "").kind, kind);
        }
        assert_eq!(
            (read("type='error'", "").kind, read("", "").kind, read("", "<item/>").kind),
            (Kind::Result, Kind::Form, Kind::Result)
        );
    }

    #[test]
    fn there_are_several_instructions_and_one_title() {
        let form = read(
            "type='form'",
            "<instructions>a</instructions><title>T</title><title>U</title><instructions/><instructions>b\n c</instructions>",
        );
        assert_eq!((form.title.as_deref(), form.instructions), (Some("T"), vec!["a".to_owned(), "b\nc".to_owned()]));
    }

    const PLAIN: &str = "<field var='FORM_TYPE'><value>urn:x</value></field>";
    const HIDDEN: &str = "<field var='FORM_TYPE' type='hidden'><value>urn:x</value></field>";

    /// XEP-0068 §4.3 and §5.
    #[test]
    fn only_a_hidden_field_says_what_a_form_is_for_unless_it_is_handed_in() {
        for kind in ["form", "result"] {
            let of = |inner: &str| read(&format!("type='{kind}'"), inner).form_type().map(str::to_owned);
            assert_eq!((of(PLAIN), of(HIDDEN).as_deref(), of("")), (None, Some("urn:x"), None));
        }
        let text = "<field var='FORM_TYPE' type='text-single'><value>urn:x</value></field>";
        for inner in [PLAIN, HIDDEN, text] {
            assert_eq!(read("type='submit'", inner).form_type(), Some("urn:x"));
        }
        assert!(read("type='form'", PLAIN).fields[0].is_asked() && read("type='submit'", PLAIN).fields[0].is_hidden());
    }

    #[test]
    fn a_field_that_is_called_as_one_before_it_is_only_shown() {
        let form = read("type='form'", "<field var='a' type='fixed'/><field var='a'/><field var='a'/><field/><field/>");
        assert_eq!(
            form.fields.iter().map(|field| field.repeated).collect::<Vec<_>>(),
            [false, false, true, false, false]
        );
        assert_eq!(form.fields.iter().filter(|field| field.is_asked()).count(), 1);
        assert_eq!(form.field("a"), Some(&form.fields[1]));
    }

    #[test]
    fn fields_of_other_namespaces_are_none_of_ours() {
        let form =
            read("type='form'", "<field xmlns='urn:other' var='a'/><title xmlns='urn:other'>T</title><field var='b'/>");
        assert_eq!((form.fields.len(), form.title), (1, None));
    }
}
