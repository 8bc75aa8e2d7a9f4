//! How long it takes from TCP to being online, and how often each side waits for the other, by the way of signing in.

use std::time::Duration;

use harness::{At, Headless, Prosody, Relay, Result, Version, Way};
use waxwing_contract::{AccountId, Connect, SessionState};

use crate::figure;

/// Online within this of TCP's connection, at 100 ms and with everything in one flight, in milliseconds.
const GOAL: f64 = 300.0;

pub async fn run() -> Result<()> {
    for rtt in [0, 100, 300] {
        for version in Version::ALL {
            at_distance(version, rtt).await?;
        }
    }
    Ok(())
}

async fn at_distance(version: Version, rtt: u64) -> Result<()> {
    let server = Prosody::builder().version(version).account("mira", "pw-mira").start().await?;
    let relay = Relay::start(server.direct_tls_port).await?;
    relay.delay(Duration::from_millis(rtt / 2));
    let mut at = At::prosody(&server, "mira")?.through(relay.port);
    at.endpoint.direct_tls = true;
    let by = |what: &str| match version {
        Version::V13 => format!("{what}, {rtt} ms"),
        Version::V0_12 => format!("{what}, classic SASL, {rtt} ms"),
    };

    let me = Headless::sign_in_only(&at).await?;
    online(&me).await?;
    tell(&relay, &by("first sign-in"), false);
    me.online().await?;
    let me = me.restart().await?;
    online(&me).await?;
    tell(&relay, &by("a new session at the next start"), false);
    me.online().await?;

    relay.refuse(true);
    relay.cut();
    me.session("cut off", |s| !matches!(s, SessionState::Online { .. })).await?;
    relay.refuse(false);
    me.call(Connect(AccountId { account: me.account.clone() })).await?;
    online(&me).await?;
    tell(&relay, &by("resumed"), version == Version::V13 && rtt == 100);
    me.app.close().await;
    Ok(())
}

async fn online(me: &Headless) -> Result<()> {
    me.session("online", |s| matches!(s, SessionState::Online { .. })).await.map(drop)
}

fn tell(relay: &Relay, case: &str, has_goal: bool) {
    let took = relay.since_accepted().as_secs_f64() * 1000.0;
    let trips = relay.flights().iter().filter(|way| **way == Way::Down).count();
    let goal = has_goal.then_some(("<= 300", took <= GOAL));
    figure("signin", case, "online after TCP connected", took, "ms", goal);
    let trips_goal = has_goal.then_some(("<= 2", trips <= 2));
    figure("signin", case, "round trips, TLS included", trips as f64, "", trips_goal);
}
