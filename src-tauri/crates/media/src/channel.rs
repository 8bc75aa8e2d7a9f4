//! A data channel between two (XEP-0343): one stream of bytes, encrypted from one to the other, by whatever way two calls
//! would find.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::{Mutex, mpsc};
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use waxwing_jingle::datachannel::{Form, Transport};
use waxwing_jingle::ice::{Candidate, Credentials};
use waxwing_jingle::sdp;
use webrtc::data_channel::{DataChannel, DataChannelEvent, RTCDataChannelInit};
use webrtc::peer_connection::{PeerConnection, RTCIceCandidateInit, RTCSessionDescription};

use crate::connection::{Event, Identity, Watcher, Ways, peer};
use crate::error::Error;
use crate::video::link::Link;

/// Bytes of ours that may be under way; the engine would take all there are.
pub(crate) const WAITING: usize = 1024 * 1024;
/// Bytes of a message, where they take so many: larger ones are no faster.
const MESSAGE: usize = 64 * 1024;
/// Bytes between whoever reads or writes and the channel.
const BUFFER: usize = 256 * 1024;
/// Events that wait to be heard.
const EVENTS: usize = 256;
/// Places of theirs that are tried.
const PLACES: usize = 256;
/// How long the last bytes may take.
const FLUSH: Duration = Duration::from_secs(60);
/// What the engine calls the only section, whatever the content is called.
const SECTION: &str = "0";
/// Of the channel, as Conversations has it.
const PROTOCOL: &str = "xmpp-jingle";

/// How often the engine is woken while it may go by a relay.
const PULSE: Duration = Duration::from_millis(2);

/// What is told of it.
pub enum Told {
    /// A place where we can be reached.
    Place { credentials: Credentials, candidate: Candidate },
    /// It is open: what is written here they read, or what they write is read here.
    Open(DuplexStream),
    /// No way was found, or the one there was is lost.
    Lost,
}

/// One to be. Dropping it closes it.
pub struct Channel {
    inner: Arc<dyn PeerConnection>,
    events: mpsc::Receiver<Event>,
    form: Form,
    /// Ours, where we offered it.
    ours: Option<Arc<dyn DataChannel>>,
    /// Places that were told of before their description was, and how many in all.
    early: Mutex<(Option<Vec<Candidate>>, usize)>,
    /// Bytes of a message to them.
    longest: usize,
    opened: bool,
    /// It may go by a relay.
    relayed: bool,
    pulse: Option<Pulse>,
}

/// Wakes the engine now and then, until it is dropped. It hands what goes by a relay to its relay client after it has looked
/// what that one has to send (webrtc 0.21): without that, each packet, and each answer to one, lies there until something else
/// happens, and hardly 200 kB go in a second where 1 MB and more could.
struct Pulse(AbortHandle);

impl Pulse {
    fn of(channel: &Arc<dyn DataChannel>) -> Self {
        let channel = Arc::clone(channel);
        let beating = async move {
            let mut beat = interval(PULSE);
            beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                beat.tick().await;
                // It is 0 already, but the engine looks up.
                if channel.set_buffered_amount_low_threshold(0).await.is_err() {
                    break;
                }
            }
        };
        Self(tokio::spawn(beating).abort_handle())
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Channel {
    async fn open(ways: &Ways, form: Form) -> Result<Self, Error> {
        let (events, output) = mpsc::channel(EVENTS);
        let watcher = Arc::new(Watcher::new(events, ways.relay_only));
        let inner = peer(ways, Identity::new()?, &Arc::new(Link::default()), false, &watcher).await?;
        let early = Mutex::new((Some(Vec::new()), 0));
        let relayed = !ways.relays.is_empty();
        let (ours, pulse) = (None, None);
        Ok(Self { inner, events: output, form, ours, early, longest: MESSAGE, opened: false, relayed, pulse })
    }

    /// Offers one, to be written in this form; we write into it.
    ///
    /// # Errors
    /// [`Error::Setup`].
    pub async fn offer(ways: &Ways, form: Form) -> Result<(Self, Transport), Error> {
        let mut channel = Self::open(ways, form).await?;
        let options = RTCDataChannelInit { protocol: PROTOCOL.to_owned(), ..RTCDataChannelInit::default() };
        let ours = channel.inner.create_data_channel("file", Some(options)).await.map_err(setup)?;
        channel.pulse = channel.relayed.then(|| Pulse::of(&ours));
        channel.ours = Some(ours);
        let offer = channel.inner.create_offer(None).await.map_err(setup)?;
        let transport = channel.describe(offer).await?;
        Ok((channel, transport))
    }

    /// Answers one; they write into it.
    ///
    /// # Errors
    /// [`Error::Theirs`] where it cannot be used, [`Error::Setup`].
    pub async fn answer(ways: &Ways, offer: &Transport) -> Result<(Self, Transport), Error> {
        let mut channel = Self::open(ways, offer.form).await?;
        let text = sdp::write_channel(SECTION, offer).map_err(|error| Error::Theirs(error.to_string()))?;
        channel.take(offer, RTCSessionDescription::offer(text).map_err(theirs)?).await?;
        let answer = channel.inner.create_answer(None).await.map_err(setup)?;
        let transport = channel.describe(answer).await?;
        Ok((channel, transport))
    }

    /// Takes their answer.
    ///
    /// # Errors
    /// [`Error::Theirs`].
    pub async fn answered(&mut self, answer: &Transport) -> Result<(), Error> {
        let text = sdp::write_channel(SECTION, answer).map_err(|error| Error::Theirs(error.to_string()))?;
        self.take(answer, RTCSessionDescription::answer(text).map_err(theirs)?).await
    }

    async fn take(&mut self, said: &Transport, description: RTCSessionDescription) -> Result<(), Error> {
        self.longest = usize::try_from(said.longest_message()).unwrap_or(MESSAGE).clamp(1, MESSAGE);
        self.inner.set_remote_description(description).await.map_err(theirs)?;
        let early = self.early.lock().await.0.take().unwrap_or_default();
        for candidate in early {
            self.add(&candidate).await?;
        }
        Ok(())
    }

    async fn describe(&self, description: RTCSessionDescription) -> Result<Transport, Error> {
        let sdp = description.sdp.clone();
        self.inner.set_local_description(description).await.map_err(setup)?;
        let (_, transport) = sdp::read_channel(&sdp, self.form).map_err(|error| Error::Setup(error.to_string()))?;
        // Places follow, each as it is found.
        let ice = waxwing_jingle::ice::Transport { candidates: Vec::new(), ..transport.ice };
        Ok(Transport::new(self.form, MESSAGE as u64, ice))
    }

    /// A place where they can be reached.
    ///
    /// # Errors
    /// [`Error::Theirs`].
    pub async fn candidate(&self, candidate: &Candidate) -> Result<(), Error> {
        let mut early = self.early.lock().await;
        early.1 += 1;
        if early.1 > PLACES {
            return Err(Error::Theirs("more places than anybody has".into()));
        }
        if let Some(waiting) = &mut early.0 {
            waiting.push(candidate.clone());
            return Ok(());
        }
        drop(early);
        self.add(candidate).await
    }

    async fn add(&self, candidate: &Candidate) -> Result<(), Error> {
        let candidate = RTCIceCandidateInit {
            candidate: sdp::write_candidate(candidate, None),
            sdp_mid: Some(SECTION.to_owned()),
            ..RTCIceCandidateInit::default()
        };
        self.inner.add_ice_candidate(candidate).await.map_err(theirs)
    }

    /// Waits for what is told next. Can be dropped and called again.
    pub async fn next(&mut self) -> Told {
        loop {
            let event = self.events.recv().await;
            if let Some(told) = self.told(event) {
                return told;
            }
        }
    }

    fn told(&mut self, event: Option<Event>) -> Option<Told> {
        match event {
            Some(Event::Candidate { credentials, candidate }) => Some(Told::Place { credentials, candidate }),
            Some(Event::Connected) => {
                let ours = self.ours.take()?;
                self.opened = true;
                Some(Told::Open(writing(ours, self.longest)))
            }
            // Whatever it is called: the first is the one (interop: files §8). Conversations, which answers, opens one of
            // its own too: ours is the one that was agreed on, before it is open and after.
            Some(Event::Channel(channel)) if self.ours.is_none() && !std::mem::replace(&mut self.opened, true) => {
                self.pulse = self.relayed.then(|| Pulse::of(&channel));
                Some(Told::Open(reading(channel)))
            }
            Some(Event::Failed) | None => Some(Told::Lost),
            Some(_) => None,
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        let inner = Arc::clone(&self.inner);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { inner.close().await });
        }
    }
}

/// What is written goes to them in messages. Its end is waited for until all of them have arrived.
fn writing(channel: Arc<dyn DataChannel>, longest: usize) -> DuplexStream {
    let (near, mut far) = duplex(BUFFER);
    tokio::spawn(async move {
        while !matches!(channel.poll().await, Some(DataChannelEvent::OnOpen) | None) {}
        let mut open = true;
        while open {
            let mut message = BytesMut::with_capacity(longest);
            while message.len() < longest {
                let mut rest = (&mut far).take((longest - message.len()) as u64);
                match rest.read_buf(&mut message).await {
                    Ok(0) | Err(_) => {
                        open = false;
                        break;
                    }
                    Ok(_) => {}
                }
            }
            if !message.is_empty() && channel.send(message).await.is_err() {
                return;
            }
        }
        let flushed = async {
            while channel.outstanding_bytes().await.is_ok_and(|left| left > 0) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let _ = timeout(FLUSH, flushed).await;
        // Whoever wrote learns that all of it is there.
        let _ = far.shutdown().await;
    });
    near
}

/// What they send comes out as it came, until they close it.
fn reading(channel: Arc<dyn DataChannel>) -> DuplexStream {
    let (near, mut far) = duplex(BUFFER);
    tokio::spawn(async move {
        while let Some(event) = channel.poll().await {
            match event {
                DataChannelEvent::OnMessage(message) if far.write_all(&message.data).await.is_err() => return,
                DataChannelEvent::OnClose | DataChannelEvent::OnClosing => break,
                _ => {}
            }
        }
        let _ = far.shutdown().await;
    });
    near
}

fn setup(error: impl std::fmt::Display) -> Error {
    Error::Setup(error.to_string())
}

fn theirs(error: impl std::fmt::Display) -> Error {
    Error::Theirs(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn bytes_go_through_in_either_form() {
        let ways = Ways { addresses: vec!["127.0.0.1:0".into()], ..Ways::default() };
        for form in [Form::Nested, Form::SctpMap] {
            let (mut ann, offer) = Channel::offer(&ways, form).await.unwrap();
            let (mut bob, answer) = Channel::answer(&ways, &offer).await.unwrap();
            ann.answered(&answer).await.unwrap();
            let sent: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).take(3_000_001).collect();
            let (mut write, mut read) = {
                // Each tells the other where it is, until both are open.
                let (mut out, mut came) = (None, None);
                while out.is_none() || came.is_none() {
                    tokio::select! {
                        told = ann.next(), if out.is_none() => match told {
                            Told::Place { candidate, .. } => bob.candidate(&candidate).await.unwrap(),
                            Told::Open(stream) => out = Some(stream),
                            Told::Lost => panic!("no way"),
                        },
                        told = bob.next(), if came.is_none() => match told {
                            Told::Place { candidate, .. } => ann.candidate(&candidate).await.unwrap(),
                            Told::Open(stream) => came = Some(stream),
                            Told::Lost => panic!("no way"),
                        },
                    }
                }
                (out.unwrap(), came.unwrap())
            };
            let all = sent.clone();
            let writing = tokio::spawn(async move {
                write.write_all(&all).await.unwrap();
                write.shutdown().await.unwrap();
                // The other side of it ends once everything has arrived.
                assert_eq!(write.read(&mut [0; 8]).await.unwrap(), 0);
            });
            let mut got = vec![0; sent.len()];
            read.read_exact(&mut got).await.unwrap();
            assert!(got == sent, "other bytes came");
            timeout(Duration::from_secs(10), writing).await.unwrap().unwrap();
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_answers_with_one_of_their_own_changes_nothing() {
        let ways = Ways { addresses: vec!["127.0.0.1:0".into()], ..Ways::default() };
        let (mut ann, offer) = Channel::offer(&ways, Form::SctpMap).await.unwrap();
        let (mut bob, answer) = Channel::answer(&ways, &offer).await.unwrap();
        let _his = bob.inner.create_data_channel("his", None).await.unwrap();
        ann.answered(&answer).await.unwrap();
        let (mut opened, mut came, mut seen) = (0, 0, false);
        while opened == 0 || came == 0 || !seen {
            tokio::select! {
                event = ann.events.recv() => {
                    seen |= matches!(event, Some(Event::Channel(_)));
                    match ann.told(event) {
                        Some(Told::Place { candidate, .. }) => bob.candidate(&candidate).await.unwrap(),
                        Some(Told::Open(_)) => opened += 1,
                        Some(Told::Lost) => panic!("no way"),
                        None => {}
                    }
                }
                told = bob.next() => match told {
                    Told::Place { candidate, .. } => ann.candidate(&candidate).await.unwrap(),
                    Told::Open(_) => came += 1,
                    Told::Lost => panic!("no way"),
                },
            }
        }
        assert_eq!((opened, came), (1, 1));
    }
}
