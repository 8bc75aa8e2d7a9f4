//! Sending files: made ready, put with the upload service, told in a message; where that cannot be, from one to the other.

use waxwing_contract::{Code, Failure, FileWay, TransferStage, WayReason};
use waxwing_history::{Batch, Delivery, File, FileKind, FileState, Message, NewFile, NewMessage, Result, Sender};
use waxwing_session::IqError;
use waxwing_session::jid::BareJid;
use waxwing_session::xep::avatar::id_of;
use waxwing_session::xep::sharing::{Shared, Thumbnail};
use waxwing_session::xep::upload::{self, Purpose, Refused, Slot};
use waxwing_session::xep::{bob, message};
use waxwing_session::xml::{Element, to_string};
use waxwing_transfer::file::bring;
use waxwing_transfer::{Error, Retry};

use super::super::Core;
use super::super::events::Awaiting;
use super::facts::{Facts, kept_way};
use super::fetch::metadata;
use super::hear::small_key;
use super::host::{host_of, shown_host};
use super::service::Service;
use crate::failure::{fail, of_iq};
use crate::file::courier::{self, Prepared, ToPrepare};
use crate::file::{Held, of_transfer};

/// The value that keeps which host the upload service puts files at.
pub(super) const UPLOAD_HOST: &str = "upload-host";
/// What is said of files nobody recognises.
const UNKNOWN: &str = "application/octet-stream";

/// How the person wants them sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wishes {
    pub original: bool,
    pub direct: bool,
}

impl Core {
    /// Keeps files as messages of their own, and the words that come after them.
    pub(super) fn say_files(
        &mut self,
        b: &Batch<'_>,
        peer: &BareJid,
        files: Vec<Held>,
        caption: &str,
        wishes: Wishes,
    ) -> Result<()> {
        let (peer, many) = (peer.to_string(), files.len());
        let caption: String = caption.chars().filter(|c| waxwing_session::xml::is_xml_char(*c)).collect();
        let mut rows = Vec::new();
        for _ in &files {
            rows.push(self.learn_own(b, &peer, "")?.0);
        }
        let then = if caption.trim().is_empty() { None } else { Some(self.learn_own(b, &peer, &caption)?.1) };
        for (at, (held, row)) in files.into_iter().zip(rows).enumerate() {
            let then = then.clone().filter(|_| at + 1 == many);
            let file = self.file_to_send(held, wishes, then);
            let ids = b.put_files(row, &[file])?;
            for id in ids {
                if let Some(file) = b.read().file(id)? {
                    self.set_going(b, &file)?;
                }
            }
        }
        b.set_draft(&peer, "")?;
        self.drive_files(b)
    }

    /// A message of ours that is not sent yet: its row, and its id on the wire.
    fn learn_own(&mut self, b: &Batch<'_>, peer: &str, body: &str) -> Result<(i64, String)> {
        let id = uuid::Uuid::new_v4().to_string();
        let learnt = b.learn(&NewMessage {
            peer,
            sender: Sender::ThisDevice,
            resource: "",
            stanza_id: None,
            message_id: Some(&id),
            stamp: self.server_now(),
            body,
            markable: false,
            delivery: Some(Delivery::Queued),
            live: true,
            follows: None,
            precedes: None,
            unread: false,
        })?;
        self.out.message(peer, learnt.id());
        Ok((learnt.id(), id))
    }

    fn file_to_send(&self, held: Held, wishes: Wishes, then: Option<String>) -> NewFile {
        let path = if held.ours { self.adopt(&held) } else { held.path };
        let staged = held.staged;
        let folder = staged.as_ref().is_some_and(|staged| staged.folder);
        let facts = Facts { direct: wishes.direct, original: wishes.original, folder, then, ..Facts::default() };
        NewFile {
            share: None,
            name: held.name,
            media_type: staged.as_ref().map(|staged| staged.media_type.clone()).unwrap_or_default(),
            kind: staged.as_ref().map_or(FileKind::Other, |staged| super::show::kept_kind(staged.kind)),
            size: staged.as_ref().map(|staged| staged.size),
            width: staged.as_ref().and_then(|staged| staged.width),
            height: staged.as_ref().and_then(|staged| staged.height),
            length: None,
            hash: None,
            thumbnail: None,
            facts: facts.write(),
            state: FileState::Moving,
            way: None,
            path: Some(self.kept_path(&path)),
        }
    }

    /// A copy of ours is the account's from now on: what is staged does not outlive the application.
    fn adopt(&self, held: &Held) -> std::path::PathBuf {
        bring(&held.path, &self.files_folder(), &held.name).unwrap_or_else(|error| {
            tracing::warn!(%error, "a staged file stays where it is");
            held.path.clone()
        })
    }

    /// Reads it, and packs or strips it first where that is to be.
    pub(super) fn prepare_file(&mut self, file: &File) {
        let facts = Facts::read(&file.file.facts);
        let Some(path) = self.path_of(file) else { return };
        let what = ToPrepare {
            path,
            name: file.file.name.clone(),
            folder: facts.folder,
            // What it is, is found out: a photo may be called anything, or be too large to be shown.
            strip: self.settings().strip_photos && !facts.original,
            files: self.files_folder(),
            quota: self.files_quota().map(|quota| quota.saturating_sub(self.reserved(file.id))),
        };
        let tell = self.file_teller(file.id);
        let Some(going) = self.files.going.get_mut(&file.id) else { return };
        going.stage = TransferStage::Preparing;
        going.task = Some(courier::spawn(
            going.control.clone(),
            tell,
            courier::News::Progress,
            courier::prepare(what, going.control.clone()),
        ));
        self.out.changed.files.insert(file.id);
    }

    pub(super) fn file_prepared(
        &mut self,
        b: &Batch<'_>,
        mut file: File,
        prepared: std::result::Result<Box<Prepared>, Error>,
    ) -> Result<()> {
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return self.fail_file(b, &mut file, &of_transfer(&error)),
        };
        let Prepared { path, name, size, look, hash } = *prepared;
        let mut facts = Facts::read(&file.file.facts);
        (facts.prepared, facts.folder) = (true, false);
        if let Some(small) = &look.thumbnail {
            b.put_picture(&small_key(&id_of(small)), small)?;
        }
        let own = &mut file.file;
        (own.path, own.facts) = (Some(self.kept_path(&path)), facts.write());
        (own.name, own.size, own.hash) = (name, Some(size), Some(hash));
        (own.media_type, own.kind, own.thumbnail) = (look.media_type, look.kind, look.thumbnail);
        (own.width, own.height) = (look.width, look.height);
        if let Some(going) = self.files.going.get_mut(&file.id) {
            going.prepared(&file.file.name, size);
        }
        self.keep_file(b, &file)?;
        self.drive_files(b)
    }

    /// Chooses the way, as far as it is known what there is.
    pub(super) fn send_file(&mut self, b: &Batch<'_>, file: File) -> Result<()> {
        let facts = Facts::read(&file.file.facts);
        if !facts.sources.is_empty() {
            return self.share_file(b, file);
        }
        let size = file.file.size.unwrap_or(0);
        if facts.direct {
            return self.offer_file(b, file, WayReason::Chosen);
        }
        match &self.files.service {
            Service::Unknown | Service::Asked(_) => Ok(()),
            Service::None => self.offer_file(b, file, WayReason::NoService),
            Service::At { limit: Some(limit), .. } if size > *limit => {
                let limit = *limit;
                self.offer_file(b, file, WayReason::TooLarge { limit })
            }
            Service::At { jid, .. } => {
                let jid = jid.clone();
                let media_type = media_type_of(&file);
                let request = upload::request(&wire_name(&file), size, &media_type, Purpose::Message);
                if let Some(going) = self.files.going.get_mut(&file.id) {
                    going.begin_upload(&jid);
                }
                self.out.changed.files.insert(file.id);
                self.ask(Some(jid), request, false, Awaiting::Slot { file: file.id });
                Ok(())
            }
        }
    }

    pub(in super::super) fn slot_answer(
        &mut self,
        b: &Batch<'_>,
        id: i64,
        answer: &std::result::Result<Element, IqError>,
    ) -> Result<()> {
        let waits = self
            .files
            .going
            .get(&id)
            .is_some_and(|going| going.stage == TransferStage::Connecting && going.task.is_none());
        let (true, Some(mut file)) = (waits, b.read().file(id)?) else { return Ok(()) };
        let iq = match answer {
            Ok(iq) => iq,
            Err(IqError::Refused(error)) => match upload::refused(error) {
                Refused::TooLarge { limit } => return self.too_large(b, file, limit),
                Refused::Later { stamp } => {
                    let failure = Failure {
                        condition: Some(error.condition.clone()),
                        ..fail(Code::ServiceBusy, error.to_string())
                    };
                    return self.again(b, &mut file, &failure, stamp);
                }
                Refused::Otherwise => {
                    let failure = Failure { code: Code::ServiceRefused, ..of_iq(&IqError::Refused(error.clone())) };
                    return self.fail_file(b, &mut file, &failure);
                }
            },
            // Asked again as soon as there is a stream.
            Err(IqError::Disconnected) => {
                self.stage(id, TransferStage::Waiting);
                return Ok(());
            }
            Err(error @ IqError::Timeout) => {
                return self.again(b, &mut file, &fail(Code::ServiceSilent, error.to_string()), None);
            }
        };
        let Some(slot) = Slot::read(iq) else {
            return self.fail_file(
                b,
                &mut file,
                &fail(Code::ServiceRefused, "the service gave no place that is over TLS"),
            );
        };
        if let Some(host) = host_of(&slot.get) {
            b.set_value(UPLOAD_HOST, &host)?;
        }
        let Some(path) = self.path_of(&file) else { return Ok(()) };
        let (size, media_type) = (file.file.size.unwrap_or(0), media_type_of(&file));
        // Nobody is told of it before it is there.
        let facts = Facts { place: Some(slot.get.clone()), ..Facts::read(&file.file.facts) };
        file.file.facts = facts.write();
        b.set_file(&file)?;
        let (tell, web) = (self.file_teller(id), self.web());
        let Some(going) = self.files.going.get_mut(&id) else { return Ok(()) };
        going.host = shown_host(&slot.put);
        let work = courier::upload(web, slot, path, size, media_type, going.control.clone());
        going.task = Some(courier::spawn(going.control.clone(), tell, courier::News::Progress, work));
        self.out.changed.files.insert(id);
        Ok(())
    }

    pub(super) fn file_uploaded(&mut self, b: &Batch<'_>, mut file: File) -> Result<()> {
        let mut facts = Facts::read(&file.file.facts);
        facts.sources = facts.place.take().into_iter().collect();
        file.file.facts = facts.write();
        self.share_file(b, file)
    }

    pub(super) fn upload_broke(&mut self, b: &Batch<'_>, mut file: File, error: &Error) -> Result<()> {
        match (error, error.retry()) {
            (Error::TooLarge(limit), _) => self.too_large(b, file, *limit),
            // With another place, once: who refuses that one too, refuses.
            (_, Retry::NewSlot) if self.files.going.get(&file.id).is_some_and(|going| going.failed == 0) => {
                self.again(b, &mut file, &of_transfer(error), None)
            }
            (Error::Stalled(_), _) => self.again(b, &mut file, &fail(Code::ServiceSilent, error.to_string()), None),
            _ => self.file_broke(b, file, error),
        }
    }

    /// The service takes less than it said, or than it was asked.
    fn too_large(&mut self, b: &Batch<'_>, file: File, limit: Option<u64>) -> Result<()> {
        let size = file.file.size.unwrap_or(0);
        let limit = limit.unwrap_or(size.saturating_sub(1));
        if let Service::At { limit: known, .. } = &mut self.files.service {
            *known = Some(limit.min(size.saturating_sub(1)));
        }
        if let Some(going) = self.files.going.get_mut(&file.id) {
            going.stop();
        }
        self.offer_file(b, file, WayReason::TooLarge { limit })
    }

    /// It is where they can have it: they are told.
    fn share_file(&mut self, b: &Batch<'_>, mut file: File) -> Result<()> {
        file.file.state = FileState::Here;
        file.file.way = kept_way(FileWay::Upload);
        (file.failure, file.part) = (None, None);
        self.forget_going(file.id);
        self.keep_file(b, &file)?;
        let row = b.read().message(file.message)?;
        if let Some(stanza) = stanza_of(&row) {
            b.enter_outbox(row.id, &stanza)?;
        }
        self.say_caption(b, &row.peer, &file)?;
        self.flush_outbox(b)?;
        self.drive_files(b)
    }

    /// The words that were to come after a file.
    pub(super) fn say_caption(&mut self, b: &Batch<'_>, peer: &str, file: &File) -> Result<()> {
        let Some(then) = Facts::read(&file.file.facts).then else { return Ok(()) };
        let Some(id) = b.read().own_message(peer, &then)? else { return Ok(()) };
        let row = b.read().message(id)?;
        if row.delivery == Some(Delivery::Queued) {
            b.enter_outbox(id, &to_string(&message::text(peer, &then, &row.body).into()))?;
            self.flush_outbox(b)?;
        }
        Ok(())
    }
}

/// A message of ours as it is sent; `None` while its file is not where they can have it.
pub(in super::super) fn stanza_of(row: &Message) -> Option<String> {
    let id = row.message_id.as_deref().unwrap_or_default();
    let Some(file) = row.files.first() else {
        return Some(to_string(&message::text(&row.peer, id, &row.body).into()));
    };
    let sources = Facts::read(&file.file.facts).sources;
    let url = sources.first()?.clone();
    let thumbnail = file.file.thumbnail.as_ref().and_then(|small| {
        let media_type = crate::file::look::small_type(small)?;
        Some(Thumbnail {
            uri: format!("cid:{}", bob::cid(small)),
            media_type: Some(media_type.to_owned()),
            width: None,
            height: None,
        })
    });
    let shared = Shared {
        id: Some(id.to_owned()),
        file: waxwing_session::xep::sharing::Metadata { thumbnail, ..metadata(file) },
        attachment: false,
        sources,
    };
    Some(to_string(&message::text(&row.peer, id, &url).children(shared.write()).into()))
}

fn media_type_of(file: &File) -> String {
    if file.file.media_type.is_empty() { UNKNOWN.to_owned() } else { file.file.media_type.clone() }
}

/// Servers take names as they are and put them into addresses.
fn wire_name(file: &File) -> String {
    let name: String = file.file.name.chars().filter(|c| waxwing_session::xml::is_xml_char(*c)).collect();
    if name.is_empty() { "file".into() } else { name }
}
