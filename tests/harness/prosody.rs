//! Prosody 13 (SASL2, Bind2, FAST) and 0.12 (classic SASL: the old server), as values.

use std::{collections::BTreeSet, fs, path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Result, bail};

use crate::{
    Certificate, DOMAIN, Leaf, Namespace, Tls,
    child::Child,
    namespace,
    paths::{self, Folder},
    ports, stream, tls,
};

mod configuration;
mod files;
mod transfers;

pub(crate) use files::file_name;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    #[default]
    V13,
    V0_12,
}

impl Version {
    /// Both, for tests that say the same of each.
    pub const ALL: [Self; 2] = [Self::V13, Self::V0_12];

    fn folder(self) -> &'static str {
        match self {
            Self::V13 => "prosody-13",
            Self::V0_12 => "prosody-0.12",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::V13 => "Prosody 13",
            Self::V0_12 => "Prosody 0.12",
        }
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Registration {
    #[default]
    Closed,
    Open,
    Invited,
}

/// How a server is to be. Every method adds to what the template has.
#[derive(Default)]
pub struct Builder {
    version: Version,
    leaf: Leaf,
    without: BTreeSet<String>,
    registration: Registration,
    debug: bool,
    options: String,
    host_options: String,
    components: String,
    modules: Vec<(&'static str, String)>,
    accounts: Vec<(String, String)>,
    inside: Option<String>,
    transfers: transfers::Transfers,
}

impl Builder {
    /// In a network of a test's own, with 127.0.0.1 and what an [`Self::option`] says about `interfaces`.
    pub fn inside(mut self, network: &Namespace) -> Self {
        self.inside = Some(network.name().to_owned());
        self
    }

    pub fn version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// Leaves out modules by Prosody's names, and the components `muc`, `pubsub`, `proxy65`, `upload`.
    pub fn without(mut self, features: &[&str]) -> Self {
        self.without.extend(features.iter().map(|&name| name.to_owned()));
        self
    }

    /// The certificate it shows; the good one unless said otherwise.
    pub fn certificate(mut self, leaf: Leaf) -> Self {
        self.leaf = leaf;
        self
    }

    /// Anyone may make an account (XEP-0077).
    pub fn registration(mut self) -> Self {
        self.registration = Registration::Open;
        self
    }

    /// Who has an invitation may make an account (XEP-0401, XEP-0445).
    pub fn invitations(mut self) -> Self {
        self.registration = Registration::Invited;
        self
    }

    /// Lua for the global section; a later assignment wins over the template's.
    pub fn option(mut self, lua: &str) -> Self {
        self.options.push_str(lua);
        self.options.push('\n');
        self
    }

    /// Speaks no other version of TLS.
    pub fn only(self, tls: Tls) -> Self {
        let protocol = if tls == Tls::V1_2 { "tlsv1_2" } else { "tlsv1_3" };
        let files = r#"key = "tls/srv.key", certificate = "tls/srv.crt""#;
        self.option(&format!("ssl = {{ {files}, protocol = \"{protocol}\" }}"))
    }

    /// Lua for the section of example.test.
    pub fn host_option(mut self, lua: &str) -> Self {
        self.host_options.push_str(lua);
        self.host_options.push('\n');
        self
    }

    /// Whole sections (components, hosts) for the end of the file.
    pub fn component(mut self, lua: &str) -> Self {
        self.components.push_str(lua);
        self.components.push('\n');
        self
    }

    /// A module of a test's own, which example.test has from the start.
    pub fn module(mut self, name: &'static str, lua: String) -> Self {
        self.modules.push((name, lua));
        self
    }

    /// An account that is there from the start.
    pub fn account(mut self, user: &str, password: &str) -> Self {
        self.accounts.push((user.to_owned(), password.to_owned()));
        self
    }

    /// Everything said and heard goes to the log.
    pub fn debug(mut self) -> Self {
        self.debug = true;
        self
    }

    /// Starts it and waits until a stream's features arrive.
    pub async fn start(self) -> Result<Prosody> {
        let program = paths::server(&format!("{}/prosody", self.version.folder()), self.version.name())?;
        let folder = Folder::new(self.version.folder())?;
        let dir = folder.path().to_path_buf();
        fs::create_dir_all(dir.join("data"))?;
        fs::create_dir_all(dir.join("modules"))?;
        let certificate = tls::certificate(&dir.join("tls"), self.leaf, DOMAIN)?;
        let mut server = Prosody {
            c2s_port: ports::free(),
            direct_tls_port: ports::free(),
            component_port: ports::free(),
            http_port: ports::free(),
            https_port: ports::free(),
            proxy65_port: self.transfers.proxy_port.unwrap_or_else(ports::free),
            domain: DOMAIN,
            certificate,
            version: self.version,
            dir,
            program,
            inside: self.inside.clone(),
            child: None,
            _folder: folder,
        };
        fs::write(server.dir.join("prosody.cfg.lua"), self.configuration(&server))?;
        for (name, lua) in &self.modules {
            server.module(name, lua)?;
        }
        for (user, password) in &self.accounts {
            server.register(user, password)?;
        }
        server.launch().await?;
        Ok(server)
    }
}

/// A running Prosody on loopback; dropping it ends it and removes its folder.
pub struct Prosody {
    /// STARTTLS.
    pub c2s_port: u16,
    /// TLS from the first byte (XEP-0368).
    pub direct_tls_port: u16,
    /// External components: `ext.example.test`, secret `compsecret`.
    pub component_port: u16,
    pub http_port: u16,
    /// Uploads; the names in it are `localhost`.
    pub https_port: u16,
    pub proxy65_port: u16,
    pub domain: &'static str,
    pub certificate: Certificate,
    pub version: Version,
    pub dir: PathBuf,
    program: PathBuf,
    inside: Option<String>,
    child: Option<Child>,
    _folder: Folder,
}

impl Prosody {
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// `user@example.test`.
    pub fn jid(&self, user: &str) -> String {
        format!("{user}@{}", self.domain)
    }

    /// Makes or overwrites an account, running or not: one small file, which Prosody hashes at the first login.
    pub fn register(&self, user: &str, password: &str) -> Result<()> {
        let folder = self.store("accounts");
        fs::create_dir_all(&folder)?;
        let quoted = password.replace('\\', "\\\\").replace('"', "\\\"");
        fs::write(folder.join(file_name(user)), format!("return {{ [\"password\"] = \"{quoted}\" }};\n"))?;
        Ok(())
    }

    /// Ends it in order: it closes its streams.
    pub async fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.stop().await;
        }
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        self.child = None;
    }

    /// Starts it again on the same ports with the same data; ends it first (at once) if it still runs.
    pub async fn restart(&mut self) -> Result<()> {
        self.kill();
        self.launch().await
    }

    /// Stops answering while the connections stay open; [`Self::thaw`] ends that.
    pub fn freeze(&self) {
        if let Some(child) = &self.child {
            child.freeze();
        }
    }

    pub fn thaw(&self) {
        if let Some(child) = &self.child {
            child.thaw();
        }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        ["prosody.log", "output.log"].map(|name| fs::read_to_string(self.dir.join(name)).unwrap_or_default()).concat()
    }

    /// The stream features it offers before TLS.
    pub async fn features(&self) -> Result<String> {
        match &self.inside {
            Some(network) => stream::features_inside(network, self.c2s_port, self.domain).await,
            None => stream::features(self.c2s_port, self.domain).await,
        }
    }

    /// The stream features it offers once the stream is secure: mechanisms, registration, SASL2.
    pub async fn secure_features(&self) -> Result<String> {
        stream::secure_features(self.direct_tls_port, self.domain, &self.certificate.ca_pem).await
    }

    async fn launch(&mut self) -> Result<()> {
        let mut command = namespace::command(self.inside.as_deref(), &self.program);
        let output = fs::File::create(self.dir.join("output.log"))?;
        command.arg("--config").arg(self.dir.join("prosody.cfg.lua")).arg("-F");
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).current_dir(&self.dir);
        let name = self.version.name();
        let mut child = Child::spawn(name, command)?;
        let start = std::time::Instant::now();
        loop {
            let heard = self.features().await;
            if heard.is_ok() {
                break;
            }
            if let Some(status) = child.ended() {
                bail!("{name} ended while starting ({status}):\n{}", self.log());
            }
            if start.elapsed() > Duration::from_secs(30) {
                bail!("{name} does not answer after 30 s ({heard:?}):\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.child = Some(child);
        Ok(())
    }
}
