//! Cutting a stream of XMPP into its top-level pieces, by counting tags: enough for a scripted server, and tolerant of
//! whatever a client under test may send.

/// Collects bytes and gives back whole pieces: the stream header alone (it stays open), then each child whole.
#[derive(Default)]
pub struct Splitter {
    pending: String,
}

impl Splitter {
    pub fn push(&mut self, text: &str) {
        self.pending.push_str(text);
    }

    /// What has arrived and is not yet a whole piece.
    pub fn pending(&self) -> &str {
        &self.pending
    }

    /// The next whole piece: `<stream:stream …>`, `</stream:stream>`, or an element with its children. Declarations,
    /// comments and the white space between are dropped.
    pub fn piece(&mut self) -> Option<String> {
        let mut depth = 0usize;
        let mut start = None;
        let mut at = 0;
        while let Some(open) = self.pending[at..].find('<').map(|offset| at + offset) {
            let close = tag_end(&self.pending, open)?;
            let tag = &self.pending[open..close];
            at = close;
            if tag.starts_with("<?") || tag.starts_with("<!") {
                continue;
            }
            let start_here = *start.get_or_insert(open);
            let alone = depth == 0 && (tag.starts_with("<stream:stream") || tag.starts_with("</"));
            if !alone {
                if tag.starts_with("</") {
                    depth -= 1;
                } else if !tag.ends_with("/>") {
                    depth += 1;
                }
            }
            if depth == 0 {
                let piece = self.pending[start_here..close].to_owned();
                self.pending.drain(..close);
                return Some(piece);
            }
        }
        None
    }
}

/// Where the tag that opens at `open` ends; quotes may hold a `>`.
fn tag_end(text: &str, open: usize) -> Option<usize> {
    if text[open..].starts_with("<![CDATA[") {
        return text[open..].find("]]>").map(|end| open + end + 3);
    }
    let mut quote = None;
    for (offset, byte) in text[open..].bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(open + offset + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(inside), _) if inside == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The value of the first attribute `name` in the piece's own tag.
pub fn attribute(piece: &str, name: &str) -> Option<String> {
    let tag = &piece[..tag_end(piece, 0)?];
    let mut rest = tag;
    loop {
        let at = rest.find(&format!("{name}="))?;
        let before = rest[..at].chars().next_back();
        rest = &rest[at + name.len() + 1..];
        if before.is_some_and(char::is_whitespace) {
            let quote = rest.chars().next()?;
            return rest[1..].split(quote).next().map(str::to_owned);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_whole_and_in_order() {
        let mut splitter = Splitter::default();
        splitter.push("<?xml version='1.0'?><stream:stream to='a>b'> <iq id='1'><a><b/></a>");
        assert_eq!(splitter.piece().unwrap(), "<stream:stream to='a>b'>");
        assert_eq!(splitter.piece(), None);
        splitter.push("</iq><r xmlns='urn:xmpp:sm:3'/></stream:stream>");
        assert_eq!(splitter.piece().unwrap(), "<iq id='1'><a><b/></a></iq>");
        assert_eq!(splitter.piece().unwrap(), "<r xmlns='urn:xmpp:sm:3'/>");
        assert_eq!(splitter.piece().unwrap(), "</stream:stream>");
        assert_eq!(splitter.piece(), None);
    }

    #[test]
    fn attributes_are_those_of_the_first_tag() {
        assert_eq!(attribute("<iq xml:id='0' id=\"7\"><a to='x'/></iq>", "id").unwrap(), "7");
        assert_eq!(attribute("<iq><a to='x'/></iq>", "to"), None);
    }
}
