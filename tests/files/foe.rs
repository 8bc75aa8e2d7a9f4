//! Somebody who says of files what a test wants.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use harness::slix::Login;
use harness::{Headless, Prosody, Result, Slix, ensure};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A peer, and the device of ours that it speaks to.
pub struct Foe {
    pub slix: Slix,
    device: String,
    asked: AtomicU32,
}

impl Foe {
    /// Juliet, whom Mira knows.
    pub async fn juliet(server: &Prosody) -> Result<Self> {
        let slix = Login::prosody(server, "juliet", "pw-juliet").start().await?;
        let presence = slix.presence(&server.jid("mira"), "available").await?;
        let device = presence["from"].as_str().unwrap_or_default().to_owned();
        Ok(Self { slix, device, asked: AtomicU32::new(0) })
    }

    /// Nurse, whom nobody knows: where Mira is she has from elsewhere.
    pub async fn stranger(server: &Prosody, friend: &Self) -> Result<Self> {
        Self::nobody(server, "nurse", friend).await
    }

    /// Another one whom nobody knows.
    pub async fn nobody(server: &Prosody, name: &str, friend: &Self) -> Result<Self> {
        let slix = Login::prosody(server, name, &format!("pw-{name}")).start().await?;
        Ok(Self { slix, device: friend.device.clone(), asked: AtomicU32::new(0) })
    }

    pub fn bare(&self) -> &str {
        self.slix.bare()
    }

    /// A request without waiting for its answer; its id.
    pub async fn say(&self, payload: &str) -> Result<String> {
        let id = format!("raw-{}", self.asked.fetch_add(1, Ordering::Relaxed));
        let xml = format!("<iq type='set' id='{id}' to='{}'>{payload}</iq>", self.device);
        self.slix.call("raw", json!({ "xml": xml })).await?;
        Ok(id)
    }

    pub async fn answer(&self, id: &str) -> Result<Value> {
        self.slix.wait(&format!("an answer to {id}"), |event| event["event"] == "answer" && event["id"] == id).await
    }

    /// A request; its answer.
    pub async fn ask(&self, payload: &str) -> Result<Value> {
        let id = self.say(payload).await?;
        self.answer(&id).await
    }

    /// The same, which is to be agreed to.
    pub async fn agreed(&self, payload: &str) -> Result<()> {
        let answer = self.ask(payload).await?;
        ensure!(answer["type"] == "result", "{payload}: {answer}");
        Ok(())
    }

    /// The same, which is to be refused in these words.
    pub async fn refused(&self, payload: &str, condition: &str) -> Result<()> {
        let answer = self.ask(payload).await?;
        let said = answer["xml"].as_str().unwrap_or_default().contains(condition);
        ensure!(answer["type"] == "error" && said, "{payload}: wanted {condition}: {answer}");
        Ok(())
    }

    /// Something of a session.
    pub fn jingle(&self, action: &str, sid: &str, inner: &str) -> String {
        format!(
            "<jingle xmlns='urn:xmpp:jingle:1' action='{action}' sid='{sid}' initiator='{}'>{inner}</jingle>",
            self.slix.jid
        )
    }

    /// What is said to them of a session.
    pub async fn hears(&self, action: &str, sid: &str) -> Result<Value> {
        let wanted = |event: &Value| event["event"] == "jingle" && event["action"] == action && event["sid"] == sid;
        self.slix.wait(&format!("{action} of {sid}"), wanted).await
    }

    /// Ends for this reason.
    pub async fn ended(&self, sid: &str, reason: &str) -> Result<()> {
        let told = self.hears("session-terminate", sid).await?;
        ensure!(told["reason"] == reason, "{sid} ended otherwise than by {reason}: {told}");
        Ok(())
    }

    /// Offers a file between the stanzas, which is taken; the stream is to be opened.
    pub async fn offers_in_band(&self, sid: &str, file: &str) -> Result<()> {
        self.agreed(&self.jingle("session-initiate", sid, &offer(file, &in_band(sid)))).await?;
        self.hears("session-accept", sid).await.map(drop)
    }

    /// Sends a file in the order of things: that the client goes on working.
    pub async fn sends(&self, mira: &Headless, name: &str, bytes: &[u8]) -> Result<()> {
        let sid = format!("good-{}", self.asked.load(Ordering::Relaxed));
        self.offers_in_band(&sid, &file(name, bytes.len() as u64)).await?;
        self.agreed(&open(&sid, 4096)).await?;
        for (seq, block) in bytes.chunks(4096).enumerate() {
            self.agreed(&data(&sid, seq, &STANDARD.encode(block))).await?;
        }
        self.ended(&sid, "success").await?;
        let came = mira.file_here(self.bare(), name).await?;
        ensure!(mira.read_file(&came).await? == bytes, "other bytes came");
        mira.settled().await?;
        mira.no_parts().await
    }

    /// A message with a file, and all that is said of it.
    pub async fn shares(&self, to: &str, told: &str, url: &str) -> Result<()> {
        let extra = format!(
            "<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'>\
             <file xmlns='urn:xmpp:file:metadata:0'>{told}</file>\
             <sources xmlns='urn:xmpp:sfs:0'><url-data xmlns='http://jabber.org/protocol/url-data' target='{url}'/></sources>\
             </file-sharing><x xmlns='jabber:x:oob'><url>{url}</url></x>"
        );
        self.slix.call("send", json!({ "to": to, "body": url, "extra": extra })).await.map(drop)
    }
}

/// `<file/>` of a name and a size.
pub fn file(name: &str, size: u64) -> String {
    format!("<file><name>{name}</name><size>{size}</size></file>")
}

/// A content with a file and a way.
pub fn offer(file: &str, transport: &str) -> String {
    format!(
        "<content creator='initiator' name='f' senders='initiator'>\
         <description xmlns='urn:xmpp:jingle:apps:file-transfer:5'>{file}</description>{transport}</content>"
    )
}

/// The way between the stanzas.
pub fn in_band(sid: &str) -> String {
    format!("<transport xmlns='urn:xmpp:jingle:transports:ibb:1' sid='{sid}' block-size='4096'/>")
}

/// The way over sockets.
pub fn sockets(sid: &str, inner: &str) -> String {
    format!("<transport xmlns='urn:xmpp:jingle:transports:s5b:1' sid='{sid}' mode='tcp'>{inner}</transport>")
}

pub fn open(sid: &str, block: u32) -> String {
    format!("<open xmlns='http://jabber.org/protocol/ibb' sid='{sid}' block-size='{block}' stanza='iq'/>")
}

pub fn data(sid: &str, seq: usize, text: &str) -> String {
    format!("<data xmlns='http://jabber.org/protocol/ibb' sid='{sid}' seq='{seq}'>{text}</data>")
}

pub fn close(sid: &str) -> String {
    format!("<close xmlns='http://jabber.org/protocol/ibb' sid='{sid}'/>")
}

/// `<hash/>` (XEP-0300) of these bytes.
pub fn hash(bytes: &[u8]) -> String {
    let sum = STANDARD.encode(Sha256::digest(bytes));
    format!("<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>{sum}</hash>")
}
