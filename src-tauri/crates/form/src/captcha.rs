//! Challenges to show that somebody is a person (XEP-0158), in a message or with a registration.

use sha2::{Digest as _, Sha256};
use xmpp_parsers::jid::Jid;

use crate::answers::Answers;
use crate::field::{Field, FieldType};
use crate::form::Form;
use crate::ns;

/// What a computer works out by itself: [`Hashcash`].
pub const SHA_256: &str = "SHA-256";
/// What only people can answer, by the names the fields have (§6.3).
pub const CHALLENGES: [&str; 9] =
    ["audio_recog", "ocr", "picture_q", "picture_recog", "qa", "speech_q", "speech_recog", "video_q", "video_recog"];

/// What the hidden fields of such a form say (§3.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Which challenge it is.
    pub id: String,
    /// Whom the stanza was sent to that led to it; not said in a registration.
    pub from: Option<Jid>,
    /// The id of that stanza, if it had one.
    pub sid: Option<String>,
    /// How many answers there have to be at least, with those that are required.
    pub answers: usize,
}

/// What is missing until a challenge can be answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Missing {
    /// Fields that have to be answered.
    pub required: Vec<String>,
    /// How many others have to be answered beside these, whichever they are.
    pub more: usize,
}

impl Challenge {
    /// `None` for a form that is no challenge.
    pub fn read(form: &Form) -> Option<Self> {
        if !matches!(form.form_type(), Some(ns::CAPTCHA | ns::REGISTER)) {
            return None;
        }
        let hidden = |var: &str| {
            let value = form.field(var).filter(|field| field.is_hidden())?.value()?.trim();
            (!value.is_empty()).then(|| value.to_owned())
        };
        Some(Self {
            id: hidden("challenge")?,
            from: hidden("from").and_then(|from| Jid::new(&from).ok()),
            sid: hidden("sid"),
            answers: hidden("answers").and_then(|number| number.parse().ok()).unwrap_or(1).max(1),
        })
    }

    /// Whether it may come from there (§3.1.3): from whom the stanza was sent to, one of their clients, or their server.
    pub fn is_from(&self, sender: &Jid) -> bool {
        self.from.as_ref().is_some_and(|from| {
            let is_server = sender.node().is_none() && sender.resource().is_none() && sender.domain() == from.domain();
            is_server || sender.to_bare() == from.to_bare()
        })
    }

    /// Whether it can be met by somebody who can answer these fields of the form; otherwise it is declined with
    /// `not-acceptable`.
    pub fn can_be_met(&self, form: &Form, can: impl Fn(&Field) -> bool) -> bool {
        let asked = || form.fields.iter().filter(|field| field.is_asked());
        asked().filter(|field| field.required).all(&can) && asked().filter(|field| can(field)).count() >= self.answers
    }

    /// What is missing yet (§3.2).
    pub fn missing(&self, form: &Form, answers: &Answers) -> Missing {
        let answered = |field: &Field| {
            let values = field.var.as_deref().map(|var| answers.get(var)).unwrap_or_default();
            // No is the answer to what nobody looked at, and counts only where it had to be given.
            let is_given = field.field_type != FieldType::Boolean || field.required || field.is_changed(values);
            is_given && !field.entries(values).is_empty()
        };
        let (given, open): (Vec<_>, Vec<_>) =
            form.fields.iter().filter(|field| field.is_asked()).partition(|field| answered(field));
        let required: Vec<_> =
            open.into_iter().filter(|field| field.required).filter_map(|field| field.var.clone()).collect();
        Missing { more: self.answers.saturating_sub(given.len() + required.len()), required }
    }
}

impl Missing {
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Work for a computer (§6.2): a text that begins with a JID, and whose hash ends with these bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashcash {
    /// As a hash is written: the last bit is the least.
    wanted: [u8; 32],
    bits: u32,
}

impl Hashcash {
    /// Reads the field's label, a hexadecimal number whose first bit is set. `None` for what is none, or longer than a hash.
    pub fn read(label: &str) -> Option<Self> {
        let digits = label.trim().trim_start_matches('0');
        let all = (1..=64).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let padded = all.then(|| format!("{digits:0>64}"))?;
        let mut wanted = [0; 32];
        for (byte, two) in wanted.iter_mut().zip(padded.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok()?;
        }
        let before: u32 = wanted.iter().take_while(|byte| **byte == 0).count().try_into().ok()?;
        let first = wanted.iter().find(|byte| **byte != 0)?;
        Some(Self { wanted, bits: 256 - before * 8 - first.leading_zeros() })
    }

    /// One text in two to the power of this is one.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// Whether a text begins with the JID the first stanza was sent to, and its hash ends as is wanted.
    pub fn is_met(&self, jid: &str, text: &str) -> bool {
        text.starts_with(jid) && self.fits(&Sha256::digest(text).into())
    }

    /// Whether a hash ends as is wanted.
    pub fn fits(&self, hash: &[u8; 32]) -> bool {
        let mut left = self.bits;
        self.wanted.iter().zip(hash).rev().all(|(wanted, is)| {
            let mask = u8::MAX.checked_shr(8_u32.saturating_sub(left)).unwrap_or(0);
            left = left.saturating_sub(8);
            (wanted ^ is) & mask == 0
        })
    }
}

#[cfg(test)]
mod tests;
