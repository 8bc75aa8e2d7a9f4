//! Links to files that lie, fail, or lead where nobody should go: plain words, nothing under the name of the file, no part that
//! is of no use, and the next one comes.
//!
//! | what is behind the link | test |
//! |---|---|
//! | 401, 403, 404, 410, 500; redirects to http, in a circle, to a private address, to nowhere | `what_is_not_there_is_said` |
//! | `http:`, a password in it, addresses of this computer and of a network, other ports of our own service | `nobody_is_led_astray` |
//! | more and fewer bytes than promised, by the header and without one; another hash | `promises_are_kept_or_nothing_is` |
//! | no end, where somebody said a size and where nobody did | `no_end_is_an_end` |
//! | broken off and gone on with; another file meanwhile | `what_broke_goes_on_where_it_may` |
//! | names that are paths, hide something, or are 10 kB long | `names_are_only_names` |
//! | HTML as a picture, a picture of 50,000 × 50,000 points | `pictures_are_what_they_seem` |
//! | aesgcm with its tag and with another | `what_is_sealed_opens_or_is_forged` |

use harness::calling::people;
use harness::filing::noise;
use harness::http::Reply;
use harness::{At, Headless, HttpServer, Prosody, Result, ensure};
use waxwing_contract::{Code, File, FileKind, FileState, GetSettings, Nothing, SetSettings, Settings};

use crate::foe::{Foe, hash};

struct Scene {
    _server: Prosody,
    /// The account's own service, which may be on this computer.
    http: HttpServer,
    mira: Headless,
    /// A contact, whose files come by themselves.
    foe: Foe,
}

async fn scene() -> Result<Scene> {
    let http = HttpServer::start().await?;
    let server = people(Prosody::builder().uploads_at(&http.url())).await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let foe = Foe::juliet(&server).await?;
    Ok(Scene { _server: server, http, mira, foe })
}

impl Scene {
    /// Tells of a file of this name and size, and of more where there is more.
    async fn shares(&self, name: &str, size: usize, more: &str, url: &str) -> Result<()> {
        let told = format!("<name>{name}</name><size>{size}</size>{more}");
        self.foe.shares(&self.mira.jid, &told, url).await
    }

    /// It fails, and nothing of it is left.
    async fn fails(&self, name: &str, code: Code) -> Result<File> {
        let failed = self.mira.file_failed(self.foe.bare(), name, code).await?;
        self.mira.no_parts().await?;
        ensure!(self.mira.lying()?.iter().all(|path| !path.ends_with(name)), "{name} lies here");
        Ok(failed)
    }

    fn gets(&self, path: &str) -> usize {
        self.http.seen().iter().filter(|seen| seen.method == "GET" && seen.path == path).count()
    }

    /// The client goes on working.
    async fn goes_well(&self) -> Result<()> {
        let bytes = noise(30_000);
        let url = self.http.put("/good.bin", "application/octet-stream", bytes.clone());
        self.shares("good.bin", bytes.len(), &hash(&bytes), &url).await?;
        let came = self.mira.file_here(self.foe.bare(), "good.bin").await?;
        ensure!(self.mira.read_file(&came).await? == bytes, "other bytes came");
        self.mira.settled().await?;
        self.mira.no_parts().await
    }
}

#[tokio::test]
async fn what_is_not_there_is_said() -> Result<()> {
    let scene = scene().await?;
    let private = HttpServer::start().await?;
    let answers = [
        (Reply::status(404), Code::FileGone),
        (Reply::status(410), Code::FileGone),
        (Reply::status(401), Code::ServiceRefused),
        (Reply::status(403), Code::ServiceRefused),
        (Reply::status(418), Code::ServiceRefused),
        (Reply::status(500), Code::ServiceBusy),
        (Reply::redirect(302, &scene.http.url().replace("https", "http")), Code::UnsafeLink),
        (Reply::redirect(301, "/answer-7.bin"), Code::UnsafeLink),
        (Reply::redirect(307, &private.url_at("127.0.0.1")), Code::UnsafeLink),
        (Reply::redirect(307, &private.url()), Code::UnsafeLink),
        (Reply::redirect(302, "file:///etc/passwd"), Code::UnsafeLink),
        (Reply::status(302), Code::Protocol),
        (Reply::status(206).body(noise(1_000)), Code::Protocol),
    ];
    for (number, (reply, code)) in answers.into_iter().enumerate() {
        let name = format!("answer-{number}.bin");
        let path = format!("/{name}");
        scene.http.answer("GET", &path, [reply]);
        scene.shares(&name, 1_000, "", &format!("{}{path}", scene.http.url())).await?;
        scene.fails(&name, code).await?;
        ensure!(scene.gets(&path) <= 6, "{name} was asked for {} times", scene.gets(&path));
    }
    // Only by its link: it is asked first what it is.
    scene.foe.slix.send_link(&scene.mira.jid, &format!("{}/no-such.bin", scene.http.url())).await?;
    scene.fails("no-such.bin", Code::FileGone).await?;
    ensure!(private.seen().is_empty(), "it was led into a private network: {:?}", private.seen());
    scene.goes_well().await
}

#[tokio::test]
async fn nobody_is_led_astray() -> Result<()> {
    let scene = scene().await?;
    let (secure, plain) = (HttpServer::start().await?, HttpServer::in_the_clear().await?);
    // What is no link to a file is words.
    for url in [format!("{}/plain.bin", plain.url()), "file:///etc/passwd".into(), "ftp://a.example/x.bin".into()] {
        scene.foe.slix.send_link(&scene.mira.jid, &url).await?;
        let message = scene.mira.message(scene.foe.bare(), "words", |message| message.body == url).await?;
        ensure!(message.files.is_empty(), "{url} is taken for a file: {message:?}");
    }
    let places = [
        secure.url_at("127.0.0.1"),
        secure.url_at("127.1"),
        secure.url_at("2130706433"),
        secure.url_at("[::1]"),
        secure.url_at("[::ffff:127.0.0.1]"),
        // Beside our own service, and not it.
        secure.url(),
        scene.http.url_at("127.0.0.1"),
        "https://10.1.2.3".into(),
        "https://192.168.1.1".into(),
        "https://169.254.169.254".into(),
        format!("https://somebody:secret@localhost:{}", scene.http.port),
    ];
    for (number, place) in places.iter().enumerate() {
        let name = format!("astray-{number}.bin");
        scene.shares(&name, 1_000, "", &format!("{place}/{name}")).await?;
        scene.fails(&name, Code::UnsafeLink).await?;
    }
    for server in [&secure, &plain, &scene.http] {
        ensure!(server.seen().is_empty(), "somebody was led astray: {:?}", server.seen());
    }
    scene.goes_well().await
}

#[tokio::test]
async fn promises_are_kept_or_nothing_is() -> Result<()> {
    let scene = scene().await?;
    let bytes = noise(300_000);
    let file = || Reply::file("application/octet-stream", bytes.clone());
    let (right, wrong) = (hash(&bytes), hash(b"others"));
    let lies = [
        ("longer.bin", file(), 200_000, ""),
        ("longer-chunked.bin", file().chunked(), 200_000, ""),
        ("longer-unsaid.bin", file().without_length(), 200_000, ""),
        ("shorter.bin", file(), 400_000, ""),
        ("shorter-chunked.bin", file().chunked(), 400_000, ""),
        ("shorter-hashed.bin", file(), 400_000, right.as_str()),
        ("hash.bin", file(), 300_000, wrong.as_str()),
        ("hash-chunked.bin", file().chunked(), 300_000, wrong.as_str()),
    ];
    for (name, reply, size, more) in lies {
        let path = format!("/{name}");
        scene.http.answer("GET", &path, [reply]);
        scene.shares(name, size, more, &format!("{}{path}", scene.http.url())).await?;
        scene.fails(name, Code::FileNotAsPromised).await?;
        ensure!(scene.gets(&path) == 1, "{name} was asked for {} times", scene.gets(&path));
    }
    scene.goes_well().await
}

#[tokio::test]
async fn no_end_is_an_end() -> Result<()> {
    let scene = scene().await?;
    scene.http.answer("GET", "/endless.bin", [Reply::status(200).endless()]);
    scene.shares("endless.bin", 100_000, "", &format!("{}/endless.bin", scene.http.url())).await?;
    scene.fails("endless.bin", Code::FileNotAsPromised).await?;
    let seen = scene.http.sees("it to be left", |seen| seen.path == "/endless.bin" && seen.left).await?;
    ensure!(seen.given < 20_000_000, "{} bytes were taken", seen.given);

    // Nobody says how large it is: it does not come unasked, and no further than files may.
    let settings: Settings = scene.mira.call(GetSettings(Nothing {})).await?;
    scene.mira.call(SetSettings(Settings { keep_mb: Some(2), ..settings })).await?;
    scene.http.answer("HEAD", "/unsaid.bin", [Reply::status(200).endless()]);
    scene.http.answer("GET", "/unsaid.bin", [Reply::status(200).endless()]);
    scene.foe.slix.send_link(&scene.mira.jid, &format!("{}/unsaid.bin", scene.http.url())).await?;
    let offered = |file: &File| file.name == "unsaid.bin" && file.state == FileState::Offered;
    let (_, file) = scene.mira.file_that(scene.foe.bare(), "an offer", offered).await?;
    ensure!(scene.gets("/unsaid.bin") == 0, "it came unasked");
    scene.mira.start_file(&file.id).await?;
    scene.fails("unsaid.bin", Code::OverQuota).await?;

    // Whoever says a size and gives more, once the person wants it.
    scene.http.answer("HEAD", "/grows.bin", [Reply::file("application/octet-stream", noise(100_000))]);
    scene.http.answer("GET", "/grows.bin", [Reply::status(200).endless()]);
    let settings: Settings = scene.mira.call(GetSettings(Nothing {})).await?;
    scene.mira.call(SetSettings(Settings { receive_mb: 0, ..settings.clone() })).await?;
    scene.foe.slix.send_link(&scene.mira.jid, &format!("{}/grows.bin", scene.http.url())).await?;
    let offered = |file: &File| file.name == "grows.bin" && file.state == FileState::Offered;
    let (_, file) = scene.mira.file_that(scene.foe.bare(), "an offer", offered).await?;
    scene.mira.start_file(&file.id).await?;
    scene.fails("grows.bin", Code::FileNotAsPromised).await?;
    scene.mira.call(SetSettings(Settings { receive_mb: 10, ..settings })).await?;
    scene.goes_well().await
}

#[tokio::test]
async fn what_broke_goes_on_where_it_may() -> Result<()> {
    let scene = scene().await?;
    // Of each there is one of its own: what is here already is not fetched.
    let whole = |from: usize| noise(400_100)[from..from + 400_000].to_vec();
    let file = |bytes: &[u8], tag: &str| Reply::file("application/octet-stream", bytes.to_vec()).etag(tag);
    let broken = |bytes: &[u8]| file(bytes, "a").closes_after(150_000);
    let [resumed, changed, shifted, blind] = [1, 2, 3, 4].map(whole);
    let before = whole(5);
    // A range that was not asked for, and one of another file: only the hash tells.
    let ill = file(&shifted, "a").shifts_ranges(10);
    let blindly = file(&blind, "b").ignores_if_range();
    let files = [
        ("resumed.bin", &resumed, vec![broken(&resumed), file(&resumed, "a")]),
        ("changed.bin", &changed, vec![broken(&before), file(&changed, "b")]),
        ("shifted.bin", &shifted, vec![broken(&shifted), ill, file(&shifted, "a")]),
        ("blind.bin", &blind, vec![broken(&before), blindly, file(&blind, "b")]),
    ];
    for (name, bytes, replies) in files {
        scene.http.answer("GET", &format!("/{name}"), replies);
        let url = format!("{}/{name}", scene.http.url());
        scene.shares(name, bytes.len(), &hash(bytes), &url).await?;
        let came = scene.mira.file_here(scene.foe.bare(), name).await?;
        ensure!(scene.mira.read_file(&came).await? == *bytes, "other bytes came of {name}");
        let path = format!("/{name}");
        let second = scene.http.seen().into_iter().filter(|seen| seen.path == path).nth(1);
        let range = second.as_ref().and_then(|seen| seen.header("range"));
        ensure!(range.is_some_and(|range| range.starts_with("bytes=") && range != "bytes=0-"), "{name}: {second:?}");
        ensure!(name != "resumed.bin" || second.is_some_and(|seen| seen.status == Some(206)), "it began anew");
    }
    scene.mira.no_parts().await?;
    scene.goes_well().await
}

#[tokio::test]
async fn names_are_only_names() -> Result<()> {
    let scene = scene().await?;
    let long = format!("{}.pdf", "long ".repeat(2_000));
    let names = [
        "../../../../etc/passwd",
        "/etc/shadow",
        "..",
        "C:\\Windows\\win.ini",
        "in\u{202e}gpj.exe",
        ".bashrc",
        "aux.txt",
        "a&#9;b&#10;c.txt",
        "\u{feff}\u{200b}.part",
        long.as_str(),
    ];
    let (mira, files) = (&scene.mira, scene.mira.folder().join("accounts").join(&scene.mira.account).join("files"));
    for (number, name) in names.iter().enumerate() {
        let bytes = noise(1_000 + number);
        let url = scene.http.put(&format!("/{number}"), "application/octet-stream", bytes.clone());
        scene.shares(name, bytes.len(), "", &url).await?;
        let size = Some(bytes.len() as u64);
        let here = |file: &File| file.size == size && file.state == FileState::Here;
        let (_, file) = mira.file_that(scene.foe.bare(), "the file to be here", here).await?;
        let hidden = |c: char| c.is_control() || ['/', '\\', ':', '\u{202e}', '\u{200b}', '\u{feff}'].contains(&c);
        ensure!(!file.name.contains(hidden) && !file.name.starts_with('.'), "{:?}", file.name);
        ensure!(!file.name.is_empty() && file.name.len() <= 255, "{:?}", file.name);
        let path = mira.path_of(&file).await?;
        ensure!(path.parent() == Some(&*files), "{} is elsewhere", path.display());
        ensure!(mira.read_file(&file).await? == bytes, "other bytes came");
    }
    // The same in the link alone.
    let url = scene.http.put("/x/..%2f..%2f%2e%2e%2fetc%2fpasswd", "text/plain", noise(999));
    scene.foe.slix.send_link(&mira.jid, &url).await?;
    let file = mira.file_here(scene.foe.bare(), "passwd").await?;
    ensure!(mira.path_of(&file).await?.parent() == Some(&*files), "it is elsewhere");
    scene.goes_well().await
}

#[tokio::test]
async fn pictures_are_what_they_seem() -> Result<()> {
    let scene = scene().await?;
    let html = b"<!DOCTYPE html><html><script>alert(1)</script></html>".to_vec();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    for (name, media_type, bytes) in [
        ("page.png", "image/png", html.clone()),
        ("drawing.png", "image/png", svg.clone()),
        ("drawing.svg", "image/svg+xml", svg),
    ] {
        let url = scene.http.put(&format!("/{name}"), media_type, bytes.clone());
        let told = format!("<media-type>{media_type}</media-type>");
        scene.shares(name, bytes.len(), &told, &url).await?;
        let file = scene.mira.file_here(scene.foe.bare(), name).await?;
        ensure!(!file.inline && file.kind != FileKind::Image && file.thumbnail.is_none(), "{file:?}");
        let lent = scene.mira.app.file_here(&scene.mira.file_id(&file.id)).await?;
        ensure!(!lent.inline, "{lent:?}");
    }
    let bytes = giant();
    let url = scene.http.put("/giant.png", "image/png", bytes.clone());
    scene.shares("giant.png", bytes.len(), "<media-type>image/png</media-type>", &url).await?;
    let file = scene.mira.file_here(scene.foe.bare(), "giant.png").await?;
    ensure!(!file.inline && file.thumbnail.is_none(), "a window would draw all of it: {file:?}");
    scene.goes_well().await
}

#[tokio::test]
async fn what_is_sealed_opens_or_is_forged() -> Result<()> {
    let scene = scene().await?;
    // AES-256-GCM of "sealed words\n".
    let key = "6465666768696a6b6c6d6e6f000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let sealed = bytes_of("3b7ebf0a1c8d76e951103b9bd048654421997880be2de3441768dd8ee8");
    let forged = [&sealed[..28], &[sealed[28] ^ 1]].concat();
    for (name, bytes) in [("sealed.txt", sealed.as_slice()), ("forged.txt", &forged), ("cut.txt", &sealed[..10])] {
        let url = scene.http.put(&format!("/{name}"), "application/octet-stream", bytes.to_vec());
        let url = format!("{}#{key}", url.replace("https", "aesgcm"));
        scene.foe.slix.call("send", serde_json::json!({ "to": scene.mira.jid, "body": url })).await?;
    }
    let came = scene.mira.file_here(scene.foe.bare(), "sealed.txt").await?;
    ensure!(scene.mira.read_file(&came).await? == b"sealed words\n", "other words came");
    scene.fails("forged.txt", Code::FileForged).await?;
    scene.fails("cut.txt", Code::FileForged).await?;
    scene.goes_well().await
}

/// A PNG that says it has 50,000 × 50,000 points, with nothing behind its head.
fn giant() -> Vec<u8> {
    let mut head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    head.extend(50_000_u32.to_be_bytes());
    head.extend(50_000_u32.to_be_bytes());
    head.extend([8, 6, 0, 0, 0]);
    let mut sum = !0_u32;
    for byte in &head[12..] {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    head.extend((!sum).to_be_bytes());
    head.extend(b"\0\0\0\x08IDAT\x78\x9c\x03\0\0\0\0\x01\0\0\0\0");
    head
}

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
