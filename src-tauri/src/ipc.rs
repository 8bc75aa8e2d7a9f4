//! The border: two commands and one to cancel, whatever the contract grows to.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tauri::ipc::Channel;
use tauri::{State, Webview};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use waxwing_client::Subscription;
use waxwing_contract::{COMMANDS, Code, Command, Failure, SetFocus, View};

use crate::backend::Backend;

/// Updates are passed on once in this time: a frame.
const FRAME: Duration = Duration::from_millis(16);
/// Tauri's fast path for a channel ends at this many bytes of JSON.
const FAST_PATH: usize = 8 * 1024;

/// Told once the page has drawn its first picture: what is not needed before waits for it.
#[derive(Default)]
pub struct Drawn(tokio::sync::Notify);

impl Drawn {
    /// Waits for it; a page that takes very long is not waited for.
    pub async fn wait(&self) {
        let _ = tokio::time::timeout(Duration::from_secs(5), self.0.notified()).await;
    }
}

/// What the window watches, by the number it was told.
#[derive(Default)]
pub struct Subscriptions(Mutex<(u32, HashMap<u32, AbortHandle>)>);

/// Answers a command of the contract, where this window may call it.
#[tauri::command]
pub async fn rpc(
    webview: Webview,
    backend: State<'_, Backend>,
    drawn: State<'_, Drawn>,
    name: String,
    request: Value,
) -> Result<Value, Failure> {
    if !may_call(webview.label(), &name) {
        return Err(Failure::new(Code::Forbidden, format!("the window “{}” may not call “{name}”", webview.label())));
    }
    // What a page says as soon as it is drawn.
    if name == <SetFocus as Command>::NAME {
        drawn.0.notify_one();
    }
    backend.rpc(&name, request).await
}

/// An unknown name is nobody's secret: decoding says so.
fn may_call(label: &str, name: &str) -> bool {
    COMMANDS.iter().find(|c| c.name == name).is_none_or(|c| c.windows.iter().any(|w| w.label() == label))
}

/// Sends a view's updates through `channel`, in batches.
#[tauri::command]
pub async fn subscribe(
    backend: State<'_, Backend>,
    subscriptions: State<'_, Subscriptions>,
    view: View,
    channel: Channel<Value>,
) -> Result<u32, Failure> {
    let subscription = backend.subscribe(&view).await?;
    let task = tokio::spawn(forward(subscription, channel));
    let mut state = subscriptions.0.lock().unwrap_or_else(PoisonError::into_inner);
    state.0 = state.0.wrapping_add(1);
    let id = state.0;
    state.1.retain(|_, task| !task.is_finished());
    state.1.insert(id, task.abort_handle());
    Ok(id)
}

/// Ends a subscription.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands state over by value")]
pub fn cancel(subscriptions: State<'_, Subscriptions>, id: u32) {
    let mut state = subscriptions.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(task) = state.1.remove(&id) {
        task.abort();
    }
}

async fn forward(mut subscription: Subscription, channel: Channel<Value>) {
    let mut flushed: Option<Instant> = None;
    while let Some(first) = subscription.next().await {
        if let Some(last) = flushed {
            tokio::time::sleep_until(last + FRAME).await;
        }
        let mut bytes = first.to_string().len();
        let mut batch = vec![first];
        while bytes < FAST_PATH
            && let Some(next) = subscription.try_next()
        {
            bytes += next.to_string().len();
            batch.push(next);
        }
        if channel.send(Value::Array(batch)).is_err() {
            return;
        }
        flushed = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::may_call;

    #[test]
    fn only_the_windows_of_the_table() {
        assert!(may_call("main", "message.send"));
        assert!(!may_call("other", "message.send"));
    }
}
