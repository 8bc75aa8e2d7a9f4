//! How a form is laid out (XEP-0141): pages, sections in them, and what stands where.

use std::collections::HashMap;

use waxwing_xml::{Element, Reading as _};

use crate::bound::{Budget, Cut, DEPTH};
use crate::field::Field;
use crate::ns;

/// `<page/>`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    pub label: Option<String>,
    pub parts: Vec<Part>,
}

/// `<section/>`, in a page or another section.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    pub label: Option<String>,
    pub parts: Vec<Part>,
}

/// What stands in a page or a section, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Text(String),
    /// By its index in the form's fields; each stands in one place.
    Field(usize),
    /// The form's table.
    Table,
    Section(Section),
}

/// Reads all pages; empty where the form has no layout. What none of them refers to, and is to be seen, stands behind:
/// in the page where there is one, else on a page of its own.
pub(crate) fn read(form: &Element, fields: &[Field], table: bool, budget: &mut Budget) -> Vec<Page> {
    let mut places = HashMap::new();
    for (index, field) in fields.iter().enumerate().rev() {
        places.extend(field.var.as_deref().map(|var| (var, index)));
    }
    let mut reader = Reader { places, fields, placed: vec![false; fields.len()], table };
    let mut pages = Vec::new();
    for page in form.children().filter(|child| child.is("page", ns::LAYOUT)) {
        if !budget.take(Cut::Layout) {
            break;
        }
        let label = page.get("label").and_then(|label| budget.label(label));
        let parts = reader.parts(page, 0, budget);
        pages.extend((!parts.is_empty()).then_some(Page { label, parts }));
    }
    if pages.is_empty() {
        return pages;
    }
    let rest = reader.rest();
    match pages.as_mut_slice() {
        _ if rest.is_empty() => {}
        [page] => page.parts.extend(rest),
        _ => pages.push(Page { label: None, parts: rest }),
    }
    pages
}

struct Reader<'a> {
    /// Name → index of the first field that is called so.
    places: HashMap<&'a str, usize>,
    fields: &'a [Field],
    placed: Vec<bool>,
    /// There is a table, and it has no place yet.
    table: bool,
}

impl Reader<'_> {
    fn parts(&mut self, element: &Element, depth: usize, budget: &mut Budget) -> Vec<Part> {
        let mut parts = Vec::new();
        for child in element.children().filter(|child| child.has_ns(ns::LAYOUT) || child.has_ns(ns::DATA)) {
            if !matches!(child.name(), "text" | "fieldref" | "reportedref" | "section") {
                continue;
            }
            if !budget.take(Cut::Layout) {
                break;
            }
            parts.extend(match child.name() {
                "text" => budget.words(&child.text()).map(Part::Text),
                "fieldref" => self.field(child.get("var").unwrap_or_default()).map(Part::Field),
                "reportedref" => std::mem::take(&mut self.table).then_some(Part::Table),
                _ => self.section(child, depth, budget).map(Part::Section),
            });
        }
        parts
    }

    /// What is too deep is left out; the fields in it stand behind the rest.
    fn section(&mut self, element: &Element, depth: usize, budget: &mut Budget) -> Option<Section> {
        if depth >= DEPTH {
            budget.cut.insert(Cut::Layout);
            return None;
        }
        let label = element.get("label").and_then(|label| budget.label(label));
        let parts = self.parts(element, depth + 1, budget);
        (!parts.is_empty()).then_some(Section { label, parts })
    }

    /// The field that is called so, unless it has its place already or is never seen.
    fn field(&mut self, var: &str) -> Option<usize> {
        let index = *self.places.get(var)?;
        (!self.fields[index].is_hidden() && !std::mem::replace(&mut self.placed[index], true)).then_some(index)
    }

    fn rest(&mut self) -> Vec<Part> {
        let seen = self.fields.iter().zip(&self.placed).enumerate();
        let rest = seen.filter(|(_, (field, placed))| !field.is_hidden() && !**placed);
        rest.map(|(index, _)| Part::Field(index)).chain(self.table.then_some(Part::Table)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(vars: &[&str]) -> Vec<Field> {
        vars.iter().map(|var| Field { var: Some((*var).to_owned()), ..Field::default() }).collect()
    }

    fn pages(inner: &str, vars: &[&str], table: bool) -> (Vec<Page>, Budget) {
        let inner = inner.replace("<page", &format!("<page xmlns='{}'", ns::LAYOUT));
        let form = format!("<x xmlns='jabber:x:data' type='form'>{inner}</x>").parse().unwrap();
        let mut budget = Budget::new();
        (read(&form, &fields(vars), table, &mut budget), budget)
    }

    fn shown(parts: &[Part]) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => format!("'{text}'"),
            Part::Field(index) => index.to_string(),
            Part::Table => "table".to_owned(),
            Part::Section(section) => {
                format!("{}({})", section.label.as_deref().unwrap_or_default(), shown(&section.parts))
            }
        };
        parts.iter().map(part).collect::<Vec<_>>().join(" ")
    }

    fn drawn(inner: &str, vars: &[&str], table: bool) -> String {
        let page = |page: Page| format!("{}[{}]", page.label.unwrap_or_default(), shown(&page.parts));
        pages(inner, vars, table).0.into_iter().map(page).collect()
    }

    #[test]
    fn pages_and_sections_keep_their_order() {
        let inner = "<page label='One'><text>Hello</text><fieldref var='b'/></page>\
                     <page><section label='S'><section><fieldref var='a'/></section><text>T</text></section></page>";
        assert_eq!(drawn(inner, &["a", "b"], false), "One['Hello' 1][S((0) 'T')]");
        assert_eq!(drawn("", &["a"], true), "");
    }

    #[test]
    fn references_to_nothing_are_ignored() {
        let inner = "<page label='One'><fieldref var='x'/><fieldref/><reportedref/><section label='S'><fieldref var='y'/></section>\
                     <fieldref var='a'/><weather/></page>";
        assert_eq!(drawn(inner, &["a"], false), "One[0]");
        assert_eq!(drawn("<page label='One'><fieldref var='x'/></page>", &["a"], false), "");
    }

    #[test]
    fn a_field_stands_in_one_place() {
        let inner = "<page><fieldref var='a'/><fieldref var='a'/><section><fieldref var='a'/><fieldref var='b'/></section></page>";
        assert_eq!(drawn(inner, &["a", "b", "a"], false), "[0 (1) 2]");
    }

    #[test]
    fn what_is_not_referred_to_stands_behind() {
        assert_eq!(drawn("<page><fieldref var='b'/></page>", &["a", "b"], true), "[1 0 table]");
        let two = "<page label='One'><fieldref var='b'/></page><page label='Two'><reportedref/><reportedref/></page>";
        assert_eq!(drawn(two, &["a", "b"], true), "One[1]Two[table][0]");
    }

    #[test]
    fn hidden_fields_have_no_place() {
        let mut fields = fields(&["a", "b"]);
        fields[0].field_type = crate::FieldType::Hidden;
        let form = format!(
            "<x xmlns='jabber:x:data'><page xmlns='{}'><fieldref var='a'/><fieldref var='b'/></page></x>",
            ns::LAYOUT
        );
        let pages = read(&form.parse().unwrap(), &fields, false, &mut Budget::new());
        assert_eq!(shown(&pages[0].parts), "1");
    }

    #[test]
    fn what_is_nested_too_deep_loses_its_sections_but_no_field() {
        let inner = |depth: usize| {
            format!("<page>{}<fieldref var='a'/>{}</page>", "<section>".repeat(depth), "</section>".repeat(depth))
        };
        let (_, budget) = pages(&inner(DEPTH), &["a"], false);
        assert!(budget.cut.is_empty());
        let (deep, budget) = pages(&format!("{}<page><text>T</text></page>", inner(500)), &["a"], false);
        assert_eq!((shown(&deep[0].parts), budget.cut), ("'T' 0".to_owned(), [Cut::Layout].into()));
    }
}
