//! Whom the account trusts: the system's issuers, those it was given, and the certificates that the person accepted.

use std::fmt::Write as _;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};

use crate::error::Error;

/// A certificate to accept from one host, whatever else is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Name in ASCII or address.
    pub host: String,
    /// SHA-256 of the DER, as upper-case hex in pairs with colons.
    pub fingerprint: String,
}

/// Who is trusted, and by whom that is decided. Making one reads the system's certificates.
pub(super) struct Trusted {
    /// `None` where the system has no trust store: only pins are trusted then.
    system: Option<Arc<dyn ServerCertVerifier>>,
    provider: Arc<CryptoProvider>,
    pins: Vec<Pin>,
}

impl Trusted {
    pub(super) fn new(extra_roots: &[Vec<u8>], pins: &[Pin]) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = extra_roots.iter().map(|der| CertificateDer::from(der.clone()));
        let system: Option<Arc<dyn ServerCertVerifier>> =
            match rustls_platform_verifier::Verifier::new_with_extra_roots(roots, provider.clone()) {
                Ok(verifier) => Some(Arc::new(verifier)),
                Err(error) => {
                    tracing::warn!(%error, "the system has no usable trust store");
                    None
                }
            };
        Self { system, provider, pins: pins.to_vec() }
    }

    /// How to speak with the services that the account's own server names, or with anybody. A service of a server whose
    /// certificate was accepted may show that one by whatever name it has: the server named it, and only the server has the key.
    pub(super) fn config(&self, services: bool) -> Result<ClientConfig, Error> {
        Ok(ClientConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Tls { host: String::new(), reason: error.to_string() })?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(self.verifier(services)))
            .with_no_client_auth())
    }

    fn verifier(&self, services: bool) -> Pinned {
        let Self { system, provider, pins } = self;
        Pinned { system: system.clone(), provider: provider.clone(), pins: pins.clone(), services }
    }
}

/// The system's verifier, and the pins.
#[derive(Debug)]
struct Pinned {
    system: Option<Arc<dyn ServerCertVerifier>>,
    provider: Arc<CryptoProvider>,
    pins: Vec<Pin>,
    /// Pins hold whatever the host is called.
    services: bool,
}

/// As in [`Pin`].
pub(super) fn fingerprint(der: &[u8]) -> String {
    let mut out = String::with_capacity(95);
    for (i, byte) in ring::digest::digest(&ring::digest::SHA256, der).as_ref().iter().enumerate() {
        let _ = write!(out, "{}{byte:02X}", if i == 0 { "" } else { ":" });
    }
    out
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let host = server_name.to_str();
        let mut pins = self.pins.iter().filter(|pin| self.services || pin.host.eq_ignore_ascii_case(&host)).peekable();
        if pins.peek().is_some() {
            let found = fingerprint(end_entity);
            if pins.any(|pin| pin.fingerprint == found) {
                return Ok(ServerCertVerified::assertion());
            }
        }
        match &self.system {
            Some(system) => system.verify_server_cert(end_entity, intermediates, server_name, ocsp, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accepted_certificate_counts_for_its_host_and_for_services_alone() {
        let certificate = rcgen::generate_simple_self_signed(vec!["server.example".to_owned()]).unwrap();
        let der = certificate.cert.der();
        let trusted = Trusted::new(&[], &[Pin { host: "server.example".into(), fingerprint: fingerprint(der) }]);
        let accepts = |services: bool, host: &'static str| {
            let name = ServerName::try_from(host).unwrap();
            trusted.verifier(services).verify_server_cert(der, &[], &name, &[], UnixTime::now()).is_ok()
        };
        assert!(accepts(false, "server.example") && accepts(true, "server.example"));
        assert!(accepts(true, "upload.example"));
        assert!(!accepts(false, "upload.example"), "it would count for anybody's links");
    }
}
