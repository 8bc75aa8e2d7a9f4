//! The media side of one call: a task that has the engine and the devices, is told what to do and tells how it goes.

mod order;
mod show;

pub(crate) use order::{News, Order};

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use waxwing_contract::{CallTrouble, Code, PictureOf};
use waxwing_jingle::content::{Content, Creator};
use waxwing_jingle::rtp::Media;
use waxwing_media::bridge::Bridge;
use waxwing_media::codec::{Codec, media_of};
use waxwing_media::screen::{Failure, Id as ScreenId};
use waxwing_media::sound::{Trouble, Troubles};
use waxwing_media::{Engine, Error, Event, Told, Words};

use super::gear::Gear;
use super::quality::Trend;
use super::talk::Talk;
use super::ways::Means;
use crate::account::Reply;
use crate::failure::fail;

/// How often it is told how well it goes.
const TELLING: Duration = Duration::from_secs(2);
/// Nothing has come through for this long: another way is looked for.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long another way may take to be found, once one was there.
const AGAIN: Duration = Duration::from_secs(20);

/// A line. Dropping it ends it, and lets go of all devices.
pub(crate) struct Line {
    orders: mpsc::UnboundedSender<Order>,
    /// Nothing waits in front of this: a camera may take its time to open.
    muted: Arc<AtomicBool>,
    /// Ends the task when it goes, whatever that waits for.
    _end: oneshot::Sender<()>,
}

impl Line {
    /// Begins one. Needs a runtime.
    pub fn open(
        call: String,
        means: Means,
        gear: Arc<Gear>,
        outgoing: bool,
        tell: impl Fn(News) + Send + Sync + 'static,
    ) -> Self {
        let (sender, orders) = mpsc::unbounded_channel();
        let muted = Arc::<AtomicBool>::default();
        let button = Arc::clone(&muted);
        let (end, ended) = oneshot::channel();
        tokio::spawn(async move {
            tokio::select! {
                result = run(call, &means, gear, outgoing, (orders, button), &tell) => if let Err(trouble) = result {
                    tell(News::Failed(trouble));
                },
                // Devices and connections go with what is dropped here.
                _ = ended => {}
            }
        });
        Self { orders: sender, muted, _end: end }
    }

    /// Nothing of what the microphone hears is sent, from now on.
    pub fn mute(&self, muted: bool) {
        self.muted.store(muted, Ordering::Relaxed);
    }

    pub fn order(&self, order: Order) {
        // It may have failed just now, and told so.
        let _ = self.orders.send(order);
    }
}

async fn run(
    call: String,
    means: &Means,
    gear: Arc<Gear>,
    outgoing: bool,
    (mut orders, muted): (mpsc::UnboundedReceiver<Order>, Arc<AtomicBool>),
    tell: &(impl Fn(News) + Send + Sync),
) -> Result<(), CallTrouble> {
    if means.relay_only && !means.relayed() {
        return Err(CallTrouble::NoRelay);
    }
    let (ways, bridges) = means.open().await;
    let mut choice = gear.choice();
    let chosen = choice.borrow_and_update().clone();
    // Two sources, each of which is gone once.
    let (gone, mut sources) = mpsc::channel(4);
    let talk = Talk::new(call, gear, chosen, gone, muted);
    let mut troubles = talk.voice().troubles();
    let side = if outgoing { Creator::Initiator } else { Creator::Responder };
    let (engine, mut events) = Engine::new(ways, side).map_err(ours)?;
    let mut work = Work {
        engine,
        talk,
        tell,
        relayed: means.relayed(),
        connected: HashSet::new(),
        interrupted: None,
        gives_up: None,
        trend: Trend::default(),
        camera: false,
        screen: None,
        shown_in: HashMap::new(),
        _bridges: bridges,
    };
    let mut telling = tokio::time::interval(TELLING);
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => work.follow(order).await?,
                None => break,
            },
            Some(event) = events.recv() => {
                let told = work.engine.told(event);
                work.event(told).await?;
            }
            Ok(()) = choice.changed() => work.talk.voice().choose(choice.borrow_and_update().clone()),
            Ok(()) = troubles.changed() => {
                let now = troubles.borrow_and_update().clone();
                work.devices(&now);
            }
            Some(gone) = sources.recv() => work.source_gone(gone).await,
            _ = telling.tick() => work.tell_quality().await,
            () = until(work.interrupted) => work.restart().await?,
            () = until(work.gives_up) => return Err(work.no_way()),
        }
    }
    work.engine.close().await;
    Ok(())
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

struct Work<'t, T> {
    engine: Engine,
    talk: Talk,
    tell: &'t T,
    /// There is a relay among the ways.
    relayed: bool,
    /// Contents whose way is found.
    connected: HashSet<String>,
    /// When to look for ways anew, while nothing comes through.
    interrupted: Option<Instant>,
    /// When not to look any more.
    gives_up: Option<Instant>,
    trend: Trend,
    /// The camera is to be shown; and this screen.
    camera: bool,
    screen: Option<ScreenId>,
    /// What we show in contents, by their names.
    shown_in: HashMap<String, PictureOf>,
    _bridges: Vec<Bridge>,
}

impl<T: Fn(News)> Work<'_, T> {
    async fn follow(&mut self, order: Order) -> Result<(), CallTrouble> {
        match order {
            Order::Offer { media, bundle } => {
                let (words, senders) = self.engine.offer(&codecs(&media), bundle).await.map_err(ours)?;
                self.shows_in(&words.contents);
                self.send(senders).await?;
                (self.tell)(News::Offer(words));
            }
            Order::Answer { offer, sends } => {
                self.talk.note(&offer.contents);
                let (words, senders) = self.engine.answer(&offer, &codecs(&sends)).await.map_err(theirs)?;
                self.send(senders).await?;
                if self.talk.has_video() {
                    self.shows_in(&words.contents);
                }
                (self.tell)(News::Answer(words));
            }
            Order::Answered(words) => {
                self.engine.answered(&words).await.map_err(theirs)?;
                self.declined(&words.contents);
            }
            Order::Candidate { content, candidate } => {
                // One that leads nowhere is no reason to end it.
                if let Err(error) = self.engine.candidate(&content, &candidate, None).await {
                    tracing::debug!(%error, "a candidate was not taken");
                }
            }
            Order::Restarted { content, credentials, answer } => {
                // Ours, where they began, are told with our places.
                self.engine.restarted(&content, &credentials, answer).await.map_err(theirs)?;
            }
            Order::Restart => self.restart().await?,
            Order::AnswerMore(contents) => self.answer_more(contents).await?,
            Order::Added(contents) => self.engine.added(&contents).await.map_err(theirs)?,
            Order::NotAdded(names) => self.not_added(&names).await?,
            Order::Camera { on, reply } => answer(&reply, Code::NoCamera, self.show_camera(on).await?),
            Order::Screen { screen, apart, reply } => {
                answer(&reply, Code::NoScreen, self.show_screen(screen, apart).await?);
            }
            Order::Hold { ours, theirs } => self.talk.hold(ours, theirs),
            Order::Dial(key) => drop(self.talk.voice().dial(key)),
        }
        Ok(())
    }

    async fn event(&mut self, Told { contents, event }: Told) -> Result<(), CallTrouble> {
        match event {
            Event::Candidate { credentials, candidate } => {
                if let Some(content) = contents.first() {
                    (self.tell)(News::Candidate { content: content.clone(), credentials, candidate });
                }
            }
            Event::Connected => {
                (self.interrupted, self.gives_up) = (None, None);
                self.connected.extend(contents);
                (self.tell)(News::Connected);
            }
            Event::Interrupted => self.lost(),
            Event::Failed if self.connected.is_empty() => return Err(self.no_way()),
            // Who is heard and not seen is still heard.
            Event::Failed if contents.iter().all(|content| !self.connected.contains(content)) => {
                tracing::info!("a part of the call found no way");
            }
            Event::Failed => {
                self.lost();
                self.restart().await?;
            }
            Event::Incoming(track) => {
                let media = media_of(track.as_ref()).await;
                let link = contents.first().and_then(|content| self.engine.link(content)).unwrap_or_default();
                let of = self.talk.receive(contents.first(), track, media, link).map_err(ours)?;
                if media == Media::Video {
                    (self.tell)(News::Receiving(of));
                }
            }
            // Nobody asked for a channel in a call.
            Event::Gathered | Event::Channel(_) => {}
        }
        Ok(())
    }

    /// Nothing comes through.
    fn lost(&mut self) {
        let now = Instant::now();
        self.interrupted.get_or_insert(now + PATIENCE);
        self.gives_up.get_or_insert(now + AGAIN);
        (self.tell)(News::Interrupted);
    }

    /// Looks for ways anew.
    async fn restart(&mut self) -> Result<(), CallTrouble> {
        self.interrupted = None;
        // Whoever has a way for each content does not look for others (interop: Dino).
        if self.connected.is_empty() || !self.engine.is_one_way() {
            return Ok(());
        }
        let restarts = self.engine.restart().await.map_err(ours)?;
        (self.tell)(News::Restart(restarts));
        Ok(())
    }

    fn no_way(&self) -> CallTrouble {
        CallTrouble::NoWay { relay: self.relayed }
    }

    async fn tell_quality(&mut self) {
        if self.connected.is_empty() {
            return;
        }
        let all: Vec<_> = self.engine.stats().await.into_iter().map(|(_, stats)| stats).collect();
        let quality = self.trend.learn(&all, self.talk.reception());
        (self.tell)(News::Quality(quality));
    }

    fn devices(&self, troubles: &Troubles) {
        let instead = |trouble: &Option<Trouble>| matches!(trouble, Some(Trouble::Instead(_)));
        (self.tell)(News::Devices {
            listening_only: matches!(troubles.microphone, Some(Trouble::Without(_))),
            changed: instead(&troubles.microphone) || instead(&troubles.loudspeaker),
        });
    }
}

/// To the person, who wants to show something.
fn answer(reply: &Reply, code: Code, done: Result<(), Failure>) {
    let failed = |error: Failure| {
        tracing::info!(%error, "what is to be shown cannot be seen");
        fail(code, error.to_string())
    };
    reply.send(done.map(|()| serde_json::Value::Null).map_err(failed));
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
