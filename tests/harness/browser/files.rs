//! Files that a browser sends and gets (XEP-0234): over a data channel, which is the one way stanza.js knows, and written as
//! XEP-0343 has it (`ice-udp` with a `<sctpmap/>`).
//!
//! As it is, unmodified: it calls no file whole before the sender said its hash, neither sends nor takes one of no bytes,
//! and answers nothing of a session any more once it was told `<received/>` there.

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Browser;
use crate::wait::until;

/// The way a file went.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Channel {
    /// `data channel`.
    pub way: String,
    pub label: String,
    pub protocol: String,
    pub ordered: bool,
    pub id: Option<u16>,
    /// What it may send in one message.
    pub largest_message: Option<u64>,
}

/// A file that came, whole and with the hash that was said of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    pub sid: String,
    pub name: Option<String>,
    /// What was said of its size.
    pub said: Option<u64>,
    pub media_type: Option<String>,
    /// Of the hashes that were said of it.
    pub algorithms: Vec<String>,
    pub size: u64,
    /// Lowercase hexadecimal.
    pub sha256: String,
    #[serde(flatten)]
    pub channel: Channel,
}

/// A file whose last byte was given to the channel.
#[derive(Clone, Debug, Deserialize)]
pub struct Sent {
    pub sid: String,
    pub size: u64,
    /// Of the hash it told the other side, in base64.
    pub algorithm: String,
    pub hash: String,
    #[serde(flatten)]
    pub channel: Channel,
}

/// What [`Browser::send_made`] sends.
pub fn made(size: usize) -> Vec<u8> {
    (0..size).map(|at| at.wrapping_mul(31).wrapping_add((at >> 8).wrapping_mul(7)).to_le_bytes()[0]).collect()
}

impl Browser {
    /// Offers a file to a device ([`Browser::device_of`]) and sends it when that takes it; the session's id.
    pub async fn send_file(&self, device: &str, name: &str, bytes: &[u8], media_type: &str) -> Result<String> {
        let with = vec![json!(device), json!(name), json!(BASE64_STANDARD.encode(bytes)), json!(media_type)];
        let sid = self.ask("sendFile", with).await?;
        sid.as_str().map(str::to_owned).context("a session without an id")
    }

    /// The same with so many bytes of [`made`], which need not be carried into the browser.
    pub async fn send_made(&self, device: &str, name: &str, size: usize) -> Result<String> {
        let sent = self.ask("sendMade", vec![json!(device), json!(name), json!(size)]).await?;
        sent["sid"].as_str().map(str::to_owned).context("a session without an id")
    }

    /// Whether files are taken from now on; they are unless said otherwise.
    pub async fn takes_files(&self, takes: bool) -> Result<()> {
        self.page.run("peer.takes = arguments[0];", vec![json!(takes)]).await.map(drop)
    }

    /// Takes the file that was offered last; [`Browser::end`] declines it.
    pub async fn take_file(&self) -> Result<()> {
        self.ask("takeFile", vec![]).await.map(drop)
    }

    /// Waits for the file of a session.
    pub async fn received(&self, sid: &str) -> Result<Received> {
        self.one_of("files", sid, "a file to come to").await
    }

    /// Waits until the file of a session was sent to its last byte.
    pub async fn sent(&self, sid: &str) -> Result<Sent> {
        self.one_of("sent", sid, "a file to be sent by").await
    }

    /// How many bytes of a session have come, while it lasts.
    pub async fn has_got(&self, sid: &str) -> Result<u64> {
        self.ask("hasGot", vec![json!(sid)]).await?.as_u64().context("no number of bytes")
    }

    /// What it said of Jingle itself, as XML, oldest first.
    pub async fn said(&self) -> Result<Vec<String>> {
        let said = |line: &str| line.strip_prefix("said: ").map(str::to_owned);
        Ok(self.wire().await?.lines().filter_map(said).collect())
    }

    async fn one_of<T: for<'a> Deserialize<'a>>(&self, list: &str, sid: &str, what: &str) -> Result<T> {
        let script = "return peer[arguments[0]].find(({ sid }) => sid === arguments[1]) ?? null;";
        let what = format!("{what} the browser");
        let found = until(&what, async || {
            let value = self.page.run(script, vec![json!(list), json!(sid)]).await.ok()?;
            (!value.is_null()).then_some(value)
        });
        let value: Value = match found.await {
            Ok(value) => value,
            Err(why) => anyhow::bail!("{why}\n{}", self.wire().await?),
        };
        Ok(serde_json::from_value(value)?)
    }
}
