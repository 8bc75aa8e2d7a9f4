//! Files as people send and take them, between clients without a window.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use waxwing_client::App;
use waxwing_contract::{
    CancelFile, Code, Conversation, ConversationId, File, FileId, FileState, Message, OpenConversation, PauseFile,
    PutFile, SendFiles, StartFile, Transfer, View,
};

use crate::Headless;
use crate::wait::{patiently, until};

/// Bytes that nothing packs, and that are the same each time.
pub fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// Lowercase hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sends a file that lies on the disk, for an application that is no [`Headless`].
pub async fn send(app: &App, account: &str, peer: &str, file: &Path, direct: bool) -> Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (bytes, mut id) = (std::fs::read(file)?, None);
    let mut chunks = bytes.chunks(1024 * 1024).peekable();
    let mut staged = None;
    while let Some(chunk) = chunks.next() {
        let data = base64::engine::general_purpose::STANDARD.encode(chunk);
        let put = app.call(PutFile { id, name: name.clone(), data, last: chunks.peek().is_none() }).await?;
        (id, staged) = (Some(put.id), put.staged);
    }
    let files = vec![staged.context("nothing is staged")?.id];
    let (account, peer, caption) = (account.to_owned(), peer.to_owned(), String::new());
    Ok(app.call(SendFiles { account, peer, files, caption, original: false, direct }).await?)
}

/// How a file is sent.
#[derive(Debug, Clone, Copy, Default)]
pub struct How<'c> {
    pub caption: &'c str,
    pub original: bool,
    pub direct: bool,
}

/// As a person sends and takes them.
impl Headless {
    /// Brings a file in, as a window does with what was dropped onto it; answers its id.
    pub async fn stage(&self, name: &str, bytes: &[u8]) -> Result<String> {
        let mut id = None;
        let mut rest = bytes;
        loop {
            let (now, later) = rest.split_at(rest.len().min(1024 * 1024));
            rest = later;
            let put = PutFile {
                id: id.clone(),
                name: name.to_owned(),
                data: base64::engine::general_purpose::STANDARD.encode(now),
                last: rest.is_empty(),
            };
            let put = self.call(put).await?;
            id = Some(put.id);
            if let Some(staged) = put.staged {
                return Ok(staged.id);
            }
        }
    }

    /// Sends a file.
    pub async fn send_file(&self, peer: &str, name: &str, bytes: &[u8], how: How<'_>) -> Result<()> {
        let id = self.stage(name, bytes).await?;
        self.send_staged(peer, vec![id], how).await
    }

    pub async fn send_staged(&self, peer: &str, files: Vec<String>, how: How<'_>) -> Result<()> {
        let How { caption, original, direct } = how;
        let (account, peer, caption) = (self.account.clone(), peer.to_owned(), caption.to_owned());
        Ok(self.call(SendFiles { account, peer, files, caption, original, direct }).await?)
    }

    /// Waits for a message whose file is as wanted.
    pub async fn file_that(&self, peer: &str, what: &str, wanted: impl Fn(&File) -> bool) -> Result<(Message, File)> {
        let message = self.message(peer, what, |message| message.files.iter().any(&wanted)).await?;
        let file = message.files.iter().find(|file| wanted(file)).cloned().ok_or_else(|| anyhow!("no such file"))?;
        Ok((message, file))
    }

    /// Waits until a file of this name is here.
    pub async fn file_here(&self, peer: &str, name: &str) -> Result<File> {
        let what = format!("the file {name} to be here");
        Ok(self.file_that(peer, &what, |file| file.name == name && file.state == FileState::Here).await?.1)
    }

    /// Waits until a file of this name failed, for this reason.
    pub async fn file_failed(&self, peer: &str, name: &str, code: Code) -> Result<File> {
        let what = format!("the file {name} to fail with {code:?}");
        let failed = |file: &File| {
            file.name == name
                && file.state == FileState::Failed
                && file.failure.as_ref().is_some_and(|failure| failure.code == code)
        };
        Ok(self.file_that(peer, &what, failed).await?.1)
    }

    /// Waits until a file of this name is cancelled, by whom this code says; its message.
    pub async fn file_cancelled(&self, peer: &str, name: &str, by: Code) -> Result<Message> {
        let what = format!("the file {name} to be cancelled ({by:?})");
        let cancelled = |file: &File| {
            let code = file.failure.as_ref().map(|failure| failure.code);
            file.name == name && file.state == FileState::Cancelled && code == Some(by)
        };
        Ok(self.file_that(peer, &what, cancelled).await?.0)
    }

    /// Where a file lies that is here.
    pub async fn path_of(&self, file: &File) -> Result<PathBuf> {
        Ok(self.app.file_here(&self.file_id(&file.id)).await?.path)
    }

    /// What is in it.
    pub async fn read_file(&self, file: &File) -> Result<Vec<u8>> {
        std::fs::read(self.path_of(file).await?).context("a file that is here cannot be read")
    }

    pub async fn start_file(&self, id: &str) -> Result<()> {
        Ok(self.call(StartFile(self.file_id(id))).await?)
    }

    pub async fn pause_file(&self, id: &str) -> Result<()> {
        Ok(self.call(PauseFile(self.file_id(id))).await?)
    }

    pub async fn cancel_file(&self, id: &str) -> Result<()> {
        Ok(self.call(CancelFile(self.file_id(id))).await?)
    }

    pub fn file_id(&self, id: &str) -> FileId {
        FileId { account: self.account.clone(), id: id.to_owned() }
    }

    /// Waits for a transfer that is as wanted.
    pub async fn transfer(&self, what: &str, wanted: impl Fn(&Transfer) -> bool) -> Result<Transfer> {
        self.item(&View::Transfers, what, wanted).await
    }

    /// Waits until nothing moves.
    pub async fn settled(&self) -> Result<()> {
        let none = async || {
            let snapshot = self.watch(&View::Transfers).ok()?.try_next()?;
            snapshot["items"].as_array()?.is_empty().then_some(())
        };
        patiently(Duration::from_secs(60), "no transfer", none).await
    }

    /// Opens the conversation with somebody, and waits until a device of theirs is known to take files.
    pub async fn may_send(&self, peer: &str) -> Result<()> {
        self.call(OpenConversation(ConversationId { account: self.account.clone(), peer: peer.into() })).await?;
        let known = waxwing_contract::Callable::Video;
        let takes = |row: &Conversation| row.peer == peer && row.callable == known;
        self.item(&View::Conversations, "somebody who takes files", takes).await.map(drop)
    }

    /// Files that lie in the account's folder, whole ones and parts.
    pub fn lying(&self) -> Result<Vec<PathBuf>> {
        let folder = self.folder().join("accounts").join(&self.account).join("files");
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let mut all: Vec<_> = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        all.sort();
        Ok(all)
    }

    /// Waits until nothing that is not whole lies there.
    pub async fn no_parts(&self) -> Result<()> {
        let is_part = |path: &Path| path.extension().is_some_and(|ending| ending == "part" || ending == "note");
        let none = async || self.lying().ok().filter(|all| !all.iter().any(|path| is_part(path))).map(drop);
        until("no part of a file to be left", none).await
    }
}
