//! What may be opened: links that are https, and addresses that are everybody's.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::error::Error;

/// Bytes of a link at most.
const MAX_LINK: usize = 8 * 1024;

/// # Errors
/// [`Error::NotHttps`], and [`Error::Link`] where it is no link or holds a password.
pub(super) fn parse(link: &str) -> Result<Url, Error> {
    if link.len() > MAX_LINK {
        return Err(Error::Link("too long"));
    }
    let mut url = Url::parse(link.trim()).map_err(|_| Error::Link("not a URL"))?;
    if url.scheme() != "https" {
        return Err(Error::NotHttps);
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(Error::Link("no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::Link("with a password"));
    }
    url.set_fragment(None);
    Ok(url)
}

/// What can be said before the name is looked up.
pub(super) fn check(url: &Url) -> Result<(), Error> {
    let private = match url.host() {
        Some(Host::Ipv4(address)) => is_private(address.into()),
        Some(Host::Ipv6(address)) => is_private(address.into()),
        Some(Host::Domain(name)) => {
            // RFC 6761; resolvers behind a proxy may think otherwise.
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => true,
    };
    if private { Err(Error::Private { host: url.host_str().unwrap_or_default().to_owned() }) } else { Ok(()) }
}

/// Not on the public internet: this machine, somebody's network, everybody at once, or nobody (RFC 6890 and its
/// registry). Addresses that carry another one count as that.
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let inner = |high: u16, low: u16| is_private_v4((u32::from(high) << 16 | u32::from(low)).into());
    match address.segments() {
        // Mapped, the well-known prefix of NAT64 (RFC 6052), and 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            inner(high, low)
        }
        // Teredo and what else IETF protocols use, documentation
        [0x2001, 0..0x200 | 0xdb8, ..] | [0x3fff, 0..0x1000, ..] => true,
        [0x2000..0x4000, ..] => false,
        _ => true,
    }
}

/// Looks names up, and keeps what is private to itself where it is `guarded`.
pub(super) struct Names {
    pub guarded: bool,
}

/// Every address of the name is private.
#[derive(Debug, thiserror::Error)]
#[error("only private addresses")]
pub(super) struct OnlyPrivate;

/// The name has no address, or nobody could be asked.
#[derive(Debug, thiserror::Error)]
#[error("no address")]
pub(super) struct NoAddress;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let guarded = self.guarded;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            Ok(Box::new(allowed(found, guarded)?.into_iter()) as Addrs)
        })
    }
}

fn allowed(
    found: io::Result<impl Iterator<Item = SocketAddr>>,
    guarded: bool,
) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
    let all: Vec<_> = found.map_err(|_| NoAddress)?.collect();
    let some = !all.is_empty();
    let allowed: Vec<_> = all.into_iter().filter(|address| !guarded || !is_private(address.ip())).collect();
    match (allowed.is_empty(), some) {
        (false, _) => Ok(allowed),
        (true, true) => Err(OnlyPrivate.into()),
        (true, false) => Err(NoAddress.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_addresses() {
        let private = [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "100::1",
            "3fff::1",
            "5f00::1",
        ];
        for address in private {
            assert!(is_private(address.parse().unwrap()), "{address}");
        }
        let public = [
            "1.1.1.1",
            "9.9.9.9",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.167.0.1",
            "192.0.1.1",
            "2606:4700::1",
            "2001:4860::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::",
            "2a00::1",
        ];
        for address in public {
            assert!(!is_private(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn what_a_name_may_mean() {
        let found = |addresses: &[&str]| {
            let addresses: Vec<SocketAddr> = addresses.iter().map(|a| SocketAddr::new(a.parse().unwrap(), 0)).collect();
            Ok(addresses.into_iter())
        };
        assert_eq!(allowed(found(&["127.0.0.1", "1.1.1.1"]), true).unwrap().len(), 1);
        assert_eq!(allowed(found(&["127.0.0.1", "1.1.1.1"]), false).unwrap().len(), 2);
        assert!(allowed(found(&["127.0.0.1", "::1"]), true).unwrap_err().is::<OnlyPrivate>());
        assert!(allowed(found(&[]), true).unwrap_err().is::<NoAddress>());
    }

    #[test]
    fn links() {
        for (link, error) in [
            ("http://a.example/x", Error::NotHttps),
            ("ftp://a.example/x", Error::NotHttps),
            ("file:///etc/passwd", Error::NotHttps),
            ("aesgcm://a.example/x", Error::NotHttps),
            ("x", Error::Link("not a URL")),
            ("https://", Error::Link("not a URL")),
            ("https://u:p@a.example/", Error::Link("with a password")),
        ] {
            assert_eq!(parse(link).unwrap_err(), error, "{link}");
        }
        assert_eq!(parse(&format!("https://a/{}", "b".repeat(9000))).unwrap_err(), Error::Link("too long"));
        assert_eq!(parse(" https://a.example/b#c ").unwrap().as_str(), "https://a.example/b");
        // Addresses in disguise.
        for link in [
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::ffff:7f00:1]/",
            "https://LOCALHOST./",
            "https://x.localhost/",
            "https://127.1/",
            "https://017700000001/",
        ] {
            assert!(matches!(check(&parse(link).unwrap()), Err(Error::Private { .. })), "{link}");
        }
        assert_eq!(check(&parse("https://1.1.1.1/").unwrap()), Ok(()));
    }
}
