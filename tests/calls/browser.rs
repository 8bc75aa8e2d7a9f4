//! Calls with a browser: stanza.js over libwebrtc, as it is, over a real server.

use harness::{At, Bench, Browser, Headless, Prosody, Result, ensure, until};
use waxwing_contract::{CallOutcome, CallPhase, Callable};

use crate::signalling::{Calling, is_on, rings, server};

/// What each microphone says.
const OURS: u32 = 500;
const THEIRS: u32 = 900;

/// Mira has our client and Juliet a browser.
struct Pair {
    mira: Headless,
    juliet: Browser,
    _server: Prosody,
}

impl Pair {
    async fn meet() -> Result<Self> {
        let server = server().await?;
        let at = At::prosody(&server, "mira")?;
        let (mira, juliet) = tokio::join!(
            Headless::sign_in_with(&at, Bench::speaking(OURS)),
            Browser::sign_in(&server, "juliet", THEIRS, true)
        );
        Ok(Self { mira: mira?, juliet: juliet?, _server: server })
    }

    /// The browser calls, and we take it; the call's id.
    async fn called(&self, video: bool) -> Result<String> {
        let device = self.juliet.device_of(&self.mira.jid).await?;
        self.juliet.call(&device, video).await?;
        let incoming = self.mira.call_that("a call that rings", rings).await?;
        ensure!(!incoming.outgoing && !incoming.stranger && incoming.video == video, "{incoming:?}");
        self.mira.take(&incoming.id).await?;
        self.juliet.told("accepted", 1).await?;
        self.on().await?;
        Ok(incoming.id)
    }

    /// We call, and the browser takes it; the call's id.
    async fn calls(&self, video: bool) -> Result<String> {
        self.mira.can_call(self.juliet.bare(), Callable::Video).await?;
        let id = self.mira.ring(self.juliet.bare(), video).await?;
        self.juliet.rings().await?;
        self.mira.call_that("ringing there", |call| call.phase == CallPhase::Calling { reached: true }).await?;
        self.juliet.answer(false).await?;
        self.on().await?;
        Ok(id)
    }

    async fn on(&self) -> Result<()> {
        self.juliet.told("connected", 1).await?;
        self.mira.call_that("a call that is on", is_on).await.map(drop)
    }

    async fn both_hear(&self) -> Result<()> {
        self.mira.devices.forget();
        tokio::try_join!(self.mira.hears(THEIRS), self.juliet.hears(OURS)).map(drop)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_calls_and_hangs_up() -> Result<()> {
    let pair = Pair::meet().await?;
    pair.called(false).await?;
    pair.juliet.told("ringing", 1).await?;
    pair.both_hear().await?;
    pair.juliet.end("success").await?;
    pair.mira.kept(pair.juliet.bare(), false, CallOutcome::Completed).await?;
    pair.mira.free().await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_called_and_we_hang_up() -> Result<()> {
    let pair = Pair::meet().await?;
    let id = pair.calls(false).await?;
    pair.both_hear().await?;
    pair.mira.hang_up(&id).await?;
    let told = pair.juliet.told("terminated", 1).await?;
    ensure!(told["reason"] == "success", "{told}");
    pair.mira.kept(pair.juliet.bare(), true, CallOutcome::Completed).await?;
    pair.mira.free().await
}
