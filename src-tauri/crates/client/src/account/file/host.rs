//! Hosts in addresses of files, and when they are told.

use waxwing_contract::Code;

/// The host in an address, with its port: beside a service there may be others that are nobody's business.
pub(super) fn host_of(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match host.rsplit_once(':').filter(|(_, port)| !port.contains(']')) {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (host, 443_u16),
    };
    (!host.is_empty()).then(|| format!("{host}:{port}"))
}

/// What is told with the name of the service.
pub(super) fn is_of_service(code: Code) -> bool {
    matches!(code, Code::ServiceBusy | Code::ServiceFull | Code::ServiceRefused | Code::ServiceSilent)
}

/// The same as it is shown, where it is one that can be: others may have made up the address.
pub(super) fn shown_host(url: &str) -> Option<String> {
    let host = host_of(url)?.to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    let host = host.strip_suffix(":443").unwrap_or(&host);
    (host.len() <= 255 && host.chars().all(plain)).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address() {
        assert_eq!(host_of("https://up.test:5281/a/b").as_deref(), Some("up.test:5281"));
        assert_eq!(host_of("https://u@up.test/a?b:1").as_deref(), Some("up.test:443"));
        assert_eq!(host_of("https://[::1]:5281/a").as_deref(), Some("[::1]:5281"));
        assert_eq!(host_of("https://[::1]/a").as_deref(), Some("[::1]:443"));
        assert_eq!(host_of("https://up.test:x/a"), None);
        assert_eq!(host_of("http://up.test/"), None);
        assert_eq!(shown_host("https://Up.test/a").as_deref(), Some("up.test"));
        assert_eq!(shown_host("https://up.test:5281/a").as_deref(), Some("up.test:5281"));
        assert_eq!(shown_host("https://bank.test\u{202e}/a"), None);
    }
}
