//! Forms as they cross the border.

use waxwing_contract as contract;
use waxwing_contract::{Datatype, FieldFault, FieldKind, FieldTrouble, FormPart};
use waxwing_form::validation::Method;
use waxwing_form::{self as form, Fault, Field, FieldType, Form, Trouble, Validation};

use super::open::Open;

/// A form that is open, as it is shown.
pub(super) fn shown(id: String, open: &Open) -> contract::Form {
    let form = &open.form;
    let fields = form.fields.iter().enumerate().filter(|(_, field)| !field.is_hidden());
    contract::Form {
        id,
        kind: if form.kind == form::Kind::Form { contract::FormKind::Form } else { contract::FormKind::Result },
        title: form.title.clone(),
        instructions: form.instructions.clone(),
        fields: fields.map(|(at, field)| shown_field(at, field, open)).collect(),
        table: form.table.as_ref().map(shown_table),
        pages: pages(form),
        cut: !form.cut.is_empty(),
    }
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn shown_field(at: usize, field: &Field, open: &Open) -> contract::Field {
    let validation = field.validation.as_ref();
    let (min, max) = match validation.map(|validation| &validation.method) {
        Some(Method::Range { min, max }) => (min.clone(), max.clone()),
        _ => (None, None),
    };
    let range = validation.and_then(|validation| validation.list_range);
    contract::Field {
        id: number(at),
        var: field.var.clone(),
        kind: kind(field.field_type),
        // What has but its old name is called in the person's language.
        label: field.label.clone().unwrap_or_default(),
        desc: field.desc.clone(),
        required: field.required,
        asked: field.is_asked() && open.form.kind == form::Kind::Form,
        values: if field.is_asked() { field.start() } else { field.values.clone() },
        options: options(field),
        open: field.is_open(),
        datatype: datatype(validation),
        min,
        max,
        least: range.and_then(|range| range.min),
        most: range.and_then(|range| range.max),
        media: field.media.iter().map(|media| open.enclosed.shown(media)).collect(),
        unchecked: validation.is_some_and(|validation| !validation.ignored.is_empty()),
    }
}

/// Also what is chosen and not offered: it may stay.
fn options(field: &Field) -> Vec<contract::FieldOption> {
    let offered = field.options.iter().map(|option| (option.name(), option.value.as_str()));
    let strays = field.strays().into_iter().map(|value| (value, value));
    let option =
        |(label, value): (&str, &str)| contract::FieldOption { label: label.to_owned(), value: value.to_owned() };
    offered.chain(strays).map(option).collect()
}

fn kind(field_type: FieldType) -> FieldKind {
    match field_type {
        FieldType::Boolean => FieldKind::Boolean,
        FieldType::Fixed => FieldKind::Fixed,
        FieldType::JidMulti => FieldKind::JidMulti,
        FieldType::JidSingle => FieldKind::JidSingle,
        FieldType::ListMulti => FieldKind::ListMulti,
        FieldType::ListSingle => FieldKind::ListSingle,
        FieldType::TextMulti => FieldKind::TextMulti,
        FieldType::TextPrivate => FieldKind::TextPrivate,
        FieldType::Hidden | FieldType::TextSingle => FieldKind::TextSingle,
    }
}

fn datatype(validation: Option<&Validation>) -> Datatype {
    match validation.map(|validation| &validation.datatype) {
        Some(form::Datatype::Whole(_)) => Datatype::Whole,
        Some(form::Datatype::Decimal | form::Datatype::Double) => Datatype::Decimal,
        Some(form::Datatype::Date) => Datatype::Date,
        Some(form::Datatype::Time) => Datatype::Time,
        Some(form::Datatype::DateTime) => Datatype::DateTime,
        Some(form::Datatype::AnyUri) => Datatype::Uri,
        Some(form::Datatype::Language) => Datatype::Language,
        Some(form::Datatype::Boolean) => Datatype::Boolean,
        _ => Datatype::Text,
    }
}

fn pages(form: &Form) -> Vec<contract::FormPage> {
    if form.layout.is_empty() {
        let fields = form.fields.iter().enumerate().filter(|(_, field)| !field.is_hidden());
        let mut parts: Vec<_> = fields.map(|(at, _)| FormPart::Field { field: number(at) }).collect();
        parts.extend(form.table.as_ref().map(|_| FormPart::Table));
        return vec![contract::FormPage { label: None, parts }];
    }
    let page = |page: &form::Page| contract::FormPage { label: page.label.clone(), parts: parts(&page.parts) };
    form.layout.iter().map(page).collect()
}

fn parts(laid: &[form::Part]) -> Vec<FormPart> {
    let part = |part: &form::Part| match part {
        form::Part::Text(text) => FormPart::Text { text: text.clone() },
        form::Part::Field(at) => FormPart::Field { field: number(*at) },
        form::Part::Table => FormPart::Table,
        form::Part::Section(section) => {
            FormPart::Section { label: section.label.clone(), parts: parts(&section.parts) }
        }
    };
    laid.iter().map(part).collect()
}

fn shown_table(table: &form::Table) -> contract::FormTable {
    let column = |column: &form::Column| contract::FormColumn {
        var: column.var.clone(),
        label: column.name().to_owned(),
        kind: kind(column.field_type),
        datatype: datatype(column.validation.as_ref()),
    };
    let row = |row: &form::Row| contract::FormRow {
        cells: (0..table.columns.len()).map(|at| row.cell(at).join("\n")).collect(),
    };
    contract::FormTable {
        columns: table.columns.iter().map(column).collect(),
        rows: table.rows.iter().map(row).collect(),
    }
}

/// What is wrong, at its field; nothing where it is about what nobody sees.
pub(super) fn fault(form: &Form, fault: &Fault) -> Option<FieldFault> {
    let is_it = |field: &Field| field.var.as_deref() == Some(fault.var.as_str()) && !field.repeated;
    let field = form.fields.iter().position(is_it)?;
    Some(FieldFault { field: number(field), at: fault.at.map(number), trouble: trouble(&fault.trouble) })
}

fn trouble(trouble: &Trouble) -> FieldTrouble {
    match trouble {
        Trouble::Required => FieldTrouble::Required,
        Trouble::NotOneLine => FieldTrouble::NotOneLine,
        Trouble::NotANumber => FieldTrouble::NotANumber,
        Trouble::NotAWholeNumber => FieldTrouble::NotAWholeNumber,
        Trouble::NotABoolean => FieldTrouble::NotABoolean,
        Trouble::NotADate => FieldTrouble::NotADate,
        Trouble::NotATime => FieldTrouble::NotATime,
        Trouble::NotADateTime => FieldTrouble::NotADateTime,
        Trouble::NotAUri => FieldTrouble::NotAUri,
        Trouble::NotALanguage => FieldTrouble::NotALanguage,
        Trouble::NotAnAddress => FieldTrouble::NotAnAddress,
        Trouble::NotAnOption => FieldTrouble::NotAnOption,
        Trouble::TooSmall { min } => FieldTrouble::TooSmall { min: min.clone() },
        Trouble::TooLarge { max } => FieldTrouble::TooLarge { max: max.clone() },
        Trouble::TooFew { min } => FieldTrouble::TooFew { min: number(*min) },
        Trouble::TooMany { max } => FieldTrouble::TooMany { max: number(*max) },
        Trouble::NotMatching => FieldTrouble::NotMatching,
        Trouble::TooLong { most } => FieldTrouble::TooLong { most: number(*most) },
        Trouble::Cut | Trouble::NotAsked => FieldTrouble::Cut,
    }
}
