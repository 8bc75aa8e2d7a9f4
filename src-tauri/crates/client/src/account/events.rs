//! What the session tells, and the answers it brings.

use std::time::Duration;

use tokio::sync::oneshot;
use waxwing_contract::SessionState;
use waxwing_history::{Batch, Result};
use waxwing_jingle::Action;
use waxwing_session::IqError;
use waxwing_session::inbound::Incoming;
use waxwing_session::jid::{BareJid, Jid};
use waxwing_session::session::{Command, Event, IqKind};
use waxwing_session::xep::caps::Caps;
use waxwing_session::xml::Element;

use super::resume::Begun;
use super::scroll::Scroll;
use super::selftest::Probe;
use super::{Core, Reply};
use crate::failure::of_iq;
use crate::service::Question;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(30);

/// What a request's answer is for.
pub(crate) enum Awaiting {
    Roster,
    Carbons,
    ServerInfo,
    AccountInfo,
    ServerTime {
        asked: i64,
    },
    ServerVersion,
    BlockList,
    /// A page of the archive that brings us up to date.
    CatchUp,
    /// A page of older messages, for whoever scrolls.
    ScrollBack(Box<Scroll>),
    /// A page of what was said before the first page.
    Fill {
        query: String,
        by_time: bool,
    },
    Caps {
        caps: Caps,
        of: Jid,
    },
    Picture {
        jid: BareJid,
        id: String,
    },
    VCardPicture {
        jid: BareJid,
        id: String,
    },
    VCard {
        jid: BareJid,
        reply: Reply,
    },
    BlockingSet {
        jid: String,
        blocked: bool,
        reply: Reply,
    },
    /// Something that is tried for the person.
    Probe(Probe),
    /// A step of a call's session.
    Jingle {
        call: String,
        action: Action,
    },
    /// Relays for calls, and what a restricted one is entered with.
    Relays,
    Credentials,
    /// What the server has for files; one of its services; a proxy of it.
    FileServices,
    FileService {
        jid: Jid,
    },
    Streamhost,
    /// A place for a file.
    Slot {
        file: i64,
    },
    /// Where our server's upload service has its files, to be asked for one of them.
    UploadHost,
    Thumbnail {
        file: i64,
        cid: String,
    },
    /// A step of a session of files.
    OfFiles {
        sid: String,
        action: Action,
    },
    /// Our proxy is to pass bytes on.
    Activated {
        sid: String,
        content: String,
    },
    /// A step of a stream between stanzas.
    InBand {
        sid: String,
        content: String,
        asked: super::file::Asked,
    },
    /// What was displayed on other devices.
    Displayed,
    /// Nobody waits for it; that it failed is for the log.
    Carried,
    /// Whether another server is reached again.
    Reach {
        domain: String,
    },
    /// The person waits for nothing but that it worked.
    Done(Reply),
    /// The application waits for it.
    Asked(oneshot::Sender<Answer>),
}

type Answer = std::result::Result<Element, IqError>;

impl Core {
    /// Sends a request; its answer comes to [`Core::answer`].
    pub(super) fn ask(&mut self, to: Option<Jid>, payload: impl Into<Element>, set: bool, awaiting: Awaiting) {
        self.next_token += 1;
        let token = self.next_token;
        self.awaiting.insert(token, awaiting);
        let kind = if set { IqKind::Set } else { IqKind::Get };
        self.out.commands.push(Command::Iq { to, payload: payload.into(), kind, token, timeout: ANSWER });
    }

    /// Asks something for the application.
    pub(super) fn question(&mut self, question: Question) {
        let Question { to, payload, set, answer } = question;
        self.ask(Some(to), payload, set, Awaiting::Asked(answer));
    }

    pub(super) fn event(&mut self, b: &Batch<'_>, event: Event) -> Result<()> {
        match event {
            Event::Connecting(step) => self.connecting(step),
            Event::Ticket(ticket) => self.keep_ticket(ticket),
            Event::Online { jid, connection, resumption, base } => {
                if !connection.resumed {
                    self.out.begun = Some(Begun { resumption, base });
                }
                self.online(b, jid, *connection)?;
            }
            Event::Offline { error, retry_in } => {
                self.offline(&error, retry_in);
                if retry_in.is_none() {
                    self.requeue_all(b)?;
                }
            }
            Event::Incoming { incoming, .. } => self.incoming(b, incoming)?,
            Event::Reply { token, result, .. } => {
                tracing::debug!(token, ok = result.is_ok(), "answer");
                if let Some(awaiting) = self.awaiting.remove(&token) {
                    self.answer(b, awaiting, result)?;
                }
            }
            Event::Acknowledged(tags) => self.acknowledged(b, &tags)?,
            Event::Lost(tags) => self.lost(b, &tags)?,
            Event::Dropped { .. } => {}
            Event::Skipped { .. } => self.link.skipped = self.link.skipped.saturating_add(1),
            Event::Closed => {
                self.abandon();
                self.went_offline();
                if !matches!(self.link.state, SessionState::Stopped { .. }) {
                    self.link.state = SessionState::Offline;
                }
                self.out.changed.account = true;
            }
        }
        Ok(())
    }

    /// No answer will come any more.
    pub(super) fn abandon(&mut self) {
        if let Some(test) = self.test.take() {
            test.abandon();
        }
        for awaiting in std::mem::take(&mut self.awaiting).into_values() {
            if let Awaiting::ScrollBack(scroll) = awaiting {
                scroll.reply.send(Err(of_iq(&IqError::Disconnected)));
                continue;
            }
            if let Awaiting::VCard { reply, .. } | Awaiting::BlockingSet { reply, .. } | Awaiting::Done(reply) =
                awaiting
            {
                reply.send(Err(of_iq(&IqError::Disconnected)));
            }
        }
    }

    fn incoming(&mut self, b: &Batch<'_>, incoming: Incoming) -> Result<()> {
        match incoming {
            Incoming::Message(message) => self.message(b, &message),
            Incoming::Presence(presence) => self.presence(b, presence),
            Incoming::Request(request) => self.request(b, request),
        }
    }

    fn answer(&mut self, b: &Batch<'_>, awaiting: Awaiting, answer: Answer) -> Result<()> {
        match awaiting {
            Awaiting::Asked(asked) => {
                // Whoever asked may have gone.
                let _ = asked.send(answer);
                Ok(())
            }
            Awaiting::Roster => answer.map_or(Ok(()), |iq| self.roster_answer(b, &iq)),
            Awaiting::Carbons => {
                if let (Ok(_), Some(connection)) = (answer, &mut self.link.connection) {
                    connection.offers.carbons = true;
                }
                Ok(())
            }
            Awaiting::ServerInfo => {
                self.server_info(&answer);
                Ok(())
            }
            Awaiting::AccountInfo => self.account_info(b, &answer),
            Awaiting::ServerTime { asked } => {
                self.server_time(asked, &answer);
                Ok(())
            }
            Awaiting::ServerVersion => {
                self.server_version(&answer);
                Ok(())
            }
            Awaiting::BlockList => {
                self.block_list(&answer);
                Ok(())
            }
            Awaiting::CatchUp => self.caught_up(b, answer),
            Awaiting::ScrollBack(scroll) => self.scrolled_back(b, *scroll, answer),
            Awaiting::Fill { query, by_time } => self.filled(b, &query, by_time, answer),
            Awaiting::Caps { caps, of } => self.caps_answer(&caps, of, &answer),
            Awaiting::Picture { jid, id } => self.picture_answer(b, &jid, &id, &answer),
            Awaiting::VCardPicture { jid, id } => self.vcard_picture(b, &jid, &id, &answer),
            Awaiting::VCard { jid, reply } => {
                self.vcard(b, &jid, reply, &answer);
                Ok(())
            }
            Awaiting::BlockingSet { jid, blocked, reply } => {
                self.blocking_answer(jid, blocked, reply, answer);
                Ok(())
            }
            Awaiting::Probe(probe) => {
                self.probed(probe, &answer);
                Ok(())
            }
            Awaiting::Jingle { call, action } => {
                let refused = matches!(answer, Err(IqError::Refused(_) | IqError::Timeout));
                self.call_answered(b, &call, action, refused)
            }
            Awaiting::Relays => self.relays_answer(b, &answer),
            Awaiting::Credentials => self.credentials_answer(b, &answer),
            Awaiting::FileServices => self.file_services_answer(b, &answer),
            Awaiting::FileService { jid } => self.file_service_answer(b, jid, &answer),
            Awaiting::Streamhost => {
                self.streamhost_answer(&answer);
                Ok(())
            }
            Awaiting::Slot { file } => self.slot_answer(b, file, &answer),
            Awaiting::UploadHost => self.upload_host_answer(b, &answer),
            Awaiting::Thumbnail { file, cid } => self.thumbnail_answer(b, file, &cid, &answer),
            Awaiting::OfFiles { sid, action } => {
                let refused = matches!(answer, Err(IqError::Refused(_) | IqError::Timeout));
                self.session_answered(b, &sid, action, refused)
            }
            Awaiting::Activated { sid, content } => self.activated(b, &sid, &content, &answer),
            Awaiting::InBand { sid, content, asked } => self.inband_answer(b, &sid, &content, asked, &answer),
            Awaiting::Displayed => self.displayed_answer(b, &answer),
            Awaiting::Carried => {
                if let Err(error) = answer {
                    tracing::info!(%error, "something was not taken");
                }
                Ok(())
            }
            Awaiting::Reach { domain } => {
                self.reach_answer(&domain, &answer);
                Ok(())
            }
            Awaiting::Done(reply) => {
                match answer {
                    Ok(_) => self.out.answer(reply, ()),
                    Err(error) => self.out.reply(reply, Err(of_iq(&error))),
                }
                Ok(())
            }
        }
    }
}
