//! What the server has for files: an upload service (XEP-0363) and proxies (XEP-0065).

use waxwing_history::{Batch, Result};
use waxwing_jingle::s5b::Streamhost;
use waxwing_session::IqError;
use waxwing_session::jid::Jid;
use waxwing_session::xep::disco::{self, Info};
use waxwing_session::xep::{services, upload};
use waxwing_session::xml::Element;

use super::super::Core;
use super::super::events::Awaiting;

type Answer = std::result::Result<Element, IqError>;

/// Proxies that are offered.
const PROXIES: usize = 4;

/// What is known of the upload service.
#[derive(Debug, Default)]
pub(super) enum Service {
    #[default]
    Unknown,
    /// So many questions are open.
    Asked(usize),
    None,
    At {
        jid: Jid,
        limit: Option<u64>,
    },
}

/// Whether the service has said where it has its files.
#[derive(Debug, Default, Clone, Copy)]
pub(super) enum Host {
    #[default]
    Unasked,
    Asked,
    Answered,
}

impl Core {
    /// Looks for both; the server itself may be one.
    pub(in super::super) fn ask_file_services(&mut self) {
        let Some(server) = self.server() else { return };
        self.files.service = Service::Asked(1);
        self.ask(Some(server), services::items(), false, Awaiting::FileServices);
    }

    pub(in super::super) fn file_services_answer(&mut self, b: &Batch<'_>, answer: &Answer) -> Result<()> {
        let items = answer.as_ref().map(services::read_items).unwrap_or_default();
        let all: Vec<_> = items.iter().filter_map(|item| Jid::new(item).ok()).chain(self.server()).collect();
        self.files.service = Service::Asked(all.len());
        for jid in all {
            self.ask(Some(jid.clone()), disco::get_info(None), false, Awaiting::FileService { jid });
        }
        self.file_service_known(b)
    }

    pub(in super::super) fn file_service_answer(&mut self, b: &Batch<'_>, jid: Jid, answer: &Answer) -> Result<()> {
        let info = answer.as_ref().ok().and_then(Info::read).unwrap_or_default();
        if info.identities.iter().any(|identity| identity.category == "proxy" && identity.kind == "bytestreams") {
            self.ask(Some(jid.clone()), Streamhost::ask(), false, Awaiting::Streamhost);
        }
        let before = std::mem::take(&mut self.files.service);
        self.files.service = match (before, upload::limit(&info)) {
            (found @ Service::At { .. }, _) => found,
            (_, Some(limit)) => Service::At { jid, limit },
            (Service::Asked(open), None) if open > 1 => Service::Asked(open - 1),
            (Service::Asked(_) | Service::None, None) => Service::None,
            (Service::Unknown, None) => Service::Unknown,
        };
        self.file_service_known(b)
    }

    fn file_service_known(&mut self, b: &Batch<'_>) -> Result<()> {
        match self.files.service {
            Service::At { .. } => self.ask_upload_host(),
            Service::None => self.private_begin_anew(),
            Service::Unknown | Service::Asked(_) => return Ok(()),
        }
        self.drive_files(b)
    }

    pub(in super::super) fn streamhost_answer(&mut self, answer: &Answer) {
        let Ok(iq) = answer else { return };
        let found = iq.children().flat_map(Streamhost::read);
        self.files.proxies.extend(found);
        self.files.proxies.truncate(PROXIES);
    }
}
