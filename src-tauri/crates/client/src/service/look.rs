//! What somebody is, and what is there (XEP-0030, 0128, 0157).

use waxwing_contract::{
    Code, Failure, Identity, ListServiceItems, Service, ServiceContact, ServiceId, ServiceItem, ServiceItems,
    ServiceKind, ServiceOffer,
};
use waxwing_form::{Form, Kind};
use waxwing_session::jid::Jid;
use waxwing_session::ns;
use waxwing_session::xep::disco::{self, Info};
use waxwing_session::xep::services::{Item, Items, page_of_items};
use waxwing_session::xep::{adhoc, directory};

use super::media::Enclosed;
use crate::app::App;
use crate::failure::fail;

/// The type of the form that says whom to turn to (XEP-0157 §3).
const CONTACTS: &str = "http://jabber.org/network/serverinfo";
/// Features and identities that are shown; and forms.
const MOST: usize = 1_000;
const MOST_FORMS: usize = 16;

impl App {
    pub(super) async fn look(&self, service: &ServiceId) -> Result<Service, Failure> {
        let place = self.place_of(service)?;
        let iq = self.fetch(&service.account, &place, disco::get_info(service.node.as_deref())).await?;
        let unread = || fail(Code::Protocol, "the answer does not say what it is");
        let info = Info::read(&iq).ok_or_else(unread)?;
        let query = iq.get_child("query", ns::DISCO_INFO).ok_or_else(unread)?;
        let forms: Vec<_> = query.children().filter_map(Form::read).take(MOST_FORMS).collect();
        // What it tells is not asked (XEP-0128 §2).
        let forms = forms.into_iter().filter(|form| form.kind == Kind::Result).collect();
        let (contacts, forms) = apart(forms);
        let shown = |form| self.shown_form(&service.account, &place, form, false, Enclosed::default());
        let address = place.to_string();
        let mut offers = offers(&info);
        // Registering anew with one's own server changes the password, and the one that is kept would be wrong.
        if place == self.place(&service.account, "")? {
            offers.retain(|offer| *offer != ServiceOffer::Register);
        }
        let mut features = info.features.clone();
        features.sort_unstable();
        features.dedup();
        features.truncate(MOST);
        Ok(Service {
            name: name(&info).unwrap_or_else(|| address.clone()),
            kind: kind(&info, &place),
            offers,
            identities: info.identities.into_iter().take(MOST).map(identity).collect(),
            features,
            forms: forms.into_iter().map(shown).collect(),
            contacts,
            node: service.node.clone(),
            address,
        })
    }

    pub(super) async fn service_items(&self, list: &ListServiceItems) -> Result<ServiceItems, Failure> {
        let place = self.place(&list.account, &list.address)?;
        let ask = page_of_items(list.node.as_deref(), list.after.as_deref());
        let page = Items::read(&self.fetch(&list.account, &place, ask).await?);
        // A page that ends where it began would be asked for for ever.
        let after = page.after.filter(|after| list.after.as_ref() != Some(after));
        Ok(ServiceItems { items: page.items.into_iter().map(item).collect(), after, count: page.count, cut: page.cut })
    }
}

/// As it is called there.
pub(super) fn item(item: Item) -> ServiceItem {
    let name = item.name.or_else(|| item.node.clone()).unwrap_or_else(|| item.jid.clone());
    ServiceItem { address: item.jid, node: item.node, name }
}

fn identity(identity: disco::Identity) -> Identity {
    let name = Some(identity.name).filter(|name| !name.trim().is_empty());
    Identity { category: identity.category, kind: identity.kind, name }
}

fn name(info: &Info) -> Option<String> {
    let names = info.identities.iter().map(|identity| identity.name.trim());
    names.filter(|name| !name.is_empty()).map(str::to_owned).next()
}

/// What it is first of all: the identities of the registry (XEP-0030 §3.1), the more telling before the others.
fn kind(info: &Info, place: &Jid) -> ServiceKind {
    let is = |category: &str, kind: &str| {
        let same =
            |identity: &disco::Identity| identity.category == category && (kind.is_empty() || identity.kind == kind);
        info.identities.iter().any(same)
    };
    let rooms = is("conference", "text") || is("conference", "");
    match () {
        () if is("server", "") => ServiceKind::Server,
        () if rooms && place.node().is_some() => ServiceKind::Room,
        () if rooms => ServiceKind::Rooms,
        () if is("gateway", "") => ServiceKind::Gateway,
        () if is("store", "file") => ServiceKind::Upload,
        () if is("proxy", "") => ServiceKind::Proxy,
        () if is("directory", "") => ServiceKind::Directory,
        () if is("client", "bot") || is("component", "bot") => ServiceKind::Bot,
        () if is("account", "") || is("client", "") => ServiceKind::Person,
        () if is("pubsub", "") => ServiceKind::Publishing,
        () => ServiceKind::Other,
    }
}

fn offers(info: &Info) -> Vec<ServiceOffer> {
    let offered = [
        (ns::DISCO_ITEMS, ServiceOffer::Browse),
        (adhoc::COMMANDS, ServiceOffer::Commands),
        (directory::SEARCH, ServiceOffer::Search),
        (ns::REGISTER, ServiceOffer::Register),
    ];
    offered.into_iter().filter(|(feature, _)| info.has(feature)).map(|(_, offer)| offer).collect()
}

/// Whom to turn to, apart from what else is told.
fn apart(forms: Vec<Form>) -> (Vec<ServiceContact>, Vec<Form>) {
    let (told, others): (Vec<_>, Vec<_>) = forms.into_iter().partition(|form| form.form_type() == Some(CONTACTS));
    let fields = told.iter().flat_map(|form| &form.fields);
    let contact = |field: &waxwing_form::Field| {
        let role = field.var.as_deref()?.strip_suffix("-addresses")?.to_owned();
        let known = |address: &&String| ["mailto:", "xmpp:", "https:"].iter().any(|scheme| address.starts_with(scheme));
        let addresses: Vec<_> = field.values.iter().filter(known).take(MOST).cloned().collect();
        (!addresses.is_empty()).then_some(ServiceContact { role, addresses })
    };
    (fields.filter_map(contact).collect(), others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(identities: &[(&str, &str)]) -> Info {
        let identity = |(category, kind): &(&str, &str)| disco::Identity {
            category: (*category).to_owned(),
            kind: (*kind).to_owned(),
            lang: String::new(),
            name: String::new(),
        };
        Info { identities: identities.iter().map(identity).collect(), ..Info::default() }
    }

    #[test]
    fn what_it_is_first_of_all() {
        let place = Jid::new("rooms.test").unwrap();
        let of = |all: &[(&str, &str)]| kind(&info(all), &place);
        assert_eq!(of(&[("pubsub", "pep"), ("server", "im")]), ServiceKind::Server);
        assert_eq!(of(&[("conference", "text")]), ServiceKind::Rooms);
        assert_eq!(kind(&info(&[("conference", "text")]), &Jid::new("a@rooms.test").unwrap()), ServiceKind::Room);
        assert_eq!(of(&[("pubsub", "service")]), ServiceKind::Publishing);
        assert_eq!(of(&[("x", "y")]), ServiceKind::Other);
    }

    #[test]
    fn whom_to_turn_to_is_told_apart_and_only_what_can_be_followed() {
        let form = "<x xmlns='jabber:x:data' type='result'>\
            <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/network/serverinfo</value></field>\
            <field var='abuse-addresses'><value>mailto:a@x.test</value><value>javascript:1</value></field>\
            <field var='sales-addresses'><value>file:///x</value></field></x>";
        let other = "<x xmlns='jabber:x:data' type='result'><field var='a'/></x>";
        let read = |text: &str| Form::read(&text.parse().unwrap()).unwrap();
        let (contacts, others) = apart(vec![read(form), read(other)]);
        assert_eq!(contacts, [ServiceContact { role: "abuse".into(), addresses: vec!["mailto:a@x.test".into()] }]);
        assert_eq!(others.len(), 1);
    }
}
