//! A web server that takes and gives files, well or as badly as a test says: see [`Reply`].
//!
//! What nobody said anything of works: what was put somewhere is found there afterwards, in ranges too. So it stands in for
//! the uploads of a real server ([`crate::prosody::Builder::uploads_at`]) and goes wrong where a test wants it to.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result, anyhow};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

use crate::{Certificate, DOMAIN, Leaf, paths::Folder, scripted::Wire, tls, wait::until};

mod exchange;
mod reply;
mod request;

pub use reply::Reply;

/// A request, as far as it has come; a later look may show more.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub method: String,
    /// With what follows a question mark.
    pub path: String,
    /// Names in lower case, in their order.
    pub headers: Vec<(String, String)>,
    /// How much of a body has come.
    pub bytes: u64,
    /// Of the body, once it is whole; lowercase hexadecimal.
    pub sha256: Option<String>,
    /// What it was answered with, once it is.
    pub status: Option<u16>,
    /// How many bytes of a body it was given.
    pub given: u64,
    /// The client closed the connection before its answer was whole.
    pub left: bool,
}

impl Seen {
    /// What a header of this name (in lower case) says.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
struct State {
    /// By method and path: what is answered, in turn; the last stays. A path that ends in `*` stands for all that begin so.
    replies: HashMap<(String, String), VecDeque<Reply>>,
    kept: HashMap<String, Kept>,
    seen: Vec<Seen>,
}

/// A file that was put somewhere.
#[derive(Clone)]
struct Kept {
    media_type: String,
    bytes: Arc<[u8]>,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<State>>);

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, at: usize, change: impl FnOnce(&mut Seen)) {
        if let Some(seen) = self.state().seen.get_mut(at) {
            change(seen);
        }
    }
}

/// Dropping it breaks all connections.
pub struct HttpServer {
    pub port: u16,
    scheme: &'static str,
    /// Whom to trust, where it has TLS.
    pub certificate: Certificate,
    shared: Shared,
    task: JoinHandle<()>,
    _folder: Folder,
}

impl HttpServer {
    /// With TLS and a good certificate, by the authority of all servers of a run.
    pub async fn start() -> Result<Self> {
        Self::with(Leaf::Good).await
    }

    /// With TLS and another certificate.
    pub async fn with(leaf: Leaf) -> Result<Self> {
        Self::listen(leaf, true).await
    }

    /// Without TLS.
    pub async fn in_the_clear() -> Result<Self> {
        Self::listen(Leaf::Good, false).await
    }

    async fn listen(leaf: Leaf, secure: bool) -> Result<Self> {
        let folder = Folder::new("http")?;
        let certificate = tls::certificate(folder.path(), leaf, DOMAIN)?;
        let mut config = certificate.server_config()?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let acceptor = secure.then(|| TlsAcceptor::from(Arc::new(config)));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let shared = Shared::default();
        let task = tokio::spawn(serve(listener, acceptor, shared.clone()));
        let scheme = if secure { "https" } else { "http" };
        Ok(Self { port, scheme, certificate, shared, task, _folder: folder })
    }

    /// `https://localhost:…`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.port)
    }

    /// The same by another name for it: `127.0.0.1`, `localhost` and what ends in `.example.test` are in the certificate.
    pub fn url_at(&self, host: &str) -> String {
        format!("{}://{host}:{}", self.scheme, self.port)
    }

    /// Answers requests of this method for this path in these ways, one after the other; the last one stays. A path that
    /// ends in `*` stands for all that begin so; an exact one goes before. Said again, it begins anew.
    pub fn answer(&self, method: &str, path: &str, replies: impl IntoIterator<Item = Reply>) {
        let key = (method.to_owned(), path.to_owned());
        self.shared.state().replies.insert(key, replies.into_iter().collect());
    }

    /// Puts a file there, as if somebody had uploaded it; its link.
    pub fn put(&self, path: &str, media_type: &str, bytes: impl Into<Arc<[u8]>>) -> String {
        let kept = Kept { media_type: media_type.to_owned(), bytes: bytes.into() };
        self.shared.state().kept.insert(path.to_owned(), kept);
        format!("{}{path}", self.url())
    }

    /// What was put there.
    pub fn kept(&self, path: &str) -> Option<Arc<[u8]>> {
        self.shared.state().kept.get(path).map(|kept| Arc::clone(&kept.bytes))
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.state().seen.clone()
    }

    /// Waits for a request that is as wanted, and answers the first.
    pub async fn sees(&self, what: &str, wanted: impl Fn(&Seen) -> bool) -> Result<Seen> {
        let found = until(what, async || self.seen().into_iter().find(&wanted)).await;
        found.map_err(|why| anyhow!("{why}; it saw {:#?}", self.seen()))
    }

    /// The same for the last of all requests; fails where there was none.
    pub fn last(&self) -> Result<Seen> {
        self.shared.state().seen.last().cloned().context("nobody asked for anything")
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, acceptor: Option<TlsAcceptor>, shared: Shared) {
    let mut visitors = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        visitors.spawn(visit(socket, acceptor.clone(), shared.clone()));
        while visitors.try_join_next().is_some() {}
    }
}

async fn visit(socket: TcpStream, acceptor: Option<TlsAcceptor>, shared: Shared) {
    let _ = socket.set_nodelay(true);
    let wire: Box<dyn Wire> = match acceptor {
        // who does not trust us leaves here
        Some(acceptor) => match acceptor.accept(socket).await {
            Ok(secured) => Box::new(secured),
            Err(_) => return,
        },
        None => Box::new(socket),
    };
    exchange::all(wire, &shared).await;
}
