//! Coming up to date with an archive after a long time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use harness::{At, Headless, Prosody, Relay, Result, ensure, headless, seed};
use waxwing_contract::{Conversation, SessionState, View};

const JULIET: &str = "juliet@example.test";
const COUNT: usize = 1200;
const DAY: i64 = 86_400;

/// Two weeks' worth of messages: the newest are there at once, and all of them in the end.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_last_is_seen_first() -> Result<()> {
    let server = Prosody::builder().account("romeo", "pw-romeo").start().await?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    let begin = now - 14 * DAY;
    let message = |number: usize| seed::Message {
        with: JULIET.into(),
        incoming: true,
        body: format!("number {number}"),
        at: begin + i64::try_from(number).unwrap_or_default() * 14 * DAY / 1300,
    };
    seed::archive(&server, "romeo", 1, message)?;
    let relay = Relay::start(server.c2s_port).await?;
    let me = Headless::sign_in(&At::prosody(&server, "romeo")?.through(relay.port)).await?;
    me.message(JULIET, "the first message", |m| m.body == "number 0").await?;
    me.app.close().await;
    seed::archive(&server, "romeo", COUNT, |n| message(n + 1))?;

    // So far away that the pages come one by one.
    relay.delay(Duration::from_millis(200));
    let me = me.reopen()?;
    let last = format!("number {COUNT}");
    me.message(JULIET, "the last message", |m| m.body == last).await?;
    let early = headless::everything(&me.app, &me.account, JULIET).await?;
    ensure!(early.len() < COUNT, "all {} were there at once", early.len());
    let catching_up = |s: &SessionState| *s == SessionState::Online { catching_up: true };
    ensure!(me.app.accounts().iter().any(|a| catching_up(&a.session)), "it says that it is up to date");
    relay.delay(Duration::ZERO);
    me.online().await?;
    let bodies: Vec<_> =
        headless::everything(&me.app, &me.account, JULIET).await?.into_iter().map(|m| m.body).collect();
    let wanted: Vec<_> = (0..=COUNT).map(|n| format!("number {n}")).collect();
    let at = bodies.iter().zip(&wanted).position(|(a, b)| a != b);
    ensure!(bodies == wanted, "{} messages, another one at {at:?}", bodies.len());
    let unread = u32::try_from(COUNT)?;
    me.item(&View::Conversations, "unread", |c: &Conversation| c.peer == JULIET && c.unread == unread).await?;
    me.app.close().await;
    Ok(())
}
