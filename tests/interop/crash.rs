//! A process that ends without a word, and the next one: it goes on with the same session.

use std::time::Duration;

use harness::kills::Run;
use harness::paths::Folder;
use harness::slix::Login;
use harness::{At, Prosody, Relay, Result, Slix, Way, ensure, headless, patiently, seed, until};
use waxwing_client::App;
use waxwing_contract::{AccountId, Connection, Contact, GetAccountDetails, SendMessage, Show, View};

use crate::servers::Server;

async fn connection(app: &App, account: &str) -> Result<Connection> {
    let details = app.call(GetAccountDetails(AccountId { account: account.to_owned() })).await?;
    details.connection.ok_or_else(|| harness::anyhow!("not online"))
}

async fn shows(app: &App, jid: &str, show: Show) -> Result<()> {
    let what = format!("{jid} to be {show:?}");
    headless::item::<Contact>(app, &View::Roster, &what, |c| c.jid == jid && c.presence.show == show).await.map(drop)
}

async fn say(app: &App, account: &str, peer: &str, body: &str) -> Result<()> {
    let request = SendMessage { account: account.into(), peer: peer.into(), body: body.into() };
    Ok(app.call(request).await.map(drop)?)
}

/// These and no others, in this order.
async fn holds(app: &App, account: &str, peer: &str, bodies: &[&str]) -> Result<()> {
    let mut held = Vec::new();
    let there = patiently(Duration::from_secs(10), "the messages", async || {
        let all = headless::everything(app, account, peer).await.ok()?;
        held = all.into_iter().map(|m| m.body).collect();
        (held == bodies).then_some(())
    });
    let there = there.await;
    ensure!(there.is_ok(), "held are {held:?}, not {bodies:?}");
    Ok(())
}

fn program() -> &'static std::path::Path {
    env!("CARGO_BIN_EXE_waxwing-headless").as_ref()
}

/// A process dies, things are said to nobody, and another one opens what it left: on any server.
async fn goes_on(run: &Run, folder: &Folder, at: &At, juliet: &Slix) -> Result<(App, String)> {
    let mut child = run.stay().await?;
    juliet.send(&at.jid, "one, to the first").await?;
    child.kill().await?;
    juliet.send(&at.jid, "two, to nobody").await?;
    juliet.send(&at.jid, "three, to nobody").await?;
    juliet.call("ping", serde_json::json!({})).await?;
    let app = headless::open(folder.path(), &at.ca)?;
    let account = app.account_ids().pop().ok_or_else(|| harness::anyhow!("the account is gone"))?;
    headless::online(&app, &account).await?;
    ensure!(connection(&app, &account).await?.resumed, "bound anew");
    holds(&app, &account, juliet.bare(), &["one, to the first", "two, to nobody", "three, to nobody"]).await?;
    Ok((app, account))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_process_goes_on_with_the_session_in_one_round_trip() -> Result<()> {
    let server = Prosody::builder().account("mira", "pw-mira").account("juliet", "pw-juliet").start().await?;
    let contact = |user: &str| (server.jid(user), user.to_owned(), String::from("x"));
    seed::roster(&server, "mira", &[contact("juliet")])?;
    seed::roster(&server, "juliet", &[contact("mira")])?;
    let juliet = Login::prosody(&server, "juliet", "pw-juliet").start().await?;
    let relay = Relay::start(server.direct_tls_port).await?;
    let mut at = At::prosody(&server, "mira")?.through(relay.port);
    at.endpoint.direct_tls = true;
    let folder = Folder::new("crash")?;
    let run = Run::new(program(), folder.path(), &server.certificate.ca, &at, &server.jid("juliet"))?;
    // The account is there, and the second process starts with a token.
    let mut first = run.stay().await?;
    let kept = || std::fs::read_to_string(folder.path().join("secrets.json")).unwrap_or_default();
    until("the ticket to be kept", async || kept().contains("/ticket").then_some(())).await?;
    first.kill().await?;
    relay.delay(Duration::from_millis(20));
    let (app, account) = goes_on(&run, &folder, &at, &juliet).await?;
    // Nobody said it again.
    shows(&app, juliet.bare(), Show::Online).await?;
    let (flights, connection) = (relay.flights(), connection(&app, &account).await?);
    ensure!(connection.mechanism == "HT-SHA-256-EXPR", "{connection:?}");
    ensure!(flights.starts_with(&[Way::Up, Way::Down, Way::Up, Way::Down]), "{flights:?}");
    say(&app, &account, juliet.bare(), "four, from the second").await?;
    juliet.message(&at.jid, "four, from the second").await?;
    app.close().await;
    // Signed out in order: nothing to go on with.
    let app = headless::open(folder.path(), &at.ca)?;
    headless::online(&app, &account).await?;
    ensure!(!self::connection(&app, &account).await?.resumed, "a session that ended in order was resumed");
    app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn on_every_server_the_next_process_goes_on() -> Result<()> {
    for server in Server::all().await? {
        println!("{}", server.name());
        let (at, theirs) = (server.account("crash-mira").await?, server.account("crash-juliet").await?);
        let juliet = server.slix(&theirs, "x").await?;
        let folder = Folder::new("crash")?;
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, server.ca()?)?;
        let run = Run::new(program(), folder.path(), &ca, &at, juliet.bare())?;
        let (app, account) = goes_on(&run, &folder, &at, &juliet).await?;
        say(&app, &account, juliet.bare(), "and goodbye").await?;
        juliet.message(&at.jid, "and goodbye").await?;
        app.close().await;
    }
    Ok(())
}
