//! Elements: written strictly with [`el`], read leniently with [`Reading`].

pub use xmpp_parsers::minidom::Element;
use xso::exports::rxml::{Namespace, NcName};

/// An element under construction.
#[derive(Debug, Clone)]
pub struct El(Element);

/// Begins an element; `name` must be an NCName.
pub fn el(name: &str, ns: &str) -> El {
    El(Element::bare(name, ns))
}

impl El {
    /// Adds an attribute; a name that is no NCName is left out, and so are characters XML 1.0 cannot carry.
    #[must_use]
    pub fn attr(mut self, name: &str, value: impl AsRef<str>) -> Self {
        if let Ok(name) = NcName::try_from(name) {
            self.0.set_attr(
                Namespace::NONE,
                name,
                value.as_ref().chars().filter(|c| is_xml_char(*c)).collect::<String>(),
            );
        }
        self
    }

    /// Adds an attribute where there is a value.
    #[must_use]
    pub fn attr_opt(self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// Appends a child.
    #[must_use]
    pub fn child(mut self, child: impl Into<Element>) -> Self {
        self.0.append_child(child.into());
        self
    }

    /// Appends children.
    #[must_use]
    pub fn children<E: Into<Element>>(mut self, children: impl IntoIterator<Item = E>) -> Self {
        for child in children {
            self.0.append_child(child.into());
        }
        self
    }

    /// Appends text; characters XML 1.0 cannot carry are left out.
    #[must_use]
    pub fn text(mut self, text: impl AsRef<str>) -> Self {
        self.0.append_text(text.as_ref().chars().filter(|c| is_xml_char(*c)).collect::<String>());
        self
    }
}

impl From<El> for Element {
    fn from(el: El) -> Self {
        el.0
    }
}

/// XML 1.0 §2.2.
pub fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Sets or replaces an attribute without a namespace.
pub fn set_attr(element: &mut Element, name: &str, value: &str) {
    if let Ok(name) = NcName::try_from(name) {
        element.set_attr(Namespace::NONE, name, value);
    }
}

/// What is asked of received elements all the time.
pub trait Reading {
    /// The text of the first child of that name, trimmed; `None` where it is missing or empty.
    fn child_text(&self, name: &str, ns: &str) -> Option<String>;
    /// An attribute.
    fn get(&self, name: &str) -> Option<&str>;
    /// The first child of a namespace, whatever its name.
    fn child_in(&self, ns: &str) -> Option<&Element>;
}

impl Reading for Element {
    fn child_text(&self, name: &str, ns: &str) -> Option<String> {
        let text = self.get_child(name, ns)?.text();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut attrs = self.attrs().iter();
        attrs.find(|((ns, key), _)| **ns == Namespace::NONE && key.as_str() == name).map(|(_, value)| value.as_str())
    }

    fn child_in(&self, ns: &str) -> Option<&Element> {
        self.children().find(|child| child.has_ns(ns))
    }
}

/// The element as XML text.
pub fn to_string(element: &Element) -> String {
    String::from(element)
}
