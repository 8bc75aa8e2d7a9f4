//! Calls as people make and take them, between clients without a window.

use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use waxwing_client::Shown;
use waxwing_contract::{
    AcceptCall, Call, CallId, CallOutcome, CallPhase, CallRecord, Callable, Conversation, ConversationId, DeclineCall,
    HangUp, OpenConversation, PictureOf, SetCamera, StartCall, View,
};
use waxwing_vp8::Decoder;

use crate::prosody::Builder;
use crate::{Headless, Prosody, seed, until};

/// As a person makes and takes them.
impl Headless {
    pub async fn ring(&self, peer: &str, video: bool) -> Result<String> {
        let start = StartCall { account: self.account.clone(), peer: peer.into(), video };
        Ok(self.call(start).await?.id)
    }

    pub async fn take(&self, id: &str) -> Result<()> {
        Ok(self.call(AcceptCall { account: self.account.clone(), id: id.into(), video: true }).await?)
    }

    pub async fn hang_up(&self, id: &str) -> Result<()> {
        Ok(self.call(HangUp(CallId { account: self.account.clone(), id: id.into() })).await?)
    }

    pub async fn decline(&self, id: &str) -> Result<()> {
        Ok(self.call(DeclineCall(CallId { account: self.account.clone(), id: id.into() })).await?)
    }

    /// Waits for a call that is as wanted.
    pub async fn call_that(&self, what: &str, wanted: impl Fn(&Call) -> bool) -> Result<Call> {
        self.item(&View::Calls, what, wanted).await
    }

    /// Waits until a call is kept with this outcome.
    pub async fn kept(&self, peer: &str, outgoing: bool, outcome: CallOutcome) -> Result<CallRecord> {
        let wanted = |record: &CallRecord| record.outcome == Some(outcome) && record.outgoing == outgoing;
        let what = format!("a call kept as {outcome:?}");
        let row = self.message(peer, &what, |row| row.call.as_ref().is_some_and(wanted)).await?;
        row.call.ok_or_else(|| anyhow!("no call"))
    }

    /// Waits until there is no call any more.
    pub async fn free(&self) -> Result<()> {
        let none = async || {
            let snapshot = self.watch(&View::Calls).ok()?.try_next()?;
            snapshot["items"].as_array()?.is_empty().then_some(())
        };
        until("no call", none).await
    }

    /// Waits until a tone is heard.
    pub async fn hears(&self, hertz: u32) -> Result<()> {
        until("a tone to be heard", async || (self.devices.hears(hertz) > 0.7).then_some(())).await
    }

    /// Opens the conversation with somebody, and waits until it knows that they take calls with video.
    pub async fn may_call(&self, peer: &str) -> Result<()> {
        self.call(OpenConversation(ConversationId { account: self.account.clone(), peer: peer.into() })).await?;
        self.can_call(peer, Callable::Video).await
    }

    /// Waits until the list knows that somebody can be called.
    pub async fn can_call(&self, peer: &str, callable: Callable) -> Result<()> {
        let conversation = |row: &Conversation| row.peer == peer && row.callable == callable;
        self.item(&View::Conversations, "somebody who can be called", conversation).await.map(drop)
    }
}

pub fn is_on(call: &Call) -> bool {
    matches!(call.phase, CallPhase::Active { .. })
}

pub fn rings(call: &Call) -> bool {
    call.phase == CallPhase::Ringing
}

pub fn ended(call: &Call) -> bool {
    matches!(call.phase, CallPhase::Ended { .. })
}

/// Mira and Juliet know each other, and Nurse knows neither.
pub async fn server() -> Result<Prosody> {
    people(Prosody::builder()).await
}

/// The same on a server that is as wanted.
pub async fn people(server: Builder) -> Result<Prosody> {
    let server = server
        .without(&["turn_external"])
        .account("mira", "pw-mira")
        .account("juliet", "pw-juliet")
        .account("nurse", "pw-nurse")
        .start()
        .await?;
    seed::roster(&server, "mira", &[(server.jid("juliet"), "Juliet".to_owned(), "Friends".to_owned())])?;
    seed::roster(&server, "juliet", &[(server.jid("mira"), "Mira".to_owned(), "Friends".to_owned())])?;
    Ok(server)
}

/// Waits until a colour is seen, in the middle of the upper edge.
pub async fn sees(who: &Headless, call: &str, of: PictureOf, colour: [u8; 3]) -> Result<()> {
    let seeing = async {
        let mut looking = who.app.pictures().look(call, of).await;
        let mut decoder = Decoder::new();
        while let Some(shown) = looking.next().await {
            let Shown::Encoded(frame) = shown else { bail!("a picture of our own") };
            let Ok(Some(decoded)) = decoder.decode(&frame.data) else {
                looking.request_key();
                continue;
            };
            let picture = waxwing_media::video::Picture::from(decoded);
            let middle = picture.at(picture.width() / 2, picture.height() / 90);
            if middle.iter().zip(colour).skip(1).all(|(seen, wanted)| seen.abs_diff(wanted) < 16) {
                return Ok(());
            }
        }
        bail!("no more pictures")
    };
    tokio::time::timeout(Duration::from_secs(40), seeing).await.unwrap_or_else(|_| bail!("{colour:?} is not seen"))
}

pub async fn camera(who: &Headless, call: &str, on: bool) -> Result<()> {
    Ok(who.call(SetCamera { account: who.account.clone(), id: call.to_owned(), on }).await?)
}
