use std::sync::Mutex;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

const SIZE: usize = 3_000_001;

fn upload(server: &Server, content: Content, size: usize) -> Upload {
    Upload {
        put: server.url("/slot"),
        headers: vec![("Authorization".into(), "Bearer x".into()), ("X-Evil".into(), "y".into())],
        media_type: "image/png".into(),
        size: size as u64,
        content,
        secret: None,
        algorithms: vec![Algo::Sha256],
    }
}

/// Takes everything and answers so.
async fn takes(head: &'static str) -> (Server, Arc<Mutex<Vec<u8>>>) {
    let taken = Arc::new(Mutex::new(Vec::new()));
    let body = taken.clone();
    let server = Server::start(move |mut exchange| -> Answering {
        let body = body.clone();
        Box::pin(async move {
            let came = exchange.body().await;
            *body.lock().unwrap() = came;
            exchange.answer(head, b"done").await;
        })
    })
    .await;
    (server, taken)
}

async fn put(server: &Server, upload: Upload) -> Result<Uploaded, Error> {
    server.client().upload(upload, &Control::new()).await
}

#[tokio::test]
async fn a_file_goes_whole() {
    let (folder, whole) = (Folder::new(), bytes(SIZE));
    for head in ["201 Created", "200 OK", "204 No Content"] {
        let (server, taken) = takes(head).await;
        let control = Control::new();
        let what = upload(&server, Content::File(folder.file(&whole)), SIZE);
        let done = server.client().upload(what, &control).await.unwrap();
        assert_eq!(done.hashes, [sha256(&whole)]);
        assert_eq!(*taken.lock().unwrap(), whole);
        assert_eq!(control.progress().borrow().done, SIZE as u64);
        let request = &server.seen()[0];
        assert_eq!((request.method.as_str(), request.length()), ("PUT", SIZE));
        assert_eq!(request.header("content-type"), Some("image/png"));
        assert_eq!((request.header("authorization"), request.header("x-evil")), (Some("Bearer x"), None));
        assert_eq!(request.header("transfer-encoding"), None);
    }
    let (server, taken) = takes("201 Created").await;
    let what = upload(&server, Content::Reader(Box::new(std::io::Cursor::new(whole.clone()))), SIZE);
    assert_eq!(put(&server, what).await.unwrap().hashes, [sha256(&whole)]);
    assert_eq!(*taken.lock().unwrap(), whole);
    let what = upload(&server, Content::File(folder.file(b"")), 0);
    assert_eq!(put(&server, what).await.unwrap().hashes, [sha256(b"")]);
    assert_eq!(server.seen()[1].header("content-length"), Some("0"));
}

#[tokio::test]
async fn sealed_on_the_way() {
    let (folder, whole) = (Folder::new(), bytes(SIZE));
    let secret = Secret::random().unwrap();
    for reader in [false, true] {
        let (server, taken) = takes("201 Created").await;
        let content = if reader {
            Content::Reader(Box::new(std::io::Cursor::new(whole.clone())))
        } else {
            Content::File(folder.file(&whole))
        };
        let what = Upload { secret: Some(secret.clone()), ..upload(&server, content, SIZE) };
        assert_eq!(put(&server, what).await.unwrap().hashes, [sha256(&whole)], "of the file itself");
        let sealed = taken.lock().unwrap().clone();
        assert_eq!(sealed.len() as u64, Upload::wire(SIZE as u64, true));
        let mut opener = secret.opener();
        assert!(opener.update(&sealed) == whole && opener.finish().is_ok());
        assert_eq!(server.seen()[0].header("content-type"), Some("application/octet-stream"));
    }
}

#[tokio::test]
async fn refusals() {
    let (folder, whole) = (Folder::new(), bytes(1000));
    let file = folder.file(&whole);
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    for (head, error) in [
        ("413 No", Error::TooLarge(None)),
        ("413 No\nupload-limit: max-age=3, max-size=500", Error::TooLarge(Some(500))),
        ("403 No", Error::SlotExpired(403)),
        ("404 No", Error::SlotExpired(404)),
        ("410 No", Error::SlotExpired(410)),
        ("401 No", Error::Denied(401)),
        ("507 No\nretry-after: 60", Error::Quota { retry: seconds(60) }),
        ("503 No\nretry-after: 5", Error::Busy { status: 503, retry: seconds(5) }),
        ("500 No", Error::Busy { status: 500, retry: None }),
        ("301 No\nlocation: https://evil.example/x", Error::Redirected { to: "evil.example".into() }),
        ("307 No\nlocation: /x", Error::Redirected { to: String::new() }),
        ("400 No", Error::Status(400)),
    ] {
        let (server, _) = takes(head).await;
        let what = upload(&server, Content::File(file.clone()), 1000);
        assert_eq!(put(&server, what).await, Err(error), "{head}");
        assert_eq!(server.seen().len(), 1, "asked once");
    }
    let (server, _) = takes("201 Created").await;
    let what = Upload { put: server.url("/").replace("https", "http"), ..upload(&server, Content::File(file), 1000) };
    assert_eq!(put(&server, what).await, Err(Error::NotHttps));
}

/// Says no while the body is still on its way, as servers do that look at the length.
#[tokio::test]
async fn an_early_no() {
    let (folder, whole) = (Folder::new(), bytes(20 * SIZE));
    let file = folder.file(&whole);
    for reads in [0, 100_000] {
        let server = Server::start(move |mut exchange| -> Answering {
            Box::pin(async move {
                exchange.stream.read_exact(&mut vec![0; reads]).await.unwrap();
                exchange.answer("413 Too Large", b"").await;
                // Takes what still comes for a moment, as polite servers do.
                let mut rest = vec![0; 65_536];
                while exchange.stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
            })
        })
        .await;
        let what = upload(&server, Content::File(file.clone()), 20 * SIZE);
        assert_eq!(put(&server, what).await, Err(Error::TooLarge(None)));
    }
}

#[tokio::test]
async fn the_file_is_not_what_it_was() {
    let (folder, whole) = (Folder::new(), bytes(1000));
    let (server, _) = takes("201 Created").await;
    let file = folder.file(&whole);
    for wrong in [999, 1001] {
        let what = upload(&server, Content::File(file.clone()), wrong);
        assert_eq!(put(&server, what).await, Err(Error::Changed));
    }
    let what = upload(&server, Content::File(folder.0.path().join("none")), 1000);
    assert_eq!(put(&server, what).await, Err(Error::NoFile));
    let what = upload(&server, Content::File(folder.0.path().to_owned()), 1000);
    assert_eq!(put(&server, what).await, Err(Error::NoFile));
    let reader = |length| Content::Reader(Box::new(std::io::Cursor::new(bytes(length))));
    let what = upload(&server, reader(999), 1000);
    assert_eq!(put(&server, what).await, Err(Error::TooLittle { expected: 1000, got: 999 }));
    let what = Upload { secret: Some(Secret::random().unwrap()), ..upload(&server, reader(1001), 1000) };
    assert_eq!(put(&server, what).await, Err(Error::TooMuch { expected: 1000 }));
}

#[tokio::test]
async fn stalled_cut_and_called_off() {
    let (folder, whole) = (Folder::new(), bytes(20 * SIZE));
    let file = folder.file(&whole);
    let silent = Server::start(|exchange| -> Answering {
        Box::pin(async move {
            // Neither reads nor answers, and stays.
            let _stays = exchange;
            std::future::pending::<()>().await;
        })
    })
    .await;
    let idle = Duration::from_millis(300);
    let client = Http::new(&Settings { idle, ..silent.settings() }).unwrap();
    let what = || upload(&silent, Content::File(file.clone()), 20 * SIZE);
    assert_eq!(client.upload(what(), &Control::new()).await, Err(Error::Stalled(idle)));
    // A pause is none of the server's doing.
    let control = Control::new();
    control.pause();
    let client = Arc::new(client);
    let uploading = tokio::spawn({
        let (client, control, what) = (client.clone(), control.clone(), what());
        async move { client.upload(what, &control).await }
    });
    let mut progress = control.progress();
    progress.wait_for(|progress| progress.total.is_some()).await.unwrap();
    let until = tokio::time::Instant::now() + 2 * idle;
    assert!(tokio::time::timeout_at(until, progress.wait_for(|progress| progress.done > 0)).await.is_err());
    assert!(!uploading.is_finished());
    control.cancel();
    assert_eq!(uploading.await.unwrap(), Err(Error::Cancelled));
    let cut = Server::start(|mut exchange| -> Answering {
        Box::pin(async move {
            exchange.stream.read_exact(&mut vec![0; 100_000]).await.unwrap();
            let _ = exchange.stream.shutdown().await;
        })
    })
    .await;
    let what = upload(&cut, Content::File(file.clone()), 20 * SIZE);
    assert!(matches!(put(&cut, what).await, Err(Error::Cut(_))));
    let early = Server::start(|mut exchange| -> Answering {
        Box::pin(async move {
            exchange.answer("201 Created", b"").await;
            std::future::pending::<()>().await;
        })
    })
    .await;
    let what = upload(&early, Content::File(file), 20 * SIZE);
    assert!(put(&early, what).await.is_err(), "not everything can be there");
}
