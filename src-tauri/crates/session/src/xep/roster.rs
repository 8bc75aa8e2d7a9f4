//! The roster: RFC 6121 §2, with versions (§2.6) and pre-approval (§3.4).

use xmpp_parsers::jid::BareJid;

use crate::ns;
use crate::xml::{El, Element, Reading as _, el};

/// RFC 6121 §2.1.2.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subscription {
    None,
    To,
    From,
    Both,
    /// Only in pushes and requests: the item goes.
    Remove,
}

impl Subscription {
    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::To => "to",
            Self::From => "from",
            Self::Both => "both",
            Self::Remove => "remove",
        }
    }

    /// Unknown words mean `none`.
    pub fn parse(name: &str) -> Self {
        [Self::To, Self::From, Self::Both, Self::Remove].into_iter().find(|s| s.name() == name).unwrap_or(Self::None)
    }
}

/// RFC 6121 §2.1.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub jid: BareJid,
    pub name: String,
    pub subscription: Subscription,
    /// `ask='subscribe'`.
    pub pending: bool,
    /// `approved='true'`.
    pub approved: bool,
    /// Sorted, each once.
    pub groups: Vec<String>,
}

/// A roster or a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    pub ver: Option<String>,
    pub items: Vec<Item>,
}

impl Roster {
    /// Reads a `<query/>`; an item that cannot be read spoils only itself.
    pub fn read(query: &Element) -> Self {
        let items = query.children().filter(|c| c.is("item", ns::ROSTER)).filter_map(item).collect();
        Self { ver: query.get("ver").map(str::to_owned), items }
    }
}

fn item(item: &Element) -> Option<Item> {
    let jid = BareJid::new(item.get("jid")?).ok()?;
    let mut groups: Vec<String> = item
        .children()
        .filter(|c| c.is("group", ns::ROSTER))
        .map(|c| c.text().trim().to_owned())
        .filter(|group| !group.is_empty())
        .collect();
    groups.sort();
    groups.dedup();
    Some(Item {
        jid,
        name: item.get("name").unwrap_or_default().trim().to_owned(),
        subscription: Subscription::parse(item.get("subscription").unwrap_or_default()),
        pending: item.get("ask") == Some("subscribe"),
        approved: matches!(item.get("approved"), Some("true" | "1")),
        groups,
    })
}

/// Asks for the roster; with the version held where the server knows versions.
pub fn get(ver: Option<&str>) -> El {
    el("query", ns::ROSTER).attr_opt("ver", ver)
}

/// Adds or changes an item (RFC 6121 §2.3.1, §2.4.1).
pub fn set(jid: &BareJid, name: &str, groups: &[String]) -> El {
    let name = (!name.is_empty()).then_some(name);
    let item = el("item", ns::ROSTER).attr("jid", jid.to_string()).attr_opt("name", name);
    el("query", ns::ROSTER).child(item.children(groups.iter().map(|group| el("group", ns::ROSTER).text(group))))
}

/// Removes an item and with it both subscriptions (RFC 6121 §2.5.1).
pub fn remove(jid: &BareJid) -> El {
    el("query", ns::ROSTER).child(el("item", ns::ROSTER).attr("jid", jid.to_string()).attr("subscription", "remove"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_item_spoils_only_itself() {
        let query: Element = "<query xmlns='jabber:iq:roster' ver='7'><item jid='@'/><item/>\
            <item jid='a@b.test' subscription='strange' ask='subscribe' approved='1'><group>x</group><group>x</group><group/></item></query>"
            .parse()
            .unwrap();
        let roster = Roster::read(&query);
        assert_eq!(roster.ver.as_deref(), Some("7"));
        assert_eq!(roster.items.len(), 1);
        let item = &roster.items[0];
        assert_eq!((item.subscription, item.pending, item.approved), (Subscription::None, true, true));
        assert_eq!(item.groups, ["x"]);
    }
}
