//! Files as the peer sends and gets them: see peers/files.py.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Slix, is_from};

/// Where a file may be put (XEP-0363).
#[derive(Clone, Debug, Deserialize)]
pub struct Slot {
    pub put: String,
    pub get: String,
    /// Such as `Authorization`.
    pub headers: std::collections::HashMap<String, String>,
}

/// A file that was uploaded, and told of where it was.
#[derive(Clone, Debug, Deserialize)]
pub struct Uploaded {
    pub url: String,
    pub size: u64,
    /// Lowercase hexadecimal.
    pub sha256: String,
    /// What the server answered to it: 201 where it goes by the specification.
    pub status: u16,
    /// The message that tells of it.
    #[serde(default)]
    pub id: String,
}

/// What a link led to.
#[derive(Clone, Debug, Deserialize)]
pub struct Fetched {
    pub status: u16,
    pub size: u64,
    /// Lowercase hexadecimal.
    pub sha256: String,
    /// By lowercase names.
    pub headers: std::collections::HashMap<String, String>,
}

impl Slix {
    /// Who takes uploads at its server, and how many bytes at most.
    pub async fn upload_service(&self) -> Result<(String, Option<u64>)> {
        let found = self.call("upload_service", json!({})).await?;
        let jid = found["jid"].as_str().context("a service without an address")?;
        Ok((jid.to_owned(), found["largest"].as_u64()))
    }

    /// Asks where a file may be put.
    pub async fn slot(&self, name: &str, size: u64, media_type: &str) -> Result<Slot> {
        let with = json!({ "name": name, "size": size, "type": media_type });
        Ok(serde_json::from_value(self.call("slot", with).await?)?)
    }

    /// Uploads a file, and tells nobody.
    pub async fn upload(&self, file: &Path, media_type: &str) -> Result<Uploaded> {
        let with = json!({ "path": file, "type": media_type });
        Ok(serde_json::from_value(self.call("upload", with).await?)?)
    }

    /// Uploads a file and sends its link to somebody, as the body and as XEP-0066 has it.
    pub async fn share(&self, to: &str, file: &Path, media_type: &str) -> Result<Uploaded> {
        let with = json!({ "to": to, "path": file, "type": media_type });
        Ok(serde_json::from_value(self.call("share", with).await?)?)
    }

    /// The same, with what the file is besides (XEP-0447), in one message.
    pub async fn share_stateless(&self, to: &str, file: &Path, media_type: &str) -> Result<Uploaded> {
        let with = json!({ "to": to, "path": file, "type": media_type, "newer": true });
        Ok(serde_json::from_value(self.call("share", with).await?)?)
    }

    /// Sends a link as XEP-0066 has it, whatever is there.
    pub async fn send_link(&self, to: &str, url: &str) -> Result<String> {
        let escaped = url.replace('&', "&amp;").replace('<', "&lt;");
        let extra = format!("<x xmlns='jabber:x:oob'><url>{escaped}</url></x>");
        let id = self.call("send", json!({ "to": to, "body": url, "extra": extra })).await?;
        Ok(id.as_str().unwrap_or_default().to_owned())
    }

    /// Gets what a link leads to.
    pub async fn fetch(&self, url: &str) -> Result<Fetched> {
        Ok(serde_json::from_value(self.call("fetch", json!({ "url": url })).await?)?)
    }

    /// The message with a file from this bare address: its link is in `oob`; what else is said of it in `sfs` (a list, as
    /// `sims` is, each with `name`, `size`, `media_type`, `hashes`, `sources`), `sources` and `attach_to`.
    pub async fn file(&self, from: &str) -> Result<Value> {
        let what = format!("a file from {from}");
        self.wait(&what, |event| event["event"] == "message" && event["oob"].is_string() && is_from(event, from)).await
    }

    /// Opens an in-band bytestream (XEP-0047), sends a file through it and closes it. How many pieces were taken, and the
    /// error where one was not.
    pub async fn send_ibb(&self, to: &str, sid: &str, file: &Path, block: u32) -> Result<(u64, Option<String>)> {
        let with = json!({ "to": to, "sid": sid, "path": file, "block": block });
        let sent = self.call("send_ibb", with).await?;
        let taken = sent["taken"].as_u64().context("no number of pieces")?;
        Ok((taken, sent["error"]["condition"].as_str().map(str::to_owned)))
    }

    /// Answers whatever is said of in-band bytestreams with this error from now on, or agrees to it again. What is said
    /// comes as events `ibb`, with `what` (`open`, `data`, `close`), `sid`, `seq` and `data` either way.
    pub async fn refuse_ibb(&self, condition: Option<&str>) -> Result<()> {
        self.call("refuse_ibb", json!({ "condition": condition })).await.map(drop)
    }
}
