//! The media side of one call: a task that has the engine and the devices, is told what to do and tells how it goes.

use std::collections::HashSet;

use tokio::sync::mpsc;
use waxwing_contract::CallTrouble;
use waxwing_jingle::content::{Content, Creator};
use waxwing_jingle::ice::{Candidate, Credentials};
use waxwing_jingle::rtp::Media;
use waxwing_media::bridge::Bridge;
use waxwing_media::codec::Codec;
use waxwing_media::{Engine, Error, Event, Words};

use super::ways::Means;

/// What a line is told to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Offer these, bundled or not.
    Offer {
        media: Vec<Media>,
        bundle: bool,
    },
    /// Answer this, sending these of its media.
    Answer {
        offer: Words,
        sends: Vec<Media>,
    },
    /// They answered our offer.
    Answered(Words),
    /// They can be reached there.
    Candidate {
        content: String,
        candidate: Candidate,
        ufrag: Option<String>,
    },
    Mute(bool),
    /// A key of a telephone.
    Dial(char),
}

/// What a line tells.
#[derive(Debug)]
pub(crate) enum News {
    Offer(Words),
    Answer(Words),
    /// We can be reached there.
    Candidate {
        content: String,
        credentials: Credentials,
        candidate: Candidate,
    },
    /// Sound can flow.
    Connected,
    /// Nothing comes through at the moment.
    Interrupted,
    /// It is over: nothing is told after this.
    Failed(CallTrouble),
}

/// A line. Dropping it ends it, and lets go of all devices.
pub(crate) struct Line(mpsc::UnboundedSender<Order>);

impl Line {
    /// Begins one. Needs a runtime.
    pub fn open(means: Means, outgoing: bool, tell: impl Fn(News) + Send + Sync + 'static) -> Self {
        let (sender, orders) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            if let Err(trouble) = run(&means, outgoing, orders, &tell).await {
                tell(News::Failed(trouble));
            }
        });
        Self(sender)
    }

    pub fn order(&self, order: Order) {
        // It may have failed just now, and told so.
        let _ = self.0.send(order);
    }
}

async fn run(
    means: &Means,
    outgoing: bool,
    mut orders: mpsc::UnboundedReceiver<Order>,
    tell: &(impl Fn(News) + Send + Sync),
) -> Result<(), CallTrouble> {
    if means.relay_only && !means.relayed() {
        return Err(CallTrouble::NoRelay);
    }
    let (ways, bridges) = means.open().await;
    let side = if outgoing { Creator::Initiator } else { Creator::Responder };
    let (engine, mut events) = Engine::new(ways, side).map_err(ours)?;
    let mut work = Work { engine, tell, relayed: means.relayed(), connected: HashSet::new(), _bridges: bridges };
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => work.follow(order).await?,
                None => break,
            },
            Some(event) = events.recv() => {
                let told = work.engine.told(event);
                work.event(&told.contents, told.event).await?;
            }
        }
    }
    work.engine.close().await;
    Ok(())
}

struct Work<'t, T> {
    engine: Engine,
    tell: &'t T,
    /// There is a relay among the ways.
    relayed: bool,
    /// Contents whose way is found.
    connected: HashSet<String>,
    _bridges: Vec<Bridge>,
}

impl<T: Fn(News)> Work<'_, T> {
    async fn follow(&mut self, order: Order) -> Result<(), CallTrouble> {
        match order {
            Order::Offer { media, bundle } => {
                let (words, _senders) = self.engine.offer(&codecs(&media), bundle).await.map_err(ours)?;
                (self.tell)(News::Offer(words));
            }
            Order::Answer { offer, sends } => {
                let (words, _senders) = self.engine.answer(&offer, &codecs(&sends)).await.map_err(theirs)?;
                (self.tell)(News::Answer(words));
            }
            Order::Answered(words) => self.engine.answered(&words).await.map_err(theirs)?,
            Order::Candidate { content, candidate, ufrag } => {
                // One that leads nowhere is no reason to end it.
                if let Err(error) = self.engine.candidate(&content, &candidate, ufrag.as_deref()).await {
                    tracing::debug!(%error, "a candidate was not taken");
                }
            }
            // The devices come with the next piece.
            Order::Mute(muted) => tracing::debug!(muted, "the microphone"),
            Order::Dial(key) => tracing::debug!(%key, "a key"),
        }
        Ok(())
    }

    async fn event(&mut self, contents: &[String], event: Event) -> Result<(), CallTrouble> {
        match event {
            Event::Candidate { credentials, candidate } => {
                if let Some(content) = contents.first() {
                    (self.tell)(News::Candidate { content: content.clone(), credentials, candidate });
                }
            }
            Event::Connected => {
                let first = self.connected.is_empty();
                self.connected.extend(contents.iter().cloned());
                if first {
                    (self.tell)(News::Connected);
                }
            }
            Event::Interrupted => (self.tell)(News::Interrupted),
            Event::Failed => return Err(CallTrouble::NoWay { relay: self.relayed }),
            Event::Gathered | Event::Incoming(_) => {}
        }
        Ok(())
    }
}

/// One codec for each; an answer may choose another that was offered.
fn codecs(media: &[Media]) -> Vec<Codec> {
    media.iter().map(|media| if *media == Media::Video { Codec::Vp8 } else { Codec::Opus }).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
fn ours(error: Error) -> CallTrouble {
    tracing::warn!(%error, "a call could not be set up");
    CallTrouble::Ours { message: error.to_string() }
}

fn theirs(error: Error) -> CallTrouble {
    match error {
        Error::Theirs(_) => {
            tracing::warn!(%error, "a call's other side cannot be understood");
            CallTrouble::Incompatible
        }
        error => ours(error),
    }
}

/// What is in an offer or answer.
pub(crate) fn words(contents: &[Content], groups: &[waxwing_jingle::Group]) -> Words {
    Words { contents: contents.to_vec(), groups: groups.to_vec() }
}
