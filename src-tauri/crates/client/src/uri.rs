//! `xmpp:` links (RFC 5122, XEP-0147): what a stranger's page may ask of us, and no more.
//!
//! A link never sends, removes or confirms anything: it opens a place and fills what the person may then send.

use percent_encoding::percent_decode_str;
use waxwing_contract::{Code, Failure, Link, LinkAction};
use waxwing_session::jid::BareJid;

use crate::failure::fail;

/// Longest link that is read, in bytes.
const LONGEST: usize = 8 * 1024;
/// Longest text for a composer, in characters.
const LONGEST_BODY: usize = 4000;
/// Longest name for a person, in characters.
const LONGEST_NAME: usize = 100;

/// Reads a link.
///
/// # Errors
/// [`Code::InvalidLink`] where it is none, or names nobody.
pub(crate) fn read(uri: &str) -> Result<Link, Failure> {
    let invalid = |why: &str| fail(Code::InvalidLink, format!("not a link that can be followed: {why}"));
    if uri.len() > LONGEST {
        return Err(invalid("too long"));
    }
    let rest = match uri.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("xmpp") => rest,
        _ => return Err(invalid("it does not begin with xmpp:")),
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    // RFC 5122 §2.2: an authority names the account to use. Ours are the person's to choose.
    let path = match path.strip_prefix("//") {
        Some(after) => after.split_once('/').map_or("", |(_, path)| path),
        None => path,
    };
    let address = decode(path).ok_or_else(|| invalid("its address is not text"))?;
    if address.chars().any(|c| c.is_control() || is_bidi_control(c)) {
        return Err(invalid("its address has control characters"));
    }
    let address = address.split('/').next().unwrap_or_default();
    let jid = BareJid::new(address).map_err(|error| invalid(&error.to_string()))?;
    if !is_host(jid.domain().as_str()) {
        return Err(invalid("its server's name is none"));
    }
    Ok(Link { jid: jid.to_string(), action: action(query, jid.node().is_some()) })
}

fn action(query: &str, person: bool) -> LinkAction {
    let mut pairs = query.split(';');
    let kind = pairs.next().unwrap_or_default();
    let value = |name: &str| {
        let found = pairs.clone().filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
        found.and_then(|(_, value)| decode(value)).unwrap_or_default()
    };
    match kind {
        "subscribe" | "roster" if person => LinkAction::Subscribe { name: line(&value("name"), LONGEST_NAME) },
        "join" | "invite" => LinkAction::Join,
        "register" => LinkAction::Register,
        "message" => LinkAction::Message { body: text(&value("body")) },
        // What is not known, or would change something by itself, shows whom it is about.
        _ => LinkAction::Message { body: String::new() },
    }
}

/// Whether it can be the name or the address of a server.
fn is_host(domain: &str) -> bool {
    let address = domain.trim_start_matches('[').trim_end_matches(']');
    address.parse::<std::net::IpAddr>().is_ok()
        || domain.split('.').all(|label| {
            let plain = |c: char| c.is_alphanumeric() || c == '-' || !c.is_ascii();
            !label.is_empty() && label.chars().all(plain) && !label.starts_with('-') && !label.ends_with('-')
        })
}

fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// Characters that turn around what stands beside them.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
}

fn text(value: &str) -> String {
    let value = value.replace("\r\n", "\n").replace('\r', "\n");
    let plain = |c: &char| *c == '\n' || !(c.is_control() || is_bidi_control(*c));
    value.chars().filter(plain).take(LONGEST_BODY).collect::<String>().trim().to_owned()
}

fn line(value: &str, longest: usize) -> String {
    text(value).replace('\n', " ").chars().take(longest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(uri: &str) -> LinkAction {
        read(uri).unwrap().action
    }

    #[test]
    fn reads_what_the_specifications_show() {
        let link =
            read("xmpp:romeo@montague.net?message;subject=Test%20Message;body=Here%27s%20a%20test%20message").unwrap();
        assert_eq!(link.jid, "romeo@montague.net");
        assert_eq!(link.action, LinkAction::Message { body: "Here's a test message".into() });
        assert_eq!(
            said("XMPP:romeo@montague.net?roster;name=Romeo%20Montague;group=Friends"),
            LinkAction::Subscribe { name: "Romeo Montague".into() }
        );
        assert_eq!(said("xmpp:romeo@montague.net?subscribe"), LinkAction::Subscribe { name: String::new() });
        assert_eq!(said("xmpp:coven@chat.shakespeare.lit?join;password=x"), LinkAction::Join);
        assert_eq!(said("xmpp:marlowe.shakespeare.lit?register"), LinkAction::Register);
        assert_eq!(read("xmpp://guest@example.com/support@example.com?message").unwrap().jid, "support@example.com");
        assert_eq!(
            read("xmpp:nasty!%23$%25()*+,-.;=%3F%5B%5C%5D%5E_%60%7B%7C%7D~node@example.com/res").unwrap().jid,
            "nasty!#$%()*+,-.;=?[\\]^_`{|}~node@example.com"
        );
        assert_eq!(read("xmpp:a@%5B::1%5D").unwrap().jid, "a@[::1]");
        assert_eq!(read("xmpp:a@b%C3%BCcher.test").unwrap().jid, "a@bücher.test");
        assert_eq!(read("xmpp:n%C3%B3de@example.com").unwrap().jid, "nóde@example.com");
    }

    #[test]
    fn what_would_change_something_only_opens() {
        for query in [
            "remove",
            "unsubscribe",
            "unregister",
            "command;node=x;action=execute",
            "sendfile",
            "pubsub;action=publish",
            "",
        ] {
            assert_eq!(said(&format!("xmpp:romeo@montague.net?{query}")), LinkAction::Message { body: String::new() });
        }
    }

    #[test]
    fn hostile_links_are_refused_or_made_harmless() {
        let long = format!("xmpp:{}@x.test", "a".repeat(9000));
        for uri in [
            "",
            "xmpp:",
            "http://x.test",
            "javascript:alert(1)",
            "xmpp:?message",
            "xmpp:@",
            "xmpp:a%00b@x.test",
            "xmpp:a%0Ab@x.test",
            "xmpp:%FF%FE@x.test",
            "xmpp:a%E2%80%AEb@x.test",
            "xmpp:a b@x.test",
            "xmpp:!!!bad",
            "xmpp:a@-x.test",
            "xmpp:a@x..test",
            long.as_str(),
        ] {
            assert_eq!(read(uri).unwrap_err().code, Code::InvalidLink, "{uri:?}");
        }
        let LinkAction::Message { body } =
            said("xmpp:a@x.test?message;body=%3Cscript%3E%0D%0Atwo%00%07%1B%E2%80%AE%0A%0A%0A")
        else {
            panic!()
        };
        assert_eq!(body, "<script>\ntwo");
        let LinkAction::Message { body } = said(&format!("xmpp:a@x.test?message;body={}", "%41".repeat(2500))) else {
            panic!()
        };
        assert_eq!(body.len(), 2500);
        let LinkAction::Subscribe { name } = said(&format!("xmpp:a@x.test?subscribe;name=a%0Ab{}", "x".repeat(500)))
        else {
            panic!()
        };
        assert!(name.starts_with("a b") && name.len() == LONGEST_NAME);
    }
}
