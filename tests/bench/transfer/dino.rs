//! With Dino, which sums up nothing, over sockets: beside the same between two Dinos.
//!
//! Who receives is clicked at, and time counts from then on: what finds the place to click at keeps Dino busy, too.

use std::time::{Duration, Instant};

use harness::calling::people;
use harness::{At, Carrier, Dino, Prosody, Result, ensure, paths, seed};
use waxwing_contract::{FileWay, TransferStage};

use super::pair::seconds;
use super::{BENCH, Random, named, rate, size, tell_rate, tell_share};
use crate::{figure, median, processes};

/// Bytes of a file.
const SIZE: u64 = 200_000_000;
/// At least as fast.
const LEAST: f64 = 1.0;
/// Of Dino's time of the processor.
const MOST: f64 = 0.3;
/// More than elsewhere: where Dino receives, Dino alone says how fast it goes, and not twice the same.
const ROUNDS: usize = 5;
const LIMIT: Duration = Duration::from_secs(600);

/// Juliet and Mira have Dino, and Nurse has our client; all know Juliet.
struct Three {
    mira: Dino,
    juliet: Dino,
    nurse: Carrier,
    server: Prosody,
}

/// Seconds, of each round.
#[derive(Default)]
struct Times {
    took: Vec<f64>,
    /// From choosing it to offering it.
    prepared: Vec<f64>,
    /// The processor's, of whoever sends, and of whoever receives.
    sender: Vec<f64>,
    receiver: Vec<f64>,
}

pub async fn run() -> Result<()> {
    let (mut three, size) = (Three::meet().await?, size(SIZE));
    let (mut dinos, mut to_dino, mut from_dino) = (Times::default(), Times::default(), Times::default());
    for round in 1..=ROUNDS {
        let file = |way: &str| Random::called(&format!("{way}-{round}.bin"), size);
        three.between_dinos(&file("between")?, &mut dinos).await?;
        // Dino takes no offer where it knows of no conversation: it begins.
        three.we_receive(&file("from")?, &mut from_dino).await?;
        three.we_send(&file("to")?, &mut to_dino).await?;
    }
    let case = format!("{} over sockets", named(size));
    let both = format!("{case}, from Dino to Dino");
    let reference = rate(size, &dinos.took);
    tell_rate(&both, reference);
    for (case, times) in [(format!("{case}, to Dino"), &to_dino), (format!("{case}, from Dino"), &from_dino)] {
        let ours = rate(size, &times.took);
        tell_rate(&case, ours);
        tell_share(&case, "Dino to Dino", ours, reference, LEAST);
    }
    let prepared = median(&mut to_dino.prepared);
    figure(BENCH, &format!("{case}, to Dino"), "summing it up before it is offered, median", prepared, "s", None);
    let cases = [
        ("who sends", format!("{case}, to Dino"), &mut to_dino.sender, &mut dinos.sender),
        ("who receives", format!("{case}, from Dino"), &mut from_dino.receiver, &mut dinos.receiver),
    ];
    for (who, case, ours, theirs) in cases {
        let metric = format!("processor of {who}, of a GB, median");
        let (ours, theirs) = (median(ours) * 1e9 / size as f64, median(theirs) * 1e9 / size as f64);
        figure(BENCH, &both, &metric, theirs, "s", None);
        figure(BENCH, &case, &metric, ours, "s", None);
        let share = ours / theirs;
        let metric = format!("processor of {who}, against Dino");
        figure(BENCH, &case, &metric, share, "", Some((&format!("<= {MOST}"), share <= MOST)));
    }
    Ok(())
}

impl Three {
    async fn meet() -> Result<Self> {
        // Neither an upload service nor a proxy: what does not go over sockets from one to the other is too slow to be missed.
        let server = people(Prosody::builder().without(&["upload", "proxy65"])).await?;
        let contact = |user: &str| (server.jid(user), user.to_owned(), String::from("Friends"));
        seed::roster(&server, "juliet", &[contact("mira"), contact("nurse")])?;
        seed::roster(&server, "nurse", &[contact("juliet")])?;
        let mira = Dino::sign_in(&server, "mira", 500, 0x00_00_dc).await?;
        let juliet = Dino::sign_in(&server, "juliet", 900, 0xdc_00_00).await?;
        let (at, program) = (At::prosody(&server, "nurse")?, paths::beside("waxwing-headless")?);
        let mut nurse = Carrier::start(&program, &server.certificate.ca, &at, &server.jid("juliet")).await?;
        nurse.know().await?;
        Ok(Self { mira, juliet, nurse, server })
    }

    async fn between_dinos(&self, file: &Random, times: &mut Times) -> Result<()> {
        self.mira.send_file(&self.server.jid("juliet"), &file.path).await?;
        let [sender, receiver] = [&self.mira, &self.juliet].map(|dino| processes::tree(dino.process()));
        let (sender, receiver) = (sender?, receiver?);
        let shown = self.juliet.shows_file(&self.server.jid("mira"), &file.name()).await?;
        let (before, began) = ([processes::cpu(&sender)?, processes::cpu(&receiver)?], Instant::now());
        self.juliet.take_file(shown)?;
        let got = self.juliet.gets_within(&file.name(), LIMIT).await?;
        times.took.push(began.elapsed().as_secs_f64());
        times.sender.push((processes::cpu(&sender)? - before[0]).as_secs_f64());
        times.receiver.push((processes::cpu(&receiver)? - before[1]).as_secs_f64());
        file.check(&got.path.unwrap_or_default())
    }

    async fn we_send(&mut self, file: &Random, times: &mut Times) -> Result<()> {
        let (ours, name) = ([self.nurse.process()], file.name());
        let before = processes::cpu(&ours)?;
        self.nurse.offer(&file.path).await?;
        let shown = self.juliet.shows_file(&self.server.jid("nurse"), &name).await?;
        let began = Instant::now();
        self.juliet.take_file(shown)?;
        let got = self.juliet.gets_within(&name, LIMIT).await?;
        let took = began.elapsed().as_secs_f64();
        let journey = self.nurse.follow(&name).await?;
        ensure!(journey.way == Some(FileWay::Direct), "it went by {:?}", journey.way);
        times.took.push(took);
        times.prepared.push(seconds(journey.begun, journey.at(TransferStage::Asking).unwrap_or(journey.begun)));
        times.sender.push((processes::cpu(&ours)? - before).as_secs_f64());
        file.check(&got.path.unwrap_or_default())
    }

    async fn we_receive(&mut self, file: &Random, times: &mut Times) -> Result<()> {
        let ours = [self.nurse.process()];
        let before = processes::cpu(&ours)?;
        self.juliet.send_file(&self.server.jid("nurse"), &file.path).await?;
        let journey = self.nurse.follow(&file.name()).await?;
        ensure!(journey.way == Some(FileWay::Direct), "it came by {:?}", journey.way);
        times.took.push(seconds(journey.begun, journey.here));
        times.receiver.push((processes::cpu(&ours)? - before).as_secs_f64());
        file.check(&journey.path)
    }
}
