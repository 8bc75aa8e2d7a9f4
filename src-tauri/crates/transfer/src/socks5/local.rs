//! Our own addresses that a peer could reach.

use std::net::IpAddr;

/// More are not told: each costs the peer an attempt.
const MOST: usize = 8;

/// Addresses of this machine's interfaces, IPv6 first within each kind, public before private. Telling them shows a
/// contact where the person is: not for strangers.
pub fn addresses() -> Vec<IpAddr> {
    let found = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "the interfaces cannot be listed");
        Vec::new()
    });
    worth(found.into_iter().map(|interface| interface.ip()))
}

/// Whether a peer elsewhere could mean this machine by it: no loopback, no link-local, no group, not nobody.
pub fn offerable(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !(address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_broadcast()
                || address.octets()[0] == 0)
        }
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => offerable(mapped.into()),
            None => {
                !(address.is_loopback()
                    || address.is_unspecified()
                    || address.is_multicast()
                    || address.is_unicast_link_local()
                    // site-local, given up
                    || address.segments()[0] & 0xffc0 == 0xfec0)
            }
        },
    }
}

fn worth(found: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let mut worth: Vec<IpAddr> = found.filter(|address| offerable(*address)).collect();
    worth.sort_by_key(|address| (crate::http::is_private(*address), address.is_ipv4()));
    worth.dedup();
    worth.truncate(MOST);
    worth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told() {
        let found = [
            "127.0.0.1",
            "192.168.1.2",
            "169.254.3.4",
            "fe80::1",
            "::1",
            "2a00::1",
            "9.9.9.9",
            "fd00::1",
            "ff02::1",
            "0.0.0.0",
            "::",
            "9.9.9.9",
            "::ffff:127.0.0.1",
            "fec0::1",
        ];
        let told = worth(found.iter().map(|text| text.parse().unwrap()));
        let expected: Vec<IpAddr> =
            ["2a00::1", "9.9.9.9", "fd00::1", "192.168.1.2"].iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(told, expected);
        assert_eq!(worth((1..100).map(|i| IpAddr::from([9, 9, 9, i]))).len(), MOST);
        assert!(addresses().into_iter().all(offerable));
    }
}
