//! What services answer, and how asking fails, as kinds.

use std::error::Error as Cause;
use std::io;
use std::time::{Duration, SystemTime};

use reqwest::Response;
use reqwest::header::{CONTENT_RANGE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use url::Url;

use super::target::{NoAddress, OnlyPrivate};
use crate::error::Error;
use crate::proxy::Proxy;

/// Nobody is asked to wait longer than a day.
const MAX_RETRY: Duration = Duration::from_secs(86_400);

pub(super) fn text(headers: &HeaderMap, name: impl Into<HeaderName>) -> Option<&str> {
    headers.get(name.into())?.to_str().ok().map(str::trim)
}

/// Of a status that is no success, to a PUT.
pub(super) fn of_upload(response: &Response) -> Error {
    let status = response.status().as_u16();
    let headers = response.headers();
    match status {
        300..=399 => Error::Redirected { to: text(headers, LOCATION).map(host).unwrap_or_default() },
        413 => Error::TooLarge(limit(headers)),
        403 | 404 | 410 => Error::SlotExpired(status),
        401 | 407 => Error::Denied(status),
        507 => Error::Quota { retry: retry(headers) },
        408 | 425 | 429 | 500..=599 => Error::Busy { status, retry: retry(headers) },
        _ => Error::Status(status),
    }
}

/// Of a status that is no success, to a GET.
pub(super) fn of_download(response: &Response) -> Error {
    let status = response.status().as_u16();
    match status {
        404 | 410 => Error::Gone(status),
        401 | 403 | 407 => Error::Denied(status),
        408 | 425 | 429 | 500..=599 => Error::Busy { status, retry: retry(response.headers()) },
        _ => Error::Status(status),
    }
}

fn host(location: &str) -> String {
    Url::parse(location).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// `Retry-After` in either form (RFC 9110 §10.2.3).
fn retry(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER)?;
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(value).ok()?.duration_since(SystemTime::now()).unwrap_or_default(),
    };
    Some(wait.min(MAX_RETRY))
}

/// `Upload-Limit: max-size=…` (draft-ietf-httpbis-resumable-upload), where a service tells.
fn limit(headers: &HeaderMap) -> Option<u64> {
    let value = text(headers, HeaderName::from_static("upload-limit"))?;
    value.split([',', ';']).find_map(|part| part.trim().strip_prefix("max-size=")?.trim().parse().ok())
}

/// Where a redirect leads.
pub(super) fn location(response: &Response, from: &Url) -> Result<Url, Error> {
    let to = text(response.headers(), LOCATION).ok_or(Error::Protocol("a redirect to nowhere"))?;
    let url = from.join(to).map_err(|_| Error::Protocol("a redirect to nowhere"))?;
    super::target::parse(url.as_str()).map_err(|error| match error {
        Error::NotHttps => {
            Error::Redirected { to: format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default()) }
        }
        other => other,
    })
}

/// `Content-Range: bytes FIRST-LAST/TOTAL` (RFC 9110 §14.4): first, and the total where it is told. The first is `None`
/// in the form of refusals, `bytes */TOTAL`.
pub(super) fn content_range(headers: &HeaderMap) -> Option<(Option<u64>, Option<u64>)> {
    let (range, total) = text(headers, CONTENT_RANGE)?.strip_prefix("bytes ")?.split_once('/')?;
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    if range == "*" {
        return Some((None, total));
    }
    Some((Some(range.split_once('-')?.0.trim().parse().ok()?), total))
}

/// Why there was no answer.
pub(super) fn failed(error: &reqwest::Error, url: &Url, proxy: Option<&Proxy>) -> Error {
    let host = url.host_str().unwrap_or_default().to_owned();
    for here in causes(error) {
        // The body's own.
        if matches!(here.downcast_ref(), Some(Error::Cancelled)) {
            return Error::Cancelled;
        }
        if here.is::<OnlyPrivate>() {
            return Error::Private { host };
        }
        if here.is::<NoAddress>() {
            return Error::NameNotFound { host };
        }
        if let Some(tls) = here.downcast_ref::<rustls::Error>() {
            let reason = tls.to_string();
            return match tls {
                rustls::Error::InvalidCertificate(_) => Error::Certificate { host, reason },
                _ => Error::Tls { host, reason },
            };
        }
    }
    let reason = deepest(error);
    match proxy {
        Some(proxy) if error.is_connect() => Error::Proxy { proxy: proxy.to_string(), reason },
        None if error.is_connect() => Error::Unreachable { host, reason },
        _ => Error::Cut(reason),
    }
}

/// From the outermost inwards. I/O errors hold others that they do not name as their source.
fn causes<'a>(error: &'a (dyn Cause + 'static)) -> Vec<&'a (dyn Cause + 'static)> {
    let mut causes = vec![error];
    let mut here = error;
    loop {
        let held = here.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        here = match (held, here.source()) {
            (Some(held), _) => held,
            (None, Some(source)) => source,
            (None, None) => return causes,
        };
        causes.push(here);
    }
}

/// The innermost cause, without the links that the outer ones name.
pub(super) fn deepest(error: &(dyn Cause + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}
