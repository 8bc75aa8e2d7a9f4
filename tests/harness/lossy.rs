//! A way for datagrams that loses some of them and takes its time, in front of whatever is spoken to over UDP.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Datagrams on their way in one direction; what comes when so many are is lost, as at any router.
const ON_THE_WAY: usize = 4096;
/// Bytes of the largest datagram.
const LARGEST: usize = 65_535;

/// Such a way. Dropping it closes it.
pub struct Lossy {
    /// Where clients speak to.
    pub port: u16,
    _carrying: JoinSet<()>,
}

/// What happens to datagrams on each of the two ways.
#[derive(Clone, Copy)]
pub struct Weather {
    /// Of a hundred.
    pub lost: u64,
    pub delay: Duration,
}

/// A generator of our own: the same ones are lost each time.
struct Chance(u64);

impl Chance {
    fn hits(&mut self, of_hundred: u64) -> bool {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % 100 < of_hundred
    }
}

/// Where what comes in on a way is put.
type Way = mpsc::Sender<(Instant, Vec<u8>)>;

impl Lossy {
    /// In front of a port of this machine.
    pub async fn open(port: u16, weather: Weather) -> Result<Self> {
        let inside = Arc::new(UdpSocket::bind("127.0.0.1:0").await?);
        let mut carrying = JoinSet::new();
        let own = inside.local_addr()?.port();
        carrying.spawn(async move {
            let mut clients: HashMap<SocketAddr, Way> = HashMap::new();
            let mut ways = JoinSet::new();
            let (mut buffer, mut chance) = (vec![0; LARGEST], Chance(1));
            while let Ok((size, from)) = inside.recv_from(&mut buffer).await {
                let way = match clients.entry(from) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => {
                        let Ok(way) = connect(&mut ways, &inside, from, port, weather).await else { return };
                        new.insert(way)
                    }
                };
                put(way, &buffer[..size], &mut chance, weather);
            }
        });
        Ok(Self { port: own, _carrying: carrying })
    }
}

/// Both ways of one client, from a port of its own on.
async fn connect(
    ways: &mut JoinSet<()>,
    inside: &Arc<UdpSocket>,
    client: SocketAddr,
    port: u16,
    weather: Weather,
) -> Result<Way> {
    let outside = Arc::new(UdpSocket::bind("127.0.0.1:0").await?);
    outside.connect(("127.0.0.1", port)).await?;
    let (up, mut going) = mpsc::channel::<(Instant, Vec<u8>)>(ON_THE_WAY);
    let (down, mut coming) = mpsc::channel::<(Instant, Vec<u8>)>(ON_THE_WAY);
    let out = Arc::clone(&outside);
    ways.spawn(async move {
        while let Some((due, datagram)) = going.recv().await {
            sleep_until(due).await;
            let _ = out.send(&datagram).await;
        }
    });
    let back = Arc::clone(inside);
    ways.spawn(async move {
        while let Some((due, datagram)) = coming.recv().await {
            sleep_until(due).await;
            let _ = back.send_to(&datagram, client).await;
        }
    });
    ways.spawn(async move {
        let (mut buffer, mut chance) = (vec![0; LARGEST], Chance(2));
        while let Ok(size) = outside.recv(&mut buffer).await {
            put(&down, &buffer[..size], &mut chance, weather);
        }
    });
    Ok(up)
}

fn put(way: &Way, datagram: &[u8], chance: &mut Chance, weather: Weather) {
    if !chance.hits(weather.lost) {
        let _ = way.try_send((Instant::now() + weather.delay, datagram.to_vec()));
    }
}
