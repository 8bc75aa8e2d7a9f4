//! The connections of one call: one where all contents are bundled, else one for each content (interop: Dino bundles
//! nothing, and the webrtc crate takes no two ways in one description).

mod more;

pub use more::Restart;

use std::sync::Arc;

use futures::future::join_all;
use tokio::sync::mpsc;
use waxwing_jingle::content::{Content, Creator};
use waxwing_jingle::ice::Candidate;
use waxwing_jingle::jingle::Group;
use waxwing_jingle::rtp::Media;

use crate::Error;
use crate::codec::Codec;
use crate::connection::{Connection, Event, Identity, Ways};
use crate::sender::Sender;
use crate::video::link::Link;

/// Events of all connections that wait to be heard.
const WAITING: usize = 256;

/// A connection and the contents that go over it.
struct Part {
    connection: Connection,
    contents: Vec<String>,
}

/// The media side of a call. Dropping it ends it.
pub struct Engine {
    ways: Ways,
    side: Creator,
    identity: Identity,
    parts: Vec<Part>,
    /// Which part tells what.
    events: mpsc::Sender<(usize, Event)>,
}

/// What the connection tells that these contents go over; of something that comes in, the one that it belongs to.
#[derive(Debug)]
pub struct Told {
    pub contents: Vec<String>,
    pub event: Event,
}

/// What is said to the other side.
#[derive(Debug, Clone, Default)]
pub struct Words {
    pub contents: Vec<Content>,
    pub groups: Vec<Group>,
}

impl Engine {
    /// Prepares a call; nothing is opened yet. The events are to be given to [`Engine::told`].
    ///
    /// # Errors
    /// [`Error::Setup`].
    pub fn new(ways: Ways, side: Creator) -> Result<(Self, mpsc::Receiver<(usize, Event)>), Error> {
        let (events, output) = mpsc::channel(WAITING);
        Ok((Self { ways, side, identity: Identity::new()?, parts: Vec::new(), events }, output))
    }

    /// Which contents an event is about.
    pub fn told(&self, (part, event): (usize, Event)) -> Told {
        let Some(part) = self.parts.get(part) else { return Told { contents: Vec::new(), event } };
        let one = if let Event::Incoming(track) = &event { part.connection.content_of(track) } else { None };
        let contents = one.map_or_else(|| part.contents.clone(), |one| vec![one]);
        Told { contents, event }
    }

    /// How it goes on the connection of this content: who shows its video has to know.
    pub fn link(&self, content: &str) -> Option<Arc<Link>> {
        let part = self.parts.iter().find(|part| part.contents.iter().any(|name| name == content))?;
        Some(Arc::clone(part.connection.link()))
    }

    /// Offers these, each in a content of its own that we send in: bundled, or each with a way of its own.
    ///
    /// # Errors
    /// [`Error::Setup`].
    pub async fn offer(&mut self, codecs: &[Codec], bundle: bool) -> Result<(Words, Vec<Sender>), Error> {
        let (mut words, mut senders) = (Words::default(), Vec::new());
        let together: Vec<&[Codec]> = if bundle { vec![codecs] } else { codecs.chunks(1).collect() };
        for codecs in together {
            let name = codecs.first().map(|codec| codec.media().name());
            let at = self.open(if bundle { None } else { name }, bundle).await?;
            let connection = &self.parts[at].connection;
            for codec in codecs {
                senders.push(connection.add(*codec).await?);
            }
            let (contents, groups) = connection.offer().await?;
            self.parts[at].contents = contents.iter().map(|content| content.name.clone()).collect();
            words.contents.extend(contents);
            // Without others beside it, a group says nothing; Dino does not know what it is.
            words.groups.extend(groups.into_iter().filter(|_| bundle));
        }
        Ok((words, senders))
    }

    /// Answers their offer; we send in those of its contents that are of these codecs' media.
    ///
    /// # Errors
    /// [`Error::Theirs`] where something in it cannot be used, [`Error::Setup`].
    pub async fn answer(&mut self, offer: &Words, codecs: &[Codec]) -> Result<(Words, Vec<Sender>), Error> {
        let (mut words, mut senders) = (Words::default(), Vec::new());
        let bundled = offer.groups.iter().any(|group| group.semantics == Group::BUNDLE);
        let together: Vec<&[Content]> =
            if bundled { vec![&offer.contents] } else { offer.contents.chunks(1).collect() };
        for contents in together {
            let at = self.open(None, bundled).await?;
            self.parts[at].contents = contents.iter().map(|content| content.name.clone()).collect();
            let connection = &self.parts[at].connection;
            connection.offered(contents, if bundled { &offer.groups } else { &[] }).await?;
            let media: Vec<Media> = contents.iter().filter_map(Content::rtp).map(|rtp| rtp.media).collect();
            for codec in codecs.iter().filter(|codec| media.contains(&codec.media())) {
                senders.push(connection.add(codec.among(contents)).await?);
            }
            let (contents, groups) = connection.answer().await?;
            words.contents.extend(contents);
            words.groups.extend(groups.into_iter().filter(|_| bundled));
        }
        Ok((words, senders))
    }

    /// Takes their answer to our offer.
    ///
    /// # Errors
    /// [`Error::Theirs`]; also where they bundle what we did not, or the other way round.
    pub async fn answered(&mut self, answer: &Words) -> Result<(), Error> {
        for part in &mut self.parts {
            let theirs = answer.contents.iter().filter(|content| part.contents.contains(&content.name));
            let theirs: Vec<_> = theirs.cloned().collect();
            if theirs.is_empty() {
                // All of it is declined.
                part.contents.clear();
                part.connection.close().await;
                continue;
            }
            let bundled = answer.groups.iter().any(|group| group.semantics == Group::BUNDLE);
            if theirs.len() > 1 && !bundled {
                return Err(Error::Theirs("they do not bundle what we have bundled".into()));
            }
            part.connection.answered(&theirs, &answer.groups).await?;
        }
        Ok(())
    }

    /// All contents go over one connection.
    pub fn is_one_way(&self) -> bool {
        self.parts.iter().filter(|part| !part.contents.is_empty()).count() <= 1
    }

    /// A place where they can be reached for a content.
    ///
    /// # Errors
    /// [`Error::Theirs`].
    pub async fn candidate(&self, content: &str, candidate: &Candidate, ufrag: Option<&str>) -> Result<(), Error> {
        let part = self.parts.iter().find(|part| part.contents.iter().any(|name| name == content));
        let part = part.ok_or_else(|| Error::Theirs(format!("there is no content {content}")))?;
        part.connection.candidate(content, candidate, ufrag).await
    }

    /// Ends it.
    pub async fn close(&self) {
        join_all(self.parts.iter().map(|part| part.connection.close())).await;
    }

    async fn open(&mut self, name: Option<&'static str>, bundled: bool) -> Result<usize, Error> {
        let opened = Connection::open_with(&self.ways, self.side, self.identity.clone(), name, bundled).await?;
        let (connection, mut events) = opened;
        let (at, all) = (self.parts.len(), self.events.clone());
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if all.send((at, event)).await.is_err() {
                    break;
                }
            }
        });
        self.parts.push(Part { connection, contents: Vec::new() });
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_not_bundled_is_answered_too() {
        let ways = Ways { addresses: vec!["127.0.0.1:0".into()], ..Ways::default() };
        let (mut ann, _her_events) = Engine::new(ways.clone(), Creator::Initiator).unwrap();
        let (mut bob, _his_events) = Engine::new(ways, Creator::Responder).unwrap();
        for codecs in [&[Codec::Opus][..], &[Codec::Opus, Codec::Vp8]] {
            let (offer, _) = ann.offer(codecs, false).await.unwrap();
            assert_eq!(offer.contents.len(), codecs.len());
            let (answer, senders) = bob.answer(&offer, codecs).await.unwrap();
            assert_eq!((answer.contents.len(), senders.len()), (codecs.len(), codecs.len()));
        }
    }
}
