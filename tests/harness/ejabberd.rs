//! ejabberd: the second server, one for all tests of a process, because it needs seconds to start.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::OnceCell,
};

use crate::{
    Certificate, DOMAIN, Leaf, Names, Tls,
    child::{self, Child},
    paths::{self, Folder},
    ports, stream, tls,
};

const TEMPLATE: &str = include_str!("servers/ejabberd.yml");
const CAPTCHA: &str = include_str!("servers/captcha.sh");

/// How a server is to be. Every method adds to what the template has.
#[derive(Default)]
pub struct Builder {
    leaf: Leaf,
    domain: Option<&'static str>,
    not_tls: &'static str,
    options: String,
    listeners: String,
    names: Option<SocketAddr>,
    upload_limit: Option<u64>,
    uploads_at: Option<String>,
    proxy65: Option<SocketAddr>,
}

impl Builder {
    /// The certificate it shows; the good one unless said otherwise.
    pub fn certificate(mut self, leaf: Leaf) -> Self {
        self.leaf = leaf;
        self
    }

    /// What it serves instead of example.test.
    pub fn domain(mut self, domain: &'static str) -> Self {
        self.domain = Some(domain);
        self
    }

    /// Speaks no other version of TLS.
    pub fn only(mut self, tls: Tls) -> Self {
        self.not_tls = if tls == Tls::V1_2 { ", no_tlsv1_3" } else { ", no_tlsv1_2" };
        self
    }

    /// A line of YAML for the top level.
    pub fn option(mut self, yaml: &str) -> Self {
        self.options.push_str(yaml);
        self.options.push('\n');
        self
    }

    /// One more listener, as YAML in one line.
    pub fn listener(mut self, yaml: &str) -> Self {
        self.listeners.push_str(&format!("  - {yaml}\n"));
        self
    }

    /// Whom it asks for names, instead of the system's name servers.
    pub fn names(mut self, names: &Names) -> Self {
        self.names = Some(names.address);
        self
    }

    /// Takes no file larger than this; 2 GiB unless said otherwise. Of quotas it has none that refuses anything.
    pub fn upload_limit(mut self, bytes: u64) -> Self {
        self.upload_limit = Some(bytes);
        self
    }

    /// Says that files are put and found below this address, which is somebody else's:
    /// [`HttpServer::url`](crate::HttpServer::url).
    pub fn uploads_at(mut self, url: &str) -> Self {
        self.uploads_at = Some(url.trim_end_matches('/').to_owned());
        self
    }

    /// Where its proxy for bytestreams (XEP-0065) listens, which is what it tells.
    pub fn proxy65(mut self, at: SocketAddr) -> Self {
        self.proxy65 = Some(at);
        self
    }

    /// Starts it and waits until a stream's features arrive.
    pub async fn start(self) -> Result<Ejabberd> {
        Ejabberd::launch(self).await
    }

    /// Erlang looks names up where its own file says; the system's is turned off first, as that forgets all others.
    fn inetrc(&self, dir: &Path) -> Result<Vec<String>> {
        let Some(names) = self.names else { return Ok(Vec::new()) };
        let file = dir.join("inetrc");
        fs::write(&file, format!("{{resolv_conf, \"\"}}.\n{{nameserver, {{127,0,0,1}}, {}}}.\n", names.port()))?;
        Ok(vec!["-kernel".into(), "inetrc".into(), format!("\"{}\"", file.display())])
    }
}

/// A running ejabberd on loopback. In-band registration asks for a CAPTCHA; people are found at `vjud.example.test`.
pub struct Ejabberd {
    /// STARTTLS.
    pub c2s_port: u16,
    /// TLS from the first byte (XEP-0368).
    pub direct_tls_port: u16,
    /// External components: `ext.example.test`, secret `compsecret`.
    pub component_port: u16,
    /// Uploads, CAPTCHA pictures, web registration; the name in it is `localhost`.
    pub https_port: u16,
    /// STUN and TURN over UDP, offered through XEP-0215.
    pub stun_port: u16,
    /// Bytestreams are passed on here (XEP-0065).
    pub proxy65_port: u16,
    pub domain: &'static str,
    pub certificate: Certificate,
    pub dir: PathBuf,
    api_port: u16,
    child: Child,
    _folder: Folder,
}

impl Ejabberd {
    /// The one every test of this process uses; each test registers accounts of its own.
    pub async fn shared() -> Result<&'static Self> {
        static SHARED: OnceCell<Ejabberd> = OnceCell::const_new();
        SHARED.get_or_try_init(|| Self::builder().start()).await
    }

    /// One of a test's own.
    pub fn builder() -> Builder {
        Builder::default()
    }

    async fn launch(how: Builder) -> Result<Self> {
        let domain = how.domain.unwrap_or(DOMAIN);
        let program = paths::server("ejabberd/erl", "ejabberd")?;
        let folder = Folder::new("ejabberd")?;
        let dir = folder.path().to_path_buf();
        let certificate = tls::certificate(&dir.join("tls"), how.leaf, domain)?;
        for name in ["spool", "log", "upload"] {
            fs::create_dir_all(dir.join(name))?;
        }
        let captcha = dir.join("captcha.sh");
        fs::write(&captcha, CAPTCHA)?;
        fs::set_permissions(&captcha, fs::Permissions::from_mode(0o755))?;

        let [c2s_port, direct_tls_port, component_port, https_port, stun_port, api_port, free] =
            std::array::from_fn(|_| ports::free());
        let proxy65 = how.proxy65.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, free).into());
        let mut text = TEMPLATE.replace("example.test", domain);
        for (word, port) in [
            ("@C2S@", c2s_port),
            ("@DIRECT@", direct_tls_port),
            ("@COMPONENT@", component_port),
            ("@HTTPS@", https_port),
            ("@STUN@", stun_port),
            ("@API@", api_port),
            ("@PROXY65@", proxy65.port()),
        ] {
            text = text.replace(word, &port.to_string());
        }
        let path = dir.to_string_lossy();
        let uploads_at = how.uploads_at.clone().unwrap_or_else(|| format!("https://localhost:{https_port}/upload"));
        let text = text.replace("@PROXY_ADDRESS@", &proxy65.ip().to_string()).replace("@UPLOADS@", &uploads_at);
        let text = text.replace("@UPLOAD_LIMIT@", &how.upload_limit.unwrap_or(2 << 30).to_string());
        let text = text.replace("@TLS@", &format!("{path}/tls")).replace("@DIR@", &path);
        let text = text.replace("@NOT_TLS@", how.not_tls);
        let text = text.replace("@OPTIONS@", &how.options).replace("@LISTEN@\n", &how.listeners);
        fs::write(dir.join("ejabberd.yml"), text)?;

        let mut command = child::command(&program);
        let output = fs::File::create(dir.join("output.log"))?;
        command
            .args(["-noinput", "+K", "true", "-mnesia", "dir"])
            .arg(format!("\"{path}/spool\""))
            .args(how.inetrc(&dir)?)
            .args(["-s", "ejabberd"])
            .env("EJABBERD_CONFIG_PATH", dir.join("ejabberd.yml"))
            .env("EJABBERD_LOG_PATH", dir.join("log/ejabberd.log"))
            .env("ERL_CRASH_DUMP", dir.join("log/crash.dump"))
            .env("HOME", &dir)
            .current_dir(&dir)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let mut server = Self {
            c2s_port,
            direct_tls_port,
            component_port,
            https_port,
            stun_port,
            proxy65_port: proxy65.port(),
            domain,
            certificate,
            dir,
            api_port,
            child: Child::spawn("ejabberd", command)?,
            _folder: folder,
        };
        server.answers().await?;
        Ok(server)
    }

    async fn answers(&mut self) -> Result<()> {
        let start = std::time::Instant::now();
        while let Err(why) = stream::features(self.c2s_port, self.domain).await {
            if let Some(status) = self.child.ended() {
                bail!("ejabberd ended while starting ({status}):\n{}", self.log());
            }
            if start.elapsed() > Duration::from_secs(90) {
                bail!("ejabberd does not answer after 90 s ({why}):\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// `user@example.test`.
    pub fn jid(&self, user: &str) -> String {
        format!("{user}@{}", self.domain)
    }

    /// Whom to ask where a file may be put.
    pub fn upload_service(&self) -> String {
        format!("upload.{}", self.domain)
    }

    /// Whom to ask where bytestreams are passed on.
    pub fn proxy65_service(&self) -> String {
        format!("proxy.{}", self.domain)
    }

    /// Makes an account.
    pub async fn register(&self, user: &str, password: &str) -> Result<()> {
        self.api("register", &json!({ "user": user, "host": self.domain, "password": password })).await.map(drop)
    }

    /// Calls an administration command over ejabberd's HTTP API: `api("kick_user", {"user": …, "host": …})`.
    pub async fn api(&self, command: &str, arguments: &Value) -> Result<Value> {
        let body = arguments.to_string();
        let request = format!(
            "POST /api/{command} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut socket = TcpStream::connect(("127.0.0.1", self.api_port)).await?;
        socket.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await?;
        let (head, content) = answer.split_once("\r\n\r\n").context("ejabberd's HTTP API gave no whole answer")?;
        let status = head.lines().next().unwrap_or_default();
        ensure!(status.contains(" 200 "), "ejabberd refused {command}: {status} {content}");
        Ok(serde_json::from_str(content.trim()).unwrap_or(Value::Null))
    }

    pub fn freeze(&self) {
        self.child.freeze();
    }

    pub fn thaw(&self) {
        self.child.thaw();
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        ["log/ejabberd.log", "output.log"]
            .map(|name| fs::read_to_string(self.dir.join(name)).unwrap_or_default())
            .concat()
    }
}
