//! Over a data channel (XEP-0343), beside what the engine reaches by itself, and our channel without clients around it.

use std::time::{Duration, Instant};

use harness::{Context as _, Prosody, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use waxwing_contract::FileWay;
use waxwing_jingle::datachannel::Form;
use waxwing_media::Ways;
use waxwing_media::channel::{Channel, Told};

use super::alone::alone;
use super::{GB, How, Pair, ROUNDS, Random, named, rate, size, taken, tell_rate, tell_share};

const LEAST: f64 = 0.9;
/// Bytes of a message: what our clients send to each other, and what Conversations sends.
const MESSAGES: [usize; 2] = [64 * 1024, 4 * 1024];
/// Bytes for the smaller messages, which take their time.
const FEWER: u64 = 200_000_000;
/// Bytes written at once.
const CHUNK: usize = 256 * 1024;

pub async fn run() -> Result<()> {
    let file = Random::new(size(GB))?;
    let case = format!("data channel, {}", named(file.size));
    let (mut engine, mut moving, mut kept, mut all) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        engine.push(alone(file.size, MESSAGES[0]).await?);
        let mut pair = Pair::meet(Prosody::builder(), Duration::ZERO).await?;
        let carried = pair.carry(&file, How::Direct, FileWay::DataChannel).await?;
        moving.push(carried.moving());
        kept.push(carried.kept());
        all.push(carried);
    }
    let of = |seconds: &[f64]| rate(file.size, seconds);
    tell_rate(&format!("{case}, the engine alone, 64 KiB a message"), of(&engine));
    let ours = format!("{case}, 64 KiB a message, while bytes come");
    tell_rate(&ours, of(&moving));
    tell_share(&ours, "the engine alone", of(&moving), of(&engine), LEAST);
    tell_rate(&format!("{case}, from choosing it until it is on the disk"), of(&kept));
    taken::tell(&case, file.size, &all);

    let fewer = size(FEWER);
    let case = format!("data channel, {}", named(fewer));
    let (mut engine, mut channels) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for _ in 0..ROUNDS {
        for (at, message) in MESSAGES.into_iter().enumerate() {
            engine[at].push(alone(fewer, message).await?);
            channels[at].push(channel(fewer, message).await?);
        }
    }
    for (at, message) in MESSAGES.into_iter().enumerate() {
        let (engine, ours) = (rate(fewer, &engine[at]), rate(fewer, &channels[at]));
        let name = format!("{} KiB a message", message / 1024);
        tell_rate(&format!("{case}, the engine alone, {name}"), engine);
        tell_rate(&format!("{case}, our channel without clients, {name}"), ours);
    }
    Ok(())
}

/// Seconds that so many bytes take through a channel of ours, to somebody who takes messages of so many.
async fn channel(size: u64, message: usize) -> Result<f64> {
    let ways = Ways { addresses: vec!["127.0.0.1:0".into()], ..Ways::default() };
    let (mut ann, offer) = Channel::offer(&ways, Form::Nested).await?;
    let (mut bob, mut answer) = Channel::answer(&ways, &offer).await?;
    answer.max_message_size = Some(message as u64);
    ann.answered(&answer).await?;
    // Each tells the other where it is, until both are open.
    let (mut out, mut came) = (None, None);
    while out.is_none() || came.is_none() {
        tokio::select! {
            told = ann.next() => match told {
                Told::Place { candidate, .. } => bob.candidate(&candidate).await?,
                Told::Open(stream) => out = Some(stream),
                Told::Lost => bail!("no way was found"),
            },
            told = bob.next() => match told {
                Told::Place { candidate, .. } => ann.candidate(&candidate).await?,
                Told::Open(stream) => came = Some(stream),
                Told::Lost => bail!("no way was found"),
            },
        }
    }
    let (mut write, mut read) = (out.context("not open")?, came.context("not open")?);
    let began = Instant::now();
    let writing = tokio::spawn(async move {
        let (full, mut left) = (vec![7; CHUNK], size);
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            write.write_all(&full[..most]).await?;
            left -= most as u64;
        }
        // What fills no message goes with the end.
        write.shutdown().await?;
        Ok::<_, std::io::Error>(write)
    });
    let (mut buffer, mut got) = (vec![0; CHUNK], 0_u64);
    while got < size {
        match read.read(&mut buffer).await? {
            0 => bail!("it ended after {got} bytes"),
            count => got += count as u64,
        }
    }
    let took = began.elapsed().as_secs_f64();
    drop(writing.await??);
    Ok(took)
}
