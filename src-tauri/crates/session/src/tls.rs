//! TLS (RFC 7590, XEP-0368), and the channel binding data it yields (RFC 9266, RFC 5929).

use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ProtocolVersion};
use rustls_platform_verifier::Verifier as PlatformVerifier;
use sha2::{Digest, Sha256, Sha384, Sha512};
use tokio_rustls::{TlsConnector, client::TlsStream};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::certificate::{Verifier, fingerprint};
use crate::error::Error;
use crate::wire::Transport;

/// Whom to trust besides what the person pinned.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// CA certificates (DER) added to the system's.
    pub extra_roots: Vec<Vec<u8>>,
    /// Fingerprint of a certificate to accept whatever else is wrong with it.
    pub pin: Option<String>,
}

/// What the handshake agreed on.
#[derive(Debug, Clone)]
pub struct TlsInfo {
    /// `TLS 1.3` or `TLS 1.2`.
    pub version: &'static str,
    pub cipher: String,
    /// Of the server's certificate.
    pub fingerprint: String,
    /// `tls-exporter` data; TLS 1.3 only, because 1.2 would need the extended master secret (RFC 9266 §4.2).
    pub exporter: Option<Vec<u8>>,
    /// `tls-server-end-point` data, where the certificate's signature algorithm defines it (RFC 5929 §4.1).
    pub end_point: Option<Vec<u8>>,
}

impl TlsInfo {
    /// The version as TLS itself numbers it, in hexadecimal.
    pub(crate) fn number(&self) -> &'static str {
        if self.version == "TLS 1.3" { "0304" } else { "0303" }
    }
}

/// Performs the handshake for the account's `domain`, which is also the name the certificate must have.
///
/// # Errors
/// [`Error::Certificate`] with what the server showed, [`Error::Tls`] otherwise.
pub async fn handshake(
    transport: Box<dyn Transport>,
    domain: &str,
    direct: bool,
    trust: &Trust,
) -> Result<(TlsStream<Box<dyn Transport>>, TlsInfo), Error> {
    let ascii = idna::domain_to_ascii(domain).map_err(|_| Error::HostNotFound(domain.to_owned()))?;
    let name = ServerName::try_from(ascii).map_err(|_| Error::HostNotFound(domain.to_owned()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        Arc::new(Verifier::new(system_verifier(trust, &provider), provider.clone(), domain, trust.pin.clone()));
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Tls(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier.clone())
        .with_no_client_auth();
    if direct {
        config.alpn_protocols = vec![b"xmpp-client".to_vec()];
    }
    match TlsConnector::from(Arc::new(config)).connect(name, transport).await {
        Ok(stream) => {
            let info = info(&stream)?;
            Ok((stream, info))
        }
        Err(error) => Err(match verifier.refused() {
            Some(certificate) => Error::Certificate(Box::new(certificate)),
            None => Error::Tls(error.to_string()),
        }),
    }
}

fn system_verifier(
    trust: &Trust,
    provider: &Arc<rustls::crypto::CryptoProvider>,
) -> Option<Arc<dyn rustls::client::danger::ServerCertVerifier>> {
    let roots = trust.extra_roots.iter().map(|der| CertificateDer::from(der.clone()));
    match PlatformVerifier::new_with_extra_roots(roots, provider.clone()) {
        Ok(verifier) => Some(Arc::new(verifier)),
        Err(error) => {
            tracing::warn!(%error, "the system has no usable trust store");
            None
        }
    }
}

/// For streams to others that the account trusts as it trusts its server's issuers: each has to prove its name.
///
/// # Errors
/// [`Error::Tls`]: the system has no usable trust store.
pub fn client_config(trust: &Trust) -> Result<Arc<ClientConfig>, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        system_verifier(trust, &provider).ok_or_else(|| Error::Tls("the system has no usable trust store".into()))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Tls(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// The certificates of a PEM file, as DER; what is no certificate is left out.
pub fn pem_certificates(pem: &[u8]) -> Vec<Vec<u8>> {
    use rustls::pki_types::pem::PemObject as _;
    CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).map(|der| der.to_vec()).collect()
}

fn info(stream: &TlsStream<Box<dyn Transport>>) -> Result<TlsInfo, Error> {
    let (_, connection) = stream.get_ref();
    let certificate = connection
        .peer_certificates()
        .and_then(|chain| chain.first())
        .ok_or_else(|| Error::Tls("the server showed no certificate".into()))?;
    let tls13 = connection.protocol_version() == Some(ProtocolVersion::TLSv1_3);
    let exporter = tls13
        .then(|| connection.export_keying_material([0_u8; 32], b"EXPORTER-Channel-Binding", None).ok())
        .flatten()
        .map(Vec::from);
    Ok(TlsInfo {
        version: if tls13 { "TLS 1.3" } else { "TLS 1.2" },
        cipher: connection
            .negotiated_cipher_suite()
            .map(|suite| format!("{:?}", suite.suite()))
            .unwrap_or_default()
            .trim_start_matches("TLS13_")
            .to_owned(),
        fingerprint: fingerprint(certificate),
        exporter,
        end_point: end_point(certificate),
    })
}

/// RFC 5929 §4.1: the hash of the certificate's signature algorithm, SHA-256 in place of MD5 and SHA-1.
fn end_point(der: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    match certificate.signature_algorithm.algorithm.to_id_string().as_str() {
        // MD5, SHA-1 and SHA-256, each with RSA; ECDSA with SHA-1 and SHA-256
        "1.2.840.113549.1.1.4"
        | "1.2.840.113549.1.1.5"
        | "1.2.840.113549.1.1.11"
        | "1.2.840.10045.4.1"
        | "1.2.840.10045.4.3.2" => Some(Sha256::digest(der).to_vec()),
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => Some(Sha384::digest(der).to_vec()),
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => Some(Sha512::digest(der).to_vec()),
        _ => None,
    }
}
