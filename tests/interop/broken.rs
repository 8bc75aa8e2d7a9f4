//! Streams that a server breaks or ends: the client survives each, and comes back where it may.

use std::time::Duration;

use harness::scripted::PASSWORD;
use harness::{At, Headless, Result, Scripted, bail, ensure};
use waxwing_contract::{AccountId, Code, Connect, SessionState};

use crate::hostile::{MALLORY, Stage, message};
use crate::relayed::{self, each};

/// After this the stream cannot be followed: it ends, and the client comes back and goes on.
#[tokio::test(flavor = "multi_thread")]
async fn what_ends_the_stream_does_not_end_the_client() -> Result<()> {
    let hostile = [
        ("17 MiB deep without an end", "<a xmlns='urn:test'>".repeat(850_000)),
        ("a comment", "<!-- comment -->".into()),
        ("a processing instruction", "<?php echo 1 ?>".into()),
        ("a document type", "<!DOCTYPE x [<!ENTITY a 'b'>]>".into()),
        ("an entity", message(MALLORY, "&lol;", "")),
        ("overlapping tags", "<message><body></message></body>".into()),
        ("an unbound prefix", "<x:message/>".into()),
        ("a doubled attribute", "<message id='1' id='2'/>".into()),
        ("text between stanzas", "what".into()),
        ("no XML at all", "\u{0}\u{1}<<<>>>".into()),
        ("the end of the stream", "</stream:stream>".into()),
    ];
    let mut stage = Stage::set().await?;
    stage.goes_on("before").await?;
    for (what, bytes) in hostile {
        stage.said.say(bytes)?;
        stage.said.ends(what).await?;
        stage.me.session(&format!("waiting after {what}"), |s| !matches!(s, SessionState::Online { .. })).await?;
        // its patience grows with each failure, ours does not
        stage.me.call(Connect(AccountId { account: stage.me.account.clone() })).await?;
        stage.said = stage.server.session().await?.attend(&[]);
        stage.me.online().await?;
        stage.goes_on(&format!("after {what}")).await?;
    }
    let mallory = stage.bodies(MALLORY).await?;
    ensure!(mallory.is_empty(), "{mallory:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_utf_8_end_the_stream_and_not_the_client() -> Result<()> {
    let mut stage = Stage::set().await?;
    let mut bytes = message(MALLORY, "@", "").into_bytes();
    let at = bytes.iter().rposition(|byte| *byte == b'@').unwrap_or_default();
    bytes[at] = 0xff;
    stage.said.say(bytes)?;
    stage.said.ends("broken UTF-8").await?;
    stage.said = stage.server.session().await?.attend(&[]);
    stage.me.online().await?;
    stage.goes_on("afterwards").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_stops_the_client_and_it_does_not_fight_back() -> Result<()> {
    let stage = Stage::set().await?;
    stage
        .said
        .say("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")?;
    let stopped = stage.me.session("stopped", |s| matches!(s, SessionState::Stopped { .. })).await?;
    let SessionState::Stopped { failure } = stopped else { harness::bail!("not stopped: {stopped:?}") };
    ensure!(failure.code == Code::Conflict && failure.condition.as_deref() == Some("conflict"), "{failure:?}");
    // attempts begin within a second; five bear that out on a loaded machine
    stage.server.nobody_comes(Duration::from_secs(5)).await?;
    stage.me.session("stopped still", |s| matches!(s, SessionState::Stopped { .. })).await.map(drop)
}

/// A server sends again what was not acknowledged; what nobody can read never would be.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_does_not_come_back_for_ever() -> Result<()> {
    let server = Scripted::start().await?;
    let at = At::to(server.port, true, &server.certificate, "romeo@example.test", PASSWORD)?;
    let unreadable = message(MALLORY, "unreadable", "<x:what/>");
    let after = message(MALLORY, "after it", "");
    let begin = async {
        let mut talk = server.accept().await?;
        talk.begin().await?;
        talk.write(message(MALLORY, "before it", "") + &unreadable + &after).await?;
        Result::<_>::Ok(talk)
    };
    let (me, talk) = tokio::join!(Headless::sign_in_only(&at), begin);
    let (me, mut talk) = (me?, talk?);
    me.message(MALLORY, "before it", |m| m.body == "before it").await?;
    talk.closes().await?;
    let mut again = server.accept().await?;
    let first = again.resume(talk.handled()).await?;
    again.write(format!("{unreadable}{after}")).await?;
    again.closes().await?;
    let mut last = server.accept().await?;
    let second = last.resume(talk.handled()).await?;
    ensure!(second == first + 1, "h was {first} and is {second}");
    last.write(&after).await?;
    me.message(MALLORY, "after it", |m| m.body == "after it").await?;
    me.app.close().await;
    Ok(())
}

/// A connection that ends is no stanza, however often it does.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_ends_counts_nothing() -> Result<()> {
    let server = Scripted::start().await?;
    let at = At::to(server.port, true, &server.certificate, "romeo@example.test", PASSWORD)?;
    let begin = async {
        let mut talk = server.accept().await?;
        talk.begin().await?;
        Result::<_>::Ok(talk)
    };
    let (me, talk) = tokio::join!(Headless::sign_in_only(&at), begin);
    let (me, mut talk) = (me?, talk?);
    let handled = talk.handled();
    let mut counts = Vec::new();
    for _ in 0..4 {
        talk.hang_up().await?;
        talk = server.accept().await?;
        counts.push(talk.resume(handled).await?);
    }
    ensure!(counts.iter().all(|h| *h == counts[0]), "{counts:?}");
    talk.write(message(MALLORY, "still here", "")).await?;
    me.message(MALLORY, "still here", |m| m.body == "still here").await?;
    me.app.close().await;
    Ok(())
}

/// A server that goes down in order and keeps the session closes the connection without a word: that makes sense.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_shuts_down_is_told_as_one_that_does() -> Result<()> {
    each(async |version| {
        let mut stage = relayed::Stage::set(version).await?;
        stage.server.stop().await;
        let ended = |s: &SessionState| matches!(s, SessionState::Waiting { .. });
        let SessionState::Waiting { failure, .. } = stage.me.session("off", ended).await? else { bail!("not off") };
        ensure!(failure.code == Code::StreamEnded, "{failure:?}");
        stage.me.app.close().await;
        Ok(())
    })
    .await
}
