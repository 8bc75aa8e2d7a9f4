//! Finding messages by words, newest first.

use rusqlite::params;

use crate::Read;
use crate::error::Result;
use crate::message::{BEHIND, COLUMNS, Message, read_row};

/// Marks around found words; XML cannot carry them, so no message can.
const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';

/// A message with the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub message: Message,
    pub excerpt: Vec<Piece>,
}

/// A piece of an excerpt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// One of the words asked for.
    pub found: bool,
}

impl Read<'_> {
    /// Messages with every word of `query`, its last one as a beginning; newest first, those before the message
    /// `before`. A query without any word finds nothing.
    pub fn search(&self, query: &str, within: Option<&str>, before: Option<i64>, limit: u32) -> Result<Vec<Found>> {
        let Some(expression) = expression(query) else { return Ok(Vec::new()) };
        // By rowid, which is time: ranking would have to look at every hit there is.
        let sql = format!(
            "SELECT {COLUMNS}, snippet(word, 0, char(1), char(2), '…', 24) FROM word \
             JOIN message m ON m.id = word.rowid JOIN conversation c ON c.id = m.conversation \
             WHERE word MATCH ?1 AND word.rowid < ?2 AND (?3 IS NULL OR c.peer = ?3) \
             ORDER BY word.rowid DESC LIMIT ?4"
        );
        let mut statement = self.0.prepare_cached(&sql)?;
        let rows = statement.query_map(params![expression, before.unwrap_or(i64::MAX), within, limit], |row| {
            Ok((read_row(row)?, pieces(&row.get::<_, String>(BEHIND)?)))
        })?;
        let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        rows.into_iter().map(|(row, excerpt)| Ok(Found { message: self.whole(row)?, excerpt })).collect()
    }
}

/// Words as quoted strings: nothing a person types is syntax.
fn expression(query: &str) -> Option<String> {
    let words: Vec<_> = query
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| format!("\"{}\"", word.replace('"', "")))
        .collect();
    (!words.is_empty()).then(|| format!("{}*", words.join(" ")))
}

fn pieces(marked: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for part in marked.split(OPEN) {
        let (found, rest) = part.split_once(CLOSE).map_or((None, part), |(found, rest)| (Some(found), rest));
        let texts = [(found.unwrap_or_default(), true), (rest, false)];
        pieces.extend(
            texts
                .into_iter()
                .filter(|(text, _)| !text.is_empty())
                .map(|(text, found)| Piece { text: text.into(), found }),
        );
    }
    pieces
}
