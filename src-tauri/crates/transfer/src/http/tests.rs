mod downloads;
mod guards;
mod uploads;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::server::{Answering, Exchange, Server};
use super::*;
use crate::file::{Algo, Hash, Part};

/// Bytes that are the same nowhere.
fn bytes(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut out = Vec::with_capacity(length + 8);
    while out.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend(state.to_le_bytes());
    }
    out.truncate(length);
    out
}

fn sha256(bytes: &[u8]) -> Hash {
    Hash { algo: Algo::Sha256, value: ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().to_vec() }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn part(&self) -> Part {
        Part::create(self.0.path()).unwrap()
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join("file");
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// Says the same to everybody.
async fn says(head: &'static str, body: impl Into<Vec<u8>>) -> Server {
    let body = Arc::new(body.into());
    Server::start(move |mut exchange| -> Answering {
        let body = body.clone();
        Box::pin(async move { exchange.answer(head, &body).await })
    })
    .await
}

async fn get(server: &Server, what: &Download, part: &Part) -> Result<Downloaded, Error> {
    server.client().download(what, part, &Control::new()).await
}
