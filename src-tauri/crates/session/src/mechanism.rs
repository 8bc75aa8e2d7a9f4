//! Which SASL mechanism to use, by the rules of XEP-0440 against downgrades.

use crate::error::Error;
use crate::scram::{Binding, Guard, Hash};
use crate::tls::TlsInfo;

/// A chosen mechanism.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mechanism {
    /// As sent, such as `SCRAM-SHA-256-PLUS`.
    pub name: &'static str,
    pub hash: Hash,
    pub binding: Binding,
    pub guard: Guard,
}

/// What the server offered.
#[derive(Debug, Default)]
pub struct Offer {
    pub mechanisms: Vec<String>,
    /// Channel binding types of XEP-0440; `None` where the server has no such list.
    pub bindings: Option<Vec<String>>,
    /// SASL2 (XEP-0388) rather than RFC 6120's profile: XEP-0440 is then mandatory.
    pub sasl2: bool,
}

const SCRAM: [(&str, &str, Hash); 3] = [
    ("SCRAM-SHA-512", "SCRAM-SHA-512-PLUS", Hash::Sha512),
    ("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", Hash::Sha256),
    ("SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", Hash::Sha1),
];

impl Offer {
    /// Both lists as XEP-0474 §5.1 hashes them.
    fn announced(&self) -> Vec<u8> {
        let joined = |list: &[String]| {
            let mut sorted: Vec<&str> = list.iter().map(String::as_str).collect();
            sorted.sort_unstable();
            sorted.join("\x1e")
        };
        let bindings = self.bindings.as_deref().map(|list| format!("\x1f{}", joined(list)));
        (joined(&self.mechanisms) + &bindings.unwrap_or_default()).into_bytes()
    }
}

/// Chooses the strongest mechanism, with channel binding where both sides can.
///
/// # Errors
/// [`Error::NoMechanism`] where nothing safe is offered (PLAIN is not: it gives the password away), and
/// [`Error::ServerNotAuthentic`] where the two lists contradict each other as after an attack (XEP-0440 §4).
///
/// Where `was_bound`, an earlier sign-in to this server had channel binding: what takes that away, the server itself has to
/// vouch for.
pub fn choose(offer: &Offer, tls: &TlsInfo, was_bound: bool) -> Result<Mechanism, Error> {
    let plus = offer.mechanisms.iter().any(|name| name.starts_with("SCRAM-") && name.ends_with("-PLUS"));
    let types = offer.bindings.as_deref().unwrap_or_default();
    if offer.sasl2 && plus != offer.bindings.as_ref().is_some_and(|list| !list.is_empty()) {
        return Err(Error::ServerNotAuthentic("channel binding was offered by halves"));
    }
    let binding = if !plus {
        Binding::NotOffered
    } else {
        data(types, tls).map_or(Binding::None, |(name, data)| Binding::Bound { name, data })
    };
    // XEP-0440 makes tls-server-end-point mandatory for servers: its absence is somebody's doing, unless the server
    // itself vouches for the list (XEP-0474 §8).
    let suspicious =
        offer.sasl2 && plus && binding == Binding::None && !types.iter().any(|t| t == "tls-server-end-point");
    let bound = matches!(binding, Binding::Bound { .. });
    let lost = was_bound && !bound;
    let guard = Guard { announced: offer.announced(), required: suspicious, lost, tls: tls.number() };
    let offered = |name: &str| offer.mechanisms.iter().any(|m| m == name);
    SCRAM
        .into_iter()
        .find_map(|(plain, with_plus, hash)| {
            let name = if bound { with_plus } else { plain };
            offered(name).then(|| Mechanism { name, hash, binding: binding.clone(), guard: guard.clone() })
        })
        .ok_or_else(|| Error::NoMechanism(offer.mechanisms.join(", ")))
}

fn data(types: &[String], tls: &TlsInfo) -> Option<(&'static str, Vec<u8>)> {
    let listed = |name: &str| types.iter().any(|t| t == name);
    let exporter = tls.exporter.clone().filter(|_| listed("tls-exporter")).map(|data| ("tls-exporter", data));
    exporter.or_else(|| {
        tls.end_point.clone().filter(|_| listed("tls-server-end-point")).map(|data| ("tls-server-end-point", data))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
    use sha1::Digest as _;

    fn tls() -> TlsInfo {
        TlsInfo {
            version: "TLS 1.3",
            cipher: String::new(),
            fingerprint: String::new(),
            exporter: Some(vec![1]),
            end_point: Some(vec![2]),
        }
    }

    fn offer(mechanisms: &[&str], bindings: Option<&[&str]>, sasl2: bool) -> Offer {
        let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
        Offer { mechanisms: own(mechanisms), bindings: bindings.map(own), sasl2 }
    }

    #[test]
    fn strongest_with_the_best_binding() {
        let offer = offer(
            &["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"],
            Some(&["tls-server-end-point", "tls-exporter"]),
            true,
        );
        let chosen = choose(&offer, &tls(), false).unwrap();
        assert_eq!(chosen.name, "SCRAM-SHA-256-PLUS");
        assert_eq!(chosen.binding, Binding::Bound { name: "tls-exporter", data: vec![1] });
    }

    #[test]
    fn end_point_where_there_is_no_exporter() {
        let tls = TlsInfo { exporter: None, ..tls() };
        let types: &[&str] = &["tls-exporter", "tls-server-end-point"];
        let chosen = choose(&offer(&["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"], Some(types), true), &tls, false).unwrap();
        assert_eq!(chosen.binding, Binding::Bound { name: "tls-server-end-point", data: vec![2] });
    }

    #[test]
    fn says_y_only_where_nothing_was_offered() {
        assert_eq!(choose(&offer(&["SCRAM-SHA-1"], None, false), &tls(), false).unwrap().binding, Binding::NotOffered);
        // An old server with -PLUS for types it does not name: saying `y` would look like an attack to it.
        let old = offer(&["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"], None, false);
        let chosen = choose(&old, &tls(), false).unwrap();
        assert_eq!((chosen.name, chosen.binding), ("SCRAM-SHA-1", Binding::None));
    }

    #[test]
    fn stripped_lists_are_an_attack() {
        let halves =
            |m: &[&str], b| matches!(choose(&offer(m, b, true), &tls(), false), Err(Error::ServerNotAuthentic(_)));
        assert!(halves(&["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"], None));
        assert!(halves(&["SCRAM-SHA-256"], Some(&["tls-exporter"])));
        let chosen =
            choose(&offer(&["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"], Some(&["tls-unknown"]), true), &tls(), false)
                .unwrap();
        assert!(chosen.binding == Binding::None && chosen.guard.required, "nothing vouches for this list");
    }

    #[test]
    fn lists_are_hashed_as_the_specification_shows() {
        let offer = offer(&["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"], Some(&["tls-server-end-point", "tls-exporter"]), true);
        let hash = BASE64.encode(sha1::Sha1::digest(offer.announced()));
        assert_eq!(hash, "G6k/rBLDqgOhRRaCuuatSDFkJ08=");
    }

    #[test]
    fn never_gives_the_password_away() {
        let result = choose(&offer(&["PLAIN", "DIGEST-MD5", "LOGIN"], None, false), &tls(), false);
        assert!(matches!(result, Err(Error::NoMechanism(_))));
    }
}
