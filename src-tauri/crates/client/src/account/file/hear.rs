//! What others share with messages (XEP-0447, XEP-0066, XEP-0385, XEP-0454).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use waxwing_history::{Batch, File, FileKind, FileState, NewFile, Result};
use waxwing_session::inbound::Message;
use waxwing_session::jid::BareJid;
use waxwing_session::xep::sharing::{Attached, Shared};
use waxwing_session::xml::{Element, Reading as _};
use waxwing_session::{IqError, ns, xep::bob};
use waxwing_transfer::file::safe;
use waxwing_transfer::http::{Sealed, file_name};

use super::super::Core;
use super::super::events::Awaiting;
use super::facts::{Facts, sha256};
use crate::file::look::{kind_of, small_type};

/// Thumbnails that are asked for at once.
const ASKED: usize = 16;
/// Bytes of a thumbnail.
const SMALL: usize = 8 * 1024;

/// What to keep of a message's files, and the words that are left.
pub(in super::super) struct Heard<'m> {
    pub files: Vec<NewFile>,
    pub body: &'m str,
}

impl Core {
    /// What a message shares. `news`: it is no old one that somebody only looks through.
    pub(in super::super) fn shared<'m>(
        &self,
        peer: &BareJid,
        message: &'m Message,
        outgoing: bool,
        news: bool,
    ) -> Heard<'m> {
        let mut shared = message.files.shared.clone();
        if let (true, Some(attached)) = (shared.is_empty(), &message.files.attached) {
            // Of a file that nobody has announced here: a file all the same.
            shared.push(Shared { sources: attached.sources.clone(), ..Shared::default() });
        }
        let body = message.body.as_deref().unwrap_or_default();
        let body = if message.files.body_repeats { "" } else { body };
        let comes = news && (outgoing || self.comes_unasked(peer));
        Heard { files: shared.iter().map(|shared| self.new_file(shared, comes)).collect(), body }
    }

    fn new_file(&self, shared: &Shared, comes: bool) -> NewFile {
        let file = &shared.file;
        let source = shared.sources.first();
        let from_link = source.map(|url| file_name(Sealed::parse(url).as_ref().map_or(url, |sealed| &sealed.url)));
        let name = file.name.as_deref().map(safe).or(from_link).unwrap_or_else(|| safe(""));
        let media_type = file.media_type.clone().unwrap_or_default();
        let hashes = file.hashes.iter().map(|hash| (hash.algo.clone(), hash.value.clone())).collect();
        let thumbnail = file.thumbnail.as_ref();
        let inline = thumbnail.and_then(|small| inline_picture(&small.uri));
        let facts = Facts {
            sources: shared.sources.clone(),
            hashes,
            attachment: shared.attachment,
            cid: thumbnail.map(|small| small.uri.clone()).filter(|uri| bob::hash_of(uri).is_some()),
            ..Facts::default()
        };
        let fits = file.size.is_none_or(|size| size <= self.unasked());
        let state = match (source, comes && fits && !shared.attachment) {
            (None, _) => FileState::Announced,
            (Some(_), true) => FileState::Moving,
            (Some(_), false) => FileState::Offered,
        };
        NewFile {
            share: shared.id.clone(),
            kind: guess(&name, &media_type),
            name,
            media_type,
            size: file.size,
            width: file.width,
            height: file.height,
            length: file.length,
            hash: sha256(&facts.promised()),
            thumbnail: inline,
            facts: facts.write(),
            state,
            way: None,
            path: None,
        }
    }

    /// Keeps the files of a message that is new here, and fetches what comes unasked.
    pub(in super::super) fn learn_files(
        &mut self,
        b: &Batch<'_>,
        message: &Message,
        row: i64,
        files: &[NewFile],
    ) -> Result<()> {
        let ids = b.put_files(row, files)?;
        for id in ids {
            let Some(file) = b.read().file(id)? else { continue };
            if file.file.state == FileState::Moving {
                self.set_going(b, &file)?;
            }
            self.ask_thumbnail(&file, message);
        }
        self.drive_files(b)
    }

    /// Where a file is that was announced before (XEP-0447 §4): only whoever announced it says so. Answers whether it was.
    pub(in super::super) fn attach(
        &mut self,
        b: &Batch<'_>,
        peer: &BareJid,
        message: &Message,
        outgoing: bool,
    ) -> Result<bool> {
        let Some(attached) = &message.files.attached else { return Ok(false) };
        let peer_text = peer.to_string();
        let announced = match outgoing {
            true => b.read().own_message(&peer_text, &attached.to)?,
            false => b.read().their_message(&peer_text, &attached.to)?,
        };
        let Some(announced) = announced else { return Ok(false) };
        let files = b.read().files_of(announced)?;
        let Some(mut file) = files.into_iter().find(|file| is_meant(file, attached)) else { return Ok(false) };
        let mut facts = Facts::read(&file.file.facts);
        if file.file.state != FileState::Announced {
            // Told once more, by the archive or another device.
            return Ok(true);
        }
        facts.sources.clone_from(&attached.sources);
        let fits = file.file.size.is_none_or(|size| size <= self.unasked());
        let comes = (outgoing || self.comes_unasked(peer)) && fits && !facts.attachment;
        file.file.state = if comes { FileState::Moving } else { FileState::Offered };
        file.file.facts = facts.write();
        self.keep_file(b, &file)?;
        if comes {
            self.set_going(b, &file)?;
            self.drive_files(b)?;
        }
        Ok(true)
    }

    /// A thumbnail that is only named is with the device that sent it (XEP-0231).
    fn ask_thumbnail(&mut self, file: &File, message: &Message) {
        let Some(cid) = Facts::read(&file.file.facts).cid else { return };
        let theirs = message.from.resource().is_some() && self.people.may_know(&message.from.to_bare());
        if !theirs || !self.link.is_online() || self.files.asked.len() >= ASKED || !self.files.asked.insert(file.id) {
            return;
        }
        let awaiting = Awaiting::Thumbnail { file: file.id, cid: cid.clone() };
        self.ask(Some(message.from.clone()), bob::get(&cid), false, awaiting);
    }

    pub(in super::super) fn thumbnail_answer(
        &mut self,
        b: &Batch<'_>,
        id: i64,
        cid: &str,
        answer: &std::result::Result<Element, IqError>,
    ) -> Result<()> {
        self.files.asked.remove(&id);
        let bytes = answer.as_ref().ok().and_then(|iq| bob::read(iq, cid)).filter(|bytes| small_type(bytes).is_some());
        let (Some(bytes), Some(mut file)) = (bytes, b.read().file(id)?) else { return Ok(()) };
        if file.file.thumbnail.is_none() {
            file.file.thumbnail = Some(bytes);
            self.keep_file(b, &file)?;
        }
        Ok(())
    }
}

/// A contact asks for a thumbnail of ours.
pub(in super::super) fn thumbnail_of_ours(
    b: &Batch<'_>,
    payload: &Element,
) -> Result<Option<waxwing_session::xml::El>> {
    let Some(cid) = payload.get("cid").filter(|_| payload.is("data", ns::BOB)) else { return Ok(None) };
    let Some(hash) = bob::hash_of(cid) else { return Ok(None) };
    let bytes = b.read().picture(&small_key(hash))?;
    Ok(bytes.and_then(|bytes| Some(bob::data(cid, small_type(&bytes)?, &bytes))))
}

/// The key of a thumbnail among the pictures.
pub(super) fn small_key(hash: &str) -> String {
    format!("bob:{}", hash.to_ascii_lowercase())
}

fn is_meant(file: &File, attached: &Attached) -> bool {
    attached.id.is_none() || file.file.share == attached.id
}

/// What it will be, as long as nobody has looked into it.
pub(super) fn guess(name: &str, media_type: &str) -> FileKind {
    match kind_of(media_type) {
        FileKind::Other => {}
        known => return known,
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "bmp" => FileKind::Image,
        "mp3" | "ogg" | "opus" | "oga" | "m4a" | "flac" | "wav" | "aac" => FileKind::Audio,
        "mp4" | "webm" | "mkv" | "mov" | "m4v" | "ogv" => FileKind::Video,
        "zip" | "gz" | "xz" | "7z" | "rar" | "tar" | "bz2" | "zst" => FileKind::Archive,
        "txt" | "md" | "csv" | "log" => FileKind::Text,
        _ => FileKind::Other,
    }
}

/// A picture within its address.
fn inline_picture(uri: &str) -> Option<Vec<u8>> {
    let (_, data) = uri.strip_prefix("data:image/")?.split_once(";base64,")?;
    let bytes = STANDARD.decode(data).ok()?;
    (bytes.len() <= SMALL && small_type(&bytes).is_some()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_are_taken_from_their_address() {
        let png = STANDARD.encode([0x89, b'P', b'N', b'G', 1]);
        assert!(inline_picture(&format!("data:image/png;base64,{png}")).is_some());
        assert_eq!(inline_picture("data:image/svg+xml;base64,PHN2Zy8+"), None);
        assert_eq!(inline_picture(&format!("data:image/png;base64,{}", STANDARD.encode([0x89; SMALL + 1]))), None);
        assert_eq!(guess("a.PNG", ""), FileKind::Image);
        assert_eq!(guess("a.png", "video/mp4"), FileKind::Video);
    }
}
