//! Calls with Dino: GStreamer, one connection for each content, and nothing of ours in it.

use harness::calling::{is_on, rings, sees, server};
use harness::devices::{BLUE, RED};
use harness::{At, Bench, Context as _, Dino, Headless, Prosody, Result, ensure};
use waxwing_contract::{CallOutcome, Callable, ConversationId, OpenConversation, PictureOf, View};

/// What each microphone says.
const OURS: u32 = 500;
const THEIRS: u32 = 900;
/// [`RED`], as 0xRRGGBB.
const ITS_RED: u32 = 0x00ce_1312;

/// Mira has our client and Juliet has Dino.
struct Pair {
    mira: Headless,
    juliet: Dino,
    peer: String,
    _server: Prosody,
}

impl Pair {
    async fn meet() -> Result<Self> {
        let server = server().await?;
        let at = At::prosody(&server, "mira")?;
        let (mira, juliet) = tokio::join!(
            Headless::sign_in_with(&at, Bench::filming(OURS, BLUE)),
            Dino::sign_in(&server, "juliet", THEIRS, ITS_RED)
        );
        Ok(Self { mira: mira?, juliet: juliet?, peer: server.jid("juliet"), _server: server })
    }

    /// Each hears what the other says and sees what the other films.
    async fn both_are_there(&self, call: &str) -> Result<()> {
        let blue = |[red, green, blue]: [u8; 3]| blue > 100 && blue / 2 > red && blue / 2 > green;
        self.mira.devices.forget();
        let there = async {
            tokio::try_join!(self.mira.hears(THEIRS), self.juliet.hears(OURS))?;
            tokio::try_join!(sees(&self.mira, call, PictureOf::TheirCamera, RED), self.juliet.sees("our blue", blue))
        };
        there.await.map(drop).with_context(|| self.told())
    }

    /// How it stands on both sides, for a failure.
    fn told(&self) -> String {
        let devices = &self.mira.devices;
        let (share, loudest) = (devices.hears(THEIRS), devices.loudest());
        let calls = self.mira.watch(&View::Calls).ok().and_then(|mut calls| calls.try_next()).unwrap_or_default();
        format!("{share} of what we hear is theirs, {loudest} at the loudest; here: {calls}\n{}", self.juliet.told())
    }
}

/// How many Dinos may fail before it is a failure.
const DINOS: usize = 3;

/// Tries it with a pair; and, where Dino's own pipeline comes to a standstill, which Dino 0.4 brings about now and then
/// while it builds it, with another Dino. Whatever else fails is a failure at once.
async fn with_a_pair(attempt: impl AsyncFn(&Pair) -> Result<()>) -> Result<()> {
    for left in (0..DINOS).rev() {
        let pair = Pair::meet().await?;
        tokio::select! {
            result = attempt(&pair) => return result,
            what = pair.juliet.stands_still(), if left > 0 => {
                eprintln!("another Dino is asked: in this one stands still, of itself, {what}");
            }
        }
    }
    unreachable!("the last one succeeds or fails")
}

#[tokio::test(flavor = "multi_thread")]
async fn dino_is_called() -> Result<()> {
    with_a_pair(is_called).await
}

async fn is_called(pair: &Pair) -> Result<()> {
    let (account, peer) = (pair.mira.account.clone(), pair.peer.clone());
    pair.mira.call(OpenConversation(ConversationId { account, peer })).await?;
    pair.mira.can_call(&pair.peer, Callable::Video).await?;
    let id = pair.mira.ring(&pair.peer, true).await?;
    pair.juliet.take().await?;
    pair.mira.call_that("a call that is on", is_on).await?;
    pair.both_are_there(&id).await?;
    pair.mira.hang_up(&id).await?;
    pair.mira.kept(&pair.peer, true, CallOutcome::Completed).await?;
    pair.juliet.is_free().await?;
    pair.mira.free().await
}

#[tokio::test(flavor = "multi_thread")]
async fn dino_calls() -> Result<()> {
    with_a_pair(calls).await
}

async fn calls(pair: &Pair) -> Result<()> {
    pair.juliet.call(&pair.mira.jid, true).await?;
    let incoming = pair.mira.call_that("it rings", rings).await?;
    ensure!(incoming.video && !incoming.outgoing, "{incoming:?}");
    pair.mira.take(&incoming.id).await?;
    pair.mira.call_that("a call that is on", is_on).await?;
    pair.both_are_there(&incoming.id).await?;
    pair.juliet.hang_up().await?;
    pair.mira.kept(&pair.peer, false, CallOutcome::Completed).await?;
    pair.mira.free().await
}
