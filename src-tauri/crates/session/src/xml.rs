//! Elements, and reading them from text within the bounds of a stream.

pub use waxwing_xml::*;

use crate::limits::Inbound;
use crate::sieve::Sieve;

/// Reads XML text of one element within the bounds a stream has ([`crate::limits`]): a person's text may be as deep as a
/// stranger's.
///
/// # Errors
/// In words, what is wrong with it.
pub fn read_bounded(xml: &str) -> Result<Element, String> {
    let mut sifted = Vec::new();
    Sieve::default().pass(xml.as_bytes(), &mut sifted);
    match xso::from_bytes::<Inbound>(&sifted) {
        Ok(Inbound::Element(element)) => Ok(element),
        Ok(Inbound::Skipped(_)) => Err("too deep or too large".into()),
        Err(error) => Err(error.to_string()),
    }
}
