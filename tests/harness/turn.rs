//! coturn, over UDP, TCP and TLS on loopback (RFC 8656).

use std::{fs, process::Stdio};

use anyhow::Result;

use crate::{
    child::{self, Child},
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
    /// For `localhost`.
    pub certificate: Certificate,
    _child: Child,
    _folder: Folder,
}

/// Who may use it.
pub const USER: &str = "romeo";
pub const PASSWORD: &str = "pw-relay";

impl Turn {
    pub async fn start() -> Result<Self> {
        let program = paths::server("coturn/turnserver", "coturn")?;
        let folder = Folder::new("turn")?;
        let dir = folder.path().to_path_buf();
        let certificate = tls::certificate(&dir.join("tls"), Leaf::Good, "localhost")?;
        let (port, tls_port) = (ports::free(), ports::free());
        let lines = [
            "listening-ip=127.0.0.1".into(),
            "relay-ip=127.0.0.1".into(),
            format!("listening-port={port}"),
            format!("tls-listening-port={tls_port}"),
            "lt-cred-mech".into(),
            format!("user={USER}:{PASSWORD}"),
            "realm=example.test".into(),
            "allow-loopback-peers".into(),
            "no-cli".into(),
            "no-dtls".into(),
            format!("cert={}", certificate.chain.display()),
            format!("pkey={}", certificate.key.display()),
            format!("userdb={}", dir.join("turn.db").display()),
            format!("pidfile={}", dir.join("turn.pid").display()),
            format!("log-file={}", dir.join("turn.log").display()),
            "simple-log".into(),
        ];
        let config = dir.join("turn.conf");
        fs::write(&config, lines.join("\n"))?;
        let mut command = child::command(program);
        command.arg("-c").arg(&config).current_dir(&dir).stdout(Stdio::null()).stderr(Stdio::null());
        let child = Child::spawn("coturn", command)?;
        for port in [port, tls_port] {
            let listens = async || tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok();
            until("coturn to listen", listens).await?;
        }
        Ok(Self { port, tls_port, certificate, _child: child, _folder: folder })
    }
}
