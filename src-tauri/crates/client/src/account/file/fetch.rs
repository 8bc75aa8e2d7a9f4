//! Getting files from where they were put.

use std::ffi::OsStr;
use std::path::Path;

use waxwing_contract::{Code, FileWay, TransferStage};
use waxwing_history::{Batch, File, FileState, Result};
use waxwing_session::IqError;
use waxwing_session::xep::sharing;
use waxwing_session::xep::upload::{self, Purpose, Slot};
use waxwing_session::xml::Element;
use waxwing_transfer::file::{Algo, Hash};
use waxwing_transfer::http::{Pin, Settings};
use waxwing_transfer::{Error, Proxy, Retry};

use super::super::Core;
use super::super::events::Awaiting;
use super::super::link::kept_route;
use super::facts::{Facts, kept_way};
use super::host::{host_of, shown_host};
use super::send::UPLOAD_HOST;
use super::service::{Host, Service};
use crate::failure::fail;
use crate::file::courier::{self, Got, News, ToGet, Web};
use crate::file::of_transfer;
use crate::file::twin::Twins;

type Answer = std::result::Result<Element, IqError>;

impl Core {
    /// How the account reaches the web: as it reaches its server.
    pub(in super::super) fn web(&mut self) -> Web {
        if let Some(web) = &self.files.web {
            return web.clone();
        }
        let (_, proxy) = kept_route(&self.kept);
        let pins = self.kept.pin.iter();
        let settings = Settings {
            extra_roots: self.shared.extra_roots.clone(),
            pins: pins.map(|pin| Pin { host: self.own.domain().to_string(), fingerprint: pin.clone() }).collect(),
            proxy: proxy.map(|proxy| Proxy { host: proxy.host, port: proxy.port }),
            idle: self.shared.silence,
            ..Settings::default()
        };
        let web = Web::new(settings);
        self.files.web = Some(web.clone());
        web
    }

    /// Other files that should have the same bytes, of the same `peer` where one is named. Their names end as its name does:
    /// by that the desktop knows what to open them with.
    fn twins_of(&self, b: &Batch<'_>, file: &File, hash: &[u8], peer: Option<&str>) -> Result<Twins> {
        let ending = |path: &Path| path.extension().map(OsStr::to_ascii_lowercase);
        let same = b.read().files_with(hash)?.into_iter().filter(|(whose, twin)| {
            let sized = file.file.size.is_none() || file.file.size == twin.file.size;
            let other = twin.id != file.id && file.file.path != twin.file.path;
            sized && other && peer.is_none_or(|peer| peer == whose)
        });
        let files = same.filter_map(|(_, twin)| Some((self.path_of(&twin)?, twin.file.size?)));
        let files = files.filter(|(path, _)| ending(path) == ending(Path::new(&file.file.name))).collect();
        Ok(Twins { hash: hash.to_vec(), files })
    }

    pub(super) fn fetch_file(&mut self, b: &Batch<'_>, mut file: File) -> Result<()> {
        let facts = Facts::read(&file.file.facts);
        let Some(url) = facts.sources.first().cloned() else {
            return self.fail_file(b, &mut file, &fail(Code::FileGone, "nobody says where it is"));
        };
        let message = b.read().message(file.message)?;
        // What another device of ours put there, we want too.
        if !facts.wanted && !message.outgoing && !self.gets_unasked(b, &message.peer, file.id, &url, file.file.size)? {
            return self.file_asks(b, file, None);
        }
        // Of the same conversation only: whoever sees that nothing is fetched learns that we have it.
        let twins = match &file.file.hash {
            Some(hash) => self.twins_of(b, &file, hash, Some(&message.peer))?,
            None => Twins::default(),
        };
        let mut hashes = facts.promised();
        if let (true, true, Some(hash)) = (message.outgoing, hashes.is_empty(), &file.file.hash) {
            // Nobody promises us what we have sent.
            hashes.extend(Hash::new(Algo::Sha256, hash.clone()));
        }
        let what = ToGet {
            size: file.file.size,
            hashes,
            unasked: (!facts.wanted).then(|| self.unasked()),
            part: file.part.as_ref().map(|part| self.account_folder().join(part)),
            files: self.files_folder(),
            quota: self.files_quota(),
            reserved: self.reserved(file.id),
            name: file.file.name.clone(),
            media_type: file.file.media_type.clone(),
            twins,
            url,
        };
        // What our own server's service has may be at a private address; it names it in its slots.
        let own = b.read().value(UPLOAD_HOST)?;
        let web = self.web();
        let tell = self.file_teller(file.id);
        let Some(going) = self.files.going.get_mut(&file.id) else { return Ok(()) };
        (going.stage, going.way) = (TransferStage::Connecting, Some(FileWay::Upload));
        going.host = shown_host(&what.url.replacen("aesgcm://", "https://", 1));
        let work = courier::get(web, what, own, going.control.clone(), tell.clone());
        going.task = Some(courier::spawn(going.control.clone(), tell, News::Progress, work));
        self.out.changed.files.insert(file.id);
        Ok(())
    }

    /// What a task of a file tells.
    pub(in super::super) fn file_tells(&mut self, b: &Batch<'_>, id: i64, news: News) -> Result<()> {
        let Some(mut file) = b.read().file(id)? else { return Ok(()) };
        match news {
            News::Missing => self.file_missing(b, file),
            News::Twice { came, twin } => self.lies_twice(b, file, &came, &twin),
            _ if !self.files.going.contains_key(&id) => Ok(()),
            News::Progress(progress) => {
                self.file_progress(id, progress);
                Ok(())
            }
            News::Part(part) => {
                file.part = Some(self.kept_path(&part));
                b.set_file(&file)
            }
            News::Asks { size } => {
                self.file_asks(b, file, size)?;
                self.drive_files(b)
            }
            News::Got(Ok(got)) => {
                self.file_came(b, file, *got, FileWay::Upload)?;
                self.drive_files(b)
            }
            News::Got(Err(Error::Private { .. })) if self.waits_for_host(id) => self.drive_files(b),
            News::Got(Err(error)) => self.file_broke(b, file, &error),
            News::Prepared(prepared) => self.file_prepared(b, file, prepared),
            News::Uploaded(Ok(())) => self.file_uploaded(b, file),
            News::Uploaded(Err(error)) => self.upload_broke(b, file, &error),
        }
    }

    /// It does not come unasked after all: it waits for the person's word.
    fn file_asks(&mut self, b: &Batch<'_>, mut file: File, size: Option<u64>) -> Result<()> {
        self.forget_going(file.id);
        self.drop_part(&mut file, false);
        file.file.size = file.file.size.or(size);
        file.file.state = FileState::Offered;
        self.keep_file(b, &file)
    }

    /// It is at a private address, where our own server's service may be: that is where a place of it would be. Answers
    /// whether it is tried again once that is known; each file waits for it once in a session.
    fn waits_for_host(&mut self, id: i64) -> bool {
        if matches!(self.files.service, Service::None) || !self.files.private.insert(id) {
            return false;
        }
        match self.files.host {
            Host::Unasked | Host::Asked => self.ask_upload_host(),
            // It was begun before that was known.
            Host::Answered => self.begins_anew(id),
        }
        true
    }

    /// Once in a session, where a file waits for it and the service is known.
    pub(super) fn ask_upload_host(&mut self) {
        let (Service::At { jid, .. }, Host::Unasked) = (&self.files.service, self.files.host) else { return };
        if self.files.private.is_empty() {
            return;
        }
        let (jid, request) = (jid.clone(), upload::request("place", 1, "text/plain", Purpose::Message));
        self.files.host = Host::Asked;
        self.ask(Some(jid), request, false, Awaiting::UploadHost);
    }

    pub(in super::super) fn upload_host_answer(&mut self, b: &Batch<'_>, answer: &Answer) -> Result<()> {
        let host = answer.as_ref().ok().and_then(Slot::read).and_then(|slot| host_of(&slot.get));
        if let Some(host) = host {
            b.set_value(UPLOAD_HOST, &host)?;
        }
        self.files.host = Host::Answered;
        self.private_begin_anew();
        self.drive_files(b)
    }

    /// Those that waited for the service, or for where it has its files.
    pub(super) fn private_begin_anew(&mut self) {
        let waiting: Vec<_> = self.files.private.iter().copied().collect();
        waiting.into_iter().for_each(|id| self.begins_anew(id));
    }

    fn begins_anew(&mut self, id: i64) {
        if let Some(going) = self.files.going.get_mut(&id) {
            going.stop();
            going.stage = TransferStage::Waiting;
        }
    }

    /// It is here, whole and right.
    pub(super) fn file_came(&mut self, b: &Batch<'_>, mut file: File, got: Got, way: FileWay) -> Result<()> {
        self.forget_going(file.id);
        let here = &mut file.file;
        here.path = Some(self.kept_path(&got.path));
        let look = got.look;
        (here.size, here.hash) = (Some(got.size), Some(got.hash));
        (here.media_type, here.kind) = (look.media_type, look.kind);
        (here.width, here.height) = (look.width.or(here.width), look.height.or(here.height));
        here.thumbnail = look.thumbnail.or(here.thumbnail.take());
        here.state = FileState::Here;
        if !got.was_here {
            here.way = kept_way(way);
        }
        (file.failure, file.part) = (None, None);
        self.keep_file(b, &file)?;
        if let (false, Some(hash)) = (got.was_here, &file.file.hash) {
            let twins = self.twins_of(b, &file, hash, None)?;
            courier::look_for(twins, got.path, self.file_teller(file.id));
        }
        Ok(())
    }

    /// Somebody looked for it in vain.
    fn file_missing(&mut self, b: &Batch<'_>, mut file: File) -> Result<()> {
        if file.file.state != FileState::Here || self.path_of(&file).is_some_and(|path| path.is_file()) {
            return Ok(());
        }
        file.file.state = FileState::Missing;
        self.keep_file(b, &file)
    }

    /// Once is enough: what nothing names any more leaves the disk by itself.
    fn lies_twice(&mut self, b: &Batch<'_>, mut file: File, came: &Path, twin: &Path) -> Result<()> {
        let still = file.file.state == FileState::Here && file.file.path == Some(self.kept_path(came));
        if !still || !twin.is_file() {
            return Ok(());
        }
        file.file.path = Some(self.kept_path(twin));
        self.keep_file(b, &file)
    }

    /// Getting or sending it stopped. Where going on may help, that is tried.
    pub(super) fn file_broke(&mut self, b: &Batch<'_>, mut file: File, error: &Error) -> Result<()> {
        let mut failure = of_transfer(error);
        if matches!(error, Error::Hash(_) | Error::TooMuch { .. } | Error::TooLittle { .. } | Error::Forged) {
            // Nothing of it is worth keeping.
            self.drop_part(&mut file, true);
        }
        if matches!(error, Error::TooLittle { .. }) {
            // The server says that this is all of it: more does not come by asking again.
            failure.code = Code::FileNotAsPromised;
            return self.fail_file(b, &mut file, &failure);
        }
        match error.retry() {
            Retry::Resume => self.again(b, &mut file, &failure, None),
            Retry::Later(Some(wait)) => {
                let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
                self.again(b, &mut file, &failure, Some(crate::now().saturating_add(wait)))
            }
            _ => self.fail_file(b, &mut file, &failure),
        }
    }
}

/// What is told of a file of ours (XEP-0446).
pub(super) fn metadata(file: &File) -> sharing::Metadata {
    let file = &file.file;
    sharing::Metadata {
        name: Some(file.name.clone()),
        media_type: Some(file.media_type.clone()).filter(|media_type| !media_type.is_empty()),
        size: file.size,
        width: file.width,
        height: file.height,
        length: file.length,
        desc: None,
        hashes: file.hash.iter().map(|hash| super::facts::written(hash)).collect(),
        thumbnail: None,
    }
}
