//! Notifications on Windows and macOS, over notify-rust. Never compiled there yet.

use tauri::AppHandle;
use tokio::sync::mpsc;
use waxwing_client::App;
use waxwing_client::attention::{Attention, Notice, Subject};
use waxwing_contract::NotificationService;

use super::text::{Text, actions, text};
use super::{Act, act};
use crate::words::Words;

/// Shows notices, and does what the person asks of them. What was shown cannot be taken back here.
pub async fn run(app: AppHandle, client: App, mut attention: mpsc::UnboundedReceiver<Attention>) {
    while let Some(news) = attention.recv().await {
        if let Attention::Show(notice) = news {
            show(app.clone(), client.clone(), notice);
        }
    }
}

/// A thread for each: waiting for an answer blocks.
fn show(app: AppHandle, client: App, notice: Notice) {
    std::thread::spawn(move || {
        let words = Words::of(&client.glance().language);
        let Text { summary, body } = text(&notice, words);
        let mut notification = notify_rust::Notification::new();
        notification.appname("Waxwing").summary(&summary).body(&body);
        if notice.sound {
            notification.sound_name("Default");
        }
        for (key, label) in actions(&notice.subject, words) {
            notification.action(key, &label);
        }
        match notification.show() {
            Ok(handle) => handle.wait_for_action(|key| answered(&app, &client, &notice.subject, key)),
            Err(error) => tracing::warn!(%error, "a notification was not shown"),
        }
    });
}

fn answered(app: &AppHandle, client: &App, subject: &Subject, key: &str) {
    if let Some(what) = Act::of(key) {
        tauri::async_runtime::block_on(act(app, client, subject, what));
    }
}

/// The system's own; whether it is told to be quiet is its affair.
#[expect(clippy::unused_async, reason = "elsewhere it has to ask")]
pub async fn service() -> Option<NotificationService> {
    let own = NotificationService {
        name: String::new(),
        actions: true,
        inline_reply: false,
        sound: true,
        do_not_disturb: false,
    };
    Some(own)
}
