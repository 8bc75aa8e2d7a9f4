//! The live stream: one task step that writes and reads, and the bookkeeping of XEP-0198 and IQs around it.

mod acks;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::{Sink as _, SinkExt as _, Stream as _, StreamExt as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_xmpp::xmlstream::ReadError;
use xmpp_parsers::jid::{BareJid, Jid};

use acks::{ACK_TIMEOUT, FIRST_ACK};

use crate::connect::{broken, is_unreadable};
use crate::error::{Error, IqError};
use crate::inbound::{self, Archives};
use crate::iq::Pending;
use crate::limits::{Inbound, XmlStream};
use crate::ns;
use crate::session::{Command, Event, IqKind};
use crate::sm::{Sent, StreamManagement};
use crate::stanza::{iq_error, random_id, stream_error};
use crate::tap::Watch;
use crate::wire::Wire;
use crate::xml::{Element, Reading as _, el};

/// Why a live stream ended.
pub(crate) enum End {
    /// We were told to.
    Closed,
    /// Something broke or the server ended it.
    Failed(Error),
}

/// What outlives a stream and is taken over by the one that resumes it.
#[derive(Default)]
pub(crate) struct Kept {
    pub sm: Option<StreamManagement>,
    pub pending: Pending,
    pub archives: Archives,
    /// Numbers given before the present session's first stanza: they only ever grow, so that what is confirmed late
    /// never confirms something newer.
    pub base: u64,
    /// The newest number given.
    pub newest: u64,
    /// What was commanded while the stream was away and the session could come back.
    pub held: Vec<Command>,
    /// How many stanzas had come when something could not be read.
    pub unreadable: Option<u64>,
    /// Who watches.
    pub watch: Watch,
}

impl Kept {
    /// Counts an incoming stanza; 0 where nothing is counted.
    fn number(&mut self) -> u64 {
        let Some(sm) = &mut self.sm else { return 0 };
        self.newest = self.base + sm.receive();
        self.newest
    }

    /// Everything up to this number is safe; what belongs to an earlier session says nothing about this one.
    pub fn handled(&mut self, seq: u64) {
        if let (Some(sm), Some(seq)) = (&mut self.sm, seq.checked_sub(self.base)) {
            sm.handle_up_to(seq);
        }
    }

    /// A new session begins.
    pub fn renew(&mut self, sm: Option<StreamManagement>) {
        self.base = self.newest;
        self.sm = sm;
        self.unreadable = None;
    }
}

pub(crate) struct Live<'a> {
    stream: XmlStream<Wire>,
    kept: &'a mut Kept,
    own: BareJid,
    outgoing: VecDeque<Element>,
    unflushed: bool,
    /// An event that found the channel full; nothing is read until it is gone.
    backlog: VecDeque<Event>,
    /// When the acknowledgement we asked for is due.
    ack_due: Option<Instant>,
    /// When the server first answered without acknowledging anything, since it last did.
    stuck_since: Option<Instant>,
    /// Not asked again before.
    ask_at: Option<Instant>,
    /// The server asked while stanzas were unhandled: tell it again when they are.
    ack_owed: bool,
    closing: bool,
    /// Resumed, and the server has not shown yet that it can follow.
    unproved: bool,
}

impl<'a> Live<'a> {
    /// `resend`: a resumption, so that what the server lacks goes out first.
    pub fn new(stream: XmlStream<Wire>, kept: &'a mut Kept, own: BareJid, resend: bool) -> Self {
        let mut outgoing = VecDeque::new();
        if let Some(sm) = kept.sm.as_ref().filter(|_| resend) {
            // Asked first: the answer does not wait for all that is sent again.
            outgoing.push_back(el("r", ns::SM).into());
            outgoing.extend(sm.unacknowledged().map(|sent| sent.stanza.clone()));
        }
        let held = std::mem::take(&mut kept.held);
        kept.pending.allow_until(Instant::now() + Duration::from_secs(10));
        let mut live = Self {
            stream,
            kept,
            own,
            outgoing,
            unflushed: false,
            backlog: VecDeque::new(),
            ack_due: resend.then(|| Instant::now() + FIRST_ACK),
            stuck_since: None,
            ask_at: None,
            ack_owed: false,
            closing: false,
            unproved: resend,
        };
        held.into_iter().for_each(|command| live.command(command));
        live
    }

    pub async fn run(&mut self, commands: &mut mpsc::UnboundedReceiver<Command>, events: &mpsc::Sender<Event>) -> End {
        let end = self.live(commands, events).await;
        // What was counted but not yet told would be told by nobody else.
        for event in self.backlog.drain(..) {
            if events.send(event).await.is_err() {
                return End::Closed;
            }
        }
        end
    }

    async fn live(&mut self, commands: &mut mpsc::UnboundedReceiver<Command>, events: &mpsc::Sender<Event>) -> End {
        self.request_ack();
        loop {
            // While nothing is read, no acknowledgement can be seen.
            let ack_due = self.ack_due.filter(|_| self.backlog.is_empty());
            let deadline = [self.kept.pending.next_deadline(), ack_due, self.ask_at].into_iter().flatten().min();
            let timer = sleep_until(deadline.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600)));
            tokio::select! {
                command = commands.recv(), if !self.closing => match command {
                    Some(Command::Close) | None => self.closing = true,
                    Some(command) => self.command(command),
                },
                permit = events.reserve(), if !self.backlog.is_empty() => match (permit, self.backlog.pop_front()) {
                    (Ok(permit), Some(event)) => {
                        permit.send(event);
                        if self.backlog.is_empty() && self.ack_due.is_some() {
                            self.ack_due = Some(Instant::now() + ACK_TIMEOUT);
                        }
                    }
                    // Nobody listens any more: what was commanded before that is still to be said, the end last.
                    _ => self.backlog.clear(),
                },
                read = poll_fn(|cx| poll_step(&mut self.stream, &mut self.outgoing, &mut self.unflushed, self.kept, !self.backlog.is_empty(), cx)) => {
                    if let Some(end) = self.received(read) {
                        return end;
                    }
                }
                () = timer => if let Some(end) = self.timed_out() {
                    return end;
                },
            }
            if self.closing && self.outgoing.is_empty() {
                let _ = tokio::time::timeout(Duration::from_secs(2), self.say_goodbye()).await;
                return End::Closed;
            }
            self.request_ack();
        }
    }

    async fn say_goodbye(&mut self) -> io::Result<()> {
        if let Some(sm) = &self.kept.sm {
            let ack: Element = el("a", ns::SM).attr("h", sm.h().to_string()).into();
            self.stream.send(&ack).await?;
        }
        self.stream.shutdown().await?;
        // The server closes its side too (RFC 6120 §4.4). Leaving before, with something of it unread, would reset the
        // connection, and what was said last could be lost on the way.
        while let Some(Ok(_)) = self.stream.next().await {}
        Ok(())
    }

    fn timed_out(&mut self) -> Option<End> {
        let now = Instant::now();
        if self.backlog.is_empty() && self.ack_due.is_some_and(|due| due <= now) {
            if self.unproved {
                self.give_up();
            }
            return Some(End::Failed(Error::Timeout("waiting for an acknowledgement")));
        }
        for (id, token) in self.kept.pending.expire(now) {
            self.kept.archives.retain(|_, (query, _)| *query != id);
            self.backlog.push_back(Event::Reply { seq: 0, token, result: Err(IqError::Timeout) });
        }
        None
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Send { stanza, tag } => self.send(stanza, tag),
            Command::Nonza(element) => self.outgoing.push_back(element),
            Command::Iq { to, payload, kind, token, timeout } => self.iq(to, payload, kind, token, timeout),
            Command::Handled(seq) => {
                self.kept.handled(seq);
                if self.ack_owed {
                    self.acknowledge();
                }
            }
            Command::Probe => self.doubt(),
            // These concern a session that is not live.
            Command::Connect | Command::Close => {}
        }
    }

    fn iq(&mut self, to: Option<Jid>, payload: Element, kind: IqKind, token: u64, timeout: Duration) {
        let id = random_id();
        if let Some(query) = payload.get("queryid").filter(|_| payload.has_ns(ns::MAM)) {
            let archive = to.as_ref().map_or_else(|| self.own.clone(), Jid::to_bare);
            self.kept.archives.insert(query.to_owned(), (id.clone(), archive));
        }
        let iq = el("iq", ns::CLIENT)
            .attr("type", kind.name())
            .attr("id", &id)
            .attr_opt("to", to.as_ref().map(ToString::to_string))
            .child(payload);
        self.kept.pending.add(id, to, token, Instant::now() + timeout);
        self.send(iq.into(), None);
    }

    fn send(&mut self, stanza: Element, tag: Option<u64>) {
        if let Some(sm) = &mut self.kept.sm {
            sm.send(Sent { stanza: stanza.clone(), tag });
        } else if let Some(tag) = tag {
            // Without acknowledgements, written is the most that can be known.
            self.backlog.push_back(Event::Acknowledged(vec![tag]));
        }
        self.outgoing.push_back(stanza);
    }

    fn received(&mut self, read: Result<Inbound, ReadError>) -> Option<End> {
        self.stream.get_stream().meter().reset();
        match read {
            Ok(Inbound::Element(element)) => {
                self.kept.watch.show(false, &element);
                self.element(&element)
            }
            Ok(Inbound::Skipped(head)) => {
                self.kept.watch.show(false, &head);
                self.skipped(&head);
                None
            }
            Err(ReadError::SoftTimeout) => {
                self.probe();
                None
            }
            Err(ReadError::StreamFooterReceived) => Some(End::Failed(Error::Closed)),
            Err(ReadError::HardError(error)) => {
                if is_unreadable(&error) {
                    self.unreadable();
                }
                Some(End::Failed(broken(error)))
            }
            Err(ReadError::ParseError(_)) => None,
        }
    }

    /// What cannot be read is there again at every resumption: the second time it counts as dealt with.
    fn unreadable(&mut self) {
        let received = self.kept.sm.as_ref().map(StreamManagement::received);
        if received.is_some() && std::mem::replace(&mut self.kept.unreadable, received) == received {
            tracing::warn!("a stanza that cannot be read was left aside");
            let seq = self.kept.number();
            self.backlog.push_back(Event::Skipped { seq });
        }
    }

    /// Asks for any sign of life; the reader gives up where none comes.
    fn probe(&mut self) {
        if self.kept.sm.is_some() {
            self.outgoing.push_back(el("r", ns::SM).into());
        } else {
            let ping = el("iq", ns::CLIENT).attr("type", "get").attr("id", random_id()).child(el("ping", ns::PING));
            self.outgoing.push_back(ping.into());
        }
    }

    fn element(&mut self, element: &Element) -> Option<End> {
        if let Some(error) = stream_error(element) {
            return Some(End::Failed(error));
        }
        if element.has_ns(ns::SM) {
            return self.stream_management(element);
        }
        if !is_stanza(element) {
            tracing::debug!(name = element.name(), "an unknown element on the stream was left aside");
            return None;
        }
        let seq = self.kept.number();
        if element.name() == "iq" && matches!(element.get("type"), Some("result" | "error")) {
            let event = if let Some((token, result)) = self.kept.pending.answer(element, &self.own) {
                self.kept.archives.retain(|_, (id, _)| Some(id.as_str()) != element.get("id"));
                Event::Reply { seq, token, result }
            } else {
                tracing::debug!("an answer nobody asked for was dropped");
                Event::Dropped { seq }
            };
            self.backlog.push_back(event);
            return None;
        }
        self.backlog.push_back(match inbound::read(element, &self.own, &self.kept.archives) {
            Ok(incoming) => Event::Incoming { seq, incoming },
            Err(why) => {
                tracing::warn!(why, "a stanza was dropped");
                Event::Dropped { seq }
            }
        });
        None
    }

    /// Out of bounds: counted, told, refused where an answer is owed. The stream lives.
    fn skipped(&mut self, head: &Element) {
        tracing::warn!(name = head.name(), "a stanza out of bounds was skipped");
        let mut seq = 0;
        if is_stanza(head) {
            seq = self.kept.number();
            if let (Some("get" | "set"), Some(id)) = (head.get("type"), head.get("id")) {
                self.send(iq_error(id, head.get("from"), "modify", "policy-violation").into(), None);
            }
        }
        self.backlog.push_back(Event::Skipped { seq });
    }
}

fn is_stanza(element: &Element) -> bool {
    element.has_ns(ns::CLIENT) && matches!(element.name(), "message" | "presence" | "iq")
}

/// Writes what can be written and reads the next element, in one step: awaiting a send while the server does the same
/// would block both for good.
fn poll_step(
    stream: &mut XmlStream<Wire>,
    outgoing: &mut VecDeque<Element>,
    unflushed: &mut bool,
    kept: &mut Kept,
    paused: bool,
    cx: &mut Context<'_>,
) -> Poll<Result<Inbound, ReadError>> {
    let mut stream = Pin::new(stream);
    let failed = |error: io::Error| Poll::Ready(Err(ReadError::HardError(error)));
    while !outgoing.is_empty() {
        match futures::Sink::<&Element>::poll_ready(stream.as_mut(), cx) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => return failed(error),
            Poll::Pending => break,
        }
        let Some(element) = outgoing.pop_front() else { break };
        if let Err(error) = stream.as_mut().start_send(&element) {
            // Only an element that is not XML fails here, and leaves the stream as it was.
            tracing::error!(%error, "an element could not be written");
        }
        kept.watch.show(true, &element);
        *unflushed = true;
    }
    if *unflushed {
        match futures::Sink::<&Element>::poll_flush(stream.as_mut(), cx) {
            Poll::Ready(Ok(())) => *unflushed = !outgoing.is_empty(),
            Poll::Ready(Err(error)) => return failed(error),
            Poll::Pending => {}
        }
    }
    if paused {
        return Poll::Pending;
    }
    match stream.poll_next(cx) {
        Poll::Ready(Some(read)) => Poll::Ready(read),
        Poll::Ready(None) => Poll::Ready(Err(ReadError::StreamFooterReceived)),
        Poll::Pending => Poll::Pending,
    }
}
