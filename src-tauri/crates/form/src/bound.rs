//! How much of a form is taken. What is beyond is left out, and the form says so; nothing here takes longer or more room than
//! these allow, whatever a stanza holds.

use std::collections::BTreeSet;

/// Fields of a form.
pub const FIELDS: usize = 10_000;
/// Values in all fields and cells of a form together.
pub const VALUES: usize = 100_000;
/// Options in all fields of a form together.
pub const OPTIONS: usize = 20_000;
/// Items of a table.
pub const ROWS: usize = 10_000;
/// Columns of a table, with those that only items have.
pub const COLUMNS: usize = 100;
/// `<uri/>`s in all fields of a form together.
pub const MEDIA: usize = 1_000;
/// Pages, sections, texts and references of a layout together.
pub const LAYOUT: usize = 30_000;
/// Sections in each other.
pub const DEPTH: usize = 8;
/// Patterns in all fields of a form together.
pub const PATTERNS: usize = 50;
/// Paragraphs of instructions.
pub const INSTRUCTIONS: usize = 1_000;
/// Bytes of one value, received or answered.
pub const VALUE: usize = 1024 * 1024;
/// Bytes of one label, description, paragraph or name.
pub const TEXT: usize = 16 * 1024;
/// Bytes of everything in a form together.
pub const BYTES: usize = 8 * 1024 * 1024;

/// What of a form is more than is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cut {
    /// More than [`FIELDS`], or a name longer than [`TEXT`].
    Fields,
    /// More than [`VALUES`], or one longer than [`VALUE`].
    Values,
    /// More than [`OPTIONS`].
    Options,
    /// More than [`ROWS`].
    Rows,
    /// More than [`COLUMNS`].
    Columns,
    /// More than [`MEDIA`].
    Media,
    /// More than [`LAYOUT`], or deeper than [`DEPTH`].
    Layout,
    /// More than [`PATTERNS`].
    Patterns,
    /// More than [`INSTRUCTIONS`].
    Instructions,
    /// A label, description or paragraph of more than [`TEXT`], or more than [`BYTES`] in all.
    Text,
}

/// What may still be taken while a form is read.
pub(crate) struct Budget {
    left: [(Cut, usize); 9],
    bytes: usize,
    /// What was asked for in vain.
    pub(crate) cut: BTreeSet<Cut>,
}

impl Budget {
    pub(crate) fn new() -> Self {
        let left = [
            (Cut::Fields, FIELDS),
            (Cut::Values, VALUES),
            (Cut::Options, OPTIONS),
            (Cut::Rows, ROWS),
            (Cut::Columns, COLUMNS),
            (Cut::Media, MEDIA),
            (Cut::Layout, LAYOUT),
            (Cut::Patterns, PATTERNS),
            (Cut::Instructions, INSTRUCTIONS),
        ];
        Self { left, bytes: BYTES, cut: BTreeSet::new() }
    }

    /// One more of these, if there may be one.
    pub(crate) fn take(&mut self, what: Cut) -> bool {
        let left = self.left.iter_mut().find(|(kind, _)| *kind == what).map(|(_, left)| left);
        let taken = left.is_some_and(|left| {
            let some = *left > 0;
            *left = left.saturating_sub(1);
            some
        });
        if !taken {
            self.cut.insert(what);
        }
        taken
    }

    /// Something that is of use only as a whole: a value, a name.
    pub(crate) fn whole(&mut self, text: &str, most: usize, what: Cut) -> Option<String> {
        if text.len() > most || text.len() > self.bytes {
            self.cut.insert(what);
            return None;
        }
        self.bytes -= text.len();
        Some(text.to_owned())
    }

    /// A value, as it stands.
    pub(crate) fn value(&mut self, text: &str) -> Option<String> {
        if self.take(Cut::Values) { self.whole(text, VALUE, Cut::Values) } else { None }
    }

    /// What something is called: one line, as attributes are.
    pub(crate) fn label(&mut self, text: &str) -> Option<String> {
        let words: Vec<_> = text.split_ascii_whitespace().collect();
        self.words(&words.join(" "))
    }

    /// Words to be read by people: lines without the room around them that only indents the XML, as many as there may be.
    /// `None` where there are none.
    pub(crate) fn words(&mut self, text: &str) -> Option<String> {
        let lines: Vec<_> = text.trim().lines().map(str::trim).collect();
        let mut words = lines.join("\n");
        let most = TEXT.min(self.bytes);
        if words.len() > most {
            self.cut.insert(Cut::Text);
            words.truncate(words.floor_char_boundary(most));
        }
        self.bytes -= words.len();
        (!words.is_empty()).then_some(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_up_is_refused_and_said() {
        let mut budget = Budget::new();
        for _ in 0..COLUMNS {
            assert!(budget.take(Cut::Columns));
        }
        assert!(budget.cut.is_empty());
        assert!(!budget.take(Cut::Columns) && !budget.take(Cut::Columns) && budget.take(Cut::Rows));
        assert_eq!(budget.cut, [Cut::Columns].into());
    }

    #[test]
    fn words_are_cut_at_a_character_and_values_are_whole_or_gone() {
        let mut budget = Budget::new();
        let long = "ä".repeat(TEXT);
        let words = budget.words(&long).unwrap();
        assert!(words.len() <= TEXT && long.starts_with(&words));
        assert_eq!(budget.cut, [Cut::Text].into());
        assert_eq!(budget.value(&"x".repeat(VALUE)).map(|value| value.len()), Some(VALUE));
        assert_eq!(budget.value(&"x".repeat(VALUE + 1)), None);
        assert_eq!(budget.cut, [Cut::Values, Cut::Text].into());
    }

    #[test]
    fn all_text_together_is_bounded() {
        let mut budget = Budget::new();
        let value = "x".repeat(VALUE);
        assert_eq!((0..20).filter(|_| budget.value(&value).is_some()).count(), BYTES / VALUE);
        assert_eq!(budget.words("more"), None);
        assert_eq!(budget.cut, [Cut::Values, Cut::Text].into());
    }

    #[test]
    fn words_lose_the_room_around_their_lines() {
        assert_eq!(Budget::new().words("\n  One\r\n\n   two \t\n").as_deref(), Some("One\n\ntwo"));
        assert_eq!(Budget::new().words(" \n "), None);
        assert_eq!(Budget::new().label(" One \n  two ").as_deref(), Some("One two"));
    }
}
