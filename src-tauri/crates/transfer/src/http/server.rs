//! A TLS server that says byte by byte what a test wants, lies included. One request a connection.

use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::{Http, Settings};

type Stream = BufReader<tokio_rustls::server::TlsStream<TcpStream>>;
pub(super) type Answering = BoxFuture<'static, ()>;

#[derive(Debug, Clone)]
pub(super) struct Request {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Where a range is asked for to begin.
    pub(super) fn offset(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.split_once('-')?.0.parse().ok()
    }

    pub(super) fn length(&self) -> usize {
        self.header("content-length").map_or(0, |length| length.parse().unwrap())
    }
}

/// The other end of one connection, after the head of a request.
pub(super) struct Exchange {
    pub request: Request,
    pub stream: Stream,
}

impl Exchange {
    pub(super) async fn body(&mut self) -> Vec<u8> {
        let mut body = vec![0; self.request.length()];
        self.stream.read_exact(&mut body).await.unwrap();
        body
    }

    pub(super) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        // The client may be gone, which some tests are about.
        let _ = self.stream.write_all(bytes.as_ref()).await;
        let _ = self.stream.flush().await;
    }

    /// Status line and headers, each ended by a line break here, and the body.
    pub(super) async fn answer(&mut self, head: &str, body: &[u8]) {
        let head = head.replace('\n', "\r\n");
        self.write(format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len())).await;
        self.write(body).await;
    }
}

pub(super) struct Server {
    pub port: u16,
    root: Vec<u8>,
    /// The certificate's, as pins have it.
    pub fingerprint: String,
    seen: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(super) async fn start(answer: impl Fn(Exchange) -> Answering + Send + Sync + 'static) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = authority.self_signed(&key).unwrap().der().to_vec();
        let issuer = Issuer::new(authority, key);
        let leaf_key = KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let leaf = CertificateParams::new(names).unwrap().signed_by(&leaf_key, &issuer).unwrap();
        let fingerprint = super::tls::fingerprint(leaf.der());
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![CertificateDer::from(leaf.der().to_vec())], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, requests) = (Arc::new(answer), seen.clone());
        let task = tokio::spawn(async move {
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                let (acceptor, answer, requests) = (acceptor.clone(), answer.clone(), requests.clone());
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(tcp).await else { return };
                    let mut stream = BufReader::new(stream);
                    let Some(request) = head(&mut stream).await else { return };
                    requests.lock().unwrap().push(request.clone());
                    answer(Exchange { request, stream }).await;
                });
            }
        });
        Self { port, root, fingerprint, seen, task }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    pub(super) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// One that trusts this server, and takes it for the account's own.
    pub(super) fn settings(&self) -> Settings {
        let own = vec![format!("localhost:{}", self.port)];
        Settings { extra_roots: vec![self.root.clone()], own, ..Settings::default() }
    }

    pub(super) fn client(&self) -> Http {
        Http::new(&self.settings()).unwrap()
    }
}

async fn head(stream: &mut Stream) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    Some(Request { method, path, headers })
}
