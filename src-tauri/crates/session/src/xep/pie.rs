//! An account's data in a file (XEP-0227): written piece by piece, and read piece by piece, so that a file may be of any
//! size.

use xso::exports::rxml::error::EndOrError;
use xso::exports::rxml::parser::CommentMode;
use xso::exports::rxml::{AttrMap, Event, Options, Parse as _, Parser, QName, WithOptions as _};
use xso::{Context, FromEventsBuilder as _, FromXml as _};

use xmpp_parsers::jid::BareJid;

use crate::inbound::{self, Message};
use crate::limits::{Builder, Inbound};
use crate::ns;
use crate::sieve::Sieve;
use crate::xep::blocking;
use crate::xep::presence::{Kind, Presence};
use crate::xep::roster::{self, Roster};
use crate::xep::time::format_stamp;
use crate::xml::{El, Element, Reading as _, el, to_string};

const PIE: &str = "urn:xmpp:pie:0";
const PIE_MAM: &str = "urn:xmpp:pie:0#mam";
const PRIVACY: &str = "jabber:iq:privacy";
/// Longest name or value in a file, in bytes.
const LONGEST: usize = 1024 * 1024;

/// What stands before the pieces; the password is never in it.
pub fn begin(own: &BareJid) -> String {
    // The tag of an element that stays open: what is written of it before its content.
    let open = |element: El| {
        let whole = to_string(&element.text("|").into());
        whole.rsplit_once('|').map(|(tag, _)| tag.to_owned()).unwrap_or_default()
    };
    let host = open(el("host", PIE).attr("jid", own.domain().as_str()));
    let user = open(el("user", PIE).attr("name", own.node().map_or("", |node| node.as_str())));
    format!("<?xml version='1.0' encoding='UTF-8'?>\n<server-data xmlns='{PIE}'>\n{host}\n{user}\n")
}

/// What stands after them.
pub const END: &str = "</user>\n</host>\n</server-data>\n";
/// Messages stand between this
pub const ARCHIVE: &str = "<archive xmlns='urn:xmpp:pie:0#mam'>\n";
/// and this, oldest first.
pub const ARCHIVE_END: &str = "</archive>\n";

/// The roster (§4.5).
pub fn roster<'a>(items: impl IntoIterator<Item = &'a roster::Item>) -> El {
    el("query", ns::ROSTER).children(items.into_iter().map(|item| {
        el("item", ns::ROSTER)
            .attr("jid", item.jid.to_string())
            .attr_opt("name", Some(&item.name).filter(|name| !name.is_empty()))
            .attr("subscription", item.subscription.name())
            .attr_opt("ask", item.pending.then_some("subscribe"))
            .children(item.groups.iter().map(|group| el("group", ns::ROSTER).text(group)))
    }))
}

/// Who is blocked, as the privacy list that does the same (§4.9).
pub fn blocked<'a>(jids: impl IntoIterator<Item = &'a String>) -> El {
    let items = jids.into_iter().enumerate().map(|(order, jid)| {
        el("item", PRIVACY)
            .attr("type", "jid")
            .attr("value", jid)
            .attr("action", "deny")
            .attr("order", (order + 1).to_string())
    });
    let list = el("list", PRIVACY).attr("name", "blocked").children(items);
    el("query", PRIVACY).child(el("default", PRIVACY).attr("name", "blocked")).child(list)
}

/// Somebody who asks to see our presence (§4.10).
pub fn request(from: &str, words: &str) -> El {
    let words = (!words.is_empty()).then(|| el("status", ns::CLIENT).text(words));
    el("presence", ns::CLIENT).attr("type", "subscribe").attr("from", from).children(words)
}

/// A message of the archive (§4.12); `stamp` in milliseconds since 1970.
pub fn archived(id: &str, stamp: i64, message: El) -> El {
    let delay = el("delay", ns::DELAY).attr("stamp", format_stamp(stamp));
    el("result", ns::MAM).attr("id", id).child(el("forwarded", ns::FORWARD).child(delay).child(message))
}

/// Something a file holds of its account.
#[derive(Debug)]
pub enum Piece {
    /// Whose file it is; comes before all others.
    Account(BareJid),
    Roster(Roster),
    Blocked(Vec<String>),
    /// Who asks, and in what words.
    Request(BareJid, String),
    Message(Box<Message>),
    /// It is nothing that can be taken over.
    Other(String),
}

/// Reads a file as it comes. Of one with many accounts, the first.
pub struct Reader {
    sieve: Sieve,
    parser: Parser,
    /// Open elements.
    depth: usize,
    host: String,
    account: Option<BareJid>,
    /// The account's end was seen: what follows is another's.
    over: bool,
    /// Its children are pieces, as those of the account are.
    container: bool,
    collecting: Option<Builder>,
}

impl Default for Reader {
    fn default() -> Self {
        let options = Options { max_token_length: LONGEST, comments: CommentMode::Discard, ..Options::default() };
        Self {
            sieve: Sieve::default(),
            parser: Parser::with_options(options),
            depth: 0,
            host: String::new(),
            account: None,
            over: false,
            container: false,
            collecting: None,
        }
    }
}

impl Reader {
    /// Takes the next part of the file, with the last one its end, and appends what it holds to `pieces`.
    ///
    /// # Errors
    /// In words, why it is no such file. The pieces before the fault are there.
    pub fn feed(&mut self, part: &str, last: bool, pieces: &mut Vec<Piece>) -> Result<(), String> {
        let mut sifted = Vec::new();
        self.sieve.pass(part.as_bytes(), &mut sifted);
        let mut bytes = sifted.as_slice();
        loop {
            match self.parser.parse(&mut bytes, last) {
                Ok(Some(event)) => pieces.extend(self.event(event)?),
                Ok(None) if self.account.is_some() => return Ok(()),
                Ok(None) => return Err("there is no account in it".into()),
                Err(EndOrError::NeedMoreData) => return Ok(()),
                Err(EndOrError::Error(error)) => return Err(error.to_string()),
            }
        }
    }

    fn event(&mut self, event: Event) -> Result<Option<Piece>, String> {
        if let Some(builder) = &mut self.collecting {
            let done = builder.feed(event, &Context::empty()).map_err(|error| error.to_string())?;
            if done.is_some() {
                self.collecting = None;
                self.depth -= 1;
            }
            return Ok(done.map(|done| self.piece(done)));
        }
        match event {
            Event::StartElement(_, name, attributes) => {
                self.depth += 1;
                return self.open(name, attributes);
            }
            Event::EndElement(_) => {
                self.depth -= 1;
                self.container &= self.depth != 3;
                self.over |= self.depth == 2 && self.account.is_some();
            }
            Event::Text(..) | Event::XmlDeclaration(..) => {}
        }
        Ok(None)
    }

    fn open(&mut self, name: QName, attributes: AttrMap) -> Result<Option<Piece>, String> {
        let is = |wanted: &str, ns: &str| name.1.as_str() == wanted && name.0.as_str() == ns;
        let attribute = |wanted: &str| {
            let mut all = attributes.iter();
            all.find(|((ns, name), _)| ns.is_none() && name.as_str() == wanted).map(|(_, value)| value.clone())
        };
        match self.depth {
            // A file may be of one host or one account alone.
            1 if is("host", PIE) || is("user", PIE) => {
                Err("only a whole file can be read, not a part of a split one".into())
            }
            1 if !is("server-data", PIE) => Err("it holds no data of an account".into()),
            2 => {
                self.host = attribute("jid").unwrap_or_default();
                Ok(None)
            }
            3 if self.account.is_none() && is("user", PIE) => {
                let jid = format!("{}@{}", attribute("name").unwrap_or_default(), self.host);
                let jid = BareJid::new(&jid).map_err(|_| format!("“{jid}” is no address"))?;
                self.account = Some(jid.clone());
                Ok(Some(Piece::Account(jid)))
            }
            4 if is("archive", PIE_MAM) || is("offline-messages", PIE) => {
                self.container = true;
                Ok(None)
            }
            depth if (depth == 4 || depth == 5 && self.container) && self.account.is_some() && !self.over => {
                let builder = Inbound::from_events(name, attributes, &Context::empty());
                self.collecting = Some(builder.map_err(|_| "an element that cannot be".to_owned())?);
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn piece(&self, read: Inbound) -> Piece {
        let element = match read {
            Inbound::Element(element) => element,
            Inbound::Skipped(head) => return Piece::Other(head.name().to_owned()),
        };
        self.known(&element).unwrap_or_else(|| Piece::Other(element.name().to_owned()))
    }

    fn known(&self, element: &Element) -> Option<Piece> {
        let own = self.account.as_ref()?;
        if element.is("query", ns::ROSTER) {
            return Some(Piece::Roster(Roster::read(element)));
        }
        if element.is("query", PRIVACY) {
            return Some(Piece::Blocked(denied(element)));
        }
        if element.has_ns(ns::BLOCKING) {
            return Some(Piece::Blocked(blocking::jids(element)));
        }
        if element.is("presence", ns::CLIENT) {
            let presence = Presence::read(element, own).filter(|presence| presence.kind == Kind::Subscribe)?;
            return Some(Piece::Request(presence.from.to_bare(), presence.status));
        }
        inbound::kept(element, own).map(|message| Piece::Message(Box::new(message)))
    }
}

/// Addresses the default list denies whatever they send.
fn denied(query: &Element) -> Vec<String> {
    let default = query.get_child("default", PRIVACY).and_then(|default| default.get("name"));
    let list = query.children().find(|child| child.is("list", PRIVACY) && child.get("name") == default);
    let items = list.into_iter().flat_map(Element::children).filter(|item| {
        item.get("type") == Some("jid") && item.get("action") == Some("deny") && item.children().next().is_none()
    });
    items.filter_map(|item| item.get("value")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xep::roster::Subscription;

    fn own() -> BareJid {
        BareJid::new("juliet@capulet.example").unwrap()
    }

    fn read(file: &str, piece: usize) -> Result<Vec<Piece>, String> {
        let mut reader = Reader::default();
        let mut pieces = Vec::new();
        let characters: Vec<char> = file.chars().collect();
        for part in characters.chunks(piece) {
            reader.feed(&part.iter().collect::<String>(), false, &mut pieces)?;
        }
        reader.feed("", true, &mut pieces)?;
        Ok(pieces)
    }

    fn file() -> String {
        let jid = |jid: &str| BareJid::new(jid).unwrap();
        let item = roster::Item {
            jid: jid("romeo@montague.example"),
            name: "Romeo & co".into(),
            subscription: Subscription::Both,
            pending: false,
            approved: false,
            groups: vec!["Friends".into()],
        };
        let message = el("message", ns::CLIENT)
            .attr("from", "romeo@montague.example/orchard")
            .attr("to", own().to_string())
            .attr("type", "chat")
            .child(el("body", ns::CLIENT).text("Neither, fair saint"));
        let mut file = begin(&own());
        for element in [
            roster(&[item]),
            blocked(&["tybalt@capulet.example".to_owned()]),
            request("paris@verona.example", "marry me"),
        ] {
            file += &to_string(&element.into());
        }
        file + ARCHIVE + &to_string(&archived("a1", 1_000, message).into()) + ARCHIVE_END + END
    }

    #[test]
    fn what_was_written_is_read_in_parts_of_any_size() {
        for piece in [1, 7, 100_000] {
            let pieces = read(&file(), piece).unwrap();
            let [
                account,
                Piece::Roster(roster),
                Piece::Blocked(blocked),
                Piece::Request(who, words),
                Piece::Message(said),
            ] = &pieces[..]
            else {
                panic!("{pieces:?}")
            };
            assert!(matches!(account, Piece::Account(jid) if *jid == own()));
            assert_eq!((roster.items[0].name.as_str(), roster.items[0].groups.len()), ("Romeo & co", 1));
            assert_eq!(blocked, &["tybalt@capulet.example"]);
            assert_eq!((who.to_string().as_str(), words.as_str()), ("paris@verona.example", "marry me"));
            assert_eq!((said.body.as_deref(), said.stamp()), (Some("Neither, fair saint"), Some(1_000)));
        }
    }

    #[test]
    fn the_specifications_own_example() {
        let file = "<?xml version='1.0' encoding='UTF-8'?><!-- of another --><server-data xmlns='urn:xmpp:pie:0'>\
            <host jid='capulet.com'><user name='juliet' password='secret'>\
            <query xmlns='jabber:iq:private'><exodus xmlns='exodus:prefs'/></query><vCard xmlns='vcard-temp'/>\
            <offline-messages><message xmlns='jabber:client' from='romeo@montague.net/orchard' \
            to='juliet@capulet.com/balcony' type='chat'><body>Neither, fair saint, if either thee dislike.</body>\
            <delay xmlns='urn:xmpp:delay' from='capulet.com' stamp='1469-07-21T00:32:29Z'>Offline Storage</delay>\
            </message></offline-messages></user><user name='tybalt'><query xmlns='jabber:iq:roster'/></user></host>\
            <host jid='montague.net'><user name='romeo'><query xmlns='jabber:iq:roster'/></user></host></server-data>";
        let pieces = read(file, 50).unwrap();
        let [Piece::Account(jid), Piece::Other(_), Piece::Other(_), Piece::Message(said)] = &pieces[..] else {
            panic!("{pieces:?}")
        };
        assert_eq!(jid.to_string(), "juliet@capulet.com");
        assert!(said.stamp().is_some_and(|stamp| stamp < 0), "{:?}", said.stamp());
    }

    #[test]
    fn what_is_no_such_file_is_refused_in_words() {
        let whole = file();
        for (broken, why) in [
            ("", "eof"),
            ("what", ""),
            ("<a/>", "no data"),
            ("<server-data xmlns='urn:xmpp:pie:0'/>", "no account"),
            ("<user xmlns='urn:xmpp:pie:0' name='a'/>", "split"),
            ("<server-data xmlns='urn:xmpp:pie:0'><host jid='@'><user name='a b'/></host></server-data>", "address"),
            (&whole[..whole.len() / 2], ""),
            ("<!DOCTYPE x [<!ENTITY a 'b'>]><server-data xmlns='urn:xmpp:pie:0'/>", ""),
        ] {
            let error = read(broken, 9).map(|pieces| format!("{pieces:?}")).unwrap_err();
            assert!(error.to_lowercase().contains(why), "{broken}: {error}");
        }
        // One piece that is too deep is left out.
        let deep = "<a>".repeat(5_000) + &"</a>".repeat(5_000);
        let pieces = read(&file().replace(ARCHIVE, &format!("<x xmlns='u'>{deep}</x>{ARCHIVE}")), 4_000).unwrap();
        assert_eq!(pieces.iter().filter(|piece| matches!(piece, Piece::Other(_))).count(), 1);
    }
}
