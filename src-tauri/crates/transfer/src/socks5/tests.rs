use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};

use super::*;
use crate::error::Error;
use crate::proxy::Proxy;

/// XEP-0260 §2.2 of these.
fn right() -> String {
    address("vj3hs98y", "romeo@montague.example/orchard", "juliet@capulet.example/balcony")
}

fn candidate(cid: &str, port: u16, priority: u32) -> Candidate {
    Candidate { cid: cid.into(), host: "127.0.0.1".into(), port, priority }
}

fn connector() -> Connector {
    Connector { loopback: true, each: Duration::from_secs(5), ..Connector::default() }
}

async fn raw(listener: &Listener) -> TcpStream {
    TcpStream::connect(("127.0.0.1", listener.port())).await.unwrap()
}

/// What the other side says until it closes.
async fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await.expect("it is closed");
    bytes
}

fn request(address: &str) -> Vec<u8> {
    [b"\x05\x01\0\x05\x01\0\x03\x28", address.as_bytes(), b"\0\0"].concat()
}

#[test]
fn whose_address() {
    let hash = address("a", "b", "c");
    assert_eq!(hash, "a9993e364706816aba3e25717850c26c9cd0d89d", "sha-1 of abc");
    assert_ne!(address("s", "ann", "bob"), address("s", "bob", "ann"));
}

#[tokio::test]
async fn both_ends() {
    let listener = Listener::bind().unwrap();
    let mut waiting = listener.expect(&right()).unwrap();
    for host in ["127.0.0.1", "::1", "localhost"] {
        let there = Candidate { host: host.into(), ..candidate("a", listener.port(), 1) };
        if host == "::1" && std::net::TcpListener::bind("[::1]:0").is_err() {
            continue;
        }
        let connector = connector();
        let right = right();
        let (connected, accepted) = tokio::join!(connector.to(&there, &right), waiting.next());
        let (mut ours, mut theirs) = (connected.unwrap(), accepted.unwrap());
        assert_eq!(theirs.local.port(), listener.port());
        assert!(theirs.local.ip().is_loopback() && theirs.peer.ip().is_loopback());
        // Bytes that come at once with the answer belong to the file.
        theirs.stream.write_all(b"file").await.unwrap();
        let mut got = [0; 4];
        ours.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"file");
    }
}

#[tokio::test]
async fn only_the_right_one() {
    let listener = Listener::bind().unwrap();
    let mut waiting = listener.expect(&right()).unwrap();
    for wrong in [right().to_uppercase(), "0".repeat(40), format!("{}0", &right()[..39])] {
        if wrong == right() {
            continue;
        }
        let mut stream = raw(&listener).await;
        stream.write_all(&request(&wrong)).await.unwrap();
        let answer = rest(stream).await;
        assert_eq!(answer[..5], [5, 0, 5, 2, 0], "not allowed");
        let refused = connector().to(&candidate("a", listener.port(), 1), &wrong).await;
        assert_eq!(refused.unwrap_err(), Error::Socks(2));
    }
    for wrong in ["", "abc", &right().to_uppercase(), &format!("{}g", &right()[..39]), &right()] {
        assert!(matches!(listener.expect(wrong), Err(Error::Protocol(_))), "{wrong}");
    }
    // Once nobody waits any more.
    drop(waiting);
    assert_eq!(connector().to(&candidate("a", listener.port(), 1), &right()).await.unwrap_err(), Error::Socks(2));
    waiting = listener.expect(&right()).unwrap();
    let port = listener.port();
    drop(listener);
    assert!(waiting.next().await.is_none());
    let gone = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), gone).await.unwrap();
}

#[tokio::test]
async fn greetings_of_enemies() {
    let listener = Listener::bind().unwrap();
    let mut waiting = listener.expect(&right()).unwrap();
    let whole = request(&right());
    let hostile: [&[u8]; 9] = [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x04\x01\0\x50\x7f\0\0\x01\0",
        b"\x05\0",
        b"\x05\x01\x02",
        b"\x05\x01\0\x05\x02\0\x03\x01a\0\0",
        b"\x05\x01\0\x05\x01\0\x01\x7f\0\0\x01\0\x50",
        b"\x05\x01\0\x05\x01\0\x03\0\0\0",
        b"\x05\x01\0\x05\x01\0\x03\x02\xff\xfe\0\0",
        &[5; 600],
    ];
    for bytes in hostile {
        let mut stream = raw(&listener).await;
        let _ = stream.write_all(bytes).await;
        rest(stream).await;
    }
    // Cut anywhere.
    for end in 0..whole.len() {
        let mut stream = raw(&listener).await;
        stream.write_all(&whole[..end]).await.unwrap();
        stream.shutdown().await.unwrap();
        rest(stream).await;
    }
    // One byte at a time is slow, and right.
    let mut stream = raw(&listener).await;
    stream.set_nodelay(true).unwrap();
    for byte in &whole {
        stream.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(waiting.next().await.unwrap().peer, stream.local_addr().unwrap());
}

#[tokio::test]
async fn the_silent_are_few_and_not_for_long() {
    let listener = Listener::bind().unwrap();
    let _waiting = listener.expect(&right()).unwrap();
    let mut silent = Vec::new();
    let began = Instant::now();
    for _ in 0..40 {
        silent.push(raw(&listener).await);
    }
    // Those above the bound are closed at once, the others when their time is over.
    for stream in silent {
        assert!(rest(stream).await.is_empty());
    }
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert!(connector().to(&candidate("a", listener.port(), 1), &right()).await.is_ok(), "there is room again");
    // More connections for one stream than a peer needs.
    let mut open = Vec::new();
    let refused = loop {
        match connector().to(&candidate("a", listener.port(), 1), &right()).await {
            Ok(stream) => open.push(stream),
            Err(error) => break error,
        }
    };
    assert_eq!((refused, open.len()), (Error::Socks(2), 7));
}

#[tokio::test]
async fn the_best_that_answers() {
    let listener = Listener::bind().unwrap();
    let mut waiting = listener.expect(&right()).unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let liar = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let liars = liar.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = liar.accept().await {
            let _ = stream.write_all(b"\x05\0\x05\x05\0\x01\0\0\0\0\0\0").await;
        }
    });
    let candidates = vec![
        candidate("good", listener.port(), 10),
        candidate("dead", 1, 40),
        candidate("silent", silent.local_addr().unwrap().port(), 30),
        candidate("liar", liars, 20),
        Candidate { host: "nowhere.invalid".into(), ..candidate("nowhere", 1, 50) },
        candidate("none", 0, 60),
    ];
    let began = Instant::now();
    let (winner, _) = connector().first(candidates.clone(), &right()).await.unwrap();
    assert_eq!(winner.cid, "good");
    assert!(began.elapsed() < Duration::from_secs(4), "nobody was waited for");
    waiting.next().await.unwrap();
    let all = Duration::from_millis(700);
    let hopeless = Connector { all, ..connector() };
    let none = hopeless.first(candidates[1..].to_vec(), &right()).await.unwrap_err();
    assert_eq!(none, Error::NoCandidate);
    assert_eq!(connector().first(Vec::new(), &right()).await.unwrap_err(), Error::NoCandidate);
    assert_eq!(connector().first(vec![candidate("dead", 1, 1)], &right()).await.unwrap_err(), Error::NoCandidate);
    let impatient = Connector { each: Duration::from_millis(50), ..connector() };
    assert!(matches!(impatient.to(&candidates[2], &right()).await, Err(Error::Stalled(_))));
}

#[tokio::test]
async fn not_to_what_listens_here() {
    let listener = Listener::bind().unwrap();
    let _waiting = listener.expect(&right()).unwrap();
    for host in ["127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1", "0.0.0.0", "127.1.2.3"] {
        let there = Candidate { host: host.into(), ..candidate("a", listener.port(), 1) };
        let refused = Connector::default().to(&there, &right()).await;
        assert!(matches!(refused, Err(Error::Private { .. } | Error::NameNotFound { .. })), "{host}");
    }
}

/// Everything through the account's proxy, which looks names up itself.
#[tokio::test]
async fn behind_a_proxy() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let SocketAddr::V4(at) = proxy.local_addr().unwrap() else { panic!() };
    let asked = tokio::spawn(async move {
        let (mut stream, _) = proxy.accept().await.unwrap();
        let mut greeting = [0; 3];
        stream.read_exact(&mut greeting).await.unwrap();
        stream.write_all(&[5, 0]).await.unwrap();
        let mut head = [0; 5];
        stream.read_exact(&mut head).await.unwrap();
        let mut name = vec![0; usize::from(head[4]) + 2];
        stream.read_exact(&mut name).await.unwrap();
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        let found = wire::serve(&mut stream, |name| Some(name.to_owned())).await.unwrap();
        (String::from_utf8(name[..name.len() - 2].to_vec()).unwrap(), found)
    });
    let through =
        Connector { proxy: Some(Proxy { host: at.ip().to_string(), port: at.port() }), ..Connector::default() };
    let there = Candidate { host: "streamer.example".into(), ..candidate("a", 7777, 1) };
    through.to(&there, &right()).await.unwrap();
    assert_eq!(asked.await.unwrap(), ("streamer.example".to_owned(), right()));
    let gone = Connector { proxy: Some(Proxy { host: "127.0.0.1".into(), port: 1 }), ..Connector::default() };
    assert!(matches!(gone.to(&there, &right()).await, Err(Error::Proxy { .. })));
}
