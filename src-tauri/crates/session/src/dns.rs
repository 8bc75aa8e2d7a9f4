//! Where a domain's XMPP servers are: SRV (RFC 6120 §3.2.1, XEP-0368) in RFC 2782 order.

use futures::FutureExt as _;
use hickory_resolver::proto::rr::rdata::SRV;
use hickory_resolver::{TokioResolver, name_server::TokioConnectionProvider};

use crate::error::Error;

/// One place to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Name or address.
    pub host: String,
    pub port: u16,
    /// TLS from the first byte rather than STARTTLS.
    pub direct_tls: bool,
}

/// An SRV record of one of the two services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub priority: u16,
    pub weight: u16,
    pub target: Target,
}

/// The places to try for `domain`, best first.
///
/// Without any SRV record that is port 5222 of the domain itself. A record whose target is `.` says that its service
/// is not offered (RFC 2782); where that leaves nothing, there is no fallback.
///
/// # Errors
/// [`Error::HostNotFound`] where DNS says that XMPP is not offered.
pub async fn targets(domain: &str) -> Result<Vec<Target>, Error> {
    let ascii = idna::domain_to_ascii(domain).map_err(|_| Error::HostNotFound(domain.to_owned()))?;
    let fallback = || vec![Target { host: ascii.clone(), port: 5222, direct_tls: false }];
    let is_name = ascii.parse::<std::net::IpAddr>().is_err() && ascii != "localhost";
    if !is_name {
        return Ok(fallback());
    }
    let Ok(builder) = TokioResolver::builder(TokioConnectionProvider::default()) else {
        return Ok(fallback());
    };
    let resolver = builder.build();
    let (direct, starttls) = futures::join!(
        resolver.srv_lookup(format!("_xmpps-client._tcp.{ascii}.")).map(Result::ok),
        resolver.srv_lookup(format!("_xmpp-client._tcp.{ascii}.")).map(Result::ok),
    );
    let mut records = Vec::new();
    for (lookup, direct_tls) in [(&direct, true), (&starttls, false)] {
        records.extend(lookup.iter().flat_map(|found| found.iter()).map(|srv| record(srv, direct_tls)));
    }
    if records.is_empty() {
        return Ok(fallback());
    }
    let targets = order(records, random);
    if targets.is_empty() { Err(Error::HostNotFound(domain.to_owned())) } else { Ok(targets) }
}

fn record(srv: &SRV, direct_tls: bool) -> Record {
    let host = srv.target().to_ascii();
    let host = host.strip_suffix('.').unwrap_or(&host).to_owned();
    Record { priority: srv.priority(), weight: srv.weight(), target: Target { host, port: srv.port(), direct_tls } }
}

/// RFC 2782 over both services as one record set (XEP-0368 §2): by priority; within one by weighted chance, direct
/// TLS before STARTTLS where priority and weight are equal. `random(n)` answers a number in `0..=n`.
pub fn order(mut records: Vec<Record>, mut random: impl FnMut(u32) -> u32) -> Vec<Target> {
    records.retain(|record| !record.target.host.is_empty());
    records.sort_by_key(|r| (r.priority, r.weight != 0, !r.target.direct_tls));
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(first) = records.first() {
        let priority = first.priority;
        let group = records.iter().take_while(|r| r.priority == priority).count();
        let total: u32 = records[..group].iter().map(|r| u32::from(r.weight)).sum();
        let drawn = random(total);
        let mut sum = 0;
        let chosen = records[..group]
            .iter()
            .position(|r| {
                sum += u32::from(r.weight);
                sum >= drawn
            })
            .unwrap_or(0);
        ordered.push(records.remove(chosen).target);
    }
    ordered
}

fn random(max: u32) -> u32 {
    let drawn = getrandom::u32().unwrap_or_default();
    drawn % max.saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rec(priority: u16, weight: u16, host: &str, direct_tls: bool) -> Record {
        Record { priority, weight, target: Target { host: host.into(), port: 1, direct_tls } }
    }

    fn hosts(targets: &[Target]) -> Vec<&str> {
        targets.iter().map(|t| t.host.as_str()).collect()
    }

    #[test]
    fn lower_priority_first_whatever_the_service() {
        let ordered = order(vec![rec(20, 0, "b", true), rec(10, 0, "a", false)], |_| 0);
        assert_eq!(hosts(&ordered), ["a", "b"]);
    }

    #[test]
    fn direct_tls_first_on_a_tie() {
        let ordered = order(vec![rec(5, 0, "starttls", false), rec(5, 0, "direct", true)], |_| 0);
        assert_eq!(hosts(&ordered), ["direct", "starttls"]);
    }

    #[test]
    fn weight_is_a_chance() {
        let records = || vec![rec(1, 10, "light", false), rec(1, 90, "heavy", false)];
        assert_eq!(hosts(&order(records(), |_| 5)), ["light", "heavy"]);
        assert_eq!(hosts(&order(records(), |total| total)), ["heavy", "light"]);
    }

    #[test]
    fn a_dot_means_not_offered() {
        assert!(order(vec![rec(1, 1, "", true)], |_| 0).is_empty());
    }
}
