//! A live contact made from our own client: it reads, types and answers, calls and is called, sends a picture and takes files.

use std::collections::BTreeSet;
use std::time::Duration;

use harness::{Context as _, Result, clips, filing, headless::items, paths::Folder};
use waxwing_client::App;
use waxwing_contract::{
    AcceptCall, Call, CallPhase, File, FileId, FileState, MarkRead, Message, SendMessage, SetTyping, StartCall,
    StartFile, View,
};

/// How long it types before it answers.
const TYPES: Duration = Duration::from_millis(1500);
/// How long it rings before it is taken.
const RINGS: Duration = Duration::from_millis(1500);
/// What the picture is called that it has.
pub const PICTURE: &str = "A waxwing in the evening.jpg";

/// Answers everything `peer` says, until the application ends.
pub async fn answer(app: App, account: String, peer: String) {
    let contact = Contact { app, account, peer };
    if let Err(error) = contact.listen().await {
        eprintln!("a contact stopped answering: {error:#}");
    }
}

/// Takes every call, with a voice and a moving picture.
pub async fn take_calls(app: App) {
    let Ok(mut updates) = app.subscribe(&View::Calls) else { return };
    while let Some(update) = updates.next().await {
        for item in items(&update) {
            let Ok(call) = serde_json::from_value::<Call>(item.clone()) else { continue };
            if call.phase == CallPhase::Ringing {
                tokio::time::sleep(RINGS).await;
                // Whoever called may have given up.
                let _ = app.call(AcceptCall { account: call.account, id: call.id, video: call.video }).await;
            }
        }
    }
}

/// What a file came to, and how it is told.
pub fn receipt(name: &str, size: usize, sha256: &str) -> String {
    format!("“{name}” is here: {size} bytes, SHA-256 {sha256}.")
}

/// One conversation of it.
struct Contact {
    app: App,
    account: String,
    peer: String,
}

impl Contact {
    async fn listen(&self) -> Result<()> {
        let view = View::Timeline { account: self.account.clone(), peer: self.peer.clone() };
        let mut updates = self.app.subscribe(&view)?;
        let (mut known, mut told) = (BTreeSet::new(), BTreeSet::new());
        let mut first = true;
        while let Some(update) = updates.next().await {
            for item in items(&update) {
                let message: Message = serde_json::from_value(item.clone())?;
                let new = known.insert(message.id.clone()) && !first;
                let spoken = !message.outgoing && message.call.is_none();
                if new && spoken && message.files.is_empty() {
                    self.reply(&message).await?;
                }
                // What becomes of a file is told by the same message, changed.
                for file in message.files.iter().filter(|_| spoken) {
                    if first && file.state == FileState::Here {
                        told.insert(file.id.clone());
                    }
                    self.take(&message, file, &mut told).await?;
                }
            }
            first = false;
        }
        Ok(())
    }

    /// Wants every file, and says what came; `told` are those of which that is said.
    async fn take(&self, message: &Message, file: &File, told: &mut BTreeSet<String>) -> Result<()> {
        let id = FileId { account: self.account.clone(), id: file.id.clone() };
        match file.state {
            FileState::Offered => Ok(self.app.call(StartFile(id)).await?),
            FileState::Here if told.insert(file.id.clone()) => {
                let here = self.app.file_here(&id).await?;
                let bytes = tokio::fs::read(&here.path).await.context("a file that came cannot be read")?;
                self.think(message).await?;
                self.say(receipt(&file.name, bytes.len(), &filing::sha256(&bytes))).await
            }
            FileState::Failed if told.insert(file.id.clone()) => {
                let why = file.failure.as_ref().map_or("", |failure| failure.message.as_str());
                self.think(message).await?;
                self.say(format!("“{}” did not come through ({why}). Send it once more?", file.name)).await
            }
            _ => Ok(()),
        }
    }

    /// Reads, and types for a while.
    async fn think(&self, message: &Message) -> Result<()> {
        let (account, peer) = (self.account.clone(), self.peer.clone());
        self.app.call(MarkRead { account: account.clone(), peer: peer.clone(), order: message.order }).await?;
        self.app.call(SetTyping { account, peer, typing: true }).await?;
        // It is a person's pace that is wanted here, not a condition.
        tokio::time::sleep(TYPES).await;
        Ok(())
    }

    async fn say(&self, body: String) -> Result<()> {
        let (account, peer) = (self.account.clone(), self.peer.clone());
        self.app.call(SendMessage { account, peer, body }).await?;
        Ok(())
    }

    async fn reply(&self, message: &Message) -> Result<()> {
        self.think(message).await?;
        if asks(&message.body, &["call me", "ruf mich an"]) {
            self.say("I am calling you.".into()).await?;
            let (account, peer) = (self.account.clone(), self.peer.clone());
            self.app.call(StartCall { account, peer, video: true }).await?;
        } else if asks(&message.body, &["picture", "photo", "show me", "bild", "foto", "zeig"]) {
            self.say("It sat quite still for it. Look:".into()).await?;
            self.send_picture().await?;
        } else {
            self.say(words(&message.body)).await?;
        }
        Ok(())
    }

    async fn send_picture(&self) -> Result<()> {
        let folder = Folder::new("picture")?;
        let file = folder.path().join(PICTURE);
        std::fs::write(&file, tokio::task::spawn_blocking(clips::waxwing).await??)?;
        filing::send(&self.app, &self.account, &self.peer, &file, false).await
    }
}

fn asks(heard: &str, words: &[&str]) -> bool {
    let lower = heard.to_lowercase();
    words.iter().any(|words| lower.contains(words))
}

fn words(heard: &str) -> String {
    if asks(heard, &["when", "time", "wann"]) {
        "Half past ten, at the old rowan tree.".into()
    } else if asks(heard, &["hello", "hi ", "hallo"]) {
        "Hello! The gate is open, come in.".into()
    } else if heard.ends_with('?') {
        "Good question. Let me ask the Nurse.".into()
    } else {
        format!("“{}” — I will remember that.", heard.chars().take(80).collect::<String>())
    }
}
