//! Stanza and stream errors, ids.

use std::fmt::Write as _;

use crate::error::{Error, StanzaError};
use crate::ns;
use crate::xml::{El, Element, Reading as _, el};

/// 128 unguessable bits as hex: for stanza ids (RFC 6120 §8.1.3), queries and nonces.
pub fn random_id() -> String {
    let mut bytes = [0_u8; 16];
    // Fails only where the system has no randomness at all; ids then collide and sign-in fails.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().fold(String::with_capacity(32), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Reads a `<stream:error/>` (RFC 6120 §4.9).
pub fn stream_error(element: &Element) -> Option<Error> {
    if !element.is("error", ns::STREAM) {
        return None;
    }
    let condition = element.children().find(|c| c.has_ns(ns::STREAM_ERRORS) && c.name() != "text");
    let name = condition.map_or("undefined-condition", Element::name).to_owned();
    let text = match (name.as_str(), condition) {
        // Which host is what the condition itself says (RFC 6120 §4.9.3.19).
        ("see-other-host", Some(condition)) => Some(condition.text()),
        _ => element.child_text("text", ns::STREAM_ERRORS),
    };
    Some(Error::Stream { condition: name, text })
}

/// Reads the `<error/>` of a stanza (RFC 6120 §8.3), whatever it lacks.
pub fn stanza_error(stanza: &Element) -> StanzaError {
    let Some(error) = stanza.children().find(|c| c.name() == "error") else {
        return StanzaError {
            condition: "undefined-condition".into(),
            kind: "cancel".into(),
            text: None,
            application: None,
            detail: None,
            form: None,
        };
    };
    let defined = error.children().find(|c| c.has_ns(ns::STANZA_ERRORS) && c.name() != "text");
    let own = error.children().find(|c| !c.has_ns(ns::STANZA_ERRORS) && !c.has_ns(ns::DATA_FORMS));
    StanzaError {
        condition: defined.map_or("undefined-condition", Element::name).to_owned(),
        kind: error.get("type").unwrap_or("cancel").to_owned(),
        text: error.child_text("text", ns::STANZA_ERRORS),
        application: own.map(|c| format!("{{{}}}{}", c.ns(), c.name())),
        detail: own.and_then(detail),
        form: form_of(error).or_else(|| stanza.children().find_map(form_of)).cloned().map(Box::new),
    }
}

/// In the error itself, or in the payload that was sent and comes back with it.
fn form_of(parent: &Element) -> Option<&Element> {
    parent.get_child("x", ns::DATA_FORMS).filter(|form| form.get("type") != Some("submit"))
}

/// A limit or a time, and no novel.
fn detail(own: &Element) -> Option<Box<str>> {
    let text = own.get("stamp").map(str::to_owned).or_else(|| own.children().next().map(Element::text));
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty() && text.len() <= 256);
    text.map(String::into_boxed_str)
}

/// Answers an IQ request with an error (RFC 6120 §8.2.3: every request is answered).
pub fn iq_error(id: &str, to: Option<&str>, kind: &str, condition: &str) -> El {
    el("iq", ns::CLIENT)
        .attr("type", "error")
        .attr("id", id)
        .attr_opt("to", to)
        .child(el("error", ns::CLIENT).attr("type", kind).child(el(condition, ns::STANZA_ERRORS)))
}

/// Answers an IQ request.
pub fn iq_result(id: &str, to: Option<&str>, payload: Option<El>) -> El {
    el("iq", ns::CLIENT).attr("type", "result").attr("id", id).attr_opt("to", to).children(payload)
}
