//! Tasks of a session in which files are handed over: sockets are found, and bytes go through what was found.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use waxwing_jingle::{datachannel, ice, s5b};
use waxwing_transfer::file::{Hash, Part};
use waxwing_transfer::socks5::{self, Connector, Waiting};
use waxwing_transfer::stream::{Incoming, Outgoing, receive, send};
use waxwing_transfer::{Control, Error, Progress};

use super::courier::{Got, settle, spawn};

/// How long whoever says that they have connected may take to be seen.
const SEEN: Duration = Duration::from_secs(10);

/// What bytes go through.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// What a task of a session tells.
pub(crate) enum Step {
    /// One of their candidates answered.
    Connected {
        cid: String,
        stream: TcpStream,
    },
    Unreachable {
        cid: String,
    },
    /// Our proxy answered; it is still to be activated.
    Proxied(Option<TcpStream>),
    /// Who connected to us is there, or is not.
    Met(Option<Box<dyn Stream>>),
    Progress(Progress),
    Sent(Result<Vec<Hash>, Error>),
    Came(Result<Vec<Hash>, Error>),
    /// The next bytes that go between stanzas, or their end.
    Block(Option<Vec<u8>>),
    /// What came between stanzas was taken.
    Took,
    /// Our part of a data channel; none can be made.
    Described(Option<Box<datachannel::Transport>>),
    /// A place where we can be reached for it.
    Place(ice::Candidate),
    /// It is open.
    Opened(Box<dyn Stream>),
    /// It leads nowhere, or not any more.
    Lost,
}

/// Such a step, and where it belongs.
pub(crate) struct Report {
    pub sid: String,
    /// The name of the file in the session.
    pub content: String,
    /// How many ways were left before the one it is about.
    pub turn: u32,
    pub step: Step,
}

/// Where it is told.
pub(crate) type Tell = Arc<dyn Fn(Step) + Send + Sync>;

/// A candidate, and how it is reached.
pub(crate) struct Door {
    pub candidate: s5b::Candidate,
    /// It is the account's own proxy, which may be on this computer.
    pub own: bool,
}

/// Knocks at their candidates, one after the other.
pub(crate) fn knock(doors: Vec<Door>, address: String, connector: Connector, tell: Tell) -> AbortHandle {
    let task = tokio::spawn(async move {
        let mut open = JoinSet::new();
        for door in doors {
            let (address, connector, tell) = (address.clone(), connector.clone(), tell.clone());
            open.spawn(async move {
                let cid = door.candidate.cid.clone();
                match reach(&door, &address, connector).await {
                    Ok(stream) => tell(Step::Connected { cid, stream }),
                    Err(error) => {
                        tracing::debug!(%error, cid, "a candidate does not answer");
                        tell(Step::Unreachable { cid });
                    }
                }
            });
            sleep(Duration::from_millis(s5b::STAGGER)).await;
        }
        while open.join_next().await.is_some() {}
    });
    task.abort_handle()
}

/// Connects to our proxy, to have it activated.
pub(crate) fn enter(door: Door, address: String, connector: Connector, tell: Tell) -> AbortHandle {
    let task = tokio::spawn(async move {
        let entered = reach(&door, &address, connector).await;
        let entered = entered.inspect_err(|error| tracing::info!(%error, "our proxy for files does not answer"));
        tell(Step::Proxied(entered.ok()));
    });
    task.abort_handle()
}

async fn reach(door: &Door, address: &str, connector: Connector) -> Result<TcpStream, Error> {
    let connector = Connector { loopback: connector.loopback || door.own, ..connector };
    let s5b::Candidate { cid, host, port, priority, .. } = door.candidate.clone();
    connector.to(&socks5::Candidate { cid, host, port, priority }, address).await
}

/// Waits for whoever connects to one of ours; the one that was chosen, where it can be told.
pub(crate) fn meet(mut waiting: Waiting, chosen: s5b::Candidate, tell: Tell) -> AbortHandle {
    let task = tokio::spawn(async move {
        let met = timeout(SEEN, async {
            let mut other = None;
            loop {
                // The right one is there already, or comes at once.
                let next = if other.is_some() {
                    timeout(Duration::from_secs(1), waiting.next()).await.ok().flatten()
                } else {
                    waiting.next().await
                };
                match next {
                    Some(met) if met.local.ip().to_canonical().to_string() == chosen.host => break Some(met.stream),
                    Some(met) => other = other.or(Some(met.stream)),
                    None => break other,
                }
            }
        });
        let met = met.await.ok().flatten().map(|stream| Box::new(stream) as Box<dyn Stream>);
        tell(Step::Met(met));
    });
    task.abort_handle()
}

/// Sends a file through a stream.
pub(crate) fn carry_out(what: Outgoing, mut stream: Box<dyn Stream>, control: Control, tell: Tell) -> AbortHandle {
    spawn(control.clone(), tell, Step::Progress, async move {
        let sent = send(what, &mut stream, &control).await;
        if sent.is_ok() {
            // Whoever reads closes first: where the socket went now, what is on its way could be lost.
            tokio::spawn(
                async move { timeout(SEEN, tokio::io::AsyncReadExt::read(&mut stream, &mut [0_u8; 64])).await },
            );
        }
        Step::Sent(sent)
    })
}

/// Receives one.
pub(crate) fn carry_in(
    what: Incoming,
    mut stream: Box<dyn Stream>,
    part: PathBuf,
    control: Control,
    tell: Tell,
) -> AbortHandle {
    spawn(control.clone(), tell, Step::Progress, async move {
        let came = async {
            let part = Part::reopen(&part)?;
            receive(what, &mut stream, &part, &control).await
        };
        Step::Came(came.await)
    })
}

/// What came, and what is to become of it.
pub(crate) struct Whole {
    pub part: PathBuf,
    /// The account's files.
    pub files: PathBuf,
    pub name: String,
    pub media_type: String,
    /// SHA-256.
    pub hash: Vec<u8>,
}

/// Gives what came its name.
pub(crate) fn keep(whole: Whole, tell: impl FnOnce(Result<Got, Error>) + Send + 'static) {
    let Whole { part, files, name, media_type, hash } = whole;
    tokio::spawn(async move {
        let kept = async { settle(Part::reopen(&part)?, files, name, media_type, hash).await };
        tell(kept.await);
    });
}
