//! Notifications of the freedesktop specification, over notify-rust.
//!
//! What the person does with one comes in two ways: some services (dunst) tell only the connection that showed it, which
//! is notify-rust's; others tell everyone, and KDE's inline replies have a signal notify-rust does not know. So both are
//! listened to, and the first answer counts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use notify_rust::{Hint, Notification, NotificationHandle, NotificationResponse, Timeout, Urgency};
use tauri::AppHandle;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use waxwing_client::App;
use waxwing_client::attention::{Attention, Notice, Subject};
use waxwing_contract::NotificationService;
use zbus::{Connection, MatchRule, MessageStream, Proxy};

use super::text::{Text, actions, text};
use super::{Act, act};
use crate::words::Words;

const NAME: &str = "org.freedesktop.Notifications";
const BUS: &str = "org.freedesktop.DBus";
const OWNER_CHANGED: &str = "NameOwnerChanged";
const PATH: &str = "/org/freedesktop/Notifications";
/// How long a notification service may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Notifications that stand at once: beyond that a person reads none of them.
const MOST: usize = 64;

/// Shows and clears notices, and does what the person asks of them, for as long as the application runs.
pub async fn run(app: AppHandle, client: App, mut attention: mpsc::UnboundedReceiver<Attention>) {
    let (answers, mut answered) = mpsc::unbounded_channel();
    let mut board = Board { app, client, answers, shown: HashMap::new(), capabilities: Vec::new() };
    let mut signals = None;
    loop {
        if signals.is_none() {
            signals = timeout(PATIENCE, listen()).await.ok().and_then(Result::ok);
        }
        tokio::select! {
            news = attention.recv() => match news {
                Some(Attention::Show(notice)) => board.show(notice).await,
                Some(Attention::Clear(subject)) => board.clear(&subject).await,
                None => return,
            },
            Some((id, answer)) = answered.recv() => board.answered(id, answer).await,
            signal = next(&mut signals) => match signal {
                Some(signal) if is_owner_change(&signal) => board.forget(),
                Some(signal) => board.signal(&signal).await,
                // The bus is gone; it is looked for again when there is something to tell.
                None => signals = None,
            },
        }
    }
}

type Signals = stream::Select<MessageStream, MessageStream>;

async fn next(signals: &mut Option<Signals>) -> Option<zbus::Message> {
    match signals {
        Some(stream) => stream.next().await?.ok(),
        None => std::future::pending().await,
    }
}

/// What the service says, and no one else in its place; and that it went or came: then nothing stands any more, and its
/// numbers may begin anew.
async fn listen() -> zbus::Result<Signals> {
    let bus = Connection::session().await?;
    let signal = || MatchRule::builder().msg_type(zbus::message::Type::Signal);
    let said = signal().sender(NAME)?.interface(NAME)?.build();
    let owner = signal().sender(BUS)?.interface(BUS)?.member(OWNER_CHANGED)?.arg(0, NAME)?.build();
    let said = MessageStream::for_match_rule(said, &bus, Some(64)).await?;
    let owner = MessageStream::for_match_rule(owner, &bus, Some(8)).await?;
    Ok(stream::select(said, owner))
}

fn is_owner_change(message: &zbus::Message) -> bool {
    message.header().member().is_some_and(|member| member.as_str() == OWNER_CHANGED)
}

/// What shows notifications here.
pub async fn service() -> Option<NotificationService> {
    let asking = async {
        let bus = Connection::session().await?;
        let proxy = Proxy::new(&bus, NAME, PATH, NAME).await?;
        let (name, _, version, _): (String, String, String, String) = proxy.call("GetServerInformation", &()).await?;
        let can: Vec<String> = proxy.call("GetCapabilities", &()).await?;
        // KDE and others say it on the interface itself, dunst on one of its own.
        let inhibited: bool = proxy.get_property("Inhibited").await.unwrap_or(false);
        let dunst = Proxy::new(&bus, NAME, PATH, "org.dunstproject.cmd0").await?;
        let paused: bool = dunst.get_property("paused").await.unwrap_or(false);
        let has = |what: &str| can.iter().any(|can| can == what);
        zbus::Result::Ok(NotificationService {
            name: format!("{name} {version}").trim().to_owned(),
            actions: has("actions"),
            inline_reply: has("inline-reply"),
            sound: has("sound"),
            do_not_disturb: inhibited || paused,
        })
    };
    timeout(PATIENCE, asking).await.ok()?.ok()
}

/// What a person did with a notification.
enum Answer {
    Act(Act),
    Closed,
}

/// A notification that stands, and who waits for its answer.
struct Shown {
    /// It holds its connection: some services close what a connection showed when it ends.
    handle: Arc<NotificationHandle>,
    waits: AbortHandle,
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.waits.abort();
    }
}

/// What stands on the person's screen.
struct Board {
    app: AppHandle,
    client: App,
    answers: mpsc::UnboundedSender<(u32, Answer)>,
    shown: HashMap<Subject, Shown>,
    /// Of the service, since it was last seen to start.
    capabilities: Vec<String>,
}

impl Board {
    async fn show(&mut self, notice: Notice) {
        if self.capabilities.is_empty() {
            self.capabilities = capabilities().await;
        }
        let replaces = self.shown.get(&notice.subject).map(|shown| shown.handle.id());
        let notification = self.notification(&notice, replaces);
        match timeout(PATIENCE, notification.show_async()).await {
            Ok(Ok(handle)) => {
                if self.shown.len() >= MOST && !self.shown.contains_key(&notice.subject) {
                    let oldest = self.shown.iter().min_by_key(|(_, shown)| shown.handle.id());
                    let oldest = oldest.map(|(subject, _)| subject.clone());
                    oldest.inspect(|subject| drop(self.shown.remove(subject)));
                }
                let shown = self.wait_for(Arc::new(handle));
                self.shown.insert(notice.subject, shown);
            }
            Ok(Err(error)) => {
                // The service went away with all it showed; the next notice may find another.
                tracing::warn!(%error, "a notification was not shown");
                self.forget();
            }
            Err(_) => tracing::warn!("the notification service does not answer"),
        }
    }

    fn wait_for(&self, handle: Arc<NotificationHandle>) -> Shown {
        let (waiting, answers) = (handle.clone(), self.answers.clone());
        let task = tokio::spawn(async move {
            let id = waiting.id();
            let tell = |response: &NotificationResponse| {
                let answer = match response {
                    NotificationResponse::Default => Some(Answer::Act(Act::Open)),
                    NotificationResponse::Action(key) => Act::of(key).map(Answer::Act),
                    NotificationResponse::Reply(said) => Some(Answer::Act(Act::Reply(said.clone()))),
                    NotificationResponse::Closed(_) => Some(Answer::Closed),
                };
                if let Some(answer) = answer {
                    let _ = answers.send((id, answer));
                }
            };
            waiting.wait_for_action_async(tell).await;
        });
        Shown { handle, waits: task.abort_handle() }
    }

    fn notification(&self, notice: &Notice, replaces: Option<u32>) -> Notification {
        let words = Words::of(&self.client.glance().language);
        let Text { summary, body } = text(notice, words);
        let body = if self.can("body-markup") { escaped(&body) } else { body };
        let rings = matches!(notice.subject, Subject::Call { .. });
        let mut notification = Notification::new();
        if rings {
            // It stays until it is answered or rings no more.
            notification.urgency(Urgency::Critical).timeout(Timeout::Never);
        }
        notification
            .appname("Waxwing")
            .summary(&summary)
            .body(&body)
            .icon("im.waxwing.Waxwing")
            .hint(Hint::DesktopEntry("im.waxwing.Waxwing".into()))
            .hint(Hint::Category(if rings { "call.incoming" } else { "im.received" }.into()))
            .action("default", &words.text("notification.open"));
        if let Some(id) = replaces {
            notification.id(id);
        }
        if notice.sound {
            notification.hint(Hint::SoundName("message-new-instant".into()));
        } else {
            notification.hint(Hint::SuppressSound(true));
        }
        for (key, label) in actions(&notice.subject, words) {
            let inline = key == "reply" && self.can("inline-reply");
            notification.action(if inline { "inline-reply" } else { key }, &label);
            if inline {
                let name = notice.name.as_deref().unwrap_or_default();
                let placeholder = words.with("notification.replyPlaceholder", &[("name", name)]);
                notification.hint(Hint::Custom("x-kde-reply-placeholder-text".into(), placeholder));
            }
        }
        notification
    }

    fn can(&self, what: &str) -> bool {
        self.capabilities.iter().any(|can| can == what)
    }

    async fn clear(&mut self, subject: &Subject) {
        if let Some(shown) = self.shown.remove(subject)
            && timeout(PATIENCE, shown.handle.close_async()).await.is_err()
        {
            tracing::warn!("the notification service does not answer");
        }
    }

    fn forget(&mut self) {
        self.shown.clear();
        self.capabilities.clear();
    }

    /// What a service tells everyone.
    async fn signal(&mut self, message: &zbus::Message) {
        let header = message.header();
        let body = message.body();
        let told = match header.member().map(zbus::names::MemberName::as_str) {
            Some("ActionInvoked") => {
                body.deserialize::<(u32, String)>().ok().and_then(|(id, key)| Some((id, Answer::Act(Act::of(&key)?))))
            }
            Some("NotificationReplied") => {
                body.deserialize::<(u32, String)>().ok().map(|(id, said)| (id, Answer::Act(Act::Reply(said))))
            }
            Some("NotificationClosed") => body.deserialize::<(u32, u32)>().ok().map(|(id, _)| (id, Answer::Closed)),
            _ => None,
        };
        if let Some((id, answer)) = told {
            self.answered(id, answer).await;
        }
    }

    /// The first answer takes the notification away, and with it all others.
    async fn answered(&mut self, id: u32, answer: Answer) {
        let found = self.shown.iter().find(|(_, shown)| shown.handle.id() == id).map(|(subject, _)| subject.clone());
        let Some(subject) = found else { return };
        match answer {
            Answer::Closed => drop(self.shown.remove(&subject)),
            Answer::Act(what) => {
                self.clear(&subject).await;
                act(&self.app, &self.client, &subject, what).await;
            }
        }
    }
}

async fn capabilities() -> Vec<String> {
    let asking = async {
        let bus = Connection::session().await?;
        Proxy::new(&bus, NAME, PATH, NAME).await?.call("GetCapabilities", &()).await
    };
    timeout(PATIENCE, asking).await.ok().and_then(zbus::Result::ok).unwrap_or_default()
}

/// What people write is text, also where a service takes markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn markup_is_text() {
        assert_eq!(super::escaped("<b>&</b>"), "&lt;b&gt;&amp;&lt;/b&gt;");
    }
}
