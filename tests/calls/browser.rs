//! Calls with a browser: stanza.js over libwebrtc, as it is, over a real server.

use harness::calling::{ended, is_on, people, rings, sees, server};
use harness::devices::BLUE;
use harness::{At, Bench, Browser, Headless, Prosody, Result, Turn, ensure, turn, until};
use waxwing_contract::{
    AcceptCall, Call, CallOutcome, CallPhase, Callable, ConversationId, GetSettings, HoldCall, MuteCall, Nothing,
    OpenConversation, PictureOf, SetSettings, Settings,
};

use crate::video::{share, stop_sharing};

/// What the browser films: Y, U and V of #00c000.
const ITS_GREEN: [u8; 3] = [113, 72, 57];
/// What each microphone says.
const OURS: u32 = 500;
const THEIRS: u32 = 900;

/// Mira has our client and Juliet a browser.
struct Pair {
    mira: Headless,
    juliet: Browser,
    server: Prosody,
}

impl Pair {
    async fn meet() -> Result<Self> {
        Self::meet_at(server().await?).await
    }

    /// We have a camera that sees blue.
    async fn meet_filmed() -> Result<Self> {
        Self::meet_with(server().await?, Bench::filming(OURS, BLUE)).await
    }

    async fn meet_at(server: Prosody) -> Result<Self> {
        Self::meet_with(server, Bench::speaking(OURS)).await
    }

    async fn meet_with(server: Prosody, devices: std::sync::Arc<Bench>) -> Result<Self> {
        let at = At::prosody(&server, "mira")?;
        let (mira, juliet) =
            tokio::join!(Headless::sign_in_with(&at, devices), Browser::sign_in(&server, "juliet", THEIRS, true));
        Ok(Self { mira: mira?, juliet: juliet?, server })
    }

    /// The browser calls, and it rings here.
    async fn rung(&self, video: bool) -> Result<Call> {
        let device = self.juliet.device_of(&self.mira.jid).await?;
        self.juliet.call(&device, video).await?;
        let incoming = self.mira.call_that("a call that rings", rings).await?;
        ensure!(!incoming.outgoing && !incoming.stranger && incoming.video == video, "{incoming:?}");
        Ok(incoming)
    }

    /// The browser calls, and we take it; the call's id. `total`: calls so far.
    async fn called(&self, video: bool, total: usize) -> Result<String> {
        let incoming = self.rung(video).await?;
        self.mira.take(&incoming.id).await?;
        self.on(total).await?;
        Ok(incoming.id)
    }

    /// We call for the `times`th time, and the browser takes it; the call's id. `total`: calls so far.
    async fn calls(&self, times: usize, total: usize) -> Result<String> {
        let (account, peer) = (self.mira.account.clone(), self.juliet.bare().to_owned());
        self.mira.call(OpenConversation(ConversationId { account, peer })).await?;
        self.mira.can_call(self.juliet.bare(), Callable::Video).await?;
        let id = self.mira.ring(self.juliet.bare(), false).await?;
        self.juliet.told("incoming", times).await?;
        self.mira.call_that("ringing there", |call| call.phase == CallPhase::Calling { reached: true }).await?;
        self.juliet.answer(false).await?;
        self.on(total).await?;
        Ok(id)
    }

    /// With nothing known of the server's relays.
    async fn sign_in_again(&mut self) -> Result<()> {
        self.mira.app.close().await;
        self.juliet.misses(&self.mira.jid).await?;
        self.mira = Headless::sign_in_with(&At::prosody(&self.server, "mira")?, Bench::speaking(OURS)).await?;
        Ok(())
    }

    async fn relay_only(&self) -> Result<()> {
        let settings = self.mira.call(GetSettings(Nothing {})).await?;
        Ok(self.mira.call(SetSettings(Settings { relay_only: true, ..settings })).await?)
    }

    async fn on(&self, times: usize) -> Result<()> {
        self.juliet.told("connected", times).await?;
        self.mira.call_that("a call that is on", is_on).await.map(drop)
    }

    async fn both_hear(&self) -> Result<()> {
        self.mira.devices.forget();
        tokio::try_join!(self.mira.hears(THEIRS), self.juliet.hears(OURS)).map(drop)
    }

    /// Nothing was heard here for as long as the loudspeaker remembers.
    async fn silence_here(&self) -> Result<()> {
        until("silence here", async || (self.mira.devices.loudest() < 0.02).then_some(())).await
    }

    async fn mute(&self, id: &str, muted: bool) -> Result<()> {
        Ok(self.mira.call(MuteCall { account: self.mira.account.clone(), id: id.to_owned(), muted }).await?)
    }

    async fn hold(&self, id: &str, held: bool) -> Result<()> {
        Ok(self.mira.call(HoldCall { account: self.mira.account.clone(), id: id.to_owned(), held }).await?)
    }

    /// The call goes on, and is measured.
    async fn goes_well(&self) -> Result<()> {
        let well = |call: &Call| {
            let uninterrupted = matches!(call.phase, CallPhase::Active { interrupted: false, .. });
            uninterrupted && call.quality.is_some_and(|quality| quality.received > 5 && quality.sent > 5)
        };
        self.mira.call_that("a call that goes well", well).await.map(drop)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_calls_and_hangs_up() -> Result<()> {
    let pair = Pair::meet().await?;
    pair.called(false, 1).await?;
    pair.juliet.told("ringing", 1).await?;
    pair.both_hear().await?;
    pair.juliet.end("success").await?;
    pair.mira.kept(pair.juliet.bare(), false, CallOutcome::Completed).await?;
    pair.mira.free().await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_called_and_we_hang_up() -> Result<()> {
    let pair = Pair::meet().await?;
    let id = pair.calls(1, 1).await?;
    pair.both_hear().await?;
    pair.mira.hang_up(&id).await?;
    let told = pair.juliet.told("terminated", 1).await?;
    ensure!(told["reason"] == "success", "{told}");
    pair.mira.kept(pair.juliet.bare(), true, CallOutcome::Completed).await?;
    pair.mira.free().await
}

/// Whatever a caller tells: nobody listens to us before we have taken the call.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_listens_while_it_rings() -> Result<()> {
    let pair = Pair::meet().await?;
    let incoming = pair.rung(false).await?;
    ensure!(pair.juliet.flood(3, 5).await? == 0, "places were refused: {}", pair.juliet.wire().await?);
    // What is asked after it is answered after it.
    pair.mira.call(GetSettings(Nothing {})).await?;
    for _ in 0..20 {
        ensure!(!pair.mira.devices.is_recording(), "the microphone is open while it rings");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    pair.mira.take(&incoming.id).await?;
    pair.on(1).await?;
    pair.both_hear().await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_tells_so() -> Result<()> {
    let pair = Pair::meet().await?;
    let id = pair.called(false, 1).await?;
    pair.both_hear().await?;
    pair.juliet.mute(true).await?;
    pair.mira.call_that("a muted other side", |call| call.theirs.muted).await?;
    pair.silence_here().await?;
    pair.juliet.mute(false).await?;
    pair.mira.call_that("one that speaks again", |call| is_on(call) && !call.theirs.muted).await?;
    pair.both_hear().await?;
    pair.mute(&id, true).await?;
    pair.juliet.told("mute", 1).await?;
    pair.juliet.hears_nothing().await?;
    pair.mute(&id, false).await?;
    pair.juliet.told("unmute", 1).await?;
    pair.both_hear().await?;
    pair.juliet.hold(true).await?;
    pair.mira.call_that("one who holds", |call| call.theirs.holding).await?;
    // It says that it is active again (XEP-0167 §8.2), and not that it holds no more.
    pair.juliet.hold(false).await?;
    let call = pair.mira.call_that("one who is back", |call| is_on(call) && !call.theirs.holding).await?;
    ensure!(!call.theirs.camera, "a camera that nobody has");
    pair.both_hear().await
}

/// No picture comes any more while many would.
async fn stands_still(browser: &Browser) -> Result<()> {
    const ASKED: u32 = 40;
    let (mut last, mut same) = (u64::MAX, 0);
    until("no more pictures", async || {
        let frames = browser.sees().await.ok()?["frames"].as_u64()?;
        same = if frames == last { same + 1 } else { 0 };
        last = frames;
        (same >= ASKED).then_some(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_on_hold_is_neither_heard_nor_seen_and_hears_nothing() -> Result<()> {
    let pair = Pair::meet_filmed().await?;
    let id = pair.called(true, 1).await?;
    pair.both_hear().await?;
    pair.hold(&id, true).await?;
    pair.juliet.told("hold", 1).await?;
    pair.silence_here().await?;
    pair.juliet.hears_nothing().await?;
    stands_still(&pair.juliet).await?;
    // What the person mutes meanwhile stays muted.
    pair.mute(&id, true).await?;
    pair.hold(&id, false).await?;
    pair.juliet.told("resumed", 1).await?;
    pair.mira.hears(THEIRS).await?;
    sees(&pair.mira, &id, PictureOf::TheirCamera, ITS_GREEN).await?;
    pair.juliet.hears_nothing().await?;
    pair.mute(&id, false).await?;
    pair.both_hear().await?;
    pair.juliet.hold(true).await?;
    pair.mira.call_that("one who holds", |call| call.theirs.holding).await?;
    pair.juliet.hears_nothing().await?;
    pair.juliet.hold(false).await?;
    pair.both_hear().await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_looks_for_ways_anew() -> Result<()> {
    let pair = Pair::meet().await?;
    pair.called(false, 1).await?;
    pair.both_hear().await?;
    let before = pair.juliet.way().await?;
    pair.juliet.restart().await?;
    let new = |way: &serde_json::Value| way["state"] == "connected" && way["ufrag"] != before["ufrag"];
    pair.juliet.way_that("another way", new).await?;
    pair.both_hear().await?;
    pair.goes_well().await
}

#[tokio::test(flavor = "multi_thread")]
async fn we_look_for_ways_anew() -> Result<()> {
    let pair = Pair::meet().await?;
    pair.calls(1, 1).await?;
    pair.both_hear().await?;
    let before = pair.juliet.way().await?;
    pair.mira.app.network_changed();
    let new = |way: &serde_json::Value| way["state"] == "connected" && way["ufrag"] != before["ufrag"];
    pair.juliet.way_that("another way", new).await?;
    pair.both_hear().await?;
    pair.goes_well().await
}

#[tokio::test(flavor = "multi_thread")]
async fn both_are_seen_and_a_screen_takes_the_cameras_place() -> Result<()> {
    let pair = Pair::meet_filmed().await?;
    let id = pair.called(true, 1).await?;
    pair.both_hear().await?;
    let seen = |call: &Call| call.theirs.camera && call.quality.is_some_and(|quality| quality.received > 100);
    pair.mira.call_that("a picture that comes in", seen).await?;
    sees(&pair.mira, &id, PictureOf::TheirCamera, ITS_GREEN).await?;
    let corner = async |what: &str, wanted: fn([u64; 3]) -> bool| {
        until(what, async || {
            let seen = pair.juliet.sees().await.ok()?;
            let part = |at: usize| seen["colour"][at].as_u64();
            wanted([part(0)?, part(1)?, part(2)?]).then_some(())
        })
        .await
    };
    corner("our camera's blue", |[red, green, blue]| blue > 100 && blue > 2 * red && blue > 2 * green).await?;
    // It takes no slides: the screen comes where the camera was.
    share(&pair.mira, &id).await?;
    corner("our screen's green", |[red, green, blue]| green > 100 && green > 2 * red && green > 2 * blue).await?;
    stop_sharing(&pair.mira, &id).await?;
    corner("our camera again", |[red, green, blue]| blue > 100 && blue > 2 * red && blue > 2 * green).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_it_without_a_camera_is_heard() -> Result<()> {
    let pair = Pair::meet().await?;
    let incoming = pair.rung(true).await?;
    let accept = AcceptCall { account: pair.mira.account.clone(), id: incoming.id.clone(), video: false };
    pair.mira.call(accept).await?;
    pair.on(1).await?;
    pair.both_hear().await?;
    ensure!(pair.juliet.sees().await?.is_null(), "a picture comes from nowhere");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_adds_its_camera() -> Result<()> {
    let pair = Pair::meet().await?;
    pair.called(false, 1).await?;
    pair.both_hear().await?;
    pair.mira.call_that("no picture", |call| !call.theirs.camera).await?;
    pair.juliet.add_video().await?;
    pair.juliet.told("added", 1).await?;
    let seen = |call: &Call| call.theirs.camera && call.quality.is_some_and(|quality| quality.received > 100);
    pair.mira.call_that("a picture that comes in", seen).await?;
    pair.both_hear().await
}

/// Places where nobody is do no harm, however many there are; another certificate ends it.
#[tokio::test(flavor = "multi_thread")]
async fn it_turns_hostile() -> Result<()> {
    let pair = Pair::meet().await?;
    pair.called(false, 1).await?;
    pair.both_hear().await?;
    pair.juliet.flood(40, 100).await?;
    pair.both_hear().await?;
    pair.goes_well().await?;
    pair.juliet.pose().await?;
    let told = pair.juliet.told("terminated", 1).await?;
    ensure!(told["reason"] == "security-error", "{told}");
    pair.mira.call_that("the end of it", ended).await?;
    until("the microphone to be let go of", async || (!pair.mira.devices.is_recording()).then_some(())).await
}

/// What the server says of its relay is in a file, which it reads each time. Where the relay is restricted, name and password
/// are told only to who asks for them.
const ANNOUNCES: &str = r#"
local function announce(services, asked)
  local relay = dofile(prosody.paths.config .. "/relay.lua")
  while #services > 0 do table.remove(services) end
  table.insert(services, relay)
  services[1].restricted = relay.restricted or nil
  if relay.restricted and not asked then
    services[1].username, services[1].password = nil, nil
  end
end
module:hook("external_service/services", function(event) announce(event.services, false) end)
module:hook("external_service/credentials", function(event) announce(event.services, true) end)
"#;

/// Neither side learns where we are.
#[tokio::test(flavor = "multi_thread")]
async fn through_a_relay_alone() -> Result<()> {
    let relay = Turn::start().await?;
    let server = people(Prosody::builder().module("announces_relay", ANNOUNCES.to_owned())).await?;
    let mut pair = Pair::meet_at(server).await?;
    let (plain, sealed) = (relay.port, relay.tls_port);
    let ways = [("turn", "udp", plain), ("turn", "tcp", plain), ("turns", "tcp", sealed)];
    // Where it is restricted, we call.
    let cases = ways.into_iter().flat_map(|way| [(way, false), (way, true)]);
    for (at, ((kind, over, port), restricted)) in cases.enumerate() {
        let lua = format!(
            "return {{ type = '{kind}', transport = '{over}', host = 'localhost', port = {port}, username = '{}', \
             password = '{}', restricted = {restricted} }}",
            turn::USER,
            turn::PASSWORD
        );
        std::fs::write(pair.server.dir.join("relay.lua"), lua)?;
        pair.sign_in_again().await?;
        pair.relay_only().await?;
        let id = if restricted { pair.calls(at / 2 + 1, at + 1).await? } else { pair.called(false, at + 1).await? };
        pair.both_hear().await?;
        let relayed = |call: &Call| call.quality.is_some_and(|quality| quality.relayed);
        pair.mira.call_that("a call through a relay", relayed).await?;
        let way = pair.juliet.way().await?;
        ensure!(way["there"] == "relay", "{kind} over {over}, restricted: {restricted}: {way}");
        pair.mira.hang_up(&id).await?;
        pair.juliet.told("terminated", at + 1).await?;
    }
    Ok(())
}
