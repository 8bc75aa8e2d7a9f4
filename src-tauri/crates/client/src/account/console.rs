//! The console: what goes over the stream, shown while somebody looks, and stanzas sent as they were written.

use std::time::Duration;

use tokio::sync::mpsc;
use waxwing_contract::{Code, ElementKind, Failure, StreamElement};
use waxwing_session::jid::Jid;
use waxwing_session::ns;
use waxwing_session::stanza::random_id;
use waxwing_session::tap::Seen;
use waxwing_session::xml::{Element, Reading as _, read_bounded, set_attr, to_string};

use super::{Account, Core, Reply};
use crate::failure::fail;
use crate::now;

/// What may wait to be shown; more is counted and let go.
const WAITING: usize = 1024;
/// Elements shown at once, and how long the next ones are gathered.
const BATCH: usize = 256;
const GATHER: Duration = Duration::from_millis(50);
/// Characters of one element that are shown.
const LONGEST: usize = 64 * 1024;

impl Account {
    /// Shows what goes over the stream for as long as the view has subscribers. It notices that it has none any more when
    /// there is something to show.
    pub fn watch(&mut self) {
        if self.watch.is_on() {
            return;
        }
        let (to, mut seen) = mpsc::channel(WAITING);
        self.watch.show_to(to);
        let (shared, account) = (self.core.shared.clone(), self.core.kept.id.clone());
        tokio::spawn(async move {
            let (mut order, mut batch) = (now().saturating_mul(1000), Vec::new());
            while seen.recv_many(&mut batch, BATCH).await > 0 {
                let elements = batch.drain(..).map(|seen| {
                    order += 1;
                    show(order, &seen)
                });
                if !shared.views.console(&account, elements.collect()) {
                    return;
                }
                tokio::time::sleep(GATHER).await;
            }
        });
    }
}

fn show(order: i64, seen: &Seen) -> StreamElement {
    let mut xml = to_string(&seen.element);
    if let Some((end, _)) = xml.char_indices().nth(LONGEST) {
        xml.truncate(end);
        xml.push('…');
    }
    let kind = match seen.element.name() {
        _ if !seen.element.has_ns(ns::CLIENT) => ElementKind::Other,
        "message" => ElementKind::Message,
        "presence" => ElementKind::Presence,
        "iq" => ElementKind::Iq,
        _ => ElementKind::Other,
    };
    let peer = seen.element.get(if seen.outgoing { "to" } else { "from" }).map(str::to_owned);
    let (outgoing, missed) = (seen.outgoing, seen.missed);
    StreamElement { id: order.to_string(), order, at: now(), outgoing, kind, peer, xml, missed }
}

impl Core {
    /// Sends what the person wrote. Its answer is seen in the console and nowhere else.
    pub(super) fn send_xml(&mut self, xml: &str, reply: Reply) {
        match stanza(xml, self.stanza_limit(), self.link.bound.as_ref().map(|jid| Jid::from(jid.clone())).as_ref()) {
            Ok(stanza) => {
                self.out.send(stanza);
                self.out.answer(reply, ());
            }
            Err(failure) => self.out.reply(reply, Err(failure)),
        }
    }
}

/// One stanza that a server takes: anything else would cost the stream.
fn stanza(xml: &str, limit: usize, own: Option<&Jid>) -> Result<Element, Failure> {
    let invalid =
        |fault: &str, why: &str| Failure { condition: Some(fault.to_owned()), ..fail(Code::InvalidStanza, why) };
    let xml = xml.trim();
    if xml.len() > limit {
        return Err(fail(Code::TooLong, format!("{} bytes, and the server takes {limit}", xml.len())));
    }
    // As it stands in a stream: without a namespace of its own it is the stream's. What is written cannot end it, because it
    // does not know the name.
    let stream = format!("stream-{}", random_id());
    let within = format!("<{stream} xmlns='{}'>{xml}</{stream}>", ns::CLIENT);
    let within = read_bounded(&within).map_err(|why| invalid("not-xml", &why))?;
    let [mut stanza] = <[Element; 1]>::try_from(within.children().cloned().collect::<Vec<_>>())
        .map_err(|_| invalid("several", "one stanza is sent at a time"))?;
    if !within.text().trim().is_empty() {
        return Err(invalid("text", "there is text beside the stanza"));
    }
    if !stanza.has_ns(ns::CLIENT) || !matches!(stanza.name(), "message" | "presence" | "iq") {
        return Err(invalid("not-a-stanza", "only message, presence and iq can be sent"));
    }
    if let Some(from) = stanza.get("from") {
        let ours = Jid::new(from).is_ok_and(|from| own.is_some_and(|own| from == *own || from == own.to_bare()));
        if !ours {
            return Err(invalid("from", "from is another's address"));
        }
    }
    if stanza.get("to").is_some_and(|to| Jid::new(to).is_err()) {
        return Err(invalid("to", "to is no address"));
    }
    if stanza.name() == "iq" {
        if !matches!(stanza.get("type"), Some("get" | "set" | "result" | "error")) {
            return Err(invalid("iq-type", "an iq has the type get, set, result or error"));
        }
        if stanza.get("id").is_none_or(str::is_empty) {
            set_attr(&mut stanza, "id", &random_id());
        }
    }
    Ok(stanza)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(xml: &str) -> Result<Element, Failure> {
        stanza(xml, 10_000, Some(&Jid::new("mira@x.test/a").unwrap()))
    }

    #[test]
    fn one_stanza_and_nothing_that_costs_the_stream() {
        let message = read(" <message to='a@x.test'><body>hi &amp; bye</body></message>\n").unwrap();
        assert!(message.is("message", ns::CLIENT));
        assert!(read("<presence xmlns='jabber:client' from='mira@x.test'/>").is_ok());
        assert_eq!(read("<iq type='get' id='7'><ping xmlns='urn:xmpp:ping'/></iq>").unwrap().get("id"), Some("7"));
        assert!(read("<iq type='get'/>").unwrap().get("id").is_some_and(|id| id.len() > 16));
        for wrong in [
            "",
            "hello",
            "<message>",
            "<message/><message/>",
            "</stream><message/>",
            "</stream><stream>",
            "<message/></stream><stream xmlns='jabber:client'>",
            "<message/> beside",
            "<r xmlns='urn:xmpp:sm:3'/>",
            "<message xmlns='urn:test'/>",
            "<iq/>",
            "<iq type='ask'/>",
            "<message from='other@x.test'/>",
            "<message to='@'/>",
            "<!DOCTYPE x><message/>",
            "<!-- --><message/>",
            "<message>&nbsp;</message>",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        for depth in [70, 1000] {
            assert!(read(&format!("<message>{}{}</message>", "<a>".repeat(depth), "</a>".repeat(depth))).is_err());
        }
        // As deep as a server takes: what is built and dropped again must not use up the stack.
        let deepest = format!("<message>{}{}</message>", "<a>".repeat(30_000), "</a>".repeat(30_000));
        assert_eq!(stanza(&deepest, 256 * 1024, None).unwrap_err().code, Code::InvalidStanza);
        assert_eq!(read(&"x".repeat(20_000)).unwrap_err().code, Code::TooLong);
    }
}
