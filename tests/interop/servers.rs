//! The servers every capability is shown on, by the same test.

use harness::{At, Ejabberd, Prosody, Result, Slix, Version, slix::Login};

/// A server with accounts of this test's own.
pub enum Server {
    Prosody(Box<Prosody>),
    Ejabberd(&'static Ejabberd),
}

impl Server {
    /// All three: Prosody 13 (SASL2, Bind 2), Prosody 0.12 (classic SASL), ejabberd.
    pub async fn all() -> Result<Vec<Self>> {
        let mut servers = Vec::new();
        for version in Version::ALL {
            servers.push(Self::Prosody(Box::new(Prosody::builder().version(version).start().await?)));
        }
        servers.push(Self::Ejabberd(Ejabberd::shared().await?));
        Ok(servers)
    }

    /// Makes an account; its password is `pw-` and the name.
    pub async fn account(&self, user: &str) -> Result<At> {
        match self {
            Self::Prosody(server) => {
                server.register(user, &format!("pw-{user}"))?;
                At::prosody(server, user)
            }
            Self::Ejabberd(server) => {
                server.register(user, &format!("pw-{user}")).await?;
                At::ejabberd(server, user)
            }
        }
    }

    /// The independent peer, signed in to an account made before.
    pub async fn slix(&self, at: &At, resource: &str) -> Result<Slix> {
        let user = at.jid.split('@').next().unwrap_or_default();
        let login = match self {
            Self::Prosody(server) => Login::prosody(server, user, &at.password),
            Self::Ejabberd(server) => Login::ejabberd(server, user, &at.password),
        };
        login.resource(resource).start().await
    }

    pub fn direct_tls_port(&self) -> u16 {
        match self {
            Self::Prosody(server) => server.direct_tls_port,
            Self::Ejabberd(server) => server.direct_tls_port,
        }
    }

    /// The certificate of its authority, as PEM.
    pub fn ca(&self) -> Result<Vec<u8>> {
        Ok(std::fs::read(match self {
            Self::Prosody(server) => &server.certificate.ca,
            Self::Ejabberd(server) => &server.certificate.ca,
        })?)
    }

    pub fn name(&self) -> String {
        match self {
            Self::Prosody(server) => format!("{:?}", server.version),
            Self::Ejabberd(_) => "ejabberd".into(),
        }
    }
}
