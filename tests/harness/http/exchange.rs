//! A connection: requests and their answers, one after the other.

use std::{
    future::pending,
    io::{ErrorKind, Result},
    sync::Arc,
};

use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::{
    Kept, Reply, Seen, Shared,
    reply::{End, Length, Ranges, Request},
    request::{Body, Reader},
};
use crate::scripted::Wire;

const PIECE: usize = 64 * 1024;

/// Answers until the client leaves or an answer ends the connection.
pub(super) async fn all(wire: Box<dyn Wire>, shared: &Shared) {
    let mut reader = Reader::new(wire);
    while let Ok(Some(seen)) = reader.head().await {
        let at = {
            let mut state = shared.state();
            state.seen.push(seen.clone());
            state.seen.len() - 1
        };
        match one(&mut reader, shared, at, &seen).await {
            Ok(true) => {}
            Ok(false) => {
                let _ = reader.wire.shutdown().await;
                return;
            }
            Err(why) => {
                // what we break off ourselves is nobody's leaving
                if why.kind() != ErrorKind::ConnectionAborted {
                    shared.change(at, |seen| seen.left = true);
                }
                return;
            }
        }
    }
}

/// One request and its answer; whether the connection goes on.
async fn one(reader: &mut Reader, shared: &Shared, at: usize, seen: &Seen) -> Result<bool> {
    let scripted = scripted(shared, seen);
    let request = scripted.as_ref().map_or(Request::Read, |reply| reply.request);
    let body = take(reader, shared, at, seen, request).await?;
    let reply = scripted.unwrap_or_else(|| by_itself(shared, seen));
    if let Some(bytes) = body.filter(|_| seen.method == "PUT" && [200, 201, 204].contains(&reply.status)) {
        let media_type = seen.header("content-type").unwrap_or("application/octet-stream").to_owned();
        shared.state().kept.insert(seen.path.clone(), Kept { media_type, bytes: bytes.into() });
    }
    let whole = give(reader, shared, at, seen, &reply).await?;
    if matches!(request, Request::Answered(_)) {
        // a connection closed over what was not read would take the answer with it
        reader.left().await;
        return Ok(false);
    }
    Ok(whole && seen.header("connection").is_none_or(|said| !said.eq_ignore_ascii_case("close")))
}

/// What a test has said of such a request.
fn scripted(shared: &Shared, seen: &Seen) -> Option<Reply> {
    let mut state = shared.state();
    let path = seen.path.split('?').next().unwrap_or_default();
    let fits = |(method, pattern): &&(String, String)| {
        *method == seen.method && pattern.strip_suffix('*').is_some_and(|start| path.starts_with(start))
    };
    let exact = (seen.method.clone(), path.to_owned());
    let key = match state.replies.contains_key(&exact) {
        true => exact,
        false => state.replies.keys().filter(fits).max_by_key(|(_, pattern)| pattern.len())?.clone(),
    };
    let replies = state.replies.get_mut(&key)?;
    if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() }
}

/// What a server answers that works.
fn by_itself(shared: &Shared, seen: &Seen) -> Reply {
    match seen.method.as_str() {
        "PUT" => Reply::status(201),
        "GET" | "HEAD" => match shared.state().kept.get(seen.path.split('?').next().unwrap_or_default()) {
            Some(Kept { media_type, bytes }) => {
                let tag = hexadecimal(&Sha256::digest(bytes));
                Reply::file(media_type, Arc::clone(bytes)).etag(&tag[..16])
            }
            None => Reply::status(404),
        },
        _ => Reply::status(405),
    }
}

/// Reads the body of a request, as far as it is to be read; the whole, where it is.
async fn take(reader: &mut Reader, shared: &Shared, at: usize, seen: &Seen, how: Request) -> Result<Option<Vec<u8>>> {
    let chunked = seen.header("transfer-encoding").is_some_and(|said| said.eq_ignore_ascii_case("chunked"));
    let size = seen.header("content-length").and_then(|said| said.parse().ok()).unwrap_or(0);
    let mut body = if chunked { Body::Chunked { left: 0, over: false } } else { Body::Sized(size) };
    if how != Request::Answered(0) && seen.header("expect").is_some_and(|said| said.starts_with("100")) {
        reader.go_on().await?;
    }
    let (limit, mut bytes) = (how.limit(), Vec::new());
    loop {
        if bytes.len() as u64 >= limit {
            break match how {
                Request::Stalls(_) => pending().await,
                Request::Closes(_) => Err(ErrorKind::ConnectionAborted.into()),
                Request::Answered(_) | Request::Read => Ok(None),
            };
        }
        let piece = reader.piece(&mut body).await?;
        if piece.is_empty() {
            let sum = hexadecimal(&Sha256::digest(&bytes));
            shared.change(at, |seen| seen.sha256 = Some(sum));
            break Ok(Some(bytes));
        }
        bytes.extend_from_slice(&piece);
        shared.change(at, |seen| seen.bytes = bytes.len() as u64);
    }
}

impl Request {
    fn limit(self) -> u64 {
        match self {
            Self::Read => u64::MAX,
            Self::Answered(bytes) | Self::Stalls(bytes) | Self::Closes(bytes) => bytes,
        }
    }
}

/// Sends an answer; whether it was whole, so that another can follow.
async fn give(reader: &mut Reader, shared: &Shared, at: usize, seen: &Seen, reply: &Reply) -> Result<bool> {
    let part = part(seen, reply);
    let (status, body) = match &part {
        Some(part) => (part.status, part.bytes.as_slice()),
        None => (reply.status, &*reply.body),
    };
    let mut head = format!("HTTP/1.1 {status} {}\r\n", phrase(status));
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(etag) = &reply.etag {
        head.push_str(&format!("ETag: {etag}\r\n"));
    }
    if reply.ranges != Ranges::Ignored {
        head.push_str("Accept-Ranges: bytes\r\n");
    }
    if let Some(part) = &part {
        head.push_str(&format!("Content-Range: {}\r\n", part.said));
    }
    match reply.length {
        Length::True if status == 204 || status == 304 => {}
        Length::True => head.push_str(&format!("Content-Length: {}\r\n", body.len())),
        Length::Claimed(length) => head.push_str(&format!("Content-Length: {length}\r\n")),
        Length::Chunked => head.push_str("Transfer-Encoding: chunked\r\n"),
        Length::Unsaid => head.push_str("Connection: close\r\n"),
    }
    reader.wire.write_all((head + "\r\n").as_bytes()).await?;
    reader.wire.flush().await?;
    shared.change(at, |seen| seen.status = Some(status));
    if seen.method == "HEAD" {
        return Ok(true);
    }
    let (stop, stalls) = match reply.end {
        End::Whole => (body.len(), false),
        End::Stalls(bytes) => (usize::try_from(bytes).unwrap_or(usize::MAX).min(body.len()), true),
        End::Closes(bytes) => (usize::try_from(bytes).unwrap_or(usize::MAX).min(body.len()), false),
        End::Never => return endless(reader, shared, at, reply).await,
    };
    for piece in body[..stop].chunks(PIECE) {
        say(reader, reply.length, piece).await?;
        shared.change(at, |seen| seen.given += piece.len() as u64);
    }
    if stalls {
        reader.left().await;
        return Err(ErrorKind::UnexpectedEof.into());
    }
    if matches!(reply.end, End::Closes(_)) {
        return Err(ErrorKind::ConnectionAborted.into());
    }
    if reply.length == Length::Chunked {
        reader.wire.write_all(b"0\r\n\r\n").await?;
        reader.wire.flush().await?;
    }
    Ok(matches!(reply.length, Length::True | Length::Chunked))
}

async fn endless(reader: &mut Reader, shared: &Shared, at: usize, reply: &Reply) -> Result<bool> {
    let body = if reply.body.is_empty() { vec![0; PIECE] } else { reply.body.to_vec() };
    loop {
        for piece in body.chunks(PIECE) {
            say(reader, reply.length, piece).await?;
            shared.change(at, |seen| seen.given += piece.len() as u64);
        }
    }
}

async fn say(reader: &mut Reader, length: Length, piece: &[u8]) -> Result<()> {
    if length == Length::Chunked {
        reader.wire.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await?;
    }
    reader.wire.write_all(piece).await?;
    if length == Length::Chunked {
        reader.wire.write_all(b"\r\n").await?;
    }
    reader.wire.flush().await
}

/// A part of a file, and what is said of it.
struct Part {
    status: u16,
    said: String,
    bytes: Vec<u8>,
}

/// The part that a request asks for, where it does and is to be given one.
fn part(seen: &Seen, reply: &Reply) -> Option<Part> {
    let asked = seen.header("range")?.strip_prefix("bytes=")?;
    if reply.ranges == Ranges::Ignored || reply.status != 200 {
        return None;
    }
    let same = seen.header("if-range").is_none_or(|tag| Some(tag) == reply.etag.as_deref());
    if reply.ranges == Ranges::Given && !same {
        return None;
    }
    let size = reply.body.len() as u64;
    let (first, last) = asked.split_once('-')?;
    let (mut first, last) = match (first.parse::<u64>().ok(), last.parse::<u64>().ok()) {
        (Some(first), last) => (first, last.unwrap_or(u64::MAX).min(size.saturating_sub(1))),
        (None, Some(most)) => (size.saturating_sub(most), size.saturating_sub(1)),
        (None, None) => return None,
    };
    if let Ranges::Shifted(by) = reply.ranges {
        first += by;
    }
    if first >= size || last < first {
        return Some(Part { status: 416, said: format!("bytes */{size}"), bytes: Vec::new() });
    }
    let (from, to) = (usize::try_from(first).ok()?, usize::try_from(last).ok()?);
    let bytes = reply.body[from..=to].to_vec();
    Some(Part { status: 206, said: format!("bytes {first}-{last}/{size}"), bytes })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn phrase(status: u16) -> &'static str {
    match status {
        200..300 => "Fine",
        300..400 => "Elsewhere",
        400..500 => "Not So",
        _ => "Out Of Order",
    }
}
