//! A server that says what a test tells it to: for hostile and broken input, and for doors that do not open.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    Certificate, DOMAIN, Leaf,
    paths::Folder,
    stanzas::{Splitter, attribute},
    tls,
    wait::SOON,
};

/// Listens with TLS from the first byte; the test accepts and speaks.
pub struct Scripted {
    pub port: u16,
    pub certificate: Certificate,
    listener: TcpListener,
    acceptor: TlsAcceptor,
    _folder: Folder,
}

impl Scripted {
    pub async fn start() -> Result<Self> {
        Self::with(Leaf::Good).await
    }

    pub async fn with(leaf: Leaf) -> Result<Self> {
        let folder = Folder::new("scripted")?;
        let certificate = tls::certificate(folder.path(), leaf)?;
        let acceptor = TlsAcceptor::from(Arc::new(certificate.server_config()?));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        Ok(Self { port: listener.local_addr()?.port(), certificate, listener, acceptor, _folder: folder })
    }

    /// The next client, after TLS; nothing of XMPP has been said yet.
    pub async fn accept(&self) -> Result<Conversation> {
        let talk = async {
            let (socket, _) = self.listener.accept().await?;
            socket.set_nodelay(true)?;
            Ok::<_, anyhow::Error>(self.acceptor.accept(socket).await?)
        };
        let secured = timeout(SOON, talk).await.context("no client connected to the scripted server")??;
        Ok(Conversation::over(Box::new(secured)))
    }

    /// The next client, logged in and bound.
    pub async fn session(&self) -> Result<Conversation> {
        let mut conversation = self.accept().await?;
        conversation.handshake().await?;
        Ok(conversation)
    }
}

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// One client's stream, from the server's side.
pub struct Conversation {
    wire: Box<dyn Wire>,
    splitter: Splitter,
    /// Stanzas of the client since stream management was enabled (XEP-0198).
    handled: u32,
    /// Who the client has become; empty before the handshake.
    pub jid: String,
    /// Every piece the client has sent.
    pub heard: Vec<String>,
}

impl Conversation {
    fn over(wire: Box<dyn Wire>) -> Self {
        Self { wire, splitter: Splitter::default(), handled: 0, jid: String::new(), heard: Vec::new() }
    }

    /// Sends bytes as they are.
    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.wire.write_all(bytes.as_ref()).await?;
        self.wire.flush().await?;
        Ok(())
    }

    /// The client's next piece (see [`Splitter::piece`]); `None` when it has closed.
    pub async fn next(&mut self) -> Result<Option<String>> {
        let mut buffer = [0; 8192];
        loop {
            if let Some(piece) = self.splitter.piece() {
                if ["<iq", "<message", "<presence"].iter().any(|name| piece.starts_with(name)) {
                    self.handled += 1;
                }
                self.heard.push(piece.clone());
                return Ok(Some(piece));
            }
            let read = timeout(SOON, self.wire.read(&mut buffer)).await;
            match read.with_context(|| format!("the client says nothing more after {:?}", self.heard.last()))? {
                Ok(0) | Err(_) => return Ok(None),
                Ok(count) => self.splitter.push(&String::from_utf8_lossy(&buffer[..count])),
            }
        }
    }

    /// Reads until a piece contains `needle`, answering nothing.
    pub async fn expect(&mut self, needle: &str) -> Result<String> {
        while let Some(piece) = self.next().await? {
            if piece.contains(needle) {
                return Ok(piece);
            }
        }
        bail!("the client closed without sending {needle}; it sent {:#?}", self.heard)
    }

    /// Reads until a piece contains `needle`, answering what comes before it the way a plain server would.
    pub async fn serve_until(&mut self, needle: &str) -> Result<String> {
        while let Some(piece) = self.next().await? {
            if piece.contains(needle) {
                return Ok(piece);
            }
            self.answer(&piece).await?;
        }
        bail!("the client closed without sending {needle}; it sent {:#?}", self.heard)
    }

    /// Answers until the client closes, or says nothing for `quiet`.
    pub async fn serve(&mut self, quiet: Duration) -> Result<()> {
        while let Ok(Some(piece)) = timeout(quiet, self.next()).await.unwrap_or(Ok(None)) {
            self.answer(&piece).await?;
        }
        Ok(())
    }

    /// Whether the client closes the stream or the connection, within the usual patience.
    pub async fn closes(&mut self) -> Result<()> {
        while self.next().await?.is_some_and(|piece| piece != "</stream:stream>") {}
        Ok(())
    }

    /// One answer: an empty roster, an empty disco, `service-unavailable`, acknowledgements.
    pub async fn answer(&mut self, piece: &str) -> Result<()> {
        if piece.starts_with("<r ") || piece.starts_with("<r/") {
            return self.write(format!("<a xmlns='urn:xmpp:sm:3' h='{}'/>", self.handled)).await;
        }
        if piece.starts_with("<enable ") {
            self.handled = 0;
            return self.write("<enabled xmlns='urn:xmpp:sm:3'/>").await;
        }
        let kind = attribute(piece, "type").unwrap_or_default();
        if !piece.starts_with("<iq") || (kind != "get" && kind != "set") {
            return Ok(());
        }
        let id = attribute(piece, "id").unwrap_or_default();
        let from = attribute(piece, "to").map_or(String::new(), |to| format!(" from='{to}'"));
        let empty =
            ["jabber:iq:roster", "http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/disco#items"];
        let reply = match empty.iter().find(|namespace| piece.contains(**namespace)) {
            Some(namespace) => format!("<iq type='result' id='{id}'{from}><query xmlns='{namespace}'/></iq>"),
            None if kind == "set" => format!("<iq type='result' id='{id}'{from}/>"),
            None => format!(
                "<iq type='error' id='{id}'{from}><error type='cancel'><service-unavailable \
                 xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            ),
        };
        self.write(reply).await
    }

    /// Opens the server's side of the stream with these features.
    pub async fn open(&mut self, features: &str) -> Result<()> {
        self.expect("<stream:stream").await?;
        self.write(format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
             from='{DOMAIN}' id='scripted' version='1.0' xml:lang='en'><stream:features>{features}</stream:features>"
        ))
        .await
    }

    /// Classic SASL PLAIN (any password will do) and bind; stream management is offered, resumption is not.
    pub async fn handshake(&mut self) -> Result<()> {
        self.open("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>")
            .await?;
        let auth = self.expect("<auth").await?;
        let content =
            auth.split_once('>').and_then(|(_, rest)| rest.split_once('<')).map_or("", |(content, _)| content);
        let decoded = BASE64_STANDARD.decode(content.trim()).context("the client sent no base64 in <auth/>")?;
        let user = String::from_utf8_lossy(decoded.split(|byte| *byte == 0).nth(1).unwrap_or_default()).into_owned();
        self.write("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").await?;
        self.open("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/>").await?;
        let bind = self.expect("urn:ietf:params:xml:ns:xmpp-bind").await?;
        let id = attribute(&bind, "id").unwrap_or_default();
        self.jid = format!("{user}@{DOMAIN}/scripted");
        let jid = &self.jid;
        self.write(format!(
            "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{jid}</jid></bind></iq>"
        ))
        .await
    }
}

/// A door that answers every visitor in one way, until it is dropped.
pub struct Door {
    pub port: u16,
    task: Option<JoinHandle<()>>,
}

impl Door {
    /// Accepts and says nothing.
    pub async fn silent() -> Result<Self> {
        Self::answering(|mut socket| async move {
            // reads on, so that the client sees an open connection and no reset
            let mut buffer = [0; 4096];
            while matches!(socket.read(&mut buffer).await, Ok(1..)) {}
        })
        .await
    }

    /// A port where nobody listens: connecting is refused.
    pub fn refused() -> Self {
        Self { port: crate::ports::free(), task: None }
    }

    /// An XMPP server (in the clear) that has no STARTTLS.
    pub async fn without_tls() -> Result<Self> {
        Self::answering(|socket| async move {
            let mut conversation = Conversation::over(Box::new(socket));
            let plain =
                "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>";
            if conversation.open(plain).await.is_ok() {
                while let Ok(Some(_)) = conversation.next().await {}
            }
        })
        .await
    }

    /// Answers with something that is neither TLS nor XMPP.
    pub async fn garbage() -> Result<Self> {
        Self::answering(|mut socket| async move {
            let _ = socket.write_all(b"SSH-2.0-nothing\r\n\x00\xff\xfe<<<>>>&&&\r\n").await;
            let mut buffer = [0; 4096];
            while matches!(socket.read(&mut buffer).await, Ok(1..)) {}
        })
        .await
    }

    async fn answering<F>(answer: impl Fn(TcpStream) -> F + Send + 'static) -> Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let task = tokio::spawn(async move {
            let mut visitors = tokio::task::JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                visitors.spawn(answer(socket));
            }
        });
        Ok(Self { port, task: Some(task) })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
