//! Reading what a client asks.

use std::io::{Error, ErrorKind, Result};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Seen;
use crate::scripted::Wire;

/// No client here says more than this before its body.
const MOST: usize = 64 * 1024;
const PIECE: usize = 64 * 1024;

/// A client's connection, and what has been read of it too early.
pub(super) struct Reader {
    pub wire: Box<dyn Wire>,
    ahead: Vec<u8>,
}

/// How long a body is.
#[derive(Clone, Copy)]
pub(super) enum Body {
    Sized(u64),
    Chunked { left: u64, over: bool },
}

impl Reader {
    pub fn new(wire: Box<dyn Wire>) -> Self {
        Self { wire, ahead: Vec::new() }
    }

    /// The next request, up to its body; nothing where the client has left.
    pub async fn head(&mut self) -> Result<Option<Seen>> {
        let mut lines = Vec::new();
        loop {
            let Some(line) = self.line().await? else { return Ok(None) };
            if line.is_empty() {
                if lines.is_empty() {
                    continue;
                }
                break;
            }
            lines.push(line);
        }
        let mut words = lines[0].split(' ').map(str::to_owned);
        let (Some(method), Some(path)) = (words.next(), words.next()) else {
            return Err(ErrorKind::InvalidData.into());
        };
        let header = |line: &String| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        Ok(Some(Seen { method, path, headers: lines[1..].iter().filter_map(header).collect(), ..Seen::default() }))
    }

    /// The next bytes of a body; none at its end.
    pub async fn piece(&mut self, body: &mut Body) -> Result<Vec<u8>> {
        match body {
            Body::Sized(0) | Body::Chunked { over: true, .. } => Ok(Vec::new()),
            Body::Sized(left) => {
                let piece = self.up_to(*left).await?;
                *left -= piece.len() as u64;
                Ok(piece)
            }
            Body::Chunked { left, over } => {
                if *left == 0 {
                    let size = self.line().await?.ok_or(ErrorKind::UnexpectedEof)?;
                    let size = size.split(';').next().unwrap_or_default().trim();
                    *left = u64::from_str_radix(size, 16).map_err(Error::other)?;
                    if *left == 0 {
                        *over = true;
                        // what may follow
                        while self.line().await?.is_some_and(|line| !line.is_empty()) {}
                        return Ok(Vec::new());
                    }
                }
                let piece = self.up_to(*left).await?;
                *left -= piece.len() as u64;
                if *left == 0 {
                    self.line().await?;
                }
                Ok(piece)
            }
        }
    }

    /// Asks for the body where the client waits to be asked.
    pub async fn go_on(&mut self) -> Result<()> {
        self.wire.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        self.wire.flush().await
    }

    /// Waits until the client leaves; what it still says is not heard.
    pub async fn left(&mut self) {
        let mut buffer = [0; 4096];
        while matches!(self.wire.read(&mut buffer).await, Ok(1..)) {}
    }

    async fn line(&mut self) -> Result<Option<String>> {
        loop {
            if let Some(end) = self.ahead.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.ahead.drain(..=end).collect();
                return Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()));
            }
            if self.ahead.len() > MOST {
                return Err(ErrorKind::InvalidData.into());
            }
            let mut buffer = [0; 4096];
            match self.wire.read(&mut buffer).await? {
                0 => return Ok(None),
                read => self.ahead.extend_from_slice(&buffer[..read]),
            }
        }
    }

    async fn up_to(&mut self, most: u64) -> Result<Vec<u8>> {
        let most = usize::try_from(most).unwrap_or(PIECE).min(PIECE);
        if !self.ahead.is_empty() {
            return Ok(self.ahead.drain(..most.min(self.ahead.len())).collect());
        }
        let mut piece = vec![0; most];
        let read = self.wire.read(&mut piece).await?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        piece.truncate(read);
        Ok(piece)
    }
}
