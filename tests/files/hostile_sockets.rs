//! Sockets that lead astray or lie (XEP-0260): nobody is connected to who should not be, nobody is listened to for ever.
//!
//! | what they do | test |
//! |---|---|
//! | 1000 candidates, on this computer, port 0; two used, wrong stream | `candidates_that_lead_astray` |
//! | a greeting byte by byte, none at all, in another language, of somebody else | `who_knocks_and_says_nothing` |
//! | more, fewer and other bytes; two of them, and none who says to be there | `sockets_that_lie` |
//! | another way while bytes go, or once a socket that was agreed on has closed | `another_way_at_the_wrong_time` |

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use harness::filing::noise;
use harness::{HttpServer, Result, ensure, patiently};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use waxwing_contract::{Code, File, FileState, TransferStage};

use crate::foe::{data, file, hash, in_band, offer, open, sockets};
use crate::hostile_sessions::{only, scene};

/// `<candidate/>` at this place.
fn candidate(cid: &str, host: &str, port: u32) -> String {
    format!(
        "<candidate cid='{cid}' host='{host}' port='{port}' jid='juliet@example.test/slix' priority='{}' type='direct'/>",
        8_257_536 + port
    )
}

/// A place of ours, out of an answer.
struct Place {
    cid: String,
    host: String,
    port: u16,
    /// Whom to ask for there.
    address: String,
}

impl Place {
    fn of(accept: &Value) -> Option<Self> {
        let xml = accept["xml"].as_str()?;
        let candidate = xml.split("candidate ").find(|part| part.contains("type=\"direct\""))?;
        let attribute = |of: &str, name: &str| {
            let spaced = format!(" {of}");
            Some(spaced.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0.to_owned())
        };
        Some(Self {
            cid: attribute(candidate, "cid")?,
            host: attribute(candidate, "host")?,
            port: attribute(candidate, "port")?.parse().ok()?,
            address: attribute(xml, "dstaddr")?,
        })
    }

    /// As it should be done: asked for the right address, and let in.
    async fn enter(&self) -> Result<TcpStream> {
        let mut stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        ensure!(ask(&mut stream, &self.address).await? == 0, "we are not let in");
        Ok(stream)
    }
}

/// Asks a SOCKS5 server for an address; its answer, 0 where it lets us in.
async fn ask(stream: &mut TcpStream, address: &str) -> Result<u8> {
    stream.write_all(b"\x05\x01\x00").await?;
    let mut chosen = [0; 2];
    stream.read_exact(&mut chosen).await?;
    ensure!(chosen == [5, 0], "no SOCKS5: {chosen:?}");
    stream.write_all(&[b"\x05\x01\x00\x03\x28".as_slice(), address.as_bytes(), b"\0\0"].concat()).await?;
    let mut answer = [0; 5 + 40 + 2];
    stream.read_exact(&mut answer).await?;
    Ok(answer[1])
}

fn way(transport: &str) -> String {
    format!("<content creator='initiator' name='f'>{transport}</content>")
}

#[tokio::test(flavor = "multi_thread")]
async fn candidates_that_lead_astray() -> Result<()> {
    let (_server, mira, foe) = scene().await?;
    let secret = HttpServer::in_the_clear().await?;
    let port = u32::from(secret.port);
    let loopback: String = ["127.0.0.1", "localhost", "127.1", "::1", "0.0.0.0", "::ffff:127.0.0.1"]
        .iter()
        .enumerate()
        .map(|(at, host)| candidate(&format!("own{at}"), host, port))
        .collect();
    let many: String = (0..1000).map(|at| candidate(&format!("c{at}"), "127.0.0.1", port + at % 2)).collect();
    let none: String = ["0", "70000", "-1"]
        .iter()
        .map(|port| candidate("c", "203.0.113.9", 1).replace("port='1'", &format!("port='{port}'")))
        .collect();
    for (sid, candidates) in [("loopback", loopback), ("many", many), ("none", none)] {
        let name = format!("{sid}.bin");
        let content = offer(&file(&name, 1000), &sockets(&format!("{sid}-stream"), &candidates));
        foe.agreed(&foe.jingle("session-initiate", sid, &content)).await?;
        let accept = foe.hears("session-accept", sid).await?;
        // None of it leads anywhere, which is said at once.
        let said = foe.hears("transport-info", sid).await?;
        ensure!(said["xml"].as_str().is_some_and(|xml| xml.contains("candidate-error")), "{said}");
        let info = |stream: &str, said: &str| way(&sockets(stream, said));
        let (stream, cid) = (format!("{sid}-stream"), Place::of(&accept).unwrap().cid);
        let used = format!("<candidate-used cid='{cid}'/>");
        foe.refused(&foe.jingle("transport-info", sid, &info("other", &used)), "bad-request").await?;
        let unknown = info(&stream, "<candidate-used cid='never-offered'/>");
        foe.refused(&foe.jingle("transport-info", sid, &unknown), "bad-request").await?;
        let both = info(&stream, "<candidate-used cid='a'/><candidate-error/>");
        foe.refused(&foe.jingle("transport-info", sid, &both), "bad-request").await?;
        if sid == "loopback" {
            foe.agreed(&foe.jingle("transport-info", sid, &info(&stream, "<candidate-error/>"))).await?;
        } else {
            // Nobody has connected, though they say so; nor can they think better of it.
            foe.agreed(&foe.jingle("transport-info", sid, &info(&stream, &used))).await?;
            foe.refused(&foe.jingle("transport-info", sid, &info(&stream, &used)), "out-of-order").await?;
            foe.refused(&foe.jingle("transport-info", sid, &info(&stream, "<candidate-error/>")), "out-of-order")
                .await?;
        }
        // And the next way is theirs to say.
        foe.agreed(&foe.jingle("transport-replace", sid, &way(&in_band(sid)))).await?;
        foe.hears("transport-accept", sid).await?;
        foe.agreed(&open(sid, 4096)).await?;
        foe.agreed(&data(sid, 0, &STANDARD.encode(noise(1000)))).await?;
        foe.ended(sid, "success").await?;
        mira.file_here(foe.bare(), &name).await?;
    }
    ensure!(secret.seen().is_empty(), "what listens here for nobody else was reached: {:?}", secret.seen());
    foe.sends(&mira, "good.bin", &noise(10_000)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knocks_and_says_nothing() -> Result<()> {
    let (_server, mira, foe) = scene().await?;
    let content = offer(&file("knock.bin", 1000), &sockets("knocking", ""));
    foe.agreed(&foe.jingle("session-initiate", "knock", &content)).await?;
    let accept = foe.hears("session-accept", "knock").await?;
    let port = Place::of(&accept).unwrap().port;
    let connect = || TcpStream::connect(("127.0.0.1", port));

    // Another language, and somebody who is not expected, are sent away.
    let mut other = connect().await?;
    other.write_all(b"GET / HTTP/1.1\r\n\r\n").await?;
    is_left(&mut other).await?;
    let mut nobody = connect().await?;
    ensure!(ask(&mut nobody, &"0".repeat(40)).await? != 0, "it was let in");
    is_left(&mut nobody).await?;

    // One that says nothing, one that never ends, and more of them than are heard.
    let mut silent = connect().await?;
    let mut slow = connect().await?;
    let (read, mut write) = slow.split();
    let drip = async {
        // As slow as it gets; the first three bytes are as they should be.
        for byte in [5_u8, 255].into_iter().chain(std::iter::repeat_n(7, 300)) {
            if write.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    };
    let mut read = read;
    let left = async {
        let mut byte = [0; 1];
        while matches!(read.read(&mut byte).await, Ok(1..)) {}
    };
    let dripping = async {
        tokio::select! {
            () = drip => false,
            () = left => true,
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(30), dripping).await;
    ensure!(ended == Ok(true), "it is still listened to");
    is_left(&mut silent).await?;

    // The offer has gone its way meanwhile, which ends by itself.
    let over = |state: FileState| matches!(state, FileState::Failed | FileState::Cancelled);
    let gone = |file: &File| file.name == "knock.bin" && over(file.state);
    let failed = async || {
        let rows = mira.newest(foe.bare(), 10).await.ok()?;
        rows.iter().flat_map(|row| &row.files).any(gone).then_some(())
    };
    foe.say(&foe.jingle("session-terminate", "knock", "<reason><cancel/></reason>")).await?;
    patiently(Duration::from_secs(40), "the file to be over", failed).await?;
    foe.sends(&mira, "good.bin", &noise(10_000)).await?;
    only(&mira, &["good.bin"])
}

/// The other side closes.
async fn is_left(stream: &mut TcpStream) -> Result<()> {
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(15), stream.read_to_end(&mut rest)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_that_lie() -> Result<()> {
    let (_server, mira, foe) = scene().await?;
    let bytes = noise(100_000);
    let described = |name: &str, more: &str| format!("<file><name>{name}</name><size>100000</size>{more}</file>");
    let lies = [
        ("more", noise(100_001), String::new(), Code::FileNotAsPromised, "media-error"),
        ("wrong", bytes.clone(), hash(b"others"), Code::FileNotAsPromised, "media-error"),
        ("fewer", bytes[..50_000].to_vec(), String::new(), Code::Interrupted, "media-error"),
        ("right", bytes.clone(), hash(&bytes), Code::Internal, "success"),
    ];
    for (sid, sent, more, code, reason) in lies {
        let (name, stream) = (format!("{sid}.bin"), format!("{sid}-stream"));
        let content = offer(&described(&name, &more), &sockets(&stream, ""));
        foe.agreed(&foe.jingle("session-initiate", sid, &content)).await?;
        let place = Place::of(&foe.hears("session-accept", sid).await?).unwrap();
        // A second one is no harm.
        let (mut socket, _second) = (place.enter().await?, place.enter().await?);
        let used = format!("<candidate-used cid='{}'/>", place.cid);
        foe.agreed(&foe.jingle("transport-info", sid, &way(&sockets(&stream, &used)))).await?;
        // The last of it at once, so that one byte too many does not come when all is over.
        let (most, last) = sent.split_at(sent.len() - 2);
        socket.write_all(most).await?;
        socket.write_all(last).await?;
        let _ = socket.shutdown().await;
        let told = foe.hears("session-terminate", sid).await?;
        if reason == "success" {
            ensure!(told["reason"] == reason, "{told}");
            let came = mira.file_here(foe.bare(), &name).await?;
            ensure!(mira.read_file(&came).await? == bytes, "other bytes came");
            continue;
        }
        ensure!(told["reason"] != "success", "{sid}: {told}");
        let failed = mira.file_failed(foe.bare(), &name, code).await?;
        if code == Code::Interrupted {
            // What came could be gone on with.
            mira.cancel_file(&failed.id).await?;
        }
        mira.no_parts().await?;
    }
    // Only candidates of ours count: to name one is not to be there.
    let content = offer(&described("absent.bin", ""), &sockets("absent-stream", ""));
    foe.agreed(&foe.jingle("session-initiate", "absent", &content)).await?;
    let place = Place::of(&foe.hears("session-accept", "absent").await?).unwrap();
    let used = format!("<candidate-used cid='{}'/>", place.cid);
    foe.agreed(&foe.jingle("transport-info", "absent", &way(&sockets("absent-stream", &used)))).await?;
    foe.agreed(&foe.jingle("session-terminate", "absent", "<reason><failed-transport/></reason>")).await?;
    mira.file_failed(foe.bare(), "absent.bin", Code::NoWay).await?;
    foe.sends(&mira, "good.bin", &noise(10_000)).await?;
    only(&mira, &["good.bin", "right.bin"])
}

#[tokio::test(flavor = "multi_thread")]
async fn another_way_at_the_wrong_time() -> Result<()> {
    let (_server, mira, foe) = scene().await?;
    let bytes = noise(100_000);
    let described = |name: &str| format!("<file><name>{name}</name><size>100000</size>{}</file>", hash(&bytes));
    let agreed = async |sid: &str, stream: &str| {
        let content = offer(&described(&format!("{sid}.bin")), &sockets(stream, ""));
        foe.agreed(&foe.jingle("session-initiate", sid, &content)).await?;
        let place = Place::of(&foe.hears("session-accept", sid).await?).unwrap();
        let socket = place.enter().await?;
        let used = format!("<candidate-used cid='{}'/>", place.cid);
        foe.agreed(&foe.jingle("transport-info", sid, &way(&sockets(stream, &used)))).await?;
        Ok::<_, harness::Error>(socket)
    };

    // While bytes go there is no other way: what was looked over would not be what is kept.
    let mut socket = agreed("while", "while-stream").await?;
    socket.write_all(&bytes[..10_000]).await?;
    mira.transfer("bytes to have come", |transfer| transfer.done > 0).await?;
    foe.refused(&foe.jingle("transport-replace", "while", &way(&in_band("while"))), "out-of-order").await?;
    socket.write_all(&bytes[10_000..]).await?;
    foe.ended("while", "success").await?;
    let came = mira.file_here(foe.bare(), "while.bin").await?;
    ensure!(mira.read_file(&came).await? == bytes, "other bytes came");

    // Whoever leaves a socket before anything went through it may go another way: its end is not the end of the file.
    let socket = agreed("before", "before-stream").await?;
    let moves = |transfer: &waxwing_contract::Transfer| transfer.stage == TransferStage::Moving;
    mira.transfer("the socket to be read", moves).await?;
    drop(socket);
    let looks = |transfer: &waxwing_contract::Transfer| transfer.stage == TransferStage::Connecting;
    mira.transfer("another way to be waited for", looks).await?;
    foe.agreed(&foe.jingle("transport-replace", "before", &way(&in_band("before")))).await?;
    foe.hears("transport-accept", "before").await?;
    foe.agreed(&open("before", 4096)).await?;
    for (seq, block) in bytes.chunks(4096).enumerate() {
        foe.agreed(&data("before", seq, &STANDARD.encode(block))).await?;
    }
    foe.ended("before", "success").await?;
    let came = mira.file_here(foe.bare(), "before.bin").await?;
    ensure!(mira.read_file(&came).await? == bytes, "other bytes came");
    only(&mira, &["while.bin", "before.bin"])
}
