//! Certificates: one authority made for the run, and leaves with the faults a client must notice.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

/// The one version of TLS that a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    V1_2,
    V1_3,
}

/// What the server shows of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaf {
    /// For the server's domain, what is below it, localhost and 127.0.0.1, by the run's authority.
    #[default]
    Good,
    /// As good as the good one until yesterday.
    Expired,
    /// The right names, vouched for by itself only.
    SelfSigned,
    /// By the authority, for elsewhere.test.
    WrongName,
}

/// A leaf and its key, as files and in memory.
#[derive(Clone)]
pub struct Certificate {
    /// The authority, PEM.
    pub ca: PathBuf,
    pub ca_pem: String,
    /// The leaf, then the authority that signed it (alone when self-signed), PEM.
    pub chain: PathBuf,
    pub key: PathBuf,
    /// Both in one file, as ejabberd wants it.
    pub combined: PathBuf,
    /// SHA-256 of the leaf: 32 uppercase hexadecimal pairs with colons.
    pub fingerprint: String,
    ders: Vec<Vec<u8>>,
    key_der: Vec<u8>,
}

struct Authority {
    pem: String,
    der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

fn authority() -> Result<&'static Authority> {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    if let Some(authority) = AUTHORITY.get() {
        return Ok(authority);
    }
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Waxwing's tests");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = around_now();
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    let made = Authority { pem: certificate.pem(), der: certificate.der().to_vec(), issuer: Issuer::new(params, key) };
    Ok(AUTHORITY.get_or_init(|| made))
}

fn around_now() -> (OffsetDateTime, OffsetDateTime) {
    let now = OffsetDateTime::now_utc();
    (now - Duration::days(30), now + Duration::days(30))
}

/// Makes a leaf and writes `ca.crt`, `srv.crt`, `srv.key` and `srv.pem` into `folder`.
pub fn certificate(folder: &Path, leaf: Leaf, domain: &str) -> Result<Certificate> {
    let authority = authority()?;
    let names = match leaf {
        Leaf::WrongName => vec!["elsewhere.test".to_owned()],
        _ => vec![domain.to_owned(), format!("*.{domain}"), "localhost".to_owned(), "127.0.0.1".to_owned()],
    };
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, format!("{leaf:?} leaf"));
    // servers are each other's clients, too
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    (params.not_before, params.not_after) = around_now();
    if leaf == Leaf::Expired {
        params.not_after = OffsetDateTime::now_utc() - Duration::days(1);
    }
    let key = KeyPair::generate()?;
    let (made, above) = match leaf {
        Leaf::SelfSigned => (params.self_signed(&key)?, None),
        _ => (params.signed_by(&key, &authority.issuer)?, Some(authority)),
    };
    let chain_pem = made.pem() + above.map_or("", |authority| authority.pem.as_str());

    fs::create_dir_all(folder)?;
    let file = |name: &str, text: &str| -> Result<PathBuf> {
        let path = folder.join(name);
        fs::write(&path, text)?;
        Ok(path)
    };
    Ok(Certificate {
        ca: file("ca.crt", &authority.pem)?,
        ca_pem: authority.pem.clone(),
        chain: file("srv.crt", &chain_pem)?,
        key: file("srv.key", &key.serialize_pem())?,
        combined: file("srv.pem", &(key.serialize_pem() + &chain_pem))?,
        fingerprint: fingerprint(made.der()),
        ders: [Some(made.der().to_vec()), above.map(|authority| authority.der.clone())].into_iter().flatten().collect(),
        key_der: key.serialize_der(),
    })
}

/// SHA-256 as people compare it: `AB:CD:…`.
pub fn fingerprint(der: &[u8]) -> String {
    Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

impl Certificate {
    /// What a client needs that trusts the run's authority and nobody else.
    pub fn client_config(&self) -> Result<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.ders.iter().skip(1).map(|der| CertificateDer::from(der.clone())));
        Ok(ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth())
    }

    /// What a server of ours, rather than one of the real ones, needs to show this certificate.
    pub fn server_config(&self) -> Result<ServerConfig> {
        let chain = self.ders.iter().map(|der| CertificateDer::from(der.clone())).collect();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key_der.clone()));
        let mut config = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"xmpp-client".to_vec()];
        Ok(config)
    }
}
