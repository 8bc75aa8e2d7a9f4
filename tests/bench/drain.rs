//! Reads an archive page by page and counts: the least a client has to do.

use harness::{Prosody, Result, ensure};

use crate::raw;

/// What was read.
pub struct Drained {
    pub messages: usize,
    pub bytes: usize,
}

/// Reads the whole archive of `user`.
pub async fn archive(server: &Prosody, user: &str, password: &str) -> Result<Drained> {
    let mut raw = raw::sign_in(server, user, password).await?;
    let (mut after, mut messages) = (String::new(), 0);
    raw.bytes = 0;
    loop {
        raw.send(&format!(
            "<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2' queryid='q'><set xmlns='http://jabber.org/protocol/rsm'>\
             <max>250</max><after>{after}</after></set></query></iq>"
        ).replace("<after></after>", ""))
        .await?;
        let page = raw.until("</iq>").await?;
        ensure!(!page.ends_with(b"</error></iq>"), "the archive refused: {}", String::from_utf8_lossy(&page));
        messages += page.windows(8).filter(|w| w == b"<result ").count();
        let text = String::from_utf8_lossy(&page);
        let last = text.rsplit_once("<last>").and_then(|(_, rest)| rest.split('<').next());
        match last {
            Some(last) if !text.contains("complete='true'") => after = last.to_owned(),
            _ => return Ok(Drained { messages, bytes: raw.bytes }),
        }
    }
}
