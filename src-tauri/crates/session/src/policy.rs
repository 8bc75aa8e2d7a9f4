//! What comes after a session ended: at once, later, elsewhere, or when a person has looked.

use std::time::Duration;

use crate::dns::Target;
use crate::error::Error;

/// The next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Trying again without a person would fail the same way, or do harm.
    Person,
    /// At the place the server named (RFC 6120 §4.9.3.19), at once.
    Elsewhere(Target),
    /// The same way, not before this time has passed.
    Again { at_least: Duration },
}

/// A server that has to recover, or that we were too much for.
const RELIEF: Duration = Duration::from_secs(30);
/// A server that goes down comes back after a while.
const RESTART: Duration = Duration::from_secs(2);

/// What to do about the end of a session.
pub fn next(error: &Error) -> Next {
    let again = |at_least| Next::Again { at_least };
    match error {
        Error::Sasl { condition, .. } if condition == "temporary-auth-failure" => again(RESTART),
        Error::Certificate(_)
        | Error::NoMechanism(_)
        | Error::ServerNotAuthentic(_)
        | Error::BindingLost
        // Only a person can choose a proxy.
        | Error::NeedsTor(_)
        | Error::Sasl { .. } => Next::Person,
        Error::Stream { condition, text, .. } => match condition.as_str() {
            // Another client of ours took the place: coming back would start a fight. The others are about who we are.
            "conflict" | "host-unknown" | "host-gone" | "not-authorized" | "unsupported-version" => Next::Person,
            "see-other-host" => text.as_deref().and_then(place).map_or(again(RESTART), Next::Elsewhere),
            "policy-violation" | "resource-constraint" => again(RELIEF),
            "system-shutdown" | "reset" => again(RESTART),
            _ => again(Duration::ZERO),
        },
        // What one of us cannot read is there again at once where it was resumed.
        Error::Protocol(_) => again(RESTART),
        Error::HostNotFound(_)
        | Error::EndpointNotFound(_)
        | Error::Proxy { .. }
        | Error::Unreachable { .. }
        | Error::Timeout(_)
        | Error::Tls(_)
        | Error::Closed
        | Error::Broken(_)
        | Error::Stanza(_) => again(Duration::ZERO),
    }
}

/// `host`, `host:port` or `[address]:port`.
pub(crate) fn place(text: &str) -> Option<Target> {
    let text = text.trim();
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']')?;
            address.parse::<std::net::Ipv6Addr>().ok()?;
            (address, rest.strip_prefix(':'))
        }
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let sound = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | ':');
    if host.is_empty() || host.len() > 255 || !host.chars().all(sound) {
        return None;
    }
    let port = port.map_or(Some(5222), |port| port.parse().ok().filter(|port| *port != 0))?;
    Some(Target { host: host.to_owned(), port, direct_tls: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(condition: &str, text: Option<&str>) -> Next {
        next(&Error::Stream { condition: condition.into(), text: text.map(Into::into) })
    }

    #[test]
    fn every_end_has_its_step() {
        let at_least = |seconds| Next::Again { at_least: Duration::from_secs(seconds) };
        for condition in ["conflict", "host-unknown", "host-gone", "not-authorized", "unsupported-version"] {
            assert_eq!(after(condition, None), Next::Person, "{condition}");
        }
        assert_eq!(after("policy-violation", None), at_least(30));
        assert_eq!(after("system-shutdown", None), at_least(2));
        assert_eq!(after("connection-timeout", None), at_least(0));
        assert_eq!(after("invented-tomorrow", None), at_least(0));
        assert_eq!(next(&Error::Protocol("reading the stream")), at_least(2));
        assert_eq!(next(&Error::Broken("reset".into())), at_least(0));
        let sasl = |condition: &str| next(&Error::Sasl { condition: condition.into(), text: None });
        assert_eq!(sasl("temporary-auth-failure"), at_least(2));
        assert_eq!(sasl("account-disabled"), Next::Person);
        assert_eq!(next(&Error::ServerNotAuthentic("wrong signature")), Next::Person);
    }

    #[test]
    fn another_host_is_a_place_or_nothing() {
        let there = |text| match after("see-other-host", Some(text)) {
            Next::Elsewhere(target) => Some((target.host, target.port)),
            _ => None,
        };
        assert_eq!(there(" other.example.test "), Some(("other.example.test".into(), 5222)));
        assert_eq!(there("other.example.test:5269"), Some(("other.example.test".into(), 5269)));
        assert_eq!(there("[2001:db8::1]:5222"), Some(("2001:db8::1".into(), 5222)));
        assert_eq!(there("[2001:db8::1]"), Some(("2001:db8::1".into(), 5222)));
        for nonsense in ["", "a b", "x:0", "x:70000", "x:y", "[::1", "[evil]:1", "http://x.test", "x/y"] {
            assert_eq!(there(nonsense), None, "{nonsense}");
        }
        assert_eq!(after("see-other-host", None), Next::Again { at_least: RESTART });
    }
}
