//! A byte relay in front of a server, whose connections a test can cut, stall and slow down: the network's faults
//! without touching the system's network.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream, ToSocketAddrs,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{Instant, sleep_until},
};

/// Listens on a port of its own and carries every connection to the server's.
pub struct Relay {
    /// Where clients connect.
    pub port: u16,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    /// Connections made under an older number are over.
    generation: watch::Sender<u64>,
    stalled: watch::Sender<bool>,
    refusing: AtomicBool,
    /// Bytes a second each way; 0: no limit.
    limit: AtomicU64,
    /// Milliseconds each piece is held back, each way.
    delay: AtomicU64,
    /// Of a hundred pieces.
    lost: AtomicU64,
    /// Bytes to the server after which the connection is cut; 0: never.
    cut_after_up: AtomicU64,
    /// The same, to the client.
    cut_after_down: AtomicU64,
    up: AtomicU64,
    down: AtomicU64,
    connections: AtomicU64,
    cuts: AtomicU64,
    flights: Mutex<Vec<Way>>,
    accepted: Mutex<Option<Instant>>,
}

/// What a lost piece costs.
const RETRANSMISSION: Duration = Duration::from_millis(600);

/// Which way something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the server.
    Up,
    /// To the client.
    Down,
}

impl Shared {
    /// On the connection of this number; only the newest one's turns are noted.
    fn spoke(&self, connection: u64, way: Way) {
        if connection != self.connections.load(Ordering::SeqCst) {
            return;
        }
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if flights.last() != Some(&way) {
            flights.push(way);
        }
    }
}

impl Relay {
    /// To 127.0.0.1:`server`.
    pub async fn start(server: u16) -> Result<Self> {
        Self::at(("127.0.0.1", 0), server).await
    }

    /// The same from a place that clients know already.
    pub async fn at(place: impl ToSocketAddrs, server: u16) -> Result<Self> {
        let listener = TcpListener::bind(place).await?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            generation: watch::Sender::new(0),
            stalled: watch::Sender::new(false),
            refusing: AtomicBool::new(false),
            limit: AtomicU64::new(0),
            delay: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            cut_after_up: AtomicU64::new(0),
            cut_after_down: AtomicU64::new(0),
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            cuts: AtomicU64::new(0),
            flights: Mutex::default(),
            accepted: Mutex::default(),
        });
        let state = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !state.refusing.load(Ordering::SeqCst) {
                    tokio::spawn(carry(Arc::clone(&state), client, server));
                }
            }
        });
        Ok(Self { port, shared, accepting })
    }

    /// Cuts all connections at once; new ones are welcome. Both sides see a reset or an end in the middle of whatever
    /// was under way.
    pub fn cut(&self) {
        self.shared.generation.send_modify(|generation| *generation += 1);
    }

    /// Cuts the connection once `bytes` more have gone to the server.
    pub fn cut_after_up(&self, bytes: u64) {
        self.shared.cut_after_up.store(self.bytes_up() + bytes.max(1), Ordering::SeqCst);
    }

    /// Cuts the connection once `bytes` more have gone to the client.
    pub fn cut_after_down(&self, bytes: u64) {
        self.shared.cut_after_down.store(self.bytes_down() + bytes.max(1), Ordering::SeqCst);
    }

    /// Half open: connections stay up and carry nothing, as after a lost Wi-Fi or a sleeping laptop.
    pub fn stall(&self, stalled: bool) {
        self.shared.stalled.send_replace(stalled);
    }

    /// Accepts and closes new connections at once; those that exist go on.
    pub fn refuse(&self, refusing: bool) {
        self.shared.refusing.store(refusing, Ordering::SeqCst);
    }

    /// Bytes a second each way and connection; `None`: no limit.
    pub fn limit(&self, bytes_a_second: Option<u64>) {
        self.shared.limit.store(bytes_a_second.unwrap_or(0), Ordering::SeqCst);
    }

    /// Holds every piece back this long each way: a round trip takes twice as long more.
    pub fn delay(&self, one_way: Duration) {
        self.shared.delay.store(u64::try_from(one_way.as_millis()).unwrap_or(0), Ordering::SeqCst);
    }

    /// Of a hundred pieces, so many are lost at first: they, and what comes after them, arrive when TCP has sent them again.
    pub fn lose(&self, of_a_hundred: u64) {
        self.shared.lost.store(of_a_hundred, Ordering::SeqCst);
    }

    /// Carried to the server so far.
    pub fn bytes_up(&self) -> u64 {
        self.shared.up.load(Ordering::SeqCst)
    }

    /// Carried to clients so far.
    pub fn bytes_down(&self) -> u64 {
        self.shared.down.load(Ordering::SeqCst)
    }

    /// Who spoke in turn on the newest connection: whatever goes one way without waiting for the other is one flight.
    pub fn flights(&self) -> Vec<Way> {
        self.shared.flights.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How long ago the newest connection was accepted.
    pub fn since_accepted(&self) -> Duration {
        let accepted = *self.shared.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.map(|at| at.elapsed()).unwrap_or_default()
    }

    /// Cuts that fell, of those armed by [`Self::cut_after_up`] and [`Self::cut_after_down`].
    pub fn cuts(&self) -> u64 {
        self.shared.cuts.load(Ordering::SeqCst)
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn carry(shared: Arc<Shared>, client: TcpStream, server: u16) {
    let mut generation = shared.generation.subscribe();
    generation.mark_unchanged();
    let number = shared.connections.fetch_add(1, Ordering::SeqCst) + 1;
    shared.flights.lock().unwrap_or_else(PoisonError::into_inner).clear();
    *shared.accepted.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    let Ok(upstream) = TcpStream::connect(("127.0.0.1", server)).await else { return };
    let _ = (client.set_nodelay(true), upstream.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = upstream.into_split();
    let up = pump(&shared, number, from_client, to_server, Way::Up);
    let down = pump(&shared, number, from_server, to_client, Way::Down);
    tokio::select! {
        () = async { tokio::join!(up, down); } => {}
        _ = generation.changed() => {}
    }
}

/// Reading and writing apart, so that a delay holds every byte back and yet keeps the pipe full.
async fn pump(shared: &Shared, number: u64, mut from: OwnedReadHalf, to: OwnedWriteHalf, way: Way) {
    let (send, pieces) = mpsc::channel(64);
    let read = async move {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count) = from.read(&mut buffer).await {
            let due = Instant::now() + Duration::from_millis(shared.delay.load(Ordering::SeqCst));
            if count == 0 || send.send((due, buffer[..count].to_vec())).await.is_err() {
                break;
            }
        }
    };
    tokio::join!(read, write(shared, number, pieces, to, way));
}

async fn write(
    shared: &Shared,
    number: u64,
    mut pieces: mpsc::Receiver<(Instant, Vec<u8>)>,
    mut to: OwnedWriteHalf,
    way: Way,
) {
    let (counter, cut_after) = match way {
        Way::Up => (&shared.up, &shared.cut_after_up),
        Way::Down => (&shared.down, &shared.cut_after_down),
    };
    let mut stalled = shared.stalled.subscribe();
    while let Some((due, piece)) = pieces.recv().await {
        sleep_until(due).await;
        if crate::kills::random() % 100 < shared.lost.load(Ordering::SeqCst) {
            tokio::time::sleep(RETRANSMISSION).await;
        }
        let mut rest = piece.as_slice();
        while !rest.is_empty() {
            // a stall also holds what is on its way
            if stalled.wait_for(|stalled| !stalled).await.is_err() {
                return;
            }
            let limit = shared.limit.load(Ordering::SeqCst);
            let done = counter.load(Ordering::SeqCst);
            let end = cut_after.load(Ordering::SeqCst);
            let mut most = rest.len() as u64;
            if limit > 0 {
                // small pieces when slow, so that the flow stays even
                most = most.min((limit / 20).max(1));
            }
            if end > 0 {
                most = most.min(end.saturating_sub(done));
            }
            let (now, later) = rest.split_at(usize::try_from(most).unwrap_or(rest.len()));
            rest = later;
            if to.write_all(now).await.is_err() {
                return;
            }
            counter.fetch_add(most, Ordering::SeqCst);
            shared.spoke(number, way);
            if end > 0 && done + most >= end {
                cut_after.store(0, Ordering::SeqCst);
                shared.cuts.fetch_add(1, Ordering::SeqCst);
                shared.generation.send_modify(|generation| *generation += 1);
                return;
            }
            if limit > 0 {
                tokio::time::sleep(Duration::from_secs_f64(most as f64 / limit as f64)).await;
            }
        }
    }
    let _ = to.shutdown().await;
}
