//! A client in a network of its own, as a process that is told in words what to do and tells in JSON how it goes.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use waxwing_client::{App, Equipment};
use waxwing_contract::{
    AcceptCall, Call, CallId, CallPhase, CallQuality, DismissCall, GetSettings, HangUp, Nothing, SetSettings, Settings,
    StartCall, View,
};

use crate::dialogue::{Dialogue, now, orders, tell};
use crate::headless::{self, items};
use crate::{At, Bench};

/// Hertz that each of the two speaks at.
const CALLER: u32 = 500;
const CALLED: u32 = 900;
/// Of the tone in what is heard: enough to say that it is heard.
const CLEAR: f32 = 0.7;

/// What a client of these tests does.
#[derive(Clone, Copy)]
pub struct Role {
    /// It takes calls, and makes none.
    pub answers: bool,
    /// Nobody may learn its addresses.
    pub relay_only: bool,
    /// With the devices of this computer, and not with the test's own.
    pub aloud: bool,
}

impl Role {
    /// As an argument has it: `call` or `answer`, and `-by-relay` or `-aloud` or both behind it.
    pub fn read(word: &str) -> Option<Self> {
        let (word, aloud) = word.strip_suffix("-aloud").map_or((word, false), |does| (does, true));
        let (does, relay_only) = word.strip_suffix("-by-relay").map_or((word, false), |does| (does, true));
        match does {
            "call" => Some(Self { answers: false, relay_only, aloud }),
            "answer" => Some(Self { answers: true, relay_only, aloud }),
            _ => None,
        }
    }

    fn word(self) -> String {
        let does = if self.answers { "answer" } else { "call" };
        let (how, devices) = (if self.relay_only { "-by-relay" } else { "" }, if self.aloud { "-aloud" } else { "" });
        format!("{does}{how}{devices}")
    }

    /// What it speaks with, where that is not of this computer.
    pub fn devices(self) -> Arc<Bench> {
        Bench::speaking(if self.answers { CALLED } else { CALLER })
    }

    /// As an application takes it.
    pub fn equipment(self, devices: &Arc<Bench>) -> Equipment {
        if self.aloud { Equipment::here() } else { devices.equipment() }
    }

    fn hears(self) -> u32 {
        if self.answers { CALLER } else { CALLED }
    }
}

/// What a client tells, one a line. Moments are milliseconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "event")]
enum Told {
    Online,
    Rings,
    Taken {
        at: u64,
    },
    Active {
        at: u64,
    },
    Tone {
        at: u64,
    },
    Quality {
        quality: CallQuality,
        share: f32,
    },
    /// The tone is clear, and the way known.
    Spoken {
        share: f32,
        relayed: bool,
    },
    Ended {
        how: CallPhase,
    },
    Free,
}

/// A client that calls `peer` when it is told to `ring`, or takes the calls that come, and ends them at `hang up`; until
/// its input ends.
pub async fn serve(app: &App, account: &str, devices: &Bench, role: Role, peer: &str) -> Result<()> {
    let settings = app.call(GetSettings(Nothing {})).await?;
    // What rings would be heard, too.
    app.call(SetSettings(Settings { ringtone: false, relay_only: role.relay_only, ..settings })).await?;
    headless::online(app, account).await?;
    tell(&Told::Online)?;
    let mut orders = orders();
    let mut calls = app.subscribe(&View::Calls)?;
    let mut listening = tokio::time::interval(Duration::from_millis(5));
    let mut going: Option<Going> = None;
    loop {
        tokio::select! {
            order = orders.recv() => match (order.as_deref(), &going) {
                (Some("ring"), _) => {
                    app.call(StartCall { account: account.into(), peer: peer.into(), video: false }).await?;
                }
                (Some("hang up"), Some(going)) => app.call(HangUp(id(account, &going.id))).await?,
                (Some(other), _) => bail!("“{other}” cannot be done now"),
                (None, _) => return Ok(()),
            },
            Some(update) = calls.next() => {
                for item in items(&update) {
                    let call: Call = serde_json::from_value(item.clone())?;
                    if going.as_ref().is_none_or(|going| going.id != call.id) {
                        // The call before is not meant.
                        devices.forget();
                        going = Some(Going::new(&call.id));
                    }
                    let Some(going) = &mut going else { continue };
                    going.follow(app, account, devices, role, &call).await?;
                }
                let gone = update["remove"].as_array().into_iter().flatten();
                if gone.filter_map(|id| id.as_str()).any(|id| going.as_ref().is_some_and(|going| going.id == id)) {
                    going = None;
                    tell(&Told::Free)?;
                }
            }
            _ = listening.tick() => if let Some(going) = &mut going {
                going.listen(devices, role)?;
            },
        }
    }
}

fn id(account: &str, id: &str) -> CallId {
    CallId { account: account.into(), id: id.into() }
}

/// A call as it was seen last.
struct Going {
    id: String,
    phase: Option<CallPhase>,
    active: bool,
    tone: bool,
    /// As it was told last.
    quality: Option<CallQuality>,
    spoken: bool,
}

impl Going {
    fn new(id: &str) -> Self {
        Self { id: id.into(), phase: None, active: false, tone: false, quality: None, spoken: false }
    }

    async fn follow(&mut self, app: &App, account: &str, devices: &Bench, role: Role, call: &Call) -> Result<()> {
        if let Some(quality) = call.quality.filter(|quality| self.quality.is_none_or(|known| known != *quality)) {
            self.quality = Some(quality);
            tell(&Told::Quality { quality, share: devices.hears(role.hears()) })?;
        }
        if self.phase.as_ref() == Some(&call.phase) {
            return Ok(());
        }
        self.phase = Some(call.phase.clone());
        match &call.phase {
            CallPhase::Ringing if role.answers => {
                tell(&Told::Rings)?;
                devices.forget();
                tell(&Told::Taken { at: now() })?;
                app.call(AcceptCall { account: account.into(), id: call.id.clone(), video: false }).await?;
            }
            CallPhase::Connecting => devices.forget(),
            CallPhase::Active { .. } if !self.active => {
                self.active = true;
                tell(&Told::Active { at: now() })?;
            }
            CallPhase::Ended { .. } => {
                tell(&Told::Ended { how: call.phase.clone() })?;
                // It may be gone by itself.
                let _ = app.call(DismissCall(id(account, &call.id))).await;
            }
            _ => {}
        }
        Ok(())
    }

    fn listen(&mut self, devices: &Bench, role: Role) -> Result<()> {
        if !self.tone && devices.heard(role.hears()) {
            // How it goes is told anew from now on: what was known at first may have been known too early.
            (self.tone, self.quality) = (true, None);
            tell(&Told::Tone { at: now() })?;
        }
        let Some(quality) = self.quality.filter(|_| self.tone && self.active && !self.spoken) else { return Ok(()) };
        let share = devices.hears(role.hears());
        if share > CLEAR {
            self.spoken = true;
            tell(&Told::Spoken { share, relayed: quality.relayed })?;
        }
        Ok(())
    }
}

/// A client like that, as the test holds it.
pub struct Telephone(Dialogue);

/// How a call went until both was known, with moments as they are told.
#[derive(Default)]
pub struct Spoken {
    pub taken: Option<u64>,
    pub active: u64,
    pub tone: u64,
    pub share: f32,
    pub relayed: bool,
}

impl Telephone {
    /// Needs a runtime.
    /// `command` begins `waxwing-headless`, wherever that is to be.
    pub fn start(command: Command, ca: &Path, at: &At, role: Role, peer: &str) -> Result<Self> {
        let name = if role.answers { "called" } else { "caller" };
        Ok(Self(Dialogue::start(command, name, ca, at, &role.word(), peer)?))
    }

    pub async fn order(&mut self, order: &str) -> Result<()> {
        self.0.order(order).await
    }

    pub async fn online(&mut self) -> Result<()> {
        while !matches!(self.next().await?, Told::Online) {}
        Ok(())
    }

    pub async fn free(&mut self) -> Result<()> {
        while !matches!(self.next().await?, Told::Free) {}
        Ok(())
    }

    pub async fn spoken(&mut self) -> Result<Spoken> {
        let mut so_far = Spoken::default();
        loop {
            match self.next().await? {
                Told::Taken { at } => so_far.taken = Some(at),
                Told::Active { at } => so_far.active = at,
                Told::Tone { at } => so_far.tone = at,
                Told::Spoken { share, relayed } => return Ok(Spoken { share, relayed, ..so_far }),
                Told::Ended { how } => bail!("the call ended before anything was heard: {how:?}"),
                _ => {}
            }
        }
    }

    /// The call is on.
    pub async fn active(&mut self) -> Result<()> {
        loop {
            match self.next().await? {
                Told::Active { .. } => return Ok(()),
                Told::Ended { how } => bail!("the call ended before it was on: {how:?}"),
                _ => {}
            }
        }
    }

    /// All that it has told since it was started, for sentences.
    pub fn said(&self) -> String {
        self.0.said()
    }

    async fn next(&mut self) -> Result<Told> {
        self.0.next().await
    }
}
