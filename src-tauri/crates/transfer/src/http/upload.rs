//! Putting a file into a slot (XEP-0363 §5).

use std::path::PathBuf;
use std::time::Duration;

use bytes::BytesMut;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, Response};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::body::{Outgoing, Sent};
use super::{Http, Secret, answer, target};
use crate::control::{Control, LULL};
use crate::disk::{CHUNK, Chunks, Reading, SEAL, Source};
use crate::error::Error;
use crate::file::{Algo, Hash, Hasher};
use crate::gcm::{LONGEST, Sealer};

/// The only headers that a service may ask for (XEP-0363 §5).
const HEADERS: [&str; 3] = ["authorization", "cookie", "expires"];
/// Bytes of one header's value at most.
const MAX_HEADER: usize = 8 * 1024;
const MAX_HEADERS: usize = 16;
/// How long the reading side may take to end once nobody listens.
const ENDING: Duration = Duration::from_secs(5);
const UNKNOWN: &str = "application/octet-stream";

/// Where the bytes come from.
pub enum Content {
    File(PathBuf),
    Reader(Box<dyn AsyncRead + Send + Unpin>),
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File",
            Self::Reader(_) => "Reader",
        })
    }
}

/// One upload into one slot.
#[derive(Debug)]
pub struct Upload {
    /// The slot's `put` link.
    pub put: String,
    /// Of the slot, as they came: those that are not allowed are left out here.
    pub headers: Vec<(String, String)>,
    /// As the slot was asked for; encrypted files have none.
    pub media_type: String,
    /// Bytes of the file. The slot has to be for [`Upload::wire`] bytes.
    pub size: u64,
    pub content: Content,
    /// Encrypts on the way (XEP-0454).
    pub secret: Option<Secret>,
    /// To be computed of the file while it is read.
    pub algorithms: Vec<Algo>,
}

/// What is with the service now.
#[derive(Debug, PartialEq, Eq)]
pub struct Uploaded {
    /// Of the file, as it is unencrypted.
    pub hashes: Vec<Hash>,
}

impl Upload {
    /// Bytes that the service gets: those of the file, and 16 more where it is encrypted.
    pub fn wire(size: u64, encrypted: bool) -> u64 {
        if encrypted { size.saturating_add(SEAL) } else { size }
    }
}

impl Http {
    /// Sends the file; any 2xx is success. The service may have any address, because the account's server named it.
    /// Redirects are refused: they would take the slot's headers elsewhere.
    ///
    /// # Errors
    /// [`Error::SlotExpired`] (worth one new slot), [`Error::TooLarge`], [`Error::Quota`], [`Error::Busy`],
    /// [`Error::Redirected`], [`Error::Changed`] where the file is not what it was, [`Error::Stalled`],
    /// [`Error::Cancelled`], and what connections fail with. There is no resuming: it begins again.
    pub async fn upload(&self, upload: Upload, control: &Control) -> Result<Uploaded, Error> {
        let url = target::parse(&upload.put)?;
        if upload.secret.is_some() && upload.size > LONGEST {
            return Err(Error::TooLarge(Some(LONGEST)));
        }
        let wire = Upload::wire(upload.size, upload.secret.is_some());
        let mut headers = headers(&upload);
        // Also where it is 0, which would be left out otherwise.
        headers.insert(reqwest::header::CONTENT_LENGTH, wire.into());
        let (chunks, reading) = source(upload);
        let sent = Sent::new();
        let body = Outgoing { chunks, left: wire, control: control.clone(), sent: sent.clone(), gate: None };
        control.begin(0, Some(wire));
        let request = self.open.put(url.clone()).headers(headers).body(Body::wrap(body)).send();
        let answered = self.watched(request, &sent, control).await?;
        // What went wrong here tells more than that the connection broke because of it.
        let read = timeout(ENDING, reading);
        let response = match answered {
            Ok(response) => response,
            Err(error) => {
                return Err(match read.await {
                    Ok(Ok(Err(Error::Cancelled)) | Err(_)) | Ok(Ok(Ok(_))) | Err(_) => {
                        answer::failed(&error, &url, self.proxy.as_ref())
                    }
                    Ok(Ok(Err(here))) => here,
                });
            }
        };
        if !response.status().is_success() {
            return Err(answer::of_upload(&response));
        }
        if sent.bytes() < wire {
            return Err(Error::Protocol("success before the end"));
        }
        let hashes = match read.await {
            Ok(Ok(read)) => read?,
            Ok(Err(_)) | Err(_) => return Err(Error::Changed),
        };
        control.end();
        Ok(Uploaded { hashes })
    }

    /// Waits for the answer as long as bytes go out.
    async fn watched(
        &self,
        request: impl Future<Output = reqwest::Result<Response>>,
        sent: &Sent,
        control: &Control,
    ) -> Result<reqwest::Result<Response>, Error> {
        tokio::pin!(request);
        loop {
            let still = (sent.moved() + self.idle).saturating_duration_since(Instant::now());
            tokio::select! {
                biased;
                cancelled = control.cancelled() => return Err(cancelled),
                answer = &mut request => return Ok(answer),
                () = sleep(still.min(LULL)) => {
                    control.report(false);
                    if control.is_paused() {
                        sent.touch();
                    } else if sent.moved().elapsed() >= self.idle {
                        return Err(Error::Stalled(self.idle));
                    }
                }
            }
        }
    }
}

/// Neither a name nor a value of the server's becomes more than one header (XEP-0363 §5).
fn headers(upload: &Upload) -> HeaderMap {
    let one_line = |text: &str| text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect::<String>();
    let mut headers = HeaderMap::new();
    for (name, value) in upload.headers.iter().take(MAX_HEADERS) {
        let name = one_line(name).trim().to_ascii_lowercase();
        let value = one_line(value);
        if HEADERS.contains(&name.as_str())
            && value.len() <= MAX_HEADER
            && let (Ok(name), Ok(mut value)) = (HeaderName::try_from(name), HeaderValue::from_str(value.trim()))
        {
            value.set_sensitive(true);
            headers.append(name, value);
        }
    }
    let media_type = if upload.secret.is_some() { UNKNOWN } else { &one_line(&upload.media_type) };
    let media_type = HeaderValue::from_str(media_type).unwrap_or(HeaderValue::from_static(UNKNOWN));
    headers.insert(reqwest::header::CONTENT_TYPE, media_type);
    headers
}

type Hashing = JoinHandle<Result<Vec<Hash>, Error>>;

fn source(upload: Upload) -> (Chunks, Hashing) {
    let Upload { size, content, algorithms, secret, .. } = upload;
    let sealer = secret.map(|secret| secret.sealer());
    match content {
        Content::File(path) => Source::new(Reading { path, size, offset: 0, length: size, algorithms, sealer }).split(),
        Content::Reader(reader) => {
            let (send, chunks) = mpsc::channel(2);
            (Chunks::new(chunks), tokio::spawn(pump(reader, size, Hasher::new(algorithms), sealer, send)))
        }
    }
}

/// A stream in place of a file.
async fn pump(
    mut reader: Box<dyn AsyncRead + Send + Unpin>,
    size: u64,
    mut hasher: Hasher,
    mut sealer: Option<Sealer>,
    send: mpsc::Sender<bytes::Bytes>,
) -> Result<Vec<Hash>, Error> {
    let mut left = size;
    loop {
        // One more than there should be, so that too much is noticed.
        let most = usize::try_from(left.saturating_add(1)).map_or(CHUNK, |most| most.min(CHUNK));
        let mut chunk = BytesMut::with_capacity(most);
        let mut next = (&mut reader).take(most as u64);
        let read = tokio::select! {
            read = next.read_buf(&mut chunk) => read.map_err(Error::disk("reading"))?,
            () = send.closed() => return Err(Error::Cancelled),
        };
        if read == 0 {
            break;
        }
        left = left.checked_sub(read as u64).ok_or(Error::TooMuch { expected: size })?;
        hasher.update(&chunk);
        if let Some(sealer) = &mut sealer {
            sealer.update(&mut chunk);
        }
        if send.send(chunk.freeze()).await.is_err() {
            return Err(Error::Cancelled);
        }
        // The body is complete and nobody will ask again: no reason to wait for the end of the stream.
        if left == 0 && sealer.is_none() {
            break;
        }
    }
    if left > 0 {
        return Err(Error::TooLittle { expected: size, got: size - left });
    }
    if let Some(sealer) = sealer {
        let _ = send.send(bytes::Bytes::copy_from_slice(&sealer.finish())).await;
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_these_headers() {
        let given = [
            ("Authorization", "Basic Zm9v\r\nX-Evil: 1"),
            ("cOOkie", "a=b"),
            ("Expires", "0"),
            ("Host", "evil.example"),
            ("X-Custom", "x"),
            ("Coo\r\nkie", "c=d"),
            ("Content-Length", "1"),
            ("Cookie", "snow\u{2603}man\0"),
        ];
        let upload = Upload {
            put: String::new(),
            headers: given.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            media_type: "image/png\r\nX: y".into(),
            size: 0,
            content: Content::File(PathBuf::new()),
            secret: None,
            algorithms: Vec::new(),
        };
        let headers = headers(&upload);
        let all: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(
            all,
            [
                ("authorization", "Basic Zm9vX-Evil: 1"),
                ("cookie", "a=b"),
                ("cookie", "c=d"),
                ("expires", "0"),
                ("content-type", "image/pngX: y"),
            ]
        );
    }
}
