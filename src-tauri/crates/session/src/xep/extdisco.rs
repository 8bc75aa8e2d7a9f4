//! External services (XEP-0215): what tells our address from outside, and what relays calls.

use std::fmt;

use crate::ns;
use crate::xep::time::parse_stamp;
use crate::xml::{El, Element, Reading as _, el};

/// Most services of an answer that are looked at.
const MOST: usize = 16;

/// What a service does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Tells an address from outside (RFC 8489).
    Stun,
    /// Relays (RFC 8656).
    Turn,
}

/// How it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    Udp,
    Tcp,
    Tls,
}

/// A service.
#[derive(Clone, PartialEq, Eq)]
pub struct Service {
    pub kind: Kind,
    pub over: Over,
    pub host: String,
    pub port: u16,
    /// Both are there for a relay that can be used.
    pub username: Option<String>,
    pub password: Option<String>,
    /// Milliseconds since 1970 when the credentials end.
    pub expires: Option<i64>,
    /// Credentials have to be asked for.
    pub restricted: bool,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, over, host, port, expires, .. } = self;
        write!(f, "{kind:?} over {over:?} at {host}:{port} until {expires:?}")
    }
}

/// Asks for all (XEP-0215 §3.1).
pub fn get() -> El {
    el("services", ns::EXTERNAL_SERVICES)
}

/// Asks for the credentials of one (XEP-0215 §3.3).
pub fn get_credentials(service: &Service) -> El {
    let named = el("service", ns::EXTERNAL_SERVICES)
        .attr("host", &service.host)
        .attr("type", if service.over == Over::Tls { "turns" } else { "turn" })
        .attr("port", service.port.to_string());
    el("credentials", ns::EXTERNAL_SERVICES).child(named)
}

/// What an answer to either names, as far as it can be used for calls.
pub fn read(iq: &Element) -> Vec<Service> {
    let all = iq.child_in(ns::EXTERNAL_SERVICES).into_iter().flat_map(Element::children);
    all.filter(|child| child.is("service", ns::EXTERNAL_SERVICES)).take(MOST).filter_map(Service::read).collect()
}

impl Service {
    fn read(element: &Element) -> Option<Self> {
        let (kind, sealed) = match element.get("type")? {
            "stun" => (Kind::Stun, false),
            "stuns" => (Kind::Stun, true),
            "turn" => (Kind::Turn, false),
            "turns" => (Kind::Turn, true),
            _ => return None,
        };
        let over = match (sealed, element.get("transport").unwrap_or(if sealed { "tcp" } else { "udp" })) {
            (false, "udp") => Over::Udp,
            (false, "tcp") => Over::Tcp,
            (true, "tcp" | "tls") => Over::Tls,
            // DTLS, SCTP: nobody has them.
            _ => return None,
        };
        let host = element.get("host").filter(|host| is_host(host))?.to_owned();
        let usual = if sealed { 5349 } else { 3478 };
        Some(Self {
            kind,
            over,
            host,
            port: element.get("port").map_or(Some(usual), |port| port.parse().ok()).filter(|port| *port > 0)?,
            username: element.get("username").map(str::to_owned),
            password: element.get("password").map(str::to_owned),
            expires: element.get("expires").and_then(parse_stamp),
            restricted: matches!(element.get("restricted"), Some("true" | "1")),
        })
    }

    /// It can be used as it is: only relays want credentials.
    pub fn is_usable(&self) -> bool {
        self.kind == Kind::Stun || self.username.is_some() && self.password.is_some()
    }

    /// `[…]` around an IPv6 address.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// A name or an address, and nothing that could be more in a URL.
fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 255
        && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn services(inner: &str) -> Vec<Service> {
        let iq = format!(
            "<iq xmlns='jabber:client' type='result'><services xmlns='urn:xmpp:extdisco:2'>{inner}</services></iq>"
        );
        read(&iq.parse().unwrap())
    }

    #[test]
    fn reads_what_servers_offer() {
        let all = services(
            "<service type='stun' host='turn.x.test' port='3478' transport='udp'/>\
             <service type='turn' host='2001:db8::1' username='1:u' password='p' expires='2026-11-27T12:00:00Z'/>\
             <service type='turns' host='turn.x.test' transport='tcp' restricted='1'/>\
             <service type='turn' host='turn.x.test' transport='tcp'/>",
        );
        let brief: Vec<_> = all.iter().map(|s| (s.kind, s.over, s.authority(), s.is_usable())).collect();
        assert_eq!(
            brief,
            [
                (Kind::Stun, Over::Udp, "turn.x.test:3478".to_owned(), true),
                (Kind::Turn, Over::Udp, "[2001:db8::1]:3478".to_owned(), true),
                (Kind::Turn, Over::Tls, "turn.x.test:5349".to_owned(), false),
                (Kind::Turn, Over::Tcp, "turn.x.test:3478".to_owned(), false),
            ]
        );
        assert_eq!(all[1].expires, Some(1_795_780_800_000));
        assert!(all[2].restricted && !all[3].restricted);
        assert!(!format!("{all:?}").contains("1:u"), "a secret in words for the log");
    }

    #[test]
    fn leaves_out_what_is_none() {
        let wrong = "<service type='ftp' host='a'/><service host='a'/><service type='turn'/>\
            <service type='turn' host='a b'/><service type='turn' host='a' port='70000'/>\
            <service type='turn' host='a?x=y'/><service type='turns' host='a' transport='udp'/>\
            <service type='turn' host='a' port='0'/>";
        assert_eq!(services(wrong), []);
        let many: String = (0..100).map(|n| format!("<service type='stun' host='s{n}'/>")).collect();
        assert_eq!(services(&many).len(), MOST);
    }

    #[test]
    fn asks_for_credentials_by_name() {
        let all = services("<service type='turns' host='t.x.test' transport='tcp' restricted='1'/>");
        let asked: Element = get_credentials(&all[0]).into();
        let service = asked.children().next().unwrap();
        assert_eq!((service.get("host"), service.get("type")), (Some("t.x.test"), Some("turns")));
    }
}
