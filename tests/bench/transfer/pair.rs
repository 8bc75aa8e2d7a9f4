//! Two of our clients that know each other, Mira and Juliet; Mira sends.

use std::time::Duration;

use harness::calling::people;
use harness::carrier::Journey;
use harness::prosody::Builder;
use harness::{At, Carrier, Prosody, Relay, Result, ensure, paths};
use waxwing_contract::{FileWay, TransferStage};

use super::Random;
use super::taken::{Looking, Taken};

pub struct Pair {
    mira: Carrier,
    juliet: Carrier,
    _relays: Vec<Relay>,
    pub server: Prosody,
}

/// How a file is to go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// As it goes by itself.
    Usual,
    /// From one to the other.
    Direct,
}

/// A file that came.
pub struct Carried {
    pub sent: Journey,
    pub came: Journey,
    pub taken: Taken,
}

impl Pair {
    /// On a server that is as wanted; what one asks the other is answered after `apart`.
    pub async fn meet(server: Builder, apart: Duration) -> Result<Self> {
        let server = people(server).await?;
        let (program, mut relays) = (paths::beside("waxwing-headless")?, Vec::new());
        let mut people = Vec::new();
        for (user, other) in [("mira", "juliet"), ("juliet", "mira")] {
            let mut at = At::prosody(&server, user)?;
            if !apart.is_zero() {
                let relay = Relay::start(server.c2s_port).await?;
                // What is asked and what is answered each go through both of them.
                relay.delay(apart / 4);
                at = at.through(relay.port);
                relays.push(relay);
            }
            people.push(Carrier::start(&program, &server.certificate.ca, &at, &server.jid(other)).await?);
        }
        let [mut mira, mut juliet] = <[Carrier; 2]>::try_from(people).map_err(|_| harness::anyhow!("not two"))?;
        tokio::try_join!(mira.know(), juliet.know())?;
        Ok(Self { mira, juliet, _relays: relays, server })
    }

    /// Sends a file and waits until it is there, whole and right, and both know.
    pub async fn carry(&mut self, file: &Random, how: How, way: FileWay) -> Result<Carried> {
        let name = file.name();
        let looking = Looking::begin([self.mira.process(), self.juliet.process()])?;
        match how {
            How::Usual => self.mira.send(&file.path).await?,
            How::Direct => self.mira.offer(&file.path).await?,
        }
        let (sent, came) = tokio::try_join!(self.mira.follow(&name), self.juliet.follow(&name))?;
        let taken = looking.end()?;
        ensure!(sent.way == Some(way) && came.way == Some(way), "it went by {:?} and {:?}", sent.way, came.way);
        file.check(&came.path)?;
        Ok(Carried { sent, came, taken })
    }
}

impl Carried {
    /// From choosing it until all bytes were there and summed up, in seconds.
    pub fn there(&self) -> f64 {
        seconds(self.sent.begun, self.came.at(TransferStage::Finishing).unwrap_or(self.came.here))
    }

    /// From choosing it until it was kept, on the disk, in seconds.
    pub fn kept(&self) -> f64 {
        seconds(self.sent.begun, self.came.here)
    }

    /// While bytes came, in seconds.
    pub fn moving(&self) -> f64 {
        let begun = self.came.at(TransferStage::Moving).unwrap_or(self.came.begun);
        seconds(begun, self.came.at(TransferStage::Finishing).unwrap_or(self.came.here))
    }
}

/// Between two moments in milliseconds; never nothing.
pub fn seconds(from: u64, to: u64) -> f64 {
    to.saturating_sub(from).max(1) as f64 / 1000.0
}
