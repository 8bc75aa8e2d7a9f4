//! A server that says what a test tells it to: for hostile and broken input.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    Certificate, DOMAIN, Leaf,
    paths::Folder,
    scram::Scram,
    stanzas::{Splitter, attribute},
    tls,
    wait::SOON,
};

/// Everyone's password here.
pub const PASSWORD: &str = "pw-scripted";

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
        let certificate = tls::certificate(folder.path(), leaf, DOMAIN)?;
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

    /// Fails when anyone connects within this time.
    pub async fn nobody_comes(&self, within: Duration) -> Result<()> {
        match timeout(within, self.listener.accept()).await {
            Ok(_) => bail!("somebody connected to the scripted server"),
            Err(_) => Ok(()),
        }
    }
}

pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// One client's stream, from the server's side.
pub struct Conversation {
    wire: Box<dyn Wire>,
    splitter: Splitter,
    /// Stanzas of the client since stream management was enabled (XEP-0198).
    pub(crate) handled: u32,
    /// Stanzas [`Self::answer`] has said since then.
    pub(crate) answered: u32,
    /// Features of the server (XEP-0030).
    pub server_features: Vec<&'static str>,
    /// Features of the account.
    pub account_features: Vec<&'static str>,
    /// The roster's items, as XML.
    pub roster: String,
    /// Who the client has become; empty before the handshake.
    pub jid: String,
    /// Every piece the client has sent.
    pub heard: Vec<String>,
}

impl Conversation {
    pub(crate) fn over(wire: Box<dyn Wire>) -> Self {
        Self {
            wire,
            splitter: Splitter::default(),
            handled: 0,
            answered: 0,
            server_features: Vec::new(),
            account_features: Vec::new(),
            roster: String::new(),
            jid: String::new(),
            heard: Vec::new(),
        }
    }

    /// Stanzas the client has sent since stream management was enabled.
    pub fn handled(&self) -> u32 {
        self.handled
    }

    /// Sends bytes as they are.
    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.wire.write_all(bytes.as_ref()).await?;
        self.wire.flush().await?;
        Ok(())
    }

    /// Ends TLS in order, and the connection, without a word of XMPP.
    pub async fn hang_up(mut self) -> Result<()> {
        Ok(self.wire.shutdown().await?)
    }

    /// The client's next piece (see [`Splitter::piece`]); `None` when it has closed.
    pub async fn next(&mut self) -> Result<Option<String>> {
        match timeout(SOON, self.piece()).await {
            Ok(piece) => Ok(piece),
            Err(_) => bail!("the client says nothing more after {:?}", self.heard.last()),
        }
    }

    /// [`Self::next`] with all the patience there is; may be dropped while it waits.
    pub(crate) async fn piece(&mut self) -> Option<String> {
        let mut buffer = [0; 8192];
        loop {
            if let Some(piece) = self.splitter.piece() {
                if ["<iq", "<message", "<presence"].iter().any(|name| piece.starts_with(name)) {
                    self.handled += 1;
                }
                self.heard.push(piece.clone());
                return Some(piece);
            }
            match self.wire.read(&mut buffer).await {
                Ok(0) | Err(_) => return None,
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

    /// One answer: the roster, the features, an archive at its end, `service-unavailable`, acknowledgements.
    pub async fn answer(&mut self, piece: &str) -> Result<()> {
        if piece.starts_with("<r ") || piece.starts_with("<r/") {
            return self.write(format!("<a xmlns='urn:xmpp:sm:3' h='{}'/>", self.handled)).await;
        }
        if piece.starts_with("<enable ") {
            (self.handled, self.answered) = (0, 0);
            return self.write("<enabled xmlns='urn:xmpp:sm:3'/>").await;
        }
        let kind = attribute(piece, "type").unwrap_or_default();
        if !piece.starts_with("<iq") || (kind != "get" && kind != "set") {
            return Ok(());
        }
        let id = attribute(piece, "id").unwrap_or_default();
        let to = attribute(piece, "to");
        let from = to.as_ref().map_or(String::new(), |to| format!(" from='{to}'"));
        let result = |content: &str| format!("<iq type='result' id='{id}'{from}>{content}</iq>");
        let reply = if kind == "set" {
            let archive = piece.contains("urn:xmpp:mam:2");
            result(if archive { "<fin xmlns='urn:xmpp:mam:2' complete='true'/>" } else { "" })
        } else if piece.contains("jabber:iq:roster") {
            result(&format!("<query xmlns='jabber:iq:roster'>{}</query>", self.roster))
        } else if piece.contains("http://jabber.org/protocol/disco#info") {
            let account = to.is_none_or(|to| to.contains('@'));
            let features = if account { &self.account_features } else { &self.server_features };
            let features: String = features.iter().map(|feature| format!("<feature var='{feature}'/>")).collect();
            result(&format!("<query xmlns='http://jabber.org/protocol/disco#info'>{features}</query>"))
        } else if piece.contains("http://jabber.org/protocol/disco#items") {
            result("<query xmlns='http://jabber.org/protocol/disco#items'/>")
        } else {
            format!(
                "<iq type='error' id='{id}'{from}><error type='cancel'><service-unavailable \
                 xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            )
        };
        self.answered += 1;
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

    /// Classic SASL with SCRAM-SHA-256 ([`PASSWORD`]) or PLAIN (any password will do), then bind; stream management
    /// is offered, resumption is not.
    pub async fn handshake(&mut self) -> Result<()> {
        self.open(
            "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-256</mechanism>\
             <mechanism>PLAIN</mechanism></mechanisms>",
        )
        .await?;
        let auth = self.expect("<auth").await?;
        let (user, proof) = if attribute(&auth, "mechanism").as_deref() == Some("SCRAM-SHA-256") {
            let scram = Scram::begin(&content(&auth))?;
            let challenge = scram.challenge();
            self.write(format!("<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{challenge}</challenge>")).await?;
            let response = self.expect("<response").await?;
            let proof = scram.finish(&content(&response), PASSWORD)?;
            let Some(proof) = proof else {
                self.write("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>").await?;
                bail!("the client used another password than {PASSWORD}");
            };
            (scram.user, proof)
        } else {
            let decoded = BASE64_STANDARD.decode(content(&auth)).context("the client sent no base64 in <auth/>")?;
            let user = decoded.split(|byte| *byte == 0).nth(1).unwrap_or_default();
            (String::from_utf8_lossy(user).into_owned(), String::new())
        };
        self.write(format!("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{proof}</success>")).await?;
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

/// The text of an element without children.
pub(crate) fn content(piece: &str) -> String {
    let content = piece.split_once('>').and_then(|(_, rest)| rest.split_once('<'));
    content.map_or("", |(content, _)| content.trim()).to_owned()
}

/// The challenge that answers a SCRAM `<auth/>`, for servers of a test's own.
pub fn scram_challenge(auth: &str) -> Result<String> {
    Ok(Scram::begin(&content(auth))?.challenge())
}
