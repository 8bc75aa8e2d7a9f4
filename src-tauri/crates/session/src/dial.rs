//! Connecting to the first address that answers (RFC 8305 §5, XEP-0495): one dead address, or a family of them, costs a
//! moment and not a time-out.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::time::sleep;

use crate::dns::Target;

/// How long an attempt is waited for before the next one begins beside it.
const STAGGER: Duration = Duration::from_millis(250);
/// Attempts at once.
const ABREAST: usize = 2;

/// A place to try, and one of its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub target: Target,
    pub address: SocketAddr,
}

/// The families in turn, beginning with the one the system put first (RFC 8305 §4).
pub(crate) fn interleaved(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let six_first = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (VecDeque<_>, VecDeque<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == six_first);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut ordered = Vec::new();
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] {
            return ordered;
        }
        ordered.extend(pair.into_iter().flatten());
    }
}

/// Connects to the first of `waiting` that answers and takes it out, together with those that failed. The error is the
/// last one's, `None` where there was nobody to try.
pub(crate) async fn race<T, F: Future<Output = io::Result<T>>>(
    waiting: &mut VecDeque<Candidate>,
    connect: impl Fn(SocketAddr) -> F,
) -> Result<(Candidate, T), Option<(Candidate, io::Error)>> {
    let mut running = FuturesUnordered::new();
    let mut tried: Vec<Candidate> = Vec::new();
    let mut failed = None;
    loop {
        if running.len() < ABREAST
            && let Some(next) = waiting.pop_front()
        {
            let connecting = connect(next.address);
            tried.push(next.clone());
            running.push(async move { (next, connecting.await) });
        }
        tokio::select! {
            answer = running.next() => match answer {
                None => return Err(failed),
                Some((candidate, result)) => {
                    tried.retain(|other| *other != candidate);
                    match result {
                        Ok(connected) => {
                            // Who was still being tried may be needed where the winner turns out to be no good.
                            tried.into_iter().rev().for_each(|other| waiting.push_front(other));
                            return Ok((candidate, connected));
                        }
                        Err(error) => failed = Some((candidate, error)),
                    }
                }
            },
            () = sleep(STAGGER), if running.len() < ABREAST && !waiting.is_empty() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn candidates(ports: &[u16]) -> VecDeque<Candidate> {
        let candidate = |port: &u16| Candidate {
            target: Target { host: "x".into(), port: *port, direct_tls: true },
            address: address(&format!("127.0.0.1:{port}")),
        };
        ports.iter().map(candidate).collect()
    }

    /// Ports below 10 answer after so many seconds, 10 refuses, the rest never say anything.
    async fn connect(address: SocketAddr) -> io::Result<u16> {
        match address.port() {
            port @ 0..10 => sleep(Duration::from_secs(port.into())).await,
            10 => return Err(io::ErrorKind::ConnectionRefused.into()),
            _ => {
                sleep(Duration::from_secs(30)).await;
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
        Ok(address.port())
    }

    async fn won(ports: &[u16]) -> (Option<u16>, u128, Vec<u16>) {
        let mut waiting = candidates(ports);
        let began = Instant::now();
        let won = race(&mut waiting, connect).await.ok().map(|(_, port)| port);
        (won, began.elapsed().as_millis(), waiting.iter().map(|candidate| candidate.address.port()).collect())
    }

    #[tokio::test(start_paused = true)]
    async fn a_dead_address_costs_a_moment() {
        assert_eq!(won(&[99, 0]).await, (Some(0), 250, vec![99]));
        assert_eq!(won(&[10, 10, 0, 1]).await, (Some(0), 0, vec![1]), "a refusal costs nothing");
        // The first is slow, and still the first.
        assert_eq!(won(&[1, 5]).await.0, Some(1));
        assert_eq!(won(&[5, 1]).await.0, Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_two_at_once_and_an_end() {
        let (won, after, left) = won(&[99, 98, 97, 0]).await;
        assert_eq!((won, left), (Some(0), vec![97]), "the third begins when the first has given up");
        assert!(after > 30_000);
        let mut none = candidates(&[10, 99]);
        let (candidate, error) = race(&mut none, connect).await.unwrap_err().unwrap();
        assert_eq!((candidate.address.port(), error.kind()), (99, io::ErrorKind::TimedOut));
        assert!(race(&mut VecDeque::new(), connect).await.unwrap_err().is_none());
    }

    #[test]
    fn families_take_turns() {
        let list = ["[::1]:1", "[::1]:2", "[::1]:3", "1.1.1.1:1"].map(address);
        assert_eq!(interleaved(list.to_vec()), ["[::1]:1", "1.1.1.1:1", "[::1]:2", "[::1]:3"].map(address));
        let list = ["1.1.1.1:1", "1.1.1.1:2", "[::1]:1"].map(address);
        assert_eq!(interleaved(list.to_vec()), ["1.1.1.1:1", "[::1]:1", "1.1.1.1:2"].map(address));
        assert!(interleaved(Vec::new()).is_empty());
    }
}
