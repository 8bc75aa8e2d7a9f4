//! A field, as the service wrote it (XEP-0004 §3.2).

use std::collections::HashSet;

use waxwing_xml::{Element, Reading as _};

use crate::bound::{Budget, Cut, TEXT};
use crate::media::Media;
use crate::ns;
use crate::validation::Validation;

/// What kind of data a field is for (§3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FieldType {
    Boolean,
    Fixed,
    Hidden,
    JidMulti,
    JidSingle,
    ListMulti,
    ListSingle,
    TextMulti,
    TextPrivate,
    #[default]
    TextSingle,
}

const NAMES: [(&str, FieldType); 10] = [
    ("boolean", FieldType::Boolean),
    ("fixed", FieldType::Fixed),
    ("hidden", FieldType::Hidden),
    ("jid-multi", FieldType::JidMulti),
    ("jid-single", FieldType::JidSingle),
    ("list-multi", FieldType::ListMulti),
    ("list-single", FieldType::ListSingle),
    ("text-multi", FieldType::TextMulti),
    ("text-private", FieldType::TextPrivate),
    ("text-single", FieldType::TextSingle),
];

impl FieldType {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, known)| *known == self).map_or("text-single", |(name, _)| name)
    }

    /// What is not known, or not said, is one line of text.
    pub fn read(name: Option<&str>) -> Self {
        let name = name.unwrap_or_default().trim();
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, known)| *known).unwrap_or_default()
    }

    /// Whether it takes more than one value.
    pub fn is_multi(self) -> bool {
        matches!(self, Self::JidMulti | Self::ListMulti | Self::TextMulti | Self::Hidden)
    }

    /// Whether values are chosen among options.
    pub fn is_list(self) -> bool {
        matches!(self, Self::ListMulti | Self::ListSingle)
    }

    /// Whether values are JIDs.
    pub fn is_jid(self) -> bool {
        matches!(self, Self::JidMulti | Self::JidSingle)
    }
}

/// One of what can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListOption {
    /// What it is called, where it is called something other than its value.
    pub label: Option<String>,
    pub value: String,
}

impl ListOption {
    /// What it is shown as.
    pub fn name(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.value)
    }
}

/// `<field/>`. What it holds is text of the service, whatever it looks like.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Field {
    /// `None` also where it should not be: such a field is only shown.
    pub var: Option<String>,
    pub field_type: FieldType,
    pub label: Option<String>,
    pub desc: Option<String>,
    pub required: bool,
    /// All of them, also where the type is for one.
    pub values: Vec<String>,
    /// In their order, each pair of label and value once.
    pub options: Vec<ListOption>,
    pub validation: Option<Validation>,
    pub media: Vec<Media>,
    /// A field before it is called the same: this one is only shown.
    pub repeated: bool,
    /// There were more values, or larger ones, than are taken.
    pub cut: bool,
}

/// Passwords are for nobody's log.
impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Field");
        debug.field("var", &self.var).field("field_type", &self.field_type).field("label", &self.label);
        match self.field_type {
            FieldType::TextPrivate => debug.field("values", &format_args!("({})", self.values.len())),
            _ => debug.field("values", &self.values),
        };
        debug.field("options", &self.options).field("required", &self.required).finish_non_exhaustive()
    }
}

impl Field {
    pub(crate) fn read(element: &Element, budget: &mut Budget) -> Self {
        let attribute = |name: &str| element.get(name).filter(|text| !text.is_empty());
        let field_type = FieldType::read(element.get("type"));
        let mut field = Self {
            var: attribute("var").and_then(|var| budget.whole(var, TEXT, Cut::Fields)),
            field_type,
            label: attribute("label").and_then(|label| budget.label(label)),
            ..Self::default()
        };
        let mut offered = HashSet::new();
        for child in element.children() {
            match child.name() {
                "desc" if child.has_ns(ns::DATA) && field.desc.is_none() => field.desc = budget.words(&child.text()),
                "required" if child.has_ns(ns::DATA) => field.required = true,
                "value" if child.has_ns(ns::DATA) => match budget.value(&child.text()) {
                    Some(value) => field.values.push(value),
                    None => field.cut = true,
                },
                "option" if child.has_ns(ns::DATA) => {
                    field.options.extend(option(child, budget).filter(|option| offered.insert(option.clone())));
                }
                "validate" if child.has_ns(ns::VALIDATE) && field.validation.is_none() => {
                    field.validation = Some(Validation::read(child, field_type, budget));
                }
                "media" if child.has_ns(ns::MEDIA) && budget.take(Cut::Media) => {
                    field.media.push(Media::read(child, budget));
                }
                _ => {}
            }
        }
        // Nobody says that it is for one line, and it has several: XEP-0133 writes lists of JIDs like this.
        let is_said = element.get("type").is_some_and(|name| name.trim() == field_type.name());
        if !is_said && field.values.len() > 1 {
            field.field_type = FieldType::TextMulti;
        }
        field
    }

    /// What it is shown as: its label, else its name.
    pub fn name(&self) -> &str {
        self.label.as_deref().or(self.var.as_deref()).unwrap_or_default()
    }

    pub fn is_hidden(&self) -> bool {
        self.field_type == FieldType::Hidden
    }

    /// Whether it is there to be answered.
    pub fn is_asked(&self) -> bool {
        self.is_sent() && !self.is_hidden()
    }

    /// Whether it goes back to the service.
    pub(crate) fn is_sent(&self) -> bool {
        self.var.is_some() && !self.repeated && self.field_type != FieldType::Fixed
    }

    /// Whether values may be given that are not offered (XEP-0122 §3.2). So they may where nothing is offered: Prosody asks for
    /// groups of contacts in this way, and XEP-0060 for a language.
    pub fn is_open(&self) -> bool {
        let open = self.options.is_empty() || self.validation.as_ref().is_some_and(Validation::is_open);
        self.field_type.is_list() && open
    }

    /// Values that are not among the options, where there are some; they are shown as chosen all the same, and may stay.
    pub fn strays(&self) -> Vec<&str> {
        if !self.field_type.is_list() || self.options.is_empty() {
            return Vec::new();
        }
        let offered: HashSet<_> = self.options.iter().map(|option| option.value.as_str()).collect();
        let values = self.values.iter().map(String::as_str).filter(|value| !value.is_empty());
        values.filter(|value| !offered.contains(value)).collect()
    }

    /// Its values as one text, for `text-multi` and `fixed`; the latter's words without the room that only indents the XML.
    pub fn text(&self) -> String {
        let text = self.values.join("\n");
        match self.field_type {
            FieldType::Fixed => text.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n"),
            _ => text,
        }
    }

    /// Whether a `boolean` is so; without a value it is not (§3.3).
    pub fn is_true(&self) -> bool {
        self.values.first().and_then(|value| boolean(value)).unwrap_or_default()
    }

    /// Its first value, for what is read out of forms.
    pub fn value(&self) -> Option<&str> {
        self.values.first().map(String::as_str)
    }
}

/// XML Schema's four ways to write it.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

/// Without `<value/>` the text itself is the value, as XEP-0068 §4.3 has it.
fn option(element: &Element, budget: &mut Budget) -> Option<ListOption> {
    let text = match element.get_child("value", ns::DATA) {
        Some(value) => value.text(),
        None => Some(element.text().trim().to_owned()).filter(|text| !text.is_empty())?,
    };
    if !budget.take(Cut::Options) {
        return None;
    }
    let value = budget.whole(&text, TEXT, Cut::Options)?;
    let label = element.get("label").and_then(|label| budget.label(label));
    Some(ListOption { label: label.filter(|label| *label != value), value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(attributes: &str, inner: &str) -> Field {
        let xml = format!("<field xmlns='jabber:x:data' {attributes}>{inner}</field>");
        Field::read(&xml.parse().unwrap(), &mut Budget::new())
    }

    #[test]
    fn the_ten_types_are_known_and_others_are_a_line_of_text() {
        for (name, field_type) in NAMES {
            assert_eq!(FieldType::read(Some(name)), field_type);
            assert_eq!(field_type.name(), name);
        }
        for name in [None, Some(""), Some("text-fancy"), Some("Boolean")] {
            assert_eq!(FieldType::read(name), FieldType::TextSingle, "{name:?}");
        }
    }

    #[test]
    fn all_of_a_field_is_read() {
        let field = read(
            "var='a#b' type='list-single' label=' Which? '",
            "<desc>Choose\n   one</desc><required/><value>x</value><option label='X'><value>x</value></option>\
             <validate xmlns='http://jabber.org/protocol/xdata-validate'><open/></validate>\
             <media xmlns='urn:xmpp:media-element'><uri type='image/png'>cid:1</uri></media>",
        );
        assert_eq!(
            (field.var.as_deref(), field.name(), field.desc.as_deref()),
            (Some("a#b"), "Which?", Some("Choose\none"))
        );
        assert!(field.required && field.is_asked() && field.is_open() && field.strays().is_empty());
        assert_eq!((field.options[0].name(), field.media.len()), ("X", 1));
    }

    #[test]
    fn options_are_unique_by_label_and_value_and_keep_their_order() {
        let one = |label: &str, value: &str| format!("<option label='{label}'><value>{value}</value></option>");
        let options = [one("B", "2"), one("A", "1"), one("B", "2"), one("A", "2"), one("B", "1")].concat();
        let field = read("var='a' type='list-multi'", &options);
        let options: Vec<_> = field.options.iter().map(|option| (option.name(), option.value.as_str())).collect();
        assert_eq!(options, [("B", "2"), ("A", "1"), ("A", "2"), ("B", "1")]);
    }

    #[test]
    fn an_option_may_lack_label_or_value() {
        let options = "<option><value/></option><option>Sun</option><option label='x'/><option label='s'><value>s</value></option>";
        let options = read("type='list-single'", options).options;
        let options: Vec<_> = options.iter().map(|option| (option.label.as_deref(), option.value.as_str())).collect();
        assert_eq!(options, [(None, ""), (None, "Sun"), (None, "s")]);
    }

    #[test]
    fn a_value_that_is_no_option_is_kept_and_said() {
        let field = read("var='a' type='list-single'", "<value>z</value><option><value>x</value></option>");
        assert_eq!((field.values.as_slice(), field.strays()), (["z".to_owned()].as_slice(), vec!["z"]));
        assert!(read("var='a'", "<value>z</value>").strays().is_empty());
        let nothing = read("var='a' type='list-single'", "<value>z</value>");
        assert!(nothing.strays().is_empty() && nothing.is_open());
        assert!(read("type='list-multi'", "<value/><option><value>x</value></option>").strays().is_empty());
    }

    #[test]
    fn fixed_words_are_not_indented() {
        let words = "<value>\n   One\n   two\n </value><value>three</value>";
        assert_eq!(read("type='fixed'", words).text(), "One\ntwo\n\nthree");
        assert_eq!(read("type='text-multi'", "<value> a</value><value>b </value>").text(), " a\nb ");
    }

    #[test]
    fn only_what_can_be_answered_is_asked() {
        for (attributes, asked) in [
            ("var='a'", true),
            ("", false),
            ("var=''", false),
            ("var='a' type='hidden'", false),
            ("var='a' type='fixed'", false),
        ] {
            assert_eq!(read(attributes, "").is_asked(), asked, "{attributes}");
        }
    }

    #[test]
    fn a_boolean_is_written_in_four_ways() {
        for (value, is_true) in
            [("1", true), ("true", true), (" true ", true), ("0", false), ("false", false), ("yes", false), ("", false)]
        {
            assert_eq!(read("type='boolean'", &format!("<value>{value}</value>")).is_true(), is_true, "{value}");
        }
        assert!(!read("type='boolean'", "").is_true());
    }

    /// As the lists of XEP-0133 are written, which would lose all but one otherwise.
    #[test]
    fn several_values_without_a_type_are_lines() {
        let two = "<value>a</value><value>b</value>";
        for (attributes, field_type) in [
            ("", FieldType::TextMulti),
            ("type='text-fancy'", FieldType::TextMulti),
            ("type='text-single'", FieldType::TextSingle),
            ("type='hidden'", FieldType::Hidden),
        ] {
            assert_eq!(read(attributes, two).field_type, field_type, "{attributes}");
        }
    }

    #[test]
    fn passwords_are_not_logged() {
        let field = read("var='p' type='text-private'", "<value>s3cret</value>");
        assert!(!format!("{field:?}").contains("s3cret"));
        assert!(format!("{:?}", read("var='p'", "<value>seen</value>")).contains("seen"));
    }

    #[test]
    fn a_value_is_as_it_stands() {
        let field = read("var='a'", "<value> two  blanks </value><value xmlns='urn:other'>no</value><value/>");
        assert_eq!(field.values, [" two  blanks ", ""]);
    }
}
