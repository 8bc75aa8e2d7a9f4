//! Listening for peers that connect to us, on one port for everything that is awaited.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::wire;
use crate::error::Error;

/// How long a greeting may take.
const GREETING: Duration = Duration::from_secs(if cfg!(test) { 3 } else { 10 });
/// Connections that have not said whom they want, at most; more are closed at once.
const MAX_GREETING: usize = 32;
/// Bytestreams that are awaited at once at most.
const MAX_AWAITED: usize = 64;
/// Connections of one bytestream at most: a peer tries each of our addresses.
const MAX_EACH: usize = 8;
/// Ports that are tried until one is free in both families.
const TRIES: usize = 16;
/// After `accept` failed: mostly there are too many open files.
const BREATH: Duration = Duration::from_millis(200);

type Awaited = Arc<Mutex<HashMap<String, mpsc::Sender<Accepted>>>>;

/// One port, on every address of this machine. Dropping it closes the port; sockets that were handed out stay open.
#[derive(Debug)]
pub struct Listener {
    port: u16,
    awaited: Awaited,
    accepting: Vec<JoinHandle<()>>,
}

/// Who has connected and named the right hash. The other side has been told so, and may begin to send when it is
/// chosen.
#[derive(Debug)]
pub struct Accepted {
    pub stream: TcpStream,
    /// The address of ours that was connected to, which tells the candidate.
    pub local: SocketAddr,
    pub peer: SocketAddr,
}

/// Connections of one bytestream. Dropping it ends the waiting: later ones are refused.
#[derive(Debug)]
pub struct Waiting {
    address: String,
    accepted: mpsc::Receiver<Accepted>,
    awaited: Awaited,
}

impl Listener {
    /// Listens on a port of the system's choice, with IPv4 and IPv6 where there are both. Has to be called in a
    /// runtime.
    ///
    /// # Errors
    /// [`Error::Disk`] where the system refuses.
    pub fn bind() -> Result<Self, Error> {
        let failed = |error: io::Error| Error::Disk { doing: "listening", reason: error.to_string() };
        let sockets = pair().map_err(failed)?;
        let port = sockets[0].local_addr().map_err(failed)?.port();
        let awaited = Awaited::default();
        let room = Arc::new(Semaphore::new(MAX_GREETING));
        let accepting =
            sockets.into_iter().map(|socket| tokio::spawn(accept(socket, awaited.clone(), room.clone()))).collect();
        Ok(Self { port, awaited, accepting })
    }

    /// The same for all addresses.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on, who names `address` (40 hexadecimal digits, lower case) is let in.
    ///
    /// # Errors
    /// [`Error::Protocol`] where that is no such address, is awaited already, or too many are.
    pub fn expect(&self, address: &str) -> Result<Waiting, Error> {
        let is_hash = address.len() == 40 && address.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let mut awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_hash || awaited.len() >= MAX_AWAITED || awaited.contains_key(address) {
            return Err(Error::Protocol("no address to wait for"));
        }
        let (send, accepted) = mpsc::channel(MAX_EACH);
        awaited.insert(address.to_owned(), send);
        Ok(Waiting { address: address.to_owned(), accepted, awaited: self.awaited.clone() })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.accepting.iter().for_each(JoinHandle::abort);
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Waiting {
    /// The next that connects; `None` once the listener is gone. Can be dropped at any time.
    pub async fn next(&mut self) -> Option<Accepted> {
        self.accepted.recv().await
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.address);
    }
}

/// One port in both families, or in the one that there is.
fn pair() -> io::Result<Vec<TcpListener>> {
    let mut failed = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..TRIES {
        let Ok(six) = bind((Ipv6Addr::UNSPECIFIED, 0).into()) else {
            return Ok(vec![bind((Ipv4Addr::UNSPECIFIED, 0).into())?]);
        };
        match bind((Ipv4Addr::UNSPECIFIED, six.local_addr()?.port()).into()) {
            Ok(four) => return Ok(vec![six, four]),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => failed = error,
            Err(_) => return Ok(vec![six]),
        }
    }
    Err(failed)
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        // Systems differ in what they do unasked.
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(128)?;
    TcpListener::from_std(socket.into())
}

async fn accept(listener: TcpListener, awaited: Awaited, room: Arc<Semaphore>) {
    // Ends with this task.
    let mut greeting = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    // Closed at once where too many have not said a word.
                    let Ok(place) = room.clone().try_acquire_owned() else { continue };
                    let awaited = awaited.clone();
                    greeting.spawn(async move {
                        if let Ok(Err(error)) = timeout(GREETING, greet(stream, peer, &awaited)).await {
                            tracing::debug!(%error, "a connection was refused");
                        }
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be accepted");
                    sleep(BREATH).await;
                }
            },
            Some(_) = greeting.join_next() => {}
        }
    }
}

async fn greet(mut stream: TcpStream, peer: SocketAddr, awaited: &Awaited) -> Result<(), Error> {
    let local = stream.local_addr().map_err(|error| Error::cut(&error))?;
    // The place is taken before the answer, so that no more are told yes than are handed out.
    let place = wire::serve(&mut stream, |name| {
        let awaited = awaited.lock().unwrap_or_else(PoisonError::into_inner);
        awaited.get(name)?.clone().try_reserve_owned().ok()
    })
    .await?;
    let _ = stream.set_nodelay(true);
    place.send(Accepted { stream, local, peer });
    Ok(())
}
