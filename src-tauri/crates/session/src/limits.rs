//! What a peer may make us build: bounds on depth, size and attributes, applied while the XML arrives.
//!
//! A stanza that is too deep or too large is read to its end tag and reported as [`Inbound::Skipped`]: closing the
//! stream instead would bring the same stanza back at every resumption. What would end the parser, or take its time, has
//! been left out before (`sieve`).

use tokio_xmpp::xmlstream;
use xso::error::{Error, FromEventsError};
use xso::exports::rxml::{AttrMap, Event, QName};
use xso::{Context, FromEventsBuilder, FromXml};

use crate::sieve::is_cut;
use crate::xml::Element;

/// Deepest element that is kept; the stanza itself is depth 1.
pub const MAX_DEPTH: usize = 64;
/// Bytes of one stanza that is kept.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Elements in one stanza that is kept.
pub const MAX_ELEMENTS: usize = 20_000;
/// Attributes in one stanza that is kept.
pub const MAX_ATTRIBUTES: usize = 20_000;

/// One child of the stream, within bounds or accounted for.
#[derive(Debug)]
pub enum Inbound {
    /// A whole element.
    Element(Element),
    /// Out of bounds and skipped; its outermost tag without content, so that it can be counted and refused.
    Skipped(Element),
}

/// Builds an [`Inbound`] from events.
#[derive(Debug)]
pub struct Builder {
    /// Open elements, outermost first; emptied to the outermost once out of bounds.
    stack: Vec<Element>,
    depth: usize,
    bytes: usize,
    elements: usize,
    attributes: usize,
    /// A name or value was too long.
    cut: bool,
    skipping: bool,
}

impl Builder {
    fn open(&mut self, name: &QName, attrs: AttrMap) {
        self.depth += 1;
        self.elements += 1;
        self.attributes += attrs.len();
        self.cut |= is_cut(name.0.as_str())
            || is_cut(name.1.as_str())
            || attrs.iter().any(|((ns, name), value)| is_cut(ns.as_str()) || is_cut(name.as_str()) || is_cut(value));
        self.check();
        if self.skipping && self.depth > 1 {
            return;
        }
        let mut element = Element::bare(name.1.as_str(), name.0.as_str());
        *element.attrs_mut() = attrs;
        self.stack.push(element);
    }

    fn check(&mut self) {
        let out = self.cut
            || self.depth > MAX_DEPTH
            || self.bytes > MAX_BYTES
            || self.elements > MAX_ELEMENTS
            || self.attributes > MAX_ATTRIBUTES;
        if out && !self.skipping {
            self.skipping = true;
            self.stack.truncate(1);
            if let Some(outermost) = self.stack.first_mut() {
                outermost.take_nodes();
            }
        }
    }

    fn close(&mut self) -> Option<Inbound> {
        self.depth -= 1;
        if self.depth == 0 {
            let element = self.stack.pop()?;
            return Some(if self.skipping { Inbound::Skipped(element) } else { Inbound::Element(element) });
        }
        if !self.skipping {
            let closed = self.stack.pop()?;
            self.stack.last_mut()?.append_child(closed);
        }
        None
    }
}

impl FromEventsBuilder for Builder {
    type Output = Inbound;

    fn feed(&mut self, event: Event, _: &Context<'_>) -> Result<Option<Inbound>, Error> {
        match event {
            Event::StartElement(metrics, name, attrs) => {
                self.bytes += metrics.len();
                self.open(&name, attrs);
                Ok(None)
            }
            Event::Text(metrics, text) => {
                self.bytes += metrics.len();
                self.check();
                if !self.skipping
                    && let Some(element) = self.stack.last_mut()
                {
                    element.append_text(text);
                }
                Ok(None)
            }
            Event::EndElement(_) => Ok(self.close()),
            Event::XmlDeclaration(..) => Ok(None),
        }
    }
}

impl FromXml for Inbound {
    type Builder = Builder;

    // Accepts every name: a mismatch would end the stream.
    fn from_events(name: QName, attrs: AttrMap, _: &Context<'_>) -> Result<Builder, FromEventsError> {
        let mut builder =
            Builder { stack: Vec::new(), depth: 0, bytes: 0, elements: 0, attributes: 0, cut: false, skipping: false };
        builder.open(&name, attrs);
        Ok(builder)
    }
}

/// The stream of [`Inbound`]s over `Io`.
pub type XmlStream<Io> = xmlstream::XmlStream<Io, Inbound>;
