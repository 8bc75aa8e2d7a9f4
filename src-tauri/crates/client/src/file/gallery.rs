//! What a conversation has of files and links.

use waxwing_contract::{Failure, Gallery, GalleryItem, GalleryOf, GetGallery};
use waxwing_history as history;

use crate::app::{App, locked};
use crate::commands::blocking;
use crate::failure::of_history;
use crate::people;

/// Most items of an answer.
const MOST: u32 = 200;
/// Addresses of one message.
const LINKS: usize = 8;

impl App {
    pub(crate) async fn gallery(&self, get: GetGallery) -> Result<Gallery, Failure> {
        let readers = self.readers(&get.account).await?;
        blocking(move || {
            let reader = locked(&readers.page);
            let (limit, before) = (get.limit.clamp(1, MOST), get.before.unwrap_or(i64::MAX));
            let page = match get.what {
                GalleryOf::Media => files(reader.read(), &get.peer, history::GalleryOf::Media, before, limit),
                GalleryOf::Files => files(reader.read(), &get.peer, history::GalleryOf::Files, before, limit),
                GalleryOf::Links => links(reader.read(), &get.peer, before, limit),
            };
            page.map_err(|error| of_history(&error))
        })
        .await
    }
}

fn item(message: &history::Message) -> GalleryItem {
    GalleryItem {
        message: message.id.to_string(),
        order: message.id,
        at: message.stamp,
        outgoing: message.outgoing,
        file: None,
        link: None,
    }
}

fn files(
    read: history::Read<'_>,
    peer: &str,
    of: history::GalleryOf,
    before: i64,
    limit: u32,
) -> history::Result<Gallery> {
    let mut found = read.gallery(peer, of, before, limit.saturating_add(1))?;
    let at_start = found.len() <= usize::try_from(limit).unwrap_or(usize::MAX);
    if !at_start {
        // Of one message all or none, so that the next page begins at a message.
        let last = found.last().map(|(message, _)| message.id);
        let whole: Vec<_> = found.iter().filter(|(message, _)| Some(message.id) != last).cloned().collect();
        if !whole.is_empty() {
            found = whole;
        }
    }
    let items =
        found.into_iter().map(|(message, file)| GalleryItem { file: Some(people::file(file)), ..item(&message) });
    Ok(Gallery { items: items.collect(), at_start })
}

fn links(read: history::Read<'_>, peer: &str, before: i64, limit: u32) -> history::Result<Gallery> {
    let found = read.links(peer, before, limit)?;
    let at_start = found.len() < usize::try_from(limit).unwrap_or(usize::MAX);
    let all = found.iter().flat_map(|message| {
        web_addresses(&message.body).map(|link| GalleryItem { link: Some(link.to_owned()), ..item(message) })
    });
    Ok(Gallery { items: all.collect(), at_start })
}

/// Addresses of the web in words.
fn web_addresses(body: &str) -> impl Iterator<Item = &str> {
    let words = body.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'));
    let words = words.filter_map(|word| word.find("http").map(|at| &word[at..]));
    words
        .filter(|word| word.starts_with("https://") || word.starts_with("http://"))
        .map(|word| word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'']))
        .filter(|word| word.len() > "https://".len())
        .take(LINKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_words() {
        let body = "see (https://example.test/a?b=1), http://two.test. and https:// or ftp://x";
        assert_eq!(web_addresses(body).collect::<Vec<_>>(), ["https://example.test/a?b=1", "http://two.test"]);
    }
}
