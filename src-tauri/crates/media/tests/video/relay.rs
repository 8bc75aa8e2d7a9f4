//! A way between two sides that is as bad as it is told to be: slow, narrow, lossy, or cut.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep_until};

/// How bad it is, in either direction.
#[derive(Debug, Clone, Copy)]
pub struct Badness {
    /// Of a hundred packets, so many are lost.
    pub loss: u32,
    /// Bits a second.
    pub rate: f64,
    /// What waits longer than this is lost.
    pub queue: Duration,
    pub delay: Duration,
}

pub const GOOD: Badness =
    Badness { loss: 0, rate: f64::MAX, queue: Duration::from_secs(1), delay: Duration::from_millis(10) };

/// Stands for each side where the other looks for it.
pub struct Relay {
    sockets: [Arc<UdpSocket>; 2],
    /// Where each side really is.
    real: Arc<Mutex<[Option<SocketAddr>; 2]>>,
    badness: Arc<Mutex<Badness>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Relay {
    pub async fn open() -> Self {
        let socket = async || Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let sockets = [socket().await, socket().await];
        let (real, badness) = (Arc::new(Mutex::new([None; 2])), Arc::new(Mutex::new(GOOD)));
        let tasks = (0..2)
            .map(|side| {
                let (from, to) = (Arc::clone(&sockets[side]), Arc::clone(&sockets[1 - side]));
                tokio::spawn(carry(from, to, side, Arc::clone(&real), Arc::clone(&badness)))
            })
            .collect();
        Self { sockets, real, badness, tasks }
    }

    /// A side is here now; where the other is to look for it.
    pub fn place(&self, side: usize, real: SocketAddr) -> SocketAddr {
        self.real.lock().unwrap()[side] = Some(real);
        self.sockets[side].local_addr().unwrap()
    }

    pub fn become_so(&self, badness: Badness) {
        *self.badness.lock().unwrap() = badness;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// What comes here is meant for `side`, and leaves by the socket that stands for the other.
async fn carry(
    from: Arc<UdpSocket>,
    to: Arc<UdpSocket>,
    side: usize,
    real: Arc<Mutex<[Option<SocketAddr>; 2]>>,
    badness: Arc<Mutex<Badness>>,
) {
    let mut waiting: VecDeque<(Instant, Vec<u8>)> = VecDeque::new();
    let (mut free, mut random, mut bytes) = (Instant::now(), 1u32, vec![0; 2048]);
    loop {
        let next = waiting.front().map_or_else(|| Instant::now() + Duration::from_secs(1), |(at, _)| *at);
        tokio::select! {
            received = from.recv(&mut bytes) => {
                let Ok(length) = received else { continue };
                let Badness { loss, rate, queue, delay } = *badness.lock().unwrap();
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let now = Instant::now();
                if (random >> 8) % 100 < loss || free > now + queue {
                    continue;
                }
                free = free.max(now) + Duration::from_secs_f64(length as f64 * 8.0 / rate);
                waiting.push_back((free + delay, bytes[..length].to_vec()));
            }
            () = sleep_until(next) => {
                while let Some((_, bytes)) = waiting.pop_front_if(|(at, _)| *at <= Instant::now()) {
                    let target = real.lock().unwrap()[side];
                    if let Some(target) = target {
                        let _ = to.send_to(&bytes, target).await;
                    }
                }
            }
        }
    }
}
