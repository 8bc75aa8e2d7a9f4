//! A SOCKS5 proxy (RFC 1928) on the way to the server, such as Tor's. It looks up the server's name itself, so that nobody
//! else hears of it; SRV records cannot be asked for that way.

use tokio::net::TcpStream;
use tokio_socks::tcp::Socks5Stream;

use crate::dns::Target;
use crate::error::Error;

/// Where the proxy listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Name or address.
    pub host: String,
    pub port: u16,
}

/// How the server is reached, where the person chose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// Instead of DNS.
    pub endpoint: Option<Target>,
    pub proxy: Option<Proxy>,
}

/// The name lives in Tor and nowhere else (RFC 7686).
pub(crate) fn is_onion(host: &str) -> bool {
    host.trim_end_matches('.').to_ascii_lowercase().ends_with(".onion")
}

/// Where a server is looked for behind a proxy: the usual ports of the domain itself.
pub(crate) fn targets(domain: &str) -> Vec<Target> {
    let target = |port, direct_tls| Target { host: domain.to_owned(), port, direct_tls };
    vec![target(5222, false), target(5223, true)]
}

/// Connects to a place through the proxy.
pub(crate) async fn connect(proxy: &Proxy, target: &Target) -> Result<TcpStream, Error> {
    let failed = |reason: String| Error::Proxy { proxy: format!("{}:{}", proxy.host, proxy.port), reason };
    let tcp = TcpStream::connect((proxy.host.as_str(), proxy.port)).await.map_err(|error| failed(error.to_string()))?;
    let endpoint = || format!("{}:{}", target.host, target.port);
    match Socks5Stream::connect_with_socket(tcp, (target.host.as_str(), target.port)).await {
        Ok(stream) => Ok(stream.into_inner()),
        Err(
            error @ (tokio_socks::Error::HostUnreachable
            | tokio_socks::Error::NetworkUnreachable
            | tokio_socks::Error::ConnectionRefused
            | tokio_socks::Error::TtlExpired),
        ) => Err(Error::Unreachable { endpoint: endpoint(), reason: error.to_string() }),
        Err(error) => Err(failed(error.to_string())),
    }
}
