//! Relays over TCP and TLS for an engine that knows UDP only: it speaks to a port of this machine, and what it says is
//! carried on (RFC 8656 §3.1; RFC 6062 is another matter, the relay itself still relays UDP).
//!
//! Over a stream, messages are told apart by their first two bits and their length; channel data is padded to four bytes
//! there and need not be in a datagram (RFC 8656 §12.5).

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::Error;

/// Sockets of the engine that are served at once: one for each address of this machine.
const MOST: usize = 32;
/// Datagrams that may wait for the stream; sound that comes later is of no use.
const WAITING: usize = 64;
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// Largest message: a STUN header and what its length can say.
const LARGEST: usize = 20 + 65_535;

/// How the relay is reached.
#[derive(Clone)]
pub enum Over {
    Tcp,
    /// With what is trusted; the relay has to prove its name.
    Tls(Arc<ClientConfig>),
}

/// A bridge to one relay. Dropping it ends it.
pub struct Bridge {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Bridge {
    /// Opens a port of this machine that leads to the relay. It is connected to when the engine first speaks.
    ///
    /// # Errors
    /// [`Error::Setup`] where there is no port.
    pub async fn open(host: String, port: u16, over: Over) -> Result<Self, Error> {
        let setup = |error: io::Error| Error::Setup(error.to_string());
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(setup)?;
        let address = socket.local_addr().map_err(setup)?;
        let task = tokio::spawn(serve(Arc::new(socket), host, port, over));
        Ok(Self { address, task })
    }

    /// What the engine is told instead of the relay's own address.
    pub fn url(&self) -> String {
        format!("turn:{}?transport=udp", self.address)
    }
}

/// Gives each socket of the engine a stream of its own: to the relay, a stream is who somebody is.
async fn serve(socket: Arc<UdpSocket>, host: String, port: u16, over: Over) {
    let mut streams: HashMap<SocketAddr, mpsc::Sender<Vec<u8>>> = HashMap::new();
    let mut running = JoinSet::new();
    let mut datagram = vec![0; LARGEST];
    loop {
        let (length, from) = tokio::select! {
            received = socket.recv_from(&mut datagram) => match received {
                Ok(received) => received,
                // A port that is not there any more was told of: nothing of ours.
                Err(_) => continue,
            },
            Some(ended) = running.join_next() => {
                if let Ok(ended) = ended {
                    streams.remove(&ended);
                }
                continue;
            }
        };
        // Only this machine reaches a port of loopback.
        if message_length(&datagram[..length]).is_none() {
            continue;
        }
        if !streams.contains_key(&from) && streams.len() < MOST {
            let (to, waiting) = mpsc::channel(WAITING);
            let (socket, host, over) = (Arc::clone(&socket), host.clone(), over.clone());
            running.spawn(async move {
                if let Err(error) = carry(&socket, from, &host, port, over, waiting).await {
                    tracing::debug!(%error, "a stream to the relay ended");
                }
                from
            });
            streams.insert(from, to);
        }
        if let Some(stream) = streams.get(&from) {
            let _ = stream.try_send(datagram[..length].to_vec());
        }
    }
}

async fn carry(
    socket: &UdpSocket,
    engine: SocketAddr,
    host: &str,
    port: u16,
    over: Over,
    waiting: mpsc::Receiver<Vec<u8>>,
) -> io::Result<()> {
    let tcp = timeout(CONNECT, TcpStream::connect((host, port))).await??;
    tcp.set_nodelay(true)?;
    match over {
        Over::Tcp => both_ways(socket, engine, tcp, waiting).await,
        Over::Tls(config) => {
            let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
            let tls = timeout(CONNECT, TlsConnector::from(config).connect(name, tcp)).await??;
            both_ways(socket, engine, tls, waiting).await
        }
    }
}

async fn both_ways(
    socket: &UdpSocket,
    engine: SocketAddr,
    stream: impl AsyncRead + AsyncWrite,
    mut waiting: mpsc::Receiver<Vec<u8>>,
) -> io::Result<()> {
    let (mut reads, mut writes) = tokio::io::split(stream);
    let there = async {
        while let Some(mut message) = waiting.recv().await {
            message.resize(message.len().next_multiple_of(4), 0);
            writes.write_all(&message).await?;
            writes.flush().await?;
        }
        Ok(())
    };
    let back = async {
        loop {
            let message = read(&mut reads).await?;
            socket.send_to(&message, engine).await?;
        }
    };
    tokio::select! { ended = there => ended, ended = back => ended }
}

/// The next message of a stream, without its padding.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut message = vec![0; 4];
    stream.read_exact(&mut message).await?;
    let length = message_length(&message).ok_or_else(|| io::Error::other("neither STUN nor channel data"))?;
    message.resize(length.next_multiple_of(4), 0);
    stream.read_exact(&mut message[4..]).await?;
    message.truncate(length);
    Ok(message)
}

/// How long a message says it is, header included; `None` for what the relay's protocol has not.
fn message_length(head: &[u8]) -> Option<usize> {
    let [first, _, high, low, ..] = *head else { return None };
    let length = usize::from(u16::from_be_bytes([high, low]));
    match first >> 6 {
        // RFC 8489 §5: always a multiple of four.
        0 if length % 4 == 0 => Some(20 + length),
        // RFC 8656 §12: channels 0x4000 to 0x4FFF.
        1 if first < 0x50 => Some(4 + length),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart() {
        assert_eq!(message_length(&[0, 1, 0, 8]), Some(28), "a STUN request");
        assert_eq!(message_length(&[0x40, 0, 0, 5]), Some(9), "channel data");
        for other in [&[][..], &[0, 1], &[0, 1, 0, 3], &[0x80, 96, 0, 1], &[0x50, 0, 0, 4], &[0xFF; 4]] {
            assert_eq!(message_length(other), None, "{other:?}");
        }
    }

    #[tokio::test]
    async fn what_comes_in_pieces_is_put_together_and_padding_left_out() {
        let (mut ours, mut theirs) = tokio::io::duplex(3);
        let writing = tokio::spawn(async move {
            theirs.write_all(&[0x40, 1, 0, 3, 7, 8, 9, 0, 0x40, 1, 0, 0, 0xC0, 0, 0, 0]).await.unwrap();
        });
        assert_eq!(read(&mut ours).await.unwrap(), [0x40, 1, 0, 3, 7, 8, 9]);
        assert_eq!(read(&mut ours).await.unwrap(), [0x40, 1, 0, 0]);
        assert!(read(&mut ours).await.is_err(), "something else ends the stream");
        writing.await.unwrap();
    }
}
