//! What programs asked of the desktop's notifications, and what became of it: everything said on a bus, overheard. It
//! goes on when the notification daemon ends, and also hears what nobody answers.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Result, bail};
use futures::StreamExt;
use zbus::{
    Connection, MatchRule, Message, MessageStream,
    message::Type,
    zvariant::{OwnedValue, Value},
};

use crate::{bus, wait::until};

/// A notification somebody asked for.
#[derive(Clone, Debug)]
pub struct Notice {
    /// As the daemon answered; 0 until it has.
    pub id: u32,
    /// The earlier notification it takes the place of; 0 for none.
    pub replaces: u32,
    pub app: String,
    /// A name or a file.
    pub icon: String,
    pub summary: String,
    pub body: String,
    /// Key and label.
    pub actions: Vec<(String, String)>,
    pub hints: BTreeMap<String, OwnedValue>,
    /// Milliseconds; -1 leaves it to the desktop, 0 is for ever.
    pub timeout: i32,
    /// Why it is gone: 1 it expired, 2 a person dismissed it, 3 a program closed it, 4 who knows; the daemon itself
    /// ended: 0.
    pub closed: Option<u32>,
    /// A later one took its place.
    pub replaced: bool,
    /// Actions that were chosen.
    pub invoked: Vec<String>,
    /// What the bus or the daemon said instead of an id.
    pub refused: Option<String>,
    call: (String, u32),
}

impl Notice {
    /// Whether it is before people's eyes, or waits to be.
    pub fn open(&self) -> bool {
        self.id != 0 && self.closed.is_none() && !self.replaced
    }

    /// A hint's value in words: `urgency` is "1", `category` is "im.received".
    pub fn hint(&self, name: &str) -> Option<String> {
        Some(match &**self.hints.get(name)? {
            Value::Str(text) => text.to_string(),
            Value::U8(number) => number.to_string(),
            Value::I32(number) => number.to_string(),
            Value::U32(number) => number.to_string(),
            Value::I64(number) => number.to_string(),
            Value::Bool(yes) => yes.to_string(),
            other => other.value_signature().to_string(),
        })
    }

    /// The label of an action.
    pub fn action(&self, key: &str) -> Option<&str> {
        self.actions.iter().find(|(known, _)| known == key).map(|(_, label)| label.as_str())
    }
}

/// Overhears the notifications of a session bus from now on.
pub struct Notices {
    heard: Arc<Mutex<Vec<Notice>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Notices {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Notices {
    pub async fn overhear(bus: &str) -> Result<Self> {
        let connection = bus::connect(bus).await?;
        let mut stream = monitor(&connection).await?;
        let heard: Arc<Mutex<Vec<Notice>>> = Arc::default();
        let list = heard.clone();
        let task = tokio::spawn(async move {
            while let Some(message) = stream.next().await {
                if let Ok(message) = message {
                    // what is not as the specification has it is not ours to judge
                    let _ = hear(&mut lock(&list), &message);
                }
            }
        });
        Ok(Self { heard, task })
    }

    /// All there were, oldest first.
    pub fn all(&self) -> Vec<Notice> {
        lock(&self.heard).clone()
    }

    /// Those a person could see now.
    pub fn open(&self) -> Vec<Notice> {
        self.all().into_iter().filter(Notice::open).collect()
    }

    /// The newest with this id.
    pub fn get(&self, id: u32) -> Option<Notice> {
        self.all().into_iter().rev().find(|notice| notice.id == id)
    }

    /// Waits for an answered notification; `what` completes "waited in vain for …".
    pub async fn wait(&self, what: &str, wanted: impl Fn(&Notice) -> bool) -> Result<Notice> {
        let found = until(what, async || self.all().into_iter().rev().find(|it| it.id != 0 && wanted(it))).await;
        match found {
            Ok(notice) => Ok(notice),
            Err(why) => bail!("{why}; heard: {}", self.told()),
        }
    }

    /// In words, for a failure.
    pub fn told(&self) -> String {
        let mut text = String::new();
        for it in self.all() {
            let _ = write!(
                text,
                "\n  {} (replaces {}) {:?}: {:?} {:?}, actions {:?}, invoked {:?}, closed {:?}, refused {:?}",
                it.id, it.replaces, it.app, it.summary, it.body, it.actions, it.invoked, it.closed, it.refused
            );
        }
        if text.is_empty() { "nothing".into() } else { text }
    }

    /// The daemon is gone, and what it showed with it.
    pub(crate) fn daemon_gone(&self) {
        for notice in lock(&self.heard).iter_mut().filter(|notice| notice.open()) {
            notice.closed = Some(0);
        }
    }
}

async fn monitor(connection: &Connection) -> Result<MessageStream> {
    let rules = [
        MatchRule::builder().interface("org.freedesktop.Notifications")?.build(),
        // answers name no interface
        MatchRule::builder().msg_type(Type::MethodReturn).build(),
        MatchRule::builder().msg_type(Type::Error).build(),
    ];
    let stream = MessageStream::from(connection);
    zbus::fdo::MonitoringProxy::new(connection).await?.become_monitor(&rules, 0).await?;
    Ok(stream)
}

fn hear(list: &mut Vec<Notice>, message: &Message) -> Result<()> {
    let header = message.header();
    match (message.message_type(), header.member().map(|name| name.as_str())) {
        (Type::MethodCall, Some("Notify")) => list.push(notify(message)?),
        (kind @ (Type::MethodReturn | Type::Error), _) => {
            let (Some(to), Some(serial)) = (header.destination(), header.reply_serial()) else { return Ok(()) };
            let call = (to.to_string(), serial.get());
            let Some(at) = list.iter().position(|notice| notice.call == call) else { return Ok(()) };
            if kind == Type::Error {
                list[at].refused = header.error_name().map(|name| name.to_string());
                return Ok(());
            }
            let id = message.body().deserialize()?;
            for earlier in &mut list[..at] {
                earlier.replaced |= earlier.id == id && earlier.open();
            }
            list[at].id = id;
        }
        (Type::Signal, Some("NotificationClosed")) => {
            let (id, reason): (u32, u32) = message.body().deserialize()?;
            for notice in list.iter_mut().filter(|notice| notice.id == id && notice.open()) {
                notice.closed = Some(reason);
            }
        }
        (Type::Signal, Some("ActionInvoked")) => {
            let (id, key): (u32, String) = message.body().deserialize()?;
            if let Some(notice) = list.iter_mut().rev().find(|notice| notice.id == id) {
                notice.invoked.push(key);
            }
        }
        _ => {}
    }
    Ok(())
}

type Asked = (String, u32, String, String, String, Vec<String>, BTreeMap<String, OwnedValue>, i32);

fn notify(message: &Message) -> Result<Notice> {
    let (app, replaces, icon, summary, body, actions, hints, timeout): Asked = message.body().deserialize()?;
    let header = message.header();
    let sender = header.sender().map(ToString::to_string).unwrap_or_default();
    let actions = actions.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
    Ok(Notice {
        id: 0,
        replaces,
        app,
        icon,
        summary,
        body,
        actions,
        hints,
        timeout,
        closed: None,
        replaced: false,
        invoked: Vec::new(),
        refused: None,
        call: (sender, message.primary_header().serial_num().get()),
    })
}

fn lock(list: &Mutex<Vec<Notice>>) -> MutexGuard<'_, Vec<Notice>> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
