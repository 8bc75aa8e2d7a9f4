//! Telling a person of something while they look elsewhere: in words of their language, with something to do.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;
mod text;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[cfg(target_os = "linux")]
pub use linux::{run, service};
#[cfg(not(target_os = "linux"))]
pub use other::{run, service};
use tauri::AppHandle;
use waxwing_client::App;
use waxwing_client::attention::Subject;
use waxwing_contract::{
    AcceptCall, CallId, Command, ConversationNotify, DeclineCall, SendMessage, SetDraft, SetNotify, Subscribe,
    SubscriptionAction, Task,
};

use crate::window;

/// For how long “mute” on a notification mutes.
const MUTE: Duration = Duration::from_secs(60 * 60);

/// What the person did with a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Act {
    Open,
    /// To write in the window.
    Compose,
    Reply(String),
    Mute,
    Accept,
    Decline,
}

impl Act {
    /// By the key of the action.
    fn of(key: &str) -> Option<Self> {
        Some(match key {
            "default" | "open" => Self::Open,
            "reply" => Self::Compose,
            "mute" => Self::Mute,
            "accept" => Self::Accept,
            "decline" => Self::Decline,
            _ => return None,
        })
    }
}

/// Does it.
async fn act(app: &AppHandle, client: &App, subject: &Subject, act: Act) {
    match (subject, act) {
        (Subject::Conversation { account, peer }, Act::Open | Act::Compose) => {
            client.errand(Task::OpenConversation { account: account.clone(), peer: peer.clone(), compose: true });
            window::raise(app);
        }
        (Subject::Conversation { account, peer }, Act::Reply(body)) => {
            let (account, peer) = (account.clone(), peer.clone());
            let send = SendMessage { account: account.clone(), peer: peer.clone(), body: body.clone() };
            if !call(client, send).await {
                // What was typed is not lost: it waits in the composer.
                call(client, SetDraft { account: account.clone(), peer: peer.clone(), text: body }).await;
                client.errand(Task::OpenConversation { account, peer, compose: true });
                window::raise(app);
            }
        }
        (Subject::Conversation { account, peer }, Act::Mute) => {
            let until = SystemTime::now().checked_add(MUTE).and_then(|t| t.duration_since(UNIX_EPOCH).ok());
            let muted_until = until.and_then(|until| i64::try_from(until.as_millis()).ok());
            let notify = ConversationNotify { muted: true, muted_until, ..client.notify_of(account, peer) };
            call(client, SetNotify { account: account.clone(), peer: peer.clone(), notify }).await;
        }
        (Subject::Request { account, jid }, act @ (Act::Accept | Act::Decline)) => {
            let action = if act == Act::Accept { SubscriptionAction::Approve } else { SubscriptionAction::Deny };
            if !call(client, Subscribe { account: account.clone(), jid: jid.clone(), action }).await {
                client.errand(Task::ShowRequests);
                window::raise(app);
            }
        }
        (Subject::Request { .. }, Act::Open) => {
            client.errand(Task::ShowRequests);
            window::raise(app);
        }
        (Subject::Call { account, id, .. }, Act::Accept) => {
            window::raise(app);
            call(client, AcceptCall { account: account.clone(), id: id.clone(), video: false }).await;
        }
        (Subject::Call { account, id, .. }, Act::Decline) => {
            call(client, DeclineCall(CallId { account: account.clone(), id: id.clone() })).await;
        }
        (Subject::Call { .. } | Subject::Trial, Act::Open) => window::raise(app),
        (subject, act) => tracing::debug!(?subject, ?act, "nothing to do"),
    }
}

/// Answers whether it worked.
async fn call<C: Command>(client: &App, request: C) -> bool {
    let answer = client.call(request).await;
    if let Err(failure) = &answer {
        tracing::warn!(%failure, "a notification's action failed");
    }
    answer.is_ok()
}
