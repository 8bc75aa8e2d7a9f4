//! The SOCKS5 proxy of an account, such as Tor's: everything goes through it, and names are looked up behind it.

/// Where the proxy listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Name or address.
    pub host: String,
    pub port: u16,
}

impl std::fmt::Display for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bracket = self.host.contains(':');
        let (open, close) = if bracket { ("[", "]") } else { ("", "") };
        write!(f, "{open}{}{close}:{}", self.host, self.port)
    }
}
