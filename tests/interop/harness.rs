//! The harness itself: what the other tests stand on.

use std::time::{Duration, Instant};

use harness::{
    Door, Ejabberd, Leaf, Prosody, Relay, Result, Scripted, Slix, Version, Window, ensure, scripted, seed, slix::Login,
    until,
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

async fn pair(server: &Prosody) -> Result<(Slix, Slix)> {
    server.register("alice", "pw-alice")?;
    server.register("bob", "pw-bob")?;
    let alice = Login::prosody(server, "alice", "pw-alice").start().await?;
    let bob = Login::prosody(server, "bob", "pw-bob").start().await?;
    Ok((alice, bob))
}

async fn talk(alice: &Slix, bob: &Slix) -> Result<()> {
    let sent = json!({ "to": bob.jid, "body": "hello", "receipt": true, "markable": true, "chat_state": "active",
                       "origin_id": "o1", "id": "m1" });
    alice.call("send", sent).await?;
    let heard = bob.message(alice.bare(), "hello").await?;
    ensure!(heard["origin_id"] == "o1" && heard["chat_state"] == "active" && heard["markable"] == true, "{heard}");
    alice.receipt("m1").await?;
    let read = json!({ "to": alice.jid, "marker": { "kind": "displayed", "id": "m1" } });
    bob.call("send", read).await?;
    alice.marker("displayed", "m1").await?;
    Ok(())
}

#[tokio::test]
async fn slixmpp_talks_over_both_prosodies() -> Result<()> {
    for version in Version::ALL {
        let start = Instant::now();
        let server = Prosody::builder().version(version).start().await?;
        println!("{version:?} answers after {:?}", start.elapsed());
        let features = server.features().await?;
        ensure!(features.contains("starttls"), "{features}");
        let (alice, bob) = pair(&server).await?;
        println!("{version:?}: both logged in after {:?}", start.elapsed());
        talk(&alice, &bob).await?;

        bob.call("subscribe", json!({ "to": alice.bare() })).await?;
        alice.presence(bob.bare(), "subscribe").await?;
        alice.call("approve", json!({ "to": bob.bare() })).await?;
        bob.presence(alice.bare(), "available").await?;
        alice.call("presence", json!({ "show": "away", "status": "tea" })).await?;
        bob.wait("alice away", |event| event["show"] == "away" && event["status"] == "tea").await?;

        alice.avatar(b"\x89PNG not really").await?;
        alice.call("vcard", json!({ "full_name": "Alice", "email": "alice@example.test" })).await?;
        bob.call("block", json!({ "jids": ["mallory@example.test"] })).await?;
        ensure!(bob.call("blocked", json!({})).await? == json!(["mallory@example.test"]), "not blocked");
        let rows = bob.call("mam", json!({ "last": 5 })).await?;
        ensure!(rows.as_array().is_some_and(|rows| rows.iter().any(|row| row["body"] == "hello")), "{rows}");
    }
    Ok(())
}

#[tokio::test]
async fn prosody_comes_back_with_its_data() -> Result<()> {
    let mut server = Prosody::builder().without(&["carbons", "muc"]).start().await?;
    let (alice, bob) = pair(&server).await?;
    let start = Instant::now();
    alice.bulk(bob.bare(), 600, "number {n}").await?;
    println!("600 messages handled in {:?}", start.elapsed());
    bob.message(alice.bare(), "number 599").await?;
    drop((alice, bob));
    server.stop().await;
    ensure!(server.features().await.is_err(), "it still answers");
    server.restart().await?;
    let bob = Login::prosody(&server, "bob", "pw-bob").start().await?;
    let start = Instant::now();
    ensure!(bob.drain().await? == 600, "the archive lost something");
    println!("600 messages drained in {:?}", start.elapsed());
    Ok(())
}

#[tokio::test]
async fn a_large_account_is_made_without_sending_it() -> Result<()> {
    for version in Version::ALL {
        let server = Prosody::builder().version(version).account("alice", "pw-alice").start().await?;
        let start = Instant::now();
        seed::archive(&server, "alice", 5_000, |number| seed::Message {
            with: format!("c{}@example.test", number % 10),
            incoming: number % 2 == 0,
            body: format!("message {number} <&>"),
            at: 1_700_000_000 + number as i64,
        })?;
        println!("5,000 messages seeded in {:?}", start.elapsed());
        let contact = |number| (format!("c{number}@example.test"), format!("Contact \"{number}\""), "All".to_owned());
        seed::roster(&server, "alice", &(0..300).map(contact).collect::<Vec<_>>())?;
        let alice = Login::prosody(&server, "alice", "pw-alice").start().await?;
        let start = Instant::now();
        let count = alice.drain().await?;
        ensure!(count == 5_000, "the archive holds {count}");
        println!("5,000 messages drained in {:?}", start.elapsed());
        let rows = alice.call("mam", json!({ "last": 1 })).await?;
        ensure!(rows[0]["body"] == "message 4999 <&>", "{rows}");
        let roster = alice.call("roster", json!({})).await?;
        ensure!(roster["c7@example.test"]["name"] == "Contact \"7\"", "{roster}");
        ensure!(roster.as_object().is_some_and(|roster| roster.len() >= 300), "{roster}");
    }
    Ok(())
}

#[tokio::test]
async fn registration_is_open_only_when_asked_for() -> Result<()> {
    for (server, wanted) in
        [(Prosody::builder().registration().start().await?, true), (Prosody::builder().start().await?, false)]
    {
        let features = server.secure_features().await?;
        ensure!(features.contains("http://jabber.org/features/iq-register") == wanted, "{features}");
        ensure!(features.contains("urn:xmpp:sasl:2"), "{features}");
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_certificate_and_a_wrong_password_are_refused() -> Result<()> {
    let server = Prosody::builder().certificate(Leaf::WrongName).account("alice", "pw-alice").start().await?;
    ensure!(Login::prosody(&server, "alice", "pw-alice").start().await.is_err(), "a certificate for elsewhere passed");
    let server = Prosody::builder().account("alice", "pw-alice").start().await?;
    let Err(why) = Login::prosody(&server, "alice", "wrong").start().await else {
        harness::bail!("a wrong password passed");
    };
    ensure!(why.to_string().contains("password"), "{why}");
    Ok(())
}

#[tokio::test]
async fn slixmpp_talks_over_ejabberd() -> Result<()> {
    let start = Instant::now();
    let server = Ejabberd::shared().await?;
    println!("ejabberd answers after {:?}", start.elapsed());
    server.register("alice", "pw-alice").await?;
    server.register("bob", "pw-bob").await?;
    let alice = Login::ejabberd(server, "alice", "pw-alice").start().await?;
    let bob = Login::ejabberd(server, "bob", "pw-bob").start().await?;
    talk(&alice, &bob).await
}

#[tokio::test]
async fn the_relay_counts_stalls_and_cuts() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let relay = Relay::start(listener.local_addr()?.port()).await?;
    let mut client = TcpStream::connect(("127.0.0.1", relay.port)).await?;
    let (mut server, _) = listener.accept().await?;
    let mut buffer = [0; 64];

    client.write_all(b"12345").await?;
    ensure!(server.read(&mut buffer).await? == 5, "five bytes went in");
    ensure!((relay.bytes_up(), relay.bytes_down(), relay.connections()) == (5, 0, 1), "miscounted");

    relay.stall(true);
    client.write_all(b"late").await?;
    let waiting = tokio::time::timeout(Duration::from_millis(200), server.read(&mut buffer)).await;
    ensure!(waiting.is_err(), "a stalled relay carried {waiting:?}");
    relay.stall(false);
    ensure!(server.read(&mut buffer).await? == 4, "what was held back comes after all");

    relay.cut_after_down(3);
    server.write_all(b"abcdef").await?;
    let mut rest = Vec::new();
    let _ = client.read_to_end(&mut rest).await;
    ensure!(rest == b"abc", "cut after three bytes, got {rest:?}");

    relay.limit(Some(20_000));
    let mut client = TcpStream::connect(("127.0.0.1", relay.port)).await?;
    let (mut server, _) = listener.accept().await?;
    let start = Instant::now();
    server.write_all(&[7; 10_000]).await?;
    let mut all = vec![0; 10_000];
    client.read_exact(&mut all).await?;
    ensure!(start.elapsed() > Duration::from_millis(400), "10 kB at 20 kB/s took {:?}", start.elapsed());

    relay.cut();
    let end = until("the cut", async || Some(client.read(&mut buffer).await)).await?;
    ensure!(matches!(end, Ok(0) | Err(_)), "the connection lives on");
    Ok(())
}

#[tokio::test]
async fn the_scripted_server_lets_a_client_in_and_hears_it() -> Result<()> {
    let server = Scripted::start().await?;
    let port = server.port;
    let certificate = server.certificate.clone();
    let client = tokio::spawn(async move {
        Login::to(port, &certificate, "eve@example.test", scripted::PASSWORD)
            .direct_tls()
            .without_carbons()
            .start()
            .await
    });
    let mut conversation = server.session().await?;
    ensure!(conversation.jid == "eve@example.test/scripted", "{}", conversation.jid);
    conversation.serve_until("<presence").await?;
    let ping = conversation.expect("urn:xmpp:ping").await?;
    conversation.answer(&ping).await?;
    // slixmpp takes the ping's error for an answer, as any client that only wants to know who lives
    let _ = client.await?;
    Ok(())
}

#[tokio::test]
async fn doors_that_do_not_open() -> Result<()> {
    let mut buffer = [0; 256];
    let refused = Door::refused();
    ensure!(TcpStream::connect(("127.0.0.1", refused.port)).await.is_err(), "somebody listens");

    let garbage = Door::garbage().await?;
    let mut socket = TcpStream::connect(("127.0.0.1", garbage.port)).await?;
    ensure!(socket.read(&mut buffer).await? > 0, "no garbage");

    let silent = Door::silent().await?;
    let mut socket = TcpStream::connect(("127.0.0.1", silent.port)).await?;
    socket.write_all(b"<stream:stream>").await?;
    let heard = tokio::time::timeout(Duration::from_millis(200), socket.read(&mut buffer)).await;
    ensure!(heard.is_err(), "the silent server spoke: {heard:?}");

    let plain = Door::without_tls().await?;
    let mut socket = TcpStream::connect(("127.0.0.1", plain.port)).await?;
    socket.write_all(b"<stream:stream xmlns='jabber:client'>").await?;
    let mut heard = String::new();
    while !heard.contains("</stream:features>") {
        let count = socket.read(&mut buffer).await?;
        ensure!(count > 0, "closed after {heard}");
        heard.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    ensure!(!heard.contains("starttls"), "{heard}");
    Ok(())
}

/// WebKit's own small browser stands in for an application.
#[tokio::test]
async fn a_window_is_seen_and_driven() -> Result<()> {
    let browser = format!("/usr/lib/{}-linux-gnu/webkit2gtk-4.1/MiniBrowser", std::env::consts::ARCH);
    let window = Window::of(browser).args(&["--automation"]).blank().open().await?;
    window
        .client()
        .goto(
            "data:text/html,<body><input data-testid=name autofocus><button data-testid=go \
         onclick=\"document.querySelector('p').innerText='hello '%2Bdocument.querySelector('input').value\">go</button>\
         <p data-testid=out></p></body>",
        )
        .await?;
    window.fill("name", "waxwing").await?;
    window.click("go").await?;
    window.shows("out", "hello waxwing").await?;
    window.press(&[harness::window::Key::Control.into(), 'a']).await?;
    ensure!(window.script("return 6 * arguments[0]", vec![json!(7)]).await? == json!(42), "no script");
    let file = window.dir.join("shot.png");
    window.screenshot(&file).await?;
    ensure!(std::fs::metadata(&file)?.len() > 500, "an empty picture");
    window.gone("nothing").await?;
    window.resize(700, 500).await?;
    window.close().await
}
