//! Certificates as a person can judge them, and the verifier that records what it refused.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// The first thing wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `not_after` has passed.
    Expired,
    /// `not_before` has not come.
    NotYetValid,
    /// Not for the domain of the account (RFC 6120 §13.7.2).
    WrongName,
    /// Signed by nobody the system trusts.
    UnknownIssuer,
    /// Signed by itself.
    SelfSigned,
    /// Withdrawn by its issuer.
    Revoked,
    /// Not the pinned one.
    PinMismatch,
    /// Malformed, or weak.
    Unusable,
}

/// A server certificate.
#[derive(Debug, Clone)]
pub struct Certificate {
    pub fault: Fault,
    /// The name asked for.
    pub host: String,
    /// See [`fingerprint`].
    pub fingerprint: String,
    pub subject: String,
    pub issuer: String,
    /// DNS names and addresses it is valid for.
    pub names: Vec<String>,
    /// Seconds since 1970.
    pub not_before: i64,
    /// Seconds since 1970.
    pub not_after: i64,
}

/// SHA-256 of the DER, as upper-case hex in pairs with colons.
pub fn fingerprint(der: &[u8]) -> String {
    let mut out = String::with_capacity(95);
    for (i, byte) in Sha256::digest(der).iter().enumerate() {
        let _ = write!(out, "{}{byte:02X}", if i == 0 { "" } else { ":" });
    }
    out
}

impl Certificate {
    fn read(der: &[u8], host: &str, error: &CertificateError) -> Self {
        let mut certificate = Self {
            fault: Fault::Unusable,
            host: host.to_owned(),
            fingerprint: fingerprint(der),
            subject: String::new(),
            issuer: String::new(),
            names: Vec::new(),
            not_before: 0,
            not_after: 0,
        };
        if let Ok((_, x509)) = X509Certificate::from_der(der) {
            certificate.subject = x509.subject().to_string();
            certificate.issuer = x509.issuer().to_string();
            certificate.not_before = x509.validity().not_before.timestamp();
            certificate.not_after = x509.validity().not_after.timestamp();
            if let Ok(Some(san)) = x509.subject_alternative_name() {
                certificate.names = san.value.general_names.iter().filter_map(name).collect();
            }
        }
        let self_signed = !certificate.subject.is_empty() && certificate.subject == certificate.issuer;
        certificate.fault = match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Fault::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Fault::NotYetValid,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Fault::WrongName,
            CertificateError::Revoked => Fault::Revoked,
            _ if self_signed => Fault::SelfSigned,
            CertificateError::UnknownIssuer => Fault::UnknownIssuer,
            _ => Fault::Unusable,
        };
        certificate
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match <[u8; 4]>::try_from(*bytes) {
            Ok(v4) => Some(std::net::Ipv4Addr::from(v4).to_string()),
            Err(_) => <[u8; 16]>::try_from(*bytes).ok().map(|v6| std::net::Ipv6Addr::from(v6).to_string()),
        },
        _ => None,
    }
}

/// The system's verifier, with the account's pin, remembering what it refused.
#[derive(Debug)]
pub(crate) struct Verifier {
    /// `None` where the system has no trust store: nothing is trusted then, only pins.
    system: Option<Arc<dyn ServerCertVerifier>>,
    provider: Arc<rustls::crypto::CryptoProvider>,
    host: String,
    pin: Option<String>,
    refused: Mutex<Option<Certificate>>,
}

impl Verifier {
    pub(crate) fn new(
        system: Option<Arc<dyn ServerCertVerifier>>,
        provider: Arc<rustls::crypto::CryptoProvider>,
        host: &str,
        pin: Option<String>,
    ) -> Self {
        Self { system, provider, host: host.to_owned(), pin, refused: Mutex::new(None) }
    }

    /// The certificate that was refused, if one was.
    pub(crate) fn refused(&self) -> Option<Certificate> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.pin.as_ref().is_some_and(|pin| *pin == fingerprint(end_entity)) {
            return Ok(ServerCertVerified::assertion());
        }
        let verified = match &self.system {
            Some(system) => system.verify_server_cert(end_entity, intermediates, server_name, ocsp, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        verified.inspect_err(|error| {
            let error = match error {
                rustls::Error::InvalidCertificate(error) => error.clone(),
                _ => CertificateError::BadEncoding,
            };
            let mut certificate = Certificate::read(end_entity, &self.host, &error);
            if self.pin.is_some() {
                certificate.fault = Fault::PinMismatch;
            }
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(certificate);
        })
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
