//! coturn, over UDP, TCP and TLS on loopback or in a network of a test's own (RFC 8656).

use std::{fs, process::Stdio};

use anyhow::Result;

use crate::{
    DOMAIN, Namespace,
    child::Child,
    namespace,
    paths::{self, Folder},
    ports,
    tls::{self, Certificate, Leaf},
    wait::until,
};

/// A relay. Dropping it ends it.
pub struct Turn {
    /// UDP and TCP.
    pub port: u16,
    pub tls_port: u16,
    /// For `localhost`, and what is below the servers' domain.
    pub certificate: Certificate,
    _child: Child,
    folder: Folder,
}

/// Who may use the one on loopback.
pub const USER: &str = "romeo";
pub const PASSWORD: &str = "pw-relay";
/// What the public one shares with a server that makes names and passwords for it.
pub const SECRET: &str = "secret123";
/// Where the public one is.
pub const PORT: u16 = 3478;
pub const TLS_PORT: u16 = 5349;

impl Turn {
    pub async fn start() -> Result<Self> {
        let credentials = ["lt-cred-mech".into(), format!("user={USER}:{PASSWORD}"), "allow-loopback-peers".into()];
        Self::launch(None, &["127.0.0.1"], (ports::free(), ports::free()), &credentials).await
    }

    /// At addresses of a network of a test's own, by the usual ports.
    pub async fn public(network: &Namespace, addresses: &[&str]) -> Result<Self> {
        let credentials = ["use-auth-secret".into(), format!("static-auth-secret={SECRET}")];
        Self::launch(Some(network), addresses, (PORT, TLS_PORT), &credentials).await
    }

    async fn launch(
        network: Option<&Namespace>,
        addresses: &[&str],
        (port, tls_port): (u16, u16),
        credentials: &[String],
    ) -> Result<Self> {
        let program = paths::server("coturn/turnserver", "coturn")?;
        let folder = Folder::new("turn")?;
        let dir = folder.path().to_path_buf();
        let certificate = tls::certificate(&dir.join("tls"), Leaf::Good, DOMAIN)?;
        let mut lines = vec![
            format!("listening-port={port}"),
            format!("tls-listening-port={tls_port}"),
            "realm=example.test".into(),
            "no-cli".into(),
            "no-dtls".into(),
            format!("cert={}", certificate.chain.display()),
            format!("pkey={}", certificate.key.display()),
            format!("userdb={}", dir.join("turn.db").display()),
            format!("pidfile={}", dir.join("turn.pid").display()),
            format!("log-file={}", dir.join("turn.log").display()),
            "simple-log".into(),
            "verbose".into(),
        ];
        lines.extend_from_slice(credentials);
        for address in addresses {
            lines.extend([format!("listening-ip={address}"), format!("relay-ip={address}")]);
        }
        let config = dir.join("turn.conf");
        fs::write(&config, lines.join("\n"))?;
        let mut command = namespace::command(network.map(Namespace::name), program);
        command.arg("-c").arg(&config).current_dir(&dir).stdout(Stdio::null()).stderr(Stdio::null());
        let child = Child::spawn("coturn", command)?;
        for port in [port, tls_port] {
            let listens = async || match network {
                Some(network) => network.listens(addresses[0], port).await.then_some(()),
                None => tokio::net::TcpStream::connect((addresses[0], port)).await.ok().map(drop),
            };
            until("coturn to listen", listens).await?;
        }
        Ok(Self { port, tls_port, certificate, _child: child, folder })
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("turn.log")).unwrap_or_default()
    }
}
