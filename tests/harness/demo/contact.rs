//! A live contact made from our own client: it reads, types and answers.

use std::collections::BTreeSet;
use std::time::Duration;

use harness::{Result, headless::items};
use waxwing_client::App;
use waxwing_contract::{AcceptCall, Call, CallPhase, MarkRead, Message, SendMessage, SetTyping, StartCall, View};

/// How long it types before it answers.
const TYPES: Duration = Duration::from_millis(1500);

/// Answers everything `peer` says, until the application ends.
pub async fn answer(app: App, account: String, peer: String) {
    if let Err(error) = listen(&app, &account, &peer).await {
        eprintln!("a contact stopped answering: {error:#}");
    }
}

/// How long it rings before it is taken.
const RINGS: Duration = Duration::from_millis(1500);

/// Takes every call, with a voice and a moving picture.
pub async fn take_calls(app: App) {
    let Ok(mut updates) = app.subscribe(&View::Calls) else { return };
    while let Some(update) = updates.next().await {
        for item in items(&update) {
            let Ok(call) = serde_json::from_value::<Call>(item.clone()) else { continue };
            if call.phase == CallPhase::Ringing {
                tokio::time::sleep(RINGS).await;
                // Whoever called may have given up.
                let _ = app.call(AcceptCall { account: call.account, id: call.id, video: call.video }).await;
            }
        }
    }
}

async fn listen(app: &App, account: &str, peer: &str) -> Result<()> {
    let view = View::Timeline { account: account.to_owned(), peer: peer.to_owned() };
    let mut updates = app.subscribe(&view)?;
    let mut known = BTreeSet::new();
    let mut first = true;
    while let Some(update) = updates.next().await {
        for item in items(&update) {
            let message: Message = serde_json::from_value(item.clone())?;
            let spoken = !message.outgoing && message.call.is_none();
            if known.insert(message.id.clone()) && !first && spoken {
                reply(app, account, peer, &message).await?;
            }
        }
        first = false;
    }
    Ok(())
}

async fn reply(app: &App, account: &str, peer: &str, message: &Message) -> Result<()> {
    let (account, peer) = (account.to_owned(), peer.to_owned());
    app.call(MarkRead { account: account.clone(), peer: peer.clone(), order: message.order }).await?;
    app.call(SetTyping { account: account.clone(), peer: peer.clone(), typing: true }).await?;
    // It is a person's pace that is wanted here, not a condition.
    tokio::time::sleep(TYPES).await;
    let wanted = wants_call(&message.body);
    let body = if wanted { "I am calling you.".into() } else { words(&message.body) };
    app.call(SendMessage { account: account.clone(), peer: peer.clone(), body }).await?;
    if wanted {
        app.call(StartCall { account, peer, video: true }).await?;
    }
    Ok(())
}

/// “Call me” is done.
fn wants_call(heard: &str) -> bool {
    let lower = heard.to_lowercase();
    ["call me", "ruf mich an"].iter().any(|words| lower.contains(words))
}

fn words(heard: &str) -> String {
    let lower = heard.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["when", "time", "wann"]) {
        "Half past ten, at the old rowan tree.".into()
    } else if has(&["hello", "hi ", "hallo"]) {
        "Hello! The gate is open, come in.".into()
    } else if heard.ends_with('?') {
        "Good question. Let me ask the Nurse.".into()
    } else {
        format!("“{}” — I will remember that.", heard.chars().take(80).collect::<String>())
    }
}
