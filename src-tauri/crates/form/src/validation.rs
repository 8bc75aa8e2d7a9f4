//! What the values of a field have to be like (XEP-0122).

use waxwing_xml::{Element, Reading as _};

use crate::bound::{Budget, Cut};
use crate::datatype::Datatype;
use crate::field::FieldType;
use crate::ns;
use crate::pattern::Pattern;
use crate::trouble::Trouble;

/// Bytes of a minimum or maximum that is read.
const LONGEST_BOUND: usize = 100;

/// `<validate/>`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Validation {
    pub datatype: Datatype,
    pub method: Method,
    /// Of `list-multi` alone.
    pub list_range: Option<ListRange>,
    /// What of it is not followed.
    pub ignored: Vec<Ignored>,
}

/// What has to be so beside the datatype (§3.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Method {
    #[default]
    Basic,
    /// Also values that are not offered.
    Open,
    /// Both as the form writes them; they are values of the datatype, the first not after the second.
    Range {
        min: Option<String>,
        max: Option<String>,
    },
    Regex(Pattern),
}

/// How many values there have to be (§3.3); the first is not more than the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListRange {
    pub min: Option<u32>,
    pub max: Option<u32>,
}

/// What of a validation is not followed: nobody shall be kept from answering by a rule that cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ignored {
    /// A method that is not known; it counts as basic (§4.1).
    Method,
    /// Methods after the first: there is only one.
    Methods,
    /// Bounds that are no values of the datatype, or exclude everything, or where there is no order.
    Range,
    /// An expression that is none, or that would take too long.
    Regex,
    /// Numbers that are none, or exclude everything, or on a field that takes one value.
    ListRange,
}

impl Validation {
    pub(crate) fn read(element: &Element, field_type: FieldType, budget: &mut Budget) -> Self {
        let mut ignored = Vec::new();
        let datatype = Datatype::read(element.get("datatype"));
        let mut method = None;
        for child in element.children().filter(|child| child.has_ns(ns::VALIDATE) || child.has_ns(ns::DATA)) {
            if child.name() == "list-range" {
                continue;
            }
            let Some(read) = Method::read(child, &datatype, budget, &mut ignored) else {
                ignored.push(Ignored::Method);
                continue;
            };
            if method.is_some() {
                ignored.push(Ignored::Methods);
            } else {
                method = Some(read);
            }
        }
        let range = element.children().find(|child| ns::is_inner(child, "list-range", ns::VALIDATE));
        let list_range = range.and_then(|range| {
            let range = ListRange::read(range).filter(|_| field_type == FieldType::ListMulti);
            if range.is_none() {
                ignored.push(Ignored::ListRange);
            }
            range
        });
        ignored.sort_unstable();
        ignored.dedup();
        Self { datatype, method: method.unwrap_or_default(), list_range, ignored }
    }

    /// Whether values may be given that are not offered: each method but the basic one means so (§3.2).
    pub fn is_open(&self) -> bool {
        self.method != Method::Basic
    }

    /// Whether several lines of text are values of their own, rather than one text.
    pub fn is_of_lines(&self) -> bool {
        self.is_open() || !self.datatype.is_text()
    }

    /// Looks at one value.
    ///
    /// # Errors
    /// It is no value of the datatype, or the method has something against it.
    pub fn check(&self, value: &str) -> Result<(), Trouble> {
        let scalar = self.datatype.value(value)?;
        match &self.method {
            Method::Basic | Method::Open => Ok(()),
            Method::Range { min, max } => {
                let bound = |bound: &Option<String>| bound.as_ref().and_then(|bound| self.datatype.value(bound).ok());
                match (min, max) {
                    (Some(text), _) if bound(min).is_some_and(|min| scalar.is_before(&min)) => {
                        Err(Trouble::TooSmall { min: text.clone() })
                    }
                    (_, Some(text)) if bound(max).is_some_and(|max| max.is_before(&scalar)) => {
                        Err(Trouble::TooLarge { max: text.clone() })
                    }
                    _ => Ok(()),
                }
            }
            Method::Regex(pattern) => {
                let value = if self.datatype.is_text() { value } else { value.trim() };
                if pattern.matches(value) { Ok(()) } else { Err(Trouble::NotMatching) }
            }
        }
    }
}

impl Method {
    fn read(element: &Element, datatype: &Datatype, budget: &mut Budget, ignored: &mut Vec<Ignored>) -> Option<Self> {
        match element.name() {
            "basic" => Some(Self::Basic),
            "open" => Some(Self::Open),
            "range" => {
                let [min, max] = ["min", "max"].map(|name| element.get(name).map(str::trim));
                let bounds = range(datatype, min, max);
                if bounds.is_none() {
                    ignored.push(Ignored::Range);
                }
                let (min, max) = bounds.unwrap_or_default();
                Some(Self::Range { min, max })
            }
            "regex" => {
                let source = element.text();
                let pattern =
                    if budget.take(Cut::Patterns) { Pattern::new(&source) } else { Pattern::untried(&source) };
                if !pattern.is_usable() {
                    ignored.push(Ignored::Regex);
                }
                Some(Self::Regex(pattern))
            }
            _ => None,
        }
    }
}

/// The bounds of a range that can be kept.
fn range(datatype: &Datatype, min: Option<&str>, max: Option<&str>) -> Option<(Option<String>, Option<String>)> {
    let fits =
        |bound: &Option<&str>| bound.is_none_or(|bound| bound.len() <= LONGEST_BOUND && datatype.value(bound).is_ok());
    let bounded = min.is_some() || max.is_some();
    if bounded && !(datatype.is_ordered() && fits(&min) && fits(&max)) {
        return None;
    }
    if let (Some(min), Some(max)) = (min, max)
        && let (Ok(min), Ok(max)) = (datatype.value(min), datatype.value(max))
        && max.is_before(&min)
    {
        return None;
    }
    Some((min.map(str::to_owned), max.map(str::to_owned)))
}

impl ListRange {
    fn read(element: &Element) -> Option<Self> {
        let number = |name: &str| {
            element.get(name).map(|text| text.trim().parse().ok()).map_or(Some(None), |n: Option<u32>| n.map(Some))
        };
        let (min, max) = (number("min")?, number("max")?);
        let fits = min.zip(max).is_none_or(|(min, max)| min <= max) && max != Some(0);
        fits.then_some(Self { min, max })
    }
}

#[cfg(test)]
mod tests;
