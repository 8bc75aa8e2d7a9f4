//! Getting a file, or the rest of it.

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, LAST_MODIFIED};
use reqwest::{Method, Response};
use url::Url;

use super::{Http, Sealed, Secret, answer, target};
use crate::control::Control;
use crate::disk::{SEAL, Sink, Writing, Written};
use crate::error::Error;
use crate::file::{Algo, Hash, Hasher, Note, Part, check, hex, room};

/// Where nobody says how many bytes come: the disk is asked for room for so many at a time.
const STRIDE: u64 = 4 * 1024 * 1024;

/// One file to get.
#[derive(Debug, Clone)]
pub struct Download {
    /// https.
    pub url: String,
    /// Bytes that it may have.
    pub limit: u64,
    /// Bytes that it must have, where somebody said so.
    pub size: Option<u64>,
    /// What it has to hash to; all of them are checked.
    pub hashes: Vec<Hash>,
    /// To be computed besides.
    pub algorithms: Vec<Algo>,
    /// Decrypts on the way (XEP-0454).
    pub secret: Option<Secret>,
}

/// What is in the part now: all of it, and checked.
#[derive(Debug, PartialEq, Eq)]
pub struct Downloaded {
    /// Bytes of the file, as it is unencrypted.
    pub size: u64,
    /// Those that were promised and those that were asked for.
    pub hashes: Vec<Hash>,
    /// As the server claims, without parameters.
    pub media_type: Option<String>,
    /// Bytes that were there from an earlier try.
    pub resumed: u64,
}

impl Download {
    /// At most `limit` bytes, with a sha-256 of what comes.
    pub fn new(url: impl Into<String>, limit: u64) -> Self {
        let algorithms = vec![Algo::Sha256];
        Self { url: url.into(), limit, size: None, hashes: Vec::new(), algorithms, secret: None }
    }

    /// Of an encrypted file.
    pub fn sealed(sealed: &Sealed, limit: u64) -> Self {
        Self { secret: Some(sealed.secret.clone()), ..Self::new(&sealed.url, limit) }
    }

    fn seal(&self) -> u64 {
        if self.secret.is_some() { SEAL } else { 0 }
    }
}

/// How one try ended that was no failure.
enum Try {
    Done(Downloaded),
    /// What is there does not belong to what the server has now.
    Again,
}

impl Http {
    /// Gets the file into `part`, behind what is there of it from an earlier try, if the server still has the same. The
    /// part is only given a name by the caller ([`Part::keep`]), and only after this returned well.
    ///
    /// # Errors
    /// [`Error::Private`], [`Error::NotHttps`] and [`Error::Redirected`] where it is not fetched at all;
    /// [`Error::TooLarge`], [`Error::TooMuch`], [`Error::TooLittle`], [`Error::Hash`], [`Error::Forged`] where it is
    /// not what was promised (the part is empty then); [`Error::Gone`], [`Error::Denied`], [`Error::Busy`];
    /// [`Error::Cut`] and [`Error::Stalled`], after which another call goes on; [`Error::Cancelled`],
    /// [`Error::DiskFull`].
    pub async fn download(&self, what: &Download, part: &Part, control: &Control) -> Result<Downloaded, Error> {
        let url = target::parse(&what.url)?;
        let mut hasher = Hasher::new([Algo::Sha256]);
        hasher.update(url.as_str().as_bytes());
        let source = hasher.finish().iter().map(|hash| hex(&hash.value)).collect::<String>();
        let note = part.note().filter(|note| note.source == source);
        // Without a validator, only a hash can tell whether the two halves are of one file.
        let usable = note.as_ref().is_some_and(|note| note.validator.is_some() || !what.hashes.is_empty());
        let mut offset = if usable { part.size() } else { 0 };
        let mut validator = note.and_then(|note| note.validator);
        loop {
            if offset == 0 {
                validator = None;
                part.empty()?;
            }
            let note = Note { source: source.clone(), validator: validator.clone(), total: None };
            let tried = self.attempt(&url, what, part, note, offset, control).await;
            match tried {
                Ok(Try::Done(done)) => return Ok(done),
                // What is here may be of another file.
                Ok(Try::Again) | Err(Error::Hash(_) | Error::Forged) if offset > 0 => offset = 0,
                Ok(Try::Again) => return Err(Error::Protocol("a range nobody asked for")),
                Err(error) => {
                    if useless(&error) {
                        part.empty()?;
                    }
                    return Err(error);
                }
            }
        }
    }

    async fn attempt(
        &self,
        url: &Url,
        what: &Download,
        part: &Part,
        mut note: Note,
        offset: u64,
        control: &Control,
    ) -> Result<Try, Error> {
        let mut headers = Vec::new();
        if offset > 0 {
            headers.push(("range", format!("bytes={offset}-")));
            headers.extend(note.validator.clone().map(|validator| ("if-range", validator)));
        }
        let response = self.ask(&Method::GET, url, &headers, control).await?;
        let range = answer::content_range(response.headers());
        let (start, total) = match (response.status().as_u16(), range) {
            (200, _) => (0, response.content_length()),
            (206, Some((Some(first), total))) if offset > 0 && first == offset => {
                (offset, total.or_else(|| response.content_length().map(|rest| offset + rest)))
            }
            (206, _) => return Ok(Try::Again),
            // All of it is here; only the end was not noticed.
            (416, Some((None, Some(total)))) if offset == total && offset > 0 && what.secret.is_none() => {
                (offset, Some(total))
            }
            (416, _) if offset > 0 => return Ok(Try::Again),
            _ => return Err(answer::of_download(&response)),
        };
        let complete = response.status().as_u16() == 416;
        let encoding = answer::text(response.headers(), CONTENT_ENCODING);
        if encoding.is_some_and(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity")) {
            return Err(Error::Protocol("compressed without being asked"));
        }
        promised(what, total)?;
        room(part.path().parent().unwrap_or(part.path()), total.map_or(0, |total| total - start.min(total)), 0, None)?;
        if start == 0 {
            note.validator = validator(&response);
        }
        note.total = total;
        part.set_note(&note)?;
        let media_type = answer::text(response.headers(), CONTENT_TYPE)
            .and_then(|kind| kind.split(';').next())
            .map(|kind| kind.trim().to_ascii_lowercase())
            .filter(|kind| !kind.is_empty() && kind.len() <= 255);

        let algorithms = what.hashes.iter().map(|hash| hash.algo).chain(what.algorithms.iter().copied()).collect();
        let opener = what.secret.as_ref().map(Secret::opener);
        let mut sink = Sink::new(Writing { file: part.file()?, offset: start, algorithms, opener });
        control.begin(start, total.map(|total| total - what.seal().min(total)));
        let came =
            if complete { Ok(()) } else { self.body(response, what, part, (start, total), &mut sink, control).await };
        // Also where it broke off: what came is on the disk before anybody tries again.
        let written = sink.finish().await;
        if let Err(error) = came {
            return Err(match written {
                Err(disk @ (Error::DiskFull { .. } | Error::Disk { .. } | Error::NotPermitted(_))) => disk,
                _ => error,
            });
        }
        let Written { size, hashes } = written?;
        if let Some(expected) = what.size
            && size != expected
        {
            return Err(Error::TooLittle { expected, got: size });
        }
        check(&hashes, &what.hashes)?;
        control.end();
        Ok(Try::Done(Downloaded { size, hashes, media_type, resumed: start }))
    }

    /// Takes what comes, and not a byte more than there should be.
    async fn body(
        &self,
        mut response: Response,
        what: &Download,
        part: &Part,
        (start, total): (u64, Option<u64>),
        sink: &mut Sink,
        control: &Control,
    ) -> Result<(), Error> {
        let most = what.size.unwrap_or(what.limit).min(what.limit).saturating_add(what.seal());
        let mut came = start;
        let mut checked = start;
        loop {
            if total.is_none() && came >= checked {
                room(part.path().parent().unwrap_or(part.path()), STRIDE, 0, None)?;
                checked = came.saturating_add(STRIDE);
            }
            let chunk = control.step(self.idle, response.chunk()).await?;
            let Some(chunk) = chunk.map_err(|error| Error::Cut(answer::deepest(&error)))? else { break };
            came += chunk.len() as u64;
            if came > most {
                return Err(what
                    .size
                    .map_or(Error::TooLarge(Some(what.limit)), |expected| Error::TooMuch { expected }));
            }
            control.advance(chunk.len());
            // Its failure is found when it is finished.
            let taken = tokio::select! {
                taken = sink.take(chunk) => taken,
                cancelled = control.cancelled() => return Err(cancelled),
            };
            if !taken {
                break;
            }
        }
        match total {
            Some(total) if came < total => Err(Error::Cut("the end came early".into())),
            _ => Ok(()),
        }
    }
}

/// What the header says against what is wanted.
fn promised(what: &Download, total: Option<u64>) -> Result<(), Error> {
    let Some(total) = total else { return Ok(()) };
    let limit = what.limit.saturating_add(what.seal());
    if total > limit {
        return Err(Error::TooLarge(Some(what.limit)));
    }
    match what.size.map(|size| (size, size.saturating_add(what.seal()))) {
        Some((expected, wire)) if total > wire => Err(Error::TooMuch { expected }),
        Some((expected, wire)) if total < wire => Err(Error::TooLittle { expected, got: total }),
        _ => Ok(()),
    }
}

/// A strong tag, or else a date (RFC 9110 §13.1.5).
fn validator(response: &Response) -> Option<String> {
    let headers = response.headers();
    let tag = answer::text(headers, ETAG).filter(|tag| tag.starts_with('"'));
    tag.or_else(|| answer::text(headers, LAST_MODIFIED)).filter(|text| text.len() <= 1024).map(str::to_owned)
}

/// Nothing can be added to this.
fn useless(error: &Error) -> bool {
    matches!(
        error,
        Error::Hash(_)
            | Error::Forged
            | Error::TooMuch { .. }
            | Error::TooLittle { .. }
            | Error::TooLarge(_)
            | Error::Gone(_)
            | Error::Protocol(_)
    )
}
