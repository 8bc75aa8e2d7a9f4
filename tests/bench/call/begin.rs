//! From taking a call until each hears the other's tone and sees the other's picture.

use std::time::{Duration, Instant};

use harness::calling::{is_on, rings, sees, server};
use harness::devices::{BLUE, RED};
use harness::{At, Bench, Headless, Prosody, Result, Turn, until};
use waxwing_contract::{GetSettings, Nothing, PictureOf, SetSettings, Settings};

use super::{BENCH, Over, median, port, server_with};
use crate::figure;

const ROUNDS: usize = 10;
const HERS: u32 = 500;
const THEIRS: u32 = 900;

pub async fn run() -> Result<()> {
    by("direct", &server().await?, false).await?;
    for (case, over) in [("relay, UDP", Over::Udp), ("relay, TCP", Over::Tcp), ("relay, TLS", Over::Tls)] {
        let relay = Turn::start().await?;
        by(case, &server_with(over, port(&relay, over)).await?, true).await?;
    }
    Ok(())
}

async fn by(case: &str, server: &Prosody, relayed: bool) -> Result<()> {
    let mira = Headless::sign_in_with(&At::prosody(server, "mira")?, Bench::filming(HERS, BLUE)).await?;
    let juliet = Headless::sign_in_with(&At::prosody(server, "juliet")?, Bench::filming(THEIRS, RED)).await?;
    for one in [&mira, &juliet] {
        let settings = one.call(GetSettings(Nothing {})).await?;
        // What rings would be heard, too.
        one.call(SetSettings(Settings { ringtone: false, relay_only: relayed, ..settings })).await?;
    }
    mira.may_call(&juliet.jid).await?;
    let (mut heard, mut seen) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (tone, picture) = round(&mira, &juliet, relayed).await?;
        heard.push(tone.as_secs_f64() * 1000.0);
        seen.push(picture.as_secs_f64() * 1000.0);
    }
    let limit = if relayed { 2000.0 } else { 1000.0 };
    let goal = format!("<= {limit}");
    for (what, mut all) in [("both hear the other", heard), ("both see the other", seen)] {
        let worst = all.iter().copied().fold(0.0, f64::max);
        figure(
            BENCH,
            case,
            &format!("{what}, after taking the call, median of {ROUNDS}"),
            median(&mut all),
            "ms",
            None,
        );
        figure(BENCH, case, &format!("{what}, at the latest"), worst, "ms", Some((&goal, worst <= limit)));
    }
    mira.app.close().await;
    juliet.app.close().await;
    Ok(())
}

async fn round(mira: &Headless, juliet: &Headless, relayed: bool) -> Result<(Duration, Duration)> {
    let id = mira.ring(&juliet.jid, true).await?;
    let incoming = juliet.call_that("it rings", rings).await?;
    mira.devices.forget();
    juliet.devices.forget();
    let taken = Instant::now();
    juliet.take(&incoming.id).await?;
    let hearing = async {
        let both = async || (mira.devices.heard(THEIRS) && juliet.devices.heard(HERS)).then_some(());
        until("both to hear the other", both).await?;
        Result::<_>::Ok(taken.elapsed())
    };
    let seeing = async {
        let (hers, theirs) = (PictureOf::TheirCamera, PictureOf::TheirCamera);
        tokio::try_join!(sees(mira, &id, hers, RED), sees(juliet, &incoming.id, theirs, BLUE))?;
        Ok(taken.elapsed())
    };
    let times = tokio::try_join!(hearing, seeing)?;
    // It is as it was asked for.
    let way = |call: &waxwing_contract::Call| is_on(call) && call.quality.is_some_and(|now| now.relayed == relayed);
    mira.call_that("the way it goes", way).await?;
    mira.hang_up(&id).await?;
    tokio::try_join!(mira.free(), juliet.free())?;
    Ok(times)
}
