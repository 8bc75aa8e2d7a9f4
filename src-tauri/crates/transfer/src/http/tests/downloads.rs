use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncWriteExt as _;
use tokio::sync::Notify;

use super::*;
use crate::file::hex;

const SIZE: usize = 1_000_003;

/// A server as it should be: ranges, tags and all; `cut` says after how many bytes the connection breaks, try by try.
async fn honest(whole: Vec<u8>, cuts: Vec<usize>) -> Server {
    let (whole, cuts, turn) = (Arc::new(whole), Arc::new(cuts), Arc::new(AtomicUsize::new(0)));
    Server::start(move |mut exchange| -> Answering {
        let (whole, cuts, turn) = (whole.clone(), cuts.clone(), turn.fetch_add(1, Ordering::SeqCst));
        Box::pin(async move {
            let same = exchange.request.header("if-range").is_none_or(|tag| tag == "\"v1\"");
            let offset = exchange.request.offset().filter(|_| same);
            let total = whole.len();
            let start = match offset {
                Some(start) if start >= total => {
                    let head = format!("416 No\ncontent-range: bytes */{total}");
                    return exchange.answer(&head, b"").await;
                }
                Some(start) => {
                    let range = format!("content-range: bytes {start}-{}/{total}\r\n", total - 1);
                    exchange.write(format!("HTTP/1.1 206 Partial\r\n{range}")).await;
                    start
                }
                None => {
                    exchange.write("HTTP/1.1 200 OK\r\n").await;
                    0
                }
            };
            let head =
                format!("etag: \"v1\"\r\ncontent-type: image/PNG; x=y\r\ncontent-length: {}\r\n\r\n", total - start);
            exchange.write(head).await;
            let end = cuts.get(turn).map_or(total, |cut| (start + cut).min(total));
            exchange.write(&whole[start..end]).await;
            if end == total {
                let _ = exchange.stream.shutdown().await;
            }
        })
    })
    .await
}

#[tokio::test]
async fn a_file_comes_whole() {
    let (folder, whole) = (Folder::new(), bytes(SIZE));
    let server = honest(whole.clone(), Vec::new()).await;
    let part = folder.part();
    let control = Control::new();
    let what = Download { algorithms: vec![Algo::Blake2b256], ..Download::new(server.url("/a.png"), 1 << 20) };
    let what = Download { size: Some(SIZE as u64), hashes: vec![sha256(&whole)], ..what };
    let done = server.client().download(&what, &part, &control).await.unwrap();
    assert_eq!((done.size, done.resumed, done.media_type.as_deref()), (SIZE as u64, 0, Some("image/png")));
    assert_eq!(done.hashes[0], sha256(&whole));
    assert_eq!(done.hashes[1].algo, Algo::Blake2b256);
    assert_eq!(control.progress().borrow().done, SIZE as u64);
    let kept = part.keep(folder.0.path(), &file_name(&what.url)).await.unwrap();
    assert!(kept.ends_with("a.png") && fs::read(kept).unwrap() == whole);
    // Who is asking, nobody learns.
    let request = &server.seen()[0];
    assert_eq!(request.header("user-agent"), Some("Waxwing"));
    let known = ["accept", "accept-encoding", "host", "user-agent"];
    assert!(request.headers.iter().all(|(name, _)| known.contains(&name.as_str())), "{request:?}");
}

#[tokio::test]
async fn cut_again_and_again_and_gone_on_each_time() {
    let (folder, whole) = (Folder::new(), bytes(SIZE));
    let cuts = vec![1, 65_536, 99_999, 0, 300_000, 1];
    let server = honest(whole.clone(), cuts.clone()).await;
    let path = folder.part().path().to_owned();
    let what = Download { hashes: vec![sha256(&whole)], ..Download::new(server.url("/"), 1 << 20) };
    let mut there = 0;
    for cut in cuts {
        // As after a restart: only what is on the disk is known.
        let part = Part::reopen(&path).unwrap();
        let error = get(&server, &what, &part).await.unwrap_err();
        assert!(matches!(error, Error::Cut(_)), "{error:?}");
        assert_eq!(error.retry(), crate::Retry::Resume);
        there += cut as u64;
        assert_eq!(part.size(), there, "all that came is kept");
    }
    let part = Part::reopen(&path).unwrap();
    let done = get(&server, &what, &part).await.unwrap();
    assert_eq!((done.size, done.resumed), (SIZE as u64, there));
    assert_eq!(fs::read(&path).unwrap(), whole);
    // Killed after the last byte and before the name.
    let again = get(&server, &what, &part).await.unwrap();
    assert_eq!((again.size, again.resumed), (SIZE as u64, SIZE as u64));
    assert_eq!(fs::read(&path).unwrap(), whole);
}

#[tokio::test]
async fn dropped_anywhere_and_gone_on() {
    let (folder, whole) = (Folder::new(), bytes(8 * SIZE));
    let server = honest(whole.clone(), Vec::new()).await;
    let (part, client) = (folder.part(), server.client());
    let what = Download { hashes: vec![sha256(&whole)], ..Download::new(server.url("/"), 1 << 30) };
    for turn in 1.. {
        let control = Control::new();
        let reached = async {
            while control.done() < turn * 1_100_000 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            done = client.download(&what, &part, &control) => {
                assert!(done.unwrap().resumed > 0 && turn > 1);
                break;
            }
            () = reached => {}
        }
    }
    assert_eq!(fs::read(part.path()).unwrap(), whole);
}

#[tokio::test]
async fn another_file_now() {
    let folder = Folder::new();
    let (old, new) = (bytes(1000), bytes(2000)[500..].to_vec());
    for checked in [false, true] {
        let part = folder.part();
        let server = honest(new.clone(), Vec::new()).await;
        fs::write(part.path(), &old[..400]).unwrap();
        // The tag is another one: the server sends all.
        let what = Download::new(server.url("/x"), 1 << 20);
        let source = source_of(&server, &what).await;
        let validator = if checked { None } else { Some("\"v0\"".into()) };
        part.set_note(&crate::file::Note { source, validator, total: None }).unwrap();
        // Without a tag only the hash finds it, and it begins again.
        let hashes = if checked { vec![sha256(&new)] } else { Vec::new() };
        let done = get(&server, &Download { hashes, ..what }, &part).await.unwrap();
        assert_eq!((done.resumed, fs::read(part.path()).unwrap()), (0, new.clone()));
        let ranges: Vec<_> = server.seen().iter().skip(1).map(server::Request::offset).collect();
        assert_eq!(ranges, if checked { vec![Some(400), None] } else { vec![Some(400)] });
        // A part of something else is not added to.
        part.set_note(&crate::file::Note { source: "other".into(), validator: Some("\"v1\"".into()), total: None })
            .unwrap();
        let done = get(&server, &Download::new(server.url("/x"), 1 << 20), &part).await.unwrap();
        assert_eq!((done.resumed, fs::read(part.path()).unwrap()), (0, new.clone()));
    }
}

/// What the note says of a link.
async fn source_of(server: &Server, what: &Download) -> String {
    let folder = Folder::new();
    let part = folder.part();
    get(server, what, &part).await.unwrap();
    part.note().unwrap().source
}

#[tokio::test]
async fn ranges_are_ignored_or_wrong() {
    let (folder, whole) = (Folder::new(), bytes(1000));
    let lies = [
        ("200 OK\netag: \"v1\"", true),
        ("206 Partial\ncontent-range: bytes 7-999/1000", false),
        ("206 Partial", false),
        ("206 Partial\ncontent-range: nonsense", false),
    ];
    for (head, good) in lies {
        let server = says(head, whole.clone()).await;
        let what = Download::new(server.url("/"), 1 << 20);
        let part = folder.part();
        let mut hasher = crate::file::Hasher::new([Algo::Sha256]);
        hasher.update(server.url("/").as_bytes());
        let source = hex(&hasher.finish()[0].value);
        fs::write(part.path(), &whole[..400]).unwrap();
        part.set_note(&crate::file::Note { source, validator: Some("\"v1\"".into()), total: None }).unwrap();
        let done = get(&server, &what, &part).await;
        assert_eq!(server.seen()[0].offset(), Some(400));
        if good {
            assert_eq!((done.unwrap().resumed, fs::read(part.path()).unwrap()), (0, whole.clone()));
        } else {
            assert!(matches!(done, Err(Error::Protocol(_))), "{head}");
            assert_eq!(part.size(), 0);
        }
    }
}

#[tokio::test]
async fn more_and_less_than_said() {
    let folder = Folder::new();
    let part = folder.part();
    let server = honest(bytes(1000), Vec::new()).await;
    let what = |size, limit| Download { size, ..Download::new(server.url("/"), limit) };
    let got = async |what: Download| get(&server, &what, &part).await.map(|done| done.size);
    assert_eq!(got(what(None, 1000)).await, Ok(1000));
    assert_eq!(got(what(None, 999)).await, Err(Error::TooLarge(Some(999))));
    assert_eq!(got(what(Some(999), 2000)).await, Err(Error::TooMuch { expected: 999 }));
    assert_eq!(got(what(Some(1001), 2000)).await, Err(Error::TooLittle { expected: 1001, got: 1000 }));
    assert_eq!(part.size(), 0);
    let wrong = Download { hashes: vec![sha256(b"x")], ..what(None, 1000) };
    assert_eq!(got(wrong).await, Err(Error::Hash(Algo::Sha256)));
    assert_eq!(part.size(), 0);
    let empty = honest(Vec::new(), Vec::new()).await;
    assert_eq!(get(&empty, &Download::new(empty.url("/"), 0), &part).await.unwrap().size, 0);
    // Without a length, and without an end.
    let endless = Server::start(|mut exchange| -> Answering {
        Box::pin(async move {
            exchange.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
            while exchange
                .stream
                .write_all(&[b"1000\r\n".to_vec(), vec![7; 4096], b"\r\n".to_vec()].concat())
                .await
                .is_ok()
            {}
        })
    })
    .await;
    let what = Download::new(endless.url("/"), 100_000);
    assert_eq!(get(&endless, &what, &part).await, Err(Error::TooLarge(Some(100_000))));
    let what = Download { size: Some(50_000), ..what };
    assert_eq!(get(&endless, &what, &part).await, Err(Error::TooMuch { expected: 50_000 }));
    assert_eq!(part.size(), 0);
    let vast = Server::start(|mut exchange| -> Answering {
        Box::pin(
            async move { exchange.write(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 1_u64 << 62)).await },
        )
    })
    .await;
    assert!(matches!(get(&vast, &Download::new(vast.url("/"), u64::MAX), &part).await, Err(Error::DiskFull { .. })));
}

#[tokio::test]
async fn answers_that_are_no_file() {
    let folder = Folder::new();
    let part = folder.part();
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    for (head, error) in [
        ("404 No", Error::Gone(404)),
        ("410 No", Error::Gone(410)),
        ("401 No", Error::Denied(401)),
        ("403 No", Error::Denied(403)),
        ("429 No\nretry-after: 120", Error::Busy { status: 429, retry: seconds(120) }),
        ("503 No\nretry-after: Thu, 01 Jan 1970 00:00:00 GMT", Error::Busy { status: 503, retry: seconds(0) }),
        ("503 No\nretry-after: 99999999999", Error::Busy { status: 503, retry: seconds(86_400) }),
        ("500 No\nretry-after: soon", Error::Busy { status: 500, retry: None }),
        ("418 No", Error::Status(418)),
        ("204 No", Error::Status(204)),
        ("200 OK\ncontent-encoding: gzip", Error::Protocol("compressed without being asked")),
    ] {
        let server = says(head, "").await;
        assert_eq!(get(&server, &Download::new(server.url("/"), 9), &part).await, Err(error), "{head}");
    }
    let silent = Server::start(|exchange| -> Answering {
        Box::pin(async move {
            let mut exchange = exchange;
            exchange.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\netag: \"v\"\r\n\r\nabc").await;
            std::future::pending::<()>().await;
        })
    })
    .await;
    let idle = Duration::from_secs(2);
    let client = Http::new(&Settings { idle, ..silent.settings() }).unwrap();
    let what = Download::new(silent.url("/"), 99);
    assert_eq!(client.download(&what, &part, &Control::new()).await, Err(Error::Stalled(idle)));
    assert_eq!(part.size(), 3, "and can go on");
    let garbage = Server::start(|mut exchange| -> Answering {
        Box::pin(async move { exchange.write("SSH-2.0-OpenSSH\r\n\r\n").await })
    })
    .await;
    assert!(matches!(get(&garbage, &Download::new(garbage.url("/"), 9), &part).await, Err(Error::Cut(_))));
}

#[tokio::test]
async fn sealed_files() {
    let (folder, plain) = (Folder::new(), bytes(SIZE));
    for iv in [&[7_u8; 12][..], &[7; 16]] {
        let secret = Secret::new([9; 32], iv).unwrap();
        let mut sealer = secret.sealer();
        let mut whole = plain.clone();
        sealer.update(&mut whole);
        whole.extend(sealer.finish());
        // Cut within the file, and within the tag.
        let server = honest(whole.clone(), vec![300_000, SIZE - 300_000 + 16 + 10]).await;
        let sealed = Sealed { url: server.url("/x"), secret: secret.clone(), preview: None };
        let what =
            Download { size: Some(SIZE as u64), hashes: vec![sha256(&plain)], ..Download::sealed(&sealed, 1 << 20) };
        let part = folder.part();
        assert!(matches!(get(&server, &what, &part).await, Err(Error::Cut(_))));
        assert_eq!(part.size(), 300_000 - 16, "what may be the tag is held back");
        assert!(matches!(get(&server, &what, &part).await, Err(Error::Cut(_)) | Ok(_)));
        let done = get(&server, &what, &part).await.unwrap();
        assert!(done.resumed > 0 && done.size == SIZE as u64);
        assert_eq!(fs::read(part.path()).unwrap(), plain);
        // One bit, anywhere.
        let mut forged = whole.clone();
        forged[500_000] ^= 1;
        let server = honest(forged, Vec::new()).await;
        let what = Download { url: server.url("/x"), hashes: Vec::new(), ..what };
        let part = folder.part();
        assert_eq!(get(&server, &what, &part).await, Err(Error::Forged));
        assert_eq!(part.size(), 0);
        // The limit is of the file, not of what seals it.
        let server = honest(whole, Vec::new()).await;
        let what = Download { url: server.url("/x"), limit: SIZE as u64, ..what };
        assert!(get(&server, &what, &part).await.is_ok());
        let what = Download { limit: SIZE as u64 - 1, size: None, ..what };
        assert_eq!(get(&server, &what, &part).await, Err(Error::TooLarge(Some(SIZE as u64 - 1))));
    }
}

#[tokio::test]
async fn a_look_first() {
    let server = honest(bytes(77), Vec::new()).await;
    let look = async |server: &Server| server.client().probe(&server.url("/"), &Control::new()).await;
    // This one answers HEAD as if it were GET, without ranges.
    let found = look(&server).await.unwrap();
    assert_eq!((found.size, found.media_type.as_deref()), (Some(77), Some("image/png")));
    let picky = Server::start(|mut exchange| -> Answering {
        Box::pin(async move {
            if exchange.request.method == "HEAD" {
                exchange.answer("405 No", b"").await;
            } else {
                exchange.answer("206 Partial\ncontent-range: bytes 0-0/77\ncontent-type: a/b", b"x").await;
            }
        })
    })
    .await;
    let probe = Probe { size: Some(77), media_type: Some("a/b".into()), ranges: true };
    assert_eq!(look(&picky).await, Ok(probe));
    assert_eq!(look(&says("404 No", "").await).await, Err(Error::Gone(404)));
}

#[tokio::test]
async fn held_and_called_off() {
    let (folder, whole) = (Folder::new(), bytes(SIZE));
    let halfway = Arc::new(Notify::new());
    let (file, gate) = (whole.clone(), halfway.clone());
    let server = Server::start(move |mut exchange| -> Answering {
        let (file, gate) = (file.clone(), gate.clone());
        Box::pin(async move {
            exchange.write(format!("HTTP/1.1 200 OK\r\netag: \"v\"\r\ncontent-length: {SIZE}\r\n\r\n")).await;
            exchange.write(&file[..1000]).await;
            gate.notified().await;
            exchange.write(&file[1000..]).await;
        })
    })
    .await;
    let (client, part, control) = (Arc::new(server.client()), folder.part(), Control::new());
    let path = part.path().to_owned();
    let downloading = tokio::spawn({
        let (what, control, client) = (Download::new(server.url("/"), 1 << 20), control.clone(), client.clone());
        async move { client.download(&what, &part, &control).await }
    });
    let mut progress = control.progress();
    progress.wait_for(|progress| progress.done == 1000 || progress.total.is_some()).await.unwrap();
    control.pause();
    halfway.notify_one();
    progress.wait_for(|progress| progress.paused).await.unwrap();
    assert!(!downloading.is_finished());
    control.cancel();
    assert_eq!(downloading.await.unwrap(), Err(Error::Cancelled));
    assert!(fs::read(&path).unwrap().len() < SIZE);
}
