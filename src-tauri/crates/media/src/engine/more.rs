//! What is agreed on while the call goes: more contents (XEP-0166 §7.2.2), and other ways (XEP-0176 §5.9).

use futures::future::join_all;
use waxwing_jingle::content::Content;
use waxwing_jingle::ice::Credentials;

use super::{Engine, Part, Words};
use crate::Error;
use crate::codec::Codec;
use crate::connection::Stats;
use crate::sender::Sender;

/// Ways that are looked for anew: of these contents, with these credentials.
#[derive(Debug, Clone)]
pub struct Restart {
    pub contents: Vec<String>,
    pub credentials: Credentials,
}

impl Engine {
    /// Offers one more content, to be said as a content-add: in the bundle where there is one, which then names it, else with
    /// a way of its own under this name, which has to be one of its own. Where it is of a category (`slides`, XEP-0507), only
    /// we send in it.
    ///
    /// # Errors
    /// [`Error::Setup`]; also where something else is being agreed on.
    pub async fn add(
        &mut self,
        codec: Codec,
        name: &'static str,
        category: Option<&str>,
    ) -> Result<(Words, Sender), Error> {
        let both = category.is_none();
        let (at, mut content, sender) = match self.bundle().await {
            Some(at) => {
                let (content, sender) = self.parts[at].connection.offer_more(codec, both).await?;
                (at, content, sender)
            }
            None => {
                let at = self.open(Some(name), false).await?;
                let (content, sender) = self.parts[at].connection.offer_more(codec, both).await?;
                (at, content, sender)
            }
        };
        self.parts[at].contents.push(content.name.clone());
        if let Some(waxwing_jingle::content::Description::Rtp(description)) = &mut content.description {
            description.category = category.map(str::to_owned);
        }
        Ok((Words { contents: vec![content], groups: Vec::new() }, sender))
    }

    /// They take what we offered in addition (content-accept).
    ///
    /// # Errors
    /// [`Error::Theirs`].
    pub async fn added(&mut self, answer: &[Content]) -> Result<(), Error> {
        for part in &self.parts {
            let of_it = |content: &&Content| part.contents.contains(&content.name);
            let theirs: Vec<_> = answer.iter().filter(of_it).cloned().collect();
            if theirs.is_empty() {
                continue;
            }
            if part.connection.bundles().await {
                part.connection.answered_more(&theirs).await?;
            } else {
                part.connection.answered(&theirs, &[]).await?;
            }
        }
        Ok(())
    }

    /// They do not (content-reject), or it is taken away again.
    ///
    /// # Errors
    /// [`Error::Setup`].
    pub async fn not_added(&mut self, names: &[String]) -> Result<(), Error> {
        for part in &mut self.parts {
            let before = part.contents.len();
            part.contents.retain(|name| !names.contains(name));
            if part.contents.len() == before {
                continue;
            }
            if part.contents.is_empty() {
                part.connection.close().await;
            } else if part.connection.agrees().await {
                // What is not in the answer is declined.
                part.connection.answered_more(&[]).await?;
            }
        }
        Ok(())
    }

    /// Answers what they offer in addition (content-add), to be said as a content-accept; we send in those that are of these
    /// codecs' media, and in which they want that. It is in the bundle where it goes by the same credentials.
    ///
    /// # Errors
    /// [`Error::Theirs`], [`Error::Setup`].
    pub async fn answer_added(
        &mut self,
        contents: &[Content],
        codecs: &[Codec],
    ) -> Result<(Words, Vec<Sender>), Error> {
        let (mut words, mut senders) = (Words::default(), Vec::new());
        for content in contents {
            let bundle = self.goes_with(content).await;
            let at = match bundle {
                Some(at) => at,
                None => self.open(None, false).await?,
            };
            self.parts[at].contents.push(content.name.clone());
            let connection = &self.parts[at].connection;
            match bundle {
                Some(_) => connection.offered_more(std::slice::from_ref(content)).await?,
                None => connection.offered(std::slice::from_ref(content), &[]).await?,
            }
            let media = content.rtp().map(|rtp| rtp.media);
            let wanted = content.senders().includes(self.side);
            for codec in codecs.iter().filter(|codec| wanted && Some(codec.media()) == media) {
                senders.push(connection.add(*codec).await?);
            }
            let (answer, _) = connection.answer().await?;
            words.contents.extend(answer.into_iter().filter(|ours| ours.name == content.name));
        }
        Ok((words, senders))
    }

    /// The connection over which more can go.
    async fn bundle(&self) -> Option<usize> {
        for (at, part) in self.parts.iter().enumerate() {
            if part.connection.bundles().await {
                return Some(at);
            }
        }
        None
    }

    /// The bundle that this is meant to go in.
    async fn goes_with(&self, content: &Content) -> Option<usize> {
        let at = self.bundle().await?;
        let theirs = content.ice()?.credentials.as_ref();
        let bundles = self.parts[at].connection.their_credentials().await;
        // Without a way of its own, it has that of the others.
        (theirs.is_none() || theirs == bundles.as_ref()).then_some(at)
    }

    /// Looks for ways anew, as the network is another or the way is lost: what is to be told of each connection, without
    /// places. Those come as they are found.
    ///
    /// # Errors
    /// [`Error::Setup`].
    pub async fn restart(&self) -> Result<Vec<Restart>, Error> {
        let mut all = Vec::new();
        // What was declined or taken away has none.
        for Part { connection, contents, .. } in self.parts.iter().filter(|part| !part.contents.is_empty()) {
            all.push(Restart { contents: contents.clone(), credentials: connection.restart().await? });
        }
        Ok(all)
    }

    /// They look for ways anew; or agree, where we had begun (`answer`). Where they began, what is returned are our
    /// credentials now, to be told with our places, which come as events. `content` is one that goes by these credentials.
    ///
    /// # Errors
    /// [`Error::Theirs`], [`Error::Setup`].
    pub async fn restarted(
        &self,
        content: &str,
        credentials: &Credentials,
        answer: bool,
    ) -> Result<Option<Restart>, Error> {
        let part = self.parts.iter().find(|part| part.contents.iter().any(|name| name == content));
        let part = part.ok_or_else(|| Error::Theirs(format!("there is no content {content}")))?;
        let ours = part.connection.restarted(credentials, answer).await?;
        Ok(ours.map(|credentials| Restart { contents: part.contents.clone(), credentials }))
    }

    /// How it goes, of each connection, with the contents that go over it.
    pub async fn stats(&self) -> Vec<(Vec<String>, Stats)> {
        join_all(self.parts.iter().map(async |part| (part.contents.clone(), part.connection.stats().await))).await
    }
}
