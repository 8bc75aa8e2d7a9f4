//! How often a sign-in waits for the other side.

use std::time::Duration;

use harness::{At, Headless, Prosody, Relay, Result, Way, ensure, until};
use waxwing_contract::{
    AccountId, Code, Connect, Connection, GetAccountDetails, RemoveAccount, SessionState, SetPassword, SignOut,
};

/// Romeo behind a relay that carries direct TLS, each piece a while late: what waits can be told from what does not.
struct Stage {
    server: Prosody,
    relay: Relay,
    me: Headless,
}

impl Stage {
    async fn set() -> Result<Self> {
        let server = Prosody::builder().account("romeo", "pw-romeo").start().await?;
        let relay = Relay::start(server.direct_tls_port).await?;
        relay.delay(Duration::from_millis(40));
        let mut at = At::prosody(&server, "romeo")?.through(relay.port);
        at.endpoint.direct_tls = true;
        let me = Headless::sign_in(&at).await?;
        Ok(Self { server, relay, me })
    }

    async fn connection(&self) -> Result<Connection> {
        let details = self.me.call(GetAccountDetails(AccountId { account: self.me.account.clone() })).await?;
        details.connection.ok_or_else(|| harness::anyhow!("not online"))
    }

    /// Cut off, and back again; answers who spoke in turn until then.
    async fn reconnects(&self) -> Result<Vec<Way>> {
        self.relay.refuse(true);
        self.relay.cut();
        self.me.session("cut off", |s| !matches!(s, SessionState::Online { .. })).await?;
        self.relay.refuse(false);
        self.me.call(Connect(AccountId { account: self.me.account.clone() })).await?;
        self.me.session("on again", |s| matches!(s, SessionState::Online { .. })).await?;
        Ok(self.relay.flights())
    }
}

/// TLS needs one round trip of its own; signing in and resuming the stream are the second.
const TWO: [Way; 4] = [Way::Up, Way::Down, Way::Up, Way::Down];

#[tokio::test(flavor = "multi_thread")]
async fn a_token_signs_in_and_resumes_in_one_round_trip() -> Result<()> {
    let stage = Stage::set().await?;
    let first = stage.connection().await?;
    ensure!(first.mechanism.starts_with("SCRAM-") && !first.resumed, "{first:?}");
    for turn in 0..3 {
        let flights = stage.reconnects().await?;
        let connection = stage.connection().await?;
        println!(
            "{turn}: {} {:?} resumed: {}, {flights:?}",
            connection.mechanism, connection.channel_binding, connection.resumed
        );
        ensure!(connection.mechanism == "HT-SHA-256-EXPR" && connection.resumed, "{connection:?}");
        // What follows is said by a session that is on.
        ensure!(flights.starts_with(&TWO) && flights.len() <= TWO.len() + 1, "{flights:?}");
    }
    stage.me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_signs_in_with_the_token_of_the_last_one() -> Result<()> {
    let mut stage = Stage::set().await?;
    stage.me = stage.me.restart().await?;
    stage.me.online().await?;
    let connection = stage.connection().await?;
    ensure!(connection.mechanism == "HT-SHA-256-EXPR" && !connection.resumed, "{connection:?}");
    stage.me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_the_server_forgot_costs_nothing_but_the_password() -> Result<()> {
    let stage = Stage::set().await?;
    stage.server.forget("fast_tokens")?;
    stage.reconnects().await?;
    let connection = stage.connection().await?;
    ensure!(connection.mechanism.starts_with("SCRAM-"), "{connection:?}");
    stage.reconnects().await?;
    let connection = stage.connection().await?;
    ensure!(connection.mechanism == "HT-SHA-256-EXPR", "no new token: {connection:?}");
    stage.me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_vouches_for_its_offer_is_believed() -> Result<()> {
    let builder = Prosody::builder().account("romeo", "pw-romeo").debug();
    let server = builder.host_option("modules_enabled = { \"sasl_ssdp\" }").start().await?;
    let me = Headless::sign_in(&At::prosody(&server, "romeo")?).await?;
    let details = me.call(GetAccountDetails(AccountId { account: me.account.clone() })).await?;
    let mechanism = details.connection.map(|connection| connection.mechanism);
    ensure!(mechanism.as_deref().is_some_and(|name| name.ends_with("-PLUS")), "{mechanism:?}");
    ensure!(server.log().contains("Calculated SSDP string"), "it did not vouch for anything");
    me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_cuts_off_whoever_speaks_first_is_got_past() -> Result<()> {
    let stage = Stage::set().await?;
    let before = stage.relay.bytes_up();
    stage.reconnects().await?;
    let whole = stage.relay.bytes_up() - before;
    // In the midst of what is said first.
    stage.relay.refuse(true);
    stage.relay.cut();
    stage.me.session("cut off", |s| !matches!(s, SessionState::Online { .. })).await?;
    stage.relay.cut_after_up(whole - 100);
    stage.relay.refuse(false);
    stage.me.call(Connect(AccountId { account: stage.me.account.clone() })).await?;
    stage.me.online().await?;
    let connection = stage.connection().await?;
    ensure!(connection.mechanism.starts_with("SCRAM-") && connection.resumed, "{connection:?}");
    // The password worked, so the next one may speak first again.
    stage.reconnects().await?;
    let connection = stage.connection().await?;
    ensure!(connection.mechanism == "HT-SHA-256-EXPR", "{connection:?}");
    stage.me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_not_to_be_kept_leaves_nothing_older_behind() -> Result<()> {
    let mut stage = Stage::set().await?;
    let account = stage.me.account.clone();
    let kept = || std::fs::read_to_string(stage.me.folder().join("secrets.json")).unwrap_or_default();
    until("the ticket to be kept", async || kept().contains("/ticket").then_some(())).await?;
    let set = SetPassword { account, password: "pw-romeo".into(), remember: false };
    stage.me.call(set).await?;
    stage.me.online().await?;
    let connection = stage.connection().await?;
    ensure!(connection.mechanism.starts_with("SCRAM-"), "the password was not tried: {connection:?}");
    ensure!(!kept().contains("pw-romeo") && !kept().contains("/ticket"), "something is kept");
    stage.me = stage.me.restart().await?;
    let asks =
        |s: &SessionState| matches!(s, SessionState::Stopped { failure } if failure.code == Code::PasswordNeeded);
    stage.me.session("asks for the password", asks).await?;
    stage.me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_account_takes_its_token_back() -> Result<()> {
    let stage = Stage::set().await?;
    ensure!(stage.server.holds("fast_tokens", "romeo"), "no token was given out");
    stage.me.call(RemoveAccount(AccountId { account: stage.me.account.clone() })).await?;
    until("the server to forget the token", async || (!stage.server.holds("fast_tokens", "romeo")).then_some(()))
        .await?;
    stage.me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_takes_the_token_back() -> Result<()> {
    let stage = Stage::set().await?;
    ensure!(stage.server.holds("fast_tokens", "romeo"), "no token was given out");
    let account = AccountId { account: stage.me.account.clone() };
    stage.me.call(SignOut(account.clone())).await?;
    until("the server to forget the token", async || (!stage.server.holds("fast_tokens", "romeo")).then_some(()))
        .await?;
    let kept = std::fs::read_to_string(stage.me.folder().join("secrets.json")).unwrap_or_default();
    ensure!(!kept.contains("/ticket"), "a token is kept that opens nothing");
    stage.me.call(Connect(account)).await?;
    stage.me.online().await?;
    let connection = stage.connection().await?;
    ensure!(connection.mechanism.starts_with("SCRAM-"), "{connection:?}");
    stage.me.app.close().await;
    Ok(())
}

/// Sends the first session that is on to another place.
const ELSEWHERE: &str = r#"
local st = require "util.stanza";
local left = 1;
module:hook("resource-bind", function (event)
    if left == 0 then return end
    left = 0;
    local session = event.session;
    module:add_timer(0.2, function ()
        session:close(st.stanza("stream:error")
            :tag("see-other-host", { xmlns = "urn:ietf:params:xml:ns:xmpp-streams" }):text("127.0.0.1:PORT"));
    end);
end);
"#;

#[tokio::test(flavor = "multi_thread")]
async fn goes_where_the_server_sends_it() -> Result<()> {
    let builder = Prosody::builder().account("romeo", "pw-romeo");
    let mut server = builder.host_option("modules_enabled = { \"elsewhere\" }").start().await?;
    let there = Relay::start(server.c2s_port).await?;
    server.module("elsewhere", &ELSEWHERE.replace("PORT", &there.port.to_string()))?;
    server.restart().await?;
    let me = Headless::sign_in(&At::prosody(&server, "romeo")?).await?;
    until("the session at the other place", async || (there.connections() == 1).then_some(())).await?;
    me.online().await?;
    let details = me.call(GetAccountDetails(AccountId { account: me.account.clone() })).await?;
    let endpoint = details.connection.map(|connection| connection.endpoint);
    ensure!(endpoint.as_deref() == Some(&format!("127.0.0.1:{}", there.port)), "{endpoint:?}");
    me.app.close().await;
    Ok(())
}
