//! A minute over a way that loses 5 % and takes 60 ms, in each direction.

use std::time::Duration;

use harness::calling::{is_on, rings};
use harness::devices::{BLUE, RED};
use harness::lossy::{Lossy, Weather};
use harness::{At, Bench, Context as _, Headless, Result, Turn};
use waxwing_client::Shown;
use waxwing_contract::{Call, GetSettings, Nothing, PictureOf, SetSettings, Settings};

use super::{BENCH, Over, server_with};
use crate::figure;

const WEATHER: Weather = Weather { lost: 5, delay: Duration::from_millis(60) };
const MINUTE: Duration = Duration::from_secs(60);
const CASE: &str = "5 % lost, 60 ms each way";

pub async fn run() -> Result<()> {
    let relay = Turn::start().await?;
    let way = Lossy::open(relay.port, WEATHER).await?;
    let server = server_with(Over::Udp, way.port).await?;
    let mira = Headless::sign_in_with(&At::prosody(&server, "mira")?, Bench::filming(500, BLUE)).await?;
    let juliet = Headless::sign_in_with(&At::prosody(&server, "juliet")?, Bench::filming(900, RED)).await?;
    // One by the relay alone: all goes through it once.
    let settings = mira.call(GetSettings(Nothing {})).await?;
    mira.call(SetSettings(Settings { relay_only: true, ..settings })).await?;
    mira.may_call(&juliet.jid).await?;
    let id = mira.ring(&juliet.jid, true).await?;
    let incoming = juliet.call_that("it rings", rings).await?;
    juliet.take(&incoming.id).await?;
    tokio::try_join!(mira.call_that("on", is_on), juliet.call_that("on", is_on))?;
    // Somebody looks, as in a window: what nobody takes is not sent on.
    let end = tokio::time::Instant::now() + MINUTE;
    tokio::join!(look(&mira, &id, end), look(&juliet, &incoming.id, end));
    for (who, one) in [("the caller", &mira), ("the called", &juliet)] {
        let relayed = |call: &Call| call.quality.is_some_and(|quality| quality.relayed);
        let call = one.call_that("how it went", relayed).await?;
        let quality = call.quality.context("no quality")?;
        let case = format!("{CASE}, {who}");
        let tell = |what: &str, value: f32, goal| figure(BENCH, &case, what, f64::from(value), "%", goal);
        tell("lost of what was sent to them", quality.lost_here, None);
        tell("sound made up", quality.concealed, Some(("<= 3", quality.concealed <= 3.0)));
        tell("time the picture stood still", quality.frozen, Some(("<= 2", quality.frozen <= 2.0)));
        // What these cameras see, a bar on a plain ground, takes some 80 kbit/s with the sound, and no more where nothing is
        // lost: how much may be sent does not show here (`video/lossy.rs` of the media crate has a picture that takes all).
        let round_trip = quality.round_trip.unwrap_or_default();
        figure(BENCH, &case, "there and back", f64::from(round_trip), "ms", None);
        figure(BENCH, &case, "received", f64::from(quality.received), "kbit/s", None);
    }
    mira.hang_up(&id).await?;
    juliet.free().await
}

async fn look(who: &Headless, call: &str, end: tokio::time::Instant) {
    let looking = async {
        let mut looking = who.app.pictures().look(call, PictureOf::TheirCamera).await;
        let mut decoder = waxwing_vp8::Decoder::new();
        while let Some(Shown::Encoded(frame)) = looking.next().await {
            if !matches!(decoder.decode(&frame.data), Ok(Some(_))) {
                looking.request_key();
            }
        }
    };
    let _ = tokio::time::timeout_at(end, looking).await;
}
