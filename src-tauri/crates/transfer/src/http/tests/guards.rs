//! What is not opened, and from whom.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

#[tokio::test]
async fn redirects() {
    let (folder, whole) = (Folder::new(), bytes(100));
    let part = folder.part();
    let file = whole.clone();
    let server = Server::start(move |mut exchange: Exchange| -> Answering {
        let file = file.clone();
        Box::pin(async move {
            let path = exchange.request.path.clone();
            let left: Option<u32> = path.strip_prefix("/hop/").and_then(|left| left.parse().ok());
            let to = match (path.as_str(), left) {
                (_, Some(0)) => return exchange.answer("200 OK", &file).await,
                (_, Some(left)) => format!("/hop/{}", left - 1),
                ("/http", _) => "http://localhost/".to_owned(),
                ("/file", _) => "file:///etc/passwd".to_owned(),
                ("/private", _) => "https://169.254.169.254/meta".to_owned(),
                ("/other", _) => "https://[::1]/".to_owned(),
                ("/name", _) => "https://x.localhost/".to_owned(),
                ("/loop", _) => "/loop".to_owned(),
                _ => return exchange.answer("302 Found", b"").await,
            };
            exchange.answer(&format!("302 Found\nlocation: {to}"), b"").await;
        })
    })
    .await;
    let got =
        async |path: &str| get(&server, &Download::new(server.url(path), 1000), &part).await.map(|done| done.size);
    assert_eq!(got("/hop/3").await, Ok(100));
    let redirected = |to: &str| Err(Error::Redirected { to: to.into() });
    assert_eq!(got("/hop/4").await, redirected("localhost"));
    assert_eq!(got("/loop").await, redirected("localhost"));
    assert_eq!(got("/http").await, redirected("http://localhost"));
    assert_eq!(got("/file").await, redirected("file://"));
    let private = |host: &str| Err(Error::Private { host: host.into() });
    assert_eq!(got("/private").await, private("169.254.169.254"));
    assert_eq!(got("/other").await, private("[::1]"));
    assert_eq!(got("/name").await, private("x.localhost"));
    assert_eq!(got("/nowhere").await, Err(Error::Protocol("a redirect to nowhere")));
}

/// A name that only turns out to be this machine when it is looked up, and the same one allowed.
#[tokio::test]
async fn private_once_resolved() {
    let folder = Folder::new();
    let part = folder.part();
    let server = says("200 OK", "secret").await;
    let strict = Http::new(&Settings { own: Vec::new(), ..server.settings() }).unwrap();
    for url in [server.url("/"), format!("https://127.0.0.1:{}/", server.port)] {
        let what = Download::new(url, 100);
        let refused = strict.download(&what, &part, &Control::new()).await;
        assert!(matches!(refused, Err(Error::Private { .. })), "{refused:?}");
    }
    // Not by its name but by its address: what the resolver said is what is judged.
    let url = target::parse(&server.url("/")).unwrap();
    let refused = strict.guarded.get(url.clone()).send().await.unwrap_err();
    assert_eq!(answer::failed(&refused, &url, None), Error::Private { host: "localhost".into() });
    assert!(server.seen().is_empty(), "not even asked");
    // Another port is another service.
    strict.allow("localhost:443");
    let what = Download::new(server.url("/"), 100);
    assert!(matches!(strict.download(&what, &part, &Control::new()).await, Err(Error::Private { .. })));
    strict.allow(&format!("LocalHost:{}", server.port));
    let what = Download::new(server.url("/"), 100);
    assert_eq!(strict.download(&what, &part, &Control::new()).await.unwrap().size, 6);
    assert_eq!(get(&server, &Download::new("http://localhost/", 9), &part).await, Err(Error::NotHttps));
    let host = "nowhere.invalid".to_owned();
    let nowhere = Download::new(format!("https://{host}/"), 9);
    assert_eq!(get(&server, &nowhere, &part).await, Err(Error::NameNotFound { host }));
}

#[tokio::test]
async fn certificates() {
    let folder = Folder::new();
    let part = folder.part();
    let server = says("200 OK", "x").await;
    let what = Download::new(server.url("/"), 100);
    let strange = Settings { extra_roots: Vec::new(), ..server.settings() };
    let refused = Http::new(&strange).unwrap().download(&what, &part, &Control::new()).await;
    assert!(matches!(refused, Err(Error::Certificate { .. })), "{refused:?}");
    let pin = |host: &str, fingerprint: &str| Pin { host: host.into(), fingerprint: fingerprint.into() };
    for pins in [vec![pin("localhost", "AA:BB")], vec![pin("elsewhere.example", "AA:BB")]] {
        let client = Http::new(&Settings { pins, ..strange.clone() }).unwrap();
        assert!(matches!(client.download(&what, &part, &Control::new()).await, Err(Error::Certificate { .. })));
    }
    // The account's own service may have another name than the server whose certificate it shows.
    for host in ["LOCALHOST", "server.example"] {
        let pins = vec![pin(host, &server.fingerprint)];
        let client = Http::new(&Settings { pins, ..strange.clone() }).unwrap();
        assert_eq!(client.download(&what, &part, &Control::new()).await.unwrap().size, 1);
    }
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = plain.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut tcp, _) = plain.accept().await.unwrap();
        let _ = tcp.write_all(b"HTTP/1.1 400 plain text only\r\n\r\n").await;
        std::future::pending::<()>().await;
    });
    let client = server.client();
    client.allow(&format!("localhost:{port}"));
    client.allow("localhost:1");
    let what = Download::new(format!("https://localhost:{port}/"), 9);
    assert!(matches!(client.download(&what, &part, &Control::new()).await, Err(Error::Tls { .. })));
    let what = Download::new("https://localhost:1/", 9);
    assert!(matches!(client.download(&what, &part, &Control::new()).await, Err(Error::Unreachable { .. })));
}

/// The proxy hears names and no addresses, and nobody else hears of them.
#[tokio::test]
async fn names_are_looked_up_behind_the_proxy() {
    let folder = Folder::new();
    let part = folder.part();
    let server = says("200 OK", "x").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy { host: "127.0.0.1".into(), port: listener.local_addr().unwrap().port() };
    let (tell, told) = tokio::sync::oneshot::channel();
    let port = server.port;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 2];
        stream.read_exact(&mut head).await.unwrap();
        stream.read_exact(&mut vec![0; head[1].into()]).await.unwrap();
        stream.write_all(&[5, 0]).await.unwrap();
        let mut head = [0; 5];
        stream.read_exact(&mut head).await.unwrap();
        let mut name = vec![0; usize::from(head[4]) + 2];
        stream.read_exact(&mut name).await.unwrap();
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        tell.send((head[3], String::from_utf8(name[..name.len() - 2].to_vec()).unwrap())).unwrap();
        let mut there = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut there).await;
    });
    let client = Http::new(&Settings { proxy: Some(proxy), ..server.settings() }).unwrap();
    let what = Download::new(server.url("/"), 100);
    assert_eq!(client.download(&what, &part, &Control::new()).await.unwrap().size, 1);
    assert_eq!(told.await.unwrap(), (3, "localhost".to_owned()));
    let what = Download::new("https://10.0.0.1/", 100);
    let refused = client.download(&what, &part, &Control::new()).await;
    assert_eq!(refused, Err(Error::Private { host: "10.0.0.1".into() }), "written addresses are checked all the same");
    let gone = Settings { proxy: Some(Proxy { host: "127.0.0.1".into(), port: 1 }), ..server.settings() };
    let failed = Http::new(&gone).unwrap().download(&Download::new(server.url("/"), 9), &part, &Control::new()).await;
    assert!(matches!(failed, Err(Error::Proxy { .. })), "{failed:?}");
}
