//! A SOCKS5 proxy (RFC 1928) that knows names of its own and tells what it was asked for: Tor's part in a test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Where a name and port of the proxy's own lead to on 127.0.0.1.
type Names = HashMap<(String, u16), u16>;

pub struct Socks {
    pub port: u16,
    asked: Arc<Mutex<Vec<(String, u16)>>>,
    accepting: JoinHandle<()>,
}

impl Socks {
    pub async fn start(names: &[(&str, u16, u16)]) -> Result<Self> {
        let names: Arc<Names> =
            Arc::new(names.iter().map(|(host, port, to)| (((*host).to_owned(), *port), *to)).collect());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&asked);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (names, told) = (Arc::clone(&names), Arc::clone(&told));
                tokio::spawn(async move { serve(client, &names, &told).await });
            }
        });
        Ok(Self { port, asked, accepting })
    }

    /// Names and ports clients asked for, in order.
    pub fn asked(&self) -> Vec<(String, u16)> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Socks {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut client: TcpStream, names: &Names, asked: &Mutex<Vec<(String, u16)>>) -> Result<()> {
    let mut head = [0; 2];
    client.read_exact(&mut head).await?;
    ensure!(head[0] == 5, "not SOCKS5");
    client.read_exact(&mut vec![0; head[1].into()]).await?;
    client.write_all(&[5, 0]).await?;
    let mut request = [0; 5];
    client.read_exact(&mut request).await?;
    ensure!(request[1] == 1 && request[3] == 3, "only names are connected to");
    let mut name = vec![0; request[4].into()];
    client.read_exact(&mut name).await?;
    let wanted = (String::from_utf8(name)?, client.read_u16().await?);
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(wanted.clone());
    let Some(port) = names.get(&wanted) else {
        // Host unreachable.
        client.write_all(&[5, 4, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
        return Ok(());
    };
    let mut server = TcpStream::connect(("127.0.0.1", *port)).await?;
    client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
