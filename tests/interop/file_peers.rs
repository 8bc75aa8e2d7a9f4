//! Those who send and take files with ours, among themselves: what the tests of files stand on.

use std::path::PathBuf;

use harness::browser::files::made;
use harness::dino::files::Way;
use harness::http::Reply;
use harness::paths::Folder;
use harness::{Browser, Dino, Ejabberd, HttpServer, Prosody, Result, Slix, Version, bail, ensure, slix::Login, until};
use serde_json::json;

use crate::servers::Server;

/// A file of a test's own, and the hash of what is in it.
struct Sample {
    path: PathBuf,
    size: u64,
    sha256: String,
    _folder: Folder,
}

impl Sample {
    fn new(name: &str, size: usize) -> Result<Self> {
        let folder = Folder::new("sample")?;
        let path = folder.path().join(name);
        let bytes = made(size);
        std::fs::write(&path, &bytes)?;
        Ok(Self { path, size: bytes.len() as u64, sha256: sha256(&bytes), _folder: folder })
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Two who know each other.
async fn pair(server: &Server) -> Result<(Slix, Slix)> {
    let (ann, ben) = (server.account("file-ann").await?, server.account("file-ben").await?);
    tokio::try_join!(server.slix(&ann, "slix"), server.slix(&ben, "slix"))
}

#[tokio::test]
async fn slixmpp_shares_files_over_every_servers_uploads() -> Result<()> {
    for server in Server::all().await? {
        let (ann, ben) = pair(&server).await?;
        let (service, largest) = ann.upload_service().await?;
        ensure!(service == "upload.example.test" && largest == Some(2 << 30), "{service}: {largest:?}");
        let sample = Sample::new("holiday snap.jpg", 300_000)?;
        for newer in [false, true] {
            let shared = match newer {
                false => ann.share(ben.bare(), &sample.path, "image/jpeg").await?,
                true => ann.share_stateless(ben.bare(), &sample.path, "image/jpeg").await?,
            };
            ensure!(shared.url.starts_with("https://localhost:") && shared.sha256 == sample.sha256, "{shared:?}");
            let told = ben.file(ann.bare()).await?;
            ensure!(told["oob"] == json!(shared.url) && told["body"] == told["oob"], "{told}");
            ensure!(told["sfs"].is_array() == newer, "{told}");
            let got = ben.fetch(&shared.url).await?;
            ensure!(got.status == 200 && got.size == sample.size && got.sha256 == sample.sha256, "{got:?}");
        }
        println!("{} passes files on", server.name());
    }
    Ok(())
}

#[tokio::test]
async fn uploads_have_limits_where_a_test_wants_them() -> Result<()> {
    for version in Version::ALL {
        let builder = Prosody::builder().version(version).upload_limit(1_000).upload_quota(1_500);
        let server = builder.account("ann", "pw-ann").start().await?;
        let ann = Login::prosody(&server, "ann", "pw-ann").start().await?;
        let (_, largest) = ann.upload_service().await?;
        ensure!(largest == Some(1_000), "{version:?}: {largest:?}");
        let refused = |answer: Result<_>| answer.err().map(|why: harness::Error| why.to_string()).unwrap_or_default();
        let large = refused(ann.slot("large", 1_001, "text/plain").await);
        ensure!(large.contains("not-acceptable"), "{version:?}: {large:?}");
        ann.slot("fits", 1_000, "text/plain").await?;
        let much = refused(ann.slot("too much for a day", 1_000, "text/plain").await);
        ensure!(much.contains("resource-constraint"), "{version:?}: {much:?}");
    }
    Ok(())
}

#[tokio::test]
async fn every_server_says_where_bytestreams_are_passed_on() -> Result<()> {
    let port = harness::ports::free();
    let asks = "<query xmlns='http://jabber.org/protocol/bytestreams'/>";
    for version in Version::ALL {
        let builder = Prosody::builder().version(version).proxy65([127, 0, 0, 1].into(), port);
        let server = builder.account("ann", "pw-ann").start().await?;
        let ann = Login::prosody(&server, "ann", "pw-ann").start().await?;
        let answer = ann.call("iq", json!({ "xml": asks, "to": server.proxy65_service() })).await?;
        names_a_host(&answer, server.proxy65_port).await?;
    }
    let server = Ejabberd::shared().await?;
    server.register("file-cay", "pw-file-cay").await?;
    let cay = Login::ejabberd(server, "file-cay", "pw-file-cay").start().await?;
    let answer = cay.call("iq", json!({ "xml": asks, "to": server.proxy65_service() })).await?;
    names_a_host(&answer, server.proxy65_port).await
}

async fn names_a_host(answer: &serde_json::Value, port: u16) -> Result<()> {
    let answer = answer.as_str().unwrap_or_default();
    ensure!(answer.contains("host=\"127.0.0.1\"") && answer.contains(&format!("port=\"{port}\"")), "{answer}");
    // SOCKS5, without a name
    let mut socket = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
    tokio::io::AsyncWriteExt::write_all(&mut socket, &[5, 1, 0]).await?;
    let mut chosen = [0; 2];
    tokio::io::AsyncReadExt::read_exact(&mut socket, &mut chosen).await?;
    ensure!(chosen == [5, 0], "{chosen:?}");
    Ok(())
}

#[tokio::test]
async fn slixmpp_sends_bytes_in_band_where_no_bytestream_can_be_made() -> Result<()> {
    let server = Server::Prosody(Box::new(Prosody::builder().streamhosts_lead_nowhere().start().await?));
    let (ann, ben) = pair(&server).await?;
    let place = "<content creator='initiator' name='f'><transport xmlns='urn:xmpp:jingle:transports:s5b:1' sid='t'>\
                 <candidate cid='c' host='192.0.2.1' port='5086' jid='j' priority='1'/></transport></content>";
    let jingle = format!("<jingle xmlns='urn:xmpp:jingle:1' action='transport-info' sid='s'>{place}</jingle>");
    ann.call("iq", json!({ "xml": jingle, "type": "set", "to": ben.jid })).await?;
    let heard = ben.wait("a place", |event| event["action"] == "transport-info").await?;
    let heard = heard["xml"].as_str().unwrap_or_default();
    ensure!(heard.contains("host=\"127.0.0.1\"") && heard.contains("port=\"1\""), "{heard}");
    let sample = Sample::new("in-band", 10_000)?;
    let sent = ann.send_ibb(&ben.jid, "s1", &sample.path, 4_096).await?;
    ensure!(sent == (3, None), "{sent:?}");
    for (what, seq) in [("open", None), ("data", Some("0")), ("data", Some("1")), ("data", Some("2")), ("close", None)]
    {
        let fits = |event: &serde_json::Value| event["what"] == what && event["seq"].as_str() == seq;
        ben.wait(&format!("{what} {seq:?}"), fits).await?;
    }
    ben.refuse_ibb(Some("not-acceptable")).await?;
    let sent = ann.send_ibb(&ben.jid, "s2", &sample.path, 4_096).await?;
    ensure!(sent == (0, Some("not-acceptable".into())), "{sent:?}");
    Ok(())
}

/// Mira and Juliet on each other's rosters.
async fn friends(builder: harness::prosody::Builder) -> Result<Prosody> {
    harness::calling::people(builder).await
}

#[tokio::test]
async fn browsers_exchange_a_file_over_a_data_channel() -> Result<()> {
    let server = friends(Prosody::builder()).await?;
    let sign_in = |user| Browser::sign_in(&server, user, 900, false);
    let (mira, juliet) = tokio::try_join!(sign_in("mira"), sign_in("juliet"))?;
    let device = mira.device_of(juliet.bare()).await?;
    let sid = mira.send_made(&device, "made.bin", 2_000_000).await?;
    let got = juliet.received(&sid).await?;
    ensure!(got.size == 2_000_000 && got.said == Some(2_000_000) && got.sha256 == sha256(&made(2_000_000)), "{got:?}");
    ensure!(got.name.as_deref() == Some("made.bin") && got.channel.way == "data channel", "{got:?}");
    let sent = mira.sent(&sid).await?;
    ensure!(sent.algorithm == "sha-1" && sent.channel.label == "filetransfer", "{sent:?}");
    mira.told("terminated", 1).await?;
    let said = mira.said().await?;
    let offer = said.iter().find(|xml| xml.contains("session-initiate")).cloned().unwrap_or_default();
    ensure!(offer.contains("<sctpmap xmlns=\"urn:xmpp:jingle:transports:dtls-sctp:1\" number=\"5000\""), "{offer}");

    // given from here, and taken only when asked to
    juliet.takes_files(false).await?;
    let sid = mira.send_file(&device, "note.txt", b"a note", "text/plain").await?;
    juliet.told("incoming", 2).await?;
    juliet.take_file().await?;
    let got = juliet.received(&sid).await?;
    ensure!(got.size == 6 && got.sha256 == sha256(b"a note"), "{got:?}");
    Ok(())
}

/// What Dinos need to be seen and heard by; nobody here looks.
async fn dino(server: &Prosody, user: &str) -> Result<Dino> {
    Dino::sign_in(server, user, 900, 0x00ce_1312).await
}

#[tokio::test(flavor = "multi_thread")]
async fn dino_sends_a_file_over_uploads_and_over_bytestreams() -> Result<()> {
    let server = friends(Prosody::builder().upload_limit(100_000)).await?;
    let (mira, juliet) = tokio::try_join!(dino(&server, "mira"), dino(&server, "juliet"))?;
    for (name, size, way) in [("small one.bin", 60_000, Way::Upload), ("large.bin", 400_000, Way::Jingle)] {
        let sample = Sample::new(name, size)?;
        mira.send_file(&server.jid("juliet"), &sample.path).await?;
        let got = juliet.gets(name).await?;
        ensure!(got.way == way && got.size == Some(sample.size), "{got:?}");
        ensure!(got.content()? == (sample.size, sample.sha256.clone()), "{got:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn dino_and_slixmpp_share_links_and_dino_sends_in_band() -> Result<()> {
    let server = friends(Prosody::builder().upload_limit(100_000).hides_bytestreams()).await?;
    let slix = Login::prosody(&server, "juliet", "pw-juliet").start();
    let (mira, juliet) = tokio::try_join!(dino(&server, "mira"), slix)?;
    let sample = Sample::new("from dino.txt", 50_000)?;
    mira.send_file(juliet.bare(), &sample.path).await?;
    let told = juliet.file(&server.jid("mira")).await?;
    let got = juliet.fetch(told["oob"].as_str().unwrap_or_default()).await?;
    ensure!(got.size == sample.size && got.sha256 == sample.sha256, "{got:?} for {told}");

    let sample = Sample::new("from slixmpp.txt", 70_000)?;
    let shared = juliet.share(&server.jid("mira"), &sample.path, "text/plain").await?;
    let got = mira.gets("from slixmpp.txt").await?;
    ensure!(got.content()? == (sample.size, shared.sha256), "{got:?}");

    let can = ["urn:xmpp:jingle:1", "urn:xmpp:jingle:apps:file-transfer:5", "urn:xmpp:jingle:transports:ibb:1"];
    juliet.call("features", json!({ "features": can })).await?;
    let sample = Sample::new("too large.bin", 150_000)?;
    mira.send_file(juliet.bare(), &sample.path).await?;
    let offer = juliet.wait("an offer", |event| event["action"] == "session-initiate").await?;
    let offer = offer["xml"].as_str().unwrap_or_default();
    ensure!(offer.contains("urn:xmpp:jingle:transports:ibb:1") && offer.contains("too large.bin"), "{offer}");
    Ok(())
}

#[tokio::test]
async fn a_web_server_stands_in_for_uploads_and_goes_wrong_where_wanted() -> Result<()> {
    let web = HttpServer::start().await?;
    let server = Prosody::builder().uploads_at(&web.url()).account("ann", "pw-ann").start().await?;
    let ann = Login::prosody(&server, "ann", "pw-ann").start().await?;
    let sample = Sample::new("sample.bin", 200_000)?;
    let shared = ann.upload(&sample.path, "text/plain").await?;
    let put = web.last()?;
    ensure!(put.method == "PUT" && put.bytes == sample.size && put.sha256 == Some(sample.sha256.clone()), "{put:?}");
    ensure!(put.header("authorization").is_some_and(|said| said.starts_with("Bearer ")), "{put:?}");
    ensure!(ann.fetch(&shared.url).await?.sha256 == sample.sha256, "another file");

    let body = made(100_000);
    let file = || Reply::file("image/png", body.clone());
    let get = async |path: &str, headers: serde_json::Value| {
        ann.call("fetch", json!({ "url": format!("{}{path}", web.url()), "headers": headers })).await
    };
    web.answer("GET", "/changes", [file().etag("a"), file().etag("b")]);
    let first = get("/changes", json!({})).await?;
    ensure!(first["headers"]["etag"] == "\"a\"" && first["size"] == 100_000, "{first}");
    let rest = json!({ "Range": "bytes=99000-", "If-Range": "\"a\"" });
    let second = get("/changes", rest.clone()).await?;
    ensure!(second["status"] == 200 && second["size"] == 100_000, "{second}");
    let third = get("/changes", json!({ "Range": "bytes=99000-", "If-Range": "\"b\"" })).await?;
    ensure!(third["status"] == 206 && third["headers"]["content-range"] == "bytes 99000-99999/100000", "{third}");
    web.answer("GET", "/whole", [file().ignores_ranges()]);
    ensure!(get("/whole", rest.clone()).await?["status"] == 200, "it gave a part");
    web.answer("GET", "/shifted", [file().shifts_ranges(5)]);
    ensure!(get("/shifted", rest).await?["headers"]["content-range"] == "bytes 99005-99999/100000", "not shifted");
    web.answer("GET", "/loop", [Reply::redirect(302, "/loop")]);
    ensure!(get("/loop", json!({})).await?["headers"]["location"] == "/loop", "no loop");
    web.answer("PUT", "*", [Reply::status(503).retry_after(7), Reply::status(413).early(10_000)]);
    for status in [503, 413] {
        let why = ann.upload(&sample.path, "text/plain").await.err().map(|why| why.to_string()).unwrap_or_default();
        ensure!(why.contains(&format!("answered with {status}")), "{why}");
    }
    web.answer("GET", "/short", [file().claims(150_000)]);
    web.answer("GET", "/long", [file().claims(50_000)]);
    web.answer("GET", "/breaks", [file().closes_after(70_000)]);
    ensure!(get("/long", json!({})).await?["size"] == 50_000, "more than was claimed");
    for path in ["/short", "/breaks"] {
        if let Ok(got) = get(path, json!({})).await {
            bail!("{path} is whole: {got}");
        }
    }
    for (path, reply) in [("/stalls", file().stalls_after(30_000)), ("/endless", Reply::status(200).endless())] {
        web.answer("GET", path, [reply]);
        leaves_after(&web, path, 30_000).await?;
        let seen = web.sees("somebody who left", |seen| seen.path == path && seen.left).await?;
        ensure!(seen.given >= 30_000, "{seen:?}");
    }
    Ok(())
}

/// Reads so much and hangs up.
async fn leaves_after(web: &HttpServer, path: &str, bytes: u64) -> Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(web.certificate.client_config()?));
    let socket = tokio::net::TcpStream::connect(("127.0.0.1", web.port)).await?;
    let mut socket = connector.connect("localhost".try_into()?, socket).await?;
    socket.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).await?;
    let mut left = vec![0; usize::try_from(bytes)?];
    socket.read_exact(&mut left).await?;
    let given = async || web.seen().iter().any(|seen| seen.path == path && seen.given >= bytes).then_some(());
    until("so much to be given", given).await
}
