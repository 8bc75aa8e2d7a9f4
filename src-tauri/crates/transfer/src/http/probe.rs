//! What is behind a link, before it is fetched.

use reqwest::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::{Method, Response};

use super::{Http, answer, target};
use crate::control::Control;
use crate::error::Error;

/// As the server says; each of it can be a lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Bytes.
    pub size: Option<u64>,
    /// Without parameters, lower case.
    pub media_type: Option<String>,
    /// Whether a broken download can go on.
    pub ranges: bool,
}

impl Http {
    /// Asks with HEAD, and where that is not answered, for the first byte. Nothing of the file is kept.
    ///
    /// # Errors
    /// As [`Http::download`].
    pub async fn probe(&self, link: &str, control: &Control) -> Result<Probe, Error> {
        let url = target::parse(link)?;
        let head = self.ask(&Method::HEAD, &url, &[], control).await?;
        if head.status().is_success() {
            let size = answer::text(head.headers(), CONTENT_LENGTH).and_then(|size| size.parse().ok());
            let ranges = answer::text(head.headers(), ACCEPT_RANGES) == Some("bytes");
            return Ok(probe(&head, size, ranges));
        }
        let first = self.ask(&Method::GET, &url, &[("range", "bytes=0-0".to_owned())], control).await?;
        match first.status().as_u16() {
            206 => {
                let size = answer::content_range(first.headers()).and_then(|(_, total)| total);
                Ok(probe(&first, size, true))
            }
            // Empty files have no first byte.
            416 => {
                let size = answer::content_range(first.headers()).and_then(|(_, total)| total);
                Ok(Probe { media_type: None, ..probe(&first, size, true) })
            }
            200 => Ok(probe(&first, first.content_length(), false)),
            _ => Err(answer::of_download(&first)),
        }
    }
}

fn probe(response: &Response, size: Option<u64>, ranges: bool) -> Probe {
    let media_type = answer::text(response.headers(), CONTENT_TYPE)
        .and_then(|kind| kind.split(';').next())
        .map(|kind| kind.trim().to_ascii_lowercase());
    Probe { size, media_type: media_type.filter(|kind| !kind.is_empty() && kind.len() <= 255), ranges }
}
