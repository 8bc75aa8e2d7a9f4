//! Doors that do not open: ports where somebody listens and no XMPP server of use is met.

use std::sync::{Arc, Mutex};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use crate::scripted::Conversation;

/// A door that answers every visitor in one way, until it is dropped.
pub struct Door {
    pub port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    task: Option<JoinHandle<()>>,
}

impl Door {
    /// Accepts and says nothing.
    pub async fn silent() -> Result<Self> {
        Self::answering(|mut socket, _| async move {
            // reads on, so that the client sees an open connection and no reset
            let mut buffer = [0; 4096];
            while matches!(socket.read(&mut buffer).await, Ok(1..)) {}
        })
        .await
    }

    /// A port where nobody listens: connecting is refused.
    pub fn refused() -> Self {
        Self { port: crate::ports::free(), heard: Arc::default(), task: None }
    }

    /// An XMPP server (in the clear) that has no STARTTLS, and leaves what it does not know unanswered.
    pub async fn without_tls() -> Result<Self> {
        Self::in_the_clear(None).await
    }

    /// An XMPP server (in the clear) that has no STARTTLS, and answers this to whoever asks for it.
    pub async fn refusing_tls(answer: &'static str) -> Result<Self> {
        Self::in_the_clear(Some(answer)).await
    }

    async fn in_the_clear(to_starttls: Option<&'static str>) -> Result<Self> {
        Self::answering(move |socket, heard| async move {
            let mut conversation = Conversation::over(Box::new(socket));
            let plain =
                "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>";
            if conversation.open(plain).await.is_err() {
                return;
            }
            while let Some(piece) = conversation.piece().await {
                let answer = to_starttls.filter(|_| piece.starts_with("<starttls"));
                heard.lock().expect("no holder panics").push(piece);
                if let Some(answer) = answer {
                    let _ = conversation.write(answer).await;
                    return;
                }
            }
        })
        .await
    }

    /// Answers with something that is neither TLS nor XMPP.
    pub async fn garbage() -> Result<Self> {
        Self::answering(|mut socket, _| async move {
            let _ = socket.write_all(b"SSH-2.0-nothing\r\n\x00\xff\xfe<<<>>>&&&\r\n").await;
            let mut buffer = [0; 4096];
            while matches!(socket.read(&mut buffer).await, Ok(1..)) {}
        })
        .await
    }

    /// What was said to a server in the clear after its features.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("no holder panics").clone()
    }

    async fn answering<F>(answer: impl Fn(TcpStream, Arc<Mutex<Vec<String>>>) -> F + Send + 'static) -> Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let shared = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            let mut visitors = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                visitors.spawn(answer(socket, Arc::clone(&shared)));
            }
        });
        Ok(Self { port, heard, task: Some(task) })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
