//! Files of messages for the window, over a scheme of their own: what may be shown in place and nothing else.
//!
//! `waxwing-file://localhost/<account>%2F<file>`; a part of it where a range is asked for (RFC 9110 §14).

use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::RangeInclusive;

use tauri::http::{Request, Response, StatusCode, header};
use tauri::{AppHandle, UriSchemeResponder};
use waxwing_client::FileHere;
use waxwing_contract::FileId;

use crate::backend;

/// The scheme's name.
pub const SCHEME: &str = "waxwing-file";
/// Bytes of one answer at most: the rest is asked for in ranges.
const MOST: u64 = 256 * 1024 * 1024;

/// Answers a request of the window.
pub fn answer(app: &AppHandle, request: &Request<Vec<u8>>, responder: UriSchemeResponder) {
    let client = backend::client(app);
    let file = named(request.uri().path());
    let range = request.headers().get(header::RANGE).and_then(|range| range.to_str().ok()).map(str::to_owned);
    tauri::async_runtime::spawn(async move {
        let here = match (client, file) {
            (Some(client), Some(file)) => client.file_here(&file).await.ok().filter(|here| here.inline),
            _ => None,
        };
        let answered = match here {
            Some(here) => {
                tauri::async_runtime::spawn_blocking(move || read(&here, range.as_deref())).await.ok().flatten()
            }
            None => None,
        };
        responder.respond(answered.unwrap_or_else(|| empty(StatusCode::NOT_FOUND)));
    });
}

fn empty(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

fn named(path: &str) -> Option<FileId> {
    let path = path.trim_start_matches('/').replace("%2F", "/").replace("%2f", "/");
    let (account, id) = path.split_once('/')?;
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (is_name(account) && is_name(id)).then(|| FileId { account: account.to_owned(), id: id.to_owned() })
}

fn read(here: &FileHere, range: Option<&str>) -> Option<Response<Vec<u8>>> {
    let mut file = std::fs::File::open(&here.path).ok()?;
    let size = file.metadata().ok()?.len();
    let part = range.and_then(|range| part(range, size));
    if range.is_some() && part.is_none() {
        return Some(empty(StatusCode::RANGE_NOT_SATISFIABLE));
    }
    let wanted = part.clone().unwrap_or(0..=size.saturating_sub(1));
    let length = (wanted.end() - wanted.start()).saturating_add(1).min(MOST).min(size);
    file.seek(SeekFrom::Start(*wanted.start())).ok()?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).ok()?;
    let mut response = Response::builder()
        .header(header::CONTENT_TYPE, &here.media_type)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        // Whatever it is, it may fetch nothing and run nothing.
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox")
        .header(header::ACCEPT_RANGES, "bytes")
        // The page is of another origin than this scheme.
        .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    if part.is_some() {
        let last = wanted.start().saturating_add(length).saturating_sub(1);
        response = response
            .status(StatusCode::PARTIAL_CONTENT)
            .header(header::CONTENT_RANGE, format!("bytes {}-{last}/{size}", wanted.start()));
    }
    response.body(bytes).ok()
}

/// One range, as players ask for it.
fn part(range: &str, size: u64) -> Option<RangeInclusive<u64>> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let last = size.checked_sub(1)?;
    let range = match (from.is_empty(), to.is_empty()) {
        (false, true) => from.parse().ok()?..=last,
        (false, false) => from.parse().ok()?..=to.parse::<u64>().ok()?.min(last),
        (true, false) => size.saturating_sub(to.parse().ok()?)..=last,
        (true, true) => return None,
    };
    (range.start() <= range.end()).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_within_the_file() {
        assert_eq!(part("bytes=0-", 10), Some(0..=9));
        assert_eq!(part("bytes=2-100", 10), Some(2..=9));
        assert_eq!(part("bytes=-3", 10), Some(7..=9));
        for wrong in ["bytes=10-", "bytes=5-2", "bytes=-", "lines=0-", "bytes=0-1,4-5"] {
            assert_eq!(part(wrong, 10), None, "{wrong}");
        }
        assert_eq!(part("bytes=0-", 0), None);
    }

    #[test]
    fn only_names_of_files_are_names() {
        assert_eq!(named("/a-1%2F7"), Some(FileId { account: "a-1".into(), id: "7".into() }));
        assert_eq!(named("/a-1/7/8"), None);
        assert_eq!(named("/..%2F..%2Fetc"), None);
    }
}
