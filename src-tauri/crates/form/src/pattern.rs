//! Regular expressions of others (XEP-0122 §3.2.4), which must not keep us busy.
//!
//! XEP-0122 asks for POSIX extended expressions with Unicode; the engine's own syntax has nearly all of these, with the classes
//! in brackets, and what services really write (`\d`, `\w`). A whole value has to match, as in XML Schema. It takes time that
//! grows with the length of the value, never with the number of ways to match it.

use regex::{Regex, RegexBuilder};
use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{Ast, GroupKind, Visitor, visit};

/// Bytes of an expression that is tried.
pub const LONGEST: usize = 500;
/// Bytes of a value that is tried; a longer one is left for the service to judge.
pub const LONGEST_VALUE: usize = 10_000;
/// Bytes an expression may grow to.
const SIZE: usize = 256 * 1024;
/// Groups in each other.
const NESTED: u32 = 32;

/// A regular expression, if it is one that can be followed.
#[derive(Clone)]
pub struct Pattern {
    source: String,
    regex: Option<Regex>,
}

impl Pattern {
    /// Reads an expression. One that is none, or too large, is kept to be shown, and matches everything.
    pub fn new(source: &str) -> Self {
        let source = source.trim();
        let fits = !source.is_empty() && source.len() <= LONGEST;
        let regex = if fits { compile(source) } else { None };
        Self { source: source.chars().take(LONGEST).collect(), regex }
    }

    /// One that is not tried.
    pub(crate) fn untried(source: &str) -> Self {
        Self { source: source.trim().chars().take(LONGEST).collect(), regex: None }
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it is followed.
    pub fn is_usable(&self) -> bool {
        self.regex.is_some()
    }

    /// Whether a whole value matches, as far as it is known.
    pub fn matches(&self, value: &str) -> bool {
        value.len() > LONGEST_VALUE || self.regex.as_ref().is_none_or(|regex| regex.is_match(value))
    }
}

fn compile(source: &str) -> Option<Regex> {
    // By itself first: `a)|(b` is none, but would be one in parentheses.
    let ast = ParserBuilder::new().nest_limit(NESTED).build().parse(source).ok()?;
    visit(&ast, Plain).ok()?;
    let whole = format!(r"\A(?:{source})\z");
    RegexBuilder::new(&whole).size_limit(SIZE).dfa_size_limit(SIZE).nest_limit(NESTED + 2).build().ok()
}

/// Refuses flags: POSIX has none, and to ignore case in all of Unicode takes seconds for what is written in a line.
struct Plain;

impl Visitor for Plain {
    type Output = ();
    type Err = ();

    fn finish(self) -> Result<(), ()> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), ()> {
        match ast {
            Ast::Flags(_) => Err(()),
            Ast::Group(group) => match &group.kind {
                GroupKind::NonCapturing(flags) if !flags.items.is_empty() => Err(()),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.is_usable() == other.is_usable()
    }
}

impl Eq for Pattern {}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unusable = if self.is_usable() { "" } else { " (not followed)" };
        write!(f, "{:?}{unusable}", self.source)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_whole_value_has_to_match() {
        let number = Pattern::new("([0-9]{3})-([0-9]{2})-([0-9]{4})");
        assert!(number.matches("123-12-1234"));
        assert!(!number.matches("x123-12-1234") && !number.matches("123-12-12345") && !number.matches("123-12-1234\n"));
        let either = Pattern::new("a|ab");
        assert!(either.matches("a") && either.matches("ab") && !either.matches("abb"));
        assert!(Pattern::new("^a.*$").matches("abc"));
    }

    #[test]
    fn what_posix_and_unicode_have_is_understood() {
        assert!(Pattern::new("[[:alpha:]]+").matches("abc"));
        assert!(Pattern::new(r"\p{Greek}+\d").matches("αβγ1"));
        assert!(Pattern::new(r"\w+@\w+(\.\w+)+").matches("björn@example.org"));
        assert!(Pattern::new(r"\(?[0-9]+\)? (?:[0-9]+-?)+").matches("(030) 12-34"));
        assert!(Pattern::new(r"https?:\/\/[^\s\/]+\/?").matches("https://example.org/"));
    }

    #[test]
    fn what_is_no_expression_or_too_much_of_one_is_not_followed() {
        let deep = format!("{}a{}", "(".repeat(400), ")".repeat(400));
        let long = "a?".repeat(LONGEST);
        for source in [
            "",
            "  ",
            "(",
            "a)|(b",
            "*",
            r"(?=a)b",
            r"(a)\1",
            r"\w{500}",
            "(?i)a",
            "(?x: a)",
            "((a{100}){100}){100}",
            &deep,
            &long,
        ] {
            let pattern = Pattern::new(source);
            assert!(!pattern.is_usable() && pattern.matches("anything"), "{source:.40}");
        }
    }

    /// What makes others hang takes them minutes or forever.
    #[test]
    fn no_expression_keeps_us_busy() {
        let start = Instant::now();
        let value = format!("{}!", "a".repeat(LONGEST_VALUE - 1));
        for source in ["(a+)+", "(a|aa)+", "(.*)*b", "(x+x+)+y", "((a*)*)*", "a{0,1000}a{0,1000}", &"a?".repeat(400)] {
            let pattern = Pattern::new(source);
            assert!(!pattern.is_usable() || !pattern.matches(&value), "{source:.40}");
        }
        for source in
            [r"\w".repeat(240), r"[\w\W]".repeat(70), r"[\w&&\pL--\d]".repeat(30), format!("[{}]", r"\W\PL".repeat(80))]
        {
            Pattern::new(&source);
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    }

    #[test]
    fn a_value_too_long_to_be_tried_is_left_to_the_service() {
        assert!(Pattern::new("b").matches(&"a".repeat(LONGEST_VALUE + 1)));
    }
}
