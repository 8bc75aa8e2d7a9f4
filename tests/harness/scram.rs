//! The server's side of SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677), for the scripted server.

use anyhow::{Context, Result, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

const SALT: &[u8] = b"waxwing's salt";
const ITERATIONS: u32 = 4096;

/// One exchange: the server's first message is ready, the client's last one is to come.
pub struct Scram {
    /// Who the client says it is.
    pub user: String,
    header: String,
    first_bare: String,
    nonce: String,
    server_first: String,
}

impl Scram {
    /// Takes the content of `<auth/>`.
    pub fn begin(client_first: &str) -> Result<Self> {
        let message = decoded(client_first)?;
        let header_end = message.match_indices(',').nth(1).map(|(at, _)| at + 1);
        let (header, bare) = message.split_at(header_end.with_context(|| format!("no gs2 header in {message:?}"))?);
        ensure!(header.starts_with("y,") || header.starts_with("n,"), "-PLUS was not offered, but {header:?} came");
        let user = value(bare, 'n').with_context(|| format!("no user in {bare:?}"))?;
        let nonce = value(bare, 'r').with_context(|| format!("no nonce in {bare:?}"))? + "-and-the-servers";
        let server_first = format!("r={nonce},s={},i={ITERATIONS}", BASE64_STANDARD.encode(SALT));
        let user = user.replace("=2C", ",").replace("=3D", "=");
        Ok(Self { user, header: header.into(), first_bare: bare.into(), nonce, server_first })
    }

    /// The content of `<challenge/>`.
    pub fn challenge(&self) -> String {
        BASE64_STANDARD.encode(&self.server_first)
    }

    /// The same, but for what nobody should take.
    pub fn challenge_but(&self, change: impl FnOnce(&str) -> String) -> String {
        BASE64_STANDARD.encode(change(&self.server_first))
    }

    /// Takes the content of `<response/>`; gives back that of `<success/>`, or `None` where the password is another.
    pub fn finish(&self, client_final: &str, password: &str) -> Result<Option<String>> {
        let message = decoded(client_final)?;
        let (without_proof, proof) = message.rsplit_once(",p=").context("no proof")?;
        ensure!(
            value(without_proof, 'c') == Some(BASE64_STANDARD.encode(&self.header)),
            "another gs2 header: {message}"
        );
        ensure!(value(without_proof, 'r').as_ref() == Some(&self.nonce), "another nonce: {message}");
        let salted = salted(password.as_bytes());
        let client_key = hmac(&salted, b"Client Key");
        let stored = Sha256::digest(&client_key);
        let auth = format!("{},{},{without_proof}", self.first_bare, self.server_first);
        let signature = hmac(&stored, auth.as_bytes());
        let expected: Vec<u8> = client_key.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        let right = BASE64_STANDARD.decode(proof).is_ok_and(|proof| proof == expected);
        let server_signature = hmac(&hmac(&salted, b"Server Key"), auth.as_bytes());
        let last = format!("v={}", BASE64_STANDARD.encode(server_signature));
        Ok(right.then(|| BASE64_STANDARD.encode(last)))
    }
}

fn decoded(base64: &str) -> Result<String> {
    let bytes = BASE64_STANDARD.decode(base64.trim()).with_context(|| format!("{base64:?} is no base64"))?;
    Ok(String::from_utf8(bytes)?)
}

fn value(message: &str, key: char) -> Option<String> {
    message.split(',').find_map(|part| part.strip_prefix(key)?.strip_prefix('=').map(str::to_owned))
}

fn hmac(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.chain_update(data).finalize().into_bytes().to_vec()
}

/// PBKDF2 with one block.
fn salted(password: &[u8]) -> Vec<u8> {
    let mut last = hmac(password, &[SALT, &1_u32.to_be_bytes()].concat());
    let mut all = last.clone();
    for _ in 1..ITERATIONS {
        last = hmac(password, &last);
        all.iter_mut().zip(&last).for_each(|(all, byte)| *all ^= byte);
    }
    all
}
