//! The few texts that stand outside the window: tray and notifications. They are part of the interface's catalogue.

use std::collections::HashMap;
use std::sync::OnceLock;

type Texts = HashMap<String, String>;

/// The texts of one language.
#[derive(Debug, Clone, Copy)]
pub struct Words(&'static Texts);

fn texts(language: &str) -> &'static Texts {
    static ENGLISH: OnceLock<Texts> = OnceLock::new();
    static GERMAN: OnceLock<Texts> = OnceLock::new();
    let read = |json| serde_json::from_str(json).unwrap_or_default();
    match language {
        "de" => GERMAN.get_or_init(|| read(include_str!("../../ui/src/i18n/native.de.json"))),
        _ => ENGLISH.get_or_init(|| read(include_str!("../../ui/src/i18n/native.en.json"))),
    }
}

impl Words {
    /// In the language of the settings: `en`, `de` or `system`.
    pub fn of(language: &str) -> Self {
        if language != "system" {
            return Self(texts(language));
        }
        let system = sys_locale::get_locales().find_map(|tag| match tag.get(..2) {
            Some("de") => Some("de"),
            Some("en") => Some("en"),
            _ => None,
        });
        Self(texts(system.unwrap_or("en")))
    }

    /// A text; the key itself where the catalogue lacks it.
    pub fn text(self, key: &str) -> String {
        self.0.get(key).cloned().unwrap_or_else(|| key.to_owned())
    }

    /// A text with its `{name}` filled.
    pub fn with(self, key: &str, values: &[(&str, &str)]) -> String {
        let mut rest = self.0.get(key).map_or(key, String::as_str);
        let mut out = String::with_capacity(rest.len());
        // One pass: what is put in is not looked at again.
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            match after
                .split_once('}')
                .and_then(|(name, tail)| Some((values.iter().find(|(n, _)| *n == name)?.1, tail)))
            {
                Some((value, tail)) => {
                    out.push_str(value);
                    rest = tail;
                }
                None => {
                    out.push('{');
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_texts() {
        let (english, german) = (texts("en"), texts("de"));
        assert!(english.len() > 10);
        let keys = |texts: &Texts| texts.keys().cloned().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(keys(english), keys(german));
    }

    #[test]
    fn what_is_filled_in_is_not_filled_again() {
        let words = Words::of("en");
        assert_eq!(words.with("notification.from", &[("name", "{count}"), ("count", "3")]), "{count} (3)");
        assert_eq!(words.text("no.such.key"), "no.such.key");
    }
}
