//! A form in words that stay the same: one line for each thing, what belongs to it indented below.

use std::fmt::Write as _;

use waxwing_form::{
    Answers, Challenge, Field, FieldType, Form, Hashcash, Kind, Media, Method, Part, Source, Table, Validation,
};

/// All of a form, and what is handed in if nobody touches it.
pub fn render(form: &Form) -> String {
    let mut out = String::new();
    line(
        &mut out,
        0,
        [form.kind.name().to_owned(), named("for", form.form_type()), named("title", form.title.as_deref())],
    );
    for cut in &form.cut {
        line(&mut out, 1, [format!("cut {cut:?}")]);
    }
    for instructions in &form.instructions {
        line(&mut out, 1, [format!("instructions {instructions:?}")]);
    }
    for field in &form.fields {
        draw_field(&mut out, field);
    }
    if let Some(table) = &form.table {
        draw_table(&mut out, table);
    }
    for page in &form.layout {
        line(&mut out, 1, ["page".to_owned(), named("", page.label.as_deref())]);
        draw_parts(&mut out, 2, form, &page.parts);
    }
    if let Some(challenge) = Challenge::read(form) {
        draw_challenge(&mut out, form, &challenge);
    }
    if form.kind == Kind::Form {
        draw_submit(&mut out, form);
    }
    out
}

fn line<const N: usize>(out: &mut String, depth: usize, words: [String; N]) {
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    writeln!(out, "{}{}", "  ".repeat(depth), words.join(" ")).unwrap();
}

/// Nothing where there is nothing; controls and the like by their numbers.
fn named(name: &str, text: Option<&str>) -> String {
    text.map(|text| format!("{name} {text:?}").trim_start().to_owned()).unwrap_or_default()
}

fn noted(is: bool, note: &str) -> String {
    if is { note.to_owned() } else { String::new() }
}

fn draw_field(out: &mut String, field: &Field) {
    let kind = field.field_type.name().to_owned();
    let var = field.var.clone().unwrap_or_else(|| "(no name)".to_owned());
    let notes = [
        noted(field.required, "required"),
        noted(field.repeated, "repeated"),
        noted(field.cut, "cut"),
        noted(!field.is_asked() && !field.is_hidden() && field.field_type != FieldType::Fixed, "only shown"),
        noted(field.is_open(), "open"),
    ];
    line(
        out,
        1,
        [
            kind,
            var,
            named("", field.label.as_deref()),
            notes.iter().filter(|note| !note.is_empty()).cloned().collect::<Vec<_>>().join(" "),
        ],
    );
    if let Some(desc) = &field.desc {
        line(out, 2, [format!("desc {desc:?}")]);
    }
    let strays = field.strays();
    for value in &field.values {
        line(out, 2, [format!("value {value:?}"), noted(strays.contains(&value.as_str()), "not offered")]);
    }
    for option in &field.options {
        line(out, 2, [format!("option {:?}", option.value), named("", option.label.as_deref())]);
    }
    if let Some(validation) = &field.validation {
        draw_validation(out, validation);
    }
    for media in &field.media {
        draw_media(out, media);
    }
    if field.var.as_deref() == Some("SHA-256") {
        let bits = Hashcash::read(field.name()).map(|hashcash| hashcash.bits().to_string());
        line(out, 2, [format!("bits {}", bits.unwrap_or_else(|| "none".to_owned()))]);
    }
}

fn draw_validation(out: &mut String, validation: &Validation) {
    let method = match &validation.method {
        Method::Basic => "basic".to_owned(),
        Method::Open => "open".to_owned(),
        Method::Range { min, max } => {
            format!("range {}..{}", min.as_deref().unwrap_or_default(), max.as_deref().unwrap_or_default())
        }
        Method::Regex(pattern) => format!("regex {pattern:?}"),
    };
    let list = validation.list_range.map(|range| {
        let bound = |bound: Option<u32>| bound.map(|bound| bound.to_string()).unwrap_or_default();
        format!("list-range {}..{}", bound(range.min), bound(range.max))
    });
    let ignored = noted(!validation.ignored.is_empty(), &format!("ignored {:?}", validation.ignored));
    line(out, 2, [format!("validate {} {method}", validation.datatype.name()), list.unwrap_or_default(), ignored]);
}

fn draw_media(out: &mut String, media: &Media) {
    let size = |size: Option<u16>| size.map_or_else(|| "?".to_owned(), |size| size.to_string());
    line(out, 2, [format!("media {}x{}", size(media.width), size(media.height))]);
    for uri in &media.uris {
        let (way, text) = match &uri.source {
            Source::Cid(text) => ("cid", text),
            Source::Http(text) => ("http", text),
            Source::Data(text) => ("data", text),
            Source::Refused(text) => ("refused", text),
        };
        let media_type = uri.media_type.as_deref().unwrap_or("(no type)");
        line(out, 3, [format!("{way} {text:?} {:?} {media_type}", uri.kind())]);
    }
}

fn draw_table(out: &mut String, table: &Table) {
    line(out, 1, ["table".to_owned()]);
    for column in &table.columns {
        let kind = column.field_type.name().to_owned();
        line(
            out,
            2,
            [
                format!("column {kind} {:?}", column.var),
                named("", column.label.as_deref()),
                noted(!column.reported, "not reported"),
            ],
        );
    }
    for row in &table.rows {
        let cells = (0..table.columns.len())
            .map(|column| row.cell(column).iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(","));
        line(
            out,
            2,
            [format!("row {}", cells.collect::<Vec<_>>().join(" | ")).trim_end().to_owned(), noted(row.cut, "cut")],
        );
    }
}

fn draw_parts(out: &mut String, depth: usize, form: &Form, parts: &[Part]) {
    for part in parts {
        match part {
            Part::Text(text) => line(out, depth, [format!("text {text:?}")]),
            Part::Field(index) => line(out, depth, [format!("field {:?}", form.fields[*index].name())]),
            Part::Table => line(out, depth, ["the table".to_owned()]),
            Part::Section(section) => {
                line(out, depth, ["section".to_owned(), named("", section.label.as_deref())]);
                draw_parts(out, depth + 1, form, &section.parts);
            }
        }
    }
}

fn draw_challenge(out: &mut String, form: &Form, challenge: &Challenge) {
    let from = challenge.from.as_ref().map(ToString::to_string);
    line(
        out,
        1,
        [
            format!("challenge {}", challenge.id),
            named("from", from.as_deref()),
            named("sid", challenge.sid.as_deref()),
            format!("answers {}", challenge.answers),
        ],
    );
    let missing = challenge.missing(form, &Answers::of(form));
    line(
        out,
        2,
        [
            format!("missing {:?} and {} more", missing.required, missing.more),
            noted(!challenge.can_be_met(form, |_| true), "cannot be met"),
        ],
    );
}

fn draw_submit(out: &mut String, form: &Form) {
    let element = match form.submit(&Answers::of(form)) {
        Ok(element) => element,
        Err(faults) => {
            line(out, 0, ["refused".to_owned()]);
            faults.iter().for_each(|fault| line(out, 1, [fault.to_string()]));
            return;
        }
    };
    let submitted = Form::read(&element.into()).unwrap();
    assert_eq!(submitted.kind, Kind::Submit);
    line(out, 0, ["submit".to_owned()]);
    for field in &submitted.fields {
        let values = field.values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(" ");
        line(out, 1, [field.field_type.name().to_owned(), field.var.clone().unwrap(), values]);
    }
}
