//! The first words of a stream: how the harness knows that a server really answers.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, bail};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use crate::namespace;

const PATIENCE: Duration = Duration::from_secs(2);

/// Opens a stream in the clear and reads until its features have arrived. The port alone says little: Prosody listens
/// before its hosts answer.
pub async fn features(port: u16, domain: &str) -> Result<String> {
    timeout(PATIENCE, async { talk(TcpStream::connect(("127.0.0.1", port)).await?, domain).await }).await?
}

/// The same in a network of a test's own.
pub async fn features_inside(network: &str, port: u16, domain: &str) -> Result<String> {
    timeout(PATIENCE, talk(namespace::connect(network, "127.0.0.1", port)?, domain)).await?
}

/// The same on a port with TLS from the first byte, where a server offers the rest.
pub async fn secure_features(port: u16, domain: &str, ca_pem: &str) -> Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes())?)?;
    let config = ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(domain.to_owned())?;
    let talk = async {
        let socket = TcpStream::connect(("127.0.0.1", port)).await?;
        talk(TlsConnector::from(Arc::new(config)).connect(name, socket).await?, domain).await
    };
    timeout(PATIENCE, talk).await?
}

async fn talk(mut wire: impl AsyncRead + AsyncWrite + Unpin, domain: &str) -> Result<String> {
    let opening = format!(
        "<?xml version='1.0'?><stream:stream to='{domain}' version='1.0' xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams'>"
    );
    wire.write_all(opening.as_bytes()).await?;
    wire.flush().await?;
    let mut heard = String::new();
    let mut buffer = [0; 4096];
    while !heard.contains("</stream:features>") {
        match wire.read(&mut buffer).await? {
            0 => bail!("the server closed after: {heard}"),
            count => heard.push_str(&String::from_utf8_lossy(&buffer[..count])),
        }
    }
    let _ = wire.write_all(b"</stream:stream>").await;
    Ok(heard)
}
