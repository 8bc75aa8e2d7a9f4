//! Sessions in which files are handed over: what they consist of beside the machine in `jingle`, and what others ask of them.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use waxwing_contract::Code;
use waxwing_history::{Batch, Result};
use waxwing_jingle::content::Creator;
use waxwing_jingle::session::State;
use waxwing_jingle::transfer::{Act, CONNECT, Stage, Transfer};
use waxwing_jingle::{Action, Condition, Jingle, Reason, Refusal, datachannel};
use waxwing_session::jid::{BareJid, FullJid, Jid};
use waxwing_session::ns;
use waxwing_session::stanza::{iq_error, iq_result};
use waxwing_session::xml::el;
use waxwing_transfer::file::Hash;
use waxwing_transfer::socks5::{Listener, Waiting};

use super::super::Core;
use super::offer::Offer;
use crate::failure::fail;
use crate::file::canal::Canal;
use crate::file::carry::Stream;
use crate::file::inband::InBand;

/// A session, from its offer on.
pub(super) struct Session {
    pub peer: BareJid,
    pub sid: String,
    /// Always there once it has begun.
    pub transfer: Option<Transfer>,
    /// What is to be offered as soon as there is a data channel.
    pub waits: Option<Offer>,
    /// The same by the other ways, until they agree to it by this one.
    pub next: Option<Offer>,
    /// It is taken as soon as it is known which relays there are.
    pub awaits_relays: bool,
    /// Until then it is to be answered.
    pub expires: Option<Instant>,
    pub lines: BTreeMap<String, Line>,
}

/// One file of a session.
#[derive(Default)]
pub(super) struct Line {
    /// Its id.
    pub file: i64,
    /// Who connects to us.
    pub waiting: Option<Waiting>,
    /// Candidates of theirs that answered.
    pub open: HashMap<String, TcpStream>,
    /// Our proxy, and its socket once it answered.
    pub proxy: Option<Jid>,
    pub proxied: Option<TcpStream>,
    pub inband: Option<InBand>,
    /// A data channel, and our part of it once it is made.
    pub canal: Option<Canal>,
    pub described: Option<datachannel::Transport>,
    /// All that runs for the present way, with what carries the bytes.
    pub tasks: Vec<AbortHandle>,
    /// Ways that were left: what their tasks still tell is of no interest.
    pub turn: u32,
    /// Until then a way has to be found, or a last word said.
    pub deadline: Option<Instant>,
    pub over_proxy: bool,
    /// What has come, and what it hashes to.
    pub part: Option<PathBuf>,
    pub came: Option<Vec<Hash>>,
    /// All of ours is handed over, and what it hashes to; between stanzas it is not there yet.
    pub sent: Option<Vec<Hash>>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Line {
    /// All that belongs to a way that was left.
    pub fn close(&mut self) {
        self.tasks.drain(..).for_each(|task| task.abort());
        self.open.clear();
        self.turn = self.turn.wrapping_add(1);
        (self.waiting, self.proxied, self.inband, self.canal) = (None, None, None, None);
    }
}

impl Session {
    pub fn new(peer: BareJid, sid: &str) -> Self {
        Self {
            peer,
            sid: sid.to_owned(),
            transfer: None,
            waits: None,
            next: None,
            awaits_relays: false,
            expires: None,
            lines: BTreeMap::new(),
        }
    }

    pub fn begin(&mut self, transfer: Transfer, files: Vec<(String, i64)>) {
        self.transfer = Some(transfer);
        for (content, file) in files {
            self.lines.entry(content).or_default().file = file;
        }
    }

    /// From now on, who names this address is let in.
    pub fn expect(&mut self, content: &str, listener: &Listener, address: &str) {
        let waiting = listener.expect(address).inspect_err(|error| tracing::info!(%error, "nobody is waited for"));
        self.lines.entry(content.to_owned()).or_default().waiting = waiting.ok();
    }

    /// Something goes through a socket that needs nothing of what is said between the two.
    fn is_carried(&self) -> bool {
        self.lines.iter().any(|(content, line)| {
            let stage = self.transfer.as_ref().and_then(|transfer| transfer.stage(content));
            stage == Some(Stage::Moving) && line.inband.is_none() && line.deadline.is_none()
        })
    }

    pub fn due(&self) -> Option<Instant> {
        let lines = self.lines.values().filter_map(|line| line.deadline);
        lines.chain(self.expires.filter(|_| self.is_pending())).min()
    }

    /// We offer what is in it.
    pub fn is_ours(&self) -> bool {
        self.transfer.as_ref().is_none_or(|transfer| transfer.role() == Creator::Initiator)
    }

    /// Nobody has answered what is offered in it.
    pub fn is_pending(&self) -> bool {
        self.transfer.as_ref().is_some_and(|transfer| transfer.state() == State::Pending)
    }

    /// The stream between stanzas of this id.
    pub fn inband(&mut self, stream: &str) -> Option<(&String, &mut InBand)> {
        let all = self.lines.iter_mut().filter_map(|(name, line)| Some((name, line.inband.as_mut()?)));
        all.into_iter().find(|(_, inband)| inband.stream.sid() == stream)
    }
}

/// When a way has to be found.
pub(super) fn way_due() -> Option<Instant> {
    Instant::now().checked_add(Duration::from_millis(CONNECT))
}

impl Core {
    /// Whether a request is about files: of a session of ours, or an offer of nothing else.
    pub(in super::super) fn is_of_files(&self, from: &FullJid, jingle: &Jingle) -> bool {
        let known = self.files.sessions.get(&jingle.sid).and_then(|session| session.transfer.as_ref());
        let offers = jingle.action == Action::SessionInitiate
            && !jingle.contents.is_empty()
            && jingle.contents.iter().all(|content| content.file().is_some());
        known.is_some_and(|transfer| transfer.peer() == from) || offers
    }

    /// A request about files: answered, and then followed (interop: the answer comes before anything that comes of it).
    pub(in super::super) fn files_request(
        &mut self,
        b: &Batch<'_>,
        from: &FullJid,
        id: &str,
        jingle: &Jingle,
    ) -> Result<()> {
        let to = from.to_string();
        if self.is_blocked(&from.to_bare()) {
            self.out.send(iq_error(id, Some(&to), "cancel", "service-unavailable"));
            return Ok(());
        }
        let went = self.bytes_went(&jingle.sid);
        self.act_of_session(b, &jingle.sid, went)?;
        match self.follow_files(from, jingle) {
            Ok(acts) => {
                self.out.send(iq_result(id, Some(&to), None));
                if jingle.action == Action::SessionInitiate {
                    return self.files_offered(b, from, jingle);
                }
                self.act_of_session(b, &jingle.sid, acts)
            }
            Err(refusal) => {
                let iq = el("iq", ns::CLIENT).attr("type", "error").attr("id", id).attr("to", to);
                self.out.send(iq.child(refusal.write()));
                Ok(())
            }
        }
    }

    /// How many bytes went is told to the machine before it hears of anything else: another way is none any more then.
    pub(super) fn bytes_went(&mut self, sid: &str) -> Vec<Act> {
        let Some(session) = self.files.sessions.get_mut(sid) else { return Vec::new() };
        let Some(transfer) = session.transfer.as_mut() else { return Vec::new() };
        let went = session.lines.iter().flat_map(|(content, line)| {
            let done = self.files.going.get(&line.file).map_or(0, |going| going.control.done());
            let offset = transfer.span(content).map_or(0, |span| span.offset);
            transfer.moved(content, done.saturating_sub(offset))
        });
        went.collect()
    }

    fn follow_files(&mut self, from: &FullJid, jingle: &Jingle) -> std::result::Result<Vec<Act>, Refusal> {
        if jingle.action == Action::SessionInitiate {
            let ours = |session: &Session| session.transfer.as_ref().and_then(|transfer| transfer.ties(from, jingle));
            let known = self.files.sessions.contains_key(&jingle.sid);
            if known {
                return Err(Refusal::OutOfOrder);
            }
            return match self.files.sessions.values().find_map(ours) {
                Some(Creator::Initiator) => Err(Refusal::TieBreak),
                _ => Ok(Vec::new()),
            };
        }
        let session = self.files.sessions.get_mut(&jingle.sid).and_then(|session| session.transfer.as_mut());
        session.ok_or(Refusal::UnknownSession)?.receive(from, jingle)
    }

    /// Ways that took too long, and last words that never came.
    pub(super) fn tick_sessions(&mut self, b: &Batch<'_>) -> Result<()> {
        let now = Instant::now();
        let due = self.files.sessions.iter_mut().flat_map(|(sid, session)| {
            let due = session.lines.iter_mut().filter(move |(_, line)| line.deadline.is_some_and(|at| at <= now));
            due.map(|(name, line)| {
                line.deadline = None;
                (sid.clone(), name.clone(), line.came.is_some())
            })
        });
        let due: Vec<_> = due.collect();
        for (sid, name, came) in due {
            if came {
                // The promised hash is not told: what is here is as long as it should be.
                self.settle_file(&sid, &name);
                continue;
            }
            let acts = self.with_transfer(&sid, |transfer| transfer.failed(&name));
            self.act_of_session(b, &sid, acts)?;
        }
        self.expire_offers(b, now)
    }

    /// Offers that nobody has answered in good time.
    fn expire_offers(&mut self, b: &Batch<'_>, now: Instant) -> Result<()> {
        let late = |session: &Session| session.is_pending() && session.expires.is_some_and(|at| at <= now);
        let late = self.files.sessions.iter().filter(|(_, session)| late(session));
        for sid in late.map(|(sid, _)| sid.clone()).collect::<Vec<_>>() {
            let acts = self.with_transfer(&sid, |transfer| transfer.end(Condition::Timeout));
            self.act_of_session(b, &sid, acts)?;
        }
        Ok(())
    }

    pub(super) fn with_transfer<T: Default>(&mut self, sid: &str, work: impl FnOnce(&mut Transfer) -> T) -> T {
        let transfer = self.files.sessions.get_mut(sid).and_then(|session| session.transfer.as_mut());
        transfer.map(work).unwrap_or_default()
    }

    /// Our address is another: nobody knows the sessions any more.
    pub(super) fn end_sessions(&mut self, b: &Batch<'_>) -> Result<()> {
        let sids: Vec<_> = self.files.sessions.keys().cloned().collect();
        for sid in sids {
            let acts = self.with_transfer(&sid, |transfer| transfer.end(Condition::ConnectivityError));
            // Nothing is said to them: only what is here changes.
            let acts = acts.into_iter().filter(|act| !matches!(act, Act::Request(_)));
            self.act_of_session(b, &sid, acts.collect())?;
        }
        Ok(())
    }

    /// A device is gone: what only it could go on with is over, and what nobody has answered yet. Sockets tell their own end.
    pub(in super::super) fn device_gone(&mut self, b: &Batch<'_>, device: &Jid) -> Result<()> {
        let with_it = self.files.sessions.iter().filter(|(_, session)| {
            let theirs = session.transfer.as_ref().is_some_and(|transfer| *device == *transfer.peer());
            theirs && !session.is_carried()
        });
        let sids: Vec<_> = with_it.map(|(sid, _)| sid.clone()).collect();
        for sid in sids {
            let acts = self.with_transfer(&sid, |transfer| transfer.end(Condition::Gone));
            let acts = acts.into_iter().filter(|act| !matches!(act, Act::Request(_)));
            self.act_of_session(b, &sid, acts.collect())?;
        }
        Ok(())
    }

    /// The application ends: whoever we exchange files with is told, and the next run goes on.
    pub(in super::super) fn leave_sessions(&mut self) {
        self.call_sessions_off(&Condition::Gone);
    }

    /// Whoever we exchange files with is told that it is over, and why.
    pub(super) fn call_sessions_off(&mut self, reason: &Condition) {
        let acts: Vec<_> = self
            .files
            .sessions
            .values_mut()
            .filter_map(|session| session.transfer.as_mut())
            .map(|transfer| (transfer.peer().clone(), transfer.end(reason.clone())))
            .collect();
        for (peer, acts) in acts {
            for act in acts {
                if let Act::Request(jingle) = act {
                    self.request_of_files(&peer, &jingle);
                }
            }
        }
    }

    /// The session of a file, and its name there.
    pub(super) fn session_of(&self, id: i64) -> Option<(String, String)> {
        self.files.sessions.iter().find_map(|(sid, session)| {
            let (name, _) = session.lines.iter().find(|(_, line)| line.file == id)?;
            Some((sid.clone(), name.clone()))
        })
    }

    /// Nobody has answered what is offered in it.
    pub(super) fn is_open(&self, sid: &str) -> bool {
        self.files.sessions.get(sid).is_some_and(Session::is_pending)
    }

    /// A stranger's, or ours: the way it goes is not there.
    pub(super) fn no_way(&mut self, b: &Batch<'_>, id: i64, reason: &Reason) -> Result<()> {
        let Some(mut file) = b.read().file(id)? else { return Ok(()) };
        let message = reason.text.clone().unwrap_or_else(|| reason.condition.name().to_owned());
        let code = match reason.condition {
            Condition::Busy => Code::DeclinedByThem,
            Condition::ConnectivityError | Condition::FailedTransport | Condition::UnsupportedTransports => Code::NoWay,
            Condition::Timeout | Condition::Success | Condition::Gone => Code::Interrupted,
            Condition::SecurityError => Code::FileForged,
            Condition::MediaError => Code::FileNotAsPromised,
            _ => Code::Refused,
        };
        let failure =
            waxwing_contract::Failure { condition: Some(reason.condition.name().to_owned()), ..fail(code, message) };
        self.fail_file(b, &mut file, &failure)
    }
}

/// What the bytes go through, in a box.
pub(super) fn boxed(stream: TcpStream) -> Box<dyn Stream> {
    Box::new(stream)
}
