//! The task that keeps one account's session: connects, lives, and comes back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use xmpp_parsers::jid::{FullJid, Jid};

use crate::backoff::Backoff;
use crate::connect::{self, Destination, Limits, Step};
use crate::dns::Target;
use crate::error::{Error, IqError};
use crate::fast::Ticket;
use crate::inbound::Incoming;
use crate::negotiate::{self, Connection, Credentials, Established, Offers};
use crate::policy::{self, Next};
use crate::proxy::Route;
use crate::sasl2;
use crate::sm::{Resumption, StreamManagement};
use crate::stream::{End, Kept, Live};
use crate::tap::Watch;
use crate::tls::{TlsInfo, Trust};
use crate::xml::Element;

/// A server may send us on this often before we pause.
const REDIRECTS: u32 = 3;

/// How to reach and enter the server.
#[derive(Debug, Clone)]
pub struct Options {
    pub credentials: Credentials,
    /// From the last sign-in, where one was kept: see [`Event::Ticket`].
    pub ticket: Option<Ticket>,
    /// A session of an earlier process to go on with, and how many stanzas that had handled: see [`Event::Online`].
    pub resume: Option<(Resumption, u32)>,
    pub route: Route,
    pub trust: Trust,
    pub limits: Limits,
    pub watch: Watch,
}

impl Options {
    pub(crate) fn destination(&self) -> Destination<'_> {
        let Self { credentials, route, trust, limits, watch, .. } = self;
        let (domain, from) = (credentials.jid.domain().as_str(), Some(credentials.jid.as_str()));
        Destination { domain, from, route, trust, limits: *limits, watch }
    }
}

/// RFC 6120 §8.2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IqKind {
    Get,
    Set,
}

impl IqKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Set => "set",
        }
    }
}

/// What the account asks of its session.
#[derive(Debug)]
pub enum Command {
    /// Sends a stanza. `tag` comes back in [`Event::Acknowledged`] or [`Event::Lost`].
    Send { stanza: Element, tag: Option<u64> },
    /// Sends what is no stanza, such as `<active/>`.
    Nonza(Element),
    /// Sends a request; [`Event::Reply`] brings `token` back, in any case.
    Iq { to: Option<Jid>, payload: Element, kind: IqKind, token: u64, timeout: Duration },
    /// Every stanza up to this number is safe: it may be acknowledged.
    Handled(u64),
    /// The network may be another one now: the server has to show soon that it is still there, or waiting ends.
    Probe,
    /// Connect now instead of waiting.
    Connect,
    /// Sign out.
    Close,
}

/// What the session tells, in the order of the stream.
#[derive(Debug)]
pub enum Event {
    /// An attempt came to this step.
    Connecting(Step),
    /// What to sign in with next time instead of the password; it is as secret. It takes the place of what was kept.
    Ticket(Option<Ticket>),
    /// The session is on. With `resumption` another process could go on with it, from the highest [`Event::seq`] it has
    /// handled less `base`.
    Online { jid: FullJid, connection: Box<Connection>, resumption: Option<Resumption>, base: u64 },
    /// A stanza for the account.
    Incoming { seq: u64, incoming: Incoming },
    /// The answer to a request.
    Reply { seq: u64, token: u64, result: Result<Element, IqError> },
    /// A stanza nobody needs, or nobody may see.
    Dropped { seq: u64 },
    /// The server has these.
    Acknowledged(Vec<u64>),
    /// Nobody knows whether the server has these: the session ended before it said so.
    Lost(Vec<u64>),
    /// A stanza was skipped for its depth or size.
    Skipped { seq: u64 },
    /// The session is off; `retry_in` is when the next attempt begins, `None` where a person is needed first.
    Offline { error: Error, retry_in: Option<Duration> },
    /// Signed out, as asked.
    Closed,
}

impl Event {
    /// The number of the stanza behind it, to be confirmed with [`Command::Handled`]: it may be acknowledged to the server
    /// then. They grow; 0 where there is none or nothing is counted.
    pub fn seq(&self) -> u64 {
        match self {
            Self::Incoming { seq, .. } | Self::Reply { seq, .. } | Self::Dropped { seq } | Self::Skipped { seq } => {
                *seq
            }
            _ => 0,
        }
    }
}

/// The way to a session's task; dropping it signs out.
#[derive(Debug, Clone)]
pub struct Session {
    commands: mpsc::UnboundedSender<Command>,
}

impl Session {
    /// Passes a command; nothing happens where the task has ended.
    pub fn command(&self, command: Command) {
        let _ = self.commands.send(command);
    }
}

/// Starts the task. It connects at once.
pub fn spawn(options: Options) -> (Session, mpsc::Receiver<Event>) {
    let (commands, receiver) = mpsc::unbounded_channel();
    let (events, output) = mpsc::channel(512);
    let mut options = options;
    let (resumption, h) = options.resume.take().unzip();
    let (jid, offers) = resumption.as_ref().map(|r| (r.jid.clone(), r.offers.clone())).unzip();
    let sm = resumption.map(|r| StreamManagement::inherited(r.id, h.unwrap_or(0)));
    let mut task = Task {
        kept: Kept { sm, watch: options.watch.clone(), ..Kept::default() },
        options,
        commands: receiver,
        events,
        jid,
        offers: offers.unwrap_or_default(),
        backoff: Backoff::default(),
        redirect: None,
        redirects: 0,
        spoke: false,
    };
    task.prefer_location();
    tokio::spawn(task.run());
    (Session { commands }, output)
}

struct Task {
    options: Options,
    commands: mpsc::UnboundedReceiver<Command>,
    events: mpsc::Sender<Event>,
    kept: Kept,
    jid: Option<FullJid>,
    /// What the server told when the session was bound.
    offers: Offers,
    backoff: Backoff,
    /// Where the server sent us, for one attempt.
    redirect: Option<Target>,
    /// How often it did in a row.
    redirects: u32,
    /// The last attempt showed the ticket and failed.
    spoke: bool,
}

impl Task {
    async fn run(mut self) {
        loop {
            let error = match self.attempt().await {
                Some(Ok(established)) => match self.live(established).await {
                    End::Closed => break,
                    End::Failed(error) => error,
                },
                Some(Err(error)) => error,
                None => break,
            };
            tracing::info!(%error, "the session is off");
            let retry_in = self.retry_in(&error);
            if retry_in.is_none() {
                self.forget_session().await;
            }
            if self.events.send(Event::Offline { error, retry_in }).await.is_err() || !self.pause(retry_in).await {
                break;
            }
        }
        let _ = self.events.send(Event::Closed).await;
    }

    /// Connects and signs in; `None` when told to close meanwhile.
    async fn attempt(&mut self) -> Option<Result<Established, Error>> {
        let mut options = self.options.clone();
        if let Some(target) = self.redirect.take() {
            options.route.endpoint = Some(target);
        }
        let mut resume = self.kept.sm.take();
        let resumable = resume.as_ref().is_some_and(|sm| sm.id.is_some());
        // A ticket shown in vain is not shown again before the password has worked: a server, or a box on the way, may not
        // understand what it says and answer with anything or nothing.
        let silent = std::mem::take(&mut self.spoke);
        let mut ticket = self.options.ticket.clone().filter(|_| !silent);
        let spoke = AtomicBool::new(false);
        let mut connecting = Box::pin(connect(&options, &mut ticket, &mut resume, &spoke, self.events.clone()));
        let result = loop {
            tokio::select! {
                result = &mut connecting => break Some(result),
                command = self.commands.recv() => match command {
                    None | Some(Command::Close) => break None,
                    Some(command) if resumable => self.kept.held.push(command),
                    Some(command) => refuse(&self.events, command).await,
                },
            }
        };
        drop(connecting);
        if !matches!(result, Some(Ok(_))) {
            self.kept.sm = resume;
        }
        let failed = matches!(result, Some(Err(_)));
        self.spoke = failed && (silent || spoke.load(Ordering::Relaxed));
        // After a failure there is news only where the server said that it does not take the ticket.
        let news = !failed || (!silent && ticket.is_none());
        if result.is_some() && news && ticket != self.options.ticket {
            self.options.ticket.clone_from(&ticket);
            let _ = self.events.send(Event::Ticket(ticket)).await;
        }
        result
    }

    async fn live(&mut self, established: Established) -> End {
        let Established { stream, jid, mut connection, sm, acknowledged, lost } = established;
        let resumed = connection.resumed;
        if resumed {
            connection.offers = self.offers.clone();
            self.kept.sm = sm;
        } else {
            self.offers = connection.offers.clone();
            self.kept.renew(sm);
        }
        if !acknowledged.is_empty() {
            let _ = self.events.send(Event::Acknowledged(acknowledged)).await;
        }
        if !resumed {
            self.tell_lost(lost.into_iter().filter_map(|sent| sent.tag).collect()).await;
        }
        if jid.is_some() {
            self.jid = jid;
        }
        let Some(jid) = self.jid.clone() else { return End::Failed(Error::Protocol("resuming")) };
        tracing::info!(resumed, mechanism = connection.mechanism, "the session is on");
        let own = jid.to_bare();
        let id = self.kept.sm.as_ref().and_then(|sm| sm.id.clone());
        let resumption = id.map(|id| Resumption { id, jid: jid.clone(), offers: self.offers.clone() });
        let online = Event::Online { jid, connection: Box::new(connection), resumption, base: self.kept.base };
        if self.events.send(online).await.is_err() {
            return End::Closed;
        }
        let began = Instant::now();
        let end = Live::new(stream, &mut self.kept, own, resumed).run(&mut self.commands, &self.events).await;
        if self.backoff.lived(began.elapsed()) {
            self.redirects = 0;
        }
        if self.kept.sm.as_ref().is_none_or(|sm| sm.id.is_none()) {
            self.forget_session().await;
        }
        self.prefer_location();
        end
    }

    /// The first attempt to resume goes where the server asked for it (XEP-0198 §5), unless a person chose the place.
    fn prefer_location(&mut self) {
        let resumable = self.kept.sm.as_ref().is_some_and(|sm| sm.id.is_some());
        if resumable && self.options.route.endpoint.is_none() {
            self.redirect = self.offers.location.as_deref().and_then(policy::place);
        }
    }

    /// Nothing can be resumed: what was on its way is lost, what was asked will not be answered.
    async fn forget_session(&mut self) {
        self.redirect = None;
        let lost = self.kept.sm.take().map(StreamManagement::into_unacknowledged).unwrap_or_default();
        self.tell_lost(lost.into_iter().filter_map(|sent| sent.tag).collect()).await;
    }

    async fn tell_lost(&mut self, tags: Vec<u64>) {
        if !tags.is_empty() {
            let _ = self.events.send(Event::Lost(tags)).await;
        }
        self.kept.archives.clear();
        for command in std::mem::take(&mut self.kept.held) {
            refuse(&self.events, command).await;
        }
        for token in self.kept.pending.abandon() {
            let _ = self.events.send(Event::Reply { seq: 0, token, result: Err(IqError::Disconnected) }).await;
        }
    }

    /// When the next attempt begins; nothing where a person is needed first.
    fn retry_in(&mut self, error: &Error) -> Option<Duration> {
        match policy::next(error) {
            // Said to the ticket, perhaps by a server that does not know such things: the password is tried as well.
            Next::Person if self.spoke && matches!(error, Error::Stream { .. }) => Some(self.backoff.next()),
            Next::Person => None,
            Next::Elsewhere(target) => {
                self.redirect = Some(target);
                self.redirects += 1;
                if self.redirects <= REDIRECTS {
                    return Some(Duration::ZERO);
                }
                self.redirects = 0;
                Some(self.backoff.next())
            }
            Next::Again { at_least } => Some(self.backoff.next().max(at_least)),
        }
    }

    /// Waits for the time or the person; false when told to close.
    async fn pause(&mut self, wait: Option<Duration>) -> bool {
        let until = wait.map(|wait| Instant::now() + wait);
        loop {
            let waiting = async {
                match until {
                    Some(until) => tokio::time::sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = waiting => return true,
                command = self.commands.recv() => match command {
                    None | Some(Command::Close) => return false,
                    Some(Command::Connect | Command::Probe) => {
                        self.backoff.forget();
                        self.redirects = 0;
                        return true;
                    }
                    Some(Command::Handled(seq)) => self.kept.handled(seq),
                    Some(command) if self.kept.sm.as_ref().is_some_and(|sm| sm.id.is_some()) => {
                        self.kept.held.push(command);
                    }
                    Some(command) => refuse(&self.events, command).await,
                },
            }
        }
    }
}

/// One attempt. `spoke` tells afterwards whether the ticket was shown.
async fn connect(
    options: &Options,
    ticket: &mut Option<Ticket>,
    resume: &mut Option<StreamManagement>,
    spoke: &AtomicBool,
    news: mpsc::Sender<Event>,
) -> Result<Established, Error> {
    let Options { credentials, limits, .. } = options;
    // Steps are news, not history: where nobody listens they are skipped.
    let step = |step| drop(news.try_send(Event::Connecting(step)));
    let first = |tls: &TlsInfo| {
        let words = sasl2::first_words(credentials, ticket.as_ref()?, tls, resume.as_ref());
        spoke.fetch_or(words.is_some(), Ordering::Relaxed);
        words
    };
    let opened = connect::open(&options.destination(), first, step).await?;
    step(Step::SignIn);
    timeout(limits.sign_in, negotiate::sign_in(opened, credentials, ticket, resume))
        .await
        .unwrap_or(Err(Error::Timeout("signing in")))
}

/// Answers a command there is no stream for.
async fn refuse(events: &mpsc::Sender<Event>, command: Command) {
    let event = match command {
        Command::Send { tag: Some(tag), .. } => Event::Lost(vec![tag]),
        Command::Iq { token, .. } => Event::Reply { seq: 0, token, result: Err(IqError::Disconnected) },
        _ => return,
    };
    let _ = events.send(event).await;
}
