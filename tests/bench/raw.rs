//! A stream with nothing around it: what is written goes out, and what comes is searched for words.

use std::sync::Arc;

use base64::Engine as _;
use harness::{Context as _, Prosody, Result, bail};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// A signed-in stream.
pub struct Raw {
    stream: TlsStream<TcpStream>,
    buffer: Vec<u8>,
    /// That came.
    pub bytes: usize,
}

impl Raw {
    pub async fn send(&mut self, text: &str) -> Result<()> {
        self.stream.write_all(text.as_bytes()).await?;
        self.stream.flush().await?;
        Ok(())
    }

    /// Reads until `end` has come; answers everything before and with it.
    pub async fn until(&mut self, end: &str) -> Result<Vec<u8>> {
        let mut searched = 0;
        loop {
            let window = &self.buffer[searched..];
            if let Some(at) = window.windows(end.len()).position(|w| w == end.as_bytes()) {
                let rest = self.buffer.split_off(searched + at + end.len());
                return Ok(std::mem::replace(&mut self.buffer, rest));
            }
            searched = self.buffer.len().saturating_sub(end.len());
            let mut chunk = [0; 65536];
            let count = self.stream.read(&mut chunk).await?;
            if count == 0 {
                bail!("the server closed: {}", String::from_utf8_lossy(&self.buffer));
            }
            self.bytes += count;
            self.buffer.extend_from_slice(&chunk[..count]);
        }
    }
}

/// Over TLS from the first byte.
pub async fn sign_in(server: &Prosody, user: &str, password: &str) -> Result<Raw> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(server.certificate.ca_pem.as_bytes())?)?;
    let config = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = TcpStream::connect(("127.0.0.1", server.direct_tls_port)).await?;
    let name = ServerName::try_from(server.domain)?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.context("TLS")?;
    let mut raw = Raw { stream, buffer: Vec::new(), bytes: 0 };
    let open = format!(
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='{}' version='1.0'>",
        server.domain
    );
    raw.send(&open).await?;
    raw.until("</stream:features>").await?;
    let plain = base64::engine::general_purpose::STANDARD.encode(format!("\0{user}\0{password}"));
    raw.send(&format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>")).await?;
    raw.until("<success").await?;
    raw.until(">").await?;
    raw.send(&open).await?;
    raw.until("</stream:features>").await?;
    raw.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>").await?;
    raw.until("</iq>").await?;
    Ok(raw)
}
